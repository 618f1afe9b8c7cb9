"""Occasions: rules that name the days on which the union greets people, and what officers decide about each.

Those that everybody knows come with the program; the institute's own days are added by officers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import calendar, workdays
from models.audiences import Audience
from models.base import Base, Level, Privacy, Refused, choice
from models.calendar import Birthday, DogDays, Festival, Term
from models.people import Calendar, Person, Sex
from models.traces import trace
from models.upsert import insert_new
from models.workdays import Book

NINE = time(9, 0)
HOURS = (7, 8, 9, 10, 12, 14, 16, 18)  # that can be chosen
EVENING = time(21, 0)  # what has not gone by then is not sent any more
LOOK_AHEAD = 10  # days; no holiday is longer
BIRTHDAY, ANNIVERSARY = "birthday", "anniversary"  # codes


class Kind(StrEnum):
    """What names the day."""

    BIRTHDAY = "birthday"  # everybody's own
    ANNIVERSARY = "anniversary"  # of the day somebody came to the institute
    FESTIVAL = "festival"
    TERM = "term"  # one of the twenty-four solar terms
    DOG_DAYS = "dog_days"  # the first day of one of the three hottest stretches
    NINES = "nines"  # the first day of one of the nine nines of winter
    OWN = "own"  # the institute's own day


class Occasion(Base):
    """One reason to greet: on or off, at which hour, whom, with a card or without."""

    __tablename__ = "occasions"
    privacy = Privacy(Level.PUBLIC)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)  # festival:mid_autumn
    kind: Mapped[Kind] = mapped_column(choice(Kind))
    enabled: Mapped[bool] = mapped_column(default=False)
    at: Mapped[time] = mapped_column(default=NINE)
    audience: Mapped[dict[str, Any]] = mapped_column(default=dict)
    early: Mapped[bool] = mapped_column(default=False)  # on the last working day before, if the day is not worked
    card: Mapped[bool] = mapped_column(default=True)
    name: Mapped[str] = mapped_column(default="")  # of an own day; the others' names are in the locales
    calendar: Mapped[Calendar | None] = mapped_column(choice(Calendar))
    month: Mapped[int | None]
    day: Mapped[int | None]

    @property
    def theme(self) -> str:
        """What stands after the colon of its code: mid_autumn."""
        return self.code.partition(":")[2]

    @property
    def whom(self) -> Audience:
        return Audience(**self.audience)

    @property
    def personal(self) -> bool:
        """Whether everybody has a day of their own."""
        return self.kind in (Kind.BIRTHDAY, Kind.ANNIVERSARY)

    @property
    def sober(self) -> bool:
        """Whether it is a day to remember the dead, on which nobody is wished joy."""
        return self.theme == Festival.QINGMING

    @property
    def words(self) -> str:
        """Which of the wishes that come with the program fit."""
        if self.kind is Kind.FESTIVAL:
            return self.theme
        if self.kind is Kind.TERM:
            return SEASONS[(list(Term).index(Term(self.theme)) - 2) // 6]
        return {Kind.DOG_DAYS: "heat", Kind.NINES: "cold"}.get(self.kind, self.kind.value)


@dataclass(frozen=True)
class Coming:
    """That an occasion comes on a day, and as which one: of what year of its own calendar."""

    occasion: Occasion
    year: int
    on: date  # the day it is about; it may be greeted before


SEASONS = ("spring", "summer", "autumn", "winter")  # six terms each, from the third of the year (立春)
_LUNAR = frozenset(
    {
        Festival.LABA,
        Festival.LITTLE_NEW_YEAR,
        Festival.SPRING_FESTIVAL_EVE,
        Festival.SPRING_FESTIVAL,
        Festival.LANTERN,
        Festival.DRAGON_BOAT,
        Festival.QIXI,
        Festival.MID_AUTUMN,
        Festival.CHONGYANG,
    }
)
_FROM_THE_FIRST_DAY = frozenset(
    {
        Festival.NEW_YEAR,
        Festival.SPRING_FESTIVAL,
        Festival.LANTERN,
        Festival.WOMEN,
        Festival.QINGMING,
        Festival.LABOUR,
        Festival.DRAGON_BOAT,
        Festival.MID_AUTUMN,
        Festival.NATIONAL,
    }
)


def _shipped() -> Iterator[dict[str, Any]]:
    def row(kind: Kind, theme: str = "", *, enabled: bool = False, **more: Any) -> dict[str, Any]:
        code = f"{kind}:{theme}" if theme else kind.value
        common = {"kind": kind, "at": NINE, "audience": {}, "early": False, "card": True, "name": ""}
        return {**common, "code": code, "enabled": enabled, **more}

    yield row(Kind.BIRTHDAY, enabled=True)
    yield row(Kind.ANNIVERSARY, enabled=True)
    women = {"audience": Audience(sex=Sex.WOMAN).kept()}
    for festival in Festival:
        more = women if festival is Festival.WOMEN else {"card": False} if festival is Festival.QINGMING else {}
        yield row(Kind.FESTIVAL, festival.value, enabled=festival in _FROM_THE_FIRST_DAY, **more)
    for term in Term:
        if term not in (Term.QINGMING, Term.DONGZHI):  # festivals too
            yield row(Kind.TERM, term.value)
    for stretch in DogDays:
        yield row(Kind.DOG_DAYS, stretch.value)
    for nine in (1, 3):
        yield row(Kind.NINES, str(nine))


SHIPPED = tuple(_shipped())


def ensure(session: Session) -> None:
    """Have the occasions that come with the program; what officers decided about them stays."""
    codes = select(func.count()).where(Occasion.kind != Kind.OWN)
    if session.scalar(codes) != len(SHIPPED):
        insert_new(session, Occasion, SHIPPED, returning=Occasion.id)


def by_id(session: Session, number: int, *, lock: bool = False) -> Occasion:
    """One occasion."""
    found = session.get(Occasion, number, with_for_update=True if lock else None)
    if found is None:
        raise Refused("greetings.unknown")
    return found


def by_code(session: Session, code: str) -> Occasion:
    """The occasion of that code."""
    ensure(session)
    return session.scalars(select(Occasion).where(Occasion.code == code)).one()


def of_kinds(session: Session, *kinds: Kind) -> list[Occasion]:
    """All occasions of some kinds, in the order of the year."""
    ensure(session)
    return list(session.scalars(select(Occasion).where(Occasion.kind.in_(kinds)).order_by(Occasion.id)))


def enabled(session: Session) -> list[Occasion]:
    """Those that are greeted."""
    ensure(session)
    return list(session.scalars(select(Occasion).where(Occasion.enabled).order_by(Occasion.id)))


def falls_on(occasion: Occasion, day: date) -> int | None:
    """Of which year, in its own calendar, the occasion's day is this; None if it is not."""
    match occasion.kind:
        case Kind.FESTIVAL:
            festival = Festival(occasion.theme)
            if festival in calendar.festivals_on(day):
                return calendar.lunar(day).year if festival in _LUNAR else day.year
        case Kind.TERM:
            return day.year if calendar.term_on(day) == occasion.theme else None
        case Kind.DOG_DAYS:
            return day.year if calendar.dog_days(day.year)[DogDays(occasion.theme)] == day else None
        case Kind.NINES:
            return day.year if calendar.nines_on(day) == (int(occasion.theme), 1) else None
        case Kind.OWN:
            assert occasion.calendar is not None
            assert occasion.month is not None
            assert occasion.day is not None
            own = Birthday(occasion.calendar, occasion.month, occasion.day)
            return next((kept.year for kept in calendar.kept_on(day) if kept.fits(own)), None)
    return None


