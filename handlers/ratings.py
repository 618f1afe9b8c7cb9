"""Ratings: the author says with one tap whether an answer helped; and the clocks by which no case is forgotten."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from bot import forms
from bot.context import Context
from bot.router import MEMBER, OFFICER, PRIVATE, Router
from handlers import _case_page as pages
from models import case_care, case_clocks, cases, publishing, rating, unsent
from models.cases import Case, CaseState, Rating, Seat
from models.fields import Long

router = Router("ratings")
router.tick(case_clocks.ring_due)
router.tick(rating.ask)
router.tick(unsent.remind_unsent)
router.daily("01:20", case_care.recount)
router.daily("01:30", case_care.look_after)


def _to_rate(context: Context, case: Case) -> bool:
    return rating.to_rate(context.session, case) is not None


for _button, _row in (("ratings.good", -1), ("ratings.fair", -1), ("ratings.poor", 0)):
    at_rating = (CaseState.ANSWERED, CaseState.PLANNED)
    pages.offer(_button, (Seat.AUTHOR,), at_rating, row=_row, turn=False, when=_to_rate, sealed=True)


class NewRemark(BaseModel):
    """Why an answer did not help."""

    words: Annotated[str | None, Field(min_length=2, max_length=500), Long()] = None


@router.button("ratings.good", who=MEMBER, where=PRIVATE, whose="own")
def good(context: Context, case_id: int, answer_id: int = 0) -> None:
    """The answer has helped."""
    _rate(context, case_id, answer_id, Rating.GOOD)


@router.button("ratings.fair", who=MEMBER, where=PRIVATE, whose="own")
def fair(context: Context, case_id: int, answer_id: int = 0) -> None:
    """The answer has helped on the whole."""
    _rate(context, case_id, answer_id, Rating.FAIR)


@router.button("ratings.poor", who=MEMBER, where=PRIVATE, whose="own")
def poor(context: Context, case_id: int, answer_id: int = 0) -> None:
    """The answer has not helped: the case is opened again, and they may say why."""
    case = _rate(context, case_id, answer_id, Rating.POOR)
    last = rating.last_rated(context.session, case)
    if last is not None and not cases.preset_of(context.session, case).confidential:  # no words through the chat
        forms.begin(context, "ratings.remark", target_id=last.id)


def _rate(context: Context, case_id: int, answer_id: int, rated: Rating) -> Case:
    case = rating.rate(context.session, case_id, answer_id, rated, context.person, context.now)
    share = rated is not Rating.POOR and case.author_agrees is None and publishing.ready(context.session, case)
    rows = [[context.button("publishing.agree", case.id), context.button("publishing.keep", case.id)]] if share else []
    context.show(
        "ratings.thanks",
        buttons=[*rows, [context.button("cases.view", case.id)]],
        number=case.id,
        rating=rated.value,
        state=case.state.value,
        share=share,
        hidden=case.hidden,
    )
    return case


@router.form("ratings.remark", NewRemark, who=MEMBER, where=PRIVATE, whose="own", at_once=True)
def remark(context: Context, new: NewRemark, target_id: int | None) -> None:
    """Why it has not helped, in one message; who skips it has said enough."""
    if new.words:
        rating.say_why(context.session, target_id or 0, new.words, context.person, context.now)
    context.show("ratings.noted" if new.words else "ratings.skipped")


@router.button("ratings.rates", who=OFFICER, where=PRIVATE)
def rates(context: Context, year: int = 0) -> None:
    """How the answers of a year were rated, by department."""
    this = context.house.local(context.now).year
    shown = year if 2000 <= year <= this else this
    since, until = (datetime(each, 1, 1, tzinfo=context.house.zone).astimezone(UTC) for each in (shown, shown + 1))
    rows = rating.rates(context.session, since, until)
    other = shown - 1 if shown == this else this
    context.show(
        "ratings.table",
        buttons=[
            [context.button("ratings.rates", other, text="ratings.year", year=other)],
            [context.button("casework.desk")],
        ],
        year=shown,
        rows=rows,
        all=rating.total(rows),
    )


# What is written and not sent


@router.button("ratings.resume", who=MEMBER, where=PRIVATE, whose="own")
def resume(context: Context, form: str) -> None:
    """Go on with a form that was left half-filled."""
    if _lies_there(context, form):
        forms.resume(context)


@router.button("ratings.drop", who=MEMBER, where=PRIVATE, whose="own")
def drop(context: Context, form: str) -> None:
    """Let a half-filled form go."""
    if _lies_there(context, form):
        forms.cancel(context)


def _lies_there(context: Context, form: str) -> bool:
    """Whether this form is still the one that is open; a button of an earlier one touches nothing."""
    draft = forms.current(context)
    if draft is not None and draft.form == form:
        return True
    context.alert("form.over")
    return False
