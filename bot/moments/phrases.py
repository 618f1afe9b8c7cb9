"""Which words of time belong together: a day, a part of the day and an hour, perhaps twice with 到 between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.moments import chinese, english, numeric, roles
from bot.moments.days import Clock, Day, LooseWeekday, OneOf, Shift, Weekday, WeekdayOf
from bot.moments.words import (
    Exact,
    Fill,
    Lexicon,
    LooseFullDate,
    LooseShortDay,
    Mark,
    Meaning,
    Part,
    Role,
    To,
    TodayPart,
    Whole,
    Word,
)

_WORDS = Lexicon(numeric.WORDS, chinese.WORDS, english.WORDS, roles.WORDS)
_NAMED = Weekday | WeekdayOf | LooseWeekday | OneOf
# Between two words of one phrase only these may stand: blanks, brackets, a comma, a colon, pictures. A 、 or a / makes
# a list, a full stop ends a sentence.
_SPLITS = frozenset("、;/。!?&+%$<>=*^\\@#…-~")


@dataclass(slots=True)
class Group:
    """The words that describe one moment."""

    days: list[Day] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    clock: Clock | None = None
    whole: bool = False
    exact: Exact | None = None
    marks: list[Mark] = field(default_factory=list)
    day_last: bool = False
    """The day was said after the hour: 3pm Friday."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing yet that could be a time."""
        return not (self.days or self.parts or self.timed)

    @property
    def timed(self) -> bool:
        """Whether an hour is said, or the whole day."""
        return bool(self.clock or self.whole or self.exact)

    @property
    def telling(self) -> bool:
        """Whether it is worth reporting: more than 下午 or 大概 alone."""
        return bool(self.days or self.timed or any(m.fatal for m in self.marks))

    def takes(self, word: Word, text: str, hour_follows: bool) -> bool:
        """Whether the next word describes the same moment."""
        meaning = word.meaning
        if isinstance(meaning, Mark):
            return len(self.marks) < 3
        if self.exact or (isinstance(meaning, Exact) and not self.empty):
            return False
        if isinstance(meaning, Day):
            if self.timed and (hour_follows or (meaning.weak and not isinstance(meaning, LooseShortDay))):
                return False
            kinds = [type(d) for d in self.days]
            named = isinstance(meaning, _NAMED) and any(isinstance(d, _NAMED) for d in self.days)
            return len(kinds) < 3 and type(meaning) not in kinds and not named
        if isinstance(meaning, Part):
            # 周五9:00 下午自由活动: a Chinese part of the day stands before its hour, never after.
            if self.timed and (hour_follows or not text[word.start].isascii()):
                return False
            return len(self.parts) < 2 and not (isinstance(meaning, TodayPart) and self.days)
        return isinstance(meaning, Exact | Clock | Whole) and not self.timed

    def add(self, meaning: Meaning) -> None:
        if isinstance(meaning, Mark):
            self.marks.append(meaning)
        elif isinstance(meaning, Exact):
            self.exact = meaning
        elif isinstance(meaning, Day):
            self.day_last = self.timed
            self.days.append(meaning)
        elif isinstance(meaning, Part):
            self.parts.append(meaning.name)
            if isinstance(meaning, TodayPart):
                self.days.append(Shift(0))
        elif isinstance(meaning, Clock):
            self.clock = meaning
        else:
            self.whole = True


@dataclass(frozen=True, slots=True)
class Phrase:
    """One expression of time and its place in the plain text; `weak` ones may be something else in a sentence."""

    start: int
    end: int
    first: Group
    last: Group | None
    role: str | None
    weak: bool
    touched: bool
    """A letter stands right before it."""


