"""Groups and channels: create, come, go, rename, upgrade; and what the bot is told of it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox import membership, topics
from sandbox.chats import CHANNEL_RIGHTS, DEFAULT_ADMIN_RIGHTS, Chat, InviteLink, Json, Member, User
from sandbox.delivery import deliver, meet

if TYPE_CHECKING:
    from sandbox.world import World

TITLE_LIMIT = 128
DESCRIPTION_LIMIT = 255


def service(world: "World", chat: Chat, author: User, content: Json, thread: int | None = None) -> None:
    """A line the group itself says ("Li Mei joined")."""
    deliver(world, chat, world.post(chat, author, content, thread=thread))


def create(
    world: "World", owner: User, title: str, others: Iterable[User], *, bot: bool = True, kind: str = "group"
) -> Chat:
    """A new group, supergroup, forum or channel; its creator owns it."""
    chat = world.new_chat("supergroup" if kind == "forum" else kind, title)
    if kind == "forum":
        topics.divide(chat)
    chat.members[owner.id] = Member(owner, "creator")
    for user in others:
        chat.members[user.id] = Member(user)
    chat.since = dict.fromkeys(chat.members, world.clock.seconds())
    if bot:
        join(world, chat, world.bot, by=owner, quietly=kind == "group")
    if kind == "group":
        service(world, chat, owner, {"group_chat_created": True})
    world.changed(chat, people=True)
    return chat


def default_rights(chat: Chat) -> frozenset[str]:
    """What a new admin may when nobody says otherwise."""
    return DEFAULT_ADMIN_RIGHTS | CHANNEL_RIGHTS if chat.channel else DEFAULT_ADMIN_RIGHTS


def join(
    world: "World",
    chat: Chat,
    user: User,
    by: User | None = None,
    *,
    quietly: bool = False,
    link: InviteLink | None = None,
    asked: bool = False,
) -> None:
    """Come in, be brought in by somebody, or be let in after asking."""
    if chat.has(user.id):
        return
    old = membership.known(chat, user)
    who = by or user
    if chat.channel and user is world.bot:
        membership.promote(world, chat, who, user, default_rights(chat))  # channels take bots as admins only
    else:
        new = replace(old, inside=True) if old.status == "restricted" else Member(user)
        membership.change(world, chat, who, new, link=link, asked=asked)
    chat.requests.pop(user.id, None)
    if chat.has(world.bot.id):
        meet(world, user)
    if not (quietly or chat.channel):
        service(world, chat, user if asked else who, {"new_chat_members": [user.json()]})


def leave(world: "World", chat: Chat, user: User, by: User | None = None, until: int | None = None) -> None:
    """Go, or (with ``by``) be thrown out and kept out, for good or until some moment."""
    was_here, old = chat.has(user.id), membership.known(chat, user)
    banned = by is not None and by is not user
    if was_here and not chat.channel:
        # The bot hears the line about its own going only if it is told before it is gone.
        service(world, chat, by or user, {"left_chat_member": user.json()})
    if banned:
        new = Member(user, "kicked", until=membership.end_of(world, until))
    elif not was_here:
        return
    else:
        new = replace(old, inside=False) if old.status == "restricted" else Member(user, "left")
    chat.requests.pop(user.id, None)
    membership.change(world, chat, by or user, new)


def rename(world: "World", chat: Chat, by: User, title: str) -> None:
    """Another name for all; the chat says so itself."""
    chat.title = title[:TITLE_LIMIT]
    service(world, chat, by, {"new_chat_title": chat.title})
    world.changed(chat, people=True)


def describe(world: "World", chat: Chat, description: str) -> None:
    """What the chat is about."""
    chat.description = description[:DESCRIPTION_LIMIT]
    world.changed(chat, people=True)


def upgrade(world: "World", chat: Chat, by: User) -> Chat:
    """Turn a group into a supergroup: a new chat with a new id; the old one only points to it."""
    new = world.new_chat("supergroup", chat.title)
    new.members = {user_id: replace(member) for user_id, member in chat.members.items()}
    new.since = dict(chat.since)
    new.permissions = chat.permissions
    new.description = chat.description
    new.bot_spoke = chat.bot_spoke
    service(world, chat, by, {"migrate_to_chat_id": new.id})
    chat.migrated_to = new.id
    service(world, new, by, {"migrate_from_chat_id": chat.id})
    world.changed(chat, people=True)
    return new
