"""The State Council's notice on a year's holidays, read from pasted text; every weekday and count is held against it.

    三、清明节：4月4日（周六）至6日（周一）放假，共3天。

Nothing is guessed: what contradicts itself is a problem, what looks odd a doubt, and words that were not used are
handed back. A page's noise around the notice does no harm.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from models.calendar import Festival, LunarDate, Term, festivals_on, lunar, solar, solar_term

NAMES = {
    "元旦": Festival.NEW_YEAR,
    "春节": Festival.SPRING_FESTIVAL,
    "清明节": Festival.QINGMING,
    "清明": Festival.QINGMING,
    "劳动节": Festival.LABOUR,
    "国际劳动节": Festival.LABOUR,
    "五一": Festival.LABOUR,
    "端午节": Festival.DRAGON_BOAT,
    "端午": Festival.DRAGON_BOAT,
    "中秋节": Festival.MID_AUTUMN,
    "中秋": Festival.MID_AUTUMN,
    "国庆节": Festival.NATIONAL,
    "国庆": Festival.NATIONAL,
}
STATUTORY = tuple(dict.fromkeys(NAMES.values()))
LONGEST = 15  # days; a stretch of holidays beyond this is a slip of the pen

_NAME = "|".join(sorted((f'"{name}"|{name}' for name in NAMES), key=len, reverse=True))
_NUMBER = r"(?:\(?[一二三四五六七八九十\d]{1,2}\)?[、.)]?)?"
_HEAD = re.compile(rf"(?:^|(?<=[\n。;])){_NUMBER}((?:{_NAME})(?:(?:[、和,及]|暨)(?:{_NAME}))*)(?:假期)?:")
_YEAR = re.compile(r"(?<!\d)(20\d\d)年(?=(?:部分|全年|法定)?(?:节假日|放假|元旦|假期))")
_DATE = r"(?:(?:\d{4})年)?(?:\d{1,2}月)?\d{1,2}[日号](?:\([^()]*\))?"
_OPEN = r"(?:(?:\d{4})年)?(?:\d{1,2}月)?\d{1,2}[日号]?(?:\([^()]*\))?"  # before a range's end, 日 may be left out
_SPAN = rf"{_OPEN}(?:至|到|[-~—–])+{_DATE}|{_DATE}"
_OFF = re.compile(
    rf"(?P<days>(?:{_SPAN})(?:[、和,](?:{_SPAN}))*),?放假(?:调休|公休)?(?P<one>\d+天)?"
    r"(?:,?(?:不调休|(?:与|和)周[六日末、]+连休))?(?:,?共(?P<all>\d+)天)?"
)
_WORK = re.compile(rf"(?P<days>(?:{_SPAN})(?:[、和,](?:{_SPAN}))*),?(?:照常|正常|补)?(?:上班|补班)")
_ONE = re.compile(r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})[日号]?(?:\(([^()]*)\))?")
_ADVICE = re.compile("^鼓励")  # the notice's wish that people take leave on a day; no holiday
_TELLS = re.compile(r"\d[日号].*(?:放假|上班|补班|调休|公休)|(?:放假|上班|补班|调休|公休).*\d[日号]")
_WEEKDAY = re.compile("^(?:周|星期|礼拜)([一二三四五六日天])$")
_WEEKDAYS = "一二三四五六日"
_DIGITS = "一二三四五六七八九十"
_MONTHS = {
    **{name: number for number, name in enumerate(_DIGITS, 1)},
    "正": 1,
    "十一": 11,
    "冬": 11,
    "十二": 12,
    "腊": 12,
}
_LUNAR = re.compile(rf"^(?:农历)?(十一|十二|[正冬腊{_DIGITS}])月(初|十|廿|二十|三十)?([{_DIGITS}])?$")
_TENS = {"初": 0, None: 0, "十": 10, "廿": 20, "二十": 20, "三十": 30}
_EVE = ("除夕", "大年三十")


@dataclass(frozen=True)
class Trouble:
    """What is wrong with some words of the notice: a code, the words, and facts for the sentence."""

    code: str
    words: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Clause:
    """What the notice says of one holiday."""

    festivals: tuple[Festival, ...]
    off: tuple[date, ...]
    work: tuple[date, ...]


@dataclass(frozen=True)
class Notice:
    """What was understood. With `problems` it cannot be taken over; `doubts` are for a human to look at."""

    year: int | None
    clauses: tuple[Clause, ...]
    problems: tuple[Trouble, ...] = ()
    doubts: tuple[Trouble, ...] = ()
    unused: tuple[str, ...] = ()

    @property
    def off(self) -> tuple[date, ...]:
        """The days off, in order."""
        return tuple(sorted({day for clause in self.clauses for day in clause.off}))

    @property
    def work(self) -> tuple[date, ...]:
        """The weekend days that are worked, in order."""
        return tuple(sorted({day for clause in self.clauses for day in clause.work}))


def looks_like_notice(text: str) -> bool:
    """Whether a text is surely meant as the notice: it tells of three holidays or more in the notice's own form."""
    clean = _clean(text)
    bodies = [body for head, body in _clauses(clean) if head and "放假" in body and re.search(r"\d[日号]", body)]
    return len(bodies) >= 3


