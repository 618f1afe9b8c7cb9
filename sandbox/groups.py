"""Coming and going in groups: create, join, leave, throw out, promote, upgrade; and what the bot is told of it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.chats import DEFAULT_ADMIN_RIGHTS, Chat, Json, Member, User
from sandbox.delivery import deliver, meet, standing

if TYPE_CHECKING:
    from sandbox.world import World


def service(world: "World", chat: Chat, author: User, content: Json) -> None:
    """A line the group itself says ("Li Mei joined")."""
    deliver(world, chat, world.post(chat, author, content))


def set_standing(world: "World", chat: Chat, by: User, user: User, status: str, rights: Iterable[str] = ()) -> None:
    """Change how somebody stands and tell the bot what it may know."""
    old = chat.members.get(user.id) or Member(user, "left")
    new = Member(user, status, frozenset(rights))
    if (old.status, old.rights) == (new.status, new.rights):
        return
    chat.members[user.id] = new
    if not new.present:
        chat.keyboards.pop(user.id, None)
    standing(world, chat, by, old, new)
    world.changed(chat, people=True)


def create(
    world: "World", owner: User, title: str, others: Iterable[User], *, bot: bool = True, supergroup: bool = False
) -> Chat:
    """A new group; its creator owns it."""
    chat = world.new_chat("supergroup" if supergroup else "group", title)
    chat.members[owner.id] = Member(owner, "creator")
    for user in others:
        chat.members[user.id] = Member(user)
    if bot:
        join(world, chat, world.bot, by=owner, quietly=not supergroup)
    if not supergroup:
        service(world, chat, owner, {"group_chat_created": True})
    world.changed(chat, people=True)
    return chat


def join(world: "World", chat: Chat, user: User, by: User | None = None, *, quietly: bool = False) -> None:
    """Come in, or be brought in by somebody."""
    if chat.has(user.id):
        return
    set_standing(world, chat, by or user, user, "member")
    bot = chat.member(world.bot.id)
    if bot and bot.present:
        meet(world, user)
    if not quietly:
        service(world, chat, by or user, {"new_chat_members": [user.json()]})


def leave(world: "World", chat: Chat, user: User, by: User | None = None) -> None:
    """Go, or (with ``by``) be thrown out and kept out."""
    if not chat.has(user.id):
        return
    # The bot hears the line about its own going only if it is told before it is gone.
    service(world, chat, by or user, {"left_chat_member": user.json()})
    set_standing(world, chat, by or user, user, "kicked" if by and by is not user else "left")


def promote(world: "World", chat: Chat, by: User, user: User, rights: Iterable[str] = DEFAULT_ADMIN_RIGHTS) -> None:
    """Make somebody an admin, or (without rights) an ordinary member again."""
    rights = frozenset(rights)
    set_standing(world, chat, by, user, "administrator" if rights else "member", rights)


def upgrade(world: "World", chat: Chat, by: User) -> Chat:
    """Turn a group into a supergroup: a new chat with a new id; the old one only points to it."""
    new = world.new_chat("supergroup", chat.title)
    new.members = {user_id: replace(member) for user_id, member in chat.members.items()}
    new.permissions = chat.permissions
    new.description = chat.description
    new.bot_spoke = chat.bot_spoke
    service(world, chat, by, {"migrate_to_chat_id": new.id})
    chat.migrated_to = new.id
    service(world, new, by, {"migrate_from_chat_id": chat.id})
    world.changed(chat, people=True)
    return new
