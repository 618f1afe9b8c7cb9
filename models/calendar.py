"""The calendar: lunar days, birthdays in either calendar, solar terms, festivals, the hottest and the coldest days.

Everything here is computed, from lunar_python through a table of one lunar year at a time; it knows 1900 to 2100.
What a government decides from year to year, holidays and the workdays that make up for them, is in `workdays`.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from math import floor

from lunar_python import LunarYear

from models.people import Calendar

FIRST, LAST = 1900, 2100  # lunar years
_EPOCH = 1721425  # Julian day of the day before 1 January of the year 1
_DAY = timedelta(days=1)


class Missing(StrEnum):
    """What one keeps when the month has no such day: 29 February, or the thirtieth (三十) of a lunar month."""

    BEFORE = "before"  # the month's last day: 28 February, 廿九
    AFTER = "after"  # the day after it: 1 March, 初一


class Leapless(StrEnum):
    """What one keeps who was born in a leap month, when the year has no such leap month."""

    ORDINARY = "ordinary"  # the ordinary month of that number
    NEVER = "never"  # nothing: only years with that leap month count


@dataclass(frozen=True, slots=True)
class LunarDate:
    """A day of the lunar calendar; `leap` says that it lies in the leap month that follows the month of its number."""

    year: int
    month: int
    day: int
    leap: bool = False


@dataclass(frozen=True, slots=True)
class Month:
    """One lunar month as it really is."""

    number: int
    leap: bool
    days: int
    first: int  # ordinal of its first day


@dataclass(frozen=True, slots=True)
class Birthday:
    """How somebody keeps a birthday."""

    calendar: Calendar
    month: int
    day: int
    missing: Missing = Missing.BEFORE
    leapless: Leapless = Leapless.ORDINARY

    def __post_init__(self) -> None:
        if self.calendar is Calendar.SOLAR:
            date(2000, self.month, self.day)  # a leap year
        elif not (1 <= self.month <= 12 and 1 <= self.day <= 30):
            raise ValueError(f"no lunar year has a day {self.month}/{self.day}")


@dataclass(frozen=True, slots=True)
class Kept:
    """Birthdays that are kept on a day: those with these columns. A rule that is None does not matter."""

    calendar: Calendar
    month: int
    day: int
    year: int  # the birthday's own year, lunar for lunar ones: twice in one year of the wall calendar is two of these
    missing: Missing | None = None
    leapless: Leapless | None = None

    def fits(self, birthday: Birthday) -> bool:
        """Whether this birthday is one of them."""
        return (
            (self.calendar, self.month, self.day) == (birthday.calendar, birthday.month, birthday.day)
            and self.missing in (None, birthday.missing)
            and self.leapless in (None, birthday.leapless)
        )


@cache
def months(year: int) -> tuple[Month, ...]:
    """The months of a lunar year in their order. The first question about a year costs a few milliseconds."""
    if not FIRST <= year <= LAST:
        raise ValueError(f"the lunar year {year} is not known, only {FIRST} to {LAST}")
    # Not LunarYear.fromYear: its one-year cache is shared, and an error in it would leave its lock taken.
    return tuple(
        Month(abs(month.getMonth()), month.getMonth() < 0, month.getDayCount(), _ordinal(month.getFirstJulianDay()))
        for month in LunarYear(year).getMonths()
        if month.getYear() == year
    )


@cache
def _terms(year: int) -> tuple[date, ...]:
    days = LunarYear(year).getJieQiJulianDays()  # from 大雪 and 冬至 of the year before
    return tuple(date.fromordinal(_ordinal(day)) for day in days[2:26])


def _ordinal(julian: float) -> int:
    return floor(julian + 0.5) - _EPOCH


def lunar(on: date) -> LunarDate:
    """The lunar date of a day."""
    ordinal = on.toordinal()
    year = on.year if on.year <= LAST and ordinal >= months(on.year)[0].first else on.year - 1
    table = months(year)
    month = table[bisect_right(table, ordinal, key=lambda each: each.first) - 1]
    day = ordinal - month.first + 1
    if day > month.days:
        raise ValueError(f"{on} is after the lunar year {LAST}")
    return LunarDate(year, month.number, day, month.leap)


def solar(on: LunarDate) -> date | None:
    """The day of a lunar date; None if that year has no such month, or the month no such day."""
    month = _month(on.year, on.month, on.leap)
    if month is None or not 1 <= on.day <= month.days:
        return None
    return date.fromordinal(month.first + on.day - 1)


def _month(year: int, number: int, leap: bool) -> Month | None:
    return next((month for month in months(year) if month.number == number and month.leap == leap), None)


def birthday_in(birthday: Birthday, year: int) -> date | None:
    """The day a birthday is kept for a year of its own calendar; None if that year has none."""
    if birthday.calendar is Calendar.SOLAR:
        if (birthday.month, birthday.day) == (2, 29) and not _has_29_february(year):
            return date(year, 2, 28) if birthday.missing is Missing.BEFORE else date(year, 3, 1)
        return date(year, birthday.month, birthday.day)
    month = _month(year, birthday.month, birthday.calendar is Calendar.LUNAR_LEAP)
    if month is None and birthday.leapless is Leapless.ORDINARY:
        month = _month(year, birthday.month, False)
    if month is None:
        return None
    after = birthday.missing is Missing.AFTER
    return date.fromordinal(month.first + min(birthday.day, month.days + after) - 1)


def birthdays(birthday: Birthday, start: date, end: date) -> list[tuple[int, date]]:
    """The days from `start` to `end` (both included) on which it is kept, each with its year of its own calendar.

    A lunar one comes twice in some years of the wall calendar and never in others; its lunar year tells them apart.
    """
    first, last = start.year, end.year
    if birthday.calendar is not Calendar.SOLAR:
        first, last = lunar(start).year - 1, lunar(end).year  # the 30th may be kept on the next year's first day
        first = max(first, FIRST)
    found = ((year, birthday_in(birthday, year)) for year in range(first, last + 1))
    return [(year, day) for year, day in found if day is not None and start <= day <= end]


def kept_on(day: date) -> list[Kept]:
    """Which birthdays are kept on a day, as columns, so that nobody's birthday has to be converted."""
    found = [Kept(Calendar.SOLAR, day.month, day.day, day.year)]
    if not _has_29_february(day.year):
        if (day.month, day.day) == (2, 28):
            found.append(Kept(Calendar.SOLAR, 2, 29, day.year, Missing.BEFORE))
        if (day.month, day.day) == (3, 1):
            found.append(Kept(Calendar.SOLAR, 2, 29, day.year, Missing.AFTER))
    today = lunar(day)
    found += _kept_in(today, today.day, None)
    month = _month(today.year, today.month, today.leap)
    assert month is not None
    if today.day == month.days == 29:
        found += _kept_in(today, 30, Missing.BEFORE)
    if today.day == 1 and day.toordinal() > months(FIRST)[0].first:
        yesterday = lunar(day - _DAY)
        if yesterday.day == 29:
            found += _kept_in(yesterday, 30, Missing.AFTER)
    return found


