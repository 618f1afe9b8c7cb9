"""Desks: whose turn it is hears so, with what is asked of them; and who may decide, once, on a case that stands so."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import case_views, cases, letters, steps
from models.base import Refused
from models.cases import CLOSED, Answer, Case, CaseState, Seat
from models.house import house
from models.letters import Letter
from models.people import Member, Person, Role
from models.steps import Step, StepKind

LATER = timedelta(minutes=30)  # an officer who takes a case up is about to give it away: the others hear only if not

States = Mapping[Seat, tuple[CaseState, ...]]


def seated(session: Session, number: int, turn: int | None, by: Person, allowed: States) -> tuple[Case, Seat]:
    """The case, locked, and the seat of who decides. Refused if that is not theirs, or was decided meanwhile.

    A department that had it until a moment ago hears who gave it away, not that there is no such case.
    """
    try:
        case, seat = cases.for_reader(session, number, by, lock=True)
    except Refused:
        gone = session.get(Case, number)
        if gone is not None and _was_theirs(session, gone, by):
            raise steps.moved_on(session, gone) from None
        raise
    if seat not in allowed:
        raise Refused("casework.own" if seat is Seat.AUTHOR else "cases.unknown")
    steps.expect(case, turn, *allowed[seat], session=session)
    return case, seat


def _was_theirs(session: Session, case: Case, by: Person) -> bool:
    """Whether it had been given to the department that this person answers for."""
    if by.member is None or by.member.unit_id is None or Role.HANDLER not in by.roles:
        return False
    given = select(Step.data).where(Step.case_id == case.id, Step.kind == StepKind.ASSIGNED)
    return any(by.member.unit_id in data.get("units", ()) for data in session.scalars(given))


def call(
    session: Session, case: Case, now: datetime, *, by: Person | None = None, words: str = "", later: bool = False
) -> None:
    """Write to those whose turn it is: what is asked, by when, and why it came back (`words`). Not to who did it."""
    me = f"m{by.member.id}" if by is not None and by.member is not None else ""
    to = [each for each in steps.readers_at(session, case) if each[0] != me]
    steps.post(
        session,
        case,
        f"turn:{case.turn}",
        to,
        "casework.your_turn",
        now,
        check="casework.turn",
        due_at=now + LATER if later else None,
        buttons=_buttons(session, case),
        **facts_of(session, case, words),
    )


def facts_of(session: Session, case: Case, words: str = "") -> dict[str, Any]:
    """What is asked of whose turn it is."""
    draft = cases.answer_of(session, case, released=False)
    facts = cases.facts_of(session, case, Seat.COLLEAGUE)
    keep = ("preset", "kind", "state", "title", "place", "unit", "term_at", "term_certain")
    return {
        **{name: facts[name] for name in keep},
        "words": words,
        "draft": draft.words if draft else "",
        "result": draft.outcome.value if draft else "",
        "planned_on": draft.planned_on if draft else None,
        "alone": case.unit_id is not None and not hands(session, case, case.unit_id),
    }


def hands(session: Session, case: Case, unit_id: int | None) -> list[Member]:
    """Who may act on this case for a department: its handlers, but for the author."""
    return [member for member in cases.handlers_of(session, unit_id) if member.id != case.author_id]


def _buttons(session: Session, case: Case) -> list[list[list[Any]]]:
    """The page of the case, and what can be decided from the letter itself."""
    view = letters.button("cases.view", case.id)
    if cases.preset_of(session, case).confidential:
        return [[view]]
    lead = bool(hands(session, case, case.unit_id))
    signs = any(hands(session, case, co.unit_id) for co in case.co if co.signed_at is None)
    here = {
        CaseState.ACCEPTED: ("casework.assign",),
        CaseState.HANDLING: ("casework.answer",) if lead else ("casework.assign", "casework.settle"),
        CaseState.SIGNING: ("casework.sign", "casework.object") if signs else ("casework.waive",),
        CaseState.RELEASING: ("casework.release", "casework.send_back"),
    }.get(case.state, ())
    first = [letters.button(name, case.id, case.turn) for name in here]
    return [first, [view]] if first else [[view]]


@letters.check("casework.turn")
def still(session: Session, letter: Letter, now: datetime) -> bool:
    """Whether it is still this reader's turn, for the same thing."""
    case = session.get(Case, letter.subject_id)
    if case is None or not case.open or letter.params.get("state", case.state.value) != case.state.value:
        return False
    reader = f":m{letter.member_id}" if letter.member_id is not None else f":a{letter.chat_id}"
    return any(reader == f":{name}" for name, _ in steps.readers_at(session, case))


def counts(session: Session, now: datetime) -> dict[str, int]:
    """How many cases stand where, for the officers' page; `late` are those that the list of the overdue shows."""
    found: dict[str, int] = {}
    secret = _confidential(session)
    query = select(Case.state, Case.preset, case_views.late(now)).where(
        Case.state.not_in(CLOSED), Case.sealed.is_(None)
    )
    for state, preset, late in session.execute(query):
        if preset not in secret:
            found[state.value] = found.get(state.value, 0) + 1
            found["late"] = found.get("late", 0) + bool(late)
    return {name: count for name, count in found.items() if count}


def _confidential(session: Session) -> set[str]:
    return {name for name, preset in house(session).cases.items() if preset.confidential}


def draft_of(session: Session, case: Case) -> Answer | None:
    """The answer that is being written or waits to go out."""
    return cases.answer_of(session, case, released=False)
