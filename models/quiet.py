"""Quiet hours: when letters that can wait do wait."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from models.house import House
from models.people import Account


@dataclass(frozen=True)
class Night:
    """One stretch of quiet hours."""

    since: datetime
    until: datetime


def hours(house: House, account: Account | None) -> tuple[time, time]:
    """From when until when a reader wants peace; equal times mean never."""
    since, until = house.quiet_from, house.quiet_until
    if account is not None:
        since = account.quiet_from if account.quiet_from is not None else since
        until = account.quiet_until if account.quiet_until is not None else until
    return since, until


def night(moment: datetime, house: House, account: Account | None) -> Night | None:
    """The quiet stretch in which the moment lies, by the wall clock here; None by day."""
    since, until = hours(house, account)
    if since == until:
        return None
    today = house.local(moment).date()
    for day in (today - timedelta(days=1), today):
        begin = datetime.combine(day, since, house.zone).astimezone(UTC)
        morning = day if since < until else day + timedelta(days=1)
        end = datetime.combine(morning, until, house.zone).astimezone(UTC)
        if begin <= moment < end:
            return Night(begin, end)
    return None
