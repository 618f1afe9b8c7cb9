"""Invite links, and whoever asks to be let in."""

from sandbox import access, errors, invites, rights
from sandbox.chats import Chat, Json
from sandbox.methods.members import person
from sandbox.requests import ChatId, Request, method
from sandbox.world import World


def _inviting(world: World, chat_id: int | str) -> Chat:
    """A group or channel where the bot may invite."""
    chat = access.reachable(world, chat_id)
    if chat.private:
        raise errors.NO_INVITES_IN_PRIVATE()
    if not rights.has_right(chat, world.bot.id, "can_invite_users"):
        raise errors.NO_RIGHT_TO_INVITE()
    return chat


class ExportChatInviteLink(Request):
    chat_id: ChatId


@method
def export_chat_invite_link(world: World, ask: ExportChatInviteLink) -> str:
    """A new primary link of the bot's; the old one is worth nothing any more."""
    return invites.make(world, _inviting(world, ask.chat_id), world.bot, primary=True).link


class CreateChatInviteLink(Request):
    chat_id: ChatId
    name: str | None = None
    expire_date: int | None = None
    member_limit: int | None = None
    creates_join_request: bool | None = None


@method
def create_chat_invite_link(world: World, ask: CreateChatInviteLink) -> Json:
    """One more link, on terms of its own."""
    link = invites.make(
        world,
        _inviting(world, ask.chat_id),
        world.bot,
        name=ask.name or "",
        expires=ask.expire_date or 0,
        limit=ask.member_limit or 0,
        asks=bool(ask.creates_join_request),
    )
    return link.json()


class EditChatInviteLink(Request):
    chat_id: ChatId
    invite_link: str
    name: str | None = None
    expire_date: int | None = None
    member_limit: int | None = None
    creates_join_request: bool | None = None


@method
def edit_chat_invite_link(world: World, ask: EditChatInviteLink) -> Json:
    """Other terms for a link of the bot's."""
    chat = _inviting(world, ask.chat_id)
    link = invites.own(chat, world.bot, ask.invite_link)
    invites.edit(
        world,
        chat,
        link,
        name=ask.name or "",
        expires=ask.expire_date or 0,
        limit=ask.member_limit or 0,
        asks=bool(ask.creates_join_request),
    )
    return link.json(invites.waiting(chat, link))


class RevokeChatInviteLink(Request):
    chat_id: ChatId
    invite_link: str


@method
def revoke_chat_invite_link(world: World, ask: RevokeChatInviteLink) -> Json:
    """Nobody comes in by this link any more."""
    chat = _inviting(world, ask.chat_id)
    link = invites.own(chat, world.bot, ask.invite_link)
    invites.revoke(world, chat, link)
    return link.json(invites.waiting(chat, link))


class ApproveChatJoinRequest(Request):
    chat_id: ChatId
    user_id: int


@method
def approve_chat_join_request(world: World, ask: ApproveChatJoinRequest) -> bool:
    """Let somebody in who asked."""
    chat = _inviting(world, ask.chat_id)
    invites.answer(world, chat, world.bot, person(world, chat, ask.user_id), True)
    return True


class DeclineChatJoinRequest(Request):
    chat_id: ChatId
    user_id: int


@method
def decline_chat_join_request(world: World, ask: DeclineChatJoinRequest) -> bool:
    """Do not let somebody in who asked."""
    chat = _inviting(world, ask.chat_id)
    invites.answer(world, chat, world.bot, person(world, chat, ask.user_id), False)
    return True