def phrases(text: str) -> tuple[list[Phrase], list[Word]]:
    """Every expression of time in a plain text, in order, and the words that belong to none."""
    return _Parser(text).parse()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.words = _WORDS.words(text)

    def parse(self) -> tuple[list[Phrase], list[Word]]:
        found: list[Phrase] = []
        loose: list[Word] = []
        place = 0
        while place < len(self.words):
            group, after = self.group(place)
            if not group.telling:
                loose.append(self.words[place])
                place += 1
                continue
            found.append(self.phrase(group, place, after, loose))
            place = self.after
        return found, loose

    def phrase(self, first: Group, place: int, after: int, loose: list[Word]) -> Phrase:
        role = self.leading(place, loose)
        start = self.start
        last, after = self.range(first, after)
        while after < len(self.words) and self.follows(after):
            meaning = self.words[after].meaning
            assert isinstance(meaning, Role)
            role, after = meaning.name, after + 1
        if last and role in ("start", "end"):
            role = None
        if last and last.day_last and not first.days and first.timed:
            first.days, last.days = last.days, []
        self.after = after
        end = self.words[after - 1].end
        alone = not last and not role and len(first.days) == 1 and not first.timed and not first.parts
        weak = alone and first.days[0].weak and not self.stands_free(first.days[0], start, end)
        before = self.words[place - 1] if place else None
        filled = before is not None and before.end == start and isinstance(before.meaning, Fill)
        touched = start > 0 and self.text[start - 1].isalpha() and not filled
        return Phrase(start, end, first, last, role, weak, touched)

    def leading(self, place: int, loose: list[Word]) -> str | None:
        """The role that a word before the phrase gives it; that word then belongs to the phrase."""
        self.start = self.words[place].start
        before = place - 1
        while before >= 0 and isinstance(self.words[before].meaning, Fill) and self.glued(before + 1):
            before -= 1
        if before < 0 or not self.glued(before + 1) or not loose or self.words[before] not in loose[-4:]:
            return None
        meaning = self.words[before].meaning
        if not ((isinstance(meaning, Role) and meaning.before) or (isinstance(meaning, To) and meaning.word)):
            return None
        self.start = self.words[before].start
        del loose[loose.index(self.words[before], len(loose) - min(4, len(loose))) :]
        return meaning.name if isinstance(meaning, Role) else "end"

    def range(self, first: Group, after: int) -> tuple[Group | None, int]:
        """The other end, after 到 or a stroke, or in 3点开始5点结束."""
        if after + 1 >= len(self.words) or not self.glued(after):
            return None, after
        middle = after
        between = self.words[middle].meaning
        if isinstance(between, Role) and between.after and isinstance(self.words[middle + 1].meaning, To):
            # 3点开始到5点结束
            middle += 1
            between = self.words[middle].meaning
        opens = isinstance(between, Role) and between.name == "start" and between.after and first.timed
        if not (isinstance(between, To) or opens):
            return None, after
        begin = middle + 1
        if begin >= len(self.words):
            return None, after
        while begin < len(self.words) - 1 and isinstance(self.words[begin].meaning, Fill):
            begin += 1
        if not self.glued(middle) or not self.glued(begin):
            return None, after
        last, end = self.group(begin)
        if not last.days and (not last.timed or not first.timed):
            return None, after
        if opens:
            closes = self.words[end].meaning if end < len(self.words) and self.glued(end) else None
            if last.days or not (isinstance(closes, Role) and closes.name == "end" and closes.after):
                return None, after
        return last, end

    def follows(self, place: int) -> bool:
        """Whether a word for a role belongs to the phrase before it, not to the one after it."""
        meaning = self.words[place].meaning
        gap = self.gap(place)
        if not (isinstance(meaning, Role) and meaning.after and gap in ("", " ")):
            return False
        if not meaning.before or not gap:
            return True
        group, _ = self.group(place + 1) if place + 1 < len(self.words) else (Group(), 0)
        return not (group.telling and self.glued(place + 1) and len(self.gap(place + 1)) < len(gap))

    def group(self, place: int) -> tuple[Group, int]:
        group = Group()
        after = place
        while after < len(self.words):
            here = after
            if here > place:
                while here < len(self.words) - 1 and self.glued(here) and self.joins(here, group):
                    here += 1
                if not self.glued(here):
                    break
            word = self.words[here]
            if not group.takes(word, self.text, self.hour_follows(here)):
                break
            group.add(word.meaning)
            after = here + 1
        return group, after

    def joins(self, place: int, group: Group) -> bool:
        """Whether the word only ties the group to what follows: 的, at, and the 从 of 周五从3点到5点."""
        meaning = self.words[place].meaning
        if isinstance(meaning, Role) and meaning.name == "start" and not meaning.after:
            return bool(group.days) and not group.timed and isinstance(self.words[place + 1].meaning, Clock | Part)
        return isinstance(meaning, Fill)

    def hour_follows(self, place: int) -> bool:
        following = place + 1
        return (
            following < len(self.words)
            and self.glued(following)
            and isinstance(self.words[following].meaning, Clock | Part | Whole)
        )

    def gap(self, place: int) -> str:
        return self.text[self.words[place - 1].end : self.words[place].start] if place else ""

    def glued(self, place: int) -> bool:
        gap = self.gap(place)
        return not gap or all(not sign.isalnum() and sign not in _SPLITS for sign in gap)

    def stands_free(self, day: Day, start: int, end: int) -> bool:
        """Whether no letter touches it: 5号 and 12/5 stand free, the 3号 of 3号楼 does not."""
        if isinstance(day, LooseShortDay | LooseFullDate):
            return False
        around = self.text[max(start - 1, 0) : start] + self.text[end : end + 1]
        return not any(sign.isalnum() or sign in "%$¥.-/" for sign in around)


def leftovers(text: str, found: list[Phrase], loose: list[Word]) -> Iterator[tuple[int, int]]:
    """The places of a plain text that no phrase and no filling word accounts for."""
    taken = sorted([(p.start, p.end) for p in found] + [(w.start, w.end) for w in loose if isinstance(w.meaning, Fill)])
    place = 0
    for start, end in [*taken, (len(text), len(text))]:
        if start > place and any(s.isalnum() or s in "+%$¥€<>=^\\" for s in text[place:start]):
            yield place, start
        # A stroke that touches a number is a sign (-3点), not punctuation.
        elif start > place and text[start - 1] in "-~" and text[start : start + 1].isdigit():
            yield start - 1, start
        place = max(place, end)
