"""A group or channel as the page shows it: its members and topics, and what one of them may do there."""

from typing import TYPE_CHECKING

from sandbox import invites, rights
from sandbox.chats import ADMIN_RIGHTS, Chat, Json, Member, User

if TYPE_CHECKING:
    from sandbox.world import World


def group(chat: Chat) -> Json:
    """What everybody sees of it."""
    return {
        "id": chat.id,
        "type": chat.type,
        "title": chat.title,
        "username": chat.username,
        "description": chat.description,
        "migrated_to": chat.migrated_to,
        "forum": chat.forum,
        "topics": [
            {"id": topic.id, "name": topic.name, "colour": topic.colour, "closed": topic.closed, "hidden": topic.hidden}
            for topic in chat.topics.values()
        ],
        "members": [_member(member) for member in chat.members.values()],
    }


def _member(member: Member) -> Json:
    return {
        "id": member.user.id,
        "name": member.user.name,
        "status": member.status if member.present or member.status == "kicked" else "left",
        "bot": member.user.is_bot,
        "title": member.title,
        "muted": member.status == "restricted" and "can_send_messages" not in member.rights,
        "until": member.until,
    }


def _silence(chat: Chat, user: User, topic: int | None) -> str:
    """Why this person cannot write: ``Channel``, ``Topic`` or ``Muted``; nothing when they can."""
    if not rights.silenced(chat, user.id, {}, topic):
        return ""
    if chat.channel:
        return "Channel"
    return "Topic" if rights.permitted(chat, user.id, "can_send_messages") else "Muted"


def seen_by(world: "World", user: User, chat: Chat, topic: int | None) -> Json:
    """What this person may do, who asks to be let in (as far as they decide about it), and why they cannot write."""
    member = chat.member(user.id)
    may = [right for right in ADMIN_RIGHTS if rights.may(chat, user.id, right)]
    view: Json = {
        "status": member.status if member else "",
        "admin": bool(member and member.admin),
        "rights": may,
        "silenced": _silence(chat, user, topic),
        "requests": [],
        "link": "",
    }
    if member and member.admin and "can_invite_users" in may:
        view["requests"] = [
            {"id": request.user.id, "name": request.user.name, "bio": request.bio, "date": request.date}
            for request in chat.requests.values()
        ]
    if "can_invite_users" in may:
        link = invites.primary_of(chat, user)
        view["link"] = link.link if link else ""
    return view
