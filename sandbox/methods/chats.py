"""What the bot may know of a chat and its members, and leaving it."""

from sandbox import access, errors, groups
from sandbox.chats import PERMISSIONS, Json, Member
from sandbox.requests import ChatId, Request, method
from sandbox.world import World


class GetChat(Request):
    chat_id: ChatId


@method
def get_chat(world: World, ask: GetChat) -> Json:
    """Everything about a chat."""
    chat = access.readable(world, ask.chat_id)
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
    if not chat.private:
        full["permissions"] = {permission: permission in chat.permissions for permission in PERMISSIONS}
    if chat.pinned:
        full["pinned_message"] = chat.messages[chat.pinned[-1]].quoted()
    return full


class GetChatMember(Request):
    chat_id: ChatId
    user_id: int


@method
def get_chat_member(world: World, ask: GetChatMember) -> Json:
    """How somebody stands in a chat."""
    chat = access.readable(world, ask.chat_id)
    user = world.users.get(ask.user_id)
    if chat.private:
        if not user or user.id not in (chat.id, world.bot.id):
            raise errors.USER_NOT_FOUND()
        return Member(user).json()
    member = chat.member(ask.user_id)
    if member:
        member.user.seen = True
        return member.json()
    if not user or not user.seen:
        raise errors.USER_NOT_FOUND()
    return Member(user, "left").json()


class GetChatMemberCount(Request):
    chat_id: ChatId


@method
def get_chat_member_count(world: World, ask: GetChatMemberCount) -> int:
    """How many are in the chat, the bot included."""
    chat = access.readable(world, ask.chat_id)
    return 2 if chat.private else sum(member.present for member in chat.members.values())


class GetChatAdministrators(Request):
    chat_id: ChatId
    return_bots: bool | None = None


@method
def get_chat_administrators(world: World, ask: GetChatAdministrators) -> list[Json]:
    """Who may do more than others; other bots are left out unless asked for."""
    chat = access.readable(world, ask.chat_id)
    if chat.private:
        raise errors.NO_ADMINS_HERE()
    return [member.json() for member in chat.members.values() if member.admin]


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
