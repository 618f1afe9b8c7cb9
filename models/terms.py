"""Terms: by when a desk must have done its part, and what happens on the way there. Working days, from nine to six.

A case that waits has one term. Its rings are the moments at which something happens by itself: a reminder before the
term, the urging on its last day, the officers one day later, the chair after five and every five days again. So there
is always a next one, however long nobody does anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import count
from zoneinfo import ZoneInfo

from models import workdays
from models.presets import Preset
from models.workdays import Book

OPENS, CLOSES = time(9), time(18)


class Sort(StrEnum):
    """What a term is for."""

    DUTY = "duty"  # a desk must act
    SECONDING = "seconding"  # colleagues may second it until then
    RATING = "rating"  # the author may say until then whether it helped


class Ring(StrEnum):
    REMIND = "remind"
    DUE = "due"
    LATE = "late"
    GRAVE = "grave"
    OVER = "over"  # the time to second or to rate has passed


@dataclass(frozen=True)
class Bell:
    """A moment at which something happens by itself. Wherever the holidays move it, its rank tells which it is."""

    at: datetime
    ring: Ring
    rank: int  # 1 the reminder, 2 the last day, 3 late, from 4 on the chair


@dataclass(frozen=True)
class Term:
    """The end of a term; not `certain` while the holidays of a year it touches are unknown."""

    at: datetime
    certain: bool


def open_now(book: Book, zone: ZoneInfo, now: datetime) -> bool:
    """Whether people are at work: nobody is urged at night or on a day off."""
    local = now.astimezone(zone)
    return workdays.workday(book, local.date()) and OPENS <= local.time() < CLOSES


def opening(book: Book, zone: ZoneInfo, now: datetime) -> datetime:
    """The next moment after `now` at which a working day begins."""
    day = now.astimezone(zone).date()
    for ahead in count():
        moment = datetime.combine(day + timedelta(days=ahead), OPENS, zone)
        if moment > now and workdays.workday(book, moment.date()):
            return moment
    raise AssertionError


def after(book: Book, zone: ZoneInfo, start: datetime, days: int) -> Term:
    """The close of the working day that is so many working days after this moment."""
    due = workdays.add_workdays(book, start.astimezone(zone).date(), days)
    return Term(datetime.combine(due.day, CLOSES, zone), due.certain)


def on(book: Book, zone: ZoneInfo, day: date) -> Term:
    """The close of this day, or of the first working day after it."""
    while not workdays.workday(book, day):
        day += timedelta(days=1)
    return Term(datetime.combine(day, CLOSES, zone), workdays.certain(book, day))


def rings(book: Book, zone: ZoneInfo, preset: Preset, sort: Sort, begun: datetime, term: datetime) -> Iterator[Bell]:
    """Everything that happens by itself while a desk does nothing, in order, without end for a duty."""
    last = term.astimezone(zone).date()
    early = _opening_on(book, zone, last, -preset.remind_days)
    if preset.remind_days and early > _end_of_day(begun, zone):
        yield Bell(early, Ring.REMIND, 1)
    if sort is not Sort.DUTY:
        yield Bell(term, Ring.OVER, 2)
        return
    yield Bell(max(datetime.combine(last, OPENS, zone), begun), Ring.DUE, 2)
    yield Bell(_opening_on(book, zone, last, min(preset.late_days, preset.grave_days)), Ring.LATE, 3)
    for times in count(1):
        yield Bell(_opening_on(book, zone, last, preset.grave_days * times), Ring.GRAVE, 3 + times)


def _end_of_day(moment: datetime, zone: ZoneInfo) -> datetime:
    return datetime.combine(moment.astimezone(zone).date(), time.max, zone)


def _opening_on(book: Book, zone: ZoneInfo, day: date, days: int) -> datetime:
    return datetime.combine(workdays.add_workdays(book, day, days).day, OPENS, zone)
