"""The page of one case: what it says, and under it what this person may do with it now.

A handler file declares its own buttons here (`offer`), with the seats and states they are for; nobody else's file is
touched. A button carries the case and its turn, so that one from yesterday decides nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.context import Context
from bot.voice import Button, Keyboard
from models import cases, steps
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


def show(context: Context, case: Case, seat: Seat) -> None:
    """The case as this person may see it; of a confidential one no more than its number goes through the chat."""
    if cases.preset_of(context.session, case).confidential:
        context.show("cases.sealed_page", buttons=keyboard(context, case, seat), number=case.id)
        return
    last = cases.answer_of(context.session, case, released=True)
    draft = cases.answer_of(context.session, case, released=False)
    inside = seat in (Seat.OFFICE, Seat.CHAIR, Seat.LEAD, Seat.CO)
    context.show(
        "cases.page",
        buttons=keyboard(context, case, seat),
        seat=seat.value,
        inside=inside,
        seconds=len(cases.seconds_of(context.session, case)),
        answer=last.words if last else "",
        planned_on=last.planned_on if last else None,
        rating=last.rating.value if last and last.rating else "",
        draft=draft.words if draft and inside else "",
        draft_outcome=draft.outcome.value if draft and inside else "",
        last=steps.last_step(context.session, case).kind.value,
        **cases.facts_of(context.session, case, seat),
    )
