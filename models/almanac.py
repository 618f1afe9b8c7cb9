"""The almanac: what is greeted in a month, for officers to look through beforehand."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from models import birthdays, greetings, occasions, workdays
from models.birthdays import Way
from models.occasions import Kind

NAMES = 12  # on one line


@dataclass
class Day:
    """What comes on one day."""

    on: date
    occasions: list[str | dict[str, Any]] = field(default_factory=list)  # their titles
    names: list[str] = field(default_factory=list)  # whose birthday it is
    more: int = 0  # names that are not shown
    quiet: int = 0  # people who are not greeted, by their own wish or because they are left in peace


def month(session: Session, year: int, number: int) -> list[Day]:
    """The days of a month on which somebody is greeted."""
    first = date(year, number, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    known = workdays.book(session)
    enabled = occasions.enabled(session)
    general = [each for each in enabled if not each.personal]
    celebrated = {}
    if any(each.kind is Kind.BIRTHDAY for each in enabled):
        celebrated = birthdays.between(session, first, last)
    found: list[Day] = []
    for on in (first + timedelta(days=day) for day in range((last - first).days + 1)):
        day = Day(on, [greetings.title(each) for each in general if occasions.comes_on(each, on, known)])
        for each in celebrated.get(on, []):
            if each.wants(Way.PRIVATE, Way.GROUP) and not birthdays.peaceful(each.choice, on):
                day.names.append(each.member.name)
            else:
                day.quiet += 1
        day.more = max(0, len(day.names) - NAMES)
        day.names = day.names[:NAMES]
        if day.occasions or day.names or day.quiet:
            found.append(day)
    return found
