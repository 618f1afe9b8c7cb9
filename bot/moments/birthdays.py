"""Birthdays as people type them: `9月17`, `农历八月十五`, `闰六月初三`, `17 Sep`. What may mean two days is both.

A year is read over: only the day is kept. `3/8` is not guessed at, for half of the world writes the day first.
"""

import re

from bot.moments.numerals import number, plain
from models.calendar import Birthday
from models.people import Calendar

LONGEST = 40
_SAID = re.compile(r"^(?:(?:我的?)?(?:生日|birthday)(?:改成|改为|是|为|on|is)?)\s*[:：]?\s*")
BARE = frozenset({"生日", "我的生日", "birthday", "my birthday"})  # asks, and says no day
_THING = re.compile(r"^生日(?:蛋糕|电影|礼|慰问|卡|券|福利|会)")  # a gift or a party: no one's day
_LUNAR = re.compile(r"(?:农历|阴历|旧历|夏历|lunar)\s*(?:的)?")
_SOLAR = re.compile(r"(?:公历|阳历|新历|solar|gregorian)\s*(?:的)?")
_YEAR = r"(?:(?P<year>(?:1[89]|20|21)\d\d|[〇零一二三四五六七八九]{4})\s*[年./-]\s*)?"
_HAN = re.compile(
    _YEAR
    + r"(?P<leap>闰)?(?P<month>\d{1,2}|[正冬腊一二三四五六七八九十]{1,2})月份?"
    + r"(?P<day>初?\d{1,2}|[初廿卅一二三四五六七八九十]{1,3})(?P<end>[日号])?"
)
_FIGURES = re.compile(_YEAR + r"(\d{1,2})\s*[./-]\s*(\d{1,2})")
_EIGHT = re.compile(r"(?:1[89]|20|21)\d\d(\d\d)(\d\d)|(\d\d)(\d\d)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = r"(?P<month>[a-z]{3,9})\.?"
_ENGLISH = (
    re.compile(rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ?{_NAME}(?:,? ?\d{{4}})?"),
    re.compile(rf"{_NAME} ?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,? ?\d{{4}})?"),
)
_ONLY_LUNAR = {"正": 1, "冬": 11, "腊": 12}


def announced(typed: str) -> bool:
    """Whether somebody says that it is a birthday."""
    words = plain(typed).text.strip()
    return _SAID.match(words) is not None and _THING.match(words) is None


def read(typed: str) -> tuple[Birthday, ...]:
    """The days it may mean, likeliest first; none if it is no day, or if there is no such day."""
    if len(typed) > LONGEST:
        return ()
    words = _SAID.sub("", plain(typed).text.strip())
    words, lunar = _LUNAR.subn("", words)
    words, solar = _SOLAR.subn("", words)
    words = words.strip(" 。.!！")
    if lunar and solar:
        return ()
    found: list[tuple[Calendar, int, int]] = []
    for calendar, month, day in _days(words):
        if calendar is None:
            kinds = [Calendar.LUNAR] if lunar else [Calendar.SOLAR]
        elif solar and calendar is not Calendar.SOLAR:
            kinds = [Calendar.SOLAR] if calendar is Calendar.LUNAR else []
        elif lunar and calendar is Calendar.SOLAR:
            kinds = [Calendar.LUNAR]
        else:
            kinds = [calendar]
        found += [(kind, month, day) for kind in kinds]
    return tuple(dict.fromkeys(birthday for each in found if (birthday := _real(*each)) is not None))


def _days(words: str) -> list[tuple[Calendar | None, int, int]]:
    """(calendar, month, day); no calendar is said by what everybody writes, 八月十五 may be in either."""
    if hit := _HAN.fullmatch(words):
        return _han(hit)
    if hit := _FIGURES.fullmatch(words):
        first, second = int(hit[2]), int(hit[3])
        if hit["year"] or first == second:
            return [(None, first, second)]
        return [(None, first, second), (None, second, first)]  # what does not exist falls out
    if hit := _EIGHT.fullmatch(words):
        return [(None, int(hit[1] or hit[3]), int(hit[2] or hit[4]))]
    for pattern in _ENGLISH:
        if (hit := pattern.fullmatch(words)) and hit["month"][:3] in _MONTHS:
            return [(None, _MONTHS.index(hit["month"][:3]) + 1, int(hit["day"]))]
    return []


def _han(hit: re.Match[str]) -> list[tuple[Calendar | None, int, int]]:
    month = _ONLY_LUNAR.get(hit["month"]) or number(hit["month"])
    day = number(hit["day"].removeprefix("初").replace("廿", "二十").replace("卅", "三十"))
    if month is None or day is None:
        return []
    if hit["leap"]:
        return [(Calendar.LUNAR_LEAP, month, day)]
    if hit["month"] in _ONLY_LUNAR or hit["day"][0] in "初廿卅":
        return [(Calendar.LUNAR, month, day)]
    if hit["day"].isdigit() or hit["end"]:
        return [(None, month, day)]
    return [(Calendar.LUNAR, month, day), (Calendar.SOLAR, month, day)]  # 八月十五: the festival for most who say it


def _real(calendar: Calendar, month: int, day: int) -> Birthday | None:
    try:
        return Birthday(calendar, month, day)
    except ValueError:
        return None
