"""What stands in one cell of an office's own file, read generously and never guessed.

`Wrong` stops the import until somebody looks; `Doubtful` leaves that one field as it was and says so.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models.people import Calendar, Sex
from models.sheets import Cell, clean

BLANK = frozenset((
    "", "-", "--", "—", "——", "/", "\\", "无", "暂无", "不详", "未知", "空", "n/a", "na", "#n/a", "null",
    "none",
))  # fmt: skip
HAN = r"[\u3400-\u9fff\ue000-\uf8ff\uf900-\ufaff\U00020000-\U0003ffff]"  # with the private ones of old systems
FAR = 40  # characters of a name
SEXES = {"男": Sex.MAN, "男性": Sex.MAN, "m": Sex.MAN, "male": Sex.MAN, "man": Sex.MAN}
SEXES |= {"女": Sex.WOMAN, "女性": Sex.WOMAN, "f": Sex.WOMAN, "female": Sex.WOMAN, "woman": Sex.WOMAN}
CALENDARS = dict.fromkeys(("公历", "阳历", "新历", "国历", "西历", "solar", "gregorian"), Calendar.SOLAR)
CALENDARS |= dict.fromkeys(("农历", "阴历", "旧历", "夏历", "lunar"), Calendar.LUNAR)
LEAPS = ("农历闰月", "农历闰", "闰月", "农历(闰月)", "农历(闰)", "lunar_leap", "lunarleap")
CALENDARS |= dict.fromkeys(LEAPS, Calendar.LUNAR_LEAP)
MONTHS = {"janfebmaraprmayjunjulaugsepoctnovdec"[n * 3 : n * 3 + 3]: n + 1 for n in range(12)}
DIGITS = {"〇": 0, "零": 0, "○": 0} | {c: n for n, c in enumerate("一二三四五六七八九", 1)}
LUNAR = re.compile(
    r"(?:农历|阴历|旧历)?(?:(\d{4}|[〇零○一二三四五六七八九]{4})年)?(闰)?(正|冬|腊|十[一二]?|[一二三四五六七八九]|\d{1,2})月"
    r"(初[一二三四五六七八九十]|[二三]?十[一二三四五六七八九]?|廿[一二三四五六七八九]?|卅|\d{1,2})[日号]?"
)


class Wrong(Exception):
    """This cell stops the import; carries a code."""


class Doubtful(Exception):
    """This cell is left aside; carries a code."""


@dataclass(frozen=True)
class Day:
    """A day as written: the year may be missing, and the words may say which calendar is meant."""

    year: int | None
    month: int
    day: int
    calendar: Calendar | None = None


def text(cell: Cell) -> str:
    """The cell as one line without invisible characters; what holds nothing is an empty text."""
    if cell is None:
        return ""
    line = " ".join(clean(str(cell)).split())
    return "".join(c for c in line if unicodedata.category(c) != "Cf").strip()  # rare characters of names stay


def plain(cell: Cell) -> str:
    """The same with full-width letters and digits made ordinary, for what is not a name."""
    return unicodedata.normalize("NFKC", text(cell)).strip()


def blank(cell: Cell) -> bool:
    """Whether the office wrote that there is nothing."""
    return plain(cell).lower() in BLANK


def number(cell: Cell) -> str:
    """工号 as text. Whether a numeric cell may have lost its zeros is judged where all of them are known."""
    if isinstance(cell, float | bool | date) or blank(cell):
        raise Wrong("number_missing" if blank(cell) else "number_odd")
    found = plain(cell).replace(" ", "").lstrip("'")
    if re.fullmatch(r"[0-9]{17}[0-9Xx]", found):
        raise Wrong("number_is_identity_card")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,31}", found):
        raise Wrong("number_odd")
    return found


def name(cell: Cell) -> str:
    """A name. Offices pad two-character names with a blank; names in other letters keep theirs."""
    if blank(cell):
        raise Wrong("name_missing")
    if isinstance(cell, int | float | date):
        raise Wrong("name_odd")
    found = re.sub(rf"(?<={HAN}) (?={HAN})", "", text(cell))
    if len(found) > FAR:
        raise Wrong("name_long")
    return found


def unit(cell: Cell) -> str | None:
    """A department's name."""
    if blank(cell):
        return None
    found = text(cell)
    if len(found) > 60:
        raise Wrong("unit_long")
    return found


def sex(cell: Cell) -> Sex | None:
    """男 or 女, in a few spellings; 1 and 2 mean different things in different offices."""
    if blank(cell):
        return None
    found = SEXES.get(plain(cell).lower())
    if found is None:
        raise Wrong("sex_odd")
    return found


def calendar(cell: Cell) -> Calendar | None:
    """公历, 农历 or 农历闰月."""
    if blank(cell):
        return None
    found = CALENDARS.get(plain(cell).lower().replace(" ", ""))
    if found is None:
        raise Wrong("calendar_odd")
    return found


def phone(cell: Cell) -> str | None:
    """A mobile number as digits without +86. A desk telephone finds nobody here, so it is left aside."""
    if blank(cell):
        return None
    first = re.split(r"[、,，;；/|\n]", plain(cell))[0]
    digits = dial(first)
    if not digits:
        raise Doubtful("phone_odd")
    return digits


