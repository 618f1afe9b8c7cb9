"""Publishing: the author and the office agree, the group hears of it, and the year is reported to the congress."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from bot import forms
from bot.context import Context
from bot.pictures import Pictures
from bot.router import MEMBER, OFFICER, PRIVATE, Router
from bot.voice import Keyboard
from handlers import _case_page as pages
from models import case_pages, case_report, case_sheets, case_views, cases, publishing, sheets
from models.base import Refused
from models.cases import Case, Seat
from models.fields import Long

router = Router("publishing")
router.daily("09:30", publishing.weekly_board)
router.daily("10:00", publishing.digest)

OFFICE = (Seat.OFFICE, Seat.CHAIR)


class Reason(BaseModel):
    """Why the office does not publish an answer."""

    words: Annotated[str, Field(min_length=2, max_length=300), Long()]


def _to_share(context: Context, case: Case) -> bool:
    return publishing.ready(context.session, case) and not case.author_agrees and not case.withheld


def _to_keep(context: Context, case: Case) -> bool:
    asked = publishing.ready(context.session, case) and case.author_agrees is None and case.office_agrees
    return bool(asked or case.author_agrees)


def _to_publish(context: Context, case: Case) -> bool:
    return publishing.ready(context.session, case) and not case.office_agrees


def _is_out(context: Context, case: Case) -> bool:
    return case.published_at is not None


pages.offer("publishing.agree", (Seat.AUTHOR,), row=70, turn=False, when=_to_share)
pages.offer("publishing.keep", (Seat.AUTHOR,), row=70, turn=False, when=_to_keep)
pages.offer("publishing.preview", OFFICE, row=70, turn=False, when=_to_publish)
pages.offer("publishing.take_down", OFFICE, row=70, turn=False, when=_is_out)


@router.button("publishing.agree", who=MEMBER, where=PRIVATE, whose="own")
def agree(context: Context, case_id: int) -> None:
    """One's own case may be published with its answer."""
    if cases.for_reader(context.session, case_id, context.person)[1] is not Seat.AUTHOR:
        raise Refused("cases.unknown")  # the office agrees with a button of its own, after a look
    case = publishing.agree(context.session, case_id, context.person, context.now)
    context.alert("publishing.is_out" if case.published_at else "publishing.passed_on", popup=True)
    _again(context, case_id)


@router.button("publishing.keep", who=MEMBER, where=PRIVATE, whose="own")
def keep(context: Context, case_id: int) -> None:
    """One's own case is not published, or no longer."""
    publishing.keep_private(context.session, case_id, context.person, context.now)
    context.alert("publishing.kept", popup=True)
    _again(context, case_id)


@router.button("publishing.preview", who=OFFICER, where=PRIVATE)
def preview(context: Context, case_id: int) -> None:
    """A case as everybody would read it, before the office agrees."""
    case = _office(context, case_id)
    if not publishing.ready(context.session, case):
        raise Refused("publishing.not_ready")
    facts = case_pages.facts_of(context.session, case, Seat.COLLEAGUE, context.now)
    act = "publish" if case.author_agrees else "ask"
    rows = [[context.button(f"publishing.{act}", case.id)]] if case.author_agrees is not False else []
    if case_pages.count_attachments(context.session, case, Seat.COLLEAGUE):
        rows.append([context.button("cases.files", case.id)])  # they go out with it
    rows.append([context.button("publishing.withhold", case.id)])
    rows.append([context.button("cases.view", case.id, text="cases.back_to_case")])
    context.show("publishing.as_all_see", buttons=rows, **facts)


@router.button("publishing.ask", who=OFFICER, where=PRIVATE)
@router.button("publishing.publish", who=OFFICER, where=PRIVATE)
def publish(context: Context, case_id: int) -> None:
    """The office agrees: with the author's yes it is out, without it the author is asked."""
    _office(context, case_id)
    case = publishing.agree(context.session, case_id, context.person, context.now)
    context.alert("publishing.is_out" if case.published_at else "publishing.asked", popup=True)
    _again(context, case_id)


@router.button("publishing.take_down", who=OFFICER, where=PRIVATE)
@router.button("publishing.withhold", who=OFFICER, where=PRIVATE)
def withhold(context: Context, case_id: int) -> None:
    """Begin to say why the office does not publish it, or takes it down."""
    _office(context, case_id)
    forms.begin(context, "publishing.withhold", target_id=case_id)


