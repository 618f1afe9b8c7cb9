"""Who stays, who speaks and who decides: ban, restrict, promote."""

import unicodedata
from typing import Annotated

from sandbox import access, errors, groups, membership, rights
from sandbox.chats import ADMIN_RIGHTS, Chat, Member, User, rights_in
from sandbox.requests import JSON_TEXT, ChatId, Request, method
from sandbox.shapes import ChatPermissions
from sandbox.world import World

TITLE_LIMIT = 16


def person(world: World, chat: Chat, user_id: int) -> User:
    """Somebody the bot has met, here or elsewhere."""
    user = world.users.get(user_id)
    if user is None or not (user.seen or user_id in chat.members or user_id in chat.requests):
        raise errors.MEMBER_NOT_FOUND()
    return user


def _restrictable(world: World, chat: Chat, member: Member) -> None:
    """Telegram's questions before somebody is banned, restricted or let back, in its order."""
    if member.status == "creator":
        raise errors.CANT_REMOVE_OWNER()
    if member.user is world.bot:
        raise errors.CANT_RESTRICT_SELF()
    if not rights.has_right(chat, world.bot.id, "can_restrict_members"):
        raise errors.NO_RIGHT_TO_RESTRICT()
    if member.admin and not member.editable:
        raise errors.IS_AN_ADMIN()


class BanChatMember(Request):
    chat_id: ChatId
    user_id: int
    until_date: int | None = None
    revoke_messages: bool | None = None


@method
def ban_chat_member(world: World, ask: BanChatMember) -> bool:
    """Throw somebody out and keep them out; a basic group only throws out."""
    chat = access.reachable(world, ask.chat_id)
    if chat.private:
        raise errors.CANT_BAN_PRIVATE()
    member = membership.known(chat, person(world, chat, ask.user_id))
    if chat.type == "group":
        bot = chat.member(world.bot.id)
        if not (bot and bot.admin):
            raise errors.ADMIN_REQUIRED()
        if not member.present:
            raise errors.NOT_A_PARTICIPANT()
    _restrictable(world, chat, member)
    groups.leave(world, chat, member.user, by=world.bot, until=ask.until_date)
    return True


class UnbanChatMember(Request):
    chat_id: ChatId
    user_id: int
    only_if_banned: bool | None = None


@method
def unban_chat_member(world: World, ask: UnbanChatMember) -> bool:
    """Let somebody come back; a member is thrown out by it, unless only the banned are meant."""
    chat = access.reachable(world, ask.chat_id)
    if chat.type not in ("supergroup", "channel"):
        raise errors.SUPERGROUPS_AND_CHANNELS_ONLY()
    member = membership.known(chat, person(world, chat, ask.user_id))
    if member.status == "left" or (ask.only_if_banned and member.status != "kicked"):
        return True
    _restrictable(world, chat, member)
    if member.present:
        groups.leave(world, chat, member.user, by=world.bot)
    membership.unban(world, chat, world.bot, member.user)
    return True


class RestrictChatMember(Request):
    chat_id: ChatId
    user_id: int
    permissions: Annotated[ChatPermissions, JSON_TEXT]
    use_independent_chat_permissions: bool | None = None
    until_date: int | None = None


def granted(permissions: ChatPermissions, independent: bool | None) -> frozenset[str]:
    """The permissions that are true, with those they bring along."""
    given = frozenset(name for name, value in permissions.json_dict().items() if value)
    return given if independent else rights.with_implied(given)


@method
def restrict_chat_member(world: World, ask: RestrictChatMember) -> bool:
    """Leave somebody only some permissions."""
    chat = access.reachable(world, ask.chat_id)
    if chat.type != "supergroup":
        raise errors.SUPERGROUPS_ONLY()
    member = membership.known(chat, person(world, chat, ask.user_id))
    _restrictable(world, chat, member)
    allowed = granted(ask.permissions, ask.use_independent_chat_permissions)
    membership.restrict(world, chat, world.bot, member.user, allowed, ask.until_date)
    return True


