"""Invite links, and people who ask to be let in."""

import random
import string
from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox import errors, groups, rights
from sandbox.chats import Chat, InviteLink, JoinRequest, User
from sandbox.delivery import meet

if TYPE_CHECKING:
    from sandbox.world import World

BEGINNING = "https://t.me/+"
NAME_LIMIT = 32
MOST = 99_999
MAY_WRITE = timedelta(minutes=5)  # so long the bot may write to whoever asks to be let in
SIGNS = string.ascii_letters + string.digits + "-_"


def waiting(chat: Chat, link: InviteLink) -> int:
    """How many have asked through the link and wait."""
    return sum(request.link is link for request in chat.requests.values())


def make(
    world: "World",
    chat: Chat,
    creator: User,
    *,
    name: str = "",
    expires: int = 0,
    limit: int = 0,
    asks: bool = False,
    primary: bool = False,
) -> InviteLink:
    """A new link; every admin has at most one primary link, a newer one revokes the older."""
    _checked(world, expires, limit, asks)
    if primary and (old := primary_of(chat, creator)):
        old.revoked = True
    text = BEGINNING + "".join(random.choices(SIGNS, k=16))
    link = InviteLink(text, creator, name[:NAME_LIMIT], expires, limit, asks, primary)
    chat.links[text] = link
    world.changed(chat, people=True)
    return link


def _checked(world: "World", expires: int, limit: int, asks: bool) -> None:
    if asks and limit:
        raise errors.LIMIT_AND_REQUEST()
    if not 0 <= limit <= MOST:
        raise errors.USAGE_LIMIT_INVALID()
    if expires and expires <= world.clock.seconds():
        raise errors.EXPIRE_DATE_INVALID()


def primary_of(chat: Chat, creator: User) -> InviteLink | None:
    """Somebody's primary link, if they ever made one."""
    own = (link for link in chat.links.values() if link.creator is creator)
    return next((link for link in own if link.primary and not link.revoked), None)


def own(chat: Chat, creator: User, text: str) -> InviteLink:
    """A link that somebody made here."""
    if not text:
        raise errors.LINK_EMPTY()
    link = chat.links.get(text)
    if link is None or link.creator is not creator:
        raise errors.LINK_UNKNOWN()
    return link


def edit(
    world: "World",
    chat: Chat,
    link: InviteLink,
    *,
    name: str = "",
    expires: int = 0,
    limit: int = 0,
    asks: bool = False,
) -> None:
    """Other terms for the same link; what is left out is gone."""
    if link.primary:
        raise errors.LINK_PERMANENT()
    if link.revoked:
        raise errors.LINK_REVOKED()
    _checked(world, expires, limit, asks)
    link.name, link.expires, link.limit, link.asks = name[:NAME_LIMIT], expires, limit, asks
    world.changed(chat, people=True)


def revoke(world: "World", chat: Chat, link: InviteLink) -> None:
    """Nobody comes in by it any more; a primary link is replaced by a new one."""
    if link.revoked:
        raise errors.LINK_UNKNOWN()
    link.revoked = True
    if link.primary:
        make(world, chat, link.creator, primary=True)
    world.changed(chat, people=True)


def find(world: "World", text: str) -> tuple[Chat, InviteLink] | None:
    """Where a link leads, as long as it is good for anything."""
    now = world.clock.seconds()
    for chat in world.chats.values():
        link = chat.links.get(text)
        if link and not (chat.deleted or chat.migrated_to):
            over = link.revoked or (link.expires and link.expires <= now)
            full = link.limit and len(link.joined) >= link.limit
            return None if over or full else (chat, link)
    return None


def ask(world: "World", chat: Chat, user: User, link: InviteLink | None = None, bio: str = "") -> None:
    """Ask to be let in; a bot that may invite hears of it and may write to the person for five minutes."""
    if user.id in chat.requests:
        return
    request = JoinRequest(user, world.clock.seconds(), link, bio)
    chat.requests[user.id] = request
    world.changed(chat, people=True)
    if not rights.has_right(chat, world.bot.id, "can_invite_users"):
        return
    meet(world, user)
    payload = {"chat": chat.json(), "from": user.json(), "user_chat_id": user.id, "date": request.date}
    if bio:
        payload["bio"] = bio
    if link:
        payload["invite_link"] = link.json(waiting(chat, link))
    world.tell("chat_join_request", payload)


def come(world: "World", chat: Chat, user: User, link: InviteLink) -> None:
    """Follow a link: in at once, or only asking."""
    if chat.has(user.id):
        return
    if link.asks:
        ask(world, chat, user, link)
        return
    link.joined.add(user.id)
    groups.join(world, chat, user, link=link)


def answer(world: "World", chat: Chat, by: User, user: User, approved: bool) -> None:
    """Let somebody in who asked, or not."""
    if chat.has(user.id):
        raise errors.ALREADY_IN()
    request = chat.requests.pop(user.id, None)
    if request is None:
        raise errors.NO_REQUEST()
    world.changed(chat, people=True)
    if approved:
        if request.link:
            request.link.joined.add(user.id)
        groups.join(world, chat, user, by=by, link=request.link, asked=True)


def may_write(world: "World", user: User) -> bool:
    """Whether somebody asks just now to be let in where the bot may invite: then it may write to them."""
    earliest = world.clock.seconds() - MAY_WRITE.total_seconds()
    return any(
        chat.requests[user.id].date > earliest and rights.has_right(chat, world.bot.id, "can_invite_users")
        for chat in world.chats.values()
        if user.id in chat.requests
    )
