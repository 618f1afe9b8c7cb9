"""Timetables: an officer sends a year's notices as a spreadsheet, sees what was understood, and says yes once."""

from datetime import date, datetime, time

from bot import lists, moments
from bot.context import Context
from bot.router import OFFICER, PRIVATE, Router
from models import audiences, sheets, timetables
from models.base import Refused
from models.sheets import Sheet

router = Router("timetables")

BEGINS = ("通知计划", "定时通知", "notice plan", "Notice plan")
FEW = 15  # troubles told in one message


@router.message("document", who=OFFICER, where=PRIVATE, endings=sheets.ENDINGS, begins=BEGINS)
def arrive(context: Context) -> None:
    """Show what a file of notices would do, before it does anything."""
    attachment = context.incoming.attachment
    assert attachment is not None
    if attachment.size > sheets.SIZE:
        raise Refused("sheets.too_big", megabytes=sheets.SIZE // 1024 // 1024)
    content = context.content()
    opened: list[Sheet] = context.beforehand("sheets", lambda: sheets.read(content, attachment.name))

    def understand(text: str) -> datetime | date | None:
        reading = moments.read(text, context.now, context.house.zone, expect="moment")
        if not reading.certain:
            reading = moments.read(text, context.now, context.house.zone, expect="day")
        return reading.value if reading.certain else None

    found = timetables.read(context.session, opened, understand, context.now)
    if found.troubles:
        context.say("timetables.wrong", count=len(found.troubles), troubles=found.troubles[:FEW])
        return
    mark = timetables.keep(context.session, found, context.person, context.now)
    _show(context, mark, 1)


@router.button("timetables.look", who=OFFICER, where=PRIVATE)
def look(context: Context, mark: str, number: int = 1) -> None:
    """One page of what would be set."""
    _show(context, mark, number)


def _show(context: Context, mark: str, number: int) -> None:
    rows = timetables.waiting(context.session, mark)
    if not rows:
        raise Refused("timetables.gone")
    pages = -(-len(rows) // lists.LINES)
    number = min(max(1, number), pages)
    shown = [
        {"at": row.send_at, "title": row.title, "whom": audiences.names_of(context.session, row.whom)}
        for row in rows[(number - 1) * lists.LINES : number * lists.LINES]
    ]
    buttons = [[context.button("timetables.confirm", mark, count=len(rows)), context.button("timetables.drop", mark)]]
    if number < pages:
        buttons.insert(0, [context.button("timetables.look", mark, number + 1)])
    context.show("timetables.preview", buttons=buttons, rows=shown, count=len(rows))


@router.button("timetables.confirm", who=OFFICER, where=PRIVATE)
def confirm(context: Context, mark: str) -> None:
    """Yes: each goes out at its moment."""
    count = timetables.confirm(context.session, mark, context.person, context.now)
    context.show("timetables.confirmed", count=count, buttons=[[context.button("notices.manage", 1)]])


@router.button("timetables.drop", who=OFFICER, where=PRIVATE)
def drop(context: Context, mark: str) -> None:
    """No: nothing of it is kept."""
    timetables.drop(context.session, mark)
    context.show("timetables.dropped", buttons=[[context.button("notices.manage", 1)]])


@router.button("timetables.template", who=OFFICER, where=PRIVATE)
def template(context: Context) -> None:
    """An empty timetable with its headings and an example."""
    head: list[sheets.Cell] = [context.plain(f"timetables.columns.{name}") for name in ("day", "clock", "whom", "text")]
    spring = date(context.house.local(context.now).year + 1, 3, 8)
    words = [context.plain(f"timetables.example.{name}") for name in ("whom", "text")]
    example: list[sheets.Cell] = [spring, time(9), *words]
    content = sheets.write([Sheet(context.plain("timetables.sheet"), [head, example])])
    context.say("timetables.how", document=(f"{context.plain('timetables.sheet')}.xlsx", content))