class PromoteChatMember(Request):
    chat_id: ChatId
    user_id: int
    is_anonymous: bool | None = None
    can_manage_chat: bool | None = None
    can_delete_messages: bool | None = None
    can_manage_video_chats: bool | None = None
    can_restrict_members: bool | None = None
    can_promote_members: bool | None = None
    can_change_info: bool | None = None
    can_invite_users: bool | None = None
    can_post_stories: bool | None = None
    can_edit_stories: bool | None = None
    can_delete_stories: bool | None = None
    can_post_messages: bool | None = None
    can_edit_messages: bool | None = None
    can_pin_messages: bool | None = None
    can_manage_topics: bool | None = None
    can_manage_direct_messages: bool | None = None
    can_manage_tags: bool | None = None


@method
def promote_chat_member(world: World, ask: PromoteChatMember) -> bool:
    """Make somebody an admin with exactly these rights; with none, an ordinary member again."""
    chat = access.reachable(world, ask.chat_id)
    if chat.type not in ("supergroup", "channel"):
        raise errors.SUPERGROUPS_AND_CHANNELS_ONLY()
    member = membership.known(chat, person(world, chat, ask.user_id))
    if member.status == "creator":
        raise errors.CANT_REMOVE_OWNER()
    if member.user is world.bot:
        raise errors.CANT_PROMOTE_SELF()
    bot = chat.members[world.bot.id]
    if not bot.may("can_promote_members"):
        raise errors.NO_RIGHT_TO_PROMOTE()
    if not member.present:
        raise errors.NOT_A_PARTICIPANT()
    if member.admin and not member.editable:
        raise errors.ADMIN_REQUIRED()
    wanted = frozenset(right for right in ADMIN_RIGHTS if getattr(ask, right)) & frozenset(rights_in(chat.type))
    if not all(bot.may(right) for right in wanted):
        raise errors.RIGHT_FORBIDDEN()
    membership.promote(
        world, chat, world.bot, member.user, wanted, title=member.title, anonymous=bool(ask.is_anonymous)
    )
    return True


class SetChatAdministratorCustomTitle(Request):
    chat_id: ChatId
    user_id: int
    custom_title: str


@method
def set_chat_administrator_custom_title(world: World, ask: SetChatAdministratorCustomTitle) -> bool:
    """Show an admin whom the bot made under a title of their own."""
    chat = access.reachable(world, ask.chat_id)
    if chat.type != "supergroup":
        raise errors.SUPERGROUPS_ONLY()
    member = membership.known(chat, person(world, chat, ask.user_id))
    if member.status == "creator":
        raise errors.OWNER_TITLE()
    if not member.admin:
        raise errors.NOT_AN_ADMIN()
    if not member.editable:
        raise errors.NO_RIGHT_TO_ENTITLE()
    if len(ask.custom_title) > TITLE_LIMIT:
        raise errors.TITLE_INVALID()
    if any(unicodedata.category(sign) == "So" for sign in ask.custom_title):
        raise errors.TITLE_EMOJI()
    membership.entitle(world, chat, member.user, ask.custom_title)
    return True


class SetChatPermissions(Request):
    chat_id: ChatId
    permissions: Annotated[ChatPermissions, JSON_TEXT]
    use_independent_chat_permissions: bool | None = None


@method
def set_chat_permissions(world: World, ask: SetChatPermissions) -> bool:
    """Say what ordinary members may do."""
    chat = access.reachable(world, ask.chat_id)
    if chat.private:
        raise errors.CANT_CHANGE_PRIVATE(what="permissions")
    if chat.channel:
        raise errors.CANT_CHANGE_CHANNEL()
    if not rights.has_right(chat, world.bot.id, "can_restrict_members"):
        raise errors.NO_RIGHT_TO_CHANGE(what="permissions")
    allowed = granted(ask.permissions, ask.use_independent_chat_permissions)
    if allowed == chat.permissions:
        raise errors.CHAT_NOT_MODIFIED()
    chat.permissions = allowed
    world.changed(chat, people=True)
    return True