def _kept_in(month: LunarDate, day: int, missing: Missing | None) -> Iterator[Kept]:
    """Who was born on that day of that month, or of the leap month in whose place it stands."""
    calendar = Calendar.LUNAR_LEAP if month.leap else Calendar.LUNAR
    yield Kept(calendar, month.month, day, month.year, missing)
    if not month.leap and _month(month.year, month.month, True) is None:
        yield Kept(Calendar.LUNAR_LEAP, month.month, day, month.year, missing, Leapless.ORDINARY)


def _has_29_february(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


class Term(StrEnum):
    """The twenty-four solar terms (节气), in the order of the year."""

    XIAOHAN = "xiaohan"
    DAHAN = "dahan"
    LICHUN = "lichun"
    YUSHUI = "yushui"
    JINGZHE = "jingzhe"
    CHUNFEN = "chunfen"
    QINGMING = "qingming"
    GUYU = "guyu"
    LIXIA = "lixia"
    XIAOMAN = "xiaoman"
    MANGZHONG = "mangzhong"
    XIAZHI = "xiazhi"
    XIAOSHU = "xiaoshu"
    DASHU = "dashu"
    LIQIU = "liqiu"
    CHUSHU = "chushu"
    BAILU = "bailu"
    QIUFEN = "qiufen"
    HANLU = "hanlu"
    SHUANGJIANG = "shuangjiang"
    LIDONG = "lidong"
    XIAOXUE = "xiaoxue"
    DAXUE = "daxue"
    DONGZHI = "dongzhi"


def solar_term(year: int, term: Term) -> date:
    """The day on which a solar term begins."""
    return _terms(year)[list(Term).index(term)]


def term_on(day: date) -> Term | None:
    """The solar term that begins on a day."""
    terms = _terms(day.year)
    return list(Term)[terms.index(day)] if day in terms else None


class Festival(StrEnum):
    """Days that a union greets; their names are in the locales."""

    NEW_YEAR = "new_year"
    LABA = "laba"
    LITTLE_NEW_YEAR = "little_new_year"  # the northern one, 腊月廿三
    SPRING_FESTIVAL_EVE = "spring_festival_eve"
    SPRING_FESTIVAL = "spring_festival"
    LANTERN = "lantern"
    WOMEN = "women"
    QINGMING = "qingming"
    LABOUR = "labour"
    YOUTH = "youth"
    CHILDREN = "children"
    DRAGON_BOAT = "dragon_boat"
    PARTY = "party"
    ARMY = "army"
    QIXI = "qixi"
    TEACHERS = "teachers"
    MID_AUTUMN = "mid_autumn"
    NATIONAL = "national"
    CHONGYANG = "chongyang"
    WINTER_SOLSTICE = "winter_solstice"


_BY_DAY = {
    (1, 1): Festival.NEW_YEAR,
    (3, 8): Festival.WOMEN,
    (5, 1): Festival.LABOUR,
    (5, 4): Festival.YOUTH,
    (6, 1): Festival.CHILDREN,
    (7, 1): Festival.PARTY,
    (8, 1): Festival.ARMY,
    (9, 10): Festival.TEACHERS,
    (10, 1): Festival.NATIONAL,
}
_BY_LUNAR_DAY = {
    (1, 1): Festival.SPRING_FESTIVAL,
    (1, 15): Festival.LANTERN,
    (5, 5): Festival.DRAGON_BOAT,
    (7, 7): Festival.QIXI,
    (8, 15): Festival.MID_AUTUMN,
    (9, 9): Festival.CHONGYANG,
    (12, 8): Festival.LABA,
    (12, 23): Festival.LITTLE_NEW_YEAR,
}
_BY_TERM = {Term.QINGMING: Festival.QINGMING, Term.DONGZHI: Festival.WINTER_SOLSTICE}


def festivals_on(day: date) -> tuple[Festival, ...]:
    """The festivals of a day; now and then there are two."""
    today = lunar(day)
    term = term_on(day)
    found = [
        _BY_DAY.get((day.month, day.day)),
        None if today.leap else _BY_LUNAR_DAY.get((today.month, today.day)),
        _BY_TERM.get(term) if term else None,
        Festival.SPRING_FESTIVAL_EVE if _is_last_of_year(today) else None,
    ]
    return tuple(festival for festival in found if festival is not None)


def next_festival(day: date, among: Collection[Festival] = tuple(Festival)) -> tuple[date, Festival]:
    """The first of these festivals on or after a day."""
    for on in (day + timedelta(days=ahead) for ahead in range(400)):  # 腊八 may take more than a year of days
        if found := next((each for each in festivals_on(on) if each in among), None):
            return on, found
    raise ValueError("none of these festivals")


def _is_last_of_year(day: LunarDate) -> bool:
    return day.month == 12 and solar(LunarDate(day.year, 12, day.day + 1)) is None


class DogDays(StrEnum):
    """The three stretches of the hottest days (三伏)."""

    FIRST = "first"
    MIDDLE = "middle"  # ten days in some years, twenty in others
    LAST = "last"


def dog_days(year: int) -> dict[DogDays, date]:
    """The days on which 头伏, 中伏 and 末伏 begin; the last one has ten days."""
    third = _geng(solar_term(year, Term.XIAZHI)) + timedelta(days=20)
    last = _geng(solar_term(year, Term.LIQIU))
    return {DogDays.FIRST: third, DogDays.MIDDLE: third + timedelta(days=10), DogDays.LAST: last}


def _geng(day: date) -> date:
    """The first 庚 day on or after a day; they come every ten days."""
    return day + timedelta(days=(2 - day.toordinal()) % 10)


def dog_days_on(day: date) -> tuple[DogDays, int] | None:
    """In which of them a day lies, and as which day of it."""
    for stretch, first in reversed(dog_days(day.year).items()):
        if day >= first:
            number = (day - first).days + 1
            return (stretch, number) if stretch is not DogDays.LAST or number <= 10 else None
    return None


def nines_on(day: date) -> tuple[int, int] | None:
    """In which of the nine nines after the winter solstice (数九) a day lies, and as which day of it."""
    solstice = solar_term(day.year, Term.DONGZHI)
    since = (day - (solstice if day >= solstice else solar_term(day.year - 1, Term.DONGZHI))).days
    return (since // 9 + 1, since % 9 + 1) if since < 81 else None
