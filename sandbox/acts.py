"""What people do over HTTP: each function is one ``POST /sim/<its name>`` (the list stands in ``sim.py``)."""

import base64
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, cast

from pydantic import TypeAdapter

from sandbox.asking import Wishes
from sandbox.chats import Chat, Json
from sandbox.faults import Fault
from sandbox.people import CannotDo, Person
from sandbox.world import Someone, World

Act = Callable[[World, Json], Json]
SOMEONE, FAULT = TypeAdapter(Someone), TypeAdapter(Fault)
ACTS: dict[str, Act] = {}


def act(run: Act) -> Act:
    """Offer a function as ``POST /sim/<its name>``."""
    ACTS[run.__name__] = run
    return run


def who(world: World, name: Any) -> Person:
    """The person a request means, by id, username or name (or as a phone that has a topic open already)."""
    if isinstance(name, Person):
        return name
    text = str(name)
    return world.person(int(text) if text.isdecimal() else text)


def where(world: World, chat: Any) -> Chat | None:
    """The chat a request means; nothing means the chat with the bot."""
    if chat is None:
        return None
    text = str(chat)
    return world.chat(int(text) if text.removeprefix("-").isdecimal() else text)


def there(world: World, ask: Json) -> Chat:
    """The chat a request must name."""
    chat = where(world, ask.get("chat"))
    if chat is None:
        raise KeyError("chat")
    return chat


def words(ask: Json, name: str, otherwise: str | None = None) -> str:
    """What a request says in words; a number or an object is a slip of whoever wrote the test."""
    said = ask[name] if otherwise is None else ask.get(name, otherwise)
    if not isinstance(said, str):
        raise CannotDo(f"{name} must be text")
    return said


def data(text: str) -> bytes:
    """Bytes, which travel as base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, TypeError) as wrong:
        raise CannotDo("bytes must be base64") from wrong


def _message(message: Json) -> Json:
    return {"message": message}


@act
def start(world: World, ask: Json) -> Json:
    """Press Start, or follow a deep link."""
    return _message(who(world, ask["as"]).start(words(ask, "payload", "")))


@act
def send(world: World, ask: Json) -> Json:
    """Write something."""
    person, chat = who(world, ask["as"]), where(world, ask.get("chat"))
    return _message(person.send(words(ask, "text"), chat, reply_to=ask.get("reply_to")))


@act
def edit(world: World, ask: Json) -> Json:
    """Change one's own words."""
    person, chat = who(world, ask["as"]), where(world, ask.get("chat"))
    return _message(person.edit(int(ask["message"]), words(ask, "text"), chat))


@act
def delete(world: World, ask: Json) -> Json:
    """Take a message away."""
    who(world, ask["as"]).delete(int(ask["message"]), where(world, ask.get("chat")))
    return {}


@act
def react(world: World, ask: Json) -> Json:
    """An emoji under a message."""
    who(world, ask["as"]).react(int(ask["message"]), str(ask.get("emoji", "")), where(world, ask.get("chat")))
    return {}


@act
def press(world: World, ask: Json) -> Json:
    """Press an inline button, or (with ``data``) one that is not there."""
    person, chat, message = who(world, ask["as"]), where(world, ask.get("chat")), ask.get("message")
    if "data" in ask:
        pressed = person.press_data(str(ask["data"]), message, chat)
    else:
        pressed = person.press(str(ask["button"]), message, chat)
    return {"press": {"id": pressed.id, "data": pressed.data, "url": pressed.url, "copied": pressed.copied}}


@act
def poll(world: World, ask: Json) -> Json:
    """Ask everybody in a group."""
    person, chat = who(world, ask["as"]), where(world, ask.get("chat"))
    wishes = {name: value for name, value in ask.items() if name not in ("as", "chat", "question", "options")}
    if unknown := wishes.keys() - Wishes.__annotations__:
        raise CannotDo(f"nobody can choose {', '.join(sorted(unknown))}")
    options = [str(option) for option in ask["options"]]
    return _message(person.send_poll(words(ask, "question"), options, chat, **cast(Wishes, wishes)))


