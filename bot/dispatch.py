"""Dispatch: which handler an update is for, whether this person may use it here, and what is said if not.

Everything here runs inside the unit of work of the update and only speaks through the context's voice.
"""

import contextlib

from bot import forms
from bot.context import Context
from bot.router import Garbled, NotMine, Place, Route, Who
from bot.voice import Alert, Button
from models import facts, groups, rounds
from models.base import Refused
from models.people import Account, Role

FREE = ("cancel", "help")  # commands that do not disturb a half-filled form


def dispatch(context: Context) -> None:
    """Answer one update. A refusal is said; whatever the handler had done is undone, but for the refusal."""
    try:
        with context.session.begin_nested():
            _route(context)
    except Refused as no:
        context.voice.clear()
        _refuse(context, no)
    if context.incoming.sort == "button" and context.voice.alert is None:
        context.voice.alert = _silence()


def _route(context: Context) -> None:
    incoming = context.incoming
    match incoming.sort:
        case "membership":
            _membership(context)
        case "migration":
            assert incoming.moved_to is not None
            groups.move(context.session, incoming.chat_id, incoming.moved_to)
        case "button":
            _button(context)
        case "command":
            _command(context)
        case _ if context.place is Place.PRIVATE:
            _message(context)


def _button(context: Context) -> None:
    data = context.incoming.text
    if data.startswith("form:"):
        if context.place is not Place.PRIVATE:
            raise Refused("common.old_button")
        command = forms.press(context, data)
        if command:
            _typed(context, command)
        return
    name, *parts = data.split(":")
    route = context.registry.buttons.get(name)
    if route is None:
        raise Refused("common.old_button")
    _run(context, route, parts)


def _command(context: Context) -> None:
    incoming = context.incoming
    if not incoming.addressed:
        return
    if incoming.command not in FREE and context.place is Place.PRIVATE and forms.interrupt(context, incoming.text):
        return
    _typed(context, incoming.text)


def _typed(context: Context, text: str) -> None:
    """Run a command as it was typed, now or before a form was given up."""
    first, _, rest = text[1:].partition(" ")
    name = first.split("\n", 1)[0].partition("@")[0].lower()
    route = context.registry.commands.get(name)
    if route is None:
        if context.place is Place.PRIVATE:
            raise Refused("common.unknown_command")
        return
    if name == "start" and rest.strip():
        word, _, argument = rest.strip().partition("_")
        link = context.registry.links.get(word)
        if link is not None:
            _run(context, link, [argument] if argument else [])
            return
    count = len(route.arguments)
    _run(context, route, rest.split(maxsplit=count - 1) if count and rest.strip() else [])


def _message(context: Context) -> None:
    if forms.answer(context):
        return
    if context.incoming.sort == "other":
        raise Refused("common.cannot_read")
    for route in context.registry.messages:
        if route.name != context.incoming.sort or not route.who.admits(context.person):
            continue
        attachment = context.incoming.attachment
        if route.begins and not context.incoming.text.lstrip().startswith(route.begins):
            continue
        if route.endings and not (attachment and attachment.name.lower().endswith(route.endings)):
            continue
        with contextlib.suppress(NotMine):
            _run(context, route, [])
            return
    raise Refused("common.lost")


def _run(context: Context, route: Route, parts: list[str]) -> None:
    """Run a handler, if this person may use it in this chat."""
    if not route.where.admits(context.place):
        if context.place is Place.STAFF:
            raise Refused("common.in_private")
        if context.incoming.sort == "button":
            raise Refused("common.old_button")
        if context.place is Place.PRIVATE:
            raise Refused("common.in_group")
        return  # in other people's groups we are silent
    if not route.who.admits(context.person):
        raise Refused(_why_not(context, route))
    try:
        values = route.read(parts)
    except Garbled:
        raise Refused("common.old_button" if route.sort == "button" else "common.garbled") from None
    route.call(context, *values)


def _why_not(context: Context, route: Route) -> str:
    if route.who is Who.STRANGER:
        return "common.bound_already"
    if context.person.member is None and route.who in (Who.MEMBER, Who.KNOWN):
        return "common.bind_first"
    if route.sort == "button":
        return "common.old_button"
    return "common.admins_only" if route.who is Who.ADMIN else "common.not_allowed"


def _refuse(context: Context, no: Refused) -> None:
    """Say no: as a window on a press, as a message in private; in a group with a way to the private chat."""
    if context.incoming.sort == "button":
        if no.code == "common.bind_first":
            context.person.account.wanted = _wish(context.incoming.text)
            context.alert(no.code, popup=True, url=context.url("start") if context.place is Place.STAFF else None)
            if context.place is Place.PRIVATE:
                context.say("common.bind_first", buttons=bind_buttons(context))
            return
        context.alert(no.code, popup=True, **no.params)
        return
    if context.place is Place.PRIVATE:
        if no.code == "common.bind_first" and (wish := _followed(context)):
            context.person.account.wanted = _wish(wish)
        buttons = bind_buttons(context) if no.code == "common.bind_first" else None
        context.say(no.code, buttons=buttons, **no.params)
    elif no.code == "common.admins_only":
        context.say(no.code)  # whoever set the group up should hear why nothing comes of it
    elif context.place is Place.STAFF:
        context.say("common.in_private", buttons=[[context.link("common.open_private", "start")]])


def bind_buttons(context: Context) -> list[list[Button]] | None:
    """The ways to be recognised: what the first page holds for strangers only."""
    buttons = context.registry.buttons
    ways = [entry.button for entry in context.registry.home if buttons[entry.button].who is Who.STRANGER]
    return [[context.button(name)] for name in ways] or None


def _wish(data: str) -> str:
    return data[:64]


def _followed(context: Context) -> str:
    """The button that does what a deep link does, so that whoever scanned a code can go on once they are known."""
    incoming = context.incoming
    word, _, argument = incoming.arguments.partition("_")
    link = context.registry.links.get(word) if incoming.command == "start" else None
    if link is None:
        return ""
    same = [route.name for route in context.registry.buttons.values() if route.call is link.call]
    return ":".join([same[0], argument]) if same and argument else ""


def _silence() -> Alert:
    """Every press is answered, else the button keeps turning."""
    return Alert("")


def _membership(context: Context) -> None:
    """They blocked or unblocked us, or a group took us in or put us out."""
    incoming = context.incoming
    if incoming.chat_type == "private":
        account = context.session.get(Account, incoming.user_id)
        if account is not None:
            account.reachable = incoming.status != "kicked"
    elif incoming.status in ("kicked", "left") and facts.get(context.session, facts.STAFF_GROUP) == incoming.chat_id:
        facts.put(context.session, facts.STAFF_GROUP, None)
        key = f"group:{incoming.chat_id}:lost:{incoming.update_id}"
        rounds.tell(context.session, Role.ADMIN, key, "common.group_lost", context.now)
