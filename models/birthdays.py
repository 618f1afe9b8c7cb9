"""Birthdays: how each person keeps theirs and wants to be greeted, and who is left in peace.

The roster says when somebody was born. What they say themselves stands beside it and goes before it, so that an import
does not undo it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, Select, and_, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import calendar
from models.base import Base, Level, Privacy, Refused, choice
from models.calendar import Birthday, Leapless, LunarDate, Missing
from models.house import house
from models.people import Account, Calendar, Member, Person, by_id
from models.traces import trace
from models.upsert import insert_new

PAGE_OPEN = timedelta(minutes=30)  # how long after a look at their page a bare date is taken for a birthday
PAUSES = (30, 100, 365, 0)  # days; 0: until it is lifted


class Way(StrEnum):
    """How somebody wants to be greeted."""

    PRIVATE = "private"
    GROUP = "group"  # privately, and by name in the staff group
    FESTIVALS = "festivals"  # not on their birthday
    NOTHING = "nothing"


class BirthdayChoice(Base):
    """How a member keeps their birthday and wants to be greeted, and whether officers have them left in peace."""

    __tablename__ = "birthday_choices"
    privacy = Privacy(Level.CONTACT, whose="member_id", forget=True)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), unique=True)
    way: Mapped[Way] = mapped_column(choice(Way), default=Way.PRIVATE)
    calendar: Mapped[Calendar | None] = mapped_column(choice(Calendar))  # with month and day: what they said themselves
    month: Mapped[int | None]
    day: Mapped[int | None]
    missing: Mapped[Missing] = mapped_column(choice(Missing), default=Missing.BEFORE)
    leapless: Mapped[Leapless] = mapped_column(choice(Leapless), default=Leapless.ORDINARY)
    paused: Mapped[bool] = mapped_column(default=False)
    paused_until: Mapped[date | None]  # the last day; None: until it is lifted
    looked_at: Mapped[datetime | None]  # when they last had their page open


@dataclass(frozen=True)
class Celebrant:
    """Somebody with a birthday."""

    member: Member
    choice: BirthdayChoice | None
    birthday: Birthday
    year: int  # of the birthday's own calendar

    @property
    def key(self) -> str:
        """Which birthday this is; one that was kept by the other calendar is another."""
        return f"{'solar' if self.birthday.calendar is Calendar.SOLAR else 'lunar'}-{self.year}"

    def wants(self, *ways: Way) -> bool:
        return (self.choice.way if self.choice else Way.PRIVATE) in ways


def chosen(session: Session, member: Member) -> BirthdayChoice | None:
    """What a member has chosen; None: nothing yet."""
    return session.scalars(select(BirthdayChoice).where(BirthdayChoice.member_id == member.id)).one_or_none()


def of(member: Member, mine: BirthdayChoice | None) -> Birthday | None:
    """The birthday somebody keeps: as they said it themselves, else as the roster has it."""
    missing = mine.missing if mine else Missing.BEFORE
    leapless = mine.leapless if mine else Leapless.ORDINARY
    if mine is not None and mine.month is not None and mine.day is not None:
        return Birthday(mine.calendar or Calendar.SOLAR, mine.month, mine.day, missing, leapless)
    if member.born_month is None or member.born_day is None:
        return None
    try:
        return Birthday(member.calendar, member.born_month, member.born_day, missing, leapless)
    except ValueError:  # an old roster may hold a day that never was
        return None


def peaceful(mine: BirthdayChoice | None, today: date) -> bool:
    """Whether officers have this person left in peace."""
    return mine is not None and mine.paused and (mine.paused_until is None or today <= mine.paused_until)


def on_day(session: Session, day: date) -> list[Celebrant]:
    """Whose birthday is kept on a day, left in peace or not; who left is not among them."""
    kept = calendar.kept_on(day)
    c, m, d = _effective()
    fits = or_(*(and_(c == each.calendar, m == each.month, d == each.day) for each in kept))
    found: list[Celebrant] = []
    for member, mine in session.execute(_people().where(fits)).unique():
        birthday = of(member, mine)
        year = next((each.year for each in kept if birthday is not None and each.fits(birthday)), None)
        if birthday is not None and year is not None:
            found.append(Celebrant(member, mine, birthday, year))
    return found


def between(session: Session, first: date, last: date) -> dict[date, list[Celebrant]]:
    """Whose birthdays are kept on the days from `first` to `last`."""
    kept: dict[tuple[Calendar, int, int], list[tuple[date, calendar.Kept]]] = {}
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        for each in calendar.kept_on(day):
            kept.setdefault((each.calendar, each.month, each.day), []).append((day, each))
    found: dict[date, list[Celebrant]] = {}
    for member, mine in session.execute(_people()).unique():
        birthday = of(member, mine)
        if birthday is None:
            continue
        for day, each in kept.get((birthday.calendar, birthday.month, birthday.day), ()):
            if each.fits(birthday):
                found.setdefault(day, []).append(Celebrant(member, mine, birthday, each.year))
    return found


def _people() -> Select[Member, BirthdayChoice]:
    """Everybody who works here, with what they chose; None where they have chosen nothing."""
    return (
        select(Member, BirthdayChoice)
        .outerjoin(BirthdayChoice, BirthdayChoice.member_id == Member.id)
        .where(Member.left_on.is_(None))
        .order_by(Member.number)
    )


def _effective() -> tuple[ColumnElement[Calendar], ColumnElement[int], ColumnElement[int]]:
    """Calendar, month and day as somebody keeps them: the same as `of`, for the database."""
    return (
        func.coalesce(BirthdayChoice.calendar, Member.calendar),
        func.coalesce(BirthdayChoice.month, Member.born_month),
        func.coalesce(BirthdayChoice.day, Member.born_day),
    )


def coming(birthday: Birthday, today: date) -> date | None:
    """The next day on which a birthday is kept."""
    found = calendar.birthdays(birthday, today, today + timedelta(days=800))
    return found[0][1] if found else None


def as_lunar(member: Member) -> Birthday | None:
    """The lunar birthday of somebody of whom the roster knows the solar date and the year."""
    if member.calendar is not Calendar.SOLAR or None in (member.born_year, member.born_month, member.born_day):
        return None
    try:
        born: LunarDate = calendar.lunar(date(member.born_year or 0, member.born_month or 0, member.born_day or 0))
        return Birthday(Calendar.LUNAR_LEAP if born.leap else Calendar.LUNAR, born.month, born.day)
    except ValueError:
        return None


def _mine(session: Session, member: Member) -> BirthdayChoice:
    row = {"member_id": member.id, "way": Way.PRIVATE, "missing": Missing.BEFORE, "leapless": Leapless.ORDINARY}
    insert_new(session, BirthdayChoice, [{**row, "paused": False}], returning=BirthdayChoice.id)
    query = select(BirthdayChoice).where(BirthdayChoice.member_id == member.id).with_for_update()
    return session.scalars(query).one()


def look(session: Session, member: Member, now: datetime) -> BirthdayChoice:
    """They have their page open: a date that comes next is their birthday."""
    mine = _mine(session, member)
    mine.looked_at = now
    return mine


def looking(session: Session, member: Member, now: datetime) -> bool:
    """Whether they have had their page open just now."""
    mine = chosen(session, member)
    return mine is not None and mine.looked_at is not None and abs(now - mine.looked_at) < PAGE_OPEN


def keep(session: Session, member: Member, birthday: Birthday | None, now: datetime) -> BirthdayChoice:
    """This is their birthday from now on; None: what the roster says."""
    mine = look(session, member, now)
    mine.calendar = birthday.calendar if birthday else None
    mine.month, mine.day = (birthday.month, birthday.day) if birthday else (None, None)
    return mine


def prefer(session: Session, member: Member, way: str, now: datetime) -> BirthdayChoice:
    """How they want to be greeted."""
    if way not in list(Way):
        raise Refused("common.old_button")
    mine = look(session, member, now)
    mine.way = Way(way)
    return mine


def set_missing(session: Session, member: Member, missing: str, now: datetime) -> BirthdayChoice:
    """What they keep when the month has no such day."""
    if missing not in list(Missing):
        raise Refused("common.old_button")
    mine = look(session, member, now)
    mine.missing = Missing(missing)
    return mine


def set_leapless(session: Session, member: Member, leapless: str, now: datetime) -> BirthdayChoice:
    """What they keep when the year has no such leap month."""
    if leapless not in list(Leapless):
        raise Refused("common.old_button")
    mine = look(session, member, now)
    mine.leapless = Leapless(leapless)
    return mine


def leave_in_peace(session: Session, member_id: int, days: int, by: Person, now: datetime) -> BirthdayChoice:
    """No greeting to this person for so many days, or until it is lifted; they are not told."""
    if days not in PAUSES:
        raise Refused("common.old_button")
    mine = _mine(session, by_id(session, member_id))
    today = house(session).local(now).date()
    mine.paused, mine.paused_until = True, today + timedelta(days=days) if days else None
    trace(session, by, "greetings.paused", f"member:{member_id}", now, days=days)
    return mine


def greet_again(session: Session, member_id: int, by: Person, now: datetime) -> None:
    """They are greeted again."""
    mine = _mine(session, by_id(session, member_id))
    if mine.paused:
        mine.paused, mine.paused_until = False, None
        trace(session, by, "greetings.unpaused", f"member:{member_id}", now)


def left_in_peace(session: Session, today: date) -> list[tuple[Member, BirthdayChoice]]:
    """Who is left in peace now."""
    rows = session.execute(_people().where(BirthdayChoice.paused)).unique()
    return [(member, mine) for member, mine in rows if mine is not None and peaceful(mine, today)]


def unwilling(session: Session, today: date) -> set[int]:
    """The members who are not to be greeted on festivals: left in peace, or by their own wish."""
    query = select(BirthdayChoice).where(or_(BirthdayChoice.paused, BirthdayChoice.way == Way.NOTHING))
    return {mine.member_id for mine in session.scalars(query) if mine.way is Way.NOTHING or peaceful(mine, today)}


def with_accounts(session: Session, members: Iterable[int]) -> dict[int, Account]:
    """The accounts of these members that can be written to."""
    wanted = list(members)
    found: dict[int, Account] = {}
    for first in range(0, len(wanted), 900):
        query = select(Account).where(Account.member_id.in_(wanted[first : first + 900]), Account.reachable)
        found |= {account.member_id: account for account in session.scalars(query).unique() if account.member_id}
    return found
