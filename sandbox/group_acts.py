"""What people do in groups and channels over HTTP: each function is one ``POST /sim/<its name>``."""

from collections.abc import Callable

from sandbox.acts import act, there, where, who
from sandbox.chats import PERMISSIONS, Chat, Json
from sandbox.media_acts import ACTS  # with those of acts.py and media_acts.py in it
from sandbox.people import CannotDo, Person
from sandbox.world import World

__all__ = ["ACTS"]


def _there(world: World, ask: Json) -> tuple[Person, Chat]:
    return who(world, ask["as"]), there(world, ask)


def _other(world: World, ask: Json) -> int:
    return world.bot.id if ask["who"] == "bot" else who(world, ask["who"]).id


def _one_of(choices: dict[str, Callable[[], object]], action: str) -> object:
    if action not in choices:
        raise CannotDo(f"nobody can {action}; there is: {', '.join(choices)}")
    return choices[action]()


@act
def link(world: World, ask: Json) -> Json:
    """Follow an invite link."""
    person = who(world, ask["as"])
    chat = person.join_link(str(ask["link"]))
    return {"chat": chat.id, "inside": chat.has(person.id)}


@act
def invite(world: World, ask: Json) -> Json:
    """Make an invite link, or (with ``link``) revoke one."""
    person, chat = _there(world, ask)
    if "link" in ask:
        person.revoke_link(chat, str(ask["link"]))
        return {}
    made = person.invite_link(
        chat,
        str(ask.get("name", "")),
        expires=int(ask.get("expires", 0)),
        limit=int(ask.get("limit", 0)),
        asks=bool(ask.get("asks")),
        primary=bool(ask.get("primary")),
    )
    return {"link": made}


@act
def ask(world: World, ask: Json) -> Json:
    """Ask to be let in."""
    person, chat = _there(world, ask)
    person.ask(chat, str(ask.get("bio", "")))
    return {}


@act
def decide(world: World, ask: Json) -> Json:
    """Let somebody in who asked, or not."""
    person, chat = _there(world, ask)
    person.answer(chat, _other(world, ask), bool(ask.get("approve", True)))
    return {}


@act
def member(world: World, ask: Json) -> Json:
    """Decide about somebody in a group."""
    person, chat = _there(world, ask)
    other, until = _other(world, ask), int(ask["until"]) if "until" in ask else None
    more = {"title": str(ask.get("title", "")), "anonymous": bool(ask.get("anonymous"))}
    _one_of(
        {
            "promote": lambda: person.promote(chat, other, ask.get("rights"), **more),  # type: ignore[arg-type]
            "demote": lambda: person.promote(chat, other, ()),
            "mute": lambda: person.mute(chat, other, ask.get("permissions", ()), until),
            "unmute": lambda: person.mute(chat, other, PERMISSIONS),
            "kick": lambda: person.kick(chat, other, until),
            "unban": lambda: person.unban(chat, other),
        },
        str(ask["action"]),
    )
    return {}


@act
def chat(world: World, ask: Json) -> Json:
    """Change a group or channel itself."""
    person, chat = _there(world, ask)
    changes: dict[str, Callable[[], object]] = {
        "title": lambda: person.set_title(chat, str(ask["title"])),
        "description": lambda: person.set_description(chat, str(ask["description"])),
        "username": lambda: person.set_username(chat, str(ask["username"])),
        "permissions": lambda: person.restrict(chat, ask["permissions"]),
        "topics": lambda: person.divide(chat, bool(ask["topics"])),
    }
    for name, change in changes.items():
        if name in ask:
            change()
    return {}


@act
def topic(world: World, ask: Json) -> Json:
    """Open a topic, or do something with one."""
    person, chat = _there(world, ask)
    number, name = int(ask.get("number", 0)), str(ask.get("name", ""))
    done = _one_of(
        {
            "open": lambda: person.open_topic(chat, name),
            "rename": lambda: person.rename_topic(chat, number, name),
            "close": lambda: person.close_topic(chat, number),
            "reopen": lambda: person.close_topic(chat, number, closed=False),
            "delete": lambda: person.delete_topic(chat, number),
            "hide": lambda: person.hide_general(chat),
            "unhide": lambda: person.hide_general(chat, hidden=False),
        },
        str(ask.get("action", "open")),
    )
    return {"number": done or number}


@act
def pin(world: World, ask: Json) -> Json:
    """Pin a message, or unpin it."""
    person = who(world, ask["as"])
    person.pin(int(ask["message"]), where(world, ask.get("chat")) or person.private, bool(ask.get("pinned", True)))
    return {}
