"""Handling (承办): a case is given to a department, answered, counter-signed, released; or handed on, or put off.

Every decision carries the turn that was before the eyes of who decides: of several at once one holds, and the others
are told who decided what.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import answering, cases, desks, staffing, steps
from models.base import Refused
from models.cases import Case, CaseState, CoUnit, Outcome, Seat
from models.people import Person, Role, Unit
from models.screening import reason
from models.steps import StepKind
from models.terms import Term

MOST_CO = 5  # departments beside the lead

OPEN = (
    CaseState.RECEIVED,
    CaseState.ACCEPTED,
    CaseState.HANDLING,
    CaseState.SIGNING,
    CaseState.RELEASING,
    CaseState.PLANNED,
)
ANSWERED_BY: desks.States = {
    Seat.LEAD: (CaseState.HANDLING, CaseState.SIGNING, CaseState.RELEASING, CaseState.PLANNED),
    Seat.OFFICE: OPEN,
    Seat.CHAIR: (CaseState.REOPENED,),
}
ASSIGNED_BY: desks.States = {
    Seat.OFFICE: (CaseState.ACCEPTED, CaseState.HANDLING, CaseState.SIGNING, CaseState.RELEASING),
    Seat.CHAIR: (CaseState.REOPENED,),
}


# To a department, and back


def assign(
    session: Session,
    number: int,
    turn: int | None,
    unit_id: int,
    co: Sequence[int],
    by: Person,
    now: datetime,
    days: int | None = None,
) -> Case:
    """Give a case to a lead department, and name those that must sign its answer; the author is promised a day."""
    case, _ = desks.seated(session, number, turn, by, _with_counsellors(session, number, ASSIGNED_BY))
    others = list(dict.fromkeys(co))
    units = {unit.id: unit for unit in session.scalars(select(Unit).where(Unit.id.in_([unit_id, *others])))}
    if len(units) != len(others) + 1 or len(others) > MOST_CO:
        raise Refused("casework.no_unit")
    if case.state is CaseState.HANDLING and case.unit_id == unit_id and {each.unit_id for each in case.co} == {*others}:
        raise Refused("casework.same_unit")
    term = promise(session, case, now, days)
    answering.drop(session, case)
    case.unit_id, case.unit = unit_id, units[unit_id]
    _set_co(session, case, [units[each] for each in others])
    case.answer_by, case.answer_certain = term.at, term.certain
    steps.enter(session, case, CaseState.HANDLING, now, term)
    steps.take(session, case, StepKind.ASSIGNED, now, by, units=[unit_id, *others])
    desks.call(session, case, now, by=by)
    return case


def promise(session: Session, case: Case, now: datetime, days: int | None = None) -> Term:
    """By when a department that gets the case now must answer. A promise that still holds is kept."""
    preset = cases.preset_of(session, case)
    if days is not None and not 1 <= days <= preset.answer_days:
        raise Refused("casework.days", most=preset.answer_days)
    if case.answer_by is None or case.state is CaseState.REOPENED:
        return steps.term(session, now, days or preset.answer_days)
    if case.answer_by <= now:  # broken already: whoever gets it now has no more than an extension would give
        return steps.term(session, now, min(days or preset.answer_days, preset.extend_days))
    fresh = steps.term(session, now, days or preset.answer_days)
    return fresh if days is not None and fresh.at < case.answer_by else Term(case.answer_by, case.answer_certain)


def suggest(session: Session, case: Case) -> Unit | None:
    """The department that most cases about the same thing went to."""
    if case.theme is None and case.subject is None:
        return None
    alike = Case.subject == case.subject if case.subject is not None else Case.theme == case.theme
    query = (
        select(Unit)
        .join(Case, Case.unit_id == Unit.id)
        .where(alike, Case.id != case.id, Case.preset == case.preset)
        .group_by(Unit.id)
        .order_by(func.count().desc(), func.max(Case.id).desc())
        .limit(1)
    )
    return session.scalars(query).first()


def hand_on(session: Session, number: int, turn: int | None, words: str, by: Person, now: datetime) -> Case:
    """The department says that it is not its matter, and whose it may be; the office gives it to another."""
    case, _ = desks.seated(session, number, turn, by, {Seat.LEAD: (CaseState.HANDLING,)})
    words = reason(words)
    before = case.unit.name if case.unit else ""
    answering.drop(session, case)
    case.unit_id, case.unit = None, None
    _set_co(session, case, [])
    days = cases.preset_of(session, case).assign_days
    steps.enter(session, case, CaseState.ACCEPTED, now, steps.capped(session, case, now, days))
    steps.take(session, case, StepKind.HANDED_ON, now, by, words, from_unit=before)
    desks.call(session, case, now, by=by, words=words)
    return case


def extend(session: Session, number: int, turn: int | None, days: int, words: str, by: Person, now: datetime) -> Case:
    """Promise a later day, before the first has passed and only so often; the author is told why."""
    states = (CaseState.HANDLING,)
    case, _ = desks.seated(session, number, turn, by, {Seat.LEAD: states, Seat.OFFICE: states})
    preset = cases.preset_of(session, case)
    words = reason(words)
    if case.extended >= preset.extensions:
        raise Refused("casework.extended_enough", most=preset.extensions)
    if not 1 <= days <= preset.extend_days:
        raise Refused("casework.extend_days", most=preset.extend_days)
    if case.answer_by is None or case.answer_by <= now:
        raise Refused("casework.too_late_to_extend")
    term = steps.term(session, case.answer_by, days)
    case.extended += 1
    case.answer_by, case.answer_certain = term.at, term.certain
    steps.enter(session, case, CaseState.HANDLING, now, term)
    steps.take(session, case, StepKind.EXTENDED, now, by, words, days=days)
    return case


# The answer


def answer(
    session: Session,
    number: int,
    turn: int | None,
    words: str,
    outcome: str,
    planned_on: date | None,
    by: Person,
    now: datetime,
    files: Sequence[int] = (),
) -> Case:
    """Answer a case. A department's answer is signed by the others and released; an officer's goes out at once.

    What was planned and is planned for another day is put off, with the words as the reason.
    """
    case, seat = desks.seated(session, number, turn, by, _with_counsellors(session, number, ANSWERED_BY))
    came, words = Outcome(outcome), reason(words)
    if came is Outcome.PLANNED and case.state is CaseState.PLANNED:
        return answering.put_off(session, case, seat, planned_on, words, by, now)
    draft = answering.draft(session, case, words, came, planned_on, by, now, files)
    if seat is not Seat.LEAD:
        answering.let_go(session, case, draft, by, now)
        return case
    skipped = answering.ask_for_signatures(session, case, came, now)
    data = {"outcome": came.value, "planned_on": draft.planned_on, "skipped": skipped}
    if answering.unsigned(case):
        days = cases.preset_of(session, case).sign_days
        steps.enter(session, case, CaseState.SIGNING, now, steps.capped(session, case, now, days))
        steps.take(session, case, StepKind.DRAFTED, now, by, words, **data)
        desks.call(session, case, now, by=by)
    else:
        answering.onward(session, case, draft, StepKind.DRAFTED, by, now, words, **data)
    return case


def sign(session: Session, number: int, turn: int | None, by: Person, now: datetime) -> Case:
    """A co-department puts its name under the answer."""
    case, mine = _at_my_desk(session, number, turn, by)
    return answering.signed(session, case, [mine], by, now)


def waive(session: Session, number: int, turn: int | None, by: Person, now: datetime) -> Case:
    """The office goes on without the signatures of departments that have nobody to give one."""
    case, _ = desks.seated(session, number, turn, by, {Seat.OFFICE: (CaseState.SIGNING,)})
    absent = [co for co in answering.unsigned(case) if not desks.hands(session, case, co.unit_id)]
    if not absent:
        raise Refused("casework.somebody_signs")
    return answering.signed(session, case, absent, by, now, waived=True)


def object_to(session: Session, number: int, turn: int | None, words: str, by: Person, now: datetime) -> Case:
    """A co-department does not sign, and says why: the lead department writes another answer."""
    case, mine = _at_my_desk(session, number, turn, by)
    words = reason(words)
    return answering.back(session, case, StepKind.OBJECTED, words, by, now, from_unit=mine.unit.name)


def release(session: Session, number: int, turn: int | None, by: Person, now: datetime) -> Case:
    """The officer lets the answer go out to the author."""
    case, _ = desks.seated(session, number, turn, by, {Seat.OFFICE: (CaseState.RELEASING,)})
    draft = desks.draft_of(session, case)
    assert draft is not None, "nothing waits to be released"
    if draft.planned_on is not None:
        answering.plannable(session, draft.planned_on, now)
    answering.let_go(session, case, draft, by, now)
    return case


def send_back(session: Session, number: int, turn: int | None, words: str, by: Person, now: datetime) -> Case:
    """The officer asks the department for another answer, and says what is wrong with this one."""
    case, _ = desks.seated(session, number, turn, by, {Seat.OFFICE: (CaseState.RELEASING,)})
    return answering.back(session, case, StepKind.SENT_BACK, reason(words), by, now)


def postpone(
    session: Session, number: int, turn: int | None, planned_on: date | None, words: str, by: Person, now: datetime
) -> Case:
    """What was planned will be done on another day; the author is told why."""
    planned = (CaseState.PLANNED,)
    case, seat = desks.seated(session, number, turn, by, {Seat.LEAD: planned, Seat.OFFICE: planned})
    return answering.put_off(session, case, seat, planned_on, reason(words), by, now)


def _at_my_desk(session: Session, number: int, turn: int | None, by: Person) -> tuple[Case, CoUnit]:
    """The case and the signature that is asked of this person's department."""
    signing = (CaseState.SIGNING,)
    case, _ = desks.seated(session, number, turn, by, {Seat.CO: signing, Seat.OFFICE: signing})
    unit = by.member.unit_id if by.member is not None and Role.HANDLER in by.roles else None
    mine = next((co for co in case.co if co.unit_id == unit), None)
    if mine is None:
        raise Refused("casework.not_your_department")
    if mine.signed_at is not None:
        raise steps.moved_on(session, case)
    return case, mine


def _set_co(session: Session, case: Case, units: Sequence[Unit]) -> None:
    case.co.clear()
    session.flush()
    case.co = [CoUnit(case_id=case.id, unit_id=unit.id, unit=unit) for unit in units]
    session.flush()


def _with_counsellors(session: Session, number: int, allowed: desks.States) -> desks.States:
    """Of a confidential case the counsellors are the chair too."""
    case = cases.by_id(session, number)
    if not cases.preset_of(session, case).confidential:
        return allowed
    return {**allowed, Seat.OFFICE: (*allowed[Seat.OFFICE], CaseState.REOPENED)}


# Who answers for a department, under the names by which others know it here
name_handler, dismiss_handler = staffing.name_handler, staffing.dismiss_handler
