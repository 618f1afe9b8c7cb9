"""What words of time can mean, and how a text is searched for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from bot.moments.days import Clock, Day, FullDate, Weekday
from bot.moments.numerals import CN, number

DIGITS = "0123456789"
NUMERIC = DIGITS + CN
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_RUN = CN + "百千万亿"


@dataclass(frozen=True, slots=True)
class Part:
    """下午, evening: a part of the day."""

    name: str


@dataclass(frozen=True, slots=True)
class Whole:
    """全天: the day from its first hour to its last."""


@dataclass(frozen=True, slots=True)
class Exact:
    """半小时后, or an ISO moment with its offset: one moment, whatever else is said."""

    after: timedelta | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class To:
    """The word or stroke between the two ends of a range; `word` is false for a stroke."""

    word: bool


@dataclass(frozen=True, slots=True)
class Role:
    """截止, 开始, from: what the moment beside it is for, and on which side of it the word may stand."""

    name: str
    before: bool
    after: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """左右, 每周, 农历…: makes the moment beside it doubtful; `fatal` when no day may be read at all."""

    code: str
    fatal: bool = True


@dataclass(frozen=True, slots=True)
class Fill:
    """在, at, 时间: a word that adds nothing."""


@dataclass(frozen=True, slots=True)
class Other:
    """Words that look like time and are not (3天, 10.12.5.3); consumed so that no part of them is misread."""


Meaning = Day | Clock | Part | Whole | Exact | To | Role | Mark | Fill | Other


@dataclass(frozen=True, slots=True)
class Word:
    """One word of time and its place in the plain text."""

    start: int
    end: int
    meaning: Meaning


class LooseFullDate(FullDate):
    """20261205: in a sentence it counts only beside other words of time."""

    __slots__ = ()
    weak: ClassVar[bool] = True


class LooseShortDay(Weekday):
    """sat, sun, mon, wed: in a sentence they may be other words."""

    __slots__ = ()
    weak: ClassVar[bool] = True


class TodayPart(Part):
    """tonight, this afternoon: today's."""

    __slots__ = ()


Make = Callable[["re.Match[str]", Word | None], Meaning | None]
"""Turns a match, and the word of time before it, into a meaning; None when the match is not such a word after all."""

# Building blocks of the patterns; every repetition is bounded, so that no text can make the reader slow.
_BLOCKS = {
    "N": rf"(?:\d{{1,2}}|[{CN}]{{1,3}})",
    "NN": rf"(?:\d{{1,5}}|[{CN}百]{{1,5}})",
    "CN": CN,
    "TO": r"(?:-{1,2}|~|到|至|to|until|till)",
    "MONTH": r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?",
    "DAY": r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|wendsday|wednsday|wensday|thu(?:rs?(?:day)?)?|thrusday"
    r"|fri(?:day)?|sat(?:urday)?|sun(?:day)?)\b",
    "H": r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)",
    "EN": r"(?:\d{1,4}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty"
    r"|fifty)",
    "UNIT": r"(?:minutes?|mins?|hours?|hrs?|days?|weeks?|months?)\b",
    "WEEK": r"(?:周|星期|礼拜)",
    # What may stand right after a bare day of the month written without 日.
    "CUT": r"(?=$|[^\w:.]|[\W_]|周|星|礼|上|下|早|晚|中|凌|到|至|全|傍|am|pm)",
}


class Lexicon:
    """Patterns and what they mean. For each sign of a text the patterns that may begin with it are tried in order."""

    def __init__(self, *parts: Lexicon) -> None:
        self._rules: dict[str, list[tuple[re.Pattern[str], Make]]] = {}
        for part in parts:
            for sign, rules in part._rules.items():
                self._rules.setdefault(sign, []).extend(rules)

    def rule(self, first: Iterable[str], pattern: str) -> Callable[[Make], Make]:
        """Try the pattern where a text has one of the `first` signs; earlier rules win."""
        compiled = re.compile(re.sub(r"<([A-Z]+)>", lambda m: _BLOCKS[m[1]], pattern))

        def keep(make: Make) -> Make:
            for sign in dict.fromkeys(first):
                self._rules.setdefault(sign, []).append((compiled, make))
            return make

        return keep

    def always(self, first: Iterable[str], pattern: str, meaning: Meaning) -> None:
        """The pattern has one meaning whatever stands around it."""
        self.rule(first, pattern)(lambda m, last: meaning)

    def words(self, text: str) -> list[Word]:
        """Every word of time in a plain text, in order; what stands between them is not about time."""
        found: list[Word] = []
        place = 0
        while place < len(text):
            word = self._word_at(text, place, found[-1] if found else None)
            # .5点, /12/5: the tail of a number that was not read.
            if (
                word
                and text[place] in DIGITS
                and text[max(place - 1, 0)] in "./"
                and not text[max(place - 2, 0)].isalpha()
            ):
                word = None
            if word:
                found.append(word)
                place = word.end
                continue
            # Letters and digits are taken whole: no "sun" in "sunny", no 5号 in 115号, no 五十点 in 一百五十点.
            run = next((signs for signs in (_LATIN, DIGITS, _RUN) if text[place] in signs), text[place])
            place += 1
            while len(run) > 1 and place < len(text) and text[place] in run:
                place += 1
        return found

    def _word_at(self, text: str, place: int, last: Word | None) -> Word | None:
        for pattern, make in self._rules.get(text[place], ()):
            match = pattern.match(text, place)
            if match:
                meaning = make(match, last)
                if meaning is not None:
                    return Word(place, match.end(), meaning)
        return None


def whole(word: str | None) -> int:
    """The number, or one that no calendar has."""
    found = number(word) if word else None
    return 9999 if found is None else found
