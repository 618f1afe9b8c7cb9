"""Answering: how an answer comes about inside the house, from its first words until it goes out to the author."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from models import cases, desks, sealing, steps, terms, workdays
from models.base import Refused
from models.cases import Answer, Attachment, Case, CaseState, CoUnit, Outcome, Seat
from models.house import house
from models.people import Person
from models.steps import StepKind

FARTHEST = timedelta(days=3 * 366)  # how far ahead something may be planned


def draft(
    session: Session,
    case: Case,
    words: str,
    outcome: Outcome,
    planned_on: date | None,
    by: Person,
    now: datetime,
    files: Sequence[int],
) -> Answer:
    """The answer in its newest words, in the place of the one that has not gone out."""
    found = desks.draft_of(session, case) or Answer(case_id=case.id)
    found.words, found.sealed = sealing.split(session, case, words)
    found.outcome, found.by_account, found.made_at = outcome, by.account.id, now
    dated = outcome is Outcome.PLANNED and cases.preset_of(session, case).dated
    found.planned_on = plannable(session, planned_on, now) if dated else None
    session.add(found)
    session.flush()
    session.add_all(Attachment(case_id=case.id, answer_id=found.id, file_id=each, added_at=now) for each in files)
    return found


def plannable(session: Session, day: date | None, now: datetime) -> date:
    """The day, if something can be promised for it."""
    today = house(session).local(now).date()
    if day is None:
        raise Refused("casework.plan_needs_day")
    if not today < day <= today + FARTHEST:
        raise Refused("casework.plan_day")
    return day


def ask_for_signatures(session: Session, case: Case, outcome: Outcome, now: datetime) -> list[str]:
    """Every co-department signs anew. Those with nobody who could are passed over, and named.

    What they signed as planned needs no second signature when it is done.
    """
    done = case.state is CaseState.PLANNED and outcome is Outcome.DONE
    skipped = []
    for co in case.co:
        absent = not desks.hands(session, case, co.unit_id)
        co.signed_at, co.signed_by = (now if absent or done else None), None
        if absent and not done:
            skipped.append(co.unit.name)
    return skipped


def unsigned(case: Case) -> list[CoUnit]:
    """The departments that have still to sign."""
    return [co for co in case.co if co.signed_at is None]


def signed(
    session: Session, case: Case, which: Sequence[CoUnit], by: Person, now: datetime, *, waived: bool = False
) -> Case:
    """These departments are done with it; the last of them sends it on."""
    for co in which:
        co.signed_at, co.signed_by = now, None if waived else by.account.id
    data: dict[str, Any] = {"from_unit": ", ".join(co.unit.name for co in which), "waived": waived}
    if unsigned(case):
        steps.take(session, case, StepKind.SIGNED, now, by, **data)
    else:
        draft = desks.draft_of(session, case)
        assert draft is not None, "nothing was to be signed"
        case.turn += 1  # the last signature moves it on: what was before people's eyes is old now
        onward(session, case, draft, StepKind.SIGNED, by, now, **data)
    return case


def onward(
    session: Session,
    case: Case,
    draft: Answer,
    kind: StepKind,
    by: Person,
    now: datetime,
    words: str = "",
    **data: Any,
) -> None:
    """Everybody asked has signed: the officer has it, or it goes out at once where no officer releases."""
    preset = cases.preset_of(session, case)
    if not preset.released:
        if case.co:
            steps.take(session, case, kind, now, by, words, **data)
        let_go(session, case, draft, by, now)
        return
    steps.enter(session, case, CaseState.RELEASING, now, steps.capped(session, case, now, preset.release_days))
    steps.take(session, case, kind, now, by, words, **data)
    desks.call(session, case, now, by=by)


def let_go(session: Session, case: Case, draft: Answer, by: Person, now: datetime) -> None:
    """The answer goes to the author. What is planned comes back on its day; the rest waits for their rating."""
    preset, kept = cases.preset_of(session, case), case.answer_by
    draft.released_at, draft.released_by = now, by.account.id
    case.outcome = draft.outcome
    files = session.scalar(select(func.count(Attachment.id)).where(Attachment.answer_id == draft.id))
    settled = False
    if draft.outcome is Outcome.PLANNED and draft.planned_on is not None:
        plan(session, case, draft.planned_on, now)
    elif preset.rated and case.author is not None and case.author.left_on is None:
        steps.enter(session, case, CaseState.ANSWERED, now, steps.term(session, now, preset.rate_days))
    else:
        steps.enter(session, case, CaseState.SETTLED, now)
        settled = True
    steps.take(session, case, StepKind.ANSWERED, now, by, promised=kept, files=files)
    if settled:
        steps.take(session, case, StepKind.SETTLED, now)


def plan(session: Session, case: Case, day: date, now: datetime) -> None:
    """It is promised for this day, and comes back then."""
    term = terms.on(workdays.book(session), house(session).zone, day)
    case.answer_by, case.answer_certain = term.at, term.certain
    steps.enter(session, case, CaseState.PLANNED, now, term)


def put_off(
    session: Session, case: Case, seat: Seat, planned_on: date | None, words: str, by: Person, now: datetime
) -> Case:
    """It will be done on another day; where the department says so, the office hears too."""
    last = cases.answer_of(session, case, released=True)
    assert last is not None, "planned without an answer"
    day = plannable(session, planned_on, now)
    if last.planned_on == day:
        raise Refused("casework.same_day")
    before, last.planned_on = last.planned_on, day
    plan(session, case, day, now)
    step = steps.take(session, case, StepKind.POSTPONED, now, by, words, planned_on=day, before=before)
    if seat is Seat.LEAD:
        facts = {**steps.told_facts(session, case, step, words), "by": by.name}
        to = steps.office(session, case)
        steps.post(session, case, f"postponed:{case.turn}", to, "casework.postponed", now, **facts)
    return case


def back(session: Session, case: Case, kind: StepKind, words: str, by: Person, now: datetime, **data: Any) -> Case:
    """To the lead department, for another answer."""
    for co in case.co:
        co.signed_at, co.signed_by = None, None
    days = cases.preset_of(session, case).sign_days
    steps.enter(session, case, CaseState.HANDLING, now, steps.capped(session, case, now, days))
    steps.take(session, case, kind, now, by, words, **data)
    desks.call(session, case, now, words=words)
    return case


def drop(session: Session, case: Case) -> None:
    """Another department writes its own."""
    draft = desks.draft_of(session, case)
    if draft is not None:
        session.execute(delete(Attachment).where(Attachment.answer_id == draft.id))
        session.delete(draft)
