"""A chat as one person sees it: what the page draws, and what tests read.

Every line is a dict: ``id, date, from, from_id, mine, bot`` and, where they apply, ``text, entities`` (captions too),
``buttons`` (rows of ``{text, kind, value}``), ``photo`` (a file id) and ``photo_size``, ``document`` (``{file_id, name,
size, mime}``), ``location, venue, contact, reply_to`` (``{id, from, text, kind}``), ``forwarded_from, edited, pinned,
service, reactions``, ``poll`` (what this person may see of it: ``voting.seen_by``), ``topic`` and ``topic_name``
(in a forum); for other media see ``transcript_media.py``.
"""

from itertools import islice
from typing import TYPE_CHECKING

from sandbox import polls, topics, transcript_media, voting
from sandbox.chats import GENERAL, Chat, Json, Message, User
from sandbox.delivery import SERVICE
from sandbox.markup import ACTIONS

if TYPE_CHECKING:
    from sandbox.world import World


def seen_by(world: "World", user: User, chat: Chat, last: int | None = None, topic: int | None = None) -> list[Json]:
    """The lines of the chat (or of one topic), oldest first: all, or only the last so many."""
    newest = (one for one in reversed(chat.messages.values()) if topic is None or topics.belongs(one, topic))
    shown = list(islice(newest, last))[::-1]
    return [_line(world, user, chat, message) for message in shown]


def _line(world: "World", user: User, chat: Chat, message: Message) -> Json:
    json = message.json
    author = _named(json)
    line: Json = {
        "id": message.id,
        "chat": chat.id,
        "date": message.date,
        "from": author["name"] if "sender_chat" in json else message.author.name,
        "from_id": author["id"],
        "mine": message.author is user,
        "bot": message.author is world.bot,
        "text": json.get("text", json.get("caption", "")),
        "entities": json.get("entities", json.get("caption_entities", [])),
    }
    line |= transcript_media.fields(world, json)
    line |= {key: json[key] for key in ("location", "venue", "contact") if key in json}
    if "poll" in json:
        line["poll"] = voting.seen_by(world, polls.of(world, message), user)
    if "reply_markup" in json:
        line["buttons"] = [[_button(button) for button in row] for row in json["reply_markup"]["inline_keyboard"]]
    reply = json.get("reply_to_message")
    if reply and "forum_topic_created" not in reply:
        said = reply.get("text") or reply.get("caption") or reply.get("poll", {}).get("question", "")
        line["reply_to"] = {"id": reply["message_id"], "from": _named(reply)["name"], "text": said}
        line["reply_to"]["kind"] = transcript_media.kind_of(reply)
    if origin := json.get("forward_origin"):
        source = origin.get("sender_user") or origin.get("chat") or origin["sender_chat"]
        line["forwarded_from"] = source.get("first_name") or source["title"]
    if chat.forum:
        line["topic"] = json.get("message_thread_id", GENERAL)
        line["topic_name"] = chat.topics[line["topic"]].name if line["topic"] in chat.topics else ""
    if "edit_date" in json:
        line["edited"] = json["edit_date"]
    if message.id in chat.pinned:
        line["pinned"] = True
    if service := _service(json, line["from"]):
        line["service"] = service
    if reactions := [emoji for emojis in message.reactions.values() for emoji in emojis]:
        line["reactions"] = reactions
    return line


def _button(button: Json) -> Json:
    kind = next((action for action in ACTIONS if action in button), "")
    value = button.get(kind)
    if isinstance(value, dict):
        value = value.get("text", value.get("url", ""))
    return {"text": button["text"], "kind": kind, "value": value}


def _named(json: Json) -> Json:
    """Who a message shows as its author: a person, or the chat itself."""
    if chat := json.get("sender_chat"):
        return {"id": chat["id"], "name": chat["title"]}
    return {"id": json["from"]["id"], "name": json["from"]["first_name"]}


def _service(json: Json, by: str) -> Json | None:
    """What the chat itself says, as a kind and the names it needs (its words belong to the page)."""
    if members := json.get("new_chat_members"):
        return {"kind": "joined", "by": by, "names": [member["first_name"] for member in members]}
    if member := json.get("left_chat_member"):
        return {"kind": "left", "by": by, "names": [member["first_name"]]}
    if added := json.get("poll_option_added"):
        return {"kind": "poll_option_added", "by": by, "names": [added["option_text"]]}
    if pinned := json.get("pinned_message"):
        return {"kind": "pinned", "by": by, "message": pinned["message_id"]}
    for kind in SERVICE:
        if kind in json:
            value = json[kind].get("name", "") if isinstance(json[kind], dict) else json[kind]
            return {"kind": kind, "by": by, "value": value}
    return None


def as_text(lines: list[Json]) -> str:
    """Plain lines: who said what, what is attached, and the buttons in brackets."""
    return "\n".join(_as_text(line) for line in lines)


def _as_text(line: Json) -> str:
    if service := line.get("service"):
        named = service.get("names") or [str(service.get("value", ""))]
        return f"* {service['kind']} {' '.join(named)}".rstrip()
    words = [f"<{kind}>" for kind in ("photo", "location", "venue", "contact") if kind in line]
    words = transcript_media.plain(line) + words
    if "document" in line:
        words.append(f"<document {line['document']['name']}>")
    if line["text"]:
        words.append(line["text"])
    if "poll" in line:
        words.append("\n".join(voting.as_lines(line["poll"])))
    where = f"#{line['topic_name']} " if line.get("topic", GENERAL) != GENERAL else ""
    text = f"{where}{line['from']}: {' '.join(words)}"
    for row in line.get("buttons", ()):
        text += "\n  " + " ".join(f"[{button['text']}]" for button in row)
    return text
