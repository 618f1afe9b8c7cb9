"""Dates and times as people type them, in Chinese and English: read surely, or doubted aloud; never guessed.

The rules and what they were measured against stand in docs/decisions/0003-reading-dates.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.moments.cases import Case, Expect, Moment, Speaker
from bot.moments.numerals import Plain, plain
from bot.moments.phrases import Phrase, leftovers, phrases

__all__ = ["DOUBTS", "LONGEST", "Expect", "Found", "Moment", "Reading", "find", "read"]

LONGEST = 200
"""Signs beyond which `read` does not try: nobody types a date that long."""
_LONGEST_TEXT = 4096

DOUBTS = (
    "empty", "too_long", "unread", "lunar", "feast", "recurring", "several", "impossible", "end_before",
    "weekday_mismatch", "which_order", "which_day", "which_half", "twice", "year_guessed", "month_guessed", "vague",
    "no_day", "no_time", "extra_day", "extra_time", "other_zone", "past",
)  # fmt: skip
"""Every doubt there is, weightiest first; a Reading names them in this order."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the words mean, or what has to be asked.

    `value` is set only when exactly one meaning was found: an aware datetime in the zone, or a date where no hour was
    said. Without `doubts` it is certain. With several meanings it is None and `options` has them all, likeliest first,
    each with its `ends` entry. `rest` is the part of what was typed that is not about time.
    """

    value: Moment | None = None
    end: Moment | None = None
    doubts: tuple[str, ...] = ()
    options: tuple[Moment, ...] = ()
    ends: tuple[Moment | None, ...] = ()
    rest: str = ""
    role: str | None = None

    @property
    def certain(self) -> bool:
        """Whether it may be filled in without a question."""
        return self.value is not None and not self.doubts


@dataclass(frozen=True, slots=True)
class Found:
    """A date or time inside a sentence: text[start:end], what it means, and its role if that is said."""

    start: int
    end: int
    reading: Reading

    @property
    def role(self) -> str | None:
        """ "by" for 截止 and 前, "start" for 开始 and from, "end" for 结束 and until, else None."""
        return self.reading.role


def read(text: str, now: datetime, zone: ZoneInfo, *, expect: Expect = "moment") -> Reading:
    """Read an answer that should be one moment (day, clock) and nothing else.

    "day" gives a date. "clock" gives the moment on the day of `now` in the zone, without asking whether it is past:
    pass the midnight of the day that is already known. ValueError when `now` has no zone.
    """
    here = _local(now, zone)
    typed = text.strip()
    if len(typed) > LONGEST * 4:
        return Reading(doubts=("too_long",), rest=typed)
    reduced = plain(typed)
    if len(reduced.text) > LONGEST:
        return Reading(doubts=("too_long",), rest=typed)
    found, loose = phrases(reduced.text)
    rest = _rest(typed, reduced, leftovers(reduced.text, found, loose))
    if not found:
        return Reading(doubts=("unread",) if rest else ("empty",), rest=rest)
    readings = [_one(phrase, here, zone, expect) for phrase in found]
    doubts = {doubt for reading in readings for doubt in reading.doubts}
    if rest:
        doubts.add("unread")
    if len(readings) == 1:
        return _reading(_cases(readings[0]), doubts, rest, readings[0].role)
    return _reading([c for reading in readings for c in _cases(reading)], doubts | {"several"}, rest, None)


def find(text: str, now: datetime, zone: ZoneInfo) -> list[Found]:
    """Every date and time inside a sentence, in order; words after the first 4,096 signs are not looked at."""
    here = _local(now, zone)
    reduced = plain(text[:_LONGEST_TEXT])
    found = []
    for phrase in phrases(reduced.text)[0]:
        if not phrase.weak:
            start, end = reduced.span(phrase.start, phrase.end)
            found.append(Found(start, end, _one(phrase, here, zone, "moment")))
    return found


def _local(now: datetime, zone: ZoneInfo) -> datetime:
    if now.utcoffset() is None:
        raise ValueError("now must be aware")
    return now.astimezone(zone)


def _rest(typed: str, reduced: Plain, places: Iterable[tuple[int, int]]) -> str:
    spans = [reduced.span(start, end) for start, end in places]
    return " ".join(typed[start:end].strip() for start, end in spans).strip()


def _one(phrase: Phrase, here: datetime, zone: ZoneInfo, expect: Expect) -> Reading:
    speaker = Speaker(phrase, here, zone, expect)
    return _reading(speaker.cases(), speaker.doubts, "", phrase.role)


def _cases(reading: Reading) -> list[Case]:
    if reading.options:
        return list(zip(reading.options, reading.ends, strict=True))
    return [(reading.value, reading.end)] if reading.value is not None else []


def _reading(cases: list[Case], doubts: Iterable[str], rest: str, role: str | None) -> Reading:
    # Python takes the two moments of a repeated hour for equal: what sets them apart is the offset from UTC.
    cases = list({tuple(m.isoformat() if m else "" for m in case): case for case in cases}.values())
    named = set(doubts)
    ordered = tuple(d for d in DOUBTS if d in named)
    if len(cases) == 1 and "impossible" not in named and "several" not in named:
        return Reading(cases[0][0], cases[0][1], ordered, rest=rest, role=role)
    options, ends = tuple(c[0] for c in cases), tuple(c[1] for c in cases)
    return Reading(None, None, ordered, options, ends, rest, role)