def dial(written: str) -> str | None:
    """A mobile number as it is compared, or None: `+86 138-0013-8000` is 13800138000, one from abroad keeps its plus.

    The plus matters: +1 385 555 1234 in Utah has the very digits of a Chinese mobile, and must not be taken for it.
    """
    bare = re.sub(r"[\s().\-\u2010-\u2015\u2212·_]", "", unicodedata.normalize("NFKC", written))
    bare = "+" + bare[2:] if bare.startswith("00") else bare
    if re.fullmatch(r"(\+?86)?1[3-9][0-9]{9}", bare):
        return bare[-11:]
    return bare if re.fullmatch(r"\+(?!86)[1-9][0-9]{6,14}", bare) else None


def several(cell: Cell) -> list[str]:
    """Several words, separated by 、 or what people type instead; a blank separates only Chinese words."""
    if blank(cell):
        return []
    line = re.sub(rf"(?<={HAN}) (?={HAN})", "、", text(cell))
    found = [part.strip() for part in re.split(r"[、,，;；/|]", line)]
    found = [part for part in dict.fromkeys(found) if part.lower() not in BLANK]
    if any(len(part) > 30 for part in found) or len(found) > 20:
        raise Wrong("several_long")
    return found


def born(cell: Cell, kept: Calendar | None, today: date) -> tuple[Calendar, Day] | None:
    """A birthday in the calendar the office says; a lunar one is kept as lunar year, month and day."""
    if blank(cell):
        return None
    found = day(cell)
    said = found.calendar
    if said is not None and kept is Calendar.SOLAR:
        raise Wrong("calendar_conflict")
    if kept is None or said is Calendar.LUNAR_LEAP:
        kept = said or Calendar.SOLAR
    if kept is Calendar.SOLAR:
        _real(found.year or 2000, found.month, found.day)  # 2000 had a 29 February
    elif not (1 <= found.month <= 12 and 1 <= found.day <= 30):
        raise Wrong("day_unreal")
    if found.year is not None and not 1900 <= found.year <= today.year - 14:
        raise Wrong("born_when")
    return kept, found


def joined(cell: Cell, today: date) -> date | None:
    """The day somebody came to the institute."""
    if blank(cell):
        return None
    found = day(cell)
    if found.year is None:
        raise Wrong("day_odd")
    real = _real(found.year, found.month, found.day)
    if not date(1940, 1, 1) <= real <= today + timedelta(days=366):
        raise Wrong("joined_when")
    return real


def _real(year: int, month: int, number: int) -> date:
    try:
        return date(year, month, number)
    except ValueError:
        raise Wrong("day_unreal") from None


def day(cell: Cell) -> Day:
    """A day in one of the many ways offices write it; a year and month alone are doubtful, the rest is wrong."""
    if isinstance(cell, date):
        return Day(cell.year, cell.month, cell.day)
    if isinstance(cell, int) and 5_000 < cell < 100_000:
        raise Wrong("day_as_number")  # Excel's count of days: which calendar of its two, the cell does not say
    line = plain(cell).replace(" ", "") if not re.search(r"[a-zA-Z]{3}", plain(cell)) else plain(cell)
    line = (
        re.sub(r"(?<=\d)[T]?\d{1,2}:\d\d(:\d\d(\.\d+)?)?$", "", line) if re.search(r"\d{4}-\d\d-\d\d", line) else line
    )
    for pattern in (r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})[日号]?", r"((?:19|20)\d\d)(\d\d)(\d\d)"):
        if hit := re.fullmatch(pattern, line):
            return Day(int(hit[1]), int(hit[2]), int(hit[3]))
    if re.fullmatch(r"(19|20)\d\d([-./年]\d{1,2}月?|\d\d|年)?", line):
        raise Doubtful("day_missing")
    if hit := re.fullmatch(r"(\d{1,2})月(\d{1,2})[日号]?|(\d\d?)-(\d\d?)", line):
        return Day(None, int(hit[1] or hit[3]), int(hit[2] or hit[4]))
    if hit := LUNAR.fullmatch(line):
        calendar = Calendar.LUNAR_LEAP if hit[2] else Calendar.LUNAR
        return Day(_year(hit[1]), _month(hit[3]), _day(hit[4]), calendar)
    if hit := re.fullmatch(r"(?i)(\d{1,2})[ -]?([a-z]{3})[a-z]*\.?[ ,-]*(\d{4})", line):
        return Day(int(hit[3]), _english(hit[2]), int(hit[1]))
    if hit := re.fullmatch(r"(?i)([a-z]{3})[a-z]*\.? ?(\d{1,2}),? ?(\d{4})", line):
        return Day(int(hit[3]), _english(hit[1]), int(hit[2]))
    raise Wrong("day_odd")


def _english(month: str) -> int:
    if month.lower() not in MONTHS:
        raise Wrong("day_odd")
    return MONTHS[month.lower()]


def _year(written: str | None) -> int | None:
    if not written:
        return None
    return int(written) if written.isdigit() else int("".join(str(DIGITS[c]) for c in written))


def _month(written: str) -> int:
    if written.isdigit():
        return int(written)
    return {"正": 1, "冬": 11, "腊": 12}.get(written) or _count(written)


def _day(written: str) -> int:
    if written.isdigit():
        return int(written)
    return 30 if written == "卅" else _count(written.removeprefix("初").replace("廿", "二十"))


def _count(written: str) -> int:
    """一 to 三十九."""
    tens, ten, ones = written.partition("十")
    if not ten:
        return DIGITS[written]
    return (DIGITS[tens] if tens else 1) * 10 + (DIGITS[ones] if ones else 0)


def moment_free(cell: Cell) -> Cell:
    """A moment without its hours: Excel keeps days as moments."""
    return cell.date() if isinstance(cell, datetime) else cell
