"""What the bot may know of a chat and its members, its name and description, and leaving it."""

from sandbox import access, errors, groups, invites, rights
from sandbox.chats import PERMISSIONS, Chat, Json, Member
from sandbox.requests import ChatId, Request, method
from sandbox.world import World


class GetChat(Request):
    chat_id: ChatId


@method
def get_chat(world: World, ask: GetChat) -> Json:
    """Everything about a chat."""
    chat = access.readable(world, ask.chat_id, public=True)
    full = chat.json() | {
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }
    if chat.username or (chat.person and chat.person.username):
        full["active_usernames"] = [chat.username or (chat.person.username if chat.person else "")]
    if chat.description:
        full["description"] = chat.description
    if not (chat.private or chat.channel):
        full["permissions"] = {permission: permission in chat.permissions for permission in PERMISSIONS}
    if rights.has_right(chat, world.bot.id, "can_invite_users"):
        link = invites.primary_of(chat, world.bot) or invites.make(world, chat, world.bot, primary=True)
        full["invite_link"] = link.link
    if chat.pinned:
        full["pinned_message"] = chat.messages[chat.pinned[-1]].quoted()
    return full


class GetChatMember(Request):
    chat_id: ChatId
    user_id: int


@method
def get_chat_member(world: World, ask: GetChatMember) -> Json:
    """How somebody stands in a chat."""
    chat = access.readable(world, ask.chat_id, public=True)
    user = world.users.get(ask.user_id)
    if chat.private:
        if not user or user.id not in (chat.id, world.bot.id):
            raise errors.MEMBER_NOT_FOUND()
        return Member(user).json()
    member = chat.member(ask.user_id)
    if chat.channel and ask.user_id != world.bot.id and not _admin(world, chat):
        raise errors.MEMBERS_HIDDEN()
    if member:
        member.user.seen = True
        return member.json(chat.type)
    if not user or not user.seen:
        raise errors.MEMBER_NOT_FOUND()
    return Member(user, "left").json()


def _admin(world: World, chat: Chat) -> bool:
    """A channel shows its members to admins only."""
    bot = chat.member(world.bot.id)
    return bool(bot and bot.admin)


class GetChatMemberCount(Request):
    chat_id: ChatId


@method
def get_chat_member_count(world: World, ask: GetChatMemberCount) -> int:
    """How many are in the chat, the bot included."""
    chat = access.readable(world, ask.chat_id, public=True)
    return 2 if chat.private else sum(member.present for member in chat.members.values())


class GetChatAdministrators(Request):
    chat_id: ChatId
    return_bots: bool | None = None


@method
def get_chat_administrators(world: World, ask: GetChatAdministrators) -> list[Json]:
    """Who may do more than others; other bots are left out unless asked for."""
    chat = access.readable(world, ask.chat_id, public=True)
    if chat.private:
        raise errors.NO_ADMINS_HERE()
    if chat.channel and not _admin(world, chat):
        raise errors.MEMBERS_HIDDEN()
    return [member.json(chat.type) for member in chat.members.values() if member.admin]


class SetChatTitle(Request):
    keeps_empty = frozenset(("title",))
    chat_id: ChatId
    title: str


@method
def set_chat_title(world: World, ask: SetChatTitle) -> bool:
    """Another name for a group or channel."""
    chat = access.reachable(world, ask.chat_id)
    if chat.private:
        raise errors.CANT_CHANGE_PRIVATE(what="title")
    title = ask.title.strip()
    if not title:
        raise errors.TITLE_EMPTY()
    if not rights.may(chat, world.bot.id, "can_change_info"):
        raise errors.NO_RIGHT_TO_CHANGE(what="title")
    if title == chat.title:
        raise errors.TITLE_NOT_MODIFIED()
    groups.rename(world, chat, world.bot, title)
    return True


class SetChatDescription(Request):
    chat_id: ChatId
    description: str | None = None


@method
def set_chat_description(world: World, ask: SetChatDescription) -> bool:
    """What a group or channel says about itself."""
    chat = access.reachable(world, ask.chat_id)
    if chat.private:
        raise errors.CANT_CHANGE_PRIVATE(what="description")
    if not rights.may(chat, world.bot.id, "can_change_info"):
        raise errors.NO_RIGHT_TO_DESCRIBE()
    description = (ask.description or "").strip()[: groups.DESCRIPTION_LIMIT]
    if description == chat.description:
        raise errors.DESCRIPTION_NOT_MODIFIED()
    groups.describe(world, chat, description)
    return True


class LeaveChat(Request):
    chat_id: ChatId


@method
def leave_chat(world: World, ask: LeaveChat) -> bool:
    """Go away."""
    chat = access.readable(world, ask.chat_id)
    if chat.private:
        raise errors.CANT_LEAVE_PRIVATE()
    groups.leave(world, chat, world.bot)
    return True
