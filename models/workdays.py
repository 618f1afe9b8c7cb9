"""Workdays: which days are worked, by the State Council's notices (调休). A year is official or unknown, never guessed.

    book = workdays.book(session)
    due = workdays.add_workdays(book, filed_on, 15)     # Due(day, certain)

`certain` is False where a year was touched whose notice is not known: then Monday to Friday counts without the days
off by law, and whoever shows the day says that the notice may still move it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import binding, letters
from models.base import Base, BigId, Level, Privacy, Refused
from models.holidays import Notice, statutory
from models.house import house
from models.letters import Grade, Letter
from models.people import Person
from models.traces import trace

ASKED_FROM = 11  # November: the notices have come between late October and early December
EARLY = 26  # December: no notice has touched a day of the year before earlier than the 29th
FORGOTTEN = timedelta(days=14)  # how long a notice waits for its confirmation
_DAY = timedelta(days=1)

# From the State Council's notices of October 2023, November 2024 and November 2025: the days off, as first and last,
# and the weekend days worked.
SHIPPED = {
    2024: (
        "01-01/01-01 02-10/02-17 04-04/04-06 05-01/05-05 06-10/06-10 09-15/09-17 10-01/10-07",
        "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12",
    ),
    2025: (
        "01-01/01-01 01-28/02-04 04-04/04-06 05-01/05-05 05-31/06-02 10-01/10-08",
        "01-26 02-08 04-27 09-28 10-11",
    ),
    2026: (
        "01-01/01-03 02-15/02-23 04-04/04-06 05-01/05-05 06-19/06-21 09-25/09-27 10-01/10-07",
        "01-04 02-14 02-28 05-09 09-20 10-10",
    ),
}


class Arrangement(Base):
    """One year's holidays and make-up workdays as an officer read them out of the notice, and who confirmed them."""

    __tablename__ = "arrangements"
    __table_args__ = ({"sqlite_autoincrement": True},)  # an old button must not come to mean a newer notice
    privacy = Privacy(Level.STAFF, keeps="audit")

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(index=True)
    off: Mapped[list[str]] = mapped_column(default=list)  # days in ISO form
    work: Mapped[list[str]] = mapped_column(default=list)
    by_account: Mapped[int] = mapped_column(BigId)
    read_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]  # None: shown to the officer, not agreed to; the newest agreed one holds


@dataclass(frozen=True)
class Year:
    """A year whose notice is known."""

    off: frozenset[date]
    work: frozenset[date]


@dataclass(frozen=True)
class Book:
    """What is known of all years, read once and asked often."""

    years: Mapping[int, Year] = field(default_factory=lambda: _SHIPPED)

    @cached_property
    def days(self) -> Mapping[date, bool]:
        """Every day that is not what its weekday says: True for worked."""
        found: dict[date, bool] = {}
        for _, year in sorted(self.years.items()):  # the later notice has the last word on December's last days
            found |= dict.fromkeys(year.off, False) | dict.fromkeys(year.work, True)
        return found


@dataclass(frozen=True)
class Due:
    """A day reached by counting workdays; not `certain` if a year was touched whose notice is not known."""

    day: date
    certain: bool


def _days(year: int, words: str) -> Iterable[date]:
    for span in words.split():
        first, _, last = span.partition("/")
        start, end = (date.fromisoformat(f"{year}-{day}") for day in (first, last or first))
        yield from (start + timedelta(days=number) for number in range((end - start).days + 1))


_SHIPPED: Mapping[int, Year] = {
    year: Year(frozenset(_days(year, off)), frozenset(_days(year, work))) for year, (off, work) in SHIPPED.items()
}


def book(session: Session) -> Book:
    """What is known now: the years that came with the program, replaced by those an officer has confirmed."""
    query = select(Arrangement).where(Arrangement.confirmed_at.is_not(None))
    rows = session.scalars(query.order_by(Arrangement.confirmed_at, Arrangement.id))
    return Book({**_SHIPPED, **{row.year: _year(row.off, row.work) for row in rows}})


def _year(off: Iterable[str], work: Iterable[str]) -> Year:
    return Year(frozenset(map(date.fromisoformat, off)), frozenset(map(date.fromisoformat, work)))


def official(known: Book, year: int) -> bool:
    """Whether the year's notice is known."""
    return year in known.years


def certain(known: Book, day: date) -> bool:
    """Whether the notices say of a day if it is worked. The next year's may still take the last days of December."""
    late = (day.month, day.day) >= (12, EARLY)
    return day.year in known.years and (not late or day.year + 1 in known.years or day in known.days)


def workday(known: Book, day: date) -> bool:
    """Whether a day is worked; where no notice says so, Monday to Friday but for the days off by law."""
    said = known.days.get(day)
    if said is not None:
        return said
    return day.weekday() < 5 and (day.year in known.years or day not in statutory(day.year))


