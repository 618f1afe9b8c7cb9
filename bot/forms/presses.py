"""What the buttons of a form do. Each takes the open form and its argument, and is safe to press twice."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from bot.forms import bundle, core, steps, view
from bot.forms.core import Problem
from bot.forms.desk import Desk
from bot.forms.fields import Ask, Kind
from bot.forms.words import token
from bot.voice import Button


class Old(Exception):
    """The button does not fit where the form stands now."""


def run(desk: Desk, act: str, argument: str) -> str | None:
    """Do what the button says. Gives back a command to be run instead of the form, if they chose so."""
    if act == "d":
        return _drop_for_other(desk)
    try:
        _ACTS.get(act, _unknown)(desk, argument)
    except Old:
        steps.too_old(desk)
    return None


def _drop_for_other(desk: Desk) -> str | None:
    waiting = desk.draft.waiting
    if waiting is None:
        steps.too_old(desk)
        return None
    steps.let_go(desk)
    if waiting.startswith("/"):
        desk.context.show("form.dropped", title=desk.sheet.title)
        return waiting
    wish = json.loads(waiting)
    route = desk.context.registry.forms.get(wish["form"])
    if route is None or not route.who.admits(desk.context.person):
        desk.context.show("form.right_gone")
    else:
        steps.start(desk.context, wish)
    return None


def _unknown(desk: Desk, _: str) -> None:
    raise Old


def _cancel(desk: Desk, _: str) -> None:
    steps.cancel(desk)


def _drop(desk: Desk, _: str) -> None:
    steps.let_go(desk)
    desk.context.show("form.dropped", title=desk.sheet.title)


def _go_on(desk: Desk, _: str) -> None:
    desk.draft.waiting = None
    desk.draft.touched_at = desk.context.now
    desk.note(held=None)
    desk.show()


def _use_held(desk: Desk, _: str) -> None:
    if "held" not in (desk.draft.pending or {}):
        raise Old
    steps.use_held(desk)


def _back(desk: Desk, _: str) -> None:
    """Forget the last answer; or what was just understood; or leave a line as it was."""
    model, answers, asking = desk.sheet.model, desk.draft.answers, desk.draft.asking
    if {"moments", "day", "find"} & set(desk.draft.pending or {}):
        desk.ask_for(asking)
    elif asking in answers:
        bundle.forget(desk, asking)
        desk.go_on()
    else:
        desk.draft.answers = core.back(model, answers)
        bundle.lay_out(desk, answers)
        desk.go_on()
    desk.show()


def _skip(desk: Desk, _: str) -> None:
    ask = _asked(desk)
    if not ask.optional:
        raise Old
    steps.take(desk, ask, ask.default)


def _choose(desk: Desk, word: str) -> None:
    ask = _asked(desk, Kind.FLAG, Kind.CHOICE, Kind.PICK)
    if ask.several:
        raise Old
    steps.take(desk, ask, _offered(desk, ask, word))


def _tick(desk: Desk, word: str) -> None:
    _mark(desk, word, on=True)


def _untick(desk: Desk, word: str) -> None:
    _mark(desk, word, on=False)


def _mark(desk: Desk, word: str, on: bool) -> None:
    """Tick or untick one of several. The button says which, so that a double tap changes nothing."""
    ask = _asked(desk, Kind.CHOICE, Kind.PICK, Kind.FILES)
    if ask.kind is Kind.FILES:
        if on:
            raise Old
        bundle.take_out(desk, ask, _whole(word))
        desk.show()
        return
    if not ask.several:
        raise Old
    value, ticked = _offered(desk, ask, word), view.several(desk.draft, ask)
    left = [one for one in ticked if one != value]
    desk.note(several=[*left, value] if on else left, fresh=None)
    desk.draft.touched_at = desk.context.now
    desk.show()


def _done(desk: Desk, _: str) -> None:
    ask = _asked(desk, Kind.CHOICE, Kind.PICK, Kind.FILES)
    ticked = view.several(desk.draft, ask)
    if not ask.several:
        raise Old
    if not ticked and not ask.optional:
        desk.show(desk.sheet.problem(ask.name, Problem("wanted.files" if ask.kind is Kind.FILES else "tick_some")))
        return
    if ask.kind is Kind.FILES:
        steps.take(desk, ask, ticked)
        return
    order = {offer.token: place for place, offer in enumerate(desk.sheet.offers(ask))}
    steps.take(desk, ask, sorted(ticked, key=lambda value: order.get(token(value), len(order))))


def _page(desk: Desk, number: str) -> None:
    _asked(desk, Kind.CHOICE, Kind.PICK)
    desk.note(page=_whole(number))
    desk.show()


def _all(desk: Desk, _: str) -> None:
    desk.note(find=None, page=None)
    desk.show()


def _moment(desk: Desk, argument: str) -> None:
    """The moment on the button: seconds since 1970, and how many minutes it lasts."""
    ask = _asked(desk, Kind.MOMENT)
    seconds, _, minutes = argument.partition("+")
    try:
        start = datetime.fromtimestamp(_whole(seconds), desk.context.house.zone)
        end = start + timedelta(minutes=_whole(minutes)) if minutes else None
    except (OverflowError, ValueError, OSError):
        raise Old from None
    steps.take(desk, ask, start, end)


def _day(desk: Desk, argument: str) -> None:
    ask = _asked(desk, Kind.DAY)
    try:
        day = date.fromisoformat(argument)
    except ValueError:
        raise Old from None
    steps.take(desk, ask, day)


def _here(desk: Desk, _: str) -> None:
    """Offer the one button that can ask a telephone where it is; it must stand under the writing line."""
    _asked(desk, Kind.SPOT)
    desk.note(keyboard=True)
    button = Button(desk.context.plain("form.buttons.share_spot"), spot=True)
    desk.context.say("form.share_spot", buttons=[[button]])


def _change(desk: Desk, name: str) -> None:
    plan = core.plan(desk.sheet.model, desk.draft.answers)
    if desk.draft.asking is not None or name not in {ask.name for ask in plan}:
        raise Old
    fresh = (desk.draft.pending or {}).get("fresh")
    desk.ask_for(name)
    desk.note(fresh=fresh)
    desk.show()


def _submit(desk: Desk, _: str) -> None:
    """Send it off."""
    if desk.draft.asking is not None:
        raise Old
    steps.submit(desk)


def _asked(desk: Desk, *kinds: Kind) -> Ask:
    """The question being asked, if it is of a kind that this button answers."""
    ask = desk.ask
    if ask is None or (kinds and ask.kind not in kinds):
        raise Old
    return ask


def _offered(desk: Desk, ask: Ask, word: str) -> Any:
    """What the button stands for, if it is (still) offered."""
    for offer in desk.sheet.offers(ask):
        if offer.token == word:
            return offer.value
    raise Old


def _whole(text: str) -> int:
    if not text.lstrip("-").isascii() or not text.lstrip("-").isdigit() or len(text) > 15:
        raise Old
    return int(text)


_ACTS: dict[str, Callable[[Desk, str], None]] = {
    "x": _cancel,
    "xx": _drop,
    "g": _go_on,
    "u": _use_held,
    "b": _back,
    "s": _skip,
    "o": _choose,
    "+": _tick,
    "-": _untick,
    "n": _done,
    "p": _page,
    "a": _all,
    "m": _moment,
    "t": _day,
    "h": _here,
    "e": _change,
    "ok": _submit,
}
