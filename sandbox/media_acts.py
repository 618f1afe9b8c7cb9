"""What people do with files over HTTP: each function is one ``POST /sim/<its name>``, as in ``acts.py``."""

from typing import Any

from sandbox.acts import ACTS, act, data, where, who
from sandbox.chats import Chat, Json
from sandbox.people import CannotDo, Person
from sandbox.world import World

__all__ = ["ACTS"]

DETAILS = ("caption", "name", "mime", "width", "height", "duration", "length", "performer", "title", "spoiler")


def _asked(world: World, ask: Json) -> tuple[Person, Chat | None, bytes, dict[str, Any]]:
    details = {name: ask[name] for name in DETAILS if name in ask}
    return who(world, ask["as"]), where(world, ask.get("chat")), data(ask["bytes"]), details


@act
def photo(world: World, ask: Json) -> Json:
    """Send a picture."""
    person, chat, content, details = _asked(world, ask)
    return {"message": person.send_photo(content, chat=chat, **details)}


@act
def document(world: World, ask: Json) -> Json:
    """Send a file."""
    person, chat, content, details = _asked(world, ask)
    return {"message": person.send_document(str(ask["name"]), content, chat=chat, **_without(details, "name"))}


@act
def video(world: World, ask: Json) -> Json:
    """Send a video."""
    person, chat, content, details = _asked(world, ask)
    return {"message": person.send_video(content, chat=chat, **details)}


@act
def animation(world: World, ask: Json) -> Json:
    """Send a GIF."""
    person, chat, content, details = _asked(world, ask)
    return {"message": person.send_animation(content, chat=chat, **details)}


@act
def audio(world: World, ask: Json) -> Json:
    """Send music."""
    person, chat, content, details = _asked(world, ask)
    return {"message": person.send_audio(content, chat=chat, **details)}


@act
def voice(world: World, ask: Json) -> Json:
    """Say something aloud."""
    person, chat, content, details = _asked(world, ask)
    return {"message": person.send_voice(content, chat=chat, **details)}


@act
def video_note(world: World, ask: Json) -> Json:
    """Send a round video."""
    person, chat, content, details = _asked(world, ask)
    return {"message": person.send_video_note(content, chat=chat, **details)}


@act
def sticker(world: World, ask: Json) -> Json:
    """Send a sticker."""
    person, chat, content, _ = _asked(world, ask)
    return {"message": person.send_sticker(content, chat=chat, emoji=str(ask.get("emoji", "")))}


@act
def dice(world: World, ask: Json) -> Json:
    """Throw a die."""
    person, chat = who(world, ask["as"]), where(world, ask.get("chat"))
    return {"message": person.send_dice(str(ask.get("emoji", "🎲")), chat)}


@act
def album(world: World, ask: Json) -> Json:
    """Send several files at once."""
    person, chat = who(world, ask["as"]), where(world, ask.get("chat"))
    if not isinstance(ask["items"], list) or not all(isinstance(item, dict) for item in ask["items"]):
        raise CannotDo("items must be a list of files")
    items = [
        {"kind": item.get("kind", "photo"), "data": data(item["bytes"])}
        | {name: item[name] for name in DETAILS if name in item}
        for item in ask["items"]
    ]
    return {"messages": person.send_album(items, chat)}


def _without(details: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in details.items() if key != name}
