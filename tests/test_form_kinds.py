"""Forms: every kind of question, as people answer it."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy.orm import Session

from bot.incoming import Attachment
from bot.voice import Say
from models import photos
from models.base import Refused
from models.files import File
from models.people import Unit
from tests.form_desk import (
    ME,
    Desk,
    at_a_desk,
    jpeg,
    until,
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with at_a_desk(tmp_path) as found:
        yield found


def test_a_moment_is_shown_back_and_never_guessed(desk: Desk) -> None:
    until(desk, "starts_at")
    desk.type("随便")
    assert "没看懂这个时间" in desk.text
    desk.type("12月4日3点")  # morning or afternoon
    assert "有几种可能" in desk.text
    assert "2026-12-04 周五 15:00" in desk.labels
    assert "starts_at" not in desk.answers
    desk.tap("2026-12-04 周五 15:00")
    assert desk.answers["starts_at"] == "2026-12-04T15:00:00+08:00"


def test_an_hour_may_follow_the_day(desk: Desk) -> None:
    until(desk, "starts_at")
    desk.type("12月4日")
    assert "2026年12月4日 周五（12天后），几点？" in desk.text
    desk.type("下午3点")
    desk.tap("对")
    assert desk.answers["starts_at"] == "2026-12-04T15:00:00+08:00"
    desk.type("17:30")  # the end is on the day of the start
    assert "2026年12月4日 周五 17:30" in desk.text
    desk.tap("上一步")
    desk.type("12月5日 9:00")
    assert "2026年12月5日 周六 09:00" in desk.text


def test_an_end_is_a_tap_away_and_words_without_a_place_are_shown(desk: Desk) -> None:
    until(desk, "starts_at")
    desk.type("12月4日15:00 学术报告厅")
    assert "没用上：学术报告厅" in desk.text
    desk.tap("对")
    assert desk.labels[:3] == ["2026-12-04 周五 16:00", "2026-12-04 周五 17:00", "2026-12-04 周五 18:00"]
    desk.tap("2026-12-04 周五 17:00")
    assert desk.answers["ends_at"] == "2026-12-04T17:00:00+08:00"


def test_what_the_field_refuses_is_not_offered(desk: Desk) -> None:
    until(desk, "closes_on")
    desk.type("12月3日")
    assert "2026年12月3日 周四（11天后）" in desk.text
    desk.type("下午三点")
    assert "还差哪一天" in desk.text
    desk.type("明天")
    desk.tap("对")
    assert desk.answers["closes_on"] == "2026-11-23"


@pytest.mark.parametrize(
    ("typed", "value"), [("30", 30), ("３０人", 30), ("三十", 30), ("两百人", 200), ("+5 ", 5), ("1", 1), ("30.0", 30)]
)
def test_numbers_as_people_type_them(desk: Desk, typed: str, value: int) -> None:
    until(desk, "places")
    desk.type(typed)
    assert desk.answers["places"] == value


@pytest.mark.parametrize(
    ("typed", "said"),
    [("0", "不能小于 1"), ("501", "不能大于 500"), ("-3", "不能小于 1"), ("三十五点", "只写一个数字"),
     ("9" * 15, "太大"), ("3.5", "整数"), ("30-40", "只写一个数字"), ("不限", "只写一个数字"),
     ("9" * 4000, "只写一个数字")],
)  # fmt: skip
def test_numbers_that_are_refused(desk: Desk, typed: str, said: str) -> None:
    until(desk, "places")
    desk.type(typed)
    assert said in desk.text
    assert "places" not in desk.answers


def test_choices_may_be_typed_but_not_invented(desk: Desk) -> None:
    until(desk, "sort")
    desk.type("钓鱼")
    assert "点下面的按钮" in desk.text
    desk.type(" 讲座 ")
    assert desk.answers["sort"] == "lecture"
    desk.tap("上一步")
    desk.send("location", spot=(1.0, 2.0))
    assert "点下面的按钮" in desk.text


def test_several_choices_are_ticked_and_keep_to_their_limits(desk: Desk) -> None:
    until(desk, "tags")
    tick = desk.find("健步走").data or ""
    desk.tap("健步走")
    desk.press(tick)  # a double tap ticks once
    assert "✓ 健步走" in desk.labels
    assert "选好了（1）" in desk.labels
    desk.tap("讲座")
    desk.tap("其他")
    desk.tap("选好了（3）")
    assert "最多选 2 个" in desk.text
    desk.tap("✓ 其他")
    desk.tap("选好了（2）")
    assert desk.answers["tags"] == ["walk", "lecture"]


def test_an_empty_tick_list_of_an_optional_question_is_an_answer(desk: Desk) -> None:
    until(desk, "tags")
    desk.tap("选好了（0）")
    assert desk.answers["tags"] == []


def test_many_choices_come_in_pages_and_can_be_searched(desk: Desk) -> None:
    until(desk, "unit")
    assert desk.labels.count("第8研究室") == 1
    assert "第9研究室" not in desk.labels
    assert "‹ 上一页" not in desk.labels
    desk.tap("下一页 ›")
    desk.tap("下一页 ›")
    assert "第20研究室" in desk.labels
    assert "下一页 ›" not in desk.labels
    desk.type("1研究")
    assert [label for label in desk.labels if label.startswith("第")] == ["第1研究室", "第11研究室"]
    desk.tap("看全部")
    desk.type("第七研究室")
    assert "点下面的按钮" in desk.text
    gone = desk.find("第2研究室").data or ""
    with Session(desk.engine) as session, session.begin():
        session.delete(session.get_one(Unit, 2))
    desk.press(gone)
    assert desk.alert is not None
    assert "unit" not in desk.answers


def test_a_ticked_choice_on_another_page_stays(desk: Desk) -> None:
    until(desk, "others")
    desk.tap("第1研究室")
    desk.tap("下一页 ›")
    desk.tap("第16研究室")
    assert "‹ 上一页" in desk.labels
    desk.tap("选好了（2）")
    assert desk.answers["others"] == [1, 16]


def test_files_are_refused_by_ending_and_size_before_they_are_fetched(desk: Desk) -> None:
    until(desk, "paper")
    desk.send("document", attachment=Attachment("x", "a.exe", "application/x", 10))
    assert "只收这些格式：.pdf" in desk.text
    desk.send("document", attachment=Attachment("x", "a.pdf", "application/pdf", 1001))
    assert "文件太大" in desk.text
    desk.send_file("photo", "photo.jpg", "image/jpeg", jpeg())
    assert "只收这些格式" in desk.text
    desk.files["lie"] = b"x" * 1001
    desk.send("document", attachment=Attachment("lie", "a.pdf", "application/pdf", 5))
    assert "文件太大" in desk.text
    desk.type("没有")
    assert "请发一个文件" in desk.text
    desk.send_file("document", "a.pdf", "application/pdf", b"%PDF")
    assert "附件？" in desk.text


def test_a_photo_is_kept_upright_small_and_without_its_place(desk: Desk) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lying on its side
    exif.get_ifd(0x8825)[1] = "N"
    until(desk, "photo")
    desk.send_file("document", "大.jpeg", "image/jpeg", jpeg((4000, 100), exif=exif))
    with Session(desk.engine) as session:
        file = session.get_one(File, desk.answers["photo"])
        assert (file.name, file.kind) == ("大.jpg", "image/jpeg")
        with Image.open(io.BytesIO(file.content)) as kept:
            assert kept.size == (64, 2560)
            assert not kept.getexif()
            assert kept.format == "JPEG"


@pytest.mark.parametrize("content", [b"", b"no photo", jpeg()[:300], b"GIF89a" + b"\xff" * 50])
def test_what_is_no_photo_is_refused_kindly(desk: Desk, content: bytes) -> None:
    until(desk, "photo")
    desk.send_file("photo", "photo.jpg", "image/jpeg", content)
    assert "打不开" in desk.text
    assert "photo" not in desk.answers


def test_a_bomb_of_a_photo_is_refused() -> None:
    out = io.BytesIO()
    Image.new("1", (12000, 12000)).save(out, "PNG")
    with pytest.raises(Refused, match=r"form\.not_a_photo"):
        photos.clean(out.getvalue())
    with pytest.raises(Refused):
        photos.clean(b"x" * (photos.LIMIT + 1))
    with pytest.raises(Refused):
        photos.clean(b"<svg xmlns='http://www.w3.org/2000/svg'/>")


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 800))
def test_broken_photos_never_break_us(noise: bytes, at: int) -> None:
    whole = jpeg((60, 60))
    try:
        made = photos.clean(whole[:at] + noise + whole[at + len(noise) :])
    except Refused:
        return
    assert made.startswith(b"\xff\xd8")


def test_transparent_photos_become_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(out, "PNG")
    with Image.open(io.BytesIO(photos.clean(out.getvalue()))) as kept:
        assert kept.getpixel((1, 1)) == (255, 255, 255)


def test_a_place_by_attachment_by_button_or_by_numbers(desk: Desk) -> None:
    until(desk, "spot")
    desk.type("这里")
    assert "没找到位置" in desk.text
    desk.tap("用我现在的位置")
    assert desk.buttons[0].spot
    desk.send("location", spot=(39.9, 116.4))
    assert isinstance(desk.words[0], Say)
    assert desk.words[0].clear
    assert "39.90000, 116.40000" in desk.text
    desk.tap("改：位置")
    desk.type("30.25，120.15")
    assert "30.25000, 120.15000" in desk.text
    desk.tap("改：位置")
    desk.type("91, 10")
    assert "不能大于 90" in desk.text
    desk.tap("不填这一项")
    assert "<b>位置</b>：（未填）" in desk.text


def test_a_phone_number_may_be_shared_as_a_contact(desk: Desk) -> None:
    desk.begin("notes.new")
    desk.send("contact", phone="13800000000", phone_owner=ME)
    assert desk.answers["text"] == "13800000000"


def test_typing_at_the_review_points_to_the_buttons(desk: Desk) -> None:
    desk.begin("notes.new", answers={"text": "第一句", "grade": "low"})
    desk.type("还有")
    assert "请点下面的按钮" in desk.text
    assert desk.answers["text"] == "第一句"


def test_own_error_sentences_come_first(desk: Desk) -> None:
    desk.begin("notes.new")
    desk.type("x")
    assert "多写几个字吧" in desk.text
    desk.type("长" * 4001)
    assert "最多 4000 个字，您写了 4001 个字" in desk.text
    desk.type(" \u200b\u200d\ufeff ")
    assert "没看到内容" in desk.text
    desk.send("photo", attachment=Attachment("x", "photo.jpg", "image/jpeg", 5))
    assert "请用文字写" in desk.text


def test_a_title_stays_a_title(desk: Desk) -> None:
    desk.begin("notes.new", answers={"grade": "low"})
    desk.type("<b>&</b> {{ 7 * 7 }}")
    assert "&lt;b&gt;&amp;&lt;/b&gt; {{ 7 * 7 }}" in desk.text


def test_a_long_review_still_fits_one_message(desk: Desk) -> None:
    desk.begin("notes.new", answers={"text": "&" * 4000, "grade": "low"})
    assert "…" in desk.text
    assert desk.answers["text"] == "&" * 4000


def test_english_too(desk: Desk) -> None:
    desk.language = "en"
    until(desk, "starts_at")
    desk.type("4 Dec 2026 15:00-17:00")
    assert "Fri 4 Dec 2026 15:00–17:00 (in 12 days)" in desk.text
    assert desk.labels == ["Right", "Back", "Cancel"]
