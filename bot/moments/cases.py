"""What one phrase of time means to the person who says it now: the cases it can be, and the doubts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from bot.moments.days import (
    DAY,
    HOUR,
    Clock,
    Day,
    Days,
    LooseWeekday,
    MonthDay,
    MonthlyDay,
    OneOf,
    Over,
    Shift,
    Vague,
    Weekday,
    WeekdayOf,
)
from bot.moments.phrases import Group, Phrase

Expect = Literal["moment", "day", "clock"]
Moment = datetime | date
Case = tuple[Moment, Moment | None]
"""A start and, for a range, its end."""

_ROLLED = frozenset({"year_guessed", "month_guessed", "which_day", "which_order"})
_BEIJING = frozenset({"Asia/Shanghai", "PRC", "Asia/Chongqing", "Asia/Harbin", "Asia/Chungking"})


_SEVERAL = _ROLLED | {"which_half", "twice", "no_day", "weekday_mismatch"}
"""Doubts that say why there is more than one meaning."""


class Speaker:
    """Reads one phrase for somebody who says it at `now`, an aware moment in the zone."""

    def __init__(self, phrase: Phrase, now: datetime, zone: ZoneInfo, expect: Expect) -> None:
        self.phrase, self.now, self.zone, self.expect = phrase, now, zone, expect
        self.today = now.date()
        self.instant = now.astimezone(UTC)
        self.doubts: set[str] = set()

    def cases(self) -> list[Case]:
        """Every meaning of the phrase, likeliest first; `doubts` then says why they are not one certain meaning."""
        first, last = self.phrase.first, self.phrase.last
        marks = [*first.marks, *(last.marks if last else [])]
        for mark in marks:
            if mark.code == "feast":
                # 国庆节周五下午3点 has its day; the day of 元旦上午十点 would be guessed.
                self.doubts.update([] if first.days else ["feast"])
            elif mark.code != "beijing":
                self.doubts.add(mark.code)
            elif self.zone.key not in _BEIJING:
                self.doubts.add("other_zone")
        cases: list[Case] = []
        if not any(mark.fatal for mark in marks) and not self.doubts & {"other_zone", "feast"}:
            cases = [case for start in self.starts() for case in self.with_ends(start)]
            self.judge(cases)
        return cases

    def judge(self, cases: list[Case]) -> None:
        """Name the doubts that concern the outcome as a whole."""
        if self.expect == "day":
            if self.phrase.first.timed or self.phrase.first.parts:
                self.doubts.add("extra_time")
        elif "impossible" not in self.doubts and (
            not self.phrase.first.timed or any(not isinstance(m, datetime) for case in cases for m in case if m)
        ):
            self.doubts.add("no_time")
        if self.expect == "clock":
            if self.phrase.first.days:
                self.doubts.add("extra_day")
            elif not self.phrase.first.timed:
                cases.clear()
        elif cases and all(self.gone(end if self.phrase.first.whole and end else start) for start, end in cases):
            self.doubts.add("past")
        if len(cases) > 1 and not self.doubts & _SEVERAL:
            self.doubts.add("which_day")

    def gone(self, moment: Moment) -> bool:
        # Two moments of one zone are compared by their wall clocks, wrong where the hour repeats: hence UTC.
        if isinstance(moment, datetime):
            return moment.astimezone(UTC) < self.instant
        return moment < self.today

    # --- the start ---

    def starts(self) -> list[Moment]:
        group = self.phrase.first
        if group.exact:
            return self.exact(group)
        if not group.timed or self.expect == "day":
            if not group.days:
                self.doubts.add("no_day")
                return []
            return list(self.choose(group, lambda d: d < self.today).dates)
        seconds = self.seconds(group)
        if not seconds:
            return []
        if group.days:
            pairs = self.on_days(group, seconds)
        elif self.expect == "clock":
            pairs = [(self.today, s) for s in seconds]
        else:
            pairs = self.without_day(group, seconds)
        if len({s for _, s in pairs}) > 1:
            self.doubts.add(self.half_doubt)
        return [m for day, s in dict.fromkeys(pairs) for m in self.moments(day, s)]

    def exact(self, group: Group) -> list[Moment]:
        assert group.exact is not None
        try:
            if group.exact.at:
                moment = group.exact.at.astimezone(self.zone)
            else:
                # Elapsed time is counted in UTC; a promise "in two hours" is never kept early, hence the next minute.
                instant = self.instant + (group.exact.after or timedelta())
                whole = instant.replace(second=0, microsecond=0)
                moment = (whole if whole == instant else whole + timedelta(minutes=1)).astimezone(self.zone)
        except (OverflowError, ValueError):
            self.doubts.add("impossible")
            return []
        return [moment.date()] if self.expect == "day" else [moment]

    def seconds(self, group: Group) -> tuple[int, ...]:
        """What the clock of the phrase's start may mean, in seconds from midnight."""
        self.half_doubt = "which_half"
        if group.whole or group.clock is None:
            return (0,)
        hours = group.clock.hours(tuple(group.parts))
        self.half_doubt = hours.doubt
        borrowed = self.borrowed(group.clock, group.parts)
        if borrowed is not None:
            return (borrowed,)
        if not hours.seconds:
            self.doubts.add("impossible")
        return hours.seconds

    def borrowed(self, clock: Clock, parts: list[str]) -> int | None:
        """For 3-5pm: the start is the latest such hour before the end."""
        last = self.phrase.last
        if not last or not last.clock or parts or not clock.bare or last.days:
            return None
        if not last.clock.half and not (clock.headless and last.parts):
            return None
        ends = last.clock.hours(tuple(last.parts)).seconds
        rest = clock.minute * 60 + clock.second
        before = [
            h * HOUR + rest for h in (clock.hour % 12, clock.hour % 12 + 12) if ends and h * HOUR + rest < ends[0]
        ]
        return max(before) if before and len(ends) == 1 else None

    def on_days(self, group: Group, seconds: tuple[int, ...]) -> list[tuple[date, int]]:
        pairs: list[tuple[date, int]] = []
        for s in seconds:
            pairs += [(d, s) for d in self.choose(group, self.over(DAY if group.whole else s)).dates]
        other = self.other_half(group)
        if other is not None and self.too_late(self.today, seconds[0]) and not self.too_late(self.today, other):
            # 周五9点 said on Friday at two: this evening's nine or next Friday's morning.
            today_meant = self.today in self.choose(group, lambda d: d < self.today).dates
            if today_meant:
                return [(self.today, other), *pairs]
        # 今天5点 said at two o'clock: of one day's two hours the one ahead is meant.
        ahead = {d for d, s in pairs if not self.too_late(d, s)}
        return [(d, s) for d, s in pairs if d not in ahead or not self.too_late(d, s)]

    def without_day(self, group: Group, seconds: tuple[int, ...]) -> list[tuple[date, int]]:
        """An hour without a day is today's while it is ahead; midnight is the coming one."""
        if group.whole:
            self.doubts.add("no_day")
            return []
        if seconds == (0,) and self.too_late(self.today, 0):
            return [(self.today, DAY)]
        ahead = [(self.today, s) for s in seconds if not self.too_late(self.today, s)]
        if self.phrase.touched:
            # 次日下午3点, 元旦会餐下午3点: the word before the hour may well be its day.
            self.doubts.add("no_day")
        if ahead:
            return ahead
        self.doubts.add("no_day")
        other = self.other_half(group)
        first = [(self.today, other)] if other is not None and not self.too_late(self.today, other) else []
        tomorrow = self.today + timedelta(days=1)
        return first + [(tomorrow, s) for s in seconds] + [(self.today, s) for s in seconds if not first]

    def other_half(self, group: Group) -> int | None:
        """The evening's hour that a bare 8 to 12 might mean as well; a firm end (8:30-17:30) rules it out."""
        last = self.phrase.last
        if group.clock is None or group.parts or (last and last.clock and (last.parts or not last.clock.bare)):
            return None
        return group.clock.other_half()

    def over(self, seconds: int) -> Over:
        return lambda day: self.too_late(day, seconds)

    def too_late(self, day: date, seconds: int) -> bool:
        if day != self.today:
            return day < self.today
        moments, _ = _moments(day, seconds, self.zone)
        return all(self.gone(m) for m in moments)

    def moments(self, day: date, seconds: int) -> list[datetime]:
        moments, doubt = _moments(day, seconds, self.zone)
        if doubt:
            self.doubts.add(doubt)
        return list(moments)

    # --- days ---

    def choose(self, group: Group, over: Over) -> Days:
        """The days on which all the words for a day agree."""
        days = [d for d in group.days if not isinstance(d, Vague)]
        if len(days) < len(group.days):
            self.doubts.add("vague")
        if not days:
            return Days(())
        days.sort(key=lambda d: isinstance(d, Weekday | WeekdayOf | LooseWeekday | OneOf))
        chosen = self.days_of(days[0], over)
        for check in days[1:]:
            chosen = self.agree(chosen, check)
        self.doubts.update(chosen.doubts)
        return chosen

    def days_of(self, day: Day, over: Over) -> Days:
        found = day.days(self.today, over)
        # 明天 said at one in the night is, for most, the day that has just begun.
        if isinstance(day, Shift) and day.spoken and day.count > 0 and self.now.hour < 5:
            return Days((*(d - timedelta(days=1) for d in found.dates), *found.dates), ("which_day",))
        return found

    def agree(self, chosen: Days, check: Day) -> Days:
        if type(check) is Weekday or isinstance(check, Weekday):
            kept = tuple(d for d in chosen.dates if d.weekday() == check.number)
        else:
            others = self.days_of(check, lambda d: False)
            kept = tuple(d for d in chosen.dates if d in others.dates)
        if not kept:
            more = self.days_of(check, lambda d: d < self.today).dates
            dates = tuple(dict.fromkeys((*chosen.dates, *more)))
            return Days(dates, (*chosen.doubts, "weekday_mismatch"))
        return Days(kept, tuple(d for d in chosen.doubts if d not in _ROLLED) if len(kept) == 1 else chosen.doubts)

    # --- the end ---

    def with_ends(self, start: Moment) -> list[Case]:
        last = self.phrase.last
        if last is None:
            if self.phrase.first.whole and isinstance(start, datetime):
                return [(start, m) for m in self.moments(start.date(), DAY)]
            return [(start, None)]
        ends = self.ends(start, last)
        if not ends:
            self.doubts.add("end_before" if not self.doubts & {"impossible", "vague"} else "impossible")
            return [(start, None)]
        return [(start, end) for end in ends]

    def ends(self, start: Moment, last: Group) -> list[Moment]:
        if last.exact:
            return [m for m in self.exact(last) if _after(m, start)]
        days = self.end_days(start, last)
        if not last.timed or self.expect == "day":
            return [d for d in days if _after(d, start)]
        if last.whole or last.clock is None:
            return [m for d in days for m in self.moments(d, DAY)]
        if not isinstance(start, datetime):
            hours = last.clock.hours(tuple(last.parts))
            if len(hours.seconds) > 1:
                self.doubts.add(hours.doubt)
            return [m for d in days for s in hours.seconds for m in self.moments(d, s)] if last.days else []
        if last.days and days != [start.date()]:
            hours = last.clock.hours(tuple(last.parts))
            if len(hours.seconds) > 1:
                self.doubts.add(hours.doubt)
            found = [m for d in days for s in hours.seconds for m in self.moments(d, s)]
            return [m for m in found if _after(m, start)]
        return self.end_clock(start, last)

    def end_clock(self, start: datetime, last: Group) -> list[Moment]:
        """The end on the day of the start, or in the night that follows it."""
        clock = last.clock
        assert clock is not None
        # Seconds are counted on the wall from the start's midnight (the start may itself be 24:00).
        begin = start.hour * HOUR + start.minute * 60 + start.second
        late = begin >= 18 * HOUR
        if clock.bare and not last.parts:
            rest = clock.minute * 60 + clock.second
            choices = [h * HOUR + rest for h in (clock.hour % 12, clock.hour % 12 + 12, clock.hour % 12 + 24)]
            first_clock = self.phrase.first.clock
            picked = next((s for s in choices if s > begin), None)
            # 14:00-4:00: who writes 14 would have written 16.
            if picked is not None and first_clock and first_clock.exact and picked // HOUR % 24 != clock.hour:
                self.doubts.add("which_half")
        else:
            seconds = clock.hours(tuple(last.parts)).seconds
            if not seconds:
                self.doubts.add("impossible")
            picked = next((s for s in (*seconds, *(s + DAY for s in seconds)) if s > begin), None)
        if picked is None or (picked > DAY and not (late and picked <= DAY + 8 * HOUR)):
            return []
        return [m for m in self.moments(start.date(), picked) if _after(m, start)]

    def end_days(self, start: Moment, last: Group) -> list[date]:
        """The day of the end: words like 周五 and 7日 are counted from the start."""
        begin = start.date() if isinstance(start, datetime) else start
        if not last.days:
            return [begin]
        found: list[date] = []
        for day in last.days:
            counted = begin if day.floating else self.today
            choice = day.days(counted, lambda d: d < begin)
            dates = choice.dates
            if isinstance(day, MonthDay | MonthlyDay) and dates:
                # 7日到5日 is a slip, not four weeks.
                far = 90 if isinstance(day, MonthDay) else 20
                dates = tuple(d for d in dates[:1] if d.month == begin.month or (d - begin).days <= far)
            self.doubts.update(d for d in choice.doubts if d not in ("year_guessed", "month_guessed"))
            agreed = [d for d in dates if not found or d in found]
            if found and not agreed:
                self.doubts.add("weekday_mismatch")
            found = agreed or [*found, *dates]
        return [d for d in found if d >= begin]


def _after(end: Moment, start: Moment) -> bool:
    if isinstance(end, datetime) and isinstance(start, datetime):
        return end.astimezone(UTC) > start.astimezone(UTC)
    day_of_end = end.date() if isinstance(end, datetime) else end
    return day_of_end >= (start.date() if isinstance(start, datetime) else start)


@lru_cache(maxsize=1024)
def _moments(day: date, seconds: int, zone: ZoneInfo) -> tuple[tuple[datetime, ...], str]:
    """The moments at which the wall shows this: none in the hour that summer time skips, two in the one it repeats.

    For a skipped hour the moment that a clock not yet put forward would show is given as what to offer.
    """
    try:
        wall = datetime.combine(day + timedelta(days=seconds // DAY), time()) + timedelta(seconds=seconds % DAY)
        first, second = wall.replace(tzinfo=zone), wall.replace(tzinfo=zone, fold=1)
        shown = first.astimezone(UTC).astimezone(zone)
    except (OverflowError, ValueError):
        return (), "impossible"
    if shown.replace(tzinfo=None, fold=0) != wall:
        return (shown,), "impossible"
    if first.utcoffset() != second.utcoffset():
        return (first, second), "twice"
    return (first,), ""
