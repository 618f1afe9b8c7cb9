"""Cards as pictures: every template with every name, words inside their boxes, text where a picture would be wrong."""

import asyncio
import io
import logging
import re
import threading
import xml.etree.ElementTree as ET
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from bot.pictures import FOLDER, Pictures
from bot.pictures.paint import Spoiled, paint
from bot.pictures.typesetting import NEVER_FIRST, NEVER_LAST, Missing, _pieces, block, clean, has_glyph, measure
from bot.texts import Texts

PICTURES = Pictures(Texts(ZoneInfo("Asia/Shanghai")))
NAMES = [
    "王䶮堃",
    "李梅",
    "欧阳震华",
    "Anna Keller",
    "阿卜杜热西提·买买提",
    "一二三四五六七八九十甲乙丙丁戊己庚辛壬癸子丑寅卯",
]
SHORT, LONG = "天天开心！", "愿新的一岁，身体健康，工作顺心，家人平安。谢谢您这一年里的每一份认真。" * 3
TILES = [("收到", 12345), ("立案", 9), ("已答复", "—"), ("满意率", "100%"), ("超期", 0), ("平均答复（工作日）", 12.5)]
ENGLISH = "Wishing you good health, steady hands and many bright ideas; there is cake at four. " * 2


def facts(name: str = "李梅", wish: str = SHORT, **more: Any) -> dict[str, Any]:
    """What every template asks for."""
    return {
        "name": name,
        "wish": wish,
        "sign": "半导体所工会",
        "on": "2026-11-22",
        "festival": "mid_autumn",
        "title": "中秋团圆",
        "subtitle": "第 60 天",
        "reason": wish,
        "award": "健步之星",
        "number": "2026-0417",
        "unit": "步",
        "cells": [{"name": name, "place": wish[:40], "code": "SB-1", "link": "https://t.me/a?start=repair_1"}],
        "rows": [{"name": name, "value": 1_284_350 // place} for place in range(1, 13)],
        "tiles": [{"name": label, "value": value} for label, value in TILES],
        "classes": [{"code": code, "name": f"{code} 条件所限", "value": 1234} for code in "ABCD"],
        "months": [[month * 97, month * 41] for month in range(12)],
        **more,
    }


def texts_of(svg: str) -> list[ET.Element]:
    return list(ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"))


def image_of(data: bytes | None) -> Image.Image:
    assert data is not None
    return Image.open(io.BytesIO(data))


# Every template, every name


def test_there_are_three_moods_of_a_birthday_and_what_else_was_promised() -> None:
    assert PICTURES.names("birthday") == ["birthday_ink", "birthday_lanterns", "birthday_night"]
    assert {"festival", "certificate", "ranking", "summer", "winter"} <= set(PICTURES.names())


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("template", PICTURES.names())
def test_every_template_takes_every_name_whole_and_keeps_words_on_the_page(
    template: str, name: str, language: str
) -> None:
    for wish in (SHORT, LONG if language == "zh_CN" else ENGLISH):
        svg = PICTURES.fill(template, facts(name, wish), language)
        root = ET.fromstring(svg)
        width, height = float(root.get("width", 0)), float(root.get("height", 0))
        lines = texts_of(svg)
        assert name in [line.text for line in lines], "the name is cut"
        taken: list[tuple[float, float, float, float, str | None]] = []
        for line in lines:
            x, y, size = (float(line.get(key, 0)) for key in ("x", "y", "font-size"))
            face = "sans" if "Sans" in line.get("font-family", "") else "serif"
            long = size * measure(line.text or "", face) + float(line.get("letter-spacing", 0)) * (
                len(line.text or "") - 1
            )
            left = x - {"start": 0, "middle": long / 2, "end": long}[line.get("text-anchor", "start")]
            if line.text in ("贺", "福"):
                continue  # in a seal or on a lantern, which are moved as a whole
            assert left >= 24, f"{line.text} begins at {left:.0f}"
            assert left + long <= width - 24, f"{line.text} ends at {left + long:.0f} of {width:.0f}"
            assert y - 0.88 * size > 0, line.text
            assert y + 0.12 * size < height, line.text
            here = (left, y - 0.78 * size, left + long, y, line.text)
            for there in taken:
                apart = here[0] >= there[2] or there[0] >= here[2] or here[1] >= there[3] or there[1] >= here[3]
                assert apart, f"{line.text} runs into {there[4]}"
            taken.append(here)


@pytest.mark.parametrize("template", PICTURES.names())
def test_every_template_is_drawn_small_enough_to_send(template: str) -> None:
    data = PICTURES.draw(template, facts("王䶮堃", LONG), "zh_CN")
    image = image_of(data)
    assert image.format == "JPEG"
    assert image.width >= 1080
    assert image.width + image.height <= 10_000  # Telegram's own limit for a photo
    assert data is not None
    assert len(data) < 260_000


@pytest.mark.parametrize("festival", re.findall(r'^  "(\w+)": \(', (FOLDER / "festival.svg").read_text("utf-8"), re.M))
def test_every_festival_has_its_own_look(festival: str) -> None:
    plain = PICTURES.fill("festival", facts(festival="never_heard_of"), "zh_CN")
    own = PICTURES.fill("festival", facts(festival=festival), "zh_CN")
    assert (own == plain) == (festival == "plain")
    ET.fromstring(own)


def test_nothing_is_fetched_and_nothing_but_our_own_fonts_is_asked_for() -> None:
    for template in PICTURES.names():
        svg = PICTURES.fill(template, facts(link="https://t.me/a?start=b"), "zh_CN")
        assert "href" not in svg
        assert "<image" not in svg
        assert not re.search(r"url\((?!#)", svg)
        assert {line.get("font-family") for line in texts_of(svg)} <= {"Noto Sans SC", "Noto Serif SC"}


def test_a_new_file_is_a_new_picture(tmp_path: Path) -> None:
    (tmp_path / "thanks.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100"><rect width="200" height="100" fill="#fff"/>'
        '<title>{{ name }}</title>{{ block(name, 180, 40).about(100, 50, "#000", "middle") }}</svg>',
        "utf-8",
    )
    own = Pictures(PICTURES.texts, tmp_path)
    assert own.names() == ["thanks"]
    assert image_of(own.draw("thanks", {"name": "李梅"}, "zh_CN")).size == (200, 100)
    assert "<title>&lt;/title&gt;</title>" in own.fill("thanks", {"name": "</title>"}, "zh_CN")


# What is measured is what is drawn


@pytest.mark.parametrize("face", ["sans", "serif"])
@pytest.mark.parametrize(
    "words", ["王䶮堃", "Anna Keller", "阿卜杜热西提·买买提", "2026年11月22日 AV To", "（工会）“好”"]
)
def test_words_are_drawn_as_wide_as_they_were_measured(words: str, face: Any) -> None:
    for spacing in (0, 0.2):
        laid = block(f"口{words}口", 1000, 60, face=face, spacing=spacing)
        svg = laid.about(600, 100, "#000", "middle")
        drawn = paint(
            '<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="200">'
            f'<rect width="1200" height="200" fill="#fff"/>{svg}</svg>'
        )
        image = image_of(drawn).convert("L").point(lambda level: 255 if level < 128 else 0)
        box = image.getbbox()
        assert box is not None
        bearing = 60 * 0.3  # 口 does not fill its square; and Latin letters are kerned
        assert 600 - laid.width / 2 - 3 <= box[0] <= 600 - laid.width / 2 + bearing
        assert 600 + laid.width / 2 - bearing <= box[2] <= 600 + laid.width / 2 + 3
        assert 60 < (box[1] + box[3]) / 2 < 140


def test_a_rare_name_is_drawn_as_itself() -> None:
    drawn = [
        image_of(PICTURES.draw("birthday_ink", facts(name), "zh_CN")).crop((90, 690, 700, 810)).convert("L")
        for name in ("王䶮", "王㛃", "王𬭎")
    ]
    for one, other in zip(drawn, drawn[1:] + drawn[:1], strict=True):
        assert ImageChops.difference(one, other).getextrema()[1] > 100  # no two of them as the same box


# Glyphs


@pytest.mark.parametrize("char", "䶮㛃㵘㙓𬭎𬱖𫍽𬀩𠅤𣲗堃喆·甯")
def test_rare_characters_of_names_have_glyphs(char: str) -> None:
    assert has_glyph(char, "serif")
    assert has_glyph(char, "sans")


@pytest.mark.parametrize(
    "name",
    ["محمد", "王\U0003106c", "李\ue000梅", "a\u0301\u0301\u0301b", "\ud800", "ไทย"],
    ids=lambda name: ascii(name),
)
def test_a_name_that_cannot_be_drawn_is_said_as_text_and_not_logged(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        assert PICTURES.draw("birthday_night", facts(name), "zh_CN") is None
    assert "birthday_night not drawn: no_glyph" in caplog.text
    assert name not in caplog.text


def test_emoji_and_what_is_invisible_is_left_out() -> None:
    assert clean("生日🎂快乐👨‍👩‍👧‍👦！❤️👍🏽") == "生日快乐！" + ("❤" if has_glyph("❤", "serif") else "")
    assert clean("李\u202e梅\u200b\x07") == "李梅"
    assert clean("  两行\r\n\n 字  ") == "两行\n字"
    assert clean("e\u0301te\u0301") == "été"
    assert clean("the union’s ‘好’") == "the union's ‘好’"


@pytest.mark.parametrize(
    ("template", "given"),
    [
        ("never_heard_of", facts()),
        ("../../config", facts()),
        ("birthday_ink", {"name": "李梅"}),
        ("ranking", facts(rows=[{"name": "李梅", "value": "many"}])),
        ("ranking", facts(rows=None)),
        ("birthday_ink", facts(on="some day")),
    ],
)
def test_whatever_goes_wrong_there_is_no_picture_and_no_error(
    template: str, given: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert PICTURES.draw(template, given, "zh_CN") is None
    assert "not drawn" in caplog.text
    assert "李梅" not in caplog.text


def test_a_drawing_that_fails_is_spoiled() -> None:
    with pytest.raises(Spoiled):
        paint("<svg")


# Hostile words


def test_markup_stays_words() -> None:
    evil = "</text><image href='x'/>&{{ 7*7 }}<"
    svg = PICTURES.fill("festival", facts(evil, "]]>&amp;<script>"), "zh_CN")
    said = [line.text for line in texts_of(svg)]
    assert evil in said
    assert "<image" not in svg
    assert "49" not in said


@pytest.mark.parametrize(
    "words",
    ["\x00\x1b[31m", "字" * 4096, "W" * 4096, "。" * 4096, "（" * 4096, "\n" * 4096, " " * 4096, "a b" * 1400, ""],
)
def test_words_without_end_come_to_an_end(words: str) -> None:
    for template in PICTURES.names():
        svg = PICTURES.fill(template, facts(words, words, title=words, number=words, unit=words[:20]), "en")
        assert len(svg) < 100_000
        ET.fromstring(svg)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300), st.sampled_from(PICTURES.names()))
def test_any_words_at_all_fill_a_template_or_are_missing(name: str, wish: str, template: str) -> None:
    try:
        svg = PICTURES.fill(template, facts(name, wish), "zh_CN")
    except Missing:
        return
    ET.fromstring(svg)


@settings(max_examples=6, deadline=None)
@given(st.text(st.characters(max_codepoint=0x9FFF), max_size=40))
def test_any_words_at_all_are_drawn_or_said_as_text(words: str) -> None:
    data = PICTURES.draw("winter", facts(words, words), "zh_CN")
    assert data is None or image_of(data).width == 1080


# Lines


WORDS = st.text(st.sampled_from("中文字，。！？（）《》“”、abc de-1 …—"), min_size=1, max_size=60)


@settings(max_examples=200, deadline=None)
@given(WORDS, st.integers(6, 20), st.booleans())
def test_lines_fit_lose_nothing_and_break_where_they_may(words: str, room: int, even: bool) -> None:
    laid = block(words, room * 20, 20, lines=80, even=even)
    assert "".join(laid.lines).replace(" ", "") == re.sub(r"\s", "", words)
    for line in laid.lines:
        assert 20 * measure(line, "serif") <= room * 20 + 0.01
    ends = set(accumulate(len(line.replace(" ", "")) for line in laid.lines))
    begun = 0
    for piece in _pieces(clean(words)):
        ended = begun + len(piece.strip())
        if ends & set(range(begun + 1, ended)):
            assert 20 * measure(piece, "serif") > room * 20, f"{piece} is parted and need not be"
        begun = ended


@given(WORDS)
def test_marks_are_never_parted_from_what_they_belong_to(words: str) -> None:
    for before, after in pairwise(_pieces(words)):
        if not before.isspace() and not after.isspace():
            assert before[-1] not in NEVER_LAST
            assert after[0] not in NEVER_FIRST


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("今天天气好，很好。", ("今天天气好，", "很好。")),
        ("我们看《红楼梦》", ("我们看《红楼", "梦》")),
        ("他说：“好的”吧", ("他说：", "“好的”吧")),
        ("我们研究 photonics 材料", ("我们研究", "photonics 材", "料")),
        ("我们都在读《红楼梦》", ("我们都在读", "《红楼梦》")),
        ("一二三四五六七", ("一二三四五六", "七")),
        ("一二三四五六。七", ("一二三四五", "六。七")),
        ("第一行\n第二行", ("第一行", "第二行")),
    ],
)
def test_lines_break_as_a_typesetter_would(words: str, lines: tuple[str, ...]) -> None:
    assert block(words, 6.3 * 40, 40, lines=9).lines == lines


def test_too_many_words_become_smaller_and_then_end_in_dots() -> None:
    roomy = block("字" * 10, 400, 60, least=30)
    assert 39 <= roomy.size <= 40.1
    assert roomy.lines == ("字" * 10,)
    tight = block("字" * 100, 400, 60, least=30, lines=2)
    assert tight.size == 30
    assert len(tight.lines) == 2
    assert tight.lines[-1].endswith("字…")
    assert tight.width <= 400
    tall = block("字" * 60, 400, 60, least=20, tall=200)
    assert "".join(tall.lines) == "字" * 60
    assert len(tall.lines) * tall.size * tall.leading <= 200.01


def test_centred_lines_are_about_equally_long() -> None:
    laid = block("一二三四五六七八九十" * 2 + "尾", 20.5 * 30, 30, lines=3, even=True)
    assert [len(line) for line in laid.lines] == [11, 10]


# Facts that matter


def test_a_ranking_shows_ten_rows_ties_and_zeros() -> None:
    rows = [{"name": "甲", "value": 9, "rank": 1}, {"name": "乙", "value": 9, "rank": 1}, {"name": "丙", "value": 0}]
    said = [line.text for line in texts_of(PICTURES.fill("ranking", facts(rows=rows), "zh_CN"))]
    assert [text for text in said if text in ("1", "2", "3")] == ["1", "1", "3"]
    many = [{"name": f"部门{place}号", "value": 100 - place} for place in range(30)]
    assert "部门10号" not in PICTURES.fill("ranking", facts(rows=many), "zh_CN")
    assert image_of(PICTURES.draw("ranking", facts(rows=[]), "zh_CN")).width == 1080


def test_a_code_to_scan_keeps_away_from_the_words() -> None:
    svg = PICTURES.fill("certificate", facts(reason=LONG, link="https://t.me/staffhome_bot?start=c_1"), "zh_CN")
    code = re.search(r"translate\((\d+) (\d+)\) scale\([\d.]+\)\" fill=\"#3a2c25\"", svg)
    assert code is not None
    left, top, size, quiet = int(code[1]), int(code[2]), 126, 16
    for line in texts_of(svg):
        x, y, em = (float(line.get(key, 0)) for key in ("x", "y", "font-size"))
        long = em * measure(line.text or "", "serif")
        begins = x - {"start": 0, "middle": long / 2, "end": long}[line.get("text-anchor", "start")]
        apart = begins > left + size + quiet or begins + long < left - quiet or y + 0.12 * em < top - quiet
        assert apart, line.text
    assert "扫码" not in PICTURES.fill("certificate", facts(), "zh_CN")


async def test_many_are_drawn_at_once_beside_a_loop_that_goes_on() -> None:
    """A card is drawn in another thread and another process; the loop takes many steps meanwhile."""
    ready, steps = threading.Event(), 0

    def draw(name: str) -> bytes | None:
        drawn = PICTURES.draw("birthday_lanterns", facts(name), "zh_CN")
        ready.set()
        return drawn

    cards = [asyncio.create_task(asyncio.to_thread(draw, name)) for name in NAMES[:4]]
    while not ready.is_set():
        await asyncio.sleep(0)
        steps += 1
    drawn = await asyncio.gather(*cards)
    assert steps > 20
    assert len(set(drawn)) == 4
    assert None not in drawn
    assert drawn[0] == PICTURES.draw("birthday_lanterns", facts(NAMES[0]), "zh_CN")
