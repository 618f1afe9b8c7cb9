"""Chinese words for days and parts of the day: 下周五, 后天, 月底, 晚上."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.moments.days import (
    Day,
    LooseWeekday,
    MonthEnd,
    MonthShiftDay,
    OneOf,
    Shift,
    Vague,
    Weekday,
    WeekdayOf,
    YearShiftDate,
)
from bot.moments.words import Exact, Lexicon, Mark, Meaning, Part, Word, whole

WORDS = Lexicon()

_WEEK = {c: i for i, c in enumerate("一二三四五六日")} | {"天": 6} | {str(i + 1): i for i in range(7)}
_PARTS = {
    "dawn": "凌晨 拂晓",
    "morning": "大清早 一大早 一早 清早 清晨 早晨 早上 早间 晨间 上午 午前 晨",
    "noon": "中午 午间 晌午",
    "afternoon": "下午 午后",
    "dusk": "傍晚 黄昏",
    "evening": "晚上 晚间 夜晚",
    "night": "夜里 夜间 大半夜 半夜 深夜 午夜 子夜",
}
_PART_OF = {word: name for name, words in _PARTS.items() for word in words.split()}
_RELATIVE = {"今": 0, "明": 1, "昨": -1}

# --- days in words -------------------------------------------------------------------------------------------------


@WORDS.rule("今明昨", r"([今明昨])(?:天|日|儿个?|(?=[早晚夜晨上下中]))(?!后|之后|报|星)")
def _relative(m: re.Match[str], last: Word | None) -> Meaning | None:
    return Shift(_RELATIVE[m[1]], spoken=True)


@WORDS.rule("大后前", r"(大{0,3})([后前])(?:天|日(?!本|期))")
def _two_days(m: re.Match[str], last: Word | None) -> Meaning | None:
    count = 2 + len(m[1])
    return Shift(count if m[2] == "后" else -count, spoken=True)


WORDS.always("即现此", r"即日", Shift(0))
WORDS.always("现此n", r"现在|此刻|now\b", Exact(after=timedelta()))

_PRE = r"(?:(?P<pre>上上|上|下下下|下下|下|这一?|本|当|每|各|隔)(?P<ge>个)?)?"
_WAYS = {"上上": -2, "上": -1, "下": 1, "下下": 2, "下下下": 3, "这": 0, "这一": 0, "本": 0, "当": 0}


def _in_week(day: int, pre: str | None, loose: bool) -> Day:
    if pre is None:
        return Weekday(day)
    way = _WAYS[pre]
    return LooseWeekday(day, way) if loose and abs(way) == 1 else WeekdayOf(day, way)


WORDS.always(
    "每隔逢",
    r"(?:每逢|每|隔|逢)(?:<N>)?个?(?:天|日|周|月|年|星期|礼拜|晚|早|季度|小时|分钟)(?:[一二三四五六日天](?![个次]))?",
    Mark("recurring"),
)
WORDS.always(
    "e",
    r"every(?: other| \d{1,2}(?:nd|rd|th)?)?(?: (?:<DAY>|day|week|month|morning|evening|night))?s?\b",
    Mark("recurring"),
)


@WORDS.rule(
    "上下这本当周星礼",
    _PRE + r" ?<WEEK>(?:的? ?<WEEK>)? ?(?P<d>[一二三四五六日天]|[1-7](?![\d:.]))(?![年个次])"
    r"(?!(?<=一)(?:共|次|直|定|般|些|览|样|致|同|起[一-龥])|(?<=二)(?:维|手|胎|次)|(?<=日)期|(?<=[日天])天)"
    r"(?:[、,和]?(?P<d2>[二三四五六日天])(?![点时十刻月年个百天:]))?",
)
def _weekday(m: re.Match[str], last: Word | None) -> Meaning | None:
    day = _in_week(_WEEK[m["d"]], m["pre"], bool(m["ge"]))
    if m["d2"]:
        return OneOf((day, _in_week(_WEEK[m["d2"]], m["pre"], bool(m["ge"]))))
    return day


@WORDS.rule("上下这本周", _PRE + r"周末")
def _weekend(m: re.Match[str], last: Word | None) -> Meaning | None:
    return OneOf((_in_week(5, m["pre"], False), _in_week(6, m["pre"], False)))


@WORDS.rule("上下这本当", r"(上上|上|下下|下|这|本|当)个?(?:<WEEK>(?!年|会|刊|报|岁|边|围|到|密|全)|季度)(?:内|之内)?")
def _week(m: re.Match[str], last: Word | None) -> Meaning | None:
    return Vague()


@WORDS.rule(
    "上下这本当",
    r"(上个?|下下个?|下个?|这个?|本|当)月(?:份(?!量))?"
    r"(?:的? ?(<N>) ?[日号]|的?(最后一天)|(底|末)|(?:初|中旬?|上旬|下旬))?",
)
def _month(m: re.Match[str], last: Word | None) -> Meaning | None:
    months = {"上": -1, "下": 1, "下下": 2}.get(m[1].removesuffix("个"), 0)
    if m[2]:
        return MonthShiftDay(months, whole(m[2]) or 99)
    if m[3] or m[4]:
        return MonthShiftDay(months, 0, vague=not m[3])
    return Vague()


WORDS.always("月", r"月(?:底|末)", MonthShiftDay(0, 0, vague=True))
WORDS.always("月年", r"[月年](?:初|中(?!国|华|午))", Vague())


@WORDS.rule(
    "今明后去本当年",
    r"(今年|本年度?|当年|明年|后年|去年)?的? ?(?:(?:(<N>) ?月份? ?(<N>) ?(?:[日号]|(?![\d日号])))|年?(底|末|初|中))?",
)
def _year(m: re.Match[str], last: Word | None) -> Meaning | None:
    years = {"明": 1, "后": 2, "去": -1}.get((m[1] or "今")[0], 0)
    if m[1] and m[3]:
        return YearShiftDate(years, whole(m[2]), whole(m[3]))
    if m[4] in ("底", "末") and (m[1] or "年" in m[0]):
        return MonthEnd(12, years)
    return Vague() if m[1] else None


_LUNAR = r"[正冬腊闰<CN>]{1,3}月"
WORDS.always(
    "农阴旧正冬腊大初廿除春中端重七元清小",
    r"(?:农历|阴历|旧历)(?:[<CN>\d]{4}年)?(?:" + _LUNAR + r")?(?:(?:初|廿|卅)?[<CN>\d]{1,3}[日号]?)?"
    r"|[正冬腊]月(?:(?:初|廿)?[<CN>\d]{1,3})?[日号]?|大?年?初[<CN>]{1,2}(?!中|级|步|始|次|稿)|大年三十|廿[<CN>]日?",
    Mark("lunar"),
)
WORDS.always(
    "除春中端重七元小国劳五青妇三儿六教清圣平情冬夏腊",
    r"除夕夜?|春节|中秋节?|端午节?|重阳节?|七夕节?|元宵节|小年夜?|元旦节?|国庆节?|劳动节|五一节|青年节|妇女节|三八节|儿童节"
    r"|六一节|教师节|清明节?|圣诞节?|平安夜|情人节|冬至|夏至|腊八节?",
    Mark("feast", fatal=False),
)


@WORDS.rule("".join({w[0] for w in _PART_OF}), "|".join(sorted(_PART_OF, key=len, reverse=True)))
def _part(m: re.Match[str], last: Word | None) -> Meaning | None:
    if m[0] == "晨" and not (last and last.end == m.start()):
        return None
    return Part(_PART_OF[m[0]])


@WORDS.rule(
    "早晚夜", r"(?:[早晚夜])(?=(?P<hour> ?<N> ?[点时:])?)(?!一点(?![半钟整一三十\d]))(?![会宴餐饭班自报场市间读操安])"
)
def _short_part(m: re.Match[str], last: Word | None) -> Meaning | None:
    # 明早, 周五晚, 晚7点; not the 晚 of 晚一点 or 晚会.
    if m["hour"] or (last and last.end == m.start() and isinstance(last.meaning, Day)):
        return Part({"早": "morning", "晚": "evening", "夜": "night"}[m[0]])
    return None
