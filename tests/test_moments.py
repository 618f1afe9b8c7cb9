"""Dates as people type them: the corpus, what must never happen, and every notation read back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.moments import DOUBTS, LONGEST, Moment, Reading, find, read
from bot.moments.numerals import number, plain

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEDNESDAY = datetime(2026, 11, 25, 10, 0, tzinfo=SHANGHAI)


# --- the corpus ------------------------------------------------------------------------------------------------------


class _Once(yaml.BaseLoader):
    """Refuses a phrase that stands twice in one block; YAML itself would keep the last one without a word."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        keys = [key.value for key, _ in node.value]
        assert len(keys) == len(set(keys)), {key for key in keys if keys.count(key) > 1}
        return super().construct_mapping(node, deep)


def _moment(text: str, zone: ZoneInfo) -> Moment:
    if " " in text:
        return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=zone)
    return date.fromisoformat(text)


def _case(text: str, zone: ZoneInfo) -> tuple[Moment, Moment | None]:
    start, _, end = text.strip().partition(" .. ")
    return _moment(start, zone), _moment(end, zone) if end else None


def _corpus() -> list[Any]:
    blocks = yaml.load((Path(__file__).parent / "corpus" / "moments.yaml").read_text("utf-8"), Loader=_Once)
    found = []
    for block in blocks:
        zone = ZoneInfo(block.get("zone", "Asia/Shanghai"))
        now = _moment(block["now"], zone)
        for say, means in block["phrases"].items():
            found.append(pytest.param(say, means, now, zone, block["expect"], id=f"{block['now']} {say}"[:60]))
    return found


CORPUS = _corpus()


@pytest.mark.parametrize(("say", "means", "now", "zone", "expect"), CORPUS)
def test_a_phrase_means_what_people_mean_by_it(say: str, means: str, now: Any, zone: ZoneInfo, expect: Any) -> None:
    reading = read(say, now, zone, expect=expect)
    refused = means.startswith("!")
    left, _, options = means.lstrip("! ").partition("|")
    left, _, doubts = left.partition("?")
    assert reading.doubts == tuple(doubts.split())
    if refused:
        assert not reading.certain
        return
    meant = _case(left, zone) if left.strip() else (None, None)
    assert (reading.value, reading.end) == meant
    several = [_case(option, zone) for option in options.split(",") if option.strip()]
    assert list(zip(reading.options, reading.ends, strict=True)) == several
    assert reading.certain == (not doubts)


def test_the_corpus_is_large_and_little_of_the_plain_is_refused() -> None:
    meanings = [case.values[1] for case in CORPUS]
    refused = sum(means.startswith("!") for means in meanings)
    plainly = sum("?" not in means for means in meanings) + refused
    assert len(meanings) >= 300
    assert refused <= plainly * 0.05


# --- inside a sentence -----------------------------------------------------------------------------------------------

SENTENCES: list[tuple[str, list[tuple[str, str, str | None]]]] = [
    (
        "周五下午3点 学术报告厅 健步走 30人 周四17点截止",
        [("周五下午3点", "2026-11-27 15:00", None), ("周四17点截止", "2026-11-26 17:00", "by")],
    ),
    (
        "3号楼201会议室，12月5日14:30开始，报名截止12月3日17点，名额30人",
        [("12月5日14:30开始", "2026-12-05 14:30", "start"), ("报名截止12月3日17点", "2026-12-03 17:00", "by")],
    ),
    ("我有三点意见，晚一点发给大家", []),
    ("明天下午3点在2号厅打羽毛球，自带球拍", [("明天下午3点", "2026-11-26 15:00", None)]),
    (
        "活动时间：周五下午3点至5点 地点：8号楼",
        [("周五下午3点至5点", "2026-11-27 15:00 .. 2026-11-27 17:00", None)],
    ),
    ("请于12月3日17点前报名", [("12月3日17点前报名", "2026-12-03 17:00", "by")]),
    ("周五晚7点电影《我和我的祖国》", [("周五晚7点", "2026-11-27 19:00", None)]),
    ("周五下午3点健步走，限30人，5号楼门口集合", [("周五下午3点", "2026-11-27 15:00", None)]),
    (
        "Badminton Friday 3-5pm, gym, 12 people, sign up by Thursday 5pm",
        [("Friday 3-5pm", "2026-11-27 15:00 .. 2026-11-27 17:00", None), ("by Thursday 5pm", "2026-11-26 17:00", "by")],
    ),
    ("Yoga from 3 to 5pm tomorrow", [("from 3 to 5pm tomorrow", "2026-11-26 15:00 .. 2026-11-26 17:00", None)]),
    ("It was a sunny day in the second building", []),
    ("电话82304210，房间3-5，价格12.5元，第3点，比例3/4，30人", []),
    ("🎉12月5日（周六）上午9:00 趣味运动会🎉", [("12月5日（周六）上午9:00", "2026-12-05 09:00", None)]),
    ("插花 周六上午十点 三楼报告厅", [("周六上午十点", "2026-11-28 10:00", None)]),
]


