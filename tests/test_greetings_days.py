"""Ten years of greetings with a bot that is often down, a clock that jumps and a zone that changes, against an oracle.

GREETINGS_SEED plays one of them again; GREETINGS_DAYS makes it longer. The oracle knows the calendar from tyme4py, day
by day, and what the bot saw: the moments at which it was up, and what its clock and its zone said then.
"""

import os
import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from tyme4py.solar import SolarDay

from models import facts, greetings, rounds
from models.base import Base
from models.birthdays import BirthdayChoice, Way
from models.calendar import Leapless, Missing
from models.database import make_engine
from models.house import House
from models.letters import Letter, State
from models.people import Account, Calendar, Member

SEED = int(os.environ.get("GREETINGS_SEED", "20261122"))
DAYS = int(os.environ.get("GREETINGS_DAYS", "3650"))
ZONES = [ZoneInfo(name) for name in ("Asia/Shanghai", "Asia/Shanghai", "Europe/London", "America/Anchorage")]
ZONES += [ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Asia/Kolkata")]
FIRST_YEAR, LAST_YEAR = 1990, 2085  # the clock is not taken beyond
GROUP = -100_7
NINE, EVENING = time(9), time(21)
FESTIVALS = {  # (calendar, month, day) → its code; what is greeted from the first day, but for two
    ("solar", 1, 1): "festival:new_year",
    ("solar", 5, 1): "festival:labour",
    ("solar", 10, 1): "festival:national",
    ("lunar", 1, 1): "festival:spring_festival",
    ("lunar", 1, 15): "festival:lantern",
    ("lunar", 5, 5): "festival:dragon_boat",
    ("lunar", 8, 15): "festival:mid_autumn",
}


# The oracle's calendar


@dataclass(frozen=True)
class Born:
    """How somebody keeps a birthday, in the test's own words."""

    kind: str  # solar, lunar, leap
    month: int
    day: int
    after: bool  # a missing day is kept on the next one, else on the one before
    never: bool  # without the leap month not at all


@cache
def lunar(day: date) -> tuple[int, int, bool, int, int, bool]:
    """Lunar year, month, leap, day, length of the month; and whether the year has that month as a leap month too."""
    found = SolarDay.from_ymd(day.year, day.month, day.day).get_lunar_day()
    month = found.get_lunar_month()
    year = month.get_lunar_year()
    number = month.get_month_with_leap()
    doubled = year.get_leap_month() == abs(number)
    return year.get_year(), abs(number), number < 0, found.get_day(), month.get_day_count(), doubled


def birthday_key(born: Born, day: date) -> str | None:
    """Which birthday is kept on a day, as the year of its own calendar."""
    if born.kind == "solar":
        if (born.month, born.day) == (2, 29) and not _leaps(day.year):
            kept = (3, 1) if born.after else (2, 28)
        else:
            kept = (born.month, born.day)
        return f"solar-{day.year}" if (day.month, day.day) == kept else None
    for back in (0, 1):  # the thirtieth that is missing is kept on the next month's first day
        year, month, leap, number, length, doubled = lunar(day - timedelta(days=back))
        right = month == born.month and (not leap if born.kind == "lunar" else leap or (not doubled and not born.never))
        if not right:
            continue
        if back == 0 and (number == born.day or (number == length < born.day and not born.after)):
            return f"lunar-{year}"
        if back == 1 and born.after and number == length < born.day:
            return f"lunar-{year}"
    return None


def _leaps(year: int) -> bool:
    try:
        date(year, 2, 29)
    except ValueError:
        return False
    return True


def festival_keys(day: date) -> list[str]:
    """The letters to everybody that belong to a day."""
    year, month, leap, number, *_ = lunar(day)
    found = []
    if code := FESTIVALS.get(("solar", day.month, day.day)):
        found.append(f"{code}:{day.year}")
    if not leap and (code := FESTIVALS.get(("lunar", month, number))):
        found.append(f"{code}:{year}")
    term = SolarDay.from_ymd(day.year, day.month, day.day).get_term_day()
    if term.get_day_index() == 0 and term.get_solar_term().get_name() == "清明":
        found.append(f"festival:qingming:{day.year}")
    return found


# The people


@dataclass(frozen=True)
class Someone:
    """One of the staff, as the oracle knows them."""

    id: int
    born: Born
    way: Way
    joined: date | None
    gone: bool  # has left, or is left in peace


def people(dice: random.Random) -> list[Someone]:
    """The awkward days more often than life has them."""
    found = []
    for number in range(1, 61):
        kind = dice.choice(["solar", "solar", "lunar", "lunar", "leap"])
        month, day = dice.randint(1, 12), dice.choice([1, 15, 29, 30, dice.randint(1, 28)])
        if kind == "solar":
            month, day = dice.choice([(2, 29), (3, 1), (2, 28), (12, 31), (1, 1), (month, dice.randint(1, 28))])
        born = Born(kind, month, day, dice.random() < 0.4, dice.random() < 0.4)
        way = dice.choice([Way.PRIVATE, Way.PRIVATE, Way.GROUP, Way.GROUP, Way.FESTIVALS, Way.NOTHING])
        joined = dice.choice([None, date(1988, 2, 29), date(1980, dice.randint(1, 12), dice.randint(1, 28))])
        found.append(Someone(number, born, way, joined, dice.random() < 0.1))
    return found


CALENDARS = {"solar": Calendar.SOLAR, "lunar": Calendar.LUNAR, "leap": Calendar.LUNAR_LEAP}


def settle_in(session: Session, staff: list[Someone], now: datetime) -> None:
    """The same people as rows; half of them said their birthday themselves, and the roster is wrong about them."""
    for each in staff:
        own = each.id % 2 == 0
        roster = (CALENDARS[each.born.kind], each.born.month, each.born.day) if not own else (Calendar.SOLAR, 7, 7)
        left_on = date(2000, 1, 1) if each.gone and each.id % 4 < 2 else None
        session.add(
            Member(
                id=each.id,
                number=f"{each.id:04d}",
                name=f"M{each.id}",
                kinds=[],
                tags=[],
                joined_on=each.joined,
                left_on=left_on,
                calendar=roster[0],
                born_month=roster[1],
                born_day=roster[2],
            )
        )
        session.flush()
        session.add(Account(id=1000 + each.id, member_id=each.id, name="", first_at=now, bound_at=now, reachable=True))
        session.add(
            BirthdayChoice(
                member_id=each.id,
                way=each.way,
                calendar=CALENDARS[each.born.kind] if own else None,
                month=each.born.month if own else None,
                day=each.born.day if own else None,
                missing=Missing.AFTER if each.born.after else Missing.BEFORE,
                leapless=Leapless.NEVER if each.born.never else Leapless.ORDINARY,
                paused=each.gone and left_on is None,
            )
        )
    facts.put(session, facts.STAFF_GROUP, GROUP)


def expected(staff: list[Someone], day: date) -> set[str]:
    """The keys of the letters that belong to a day."""
    found: set[str] = set()
    festivals = festival_keys(day)
    in_group = False
    for each in staff:
        if each.gone or each.way is Way.NOTHING:
            continue
        found |= {f"{festival}:m{each.id}" for festival in festivals}
        if each.way is Way.FESTIVALS:
            continue
        if (key := birthday_key(each.born, day)) is not None:
            found.add(f"birthday:{key}:m{each.id}")
            in_group = in_group or each.way is Way.GROUP
        if each.joined is not None and each.joined < day and each.joined.year != day.year and _anniversary(each, day):
            found.add(f"anniversary:{day.year}:m{each.id}")
    return found | ({f"birthday:group:{day}"} if in_group else set())


def _anniversary(each: Someone, day: date) -> bool:
    assert each.joined is not None
    month, number = each.joined.month, each.joined.day
    if (month, number) == (2, 29) and not _leaps(day.year):
        number = 28
    return (day.month, day.day) == (month, number)


# The years


class Years:
    """The bot's life: a clock of its own, a zone of its own, and a line that is not always there."""

    def __init__(self, engine: Engine, dice: random.Random) -> None:
        self.engine, self.dice = engine, dice
        self.now = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
        self.zone = ZONES[0]
        self.waiting = False  # the line was not there
        self.staff = people(dice)
        self.due: set[str] = set()  # what was due while the bot was up and its line was there
        self.sent: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.events: Counter[str] = Counter()
        with self.session() as session, session.begin():
            settle_in(session, self.staff, self.now)

    def session(self) -> Session:
        return Session(self.engine, info={"house": House(zone=self.zone)}, expire_on_commit=False)

    def live(self, days: int) -> None:
        """So many days in turns of a few hours, each of which may go wrong."""
        turns = days * 8
        for _ in range(turns):
            self.now += timedelta(hours=3, seconds=self.dice.randint(-600, 600))
            self.disturb()
            if self.dice.random() < 0.45:
                self.events["down"] += 1
                continue
            self.work(line=self.dice.random() < 0.85)

    def disturb(self) -> None:
        """Now and then the clock jumps or the zone changes; rather often while letters lie there and cannot go."""
        chance, often = self.dice.random(), 0.2 if self.waiting else 0.01
        if chance < often:
            seconds = self.dice.choice([1, 60, 3600, 10 * 3600, 86_400, 86_400, 30 * 86_400, 3650 * 86_400])
            jump = timedelta(seconds=self.dice.choice([-1, 1]) * self.dice.randint(1, seconds))
            if FIRST_YEAR < (self.now + jump).year < LAST_YEAR:
                self.now += jump
                self.events["jump"] += 1
        elif chance < 2 * often:
            self.zone = self.dice.choice(ZONES)
            self.events["zone"] += 1

    def work(self, *, line: bool) -> None:
        """One tick, and if the line is there everything that may go; several at once, as the delivery does."""
        with self.session() as session, session.begin():
            greetings.greet_due(session, self.now)
        self.waiting = not line
        if not line:
            self.events["no line"] += 1
            return
        local = self.now.astimezone(self.zone)
        if NINE <= local.time() < EVENING:
            self.due |= expected(self.staff, local.date())
        while True:
            with self.session() as session, session.begin():
                taken, more = rounds.take(session, self.now, 200, set())
                numbers = [(letter.id, letter.tries, reader.chat_id) for letter, reader in taken]
                for letter, _ in taken:
                    self.said(letter.key, local)
            with self.session() as session, session.begin():
                for number, tries, chat in numbers:
                    rounds.arrived(session, number, tries, chat, number, None, self.now)
            if not numbers and not more:
                return

    def said(self, key: str, local: datetime) -> None:
        """A letter goes out at this moment by the clock here."""
        self.sent[key] += 1
        if key not in expected(self.staff, local.date()) or not NINE <= local.time() < EVENING:
            self.wrong.append(f"{key} on {local}")


def play(folder: Path, seed: int, days: int) -> Years:
    """Live the years on a database of their own."""
    engine = make_engine(f"sqlite:///{folder}/years.db", pool=1)
    Base.metadata.create_all(engine)
    years = Years(engine, random.Random(seed))
    try:
        years.live(days)
    finally:
        engine.dispose()
    return years


@pytest.mark.slow
def test_ten_years_none_missed_none_doubled_none_on_a_wrong_day(tmp_path: Path) -> None:
    years = play(tmp_path, SEED, DAYS)
    print(f"seed {SEED}: {len(years.sent)} greetings, {len(years.due)} due, {dict(years.events)}")
    doubled = [key for key, count in years.sent.items() if count > 1]
    assert not years.wrong, f"seed {SEED}: on a wrong day {years.wrong[:5]}"
    assert not doubled, f"seed {SEED}: doubled {doubled[:5]}"
    missed = years.due - set(years.sent)
    assert not missed, f"seed {SEED}: missed {sorted(missed)[:5]}"
    assert len(years.due) > DAYS // 2  # it was no idle watch
    assert set(years.sent) == years.due
    assert all(years.events[each] > 5 for each in ("jump", "zone", "down", "no line"))
    with years.session() as session:
        assert not session.scalars(select(Letter.id).where(Letter.state == State.SENDING)).all()


def test_the_oracle_knows_the_days_that_trap_others() -> None:
    """So that an oracle that says nothing does not prove anything."""
    assert birthday_key(Born("lunar", 8, 15, False, False), date(1978, 9, 17)) == "lunar-1978"
    assert birthday_key(Born("solar", 2, 29, False, False), date(2027, 2, 28)) == "solar-2027"
    assert birthday_key(Born("solar", 2, 29, True, False), date(2027, 3, 1)) == "solar-2027"
    assert birthday_key(Born("lunar", 12, 30, False, False), date(2027, 2, 5)) == "lunar-2026"
    assert birthday_key(Born("lunar", 12, 30, True, False), date(2027, 2, 6)) == "lunar-2026"
    assert birthday_key(Born("leap", 6, 3, False, False), date(2025, 7, 27)) == "lunar-2025"
    assert birthday_key(Born("leap", 6, 3, False, False), date(2025, 6, 28)) is None
    assert birthday_key(Born("leap", 6, 3, False, False), date(2026, 7, 16)) == "lunar-2026"
    assert birthday_key(Born("leap", 6, 3, False, True), date(2026, 7, 16)) is None
    assert festival_keys(date(2027, 2, 6)) == ["festival:spring_festival:2027"]
    assert festival_keys(date(2026, 4, 5)) == ["festival:qingming:2026"]
