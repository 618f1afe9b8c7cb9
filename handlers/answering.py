"""Answering: what departments and officers do with a case until its author has the answer."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from bot import forms
from bot.context import Context
from bot.router import MEMBER, OFFICER, PRIVATE, Router, Who
from handlers import _casework_pages as pages
from models import cases, desks, handling, steps
from models.base import Refused
from models.cases import Case, CaseState, Outcome, Seat
from models.fields import Files, Given, Long, Near, When
from models.people import Role
from models.steps import StepKind

router = Router("casework")

DAY = 24 * 60
SOON = (30 * DAY, 90 * DAY, 180 * DAY)  # what is planned is most often planned for
HANDLED = (CaseState.HANDLING,)
PLANNED = (CaseState.PLANNED,)
ON_ITS_WAY = (CaseState.SIGNING, CaseState.RELEASING)
EXTENDS: desks.States = {Seat.LEAD: HANDLED, Seat.OFFICE: HANDLED}
POSTPONES: desks.States = {Seat.LEAD: PLANNED, Seat.OFFICE: PLANNED}
HANDS_ON: desks.States = {Seat.LEAD: HANDLED}
SIGNS: desks.States = {Seat.CO: (CaseState.SIGNING,), Seat.OFFICE: (CaseState.SIGNING,)}
SENDS_BACK: desks.States = {Seat.OFFICE: (CaseState.RELEASING,)}


class NewAnswer(BaseModel):
    """What is answered; the class sends it off. Photos and files may be sent at any moment before."""

    turn: Annotated[int, Given()] = 0
    words: Annotated[str, Field(min_length=2, max_length=2000), Long()]
    files: Annotated[list[int], Files()] = []
    outcome: Outcome
    planned_on: Annotated[
        date | None, Near(SOON), When(lambda answers: answers["outcome"] is Outcome.PLANNED, required=True)
    ] = None


class NewUndatedAnswer(NewAnswer):
    """The same for kinds of which nothing is planned for a day."""

    planned_on: Annotated[date | None, Given()] = None


class Reason(BaseModel):
    """Why, in words that somebody else will read."""

    turn: Annotated[int, Given()] = 0
    words: Annotated[str, Field(min_length=2, max_length=800), Long()]


class MoreDays(Reason):
    """How many working days more are needed, and why."""

    days: Annotated[int, Given()] = 0


class OtherDay(BaseModel):
    """Another day for what was planned, and why."""

    turn: Annotated[int, Given()] = 0
    planned_on: Annotated[date, Near(SOON)]
    words: Annotated[str, Field(min_length=2, max_length=800), Long()]


def _signs(context: Context, case: Case) -> bool:
    """Whether a signature of this person's department is wanted."""
    member = context.person.member
    unit = member.unit_id if member is not None and Role.HANDLER in context.person.roles else None
    return any(co.unit_id == unit and co.signed_at is None for co in case.co)


def _nobody_signs(context: Context, case: Case) -> bool:
    """Whether a signature is wanted of a department that has nobody."""
    return any(co.signed_at is None and not desks.hands(context.session, case, co.unit_id) for co in case.co)


def _extendable(context: Context, case: Case) -> bool:
    early = case.answer_by is not None and context.now < case.answer_by
    return early and case.extended < cases.preset_of(context.session, case).extensions


pages.offer("casework.answer", (Seat.LEAD,), (*HANDLED, *PLANNED), row=1)
pages.offer("casework.rewrite", (Seat.LEAD,), ON_ITS_WAY, row=1)
pages.offer("casework.release", (Seat.OFFICE,), (CaseState.RELEASING,), row=1)
pages.offer("casework.send_back", (Seat.OFFICE,), (CaseState.RELEASING,), row=1)
pages.offer("casework.sign", (Seat.CO, Seat.OFFICE), (CaseState.SIGNING,), row=1, when=_signs)
pages.offer("casework.object", (Seat.CO, Seat.OFFICE), (CaseState.SIGNING,), row=1, when=_signs)
pages.offer("casework.waive", (Seat.OFFICE,), (CaseState.SIGNING,), row=2, when=_nobody_signs)
pages.offer("casework.done", (Seat.LEAD, Seat.OFFICE), PLANNED, row=2)
pages.offer("casework.postpone", (Seat.LEAD, Seat.OFFICE), PLANNED, row=2)
pages.offer("casework.settle", (Seat.OFFICE,), handling.OPEN, row=2)
pages.offer("casework.settle", (Seat.CHAIR,), (CaseState.REOPENED,), row=2)
pages.offer("casework.extend", (Seat.LEAD, Seat.OFFICE), HANDLED, row=6, when=_extendable)
pages.offer("casework.hand_on", (Seat.LEAD,), HANDLED, row=6)


