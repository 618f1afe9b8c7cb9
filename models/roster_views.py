"""The roster as officers look at it: how it stands, who has not come to the bot yet, and all of it as rows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.base import Refused
from models.people import Account, Calendar, Member, Person, Role, Unit
from models.sheets import Cell
from models.traces import trace

FIELDS = ("number", "name", "sex", "unit", "born", "calendar", "joined", "phone", "kinds", "tags")


@dataclass(frozen=True)
class Standing:
    """The roster in numbers."""

    active: int
    bound: int
    left: int
    units: int


def standing(session: Session) -> Standing:
    """How many there are, how many use the bot, how many have gone."""
    active = session.scalar(select(func.count()).select_from(Member).where(Member.left_on.is_(None))) or 0
    bound = (
        session.scalar(select(func.count()).select_from(Account).join(Account.member).where(Member.left_on.is_(None)))
        or 0
    )
    left = session.scalar(select(func.count()).select_from(Member).where(Member.left_on.is_not(None))) or 0
    units = (
        session.scalar(
            select(func.count(func.distinct(Member.unit_id))).where(
                Member.left_on.is_(None), Member.unit_id.is_not(None)
            )
        )
        or 0
    )
    return Standing(active, bound, left, units)


def unbound(session: Session) -> list[Member]:
    """Who works here and has not come to the bot yet, department by department."""
    query = (
        select(Member)
        .outerjoin(Account, Account.member_id == Member.id)
        .outerjoin(Unit, Unit.id == Member.unit_id)
        .where(Member.left_on.is_(None), Account.id.is_(None))
        .order_by(Unit.name, Member.number)
    )
    return list(session.scalars(query).unique())


def export(session: Session, by: Person, words: Callable[[str, str], str], now: datetime) -> list[list[Cell]]:
    """Everybody who works here, in the columns of `FIELDS`; `words(kind, value)` names sexes and calendars."""
    if not by.may(Role.ADMIN):
        raise Refused("common.not_allowed")
    trace(session, by, "roster.exported", "roster", now)
    query = select(Member).where(Member.left_on.is_(None)).order_by(Member.number)
    return [
        [
            member.number,
            member.name,
            words("sex", member.sex.value) if member.sex else "",
            member.unit.name if member.unit else "",
            birthday(member),
            words("calendar", (member.calendar or Calendar.SOLAR).value) if member.born_month else "",
            member.joined_on.isoformat() if member.joined_on else "",
            member.phone,
            "、".join(member.kinds),
            "、".join(member.tags),
        ]
        for member in session.scalars(query).unique()
    ]


def birthday(member: Member) -> str:
    """Year, month and day of the member's own calendar, as an import reads them."""
    if not member.born_month or not member.born_day:
        return ""
    short = f"{member.born_month:02d}-{member.born_day:02d}"
    return f"{member.born_year:04d}-{short}" if member.born_year else short