@pytest.mark.parametrize(("sentence", "expected"), SENTENCES)
def test_moments_are_found_inside_a_sentence(sentence: str, expected: list[tuple[str, str, str | None]]) -> None:
    found = find(sentence, WEDNESDAY, SHANGHAI)
    assert [(sentence[f.start : f.end], f.role) for f in found] == [(words, role) for words, _, role in expected]
    for one, (_, means, _) in zip(found, expected, strict=True):
        assert one.reading.certain
        assert (one.reading.value, one.reading.end) == _case(means, SHANGHAI)


def test_a_doubtful_moment_is_found_with_its_doubts() -> None:
    (found,) = find("周五5点 健步走", WEDNESDAY, SHANGHAI)
    assert found.reading.doubts == ("which_half",)
    assert [m.hour for m in found.reading.options if isinstance(m, datetime)] == [5, 17]


def test_a_word_that_may_be_the_day_is_never_passed_over_in_silence() -> None:
    found = find("元旦 上午十点 联欢会，次日下午3点闭幕", WEDNESDAY, SHANGHAI)
    assert [f.reading.doubts for f in found] == [("feast",), ("no_day",)]


def test_a_feast_in_a_title_is_no_date() -> None:
    (found,) = find("中秋联欢会 周五下午3点 礼堂", WEDNESDAY, SHANGHAI)
    assert found.reading.certain


def test_places_count_the_signs_that_were_typed() -> None:
    sentence = "🎉\u200b　 周五\u200b下午  ３点   走"
    (found,) = find(sentence, WEDNESDAY, SHANGHAI)
    assert sentence[found.start : found.end] == "周五\u200b下午  ３点"


# --- what must never happen ------------------------------------------------------------------------------------------

_PIECES = [
    *"0123456789一二两三十半点时分刻号日月年周天早晚到至前后的,，:：-~/.() ",
    "星期", "下下", "上个", "下个", "上午", "下午", "晚上", "凌晨", "中午", "今天", "明天", "后天", "今晚",
    "截止", "开始", "结束", "小时后", "天后", "农历", "初", "每", "全天", "左右", "next", "friday", "tomorrow", "at",
    "in", "from", "to",
    "pm", "am", "noon", "dec", "5th", "hours", "half", "past",
    "2026-12-05", "14:30", "\u200b", "🎉", "３", "٣", "③",
]  # fmt: skip
_PIECEMEAL = st.lists(st.sampled_from(_PIECES), max_size=40).map("".join)
_ZONES = st.sampled_from(
    ["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "UTC"]
).map(ZoneInfo)
_NOW = st.datetimes(datetime(2000, 1, 1), datetime(2100, 12, 31), timezones=st.just(UTC))


def _is_sound(reading: Reading) -> None:
    assert reading.value is not None or reading.doubts
    assert reading.value is None or not reading.options
    assert len(reading.options) == len(reading.ends)
    assert set(reading.doubts) <= set(DOUBTS)
    for moment in (reading.value, reading.end, *reading.options, *reading.ends):
        assert not isinstance(moment, datetime) or moment.utcoffset() is not None
    if reading.certain and reading.end is not None:
        assert str(reading.end) >= str(reading.value)[: len(str(reading.end))]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(_PIECEMEAL, st.text(max_size=300)), _NOW, _ZONES, st.sampled_from(["moment", "day", "clock"]))
def test_no_words_at_any_time_in_any_zone_raise(text: str, now: datetime, zone: ZoneInfo, expect: Any) -> None:
    _is_sound(read(text, now, zone, expect=expect))
    place = 0
    for found in find(text, now, zone):
        assert place <= found.start < found.end <= len(text)
        place = found.end
        _is_sound(found.reading)


@pytest.mark.parametrize(
    "piece", ["今晚", "大概", "9", "十", "12:", "1/", "3点到", "截止", "的", "下下", "a ", "周五,", "-"]
)
def test_a_message_full_of_one_word_is_survived(piece: str) -> None:
    text = (piece * 4096)[:4096]
    assert read(text, WEDNESDAY, SHANGHAI) == Reading(doubts=("too_long",), rest=text.strip())
    find(text, WEDNESDAY, SHANGHAI)


def test_beyond_the_longest_answer_nothing_is_tried() -> None:
    assert read("周五下午3点" + " " * 500, WEDNESDAY, SHANGHAI).certain
    assert read("周五下午3点" + "吧" * LONGEST, WEDNESDAY, SHANGHAI).doubts == ("too_long",)


def test_now_without_a_zone_is_a_bug() -> None:
    with pytest.raises(ValueError, match="aware"):
        read("周五", datetime(2026, 11, 25), SHANGHAI)


