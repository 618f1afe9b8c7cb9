"""The page of one case: what it says, and under it what this person may do with it now.

A handler file declares its own buttons here (`offer`), with the seats and states they are for; nobody else's file is
touched. A button carries the case and its turn, so that one from yesterday decides nothing.
"""

import contextlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot import lists
from bot.context import Context
from bot.router import Garbled
from bot.voice import Button, Keyboard
from models import case_pages, cases
from models.base import Refused
from models.case_views import Found, Line
from models.cases import Case, CaseState, Seat

When = Callable[[Context, Case], bool]


@dataclass(frozen=True)
class Offer:
    """A button under a case. Those of one `row` stand side by side."""

    button: str
    seats: frozenset[Seat]
    states: frozenset[CaseState]
    row: int
    turn: bool  # whether it carries the turn: what decides something does
    when: When | None
    sealed: bool  # whether a confidential case has it too: nothing that asks for words may


OFFERS: list[Offer] = []


def offer(
    button: str,
    seats: Iterable[Seat],
    states: Iterable[CaseState] = tuple(CaseState),
    *,
    row: int,
    turn: bool = True,
    when: When | None = None,
    sealed: bool = False,
) -> None:
    """Show this button to those seats in those states, if it `when` is true of the case.

    Under a confidential case it stands only if it is `sealed`: what it asks, and what it says, holds no words.
    """
    OFFERS.append(Offer(button, frozenset(seats), frozenset(states), row, turn, when, sealed))


def keyboard(context: Context, case: Case, seat: Seat) -> Keyboard:
    """What this person may do with the case now."""
    rows: dict[int, list[Button]] = {}
    confidential = cases.preset_of(context.session, case).confidential
    for each in sorted(OFFERS, key=lambda one: one.row):
        if confidential and not each.sealed:
            continue
        if seat in each.seats and case.state in each.states and (each.when is None or each.when(context, case)):
            arguments = (case.id, case.turn) if each.turn else (case.id,)
            rows.setdefault(each.row, []).append(context.button(each.button, *arguments))
    return [rows[row] for row in sorted(rows)]


def show(context: Context, case: Case, seat: Seat, origin: str = "") -> None:
    """The case as this person may see it; `origin` is where they came from, and where the last button leads back.

    Of a confidential one no more than its number goes through the chat.
    """
    origin = known(origin)
    if cases.preset_of(context.session, case).confidential:
        back = way_back(context, case, seat, origin)
        context.show("cases.sealed_page", buttons=[*keyboard(context, case, seat), [back]], number=case.id)
        return
    facts = case_pages.facts_of(context.session, case, seat, context.now)
    rows = keyboard(context, case, seat)
    if facts.pop("cut"):
        rows.append([context.button("cases.text", case.id, 1, *tail(origin))])
    count = case_pages.count_attachments(context.session, case, seat)
    files = [context.button("cases.files", case.id, text="cases.attached", count=count)] if count else []
    rows.append([*files, context.button("cases.history", case.id, 1, *tail(origin))])
    context.show("cases.page", buttons=[*rows, [way_back(context, case, seat, origin)]], **facts)


def tail(origin: str) -> tuple[str, ...]:
    """The origin as the last argument of a button, if there is one."""
    return (origin,) if origin else ()


# Where somebody came from, as a button carries it: a letter, the number of the page, and what else the page needs.
ORIGIN = re.compile(r"([a-z])(\d{1,4})(?:\.([^:]*))?")
CARRIED = 36  # bytes of it
LISTS = {
    "m": "openbook.mine",
    "f": "openbook.supported",
    "t": "openbook.todo",
    "w": "casework.desk",
    "l": "openbook.late",
    "a": "openbook.state",
    "d": "openbook.unit",
    "s": "openbook.found",
    "p": "openbook.published",
    "u": "publishing.waiting",
    "k": "proposals.looking",
}
NEAREST = {
    Seat.AUTHOR: "m1",
    Seat.JOINED: "m1",
    Seat.OFFICE: "w1",
    Seat.CHAIR: "w1",
    Seat.LEAD: "t1",
    Seat.CO: "t1",
    Seat.SECONDER: "f1",
}


def origin_of(button: str, number: int, *rest: int | str) -> str:
    """How a button says that one came from this page of this list."""
    sign = next(sign for sign, name in LISTS.items() if name == button)
    return f"{sign}{number}" + "".join(f".{each}" for each in rest)


def known(origin: str) -> str:
    """The origin that a button carries; empty when somebody has made it up."""
    said = ORIGIN.fullmatch(origin)
    return origin if said is not None and said[1] in LISTS and len(origin.encode()) <= CARRIED else ""


def way_back(context: Context, case: Case, seat: Seat, origin: str) -> Button:
    """The button to where they came from, or to the list where this case stands for them."""
    for each in (known(origin), NEAREST.get(seat, "")):
        if said := ORIGIN.fullmatch(each):
            with contextlib.suppress(Garbled):  # made up: it does not fit the page it names
                return context.button(LISTS[said[1]], int(said[2]), *([said[3]] if said[3] else []), text="cases.back")
    return context.button("openbook.board", text="cases.back")


def listed(
    context: Context,
    key: str,
    rows: Found,
    number: int,
    turn: str,
    *rest: int | str,
    below: Keyboard,
    **params: Any,
) -> None:
    """A page of a list of cases; each leads to its case, and from there back to this very page."""
    here = min(max(1, number), max(1, -(-len(rows) // lists.PAGE)))
    origin = origin_of(turn, here, *rest)

    def row(line: Line) -> Button:
        if line.sealed:
            return context.button("cases.view", line.number, origin, text="cases.sealed_row", number=line.number)
        return context.button(
            "cases.view",
            line.number,
            origin,
            text="cases.row",
            number=line.number,
            preset=line.preset,
            kind=dict(kind_of(context, line.preset)),
            title=line.title,
            state=line.state.value,
            overdue=line.overdue,
        )

    lists.show(context, key, rows, number, turn, row, tail=rest, below=below, **params)


def open_to_chat(context: Context, case: Case) -> None:
    """Refused for a confidential case: nothing that is written in it goes through the chat, to nobody."""
    if cases.preset_of(context.session, case).confidential:
        raise Refused("cases.not_in_chat", number=case.id)


def kind_of(context: Context, preset: str) -> Mapping[str, str]:
    """What an operator calls this kind, by language; empty for the house's own word."""
    found = context.house.cases.get(preset)
    return found.name if found is not None else {}