# The answer


@router.button("casework.answer", who=Who.HANDLER, where=PRIVATE)
@router.button("casework.rewrite", who=Who.HANDLER, where=PRIVATE)
def answer(context: Context, case_id: int, turn: int) -> None:
    """Begin to answer for one's department."""
    _begin(context, "casework.answer", case_id, turn)


@router.button("casework.settle", who=OFFICER, where=PRIVATE)
def settle(context: Context, case_id: int, turn: int) -> None:
    """Begin to answer at once, for the office."""
    _begin(context, "casework.settle", case_id, turn)


@router.button("casework.done", who=MEMBER, where=PRIVATE, whose="seat")
def done(context: Context, case_id: int, turn: int) -> None:
    """Begin to say that what was planned is done."""
    form = "casework.settle" if context.person.may(Role.OFFICER) else "casework.answer"
    _begin(context, form, case_id, turn, outcome=Outcome.DONE)


def _begin(context: Context, form: str, case_id: int, turn: int, **more: object) -> None:
    case = pages.seated(context, case_id, turn, handling.ANSWERED_BY)
    if f"{form}_{case.preset}" in context.registry.forms:  # a kind with its own words for the classes
        form = f"{form}_{case.preset}"
    forms.begin(context, form, target_id=case.id, answers={"turn": turn, "files": [], **more})


@router.form("casework.answer", NewAnswer, who=Who.HANDLER, where=PRIVATE, at_once=True)
@router.form("casework.settle", NewAnswer, who=OFFICER, where=PRIVATE, at_once=True, texts="casework.answer")
@router.form("casework.answer_repair", NewAnswer, who=Who.HANDLER, where=PRIVATE, at_once=True, texts="casework.answer")
@router.form(
    "casework.settle_repair",
    NewAnswer,
    who=OFFICER,
    where=PRIVATE,
    at_once=True,
    texts=("casework.answer_repair", "casework.settle", "casework.answer"),
)
@router.form(
    "casework.answer_comment", NewUndatedAnswer, who=Who.HANDLER, where=PRIVATE, at_once=True, texts="casework.answer"
)
@router.form(
    "casework.settle_comment",
    NewUndatedAnswer,
    who=OFFICER,
    where=PRIVATE,
    at_once=True,
    texts=("casework.answer_comment", "casework.settle", "casework.answer"),
)
def answered(context: Context, new: NewAnswer, target_id: int) -> None:
    """It goes to those who sign, to the officer, or out to the author."""
    with pages.unless_late(context, new.words):
        case = handling.answer(
            context.session,
            target_id,
            new.turn,
            new.words,
            new.outcome,
            new.planned_on,
            context.person,
            context.now,
            new.files,
        )
        sent = steps.last_step(context.session, case)
        what = {StepKind.DRAFTED: "drafted", StepKind.POSTPONED: "postponed"}.get(sent.kind, "answered")
        pages.decided(context, case, what, skipped=sent.data.get("skipped") or [])


# Counter-signing, releasing


@router.button("casework.sign", who=Who.HANDLER, where=PRIVATE)
def sign(context: Context, case_id: int, turn: int) -> None:
    """Put one's department's name under the answer."""
    case = handling.sign(context.session, case_id, turn, context.person, context.now)
    context.alert("casework.is_signed")
    pages.decided(context, case, "signed")


@router.button("casework.waive", who=OFFICER, where=PRIVATE)
def waive(context: Context, case_id: int, turn: int) -> None:
    """Go on without those who have nobody to sign."""
    case = handling.waive(context.session, case_id, turn, context.person, context.now)
    pages.decided(context, case, "waived")


@router.button("casework.object", who=Who.HANDLER, where=PRIVATE)
def object_(context: Context, case_id: int, turn: int) -> None:
    """Begin to say why one's department does not sign."""
    _ask_why(context, "casework.object", case_id, turn, SIGNS)


@router.form("casework.object", Reason, who=Who.HANDLER, where=PRIVATE, at_once=True)
def objected(context: Context, new: Reason, target_id: int) -> None:
    """The lead department writes another answer."""
    with pages.unless_late(context, new.words):
        case = handling.object_to(context.session, target_id, new.turn, new.words, context.person, context.now)
        pages.decided(context, case, "objected")