def statutory(year: int) -> dict[date, Festival]:
    """The days off by law in a year, whatever the notice: eleven, and thirteen since 2025."""
    new_year = solar(LunarDate(year, 1, 1))
    dragon, moon = solar(LunarDate(year, 5, 5)), solar(LunarDate(year, 8, 15))
    assert new_year is not None
    assert dragon is not None
    assert moon is not None
    more = year >= 2025
    spring = [new_year + timedelta(days=number) for number in range(-1 if more else 0, 3)]
    return {
        date(year, 1, 1): Festival.NEW_YEAR,
        **dict.fromkeys(spring, Festival.SPRING_FESTIVAL),
        solar_term(year, Term.QINGMING): Festival.QINGMING,
        **{date(year, 5, day): Festival.LABOUR for day in ((1, 2) if more else (1,))},
        dragon: Festival.DRAGON_BOAT,
        moon: Festival.MID_AUTUMN,
        **{date(year, 10, day): Festival.NATIONAL for day in (1, 2, 3)},
    }


def read_notice(text: str) -> Notice:
    """Take the notice apart, and hold its weekdays, lunar days, counts and completeness against the calendar."""
    clean = _clean(text)
    year, problems = _year(clean)
    clauses: list[Clause] = []
    doubts: list[Trouble] = []
    unused: list[str] = []
    for head, body in _clauses(clean):
        if not head:
            _sort_out(body, problems, unused)
        elif year is not None:
            festivals = tuple(dict.fromkeys(NAMES[name.strip('"')] for name in re.findall(_NAME, head)))
            clause, found = _Reading(year, festivals, head).read(body, unused)
            problems += found
            if clause not in clauses:
                clauses.append(clause)
    if year is not None:
        problems += _contradictions(year, clauses)
        doubts += _oddities(year, clauses) if not problems else []
    return Notice(year, tuple(clauses), tuple(problems), tuple(doubts), tuple(unused))


def _clean(text: str) -> str:
    """Full-width signs and blanks put right; lines stay."""
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"[^\S\n]|[\u200b-\u200f\ufeff*#]", "", text)
    return re.sub("[“”「」]", '"', text).replace("〜", "~").replace("\u2212", "-")


def _clauses(clean: str) -> Iterator[tuple[str, str]]:
    """The text in parts: what stands before the first holiday, with no head, then each holiday with its words."""
    heads = list(_HEAD.finditer(clean))
    edges = [*(head.start() for head in heads), len(clean)]
    yield "", clean[: edges[0]]
    for head, end in zip(heads, edges[1:], strict=True):
        yield head[1], clean[head.end() : end]


def _year(clean: str) -> tuple[int | None, list[Trouble]]:
    years = sorted({int(year) for year in _YEAR.findall(clean)})
    if len(years) == 1:
        return years[0], []
    if not years:
        return None, [Trouble("no_year")]
    return None, [Trouble("many_years", facts={"years": years})]


def _sentences(body: str) -> Iterator[str]:
    """The sentences of some words. A line may be wrapped anywhere, so it ends a sentence only if the rest stands."""
    for sentence in re.split("[。;!]", body):
        whole = sentence.replace("\n", "")
        if whole and ("\n" not in sentence.strip("\n") or _OFF.fullmatch(whole) or _WORK.fullmatch(whole)):
            yield whole
        elif whole:
            lines = [line for line in sentence.split("\n") if line]
            # The longest beginning that is understood, as one; then line by line.
            for cut in range(len(lines), 0, -1):
                start = "".join(lines[:cut])
                if _OFF.fullmatch(start) or _WORK.fullmatch(start):
                    yield start
                    lines = lines[cut:]
                    break
            yield from lines


def _sort_out(body: str, problems: list[Trouble], unused: list[str]) -> None:
    """Words that belong to no holiday: noise, unless they tell of days off."""
    for sentence in _sentences(body):
        unused.append(sentence)
        if _TELLS.search(sentence) and not _ADVICE.match(sentence):
            problems.append(Trouble("not_understood", sentence))