def comes_on(occasion: Occasion, day: date, known: Book) -> Coming | None:
    """Whether the occasion is greeted on a day: its own, or the last working day before if officers want it early."""
    if not occasion.early:
        year = falls_on(occasion, day)
        return Coming(occasion, year, day) if year is not None else None
    for ahead in range(LOOK_AHEAD + 1):
        on = day + timedelta(days=ahead)
        year = falls_on(occasion, on)
        if year is not None and _worked_before(known, on) == day:
            return Coming(occasion, year, on)
    return None


def _worked_before(known: Book, on: date) -> date:
    """The last working day up to a day; the day itself if there is none near."""
    days = (on - timedelta(days=back) for back in range(LOOK_AHEAD + 1))
    return next((day for day in days if workdays.workday(known, day)), on)


def switch(session: Session, number: int, by: Person, now: datetime, *, on: bool) -> Occasion:
    """Greet it from now on, or no more."""
    occasion = by_id(session, number, lock=True)
    if occasion.enabled is not on:
        occasion.enabled = on
        trace(session, by, "greetings.enabled" if on else "greetings.disabled", f"occasion:{number}", now)
    return occasion


def set_hour(session: Session, number: int, hour: int, by: Person, now: datetime) -> Occasion:
    """From which hour of the day it is greeted."""
    if hour not in HOURS:
        raise Refused("common.old_button")
    occasion = by_id(session, number, lock=True)
    occasion.at = time(hour)
    trace(session, by, "greetings.hour", f"occasion:{number}", now, hour=hour)
    return occasion


def set_card(session: Session, number: int, *, on: bool) -> Occasion:
    """With a card, or with words alone."""
    occasion = by_id(session, number, lock=True)
    occasion.card = on
    return occasion


def set_early(session: Session, number: int, *, on: bool) -> Occasion:
    """On the last working day before, if the day itself is not worked."""
    occasion = by_id(session, number, lock=True)
    if occasion.personal:
        raise Refused("common.old_button")
    occasion.early = on
    return occasion


def address(session: Session, number: int, whom: Audience, by: Person, now: datetime) -> Occasion:
    """Whom it is for."""
    occasion = by_id(session, number, lock=True)
    occasion.audience = whom.kept()
    trace(session, by, "greetings.addressed", f"occasion:{number}", now)
    return occasion


def add_own(session: Session, name: str, on: Birthday, by: Person, now: datetime) -> Occasion:
    """Add one of the institute's own days; it is greeted from now on."""
    highest = session.scalar(select(func.max(Occasion.id))) or 0
    occasion = Occasion(code=f"{Kind.OWN}:{highest + 1}", kind=Kind.OWN, enabled=True, at=NINE, audience={}, name=name)
    occasion.early, occasion.card = False, True
    occasion.calendar, occasion.month, occasion.day = on.calendar, on.month, on.day
    session.add(occasion)
    session.flush()
    trace(session, by, "greetings.added", f"occasion:{occasion.id}", now)
    return occasion