# --- every notation read back ----------------------------------------------------------------------------------------

_CN = "零一二三四五六七八九"


def _cn(count: int) -> str:
    tens, ones = divmod(count, 10)
    head = "" if not tens else "十" if tens == 1 else _CN[tens] + "十"
    return head + (_CN[ones] if ones or not tens else "")


def _part(hour: int) -> tuple[str, int]:
    if hour < 5:
        return "凌晨", hour
    if hour < 12:
        return "上午", hour
    if hour == 12:
        return "中午", 12
    return ("下午", hour - 12) if hour < 18 else ("晚上", hour - 12)


def _notations(m: datetime) -> list[str]:
    part, hour = _part(m.hour)
    year = "".join(_CN[int(c)] for c in str(m.year))
    minutes = "" if not m.minute else f"零{_cn(m.minute)}分" if m.minute < 10 else f"{_cn(m.minute)}分"
    weekday = "一二三四五六日"[m.weekday()]
    texts = [
        f"{m:%Y-%m-%d %H:%M}",
        f"{m:%Y/%m/%d %H:%M}",
        f"{m:%Y.%m.%d %H:%M}",
        f"{m:%Y-%m-%dT%H:%M:%S}",
        f"{m:%Y%m%d %H:%M}",
        m.isoformat(),
        m.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        f"{m.year}年{m.month}月{m.day}日{m:%H:%M}",
        f"{m.year}年{m.month}月{m.day}日 {part}{hour}点{m.minute:02d}分",
        f"{m.year}年{m.month}月{m.day}号（周{weekday}）{part}{hour}:{m.minute:02d}",
        f"{year}年{_cn(m.month)}月{_cn(m.day)}日{part}{_cn(hour)}点{minutes}",
        f"{m:%d %B %Y %H:%M}",
        f"{m:%a, %b} {m.day}, {m.year} {m:%H:%M}",
    ]
    if not 1 <= m.hour <= 7:
        texts.append(f"星期{weekday} {m.year}年{m.month}月{m.day}日{m.hour}时{m.minute}分")
    if m.hour or m.minute:
        texts.append(f"{m:%B} {m.day}, {m.year} at {m.hour % 12 or 12}:{m:%M %p}")
    wide = str.maketrans("0123456789:-", "０１２３４５６７８９：－")
    return texts + [text.translate(wide) for text in texts if "T" not in text]


@settings(max_examples=150, deadline=None)
@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31)), _NOW)
def test_a_moment_written_out_is_read_back(wall: datetime, now: datetime) -> None:
    moment = wall.replace(second=0, microsecond=0, tzinfo=SHANGHAI)
    for text in _notations(moment):
        reading = read(text, now, SHANGHAI)
        assert reading.value == moment, text
        assert set(reading.doubts) <= {"past"}, text


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 364), st.integers(0, 23), st.integers(0, 59))
def test_a_day_of_the_coming_year_is_read_back_without_its_year(days: int, hour: int, minute: int) -> None:
    day = WEDNESDAY.date() + timedelta(days=days)
    for text in (f"{day.month}月{day.day}日", f"{day.month}/{day.day}", f"{day:%b} {day.day}", f"{day:%m-%d}"):
        reading = read(f"{text} {hour:02d}:{minute:02d}", WEDNESDAY, SHANGHAI)
        meant = datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)
        assert meant in (reading.value, *reading.options)
        assert reading.certain == (day.year == WEDNESDAY.year)


@pytest.mark.parametrize("days", range(1, 22))
@pytest.mark.parametrize("weekday", range(7))
def test_weekdays_follow_the_calendar_week_from_every_day(days: int, weekday: int) -> None:
    now = WEDNESDAY + timedelta(days=days)
    monday = now.date() - timedelta(days=now.weekday())
    name = "一二三四五六日"[weekday]
    this, following = monday + timedelta(days=weekday), monday + timedelta(days=7 + weekday)
    assert read(f"下周{name}", now, SHANGHAI, expect="day").value == following
    assert read(f"这周{name}", now, SHANGHAI, expect="day").value == this
    assert read(f"周{name}", now, SHANGHAI, expect="day").value == (this if this >= now.date() else following)


# --- numbers ---------------------------------------------------------------------------------------------------------


@given(st.integers(0, 99))
def test_chinese_numerals_are_read_back(count: int) -> None:
    assert number(_cn(count)) == count


@pytest.mark.parametrize("word", ["", "五五", "十十", "二三", "百百", "甲", "-1", "十零"])
def test_what_is_no_number_is_none(word: str) -> None:
    assert number(word) is None


@given(st.text(max_size=200))
def test_every_plain_sign_knows_where_it_was_typed(text: str) -> None:
    reduced = plain(text)
    assert len(reduced.text) == len(reduced.origin)
    assert list(reduced.origin) == sorted(reduced.origin)
    assert all(0 <= place < len(text) for place in reduced.origin)