class _Reading:
    """The reading of one holiday's words."""

    def __init__(self, year: int, festivals: tuple[Festival, ...], head: str) -> None:
        self.year = year
        self.festivals = festivals
        self.head = head
        self.problems: list[Trouble] = []
        self.off: list[date] = []
        self.work: list[date] = []

    def read(self, body: str, unused: list[str]) -> tuple[Clause, list[Trouble]]:
        for sentence in _sentences(body):
            rest = sentence
            while rest:
                if match := _OFF.match(rest):
                    self._take_off(match)
                elif match := _WORK.match(rest):
                    self._take_work(match)
                else:
                    break
                rest = rest[match.end() :].lstrip(",、")
            if rest:
                _sort_out(rest, self.problems, unused)
        if not self.off and not self.problems:
            self.problems.append(Trouble("no_days", self.head))
        return Clause(self.festivals, tuple(self.off), tuple(self.work)), self.problems

    def _take_off(self, match: re.Match[str]) -> None:
        days = self._days(match)
        for said in (match["one"], match["all"]):
            if said and days and int(said.rstrip("天")) != len(days):
                self.problems.append(Trouble("count", match[0], {"count": len(days)}))
        self.off += days

    def _take_work(self, match: re.Match[str]) -> None:
        days = self._days(match)
        for day in days:
            if day.weekday() < 5:
                self.problems.append(Trouble("works_on_weekday", match[0], {"on": day}))
        self.work += days

    def _days(self, match: re.Match[str]) -> list[date]:
        """The days of one sentence; none if one of them makes no sense."""
        days: list[date] = []
        last: date | None = None
        for span in re.findall(_SPAN, match["days"]):
            ends: list[date] = []
            for part in _ONE.finditer(span):
                last = self._day(part, last, match[0])
                if last is None:
                    return []
                ends.append(last)
            length = (ends[-1] - ends[0]).days + 1
            if not 1 <= length <= LONGEST:
                self.problems.append(Trouble("backwards", match[0]))
                return []
            days += [ends[0] + timedelta(days=number) for number in range(length)]
        return days

    def _day(self, part: re.Match[str], before: date | None, words: str) -> date | None:
        """One day; its year and month are those said, or those of the day before it in the sentence."""
        year, month = (int(part[1]) if part[1] else None), (int(part[2]) if part[2] else None)
        if month is None and before is None:
            self.problems.append(Trouble("no_month", words))
            return None
        if month is None and before is not None:
            month, year = before.month, year or before.year
        if year is None:
            # New Year's holiday may begin in the year before, and only it.
            year = self.year - 1 if month == 12 and Festival.NEW_YEAR in self.festivals else self.year
        if year not in (self.year - 1, self.year):
            self.problems.append(Trouble("other_year", words, {"year": self.year}))
            return None
        try:
            day = date(year, month or 0, int(part[3]))
        except ValueError:
            self.problems.append(Trouble("no_such_day", words, {"said": part[0]}))
            return None
        for note in re.split("[、,]", part[4] or ""):
            self._check(note, day, part[0])
        return day

    def _check(self, note: str, day: date, said: str) -> None:
        """What is said of a day in brackets: its weekday, its lunar date."""
        if weekday := _WEEKDAY.match(note):
            if _WEEKDAYS[day.weekday()] != weekday[1].replace("天", "日"):
                self.problems.append(Trouble("weekday", said, {"on": day}))
        elif match := _LUNAR.match(note):
            self._check_lunar(match, day, said)
        elif note.removeprefix("农历") in _EVE:
            self._is(Festival.SPRING_FESTIVAL_EVE, day, said)
        elif note.removesuffix("当日") in NAMES or note.removesuffix("当天") in NAMES:
            self._is(NAMES[note.removesuffix("当日").removesuffix("当天")], day, said)
        elif note:
            self.problems.append(Trouble("not_understood", said))

    def _check_lunar(self, match: re.Match[str], day: date, said: str) -> None:
        number = _TENS[match[2]] + (_DIGITS.index(match[3]) + 1 if match[3] else 0)
        today = lunar(day)
        if (today.month, today.day, today.leap) != (_MONTHS[match[1]], number, False):
            facts = {"on": day, "month": today.month, "day": today.day}
            self.problems.append(Trouble("lunar", said, facts))

    def _is(self, festival: Festival, day: date, said: str) -> None:
        if festival not in festivals_on(day):
            self.problems.append(Trouble("not_the_day", said, {"on": day, "festival": festival}))


def _contradictions(year: int, clauses: list[Clause]) -> list[Trouble]:
    """What cannot be: a holiday told of twice in different ways or not at all, a day both off and worked."""
    found = []
    named = [festival for clause in clauses for festival in clause.festivals]
    for festival in STATUTORY:
        if festival not in named:
            found.append(Trouble("missing", facts={"festival": festival}))
        elif named.count(festival) > 1:
            found.append(Trouble("twice", facts={"festival": festival}))
    off = [day for clause in clauses for day in clause.off]
    work = [day for clause in clauses for day in clause.work]
    both = {day for day in [*off, *work] if (off + work).count(day) > 1}
    found += [Trouble("day_twice", facts={"on": day}) for day in sorted(both)]
    if any(day < date(year - 1, 12, 1) for day in [*off, *work]):
        found.append(Trouble("other_year", facts={"year": year}))
    return found


def _oddities(year: int, clauses: list[Clause]) -> list[Trouble]:
    """What would be unusual: a statutory day that is not off; days off that are not made up for by law or by work."""
    found = []
    by_law = statutory(year)
    off = {day for clause in clauses for day in clause.off}
    work = {day for clause in clauses for day in clause.work}
    found += [
        Trouble("not_off", facts={"on": day, "festival": festival})
        for day, festival in sorted(by_law.items())
        if day not in off
    ]
    free = sum(day.weekday() < 5 for day in off)
    if not found and free != len(by_law) + len(work):
        found.append(Trouble("balance", facts={"free": free, "law": len(by_law), "work": len(work)}))
    return found
