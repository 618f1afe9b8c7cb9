"""Entitlements: who is given what, who has had how much this year, and the lists that officers work with."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from models import audiences, calendar
from models.base import Refused
from models.gifts import HELD, Entitlement, Gift, GiftKind, GiftState, Option
from models.house import house
from models.people import Account, Member, Unit


def of_member(session: Session, member: Member) -> list[Entitlement]:
    """What somebody is given, or was: what is still to be collected first."""
    query = (
        select(Entitlement)
        .join(Gift, Gift.id == Entitlement.gift_id)
        .where(Entitlement.member_id == member.id, HELD)
        .order_by(Entitlement.given_at.is_not(None), Gift.collect_until.desc(), Gift.id.desc())
        .limit(100)
    )
    return list(session.scalars(query))


def share(session: Session, gift: Gift, member: Member, *, lock: bool = False) -> Entitlement:
    """The member's share of a gift; to whoever has none it looks as if there were no gift."""
    query = select(Entitlement).where(Entitlement.gift_id == gift.id, Entitlement.member_id == member.id, HELD)
    if lock:
        query = query.with_for_update(of=Entitlement).execution_options(populate_existing=True)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise Refused("gifts.unknown")
    return found


def recipients(session: Session, gift: Gift) -> dict[int, int | None]:
    """Who is meant now, by number, each with the year of the birthday it is for (None: for no birthday)."""
    meant = [number for number in audiences.ids_of(session, gift.whom) if number not in set(gift.left_out)]
    if gift.kind is not GiftKind.BIRTHDAY or gift.month is None:
        return dict.fromkeys(meant)
    kept = celebrating(session, gift.month)
    given = select(Entitlement.member_id, Entitlement.birthday_year).where(
        Entitlement.gift_id != gift.id, HELD, Entitlement.birthday_year.is_not(None)
    )
    had = {(member, year) for member, year in session.execute(given)}
    return {number: kept[number] for number in meant if number in kept and (number, kept[number]) not in had}


def celebrating(session: Session, month: date) -> dict[int, int]:
    """Whose birthday is kept in the month, by number, each with that birthday's year of its own calendar."""
    days = [month.replace(day=1)]
    while (tomorrow := days[-1] + timedelta(days=1)).month == month.month:
        days.append(tomorrow)
    years: dict[tuple[object, ...], int] = {
        (each.calendar, each.month, each.day): each.year
        for day in days
        for each in calendar.kept_on(day)
        if each.missing in (None, calendar.Missing.BEFORE) and each.leapless in (None, calendar.Leapless.ORDINARY)
    }
    query = select(Member.id, Member.calendar, Member.born_month, Member.born_day)
    born = session.execute(query.where(Member.left_on.is_(None), Member.born_month.is_not(None)))
    return {number: years[tuple(birthday)] for number, *birthday in born if tuple(birthday) in years}


def cap_of(session: Session, gift: Gift) -> int | None:
    """What one member may be given of this kind in a year, in fen; None: there is no cap."""
    return house(session).gift_caps.get(gift.kind.value)


def spent(session: Session, gift: Gift, *, member: int | None = None, apart_from: int | None = None) -> dict[int, int]:
    """What members have had, or may still collect, of this kind in this year, in fen; one share may be left aside."""
    counts = or_(Gift.state == GiftState.OPEN, Entitlement.given_at.is_not(None))
    query = (
        select(Entitlement.member_id, func.sum(Entitlement.fen))
        .join(Gift, Gift.id == Entitlement.gift_id)
        .where(Gift.kind == gift.kind, Gift.year == gift.year, HELD, counts)
        .group_by(Entitlement.member_id)
    )
    if member is not None:
        query = query.where(Entitlement.member_id == member)
    if apart_from is not None:
        query = query.where(Entitlement.id != apart_from)
    return {number: int(fen) for number, fen in session.execute(query)}


@dataclass(frozen=True)
class Count:
    """How many of a department chose an option, and how many of these have it."""

    unit: str
    option: str  # empty: nothing chosen yet
    people: int
    given: int
    signed: int


def counts(session: Session, gift: Gift) -> list[Count]:
    """By department and option, in the order of the departments."""
    query = (
        select(
            func.coalesce(Unit.name, ""),
            func.coalesce(Option.title, ""),
            func.count(),
            func.count(Entitlement.given_at),
            func.count(Entitlement.signed_at),
        )
        .select_from(Entitlement)
        .join(Member, Member.id == Entitlement.member_id)
        .outerjoin(Unit, Unit.id == Member.unit_id)
        .outerjoin(Option, Option.id == Entitlement.option_id)
        .where(Entitlement.gift_id == gift.id, HELD)
        .group_by(Unit.name, Option.id, Option.title)
        .order_by(Unit.name, Option.id)
    )
    return [Count(*row) for row in session.execute(query)]


def shares(session: Session, gift: Gift, *which: ColumnElement[bool]) -> list[Entitlement]:
    """Everybody's share, department by department."""
    query = (
        select(Entitlement)
        .join(Member, Member.id == Entitlement.member_id)
        .outerjoin(Unit, Unit.id == Member.unit_id)
        .where(Entitlement.gift_id == gift.id, HELD, *which)
        .order_by(Unit.name, Member.number)
    )
    return list(session.scalars(query).unique())


def members_of(shares_: Iterable[Entitlement]) -> list[Member]:
    """The people behind some shares."""
    return [share_.member for share_ in shares_]


def called(session: Session, gift: Gift, words: str, limit: int = 12) -> list[Entitlement]:
    """The shares of those whose name or number it is; who has not collected theirs comes first."""
    words = words.replace("\0", "").strip()
    like = Member.name.contains(words, autoescape=True) | Member.number.startswith(words, autoescape=True)
    found = shares(session, gift, like)
    return sorted(found, key=lambda each: (each.given_at is not None, each.member.name != words))[:limit]


def givers(session: Session, gift: Gift) -> dict[int, str]:
    """The officers who have handed it out, by account."""
    query = (
        select(Account.id, func.coalesce(Member.name, Account.name))
        .join(Entitlement, Entitlement.given_by == Account.id)
        .outerjoin(Member, Member.id == Account.member_id)
        .where(Entitlement.gift_id == gift.id)
        .distinct()
    )
    return dict(session.execute(query).all())
