"""What officers and handlers see of their work on cases: what was decided and what comes next, and departments."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from bot.context import Context
from bot.voice import Button, Keyboard
from handlers import _case_page
from models import case_views, cases, desks, handling, staffing, workdays
from models.base import Refused
from models.cases import Case, CaseState, Seat
from models.people import Role
from models.staffing import Department

PAGE = 10  # departments on a page
WIDE = 9  # characters of a label that leave room for another beside it
_CO = re.compile(r"\d{1,9}(-\d{1,9})*")


def seated(context: Context, case_id: int, turn: int, allowed: desks.States) -> Case:
    """The case, if its decision is this person's now. Of a confidential one nothing is written in the chat."""
    case, _ = desks.seated(context.session, case_id, turn, context.person, allowed)
    if cases.preset_of(context.session, case).confidential:
        raise Refused("casework.sealed")
    return case


def offer(
    button: str, seats: Iterable[Seat], states: Iterable[CaseState], *, row: int, when: _case_page.When | None = None
) -> None:
    """Show a button under those cases; a confidential one is decided on elsewhere."""

    def shown(context: Context, case: Case) -> bool:
        open_ = not cases.preset_of(context.session, case).confidential
        return open_ and (when is None or when(context, case))

    _case_page.offer(button, seats, states, row=row, when=shown)


@contextmanager
def unless_late(context: Context, words: str) -> Iterator[None]:
    """Send off what was written. If somebody else was faster, they hear who, and get their words back."""
    try:
        yield
    except Refused as no:
        if no.code != "cases.moved_on":
            raise
        view = [[context.button("cases.view", no.params["number"])]]
        context.show("casework.too_late", words=words, buttons=view, **no.params)


def decided(context: Context, case: Case, what: str, **params: Any) -> None:
    """What was decided, what comes next, and the way to the next case that waits."""
    _case_page.open_to_chat(context, case)
    session, person = context.session, context.person
    rows: Keyboard = []
    seat = cases.seat_of(session, case, person)
    if seat is not None:
        rows.append([context.button("cases.view", case.id)])
    if person.may(Role.OFFICER):
        others = [each for each in case_views.to_answer(session, person, context.now).ids if each != case.id]
        if others:
            label = "casework.buttons.next"
            rows.append([context.button("cases.view", others[0], text=label, count=len(others))])
        rows.append([context.button("casework.desk")])
    facts = cases.facts_of(session, case, seat or Seat.COLLEAGUE)
    if seat is None:
        facts["title"] = ""
    context.show("casework.decided", what=what, buttons=rows, **{"outcome_": facts["outcome"], **facts, **params})