@act
def vote(world: World, ask: Json) -> Json:
    """Vote in a poll."""
    who(world, ask["as"]).vote(ask["options"], ask.get("message"), where(world, ask.get("chat")))
    return {}


@act
def retract(world: World, ask: Json) -> Json:
    """Take a vote back."""
    who(world, ask["as"]).retract(ask.get("message"), where(world, ask.get("chat")))
    return {}


@act
def option(world: World, ask: Json) -> Json:
    """Add an option to a poll."""
    person, chat = who(world, ask["as"]), where(world, ask.get("chat"))
    return _message(person.add_option(words(ask, "text"), ask.get("message"), chat))


@act
def stop(world: World, ask: Json) -> Json:
    """End a poll of one's own."""
    who(world, ask["as"]).stop_poll(ask.get("message"), where(world, ask.get("chat")))
    return {}


@act
def tap(world: World, ask: Json) -> Json:
    """Press a button of the reply keyboard."""
    return _message(who(world, ask["as"]).tap(str(ask["button"]), where(world, ask.get("chat"))))


@act
def contact(world: World, ask: Json) -> Json:
    """Send a phone number."""
    person, chat = who(world, ask["as"]), where(world, ask.get("chat"))
    return _message(person.send_contact(who(world, ask["of"]) if "of" in ask else None, chat))


@act
def location(world: World, ask: Json) -> Json:
    """Send a place."""
    person, chat = who(world, ask["as"]), where(world, ask.get("chat"))
    return _message(person.send_location(float(ask["latitude"]), float(ask["longitude"]), chat))


@act
def block(world: World, ask: Json) -> Json:
    """Block the bot, or let it write again."""
    person = who(world, ask["as"])
    if ask.get("blocked", True):
        person.block()
    else:
        person.unblock()
    return {}


@act
def join(world: World, ask: Json) -> Json:
    """Come and go in a group."""
    person, chat = who(world, ask["as"]), there(world, ask)
    action = ask.get("action", "join")
    other = world.bot.id if ask.get("who") == "bot" else who(world, ask["who"]).id if "who" in ask else person.id
    if action == "join":
        person.join(chat)
    elif action == "leave":
        person.leave(chat)
    elif action == "add":
        person.add(chat, other)
    elif action == "kick":
        person.kick(chat, other)
    elif action == "promote":
        person.promote(chat, other, *([ask["rights"]] if "rights" in ask else []))
    elif action == "upgrade":
        chat = person.upgrade(chat)
    elif action == "delete":
        person.delete_group(chat)
    else:
        raise CannotDo(f"nobody can {action} a group")
    return {"chat": chat.id}


@act
def people(world: World, ask: Json) -> Json:
    """Somebody new."""
    return {"id": world.add_person(**vars(SOMEONE.validate_python(ask))).id}


@act
def groups(world: World, ask: Json) -> Json:
    """A new group."""
    person = who(world, ask["as"])
    others = [who(world, name) for name in ask.get("members", ())]
    chat = person.create_group(
        words(ask, "title"),
        others,
        bot=bool(ask.get("bot", True)),
        supergroup=bool(ask.get("supergroup", True)),
        kind=str(ask.get("kind", "")),
    )
    if ask.get("bot_admin"):
        person.promote(chat, world.bot.id)
    return {"chat": chat.id}


@act
def clock(world: World, ask: Json) -> Json:
    """Move the clock."""
    now = world.clock.set(datetime.fromisoformat(ask["to"])) if "to" in ask else world.clock.move(timedelta(**ask))
    world.changed(clock=now.isoformat())
    return {"now": now.isoformat(), "moved": world.clock.moved.total_seconds()}


@act
def faults(world: World, ask: Json) -> Json:
    """Order trouble, or call it off."""
    if ask.get("clear"):
        world.faults.clear()
    else:
        world.faults.add(FAULT.validate_python(ask))
    return {"waiting": [asdict(fault) for fault in world.faults.waiting]}


@act
def inject(world: World, ask: Json) -> Json:
    """Any object as an update."""
    return {"update_id": world.inject(dict(ask["update"]))}


@act
def reset(world: World, ask: Json) -> Json:
    """Begin again."""
    world.reset()
    return {}
