"""Forums: topics are opened, renamed, closed and deleted, and messages find their place in them."""

import random
from typing import TYPE_CHECKING

from sandbox import errors, rights
from sandbox.chats import GENERAL, ICON_COLOURS, Chat, Json, Message, Topic, User
from sandbox.delivery import deliver

if TYPE_CHECKING:
    from sandbox.world import World

NAME_LIMIT = 128


def divide(chat: Chat) -> None:
    """Make a supergroup a forum: what was said so far belongs to the General topic."""
    chat.topics.setdefault(GENERAL, Topic(GENERAL, "General"))


def unite(chat: Chat) -> None:
    """Make a forum an ordinary supergroup again."""
    chat.topics.clear()


def find(chat: Chat, number: int | None) -> Topic | None:
    """A topic that the bot may name: the General one it never can."""
    return chat.topics.get(number) if number is not None and number != GENERAL else None


def place(chat: Chat, number: int | None, reply: Message | None) -> int | None:
    """The topic a message goes to: the named one, else that of the message it answers, else General (none)."""
    if number is None and reply is not None and chat.forum:
        number = reply.json.get("message_thread_id")
    return number if find(chat, number) else None


def check(chat: Chat, user_id: int, number: int | None, reply: Message | None = None) -> None:
    """Whether the bot may write there."""
    if number is not None and find(chat, number) is None:
        raise errors.NO_THREAD()
    if rights.in_closed_topic(chat, user_id, place(chat, number, reply)):
        raise errors.TOPIC_CLOSED()


def marks(chat: Chat, thread: int | None) -> Json:
    """What a message in a topic shows of it; by default it answers the line that opened the topic."""
    if thread is None or find(chat, thread) is None:
        return {}
    body: Json = {"message_thread_id": thread, "is_topic_message": True}
    if opening := chat.messages.get(thread):
        body["reply_to_message"] = opening.quoted()
    return body


def belongs(message: Message, number: int) -> bool:
    """Whether a message stands in that topic."""
    found: int = message.json.get("message_thread_id", GENERAL)
    return found == number


def create(world: "World", chat: Chat, by: User, name: str, colour: int | None = None, emoji: str = "") -> Topic:
    """Open a topic; its first line says so and lends it its number."""
    topic = Topic(0, name[:NAME_LIMIT], by, colour or random.choice(ICON_COLOURS), emoji)
    message = world.post(chat, by, {"forum_topic_created": topic.created()})
    topic.id = message.id
    chat.topics[topic.id] = topic
    message.json |= {"message_thread_id": topic.id, "is_topic_message": True}
    deliver(world, chat, message)
    return topic


def _says(world: "World", chat: Chat, by: User, topic: Topic, content: Json) -> None:
    deliver(world, chat, world.post(chat, by, content, thread=topic.id))
    world.changed(chat, people=True)


def edit(world: "World", chat: Chat, by: User, topic: Topic, name: str | None, emoji: str | None) -> None:
    """Another name or picture; nothing new is a mistake."""
    changed: Json = {}
    if name and name[:NAME_LIMIT] != topic.name:
        changed["name"] = topic.name = name[:NAME_LIMIT]
    if emoji is not None and emoji != topic.emoji:
        changed["icon_custom_emoji_id"] = topic.emoji = emoji
    if not changed:
        raise errors.TOPIC_NOT_MODIFIED()
    _says(world, chat, by, topic, {"forum_topic_edited": changed})


def close(world: "World", chat: Chat, by: User, topic: Topic, closed: bool = True) -> None:
    """Close a topic, or open it again (which also brings a hidden General topic back)."""
    if topic.closed == closed:
        raise errors.TOPIC_NOT_MODIFIED()
    topic.closed = closed
    if not closed and topic.hidden:
        topic.hidden = False
        _says(world, chat, by, topic, {"general_forum_topic_unhidden": {}})
    _says(world, chat, by, topic, {"forum_topic_closed" if closed else "forum_topic_reopened": {}})


def hide(world: "World", chat: Chat, by: User, hidden: bool = True) -> None:
    """Hide the General topic, which also closes it, or show it again."""
    topic = chat.topics[GENERAL]
    if topic.hidden == hidden:
        raise errors.TOPIC_NOT_MODIFIED()
    topic.hidden = hidden
    if hidden and not topic.closed:
        topic.closed = True
    kind = "general_forum_topic_hidden" if hidden else "general_forum_topic_unhidden"
    _says(world, chat, by, topic, {kind: {}})


def delete(world: "World", chat: Chat, topic: Topic) -> None:
    """Delete a topic with everything that was said in it."""
    for message in [one for one in chat.messages.values() if belongs(one, topic.id)]:
        world.remove(chat, message)
    del chat.topics[topic.id]
    world.changed(chat, people=True)


def unpin(world: "World", chat: Chat, number: int) -> None:
    """Unpin everything in one topic."""
    chat.pinned = [one for one in chat.pinned if not belongs(chat.messages[one], number)]
    world.changed(chat)
