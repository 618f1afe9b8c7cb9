"""Whether the bot may reach a chat, and the words Telegram has for every way it may not."""

from sandbox import errors, invites, rights
from sandbox.chats import Chat, Message
from sandbox.world import World


def find(world: World, chat_id: int | str) -> Chat:
    """The chat the bot names, as long as it ever met it."""
    if isinstance(chat_id, str):
        # Only public groups have a name that bots can use; people's names do not count.
        for chat in world.chats.values():
            if (
                chat.type in ("supergroup", "channel")
                and chat.username
                and f"@{chat.username}".lower() == chat_id.lower()
            ):
                return chat
        raise errors.CHAT_NOT_FOUND()
    chat_or_none = world.chats.get(chat_id)
    user = world.users.get(chat_id)
    if chat_or_none is None:
        if user and user.is_bot:
            raise errors.TO_A_BOT()
        raise errors.CHAT_NOT_FOUND()
    known = user.seen if user else world.bot.id in chat_or_none.members
    if not known:
        raise errors.CHAT_NOT_FOUND()
    return chat_or_none


def readable(world: World, chat_id: int | str, *, public: bool = False) -> Chat:
    """A chat the bot may look at: any person it met, any group it is in; with ``public`` also what everybody may."""
    chat = find(world, chat_id)
    if chat.private:
        return chat
    if chat.migrated_to:
        raise errors.UPGRADED(migrate_to_chat_id=chat.migrated_to)
    if chat.deleted:
        raise errors.GROUP_DELETED()
    member = chat.member(world.bot.id)
    if member and member.status == "kicked":
        raise errors.KICKED(kind=chat.type)
    if (not member or not member.present) and not (public and chat.username):
        raise errors.NOT_A_MEMBER(kind=chat.type)
    return chat


def reachable(world: World, chat_id: int | str) -> Chat:
    """A chat where the bot may change what it said: its group, or a person who has not shut the door."""
    chat = readable(world, chat_id)
    if chat.person:
        person = chat.person
        if person.deleted:
            raise errors.DEACTIVATED()
        if person.blocked:
            raise errors.BLOCKED()
        if not person.started and not invites.may_write(world, person):
            raise errors.NEVER_STARTED()
    return chat


def writable(world: World, chat_id: int | str, what: str = "text messages", permission: str = "") -> Chat:
    """A chat where the bot may say something new."""
    chat = reachable(world, chat_id)
    if chat.channel:
        if not rights.has_right(chat, world.bot.id, "can_post_messages"):
            raise errors.NEED_ADMIN_IN_CHANNEL()
    elif not chat.private and not rights.permitted(chat, world.bot.id, permission or "can_send_messages"):
        raise errors.NO_RIGHT_TO_SEND(what=what)
    return chat


def message(chat: Chat, message_id: int | None, act: str) -> Message:
    """A message of the chat, by its number; ``act`` is what the bot wanted with it."""
    if message_id is None:
        raise errors.MESSAGE_ID_MISSING()
    found = chat.messages.get(message_id)
    if found is None:
        raise errors.NO_MESSAGE(act=act)
    return found
