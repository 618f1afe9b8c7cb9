"""The clocks of cases: whoever has one on the desk is reminded, urged and passed over, so that nobody is forgotten.

Everything here asks the database what is due and is safe to run twice: a letter's key names the ring it belongs to.
Nobody is urged at night or on a day off. After a time in which nothing ran, only the last ring passed is rung.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from models import case_care, cases, letters, rating, seconding, steps, terms, workdays
from models.cases import CLOSED, DESKS, Case, CaseState, Desk
from models.house import house
from models.people import Role
from models.rounds import readers
from models.steps import StepKind
from models.terms import Bell, Ring

log = logging.getLogger(__name__)

MANY = 50  # cases in one tick; the others follow seconds later
LATE_KINDS = (StepKind.OVERDUE, StepKind.ESCALATED)
STUCK = timedelta(hours=1)  # after which a case that could not be rung is tried again


def ring_due(session: Session, now: datetime) -> None:
    """Do what happens by itself with the cases whose next moment has come. A tick.

    One that cannot be rung does not keep the others from it: it is tried again, and the admins hear of it.
    """
    query = select(Case.id).where(Case.state.not_in(CLOSED), Case.next_at <= now).order_by(Case.next_at, Case.id)
    due = session.scalars(query.limit(MANY)).all()
    at_work = bool(due) and terms.open_now(workdays.book(session), house(session).zone, now)
    for number in due:
        try:
            with session.begin_nested():
                _ring(session, number, at_work, now)
        except Exception as error:
            if isinstance(error, DBAPIError) and not isinstance(error, IntegrityError | DataError):
                raise  # the database itself: the whole tick comes again
            log.exception("case %d could not be rung", number)
            case_care.stuck(session, number, type(error).__name__, now + STUCK, now)


def _ring(session: Session, number: int, at_work: bool, now: datetime) -> None:
    locked = select(Case).where(Case.id == number).with_for_update(skip_locked=True, of=Case)
    case = session.scalars(locked.execution_options(populate_existing=True)).unique().one_or_none()
    if case is None or not case.open or case.next_at is None or case.next_at > now:
        return  # somebody has it in hand, or has had
    if case.term_at is None:
        case_care.mend(session, case, now)
        return
    bell: Bell | None = None
    for each in steps.bells(session, case):
        if each.at > now:
            break
        bell = each if each.rank > case.rung else bell
    if bell is None:  # the holidays have moved it
        steps.wind(session, case)
    elif bell.ring is Ring.OVER:
        case.rung = bell.rank
        _over(session, case, now)
    elif not at_work:
        case.next_at = terms.opening(workdays.book(session), house(session).zone, now)
    else:
        case.rung = bell.rank
        steps.wind(session, case)
        case_care.find_orphan(session, case, now)
        _urge(session, case, bell, now)


def _over(session: Session, case: Case, now: datetime) -> None:
    """The time to second, or to rate, has passed."""
    if case.state is CaseState.SECONDING:
        seconding.lapse(session, case, now)
    else:
        rating.lapse(session, case, now)


def _urge(session: Session, case: Case, bell: Bell, now: datetime) -> None:
    """Write to the desk; from the ring `late` on also to those above it, and to the author once."""
    assert case.term_at is not None
    if DESKS[case.state] is Desk.AUTHOR:
        _remind_author(session, case, now)
        return
    facts = _facts(session, case, now)
    desk = steps.readers_at(session, case)
    # A desk that gets the case late hears of it, too; those above it have heard: their letter has the same key.
    steps.post(session, case, f"{bell.ring}:{case.state}:{_day(bell)}", desk, f"reminders.{bell.ring}", now, **facts)
    if bell.ring not in (Ring.LATE, Ring.GRAVE):
        return
    told = {step.kind for step in steps.since(session, case, case.term_at) if step.kind in LATE_KINDS}
    above = steps.office(session, case)
    if bell.ring is Ring.GRAVE:
        above = [*steps.office(session, case, chair=True), *([] if StepKind.ESCALATED in told else above)]
        _tell_chair_of_sealed(session, case, bell, now)
    at_desk = {name for name, _ in desk}
    others = list({name: (name, reader) for name, reader in above if name not in at_desk}.values())
    steps.post(session, case, f"{bell.ring}:{_day(bell)}", others, f"reminders.{bell.ring}", now, **facts)
    kind = StepKind.OVERDUE if bell.ring is Ring.LATE else StepKind.ESCALATED
    if kind not in told and (kind is StepKind.ESCALATED or not told):
        promised = case.answer_by is not None and case.answer_by <= case.term_at
        steps.take(session, case, kind, now, state=case.state.value, promised=promised, term=case.term_at)


def _tell_chair_of_sealed(session: Session, case: Case, bell: Bell, now: datetime) -> None:
    """Of a confidential case the chair learns that it is late, by its number; it stays closed to them."""
    if not cases.preset_of(session, case).confidential:
        return
    known = {name for name, _ in steps.office(session, case)}
    for name, reader in readers(session, Role.CHAIR):
        if name not in known:
            key = f"case:{case.id}:sealed:{_day(bell)}:{name}"
            letters.post(session, key, reader, "reminders.sealed", now, number=case.id)


def _remind_author(session: Session, case: Case, now: datetime) -> None:
    """The author is reminded that colleagues are still missing, or that the question waits whether it helped."""
    assert case.term_at is not None
    text = "reminders.seconding" if case.state is CaseState.SECONDING else "reminders.rating"
    facts = _facts(session, case, now)
    facts["missing"] = max(0, facts["needed"] - len(cases.seconds_of(session, case)))
    answer = cases.answer_of(session, case, released=True)
    confidential = cases.preset_of(session, case).confidential
    if case.state is CaseState.ANSWERED and answer is not None and not confidential:
        facts["buttons"] = rating.buttons(case, answer)
    why = f"remind:{case.state}:{_day(case.term_at)}"
    steps.post(session, case, why, steps.readers_at(session, case), text, now, **facts)


def _facts(session: Session, case: Case, now: datetime) -> dict[str, Any]:
    """Which case, whose it is, and how many working days late."""
    assert case.term_at is not None
    local = house(session).local
    preset = cases.preset_of(session, case)
    late, _ = workdays.workdays_between(workdays.book(session), local(case.term_at).date(), local(now).date())
    return {
        "preset": case.preset,
        "kind": dict(preset.name),
        "title": case.title,
        "state": case.state.value,
        "desk": DESKS[case.state].value,
        "unit": case.unit.name if case.unit else "",
        "unsigned": [co.unit.name for co in case.co if co.signed_at is None],
        "term_at": case.term_at,
        "late": late,
        "needed": preset.seconders,
        "begun": case.begun_at,
        "check": "cases.waits",
    }


def _day(moment: Bell | datetime) -> str:
    return str((moment.at if isinstance(moment, Bell) else moment).date())


@letters.check("cases.waits")
def _waits(session: Session, letter: letters.Letter, now: datetime) -> bool:
    """Whether the case still lies on the desk that is urged."""
    case = session.get(Case, letter.subject_id)
    begun = letter.params.get("begun")
    return case is not None and case.open and (begun is None or case.begun_at == datetime.fromisoformat(begun))
