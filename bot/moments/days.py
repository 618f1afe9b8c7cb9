"""What a word for a day or an hour can mean, as lists of possible days and hours with the doubts that remain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

Over = Callable[[date], bool]
"""Whether a day is gone already for the speaker (for today: whether the hour that was said is gone)."""

HOUR = 3600
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Days:
    """The days that may be meant, likeliest first, and why they are not certain."""

    dates: tuple[date, ...]
    doubts: tuple[str, ...] = ()


IMPOSSIBLE = Days((), ("impossible",))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if 1900 <= year <= 2199 else None
    except ValueError:
        return None


def _shift(day: date, days: int) -> date | None:
    moved = day.toordinal() + days
    return date.fromordinal(moved) if 693_600 < moved < 803_000 else None


def _either(code: str, *dates: date | None) -> Days:
    found = tuple(sorted({d for d in dates if d}))
    if not found:
        return IMPOSSIBLE
    return Days(found, (code,) if len(found) > 1 else ())


class Day:
    """A word for a day; subclasses say which days it can mean."""

    __slots__ = ()
    weak: ClassVar[bool] = False
    """Also common as something else (3号 is a building): counts in a sentence only beside other words of time."""
    floating: ClassVar[bool] = False
    """Means the next such day, so that the end of a range is counted from its start."""

    def days(self, today: date, over: Over) -> Days:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class FullDate(Day):
    """2026年12月5日: a day with its year."""

    year: int
    month: int
    day: int

    def days(self, today: date, over: Over) -> Days:
        found = _date(self.year, self.month, self.day)
        return Days((found,)) if found else IMPOSSIBLE


@dataclass(frozen=True, slots=True)
class EitherOrder(Day):
    """5/12/2026: which number is the month depends on who writes."""

    year: int
    first: int
    second: int

    def days(self, today: date, over: Over) -> Days:
        return _either(
            "which_order", _date(self.year, self.first, self.second), _date(self.year, self.second, self.first)
        )


@dataclass(frozen=True, slots=True)
class YearShiftDate(Day):
    """明年3月5日: the year counted from this one."""

    years: int
    month: int
    day: int

    def days(self, today: date, over: Over) -> Days:
        return FullDate(today.year + self.years, self.month, self.day).days(today, over)


@dataclass(frozen=True, slots=True)
class MonthDay(Day):
    """12月5日: this year's, and once that is gone next year's, which is doubtful."""

    month: int
    day: int
    floating: ClassVar[bool] = True

    def days(self, today: date, over: Over) -> Days:
        this = _date(today.year, self.month, self.day)
        # Who names today's date means today, even if the hour is gone.
        if this and (this == today or not over(this)):
            return Days((this,))
        following = _date(today.year + 1, self.month, self.day)
        # A day long gone is hardly meant; one of the last half year may be (somebody tells what happened).
        gone = this if this and today - this < timedelta(days=183) else None
        found = tuple(d for d in (following, gone) if d)
        return Days(found, ("year_guessed",)) if found else IMPOSSIBLE


@dataclass(frozen=True, slots=True)
class LooseMonthDay(MonthDay):
    """12/5, 12.5, 12-05: month first, as Chinese readers write; in a sentence it may as well be a price or a score."""

    weak: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class MonthlyDay(Day):
    """5号: the next such day; doubtful when the last one is as near, or the month has no such day."""

    day: int
    weak: ClassVar[bool] = True
    floating: ClassVar[bool] = True

    def days(self, today: date, over: Over) -> Days:
        months = [MonthShiftDay(n, self.day).on(today) for n in (0, 1, 2)]
        this = months[0]
        if this and not over(this):
            return Days((this,))
        following = months[1]
        if this and following:
            if following - today <= today - this:
                return Days((following,))
            return Days((following, this), ("month_guessed",))
        near = next((d for d in months[1:] if d), None)
        return Days((near,) if near else (), ("impossible",))


@dataclass(frozen=True, slots=True)
class MonthShiftDay(Day):
    """下个月5号, 本月最后一天: the month counted from this one; day 0 is its last day."""

    months: int
    day: int
    vague: bool = False

    def on(self, today: date) -> date | None:
        index = today.year * 12 + today.month - 1 + self.months
        if self.day:
            return _date(index // 12, index % 12 + 1, self.day)
        first = _date((index + 1) // 12, (index + 1) % 12 + 1, 1)
        return first - timedelta(days=1) if first else None

    def days(self, today: date, over: Over) -> Days:
        found = self.on(today)
        if not found:
            return IMPOSSIBLE
        return Days((found,), ("vague",) if self.vague else ())


@dataclass(frozen=True, slots=True)
class MonthEnd(Day):
    """12月底, 年底: about the last day of a month."""

    month: int
    years: int | None = None

    def days(self, today: date, over: Over) -> Days:
        if not 1 <= self.month <= 12:
            return IMPOSSIBLE
        year = today.year + (self.years or 0)
        if self.years is None and self.month < today.month:
            year += 1
        return MonthShiftDay((year - today.year) * 12 + self.month - today.month, 0, vague=True).days(today, over)


@dataclass(frozen=True, slots=True)
class Vague(Day):
    """下周, 月初, 明年: a time, but no day."""

    def days(self, today: date, over: Over) -> Days:
        return Days((), ("vague",))


@dataclass(frozen=True, slots=True)
class Weekday(Day):
    """周五 (0 is Monday): the coming one, today included while its hour is ahead."""

    number: int
    floating: ClassVar[bool] = True

    def days(self, today: date, over: Over) -> Days:
        ahead = _shift(today, (self.number - today.weekday()) % 7)
        if ahead and over(ahead):
            ahead = _shift(ahead, 7)
        return _either("", ahead)


@dataclass(frozen=True, slots=True)
class WeekdayOf(Day):
    """下周五: the weekday of a calendar week that begins on Monday, `weeks` from this one."""

    number: int
    weeks: int

    def days(self, today: date, over: Over) -> Days:
        return _either("", _shift(today, self.weeks * 7 + self.number - today.weekday()))


@dataclass(frozen=True, slots=True)
class LooseWeekday(Day):
    """next Friday, 下个周五, this Friday: people differ about the week; `way` is -1, 0 or 1."""

    number: int
    way: int

    def days(self, today: date, over: Over) -> Days:
        of_week = _shift(today, self.way * 7 + self.number - today.weekday())
        if self.way == 0:
            return _either("which_day", of_week, _shift(today, (self.number - today.weekday()) % 7))
        if self.way < 0:
            return _either("which_day", of_week, _shift(today, -((today.weekday() - self.number - 1) % 7 + 1)))
        coming = _shift(today, (self.number - today.weekday() - 1) % 7 + 1)
        # For those whose week begins on Sunday.
        american = _shift(today, 7 + (self.number + 1) % 7 - (today.weekday() + 1) % 7)
        return _either("which_day", coming, of_week, american)


@dataclass(frozen=True, slots=True)
class OneOf(Day):
    """周末, 周六日: several days in one word; which one is for the person to say."""

    choices: tuple[Day, ...]

    def days(self, today: date, over: Over) -> Days:
        return _either("which_day", *(d for choice in self.choices for d in choice.days(today, over).dates))


@dataclass(frozen=True, slots=True)
class Shift(Day):
    """明天, 三天后, in 2 weeks: counted from today; `spoken` words (明天) are doubtful in the small hours."""

    count: int
    spoken: bool = False

    def days(self, today: date, over: Over) -> Days:
        return _either("", _shift(today, self.count))


@dataclass(frozen=True, slots=True)
class MonthsLater(Day):
    """两个月后: the same day of a later month; impossible where that month is too short."""

    count: int

    def days(self, today: date, over: Over) -> Days:
        return MonthShiftDay(self.count, today.day).days(today, over)


@dataclass(frozen=True, slots=True)
class Hours:
    """The seconds from midnight that a clock may mean (24:00 is 86,400), and the doubt when there are several."""

    seconds: tuple[int, ...]
    doubt: str = "which_half"


@dataclass(frozen=True, slots=True)
class Clock:
    """An hour as it was written: `exact` when it can only be read on a 24-hour clock, `half` is its own am or pm."""

    hour: int
    minute: int = 0
    second: int = 0
    exact: bool = False
    half: str = ""
    headless: bool = False
    """The 3 of 3-5点 and of 3-5pm: it borrows what stands at the end."""

    @property
    def bare(self) -> bool:
        """Whether nothing at the clock itself says which half of the day is meant."""
        return not self.exact and not self.half and 1 <= self.hour <= 12

    def hours(self, parts: tuple[str, ...]) -> Hours:
        """The meanings beside words like 下午; none when they contradict one another."""
        rest = self.minute * 60 + self.second
        if self.hour > 24 or rest >= HOUR or self.second > 59 or (self.hour == 24 and rest):
            return Hours(())
        words = (*parts, self.half) if self.half else parts
        if not words:
            both = self.bare and self.hour < 8
            found = (self.hour, self.hour + 12) if both else (self.hour,)
            return Hours(tuple(h * HOUR + rest for h in found))
        # 今晚凌晨1点: the small hours that follow the evening.
        if "evening" in words or "night" in words:
            words = tuple(w for w in words if w != "dawn")
        left = set(_hours(words[0], self.hour)).intersection(*(_hours(w, self.hour) for w in words[1:]))
        if self.half == "am" and self.hour == 12 and rest:
            left.discard(24)
        late = any(w in ("evening", "night", "midnight", "am") for w in words)
        return Hours(tuple(h * HOUR + rest for h in sorted(left)), "which_day" if late else "which_half")

    def other_half(self) -> int | None:
        """For a bare 8 to 12, which is taken as the morning's: the seconds twelve hours later."""
        if not self.bare or self.hour < 8:
            return None
        return (self.hour + 12) * HOUR + self.minute * 60 + self.second


def _hours(part: str, hour: int) -> tuple[int, ...]:
    """The hours from midnight that people mean by an hour beside a part of the day."""
    if part == "dawn":
        return (0,) if hour == 12 else (hour,) if hour <= 6 else ()
    if part == "am":
        # 12 am is the start of the day by the book, its end for many who write it.
        return (0, 24) if hour == 12 else (hour,) if hour < 12 else ()
    if part == "morning":
        return (0, 12) if hour == 12 else (hour,) if hour < 12 else ()
    if part == "noon":
        return (hour,) if 11 <= hour <= 14 else (hour + 12,) if 1 <= hour <= 3 else ()
    if part == "afternoon":
        return (hour,) if 12 <= hour < 24 else (hour + 12,) if 1 <= hour < 12 else ()
    if part == "dusk":
        return (hour,) if 16 <= hour <= 20 else (hour + 12,) if 4 <= hour <= 8 else ()
    if part == "midnight":
        return (0, 24)
    # Evening and night: 12 ends the day; the small hours belong to the next day for some and to this one for others.
    if hour == 12:
        return (24,)
    if hour < 5:
        return (hour, hour + 24)
    return (hour + 12,) if hour < 12 else (hour,) if hour >= 17 else ()
