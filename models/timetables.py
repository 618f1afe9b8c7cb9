"""Timetables: a year's notices from a spreadsheet, shown first, set with one tap."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from models import announcing, audiences
from models.audiences import Audience, Unknown
from models.base import Refused
from models.house import house
from models.notices import LENGTH, NewNotice, Notice, NoticeState
from models.people import Person
from models.sheets import Cell, Sheet, letter
from models.traces import trace

USUAL = time(9)  # when a notice goes out for which only the day is given
MOST = 300  # rows of one file
HEADINGS = {
    "day": ("日期", "发送日期", "day", "date"),
    "clock": ("时间", "时刻", "time"),
    "whom": ("对象", "人群", "发给", "to", "for"),
    "text": ("内容", "通知", "通知内容", "text", "notice"),
}
Understand = Callable[
    [str], datetime | date | None
]  # what a cell of words means as a day or a moment, if it is certain


@dataclass(frozen=True)
class Trouble:
    """Something in the file that keeps all of it from being taken: where, and what."""

    where: str  # as the spreadsheet calls it: C7
    code: str
    text: str = ""


@dataclass(frozen=True)
class Row:
    """One notice of the file."""

    send_at: datetime
    whom: Audience
    text: str
    usual: bool  # no hour was given


@dataclass
class Reading:
    """What a file says."""

    rows: list[Row] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)


def read(session: Session, sheets: Sequence[Sheet], understand: Understand, now: datetime) -> Reading:
    """Read a timetable; all that is wrong with it is told at once, and nothing is stored."""
    sheet = next((each for each in sheets if _columns(each.rows[0] if each.rows else ())), None)
    if sheet is None:
        raise Refused("timetables.no_headings")
    columns = _columns(sheet.rows[0])
    found = Reading()
    if len(sheet.rows) - 1 > MOST:
        raise Refused("timetables.too_many", most=MOST)
    for number, cells in enumerate(sheet.rows[1:], 2):
        if any(cell not in (None, "") for cell in cells):
            _read_row(session, cells, columns, number, understand, now, found)
    if not found.rows and not found.troubles:
        raise Refused("timetables.empty")
    return found


def _columns(heading: Sequence[Cell]) -> dict[str, int]:
    """Where each thing stands; nothing if it is no timetable."""
    columns: dict[str, int] = {}
    for index, cell in enumerate(heading):
        for name, words in HEADINGS.items():
            if str(cell or "").strip().lower() in words:
                columns.setdefault(name, index)
    return columns if {"day", "text"} <= columns.keys() else {}


def _read_row(
    session: Session,
    cells: Sequence[Cell],
    columns: dict[str, int],
    number: int,
    understand: Understand,
    now: datetime,
    found: Reading,
) -> None:
    def cell(name: str) -> Cell:
        return cells[columns[name]] if name in columns and columns[name] < len(cells) else None

    def trouble(name: str, code: str, text: Any = "") -> None:
        found.troubles.append(Trouble(f"{letter(columns[name])}{number}", code, str(text)[:40]))

    before = len(found.troubles)
    text = str(cell("text") or "").strip()
    if not 2 <= len(text) <= LENGTH:
        trouble("text", "text", text)
    whom: Audience | Unknown | None = Audience()
    if said := str(cell("whom") or "").strip():
        names = " ".join(f"@{name}" for name in said.replace("@", " ").replace("、", " ").replace("，", " ").split())
        whom, _ = audiences.read(session, names)
        if isinstance(whom, Unknown):
            trouble("whom", "whom", "、".join(whom.names))
        elif whom is not None and not audiences.ids_of(session, whom):
            trouble("whom", "nobody", said)
    moment, usual = _moment(session, cell("day"), cell("clock"), understand)
    if moment is None:
        trouble("day", "day", " ".join(str(part) for part in (cell("day"), cell("clock")) if part not in (None, "")))
    elif moment <= now:
        trouble("day", "past", cell("day"))
    if len(found.troubles) == before and moment is not None and isinstance(whom, Audience):
        found.rows.append(Row(moment, whom, text, usual))


def _moment(session: Session, day: Cell, clock: Cell, understand: Understand) -> tuple[datetime | None, bool]:
    """The moment these cells say, and whether its hour is only the usual one."""
    zone = house(session).zone
    words = " ".join(str(part) for part in (day, clock) if isinstance(part, str) and part.strip())
    if isinstance(day, str):
        meant = understand(words)
        day = meant if meant is not None else None
        if isinstance(day, datetime):
            return day, False
    if isinstance(day, datetime):
        day, clock = (day.date(), day.time()) if clock in (None, "") and day.time() != time() else (day.date(), clock)
    if not isinstance(day, date):
        return None, False
    if isinstance(clock, str) and clock.strip():
        meant = understand(f"{day.isoformat()} {clock}")
        return (meant, False) if isinstance(meant, datetime) else (None, False)
    if isinstance(clock, datetime):
        clock = clock.time()
    if isinstance(clock, time):
        return datetime.combine(day, clock, zone), False
    return (datetime.combine(day, USUAL, zone), True) if clock in (None, "") else (None, False)


def keep(session: Session, reading: Reading, by: Person, now: datetime) -> str:
    """Keep the notices as drafts until the officer says yes; a file sent twice is kept once. Returns its mark."""
    whole = repr([(row.send_at, row.whom.kept(), row.text) for row in reading.rows]) + repr(now.date())
    mark = hashlib.sha256(whole.encode()).hexdigest()[:16]
    drop(session, mark)
    for row in reading.rows:
        notice = announcing.draft(session, NewNotice(text=row.text), row.whom, by, now)
        notice.send_at, notice.timetable = row.send_at, mark
    return mark


def waiting(session: Session, mark: str) -> list[Notice]:
    """The notices of a file that wait for a yes, in their order."""
    query = select(Notice).where(Notice.timetable == mark, Notice.state == NoticeState.DRAFT)
    return list(session.scalars(query.order_by(Notice.send_at, Notice.id)))


def confirm(session: Session, mark: str, by: Person, now: datetime) -> int:
    """Yes: they go out by themselves, each at its moment. Returns how many."""
    rows = waiting(session, mark)
    if not rows:
        raise Refused("timetables.gone")
    if any(row.send_at is None or row.send_at <= now for row in rows):
        raise Refused("timetables.late")
    session.execute(
        update(Notice)
        .where(Notice.id.in_([row.id for row in rows]))
        .values(state=NoticeState.TIMED)
        .execution_options(synchronize_session="fetch")
    )
    trace(session, by, "timetables.confirmed", f"timetable:{mark}", now, notices=len(rows))
    return len(rows)


def drop(session: Session, mark: str) -> None:
    """No: the drafts of this file go."""
    session.execute(delete(Notice).where(Notice.timetable == mark, Notice.state == NoticeState.DRAFT))