def departments(
    context: Context,
    rows: Sequence[Department],
    number: int,
    button: Callable[[Department], Button],
    turn: Callable[[int], Button],
) -> Keyboard:
    """A page of departments as buttons, short names two to a row."""
    pages = max(1, -(-len(rows) // PAGE))
    number = min(max(1, number), pages)
    keyboard: Keyboard = []
    for each in rows[(number - 1) * PAGE : number * PAGE]:
        made = button(each)
        last = keyboard[-1] if keyboard else []
        if len(made.label) <= WIDE and len(last) == 1 and len(last[0].label) <= WIDE:
            last.append(made)
        else:
            keyboard.append([made])
    ways = [(name, number + step) for name, step in (("previous", -1), ("next", 1)) if 1 <= number + step <= pages]
    if ways:
        keyboard.append([Button(context.plain(f"common.{name}"), turn(to).data) for name, to in ways])
    return keyboard


def lead(context: Context, case: Case, number: int) -> None:
    """Choose the department that answers; the one that had such cases before comes first."""
    _case_page.open_to_chat(context, case)
    session, at = context.session, (case.id, case.turn)
    rows = staffing.departments(session)
    usual = handling.suggest(session, case)

    def button(each: Department) -> Button:
        label = "usual" if usual is not None and each.unit.id == usual.id else "unit" if each.handlers else "idle"
        return context.button("casework.lead", *at, each.unit.id, text=f"casework.buttons.{label}", name=each.unit.name)

    rows.sort(key=lambda each: usual is None or each.unit.id != usual.id)
    keyboard = departments(context, rows, number, button, lambda to: context.button("casework.assign", *at, to))
    back = context.button("cases.view", case.id, text="casework.buttons.back")
    context.show("casework.pick_lead", buttons=[*keyboard, [back]], **_to_assign(context, case))


def assigning(context: Context, case: Case, unit_id: int, co: list[int]) -> None:
    """Before it is given away: to whom, who signs, and by when."""
    session = context.session
    unit = staffing.by_id(session, unit_id)
    at = (case.id, case.turn, unit.id, joined(co))
    staffed = bool(desks.hands(session, case, unit.id))
    rows = [[context.button("casework.send", *at)]]
    if not staffed:
        who = context.button("casework.staff", unit.id, 1, case.id, case.turn, text="casework.buttons.name_one")
        rows.append([who])
    label = "casework.buttons.co_again" if co else "casework.buttons.co"
    other = context.button("casework.assign", case.id, case.turn, text="casework.buttons.other_lead")
    rows.append([context.button("casework.co", *at, text=label), other])
    rows.append([context.button("cases.view", case.id, text="casework.buttons.back")])
    names = [staffing.by_id(session, each) for each in co]
    context.show(
        "casework.assigning",
        buttons=rows,
        **_to_assign(context, case)
        | {
            "unit": unit.name,
            "staffed": staffed,
            "co": [each.name for each in names],
            "absent": [each.name for each in names if not desks.hands(session, case, each.id)],
        },
    )


def co(context: Context, case: Case, unit_id: int, chosen: list[int], number: int) -> None:
    """Tick the departments that must sign the answer."""
    session = context.session
    unit = staffing.by_id(session, unit_id)
    rows = [each for each in staffing.departments(session) if each.unit.id != unit.id]

    def button(each: Department) -> Button:
        ticked = each.unit.id in chosen
        to = [one for one in chosen if one != each.unit.id] if ticked else [*chosen, each.unit.id]
        label = "ticked" if ticked else "unit" if each.handlers else "idle"
        text = f"casework.buttons.{label}"
        if len(to) > handling.MOST_CO:
            to = chosen
        return context.button(
            "casework.co", case.id, case.turn, unit.id, joined(to), number, text=text, name=each.unit.name
        )

    def turn(to: int) -> Button:
        return context.button("casework.co", case.id, case.turn, unit.id, joined(chosen), to)

    done = context.button("casework.lead", case.id, case.turn, unit.id, joined(chosen), text="casework.buttons.co_done")
    keyboard = departments(context, rows, number, button, turn)
    full = len(chosen) == handling.MOST_CO
    context.show("casework.pick_co", unit=unit.name, full=full, most=handling.MOST_CO, buttons=[*keyboard, [done]])


def _to_assign(context: Context, case: Case) -> dict[str, Any]:
    """The case, and the day that its author would be promised."""
    term = handling.promise(context.session, case, context.now)
    today, last = (context.house.local(moment).date() for moment in (context.now, term.at))
    left, _ = workdays.workdays_between(workdays.book(context.session), today, last)
    facts = cases.facts_of(context.session, case, Seat.OFFICE)
    return {**facts, "answer_by": term.at, "certain": term.certain, "left": left}


def joined(numbers: Sequence[int]) -> str:
    """Several ids as one argument of a button."""
    return "-".join(map(str, numbers))


def split(text: str) -> list[int]:
    """The ids that a button carries; what was never one of ours is refused."""
    if not text:
        return []
    if not _CO.fullmatch(text):
        raise Refused("common.old_button")
    return list(dict.fromkeys(map(int, text.split("-"))))[: handling.MOST_CO]
