"""English words for days, parts of the day and spans: next Friday, tonight, in two hours."""

from __future__ import annotations

import re

from bot.moments.days import (
    Day,
    FullDate,
    LooseWeekday,
    MonthDay,
    MonthlyDay,
    MonthShiftDay,
    OneOf,
    Shift,
    Vague,
    Weekday,
)
from bot.moments.numeric import later
from bot.moments.words import DIGITS, Lexicon, LooseShortDay, Meaning, Other, Part, TodayPart, Word, whole

WORDS = Lexicon()

_EN_PART_OF = {"morning": "morning", "afternoon": "afternoon", "evening": "evening", "night": "night"}
_MONTHS = {
    m: i + 1 for i, m in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
}
_EN_WEEK = {d: i for i, d in enumerate(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])}
_EN_RELATIVE = {"today": 0, "tod": 0, "tom": 1, "tmr": 1, "tmw": 1, "yes": -1}

# --- English days --------------------------------------------------------------------------------------------------


def _full_or_month_day(year: str | None, month: str, day: str) -> Day:
    number_of_month = _MONTHS[month[:3]]
    return FullDate(int(year), number_of_month, int(day)) if year else MonthDay(number_of_month, int(day))


@WORDS.rule(
    "jfmasond",
    r"(?P<m><MONTH>) ?(?:the )?(?P<d>\d{1,2})(?:st|nd|rd|th)?(?![\d:a-z]| ?[ap]\.?m\b)"
    r"(?:(?:,| ,|) ?(?P<y>\d{4})(?![\d:]))?",
)
@WORDS.rule(DIGITS, r"(?P<d>\d{1,2})(?:st|nd|rd|th)?(?: of)?[ -]?(?P<m><MONTH>)(?:(?:,|-|) ?(?P<y>\d{4})(?![\d:]))?")
def _english_date(m: re.Match[str], last: Word | None) -> Meaning | None:
    return _full_or_month_day(m["y"], m["m"], m["d"])


@WORDS.rule(
    "t" + DIGITS, r"(?:the )?(\d{1,2})(?:st|nd|rd|th)(?![a-z])(?! (?:floor|room|annual|building|hall|place|team))"
)
def _english_monthly(m: re.Match[str], last: Word | None) -> Meaning | None:
    return MonthlyDay(int(m[1]))


@WORDS.rule("nltucmwfs", r"(?:(?P<way>next|last|this(?: coming)?|coming|upcoming) )?(?P<d><DAY>)(?!')")
def _english_weekday(m: re.Match[str], last: Word | None) -> Meaning | None:
    day = _EN_WEEK[{"wen": "wed", "thr": "thu"}.get(m["d"][:3], m["d"][:3])]
    if m["way"] in ("next", "last", "this"):
        return LooseWeekday(day, {"next": 1, "last": -1, "this": 0}[m["way"]])
    return LooseShortDay(day) if len(m["d"]) == 3 and not m["way"] else Weekday(day)


@WORDS.rule("ntw", r"(?:(?P<way>next|this) )?weekend\b")
def _english_weekend(m: re.Match[str], last: Word | None) -> Meaning | None:
    way = {"next": 1, "this": 0}.get(m["way"] or "", 0)
    return OneOf((LooseWeekday(5, way), LooseWeekday(6, way)))


WORDS.always("ntle", r"(?:next|this|last) (?:week|month|year)\b", Vague())
WORDS.always("et", r"(?:the )?end of (?:the |this )?month\b", MonthShiftDay(0, 0, vague=True))


@WORDS.rule("ty", r"today\b|tod\b|tom+or+ow\b|tmrw?\b|tmw\b|yesterday\b")
def _english_relative(m: re.Match[str], last: Word | None) -> Meaning | None:
    return Shift(_EN_RELATIVE[m[0][:3]], spoken=True)


WORDS.always("tdo", r"(?:the )?day after tom+or+ow\b|overmorrow\b", Shift(2, spoken=True))
WORDS.always("tdo", r"(?:the )?day before yesterday\b", Shift(-2, spoken=True))


@WORDS.rule("imanet", r"(?:in the |at |this )?(morning|afternoon|evening|night)\b")
def _english_part(m: re.Match[str], last: Word | None) -> Meaning | None:
    return TodayPart(_EN_PART_OF[m[1]]) if m[0].startswith("this") else Part(_EN_PART_OF[m[1]])


WORDS.always("t", r"(?:tonight|tonite)\b", TodayPart("evening"))


@WORDS.rule(
    "i",
    r"in (?:half an (?P<halfhour>hour)|(?P<n><EN>|\d{1,3}\.\d) (?:and a half )?(?P<u><UNIT>)(?P<half> and a half)?)",
)
def _in(m: re.Match[str], last: Word | None) -> Meaning | None:
    if m["halfhour"]:
        return later(0.5, "h", 1)
    return _english_span(m["n"], m["u"], 1, 0.5 if "and a half" in m[0] else 0)


@WORDS.rule(DIGITS + "aotfsen", r"(?P<n><EN>) (?P<u><UNIT>) (?P<way>from now|later|ago)\b")
def _from_now(m: re.Match[str], last: Word | None) -> Meaning | None:
    return _english_span(m["n"], m["u"], -1 if m["way"] == "ago" else 1, 0)


def _english_span(count: str, unit: str, way: int, more: float) -> Meaning:
    short = "mo" if unit.startswith("mo") else unit[0]
    return later((float(count) if "." in count else whole(count)) + more, short, way)


WORDS.always("w" + DIGITS + "aotfsen", r"(?:within )?<EN> <UNIT>", Other())
