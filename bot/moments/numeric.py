"""Days, hours and spans that are written with numbers, 12月5日 or 3pm."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, timezone

from bot.moments.days import (
    Clock,
    Day,
    EitherOrder,
    FullDate,
    LooseMonthDay,
    MonthDay,
    MonthEnd,
    MonthlyDay,
    MonthsLater,
    Shift,
    Vague,
)
from bot.moments.numerals import CN, number
from bot.moments.words import (
    DIGITS,
    NUMERIC,
    Exact,
    Lexicon,
    LooseFullDate,
    Mark,
    Meaning,
    Other,
    Part,
    To,
    Whole,
    Word,
    whole,
)

WORDS = Lexicon()

_SPAN = {"分": 60, "刻": 900, "时": 3600, "m": 60, "h": 3600}


# --- days written with numbers -----------------------------------------------------------------------------------


@WORDS.rule(
    DIGITS,
    r"(\d{4})-(\d\d)-(\d\d)(?:t(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(z|[+-]\d\d:?\d\d)"
    r"| (\d\d):(\d\d)(?::(\d\d))? ?(z\b|\+\d\d:?\d\d))",
)
def _iso(m: re.Match[str], last: Word | None) -> Meaning | None:
    hour, minute, second, offset = (m[4], m[5], m[6], m[7]) if m[4] else (m[8], m[9], m[10], m[11])
    zone = UTC
    if offset != "z":
        shift = timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
        if shift >= timedelta(hours=24):
            return Other()
        zone = timezone(-shift if offset[0] == "-" else shift)
    try:
        return Exact(
            at=datetime(int(m[1]), int(m[2]), int(m[3]), int(hour), int(minute), int(second or 0), tzinfo=zone)
        )
    except ValueError:
        return FullDate(int(m[1]), 0, 0)


@WORDS.rule(DIGITS, r"(\d{4}) ?([-/.]) ?(\d{1,2}) ?\2 ?(\d{1,2})(?![\d/.]|-\d{1,2}(?!\d|:| ?点|时))(?:t(?=\d\d:))?")
def _year_first(m: re.Match[str], last: Word | None) -> Meaning | None:
    return FullDate(int(m[1]), int(m[3]), int(m[4]))


@WORDS.rule(DIGITS, r"((?:19|20|21)\d\d)(\d\d)(\d\d)(?!\d)(?:t(?=\d\d:))?")
def _eight(m: re.Match[str], last: Word | None) -> Meaning | None:
    # Eight digits in a row may also be a telephone number: they are a day only where such a day exists.
    month, day = int(m[2]), int(m[3])
    return LooseFullDate(int(m[1]), month, day) if 1 <= month <= 12 and 1 <= day <= 31 else None


@WORDS.rule(NUMERIC, r"(\d{4}|\d\d|[〇零一二三四五六七八九]{4}) ?年度? ?(<N>) ?月份? ?(<N>) ?(?:[日号]|(?![\d日号]))")
def _chinese_full(m: re.Match[str], last: Word | None) -> Meaning | None:
    year = whole(m[1])
    return FullDate(year + 2000 if year < 100 else year, whole(m[2]), whole(m[3]))


@WORDS.rule(
    NUMERIC,
    r"(\d{4}|\d\d|[〇零一二三四五六七八九]{4}) ?年(?: ?<N> ?月份?(?! ?[\d<CN>初]))?(?:底|末|初|中|上旬|中旬|下旬)?",
)
def _year_only(m: re.Match[str], last: Word | None) -> Meaning | None:
    return Vague()


@WORDS.rule(DIGITS, r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?![\d/.])")
def _year_last(m: re.Match[str], last: Word | None) -> Meaning | None:
    return EitherOrder(int(m[4]), int(m[1]), int(m[3]))


# 26-12-05, 1.2.3.4, 3:2:1, 12-5-7: three or more numbers of which nobody can say what they are.
WORDS.always(DIGITS, r"\d{1,5}([-/.])\d{1,5}\1\d{1,5}(?:\1\d{1,5}){0,5}", Other())


@WORDS.rule(NUMERIC, r"(<N>)(?= ?<TO> ?<N> ?[日号])")
def _first_of_days(m: re.Match[str], last: Word | None) -> Meaning | None:
    return MonthlyDay(whole(m[1]))


@WORDS.rule(NUMERIC, r"(<N>)(?= ?(?:<TO>|and) ?<H> ?(?:(?::\d\d ?)?[ap]\.? ?m(?![a-z])))")
@WORDS.rule(NUMERIC, r"(<N>)(?= ?<TO> ?<N>(?: ?[点时]| ?: ?\d\d))")
def _first_of_hours(m: re.Match[str], last: Word | None) -> Meaning | None:
    # The 00 of a broken "9:00-11:30" is no hour.
    if m[1] == "00":
        return None
    return Clock(whole(m[1]), headless=True, exact=m[1].startswith("0"))


@WORDS.rule(NUMERIC, r"(<N>) ?月份? ?(<N>) ?(?:[日号](?!楼|厅|馆|线)|<CUT>)")
def _month_day(m: re.Match[str], last: Word | None) -> Meaning | None:
    if m[0][-1] not in "日号" and m[2][0] in CN:
        # 八月十五 without 日 is the festival for most who say it.
        return Mark("lunar")
    return MonthDay(whole(m[1]), whole(m[2]))


WORDS.always(NUMERIC + "闰", r"闰?<N>? ?月 ?(?:初[<CN>]|廿[<CN>]?|卅)", Mark("lunar"))


@WORDS.rule(NUMERIC, r"(<N>) ?月份?(底|末|初|中旬?|上旬|下旬)?(?! ?[\d<CN>])")
def _month_only(m: re.Match[str], last: Word | None) -> Meaning | None:
    return MonthEnd(whole(m[1])) if m[2] in ("底", "末") else Vague()


@WORDS.rule(
    DIGITS,
    r"(\d{1,2})(?:(/)(\d{1,2})(?![\d/:.])"
    r"|(\.)(\d{1,2})(?![\d.:]| ?[点时小天个年月元块米公万千百%]|周(?![一二三四五六日天]))"
    r"|(-)(\d\d)(?![\d:点时日号.]|-\d))",
)
def _loose_month_day(m: re.Match[str], last: Word | None) -> Meaning | None:
    if last and isinstance(last.meaning, Part) and last.end >= m.start() - 1 and m[4]:
        # 下午2.30
        return Clock(int(m[1]), int(m[5])) if len(m[5]) == 2 else Other()
    if m[6] and len(m[1]) != 2:
        return Other()
    return LooseMonthDay(int(m[1]), int(m[3] or m[5] or m[7]))


WORDS.always(DIGITS, r"\d{1,5}\.\d{1,5}(?! ?(?:个半?)?(?:小时|钟头|分|hours?|hrs?))", Other())


@WORDS.rule(
    NUMERIC,
    r"(<N>) ?([日号])(?!(?<=号)[线文令位球楼厅门院馆室会教桌台机车场区库房展柜码]"
    r"|(?<=日)(?:期间|[游内后本语报常均用子记]))",
)
def _monthly(m: re.Match[str], last: Word | None) -> Meaning | None:
    return MonthlyDay(whole(m[1]))


# --- hours ---------------------------------------------------------------------------------------------------------


@WORDS.rule("差", r"差 ?(?:(<N>) ?分钟?|一刻)(?:钟)? ?(?:到|就)? ?(<N>) ?点")
def _before_the_hour(m: re.Match[str], last: Word | None) -> Meaning | None:
    hour, minutes = whole(m[2]), whole(m[1]) if m[1] else 15
    return Clock(hour - 1 if hour > 1 else 12, 60 - minutes) if 0 < minutes < 60 and hour <= 24 else Clock(99)


@WORDS.rule(
    NUMERIC,
    r"(?P<h><N>) ?(?P<u>[点时])(?![间候期代光段数评名心击赞餐火歌燃]|意见|建议|要求|希望|说明|问题|理由|原因|想法)"
    r"(?: ?(?:钟|整|正)| ?(?P<half>半)(?!天|年|个|价|程)钟?| ?(?P<q>[123一二三]) ?刻(?! ?钟[后内前])"
    r"| ?[过零]?(?P<m><N>) ?分(?!钟[后内前]|之|享|组|会|别|为|批|开|发)钟?"
    r"|(?P<m2>\d\d|[零〇][一二三四五六七八九]|[二三四五]?十[一二三四五六七八九]?)"
    r"(?![\d<CN>点月日号人名个周天.:位元]))?"
    r"(?!\d|[<CN>](?![楼层个起同组队位场号食会周])|[点.:]\d)",
)
def _oclock(m: re.Match[str], last: Word | None) -> Meaning | None:
    tail = m.string[m.end("u") : m.end()]
    if m["u"] == "点" and m.string[max(m.start() - 1, 0) : m.start()] in tuple("第有这那几提讲谈说"):
        return Other()
    # 晚一点, 早一点, 有一点, 一点意见: a little, not one o'clock.
    if m["h"] == "一" and m["u"] == "点" and not tail.strip():
        before = m.string[m.start() - 1 : m.start()]
        named = last and isinstance(last.meaning, Part | Day | To) and last.end >= m.start() - 1
        if before in ("早", "晚") or not named:
            return Other()
    minute = 30 if m["half"] else 15 * whole(m["q"]) if m["q"] else whole(m["m"] or m["m2"]) if m["m"] or m["m2"] else 0
    return Clock(whole(m["h"]), minute, exact=m["h"][0] == "0")


@WORDS.rule(
    DIGITS,
    r"(?P<h>\d{1,2}) ?: ?(?P<m>\d\d)(?::(?P<s>\d\d)(?:\.\d{1,6})?)?(?!\d| ?:)"
    r"(?: ?(?P<ap>[ap])\.? ?m(?![a-z])\.?)?(?: ?分(?!钟))?",
)
def _colon(m: re.Match[str], last: Word | None) -> Meaning | None:
    if m.string[m.start() - 1 : m.start()] in (":", ".") and m.start():
        label = last and last.end == m.start() - 1
        if m.string[m.start() - 1] == "." or not (label or m.start() < 2 or not m.string[m.start() - 2].isdigit()):
            return Other()
    half = m["ap"] + "m" if m["ap"] else ""
    exact = not half and (m["h"][0] == "0" or int(m["h"]) > 12)
    return Clock(int(m["h"]), int(m["m"]), int(m["s"] or 0), exact=exact, half=_half(half))


def _half(half: str) -> str:
    return "afternoon" if half == "pm" else half


@WORDS.rule(DIGITS, r"(?P<h>\d{1,2}) ?(?P<ap>[ap])\.? ?m(?![a-z])\.?")
@WORDS.rule("otfsen", r"(?P<h><H>) ?(?P<ap>[ap])\.? ?m(?![a-z])\.?")
def _am_pm(m: re.Match[str], last: Word | None) -> Meaning | None:
    return Clock(whole(m["h"]), half=_half(m["ap"] + "m"))


@WORDS.rule("hqaftote", r"(half|quarter|a quarter|five|ten|twenty) (past|to) (<H>)\b")
def _past_to(m: re.Match[str], last: Word | None) -> Meaning | None:
    minutes = {"half": 30, "quarter": 15, "a quarter": 15}.get(m[1]) or whole(m[1])
    hour = whole(m[3])
    if m[2] == "past":
        return Clock(hour, minutes)
    return Clock(hour - 1 if hour > 1 else 12, 60 - minutes) if minutes != 30 else None


@WORDS.rule(DIGITS + "otfsen", r"(<H>) ?o'? ?clock\b")
@WORDS.rule("a", r"at (<H>)(?![\d:.a-z]| ?[ap]\.?m| ?o'?clock| ?[点时])")
def _english_hour(m: re.Match[str], last: Word | None) -> Meaning | None:
    return Clock(whole(m[1]))


WORDS.always("n正", r"noon\b|正午(?! ?<N> ?[点时])", Clock(12, half="noon"))
WORDS.always("m午子", r"midnight\b|[午子]夜(?! ?<N> ?[点时:])", Clock(0, half="midnight"))
WORDS.always("全整一a", r"全天|一?整天|all day\b", Whole())

# --- spans from now ------------------------------------------------------------------------------------------------


def later(count: float, unit: str, way: int) -> Meaning:
    """A span counted from now (`way` 1) or back from it (-1), in the unit that was said."""
    if not math.isfinite(count):
        return Mark("impossible")
    if unit in ("天", "d"):
        return Shift(way * int(count)) if count == int(count) else Mark("vague")
    if unit in ("周", "w"):
        return Shift(way * int(count) * 7) if count == int(count) else Mark("vague")
    if unit in ("月", "mo"):
        return MonthsLater(way * int(count)) if count == int(count) and count < 2400 else Mark("vague")
    return Exact(after=timedelta(seconds=way * count * _SPAN[unit]))


_AFTER = r" ?(?P<way>(?:之|以)?后|(?:之|以)?前(?!天|往|台|厅)|(?:之|以)?内|以里)"
_HOURS = (
    r"(?P<n>\d{1,3}\.\d|<NN>|半) ?个?(?P<half>半)? ?(?:小时|钟头)(?P<half2>半)?"
    r"(?: ?(?:零|过)?(?:(?P<min><N>) ?分钟?|(?P<q>[一三13]) ?刻钟?))?"
)
_REST = r"(?P<n>\d{1,3}\.\d|<NN>|半) ?(?P<half>个半|半)? ?(?P<unit>分钟?|天|日|个?周|个?星期|个?礼拜|个半?月|刻钟)"


def _way(m: re.Match[str]) -> int:
    """1 after now, -1 before it, 0 for a span within which something must happen."""
    way = m.groupdict().get("way") or "后"
    return 0 if way[-1] in "内里" else -1 if way[-1] == "前" else 1


def _count(word: str) -> float:
    if word == "半":
        return 0.5
    found = float(word) if "." in word else number(word)
    return math.inf if found is None else found


@WORDS.rule(NUMERIC + "半", _HOURS + _AFTER)
@WORDS.rule("再过", r"再?过 ?" + _HOURS + r"(?: ?(?:之|以)?后)?")
def _hourslater(m: re.Match[str], last: Word | None) -> Meaning | None:
    count = _count(m["n"]) + (0.5 if m["half"] or m["half2"] else 0)
    minutes = (_count(m["min"]) if m["min"] else 0) + (15 * whole(m["q"]) if m["q"] else 0)
    return later(count * 60 + minutes, "分", _way(m)) if _way(m) else Mark("vague")


@WORDS.rule(NUMERIC + "半", _REST + _AFTER)
@WORDS.rule("再过", r"再?过 ?" + _REST + r"(?: ?(?:之|以)?后)?")
def _unitslater(m: re.Match[str], last: Word | None) -> Meaning | None:
    unit = {"期": "周", "拜": "周", "钟": "刻" if "刻" in m["unit"] else "分"}.get(m["unit"][-1], m["unit"][-1])
    # 5日后 is after the 5th for some and in five days for others; 半个月 is no number of days.
    if unit == "日" or not _way(m) or m["half"] or "半" in m["unit"]:
        return Mark("vague")
    return later(_count(m["n"]), unit, _way(m))


WORDS.always(
    NUMERIC + "半", r"(?:<NN>|半) ?(?:年|个?月|个半月|天|个?周(?!<N>)|个?星期|小时) ?(?:之|以)?[后前内]", Mark("vague")
)
WORDS.always(
    NUMERIC + "半",
    r"(?:\d{1,5}(?:\.\d)?|[<CN>百]{1,5}|半) ?(?:个半?)? ?(?:天|周|星期|礼拜|小时|钟头|分钟|月|刻钟|年|秒)",
    Other(),
)
