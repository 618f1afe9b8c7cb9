"""The calendar: which years' holidays are known, what comes next, and how an officer pastes the official notice."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from bot import forms
from bot.context import Context
from bot.router import OFFICER, PRIVATE, NotMine, Router
from models import calendar, holidays, workdays
from models.fields import Long
from models.holidays import Notice, Trouble

SHOWN = 10  # troubles, and words that were not used, on one page

router = Router("calendar")
router.desk("calendar.show", order=60)
router.daily("09:10", workdays.ask_for_notices)


class Paste(BaseModel):
    """The notice, as it is copied from the page."""

    text: Annotated[str, Field(min_length=2, max_length=4096), Long()]


@router.button("calendar.show", who=OFFICER, where=PRIVATE)
def show(context: Context) -> None:
    """Which years are official, and the holidays and make-up workdays to come."""
    today = context.house.local(context.now).date()
    known = workdays.book(context.session)
    context.show(
        "calendar.page",
        today=today,
        lunar=calendar.lunar(today),
        term=calendar.term_on(today),
        years=sorted(known.years),
        unknown=[year for year in (today.year, today.year + 1) if not workdays.official(known, year)],
        rows=workdays.coming(known, today),
        buttons=[[context.button("calendar.paste")], [context.button("start.desk")]],
    )


@router.button("calendar.paste", who=OFFICER, where=PRIVATE)
def begin(context: Context) -> None:
    """Begin to paste the notice."""
    forms.begin(context, "calendar.notice")


@router.form("calendar.notice", Paste, who=OFFICER, where=PRIVATE, at_once=True)
def pasted(context: Context, new: Paste, target_id: int | None) -> None:
    """Show what was understood of the notice."""
    _read(context, new.text)


@router.message("text", who=OFFICER, where=PRIVATE)
def said(context: Context) -> None:
    """An officer pastes the notice without being asked."""
    if not holidays.looks_like_notice(context.incoming.text):
        raise NotMine
    _read(context, context.incoming.text)


@router.button("calendar.confirm", who=OFFICER, where=PRIVATE)
def confirm(context: Context, number: int) -> None:
    """The notice was understood rightly: the year is official from now on."""
    found = workdays.confirm(context.session, number, context.person, context.now)
    context.alert("calendar.confirmed", year=found.year)
    show(context)


@router.button("calendar.drop", who=OFFICER, where=PRIVATE)
def drop(context: Context, number: int) -> None:
    """It was not understood rightly: nothing is kept of it."""
    workdays.drop(context.session, number)
    context.show("calendar.dropped", buttons=[[context.button("calendar.paste")], [context.button("calendar.show")]])


def _read(context: Context, text: str) -> None:
    notice = holidays.read_notice(text)
    again = [[context.button("calendar.paste", text="calendar.again")], [context.button("calendar.show")]]
    unused = [words[:80] for words in notice.unused[:SHOWN]]
    if notice.problems:
        troubles = _words(context, notice.problems)
        context.show("calendar.wrong", year=notice.year, troubles=troubles, unused=unused, buttons=again)
        return
    same = workdays.known_already(context.session, notice)
    if not same:
        made = workdays.propose(context.session, notice, context.person, context.now)
        again = [[context.button("calendar.confirm", made.id), context.button("calendar.drop", made.id)]]
    context.show(
        "calendar.read",
        year=notice.year,
        clauses=_clauses(notice),
        off=len(notice.off),
        work=len(notice.work),
        workdays=workdays.workdays_in(notice),
        troubles=_words(context, notice.doubts),
        unused=unused,
        same=same,
        replaces=not same and workdays.official(workdays.book(context.session), notice.year or 0),
        buttons=again,
    )


def _words(context: Context, troubles: Sequence[Trouble]) -> list[str]:
    return [context.plain(f"calendar.trouble.{each.code}", words=each.words, **each.facts) for each in troubles[:SHOWN]]


def _clauses(notice: Notice) -> list[dict[str, object]]:
    return [
        {
            "festivals": [festival.value for festival in clause.festivals],
            "off": workdays.stretches(clause.off),
            "days": len(clause.off),
            "work": clause.work,
        }
        for clause in notice.clauses
    ]
