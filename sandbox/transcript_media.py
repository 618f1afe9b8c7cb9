"""What a line of a transcript says of files, dice and answers to other chats.

``video, animation, audio, voice, video_note, sticker``: ``{file_id, size, mime}`` and whatever else Telegram tells of
such a file (``name, width, height, duration, length, performer, title, emoji``), ``thumbnail`` and ``cover`` as file
ids; ``document`` and ``photo`` as in ``transcript.py``. ``dice``: ``{emoji, value}``. ``spoiler``: the picture lies
under a cover. ``caption_above``. ``album``: lines with the same word belong together. ``quote``: the words that are
answered. ``external``: what stands in another chat and is answered, ``{from, kind, title?, text}``.
"""

from typing import TYPE_CHECKING

from sandbox import kinds
from sandbox.chats import Json

if TYPE_CHECKING:
    from sandbox.world import World

OWN = frozenset(("video", "animation", "audio", "voice", "video_note", "sticker"))
OTHERS = ("dice", "venue", "location", "contact", "poll")  # a venue has a location too, so it comes before it
COPIED = ("width", "height", "duration", "length", "performer", "title", "emoji", "is_animated", "is_video")


def kind_of(message: Json) -> str:
    """What a message holds besides words: the name of its field, or nothing."""
    held = kinds.held(message)
    return held.field if held else next((name for name in OTHERS if name in message), "")


def fields(world: "World", message: Json) -> Json:
    """The fields of a line for what the message holds."""
    line: Json = {}
    held = kinds.held(message)
    if held and held.field in OWN:
        line[held.field] = _file(world, message[held.field])
    elif held is kinds.PHOTO:
        photo = message["photo"][-1]
        line |= {"photo": photo["file_id"], "photo_size": [photo["width"], photo["height"]]}
    elif held is kinds.DOCUMENT:
        line["document"] = _file(world, message["document"])
    if "dice" in message:
        line["dice"] = message["dice"]
    if "has_media_spoiler" in message:
        line["spoiler"] = True
    if "show_caption_above_media" in message:
        line["caption_above"] = True
    if "media_group_id" in message:
        line["album"] = message["media_group_id"]
    if "quote" in message:
        line["quote"] = message["quote"]["text"]
    if external := message.get("external_reply"):
        line["external"] = _external(external, message.get("quote", {}))
    return line


def _file(world: "World", json: Json) -> Json:
    file = world.files.by_id[json["file_id"]]
    shown: Json = {"file_id": file.id, "size": len(file.data), "mime": file.mime}
    if "file_name" in json:
        shown["name"] = json["file_name"]
    if "thumbnail" in json:
        shown["thumbnail"] = json["thumbnail"]["file_id"]
    if "cover" in json:
        shown["cover"] = json["cover"][-1]["file_id"]
    return shown | {key: json[key] for key in COPIED if key in json}


def _external(external: Json, quote: Json) -> Json:
    origin = external["origin"]
    sender = origin.get("sender_user") or origin.get("sender_chat") or origin.get("chat") or {}
    name = sender.get("first_name") or sender.get("title") or origin.get("sender_user_name", "")
    shown: Json = {"from": name, "kind": kind_of(external), "text": quote.get("text", "")}
    if "chat" in external:
        shown["title"] = external["chat"]["title"]
    return shown


def plain(line: Json) -> list[str]:
    """The same in plain words."""
    said = []
    if external := line.get("external"):
        what = external["text"] or f"<{external['kind']}>"
        said.append(f"(to {external['from']} elsewhere: {what})")
    elif "quote" in line:
        said.append(f"(to: {line['quote']})")
    for name in OWN:
        if name in line:
            file = line[name]
            words = file.get("title") or file.get("name") or file.get("emoji") or _length(file)
            said.append(f"<{name} {words}>" if words else f"<{name}>")
    if "dice" in line:
        said.append(f"<dice {line['dice']['emoji']} {line['dice']['value']}>")
    return said


def _length(file: Json) -> str:
    return f"{file['duration']}s" if file.get("duration") else ""