def add_workdays(known: Book, start: date, count: int) -> Due:
    """The `count`-th workday after a day, or before it if negative; for 0 the first workday from that day on."""
    day, sure = start, True
    step = _DAY if count >= 0 else -_DAY
    left = abs(count)
    if not count:
        day, left = start - _DAY, 1
    while left:
        day += step
        sure = sure and certain(known, day)
        left -= workday(known, day)
    return Due(day, sure)


def workdays_between(known: Book, start: date, end: date) -> tuple[int, bool]:
    """How many workdays come after `start` up to and with `end`, and whether that is certain."""
    days = [start + timedelta(days=number) for number in range(1, (end - start).days + 1)]
    return sum(workday(known, day) for day in days), all(certain(known, day) for day in days)


def stretches(days: Iterable[date]) -> list[tuple[date, date]]:
    """Days that follow one another put together: (first, last)."""
    found: list[tuple[date, date]] = []
    for day in sorted(days):
        if found and day - found[-1][1] == _DAY:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def propose(session: Session, notice: Notice, by: Person, now: datetime) -> Arrangement:
    """Keep what was read of a notice without problems until the officer has agreed."""
    assert notice.year is not None
    assert not notice.problems
    off, work = ([day.isoformat() for day in days] for days in (notice.off, notice.work))
    found = Arrangement(year=notice.year, off=off, work=work, by_account=by.account.id, read_at=now)
    session.add(found)
    session.flush()
    return found


def known_already(session: Session, notice: Notice) -> bool:
    """Whether the notice says nothing new."""
    return book(session).years.get(notice.year or 0) == Year(frozenset(notice.off), frozenset(notice.work))


def workdays_in(notice: Notice) -> int:
    """How many workdays the notice's year has by it: a figure to compare with what others say."""
    assert notice.year is not None
    known = Book({notice.year: Year(frozenset(notice.off), frozenset(notice.work))})
    return workdays_between(known, date(notice.year - 1, 12, 31), date(notice.year, 12, 31))[0]


def confirm(session: Session, number: int, by: Person, now: datetime) -> Arrangement:
    """From now on the year is official, as this notice says; the same again changes nothing."""
    found = _by_id(session, number)
    if found.confirmed_at is None:
        found.confirmed_at = now
        found.by_account = by.account.id
        session.flush()
        trace(session, by, "calendar.confirmed", f"arrangement:{found.id}", now, year=found.year)
    return found


def drop(session: Session, number: int) -> None:
    """Forget what was read and not agreed to."""
    found = _by_id(session, number)
    if found.confirmed_at is not None:
        raise Refused("calendar.confirmed_already", year=found.year)
    session.delete(found)


def _by_id(session: Session, number: int) -> Arrangement:
    found = session.get(Arrangement, number, with_for_update=True)
    if found is None:
        raise Refused("calendar.gone")
    return found


def unknown_years(session: Session, now: datetime) -> list[int]:
    """The years whose notice the house needs and does not have: this one, and from November the next."""
    today = house(session).local(now).date()
    needed = [today.year, *([today.year + 1] if today.month >= ASKED_FROM else [])]
    known = book(session)
    return [year for year in needed if not official(known, year)]


def ask_for_notices(session: Session, now: datetime) -> None:
    """Ask the officers for the notice of a year that is needed and not known, once a week until it is there."""
    session.execute(
        delete(Arrangement).where(Arrangement.confirmed_at.is_(None), Arrangement.read_at < now - FORGOTTEN)
    )
    week = "{}-W{:02}".format(*house(session).local(now).isocalendar())
    for year in unknown_years(session, now):
        for reader in binding.officers(session):
            letters.post(
                session,
                f"calendar:{year}:asked:{reader.id}:{type(reader).__name__}:{week}",
                reader,
                "calendar.letters.ask",
                now,
                grade=Grade.PERISHABLE,
                expires_at=now + timedelta(days=6),
                buttons=[[letters.button("calendar.paste")], [letters.button("calendar.show")]],
                check="calendar.unknown",
                subject_id=year,
                year=year,
            )


@letters.check("calendar.unknown")
def _unknown(session: Session, letter: Letter, now: datetime) -> bool:
    """Whether the year asked for is still unknown."""
    return letter.subject_id is not None and not official(book(session), letter.subject_id)


def coming(known: Book, today: date, days: int = 370) -> list[dict[str, Any]]:
    """The holidays and make-up workdays from today on, in order, as facts for a page."""
    last = today + timedelta(days=days)
    off = [day for day, worked in known.days.items() if not worked and today <= day <= last]
    work = [day for day, worked in known.days.items() if worked and today <= day <= last]
    rows = [{"first": first, "last": end, "work": False} for first, end in stretches(off)]
    return sorted([*rows, *({"first": day, "last": day, "work": True} for day in work)], key=lambda row: row["first"])