@router.form("publishing.withhold", Reason, who=OFFICER, where=PRIVATE, at_once=True)
def withheld(context: Context, new: Reason, target_id: int | None) -> None:
    """It is not published; its author hears why, if they had agreed."""
    publishing.withhold(context.session, target_id or 0, new.words, context.person, context.now)
    _again(context, target_id or 0)


@router.button("publishing.waiting", who=OFFICER, where=PRIVATE)
def waiting(context: Context, number: int = 1) -> None:
    """What its author would share and the office has not decided about."""
    rows = publishing.waiting(context.session, context.now)
    below = [[context.button("publishing.desk")]]
    pages.listed(context, "publishing.list", rows, number, "publishing.waiting", below=below)


@router.button("publishing.desk", who=OFFICER, where=PRIVATE)
def desk(context: Context) -> None:
    """The board, what waits to be published, what the group has not been told of, and the yearly report."""
    found = case_views.board(context.session, context.now)
    news, wait = publishing.news(context.session), publishing.waiting(context.session, context.now)
    rows: Keyboard = [[context.button("openbook.board")]]
    if wait:
        rows.append([context.button("publishing.waiting", text="publishing.waiting_n", count=len(wait))])
    if news:
        rows.append([context.button("publishing.digest", text="publishing.digest_n", count=len(news))])
    years = case_report.years(context.session)[:3]
    rows += [[context.button("publishing.report", year, text="publishing.report_of", year=year) for year in years]]
    facts = publishing.board_facts(found)
    context.show("publishing.page", buttons=[*filter(None, rows), [context.button("casework.desk")]], **facts)


@router.button("publishing.digest", who=OFFICER, where=PRIVATE)
def digest(context: Context) -> None:
    """What the next digest would say; it may be sent at once."""
    news = publishing.news(context.session)
    if not news:
        raise Refused("publishing.nothing_new")
    buttons = [[context.button("publishing.send")], [context.button("publishing.desk")]]
    context.show("publishing.digest", buttons=buttons, **publishing.digest_facts(context.session, news))


@router.button("publishing.send", who=OFFICER, where=PRIVATE)
def send(context: Context) -> None:
    """Post it to the staff group now."""
    count = publishing.send_digest(context.session, context.person, context.now)
    context.alert("publishing.sent", count=count, popup=True)
    desk(context)


@router.button("publishing.report", who=OFFICER, where=PRIVATE)
def report(context: Context, year: int) -> None:
    """The yearly report: a picture to show, and a spreadsheet with everything."""
    if year not in case_report.years(context.session):
        raise Refused("publishing.empty_year")
    found = case_report.figures(context.session, year, context.now)
    facts = case_sheets.picture(found, context.plain)
    # Drawing and writing take a second: not while others wait for the database.
    pages_ = context.beforehand(f"publishing.report:{year}", lambda: _made(context, found, facts))
    picture, book = pages_
    said: dict[str, Any] = {**publishing.board_facts(found.board), "days": found.answer_days, "until": found.until}
    said |= {"late": found.count("overdue"), "late_days": found.late_days, "satisfied": found.satisfied}
    context.say("publishing.report", photo=picture, buttons=None, **said)
    name = context.plain("publishing.file_name", year=year)
    context.say("publishing.in_full", document=(f"{name}.xlsx", book), year=year)


def _made(context: Context, found: case_report.Figures, facts: dict[str, Any]) -> tuple[bytes | None, bytes]:
    picture = Pictures(context.texts).draw("report", facts, context.language)
    return picture, sheets.write(case_sheets.spreadsheet(found, context.plain), context.house.zone)


def _office(context: Context, case_id: int) -> Case:
    """The case, for somebody of the office; its author decides on the case's own page, as its author."""
    case, seat = cases.for_reader(context.session, case_id, context.person)
    if seat not in OFFICE:
        raise Refused("cases.unknown")
    pages.open_to_chat(context, case)
    return case


def _again(context: Context, case_id: int) -> None:
    case, seat = cases.for_reader(context.session, case_id, context.person)
    pages.show(context, case, seat)