@router.button("casework.release", who=OFFICER, where=PRIVATE)
def release(context: Context, case_id: int, turn: int) -> None:
    """Let the answer go out."""
    case = handling.release(context.session, case_id, turn, context.person, context.now)
    context.alert("casework.is_released")
    pages.decided(context, case, "answered", skipped=[])


@router.button("casework.send_back", who=OFFICER, where=PRIVATE)
def send_back(context: Context, case_id: int, turn: int) -> None:
    """Begin to say what is wrong with the answer."""
    _ask_why(context, "casework.send_back", case_id, turn, SENDS_BACK)


@router.form("casework.send_back", Reason, who=OFFICER, where=PRIVATE, at_once=True)
def sent_back(context: Context, new: Reason, target_id: int) -> None:
    """The department writes another."""
    with pages.unless_late(context, new.words):
        case = handling.send_back(context.session, target_id, new.turn, new.words, context.person, context.now)
        pages.decided(context, case, "sent_back")


# Not theirs, not yet


@router.button("casework.hand_on", who=Who.HANDLER, where=PRIVATE)
def hand_on(context: Context, case_id: int, turn: int) -> None:
    """Begin to say why it is not one's department's matter."""
    _ask_why(context, "casework.hand_on", case_id, turn, HANDS_ON)


@router.form("casework.hand_on", Reason, who=Who.HANDLER, where=PRIVATE, at_once=True)
def handed_on(context: Context, new: Reason, target_id: int) -> None:
    """The office gives it to another."""
    with pages.unless_late(context, new.words):
        case = handling.hand_on(context.session, target_id, new.turn, new.words, context.person, context.now)
        pages.decided(context, case, "handed_on")


@router.button("casework.extend", who=MEMBER, where=PRIVATE, whose="seat")
def extend(context: Context, case_id: int, turn: int) -> None:
    """By how many working days?"""
    case = pages.seated(context, case_id, turn, EXTENDS)
    most = cases.preset_of(context.session, case).extend_days
    assert case.answer_by is not None
    rows = [
        [
            context.button(
                "casework.extend_by",
                case.id,
                turn,
                days,
                text="casework.buttons.days",
                days=days,
                day=steps.term(context.session, case.answer_by, days).at,
            )
        ]
        for days in sorted({max(1, most // 3), max(1, most * 2 // 3), most})
    ]
    rows.append([context.button("cases.view", case.id, text="casework.buttons.back")])
    context.show("casework.pick_days", buttons=rows, **cases.facts_of(context.session, case, Seat.COLLEAGUE))


@router.button("casework.extend_by", who=MEMBER, where=PRIVATE, whose="seat")
def extend_by(context: Context, case_id: int, turn: int, days: int) -> None:
    """Begin to say why."""
    case = pages.seated(context, case_id, turn, EXTENDS)
    if not 1 <= days <= cases.preset_of(context.session, case).extend_days:
        raise Refused("common.old_button")
    forms.begin(context, "casework.extend", target_id=case.id, answers={"turn": turn, "days": days})


@router.form("casework.extend", MoreDays, who=MEMBER, where=PRIVATE, whose="seat", at_once=True)
def extended(context: Context, new: MoreDays, target_id: int) -> None:
    """The author is promised the later day, and told why."""
    with pages.unless_late(context, new.words):
        case = handling.extend(context.session, target_id, new.turn, new.days, new.words, context.person, context.now)
        pages.decided(context, case, "extended")


@router.button("casework.postpone", who=MEMBER, where=PRIVATE, whose="seat")
def postpone(context: Context, case_id: int, turn: int) -> None:
    """Begin to put off what was planned."""
    _ask_why(context, "casework.postpone", case_id, turn, POSTPONES)


@router.form("casework.postpone", OtherDay, who=MEMBER, where=PRIVATE, whose="seat", at_once=True)
def postponed(context: Context, new: OtherDay, target_id: int) -> None:
    """It is promised for another day; the author is told why."""
    with pages.unless_late(context, new.words):
        case = handling.postpone(
            context.session, target_id, new.turn, new.planned_on, new.words, context.person, context.now
        )
        pages.decided(context, case, "postponed")


def _ask_why(context: Context, form: str, case_id: int, turn: int, allowed: desks.States) -> None:
    case = pages.seated(context, case_id, turn, allowed)
    forms.begin(context, form, target_id=case.id, answers={"turn": turn})
