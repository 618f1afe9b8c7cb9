"""Who may do what in a group or channel: admins by their rights, everybody else by the group's permissions."""

from collections.abc import Iterable

from sandbox import kinds
from sandbox.chats import GENERAL, PERMISSIONS, Chat, Json

# What messages need that are no files (those say it themselves, in ``kinds.py``); everything else counts as text.
NEEDED = {"poll": "can_send_polls", "dice": "can_send_other_messages", "game": "can_send_other_messages"}
SENDING = tuple(permission for permission in PERMISSIONS if permission.startswith("can_send_"))


def permitted(chat: Chat, user_id: int, permission: str) -> bool:
    """Whether somebody may do what ordinary members may; a restriction only ever takes away."""
    member = chat.member(user_id)
    if not member or not member.present:
        return False
    if member.admin:
        return True
    allowed = chat.permissions & member.rights if member.status == "restricted" else chat.permissions
    return permission in allowed


def may(chat: Chat, user_id: int, right: str) -> bool:
    """Whether somebody has a right as an admin, or (pinning, inviting, topics, the name) as a permitted member."""
    member = chat.member(user_id)
    if member and member.admin:
        return member.may(right)
    return not chat.channel and right in PERMISSIONS and permitted(chat, user_id, right)


def has_right(chat: Chat, user_id: int, right: str) -> bool:
    """Whether somebody has a right as an admin, and no other way."""
    member = chat.member(user_id)
    return bool(member and member.may(right))


def needed(content: Json) -> str:
    """The permission that a message of this content needs."""
    if kind := kinds.held(content):
        return kind.permission
    return next((permission for name, permission in NEEDED.items() if name in content), "can_send_messages")


def in_closed_topic(chat: Chat, user_id: int, thread: int | None) -> bool:
    """Whether somebody stands before a closed topic; who manages topics, and who opened this one, still may write."""
    topic = chat.topics.get(thread or GENERAL)
    if topic is None or not topic.closed or has_right(chat, user_id, "can_manage_topics"):
        return False
    return topic.author is None or topic.author.id != user_id


def silenced(chat: Chat, user_id: int, content: Json, thread: int | None = None) -> str:
    """Why somebody cannot write such a message here; nothing when they can."""
    if chat.private:
        return ""
    if chat.channel:
        return "" if has_right(chat, user_id, "can_post_messages") else "only admins can write in a channel"
    if not permitted(chat, user_id, needed(content)):
        return "you are not allowed to send this here"
    return "this topic is closed" if in_closed_topic(chat, user_id, thread) else ""


def with_implied(permissions: Iterable[str]) -> frozenset[str]:
    """Unless they are meant one by one, a larger permission brings the smaller ones along."""
    granted = set(permissions)
    if granted & {"can_send_other_messages", "can_add_web_page_previews"}:
        granted |= set(SENDING) - {"can_send_polls", "can_send_other_messages"}
    if "can_send_polls" in granted:
        granted.add("can_send_messages")
    return frozenset(granted)
