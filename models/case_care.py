"""The night's look at all cases: every open one has an owner and a next moment, whatever has happened to it.

What is found broken is mended, and is itself an alarm to the chair: a case without a clock is a case that is forgotten.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from models import cases, facts, rounds, steps, terms, workdays
from models.cases import CLOSED, Case, CaseState
from models.house import house
from models.people import Role
from models.presets import Preset
from models.steps import StepKind
from models.terms import Term
from models.workdays import SHIPPED, Book

YEARS = "cases:years"  # the fact that says for which years the terms have been counted


def look_after(session: Session, now: datetime) -> None:
    """See to it that every open case has an owner and a next moment, and no closed one has. Nightly."""
    broken = _stop_closed(session)
    unowned = 0
    for case in _open(session):
        broken += mend(session, case, now)
        find_orphan(session, case, now)
        unowned += not (steps.readers_at(session, case) or steps.office(session, case))
    if broken or unowned:
        key = f"cases:broken:{house(session).local(now).date()}"
        rounds.tell(session, Role.CHAIR, key, "reminders.broken", now, broken=broken, unowned=unowned)


def _open(session: Session, *, wait: bool = False) -> list[Case]:
    query = select(Case).where(Case.state.not_in(CLOSED)).order_by(Case.id)
    query = query.with_for_update(skip_locked=not wait, of=Case).execution_options(populate_existing=True)
    return list(session.scalars(query).unique())


def _stop_closed(session: Session) -> int:
    """A closed case has no clock any more."""
    ticking = or_(Case.next_at.is_not(None), Case.term_at.is_not(None))
    stopped = update(Case).where(Case.state.in_(CLOSED), ticking).values(next_at=None, term_at=None).returning(Case.id)
    return len(session.scalars(stopped.execution_options(synchronize_session="fetch")).all())


def mend(session: Session, case: Case, now: datetime) -> bool:
    """Give the case back a term and a next moment if it has lost them, or if it sleeps. Returns whether it had."""
    if case.term_at is None:
        found = _usual_term(session, case, now)
        case.term_at, case.term_certain, case.rung, case.next_at = found.at, found.certain, 0, None
    first = next((bell for bell in steps.bells(session, case) if bell.rank > case.rung), None)
    at_latest = terms.opening(workdays.book(session), house(session).zone, now)
    if first is not None and case.next_at is not None and case.next_at <= max(first.at, at_latest):
        return False
    if first is None:  # it was rung to its end, and yet it is here
        case.rung = 0
    steps.wind(session, case)
    session.flush()
    return True


def _usual_term(session: Session, case: Case, now: datetime) -> Term:
    if case.state is CaseState.PLANNED and (day := _planned_on(session, case)) is not None:
        return terms.on(workdays.book(session), house(session).zone, day)
    return steps.capped(session, case, now, usual_days(cases.preset_of(session, case), case.state))


def usual_days(preset: Preset, state: CaseState) -> int:
    """How many working days a desk has by the rules of its kind."""
    return {
        CaseState.SECONDING: preset.second_days,
        CaseState.RECEIVED: preset.intake_days,
        CaseState.HANDLING: preset.answer_days,
        CaseState.SIGNING: preset.sign_days,
        CaseState.RELEASING: preset.release_days,
        CaseState.ANSWERED: preset.rate_days,
    }.get(state, preset.assign_days)


def _planned_on(session: Session, case: Case) -> date | None:
    answer = cases.answer_of(session, case, released=True)
    return answer.planned_on if answer else None


def find_orphan(session: Session, case: Case, now: datetime) -> None:
    """Whose turn it is has left, or their department has nobody who answers: the office hears of it, once."""
    of_office = case.state is CaseState.PLANNED and case.unit_id is None  # answered by the office itself
    working = (CaseState.HANDLING, CaseState.SIGNING, CaseState.PLANNED)
    if case.state not in working or of_office or steps.handlers_at(session, case):
        return
    if any(step.kind is StepKind.ORPHANED for step in steps.since(session, case, case.begun_at)):
        return
    steps.take(session, case, StepKind.ORPHANED, now, state=case.state.value, unit_id=case.unit_id)
    said = cases.facts_of(session, case, cases.Seat.OFFICE)
    about = {name: said[name] for name in ("preset", "kind", "title", "state", "unit", "unsigned")}
    why = f"orphan:{case.step_count}"
    steps.post(session, case, why, steps.office(session, case), "reminders.orphaned", now, **about)


def stuck(session: Session, number: int, error: str, again_at: datetime, now: datetime) -> None:
    """A case cannot be rung: a bug. It is tried again, and the admins hear of it once a day."""
    session.execute(update(Case).where(Case.id == number).values(next_at=again_at))
    key = f"case:{number}:stuck:{house(session).local(now).date()}"
    rounds.tell(session, Role.ADMIN, key, "reminders.stuck", now, number=number, error=error)


def recount(session: Session, now: datetime) -> None:
    """When a year's holidays have become known, give every uncertain term the working days it was meant to have.

    What was left of it as it was counted until now is what is left of it now. The author gets no letter (they were told
    that the day may move); the new day stands on the page, with a step that says why. Daily.
    """
    known = workdays.book(session)
    years: list[int] = facts.get(session, YEARS) or sorted(SHIPPED)
    if sorted(known.years) == years:
        return
    facts.put(session, YEARS, sorted(known.years))
    before = Book({year: days for year, days in known.years.items() if year in years})
    for case in _open(session, wait=True):  # it is done once: whoever has one in hand is waited for
        _recount(session, case, before, known, now)


def _recount(session: Session, case: Case, before: Book, known: Book, now: datetime) -> None:
    assert case.term_at is not None, "a case without a term is mended first"
    moved: dict[str, Any] = {}
    if not case.answer_certain and case.answer_by is not None:
        found = _moved(session, case.answer_by, before, known, now)
        if found.at != case.answer_by:
            moved["answer_by"] = case.answer_by = found.at
        case.answer_certain = found.certain
    if not case.term_certain:
        day = _planned_on(session, case) if case.state is CaseState.PLANNED else None
        on = terms.on(known, house(session).zone, day) if day is not None else None
        found = on or _moved(session, case.term_at, before, known, now)
        if found.at != case.term_at:
            moved["term_at"] = case.term_at = found.at
            case.rung = 0
        case.term_certain = found.certain
    if moved:
        steps.take(session, case, StepKind.RECOUNTED, now, **moved)
    steps.wind(session, case)  # the reminders before and after it lie on working days, too


def _moved(session: Session, moment: datetime, before: Book, known: Book, now: datetime) -> Term:
    """The moment with as many working days before it as were counted until now."""
    zone = house(session).zone
    today, day = now.astimezone(zone).date(), moment.astimezone(zone).date()
    left, _ = workdays.workdays_between(before, today, day)
    if day <= today:
        return Term(moment, True)
    if not left:
        return terms.on(known, zone, day)
    return terms.after(known, zone, now, left)
