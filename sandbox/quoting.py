"""What a message answers: another one in the same chat, one in another chat, or a few words out of either."""

from sandbox import access, delivery, entities, errors
from sandbox.chats import Chat, Json, Message
from sandbox.html import utf16
from sandbox.kinds import FIELDS
from sandbox.shapes import ReplyParameters
from sandbox.world import World

QUOTE_LIMIT = 1024
# Marks that stay in a quote; links, mentions and the like do not.
QUOTED_MARKS = frozenset(("bold", "italic", "underline", "strikethrough", "spoiler", "custom_emoji", "date_time"))
# What an answer in another chat tells of the message, besides its files.
TOLD = ("link_preview_options", "has_media_spoiler", "contact", "dice", "location", "poll", "venue")


def origin(message: Message) -> Json:
    """Telegram's MessageOrigin: who wrote it (a person, a channel, or a group's anonymous admin), and when."""
    date = {"date": message.date}
    if sender := message.json.get("sender_chat"):
        if sender["type"] == "channel":
            return {"type": "channel", "chat": sender, "message_id": message.id} | date
        return {"type": "chat", "sender_chat": sender} | date
    return {"type": "user", "sender_user": message.author.json()} | date


def answered(world: World, chat: Chat, wanted: ReplyParameters) -> Message | None:
    """The message of this chat that is answered; a missing one is refused unless that was said not to matter."""
    if _elsewhere(world, chat, wanted):
        _other(world, wanted)
        return None
    found = chat.messages.get(wanted.message_id)
    if found is None and not wanted.allow_sending_without_reply:
        raise errors.NO_MESSAGE(act="be replied")
    return found


def fields(world: World, chat: Chat, wanted: ReplyParameters, reply: Message | None) -> Json:
    """What the answer shows of what it answers, besides the message of its own chat."""
    if reply:
        return _option(reply, wanted) | _quote(reply, wanted)
    if not _elsewhere(world, chat, wanted):
        return {}
    other, message = _other(world, wanted)
    if message.protected or not delivery.SERVICE.isdisjoint(message.json):
        return {}  # such a message is not shown elsewhere: what was said goes out as no answer at all
    external: Json = {"origin": origin(message)}
    if other.type in ("supergroup", "channel"):
        external |= {"chat": other.json(), "message_id": message.id}
    held = next((name for name in FIELDS if name in message.json), "")
    external |= {key: message.json[key] for key in (*TOLD, held) if key in message.json}
    shown: Json = {"external_reply": external}
    return shown | (_quote(message, wanted) or _whole(message))


def _option(message: Message, wanted: ReplyParameters) -> Json:
    """The option of a poll that is answered, if the poll has it."""
    known = [option["persistent_id"] for option in message.json.get("poll", {}).get("options", ())]
    return {"reply_to_poll_option_id": wanted.poll_option_id} if wanted.poll_option_id in known else {}


def _elsewhere(world: World, chat: Chat, wanted: ReplyParameters) -> bool:
    named = wanted.chat_id
    if named is None or str(named) == str(chat.id):
        return False
    return not (chat.username and str(named).lower() == f"@{chat.username}".lower())


def _other(world: World, wanted: ReplyParameters) -> tuple[Chat, Message]:
    """The chat and the message in it; there "send it anyway" does not count."""
    named = wanted.chat_id or 0
    text = str(named)
    other = access.readable(world, int(text) if text.removeprefix("-").isdecimal() else text)
    return other, access.message(other, wanted.message_id, "be replied")


def _words(message: Message) -> tuple[str, list[Json]]:
    """Its text or caption and those marks that a quote keeps."""
    name = "text" if "text" in message.json else "caption"
    marks = message.json.get("entities" if name == "text" else "caption_entities", [])
    return message.json.get(name, ""), [mark for mark in marks if mark["type"] in QUOTED_MARKS]


def _whole(message: Message) -> Json:
    """Telegram itself quotes the beginning of a message from another chat."""
    text, marks = _words(message)
    if not text:
        return {}
    cut = text[:QUOTE_LIMIT]
    return {"quote": _text_quote(cut, _inside(marks, 0, utf16(cut)), 0)}


def _quote(message: Message, wanted: ReplyParameters) -> Json:
    """The words that the bot chose; they must stand in the message exactly so, marks and all."""
    if not wanted.quote:
        return {}
    read = entities.read(wanted.quote, wanted.quote_parse_mode, wanted.quote_entities)
    marks = [mark for mark in read.entities if mark["type"] in QUOTED_MARKS]
    if len(read.text) > QUOTE_LIMIT:
        raise errors.QUOTE()
    text, own = _words(message)
    size, places = utf16(read.text), []
    start = text.find(read.text)
    while start >= 0:
        offset = utf16(text[:start])
        if _same(_inside(own, offset, size), marks):
            places.append(offset)
        start = text.find(read.text, start + 1)
    if not places:
        raise errors.QUOTE()
    position = min(places, key=lambda place: abs(place - (wanted.quote_position or 0)))
    return {"quote": _text_quote(read.text, marks, position) | {"is_manual": True}}


def _text_quote(text: str, marks: list[Json], position: int) -> Json:
    quote: Json = {"text": text}
    if marks:
        quote["entities"] = marks
    return quote | {"position": position}


def _inside(marks: list[Json], offset: int, size: int) -> list[Json]:
    """The marks of a piece of a text, counted from where it begins."""
    kept = []
    for mark in marks:
        start = max(mark["offset"] - offset, 0)
        end = min(mark["offset"] + mark["length"] - offset, size)
        if end > start:
            kept.append({**mark, "offset": start, "length": end - start})
    return kept


def _same(one: list[Json], other: list[Json]) -> bool:
    return sorted(map(str, map(_key, one))) == sorted(map(str, map(_key, other)))


def _key(mark: Json) -> tuple[object, ...]:
    return mark["type"], mark["offset"], mark["length"], mark.get("custom_emoji_id")
