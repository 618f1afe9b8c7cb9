"""How somebody stands in a chat changes: let in, banned, restricted, made an admin; some of it ends by itself."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.chats import PERMISSIONS, Chat, InviteLink, Member, User, rights_in
from sandbox.delivery import standing

if TYPE_CHECKING:
    from sandbox.world import World

SHORTEST = timedelta(seconds=30)
LONGEST = timedelta(days=366)


def known(chat: Chat, user: User) -> Member:
    """How somebody stands now; who never came has left."""
    return chat.members.get(user.id) or Member(user, "left")


def end_of(world: "World", moment: int | None) -> int:
    """When a ban or restriction ends; what is nearer than half a minute or farther than a year never does (0)."""
    left = (moment or 0) - world.clock.seconds()
    return (moment or 0) if SHORTEST.total_seconds() <= left <= LONGEST.total_seconds() else 0


def change(
    world: "World", chat: Chat, by: User, new: Member, *, link: InviteLink | None = None, asked: bool = False
) -> None:
    """Give somebody a new standing and tell the bot what it may know of it."""
    old = known(chat, new.user)
    if old == new:
        return
    chat.members[new.user.id] = new
    if new.present and not old.present:
        chat.since[new.user.id] = world.clock.seconds()
    if not new.present:
        chat.keyboards.pop(new.user.id, None)
    standing(world, chat, by, old, new, link=link, asked=asked)
    world.changed(chat, people=True)
    if new.until:
        world.clock.alarm(datetime.fromtimestamp(new.until, UTC), lambda: _ended(world, chat, new))


def _ended(world: "World", chat: Chat, member: Member) -> None:
    """The time is over; Telegram tells nobody, it just is so. A later change of standing stays as it is."""
    if chat.members.get(member.user.id) is member:
        chat.members[member.user.id] = Member(member.user, "member" if member.present else "left")
        world.changed(chat, people=True)


def restrict(
    world: "World", chat: Chat, by: User, user: User, permissions: Iterable[str], until: int | None = None
) -> None:
    """Leave somebody only these permissions; with all of them, they are an ordinary member again."""
    old, granted = known(chat, user), frozenset(permissions) & frozenset(PERMISSIONS)
    if granted == frozenset(PERMISSIONS):
        change(world, chat, by, Member(user, "member" if old.present else "left"))
    else:
        change(world, chat, by, Member(user, "restricted", granted, end_of(world, until), old.present))


def promote(
    world: "World",
    chat: Chat,
    by: User,
    user: User,
    rights: Iterable[str],
    *,
    title: str = "",
    anonymous: bool = False,
) -> None:
    """Make somebody an admin with these rights, or (without any) an ordinary member again."""
    granted = frozenset(rights) & frozenset(rights_in(chat.type))
    if granted or anonymous:
        granted |= {"can_manage_chat"}  # every other right brings this one along
        editable = by is world.bot and user is not world.bot
        new = Member(user, "administrator", granted, title=title, anonymous=anonymous, editable=editable)
    else:
        new = Member(user)
    change(world, chat, by, new)


def entitle(world: "World", chat: Chat, user: User, title: str) -> None:
    """Show an admin under a title of their own."""
    chat.members[user.id] = replace(chat.members[user.id], title=title)
    world.changed(chat, people=True)


def unban(world: "World", chat: Chat, by: User, user: User) -> None:
    """Somebody may come back (by themselves), free of restrictions."""
    change(world, chat, by, Member(user, "left"))
