"""Forms: from the first word to the last, and changing one's mind on the way."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import forms
from bot.context import Context
from bot.router import OFFICER, PRIVATE, Registry, Router
from bot.voice import Say, Show
from models.base import Refused
from models.fields import Spot
from models.people import Unit
from tests.form_desk import ZONE, Desk, NewNote, Sort, at_a_desk, jpeg, outing, until


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with at_a_desk(tmp_path) as found:
        yield found


def test_a_whole_form_from_the_first_word_to_the_last(desk: Desk) -> None:
    desk.begin("outings.new")
    assert "叫什么？" in desk.text
    assert "1/16" in desk.text
    assert desk.labels == ["不填了"]
    assert isinstance(desk.words[-1], Say)  # beginning leaves the message with the button as it is
    desk.type("中秋\n健步走")
    assert desk.labels == ["健步走", "讲座", "其他", "上一步", "不填了"]
    desk.tap("健步走")
    assert isinstance(desk.words[-1], Show)
    assert "什么时候开始？" in desk.text
    desk.type("12月4日15:00-17:00")
    assert "2026年12月4日 周五 15:00–17:00（12天后）" in desk.text
    desk.tap("对")
    assert "哪天截止？" in desk.text  # the end was said with the start
    assert desk.labels[:2] == ["2026-11-22 周日", "2026-11-23 周一"]
    desk.tap("2026-11-23 周一")
    assert "最多 500" in desk.text
    desk.tap("默认：30")
    desk.type("12.50")
    desk.type("有")
    desk.tap("健步走")
    desk.tap("✓ 健步走")
    desk.tap("健步走")
    desk.tap("讲座")
    desk.tap("选好了（2）")
    assert "下一页 ›" in desk.labels
    desk.tap("下一页 ›")
    desk.tap("第12研究室")
    desk.type("第3研究室、第4研究室")
    desk.type("第一行\n第二行")
    desk.send_file("photo", "photo.jpg", "image/jpeg", jpeg())
    desk.send_file("document", "通知.PDF", "application/pdf", b"%PDF")
    desk.tap("没有附件")
    desk.send("location", spot=(39.9, 116.4))
    for line in ("<b>名称</b>：中秋 健步走", "<b>结束</b>：2026年12月4日 周五 17:00", "<b>标签</b>：健步走、讲座",
                 "<b>部门</b>：第12研究室", "<b>原件</b>：通知.PDF", "<b>位置</b>：39.90000, 116.40000"):  # fmt: skip
        assert line in desk.text
    assert desk.labels[0] == "预览"
    desk.tap("预览")
    new, target = desk.finished[0]
    assert target is None
    assert new.title == "中秋 健步走"
    assert new.starts_at == datetime(2026, 12, 4, 15, tzinfo=ZONE)
    assert new.ends_at == datetime(2026, 12, 4, 17, tzinfo=ZONE)
    assert (new.closes_on, new.places, new.fee, new.bus) == (date(2026, 11, 23), 30, Decimal("12.50"), True)
    assert (new.tags, new.unit, new.others) == ([Sort.WALK, Sort.LECTURE], 12, [3, 4])
    assert new.about == "第一行\n第二行"
    assert new.spot == Spot(latitude=39.9, longitude=116.4)
    assert desk.draft is None
    assert not desk.type("later")


def test_only_what_is_missing_is_asked(desk: Desk) -> None:
    desk.begin("outings.new", answers={**outing(), "fee": "nonsense"})
    assert "每人多少钱？" in desk.text
    desk.tap("跳过")
    assert "<b>费用</b>：（未填）" in desk.text


def test_editing_opens_with_the_review_and_changes_one_line(desk: Desk) -> None:
    desk.begin("outings.edit", target_id=9, answers=outing())
    assert "<b>修改活动</b>" in desk.text
    assert "<b>名称</b>：健步走" in desk.text
    desk.tap("改：名称")
    assert "现在是：健步走" in desk.text
    assert desk.labels == ["不改了"]
    desk.tap("不改了")
    desk.tap("改：名称")
    desk.type("x")
    assert "太短了，至少 2 个字" in desk.text
    desk.type("秋游")
    assert "<b>名称</b>：秋游" in desk.text
    desk.tap("改：名额")
    desk.tap("默认：30")
    desk.tap("提交" if "提交" in desk.labels else "预览")
    new, target = desk.finished[0]
    assert (new.title, new.places, target) == ("秋游", 30, 9)


def test_a_moved_start_takes_its_end_along(desk: Desk) -> None:
    desk.begin("outings.edit", target_id=9, answers=outing())
    desk.tap("改：开始")
    desk.type("12月11日 15:30")
    desk.tap("对")
    assert "<b>开始</b>：2026年12月11日 周五 15:30（19天后）" in desk.text
    assert "<b>结束</b>：2026年12月11日 周五 17:30" in desk.text
    desk.tap("改：开始")
    desk.type("12月12日 9:00-10:00")
    desk.tap("对")
    assert "<b>结束</b>：2026年12月12日 周六 10:00" in desk.text


def test_a_rule_of_the_whole_form_is_told_at_once_or_at_the_review(desk: Desk) -> None:
    until(desk, "spot")
    desk.tap("跳过")
    desk.tap("改：结束")
    desk.type("12月4日 14:00")
    desk.tap("对")
    assert "结束要晚于开始。" in desk.text
    desk.tap("预览")
    assert "结束要晚于开始。" in desk.text
    assert not desk.finished
    desk.begin("talks.new")
    desk.press(desk.find("不填了，开始新的").data or "")
    assert "题目？" in desk.text


def test_a_field_may_call_for_another_and_lets_it_go_again(desk: Desk) -> None:
    until(desk, "sort")
    desk.tap("其他")
    assert "哪一种？" in desk.text
    assert "跳过" not in desk.labels
    desk.type("xy")
    assert "至少 3 个字" in desk.text
    desk.type("棋牌比赛")
    assert "什么时候开始？" in desk.text
    desk.begin("outings.edit", answers=outing(sort=Sort.OTHER, why="棋牌比赛"))
    desk.tap("不填了，开始新的")
    assert "说明类别" in desk.text
    desk.tap("改：类别")
    desk.tap("讲座")
    assert "说明类别" not in desk.text
    assert "why" not in desk.answers
    desk.tap("改：类别")
    desk.tap("其他")
    assert "哪一种？" in desk.text


def test_back_forgets_the_last_answer(desk: Desk) -> None:
    desk.begin("outings.new")
    desk.type("健步走")
    desk.tap("讲座")
    desk.tap("上一步")
    assert "哪一类？" in desk.text
    assert list(desk.answers) == ["title"]
    desk.tap("上一步")
    assert desk.answers == {}
    assert "上一步" not in desk.labels


def test_back_from_what_was_understood_asks_the_same_again(desk: Desk) -> None:
    until(desk, "starts_at")
    desk.type("12月4日15:00")
    desk.tap("上一步")
    assert "什么时候开始？" in desk.text
    assert "sort" in desk.answers


def test_a_refusal_at_the_end_keeps_every_word(desk: Desk) -> None:
    desk.begin("notes.new")
    desk.type("第一句")
    desk.tap("急")
    desk.refusal = Refused("form.no_right")
    desk.tap("提交")
    assert "没有办这件事的权限" in desk.text
    assert "第一句" in desk.text
    assert len(desk.words) == 1  # what the handler said before the refusal is taken back
    with Session(desk.engine) as session:
        assert session.scalar(select(Unit).where(Unit.name == "not to stay")) is None
    desk.refusal = None
    desk.tap("提交")
    assert desk.finished[0][0].text == "第一句"
    assert desk.draft is None


def test_the_end_of_one_form_may_open_another(desk: Desk) -> None:
    router = Router("notes")

    @router.form("notes.new", NewNote, who=OFFICER, where=PRIVATE)
    def _finish(context: Context, new: NewNote, target_id: int | None) -> None:
        forms.begin(context, "talks.new", answers={"title": new.text})

    talks = [one for one in desk.registry.routers[0].routes if one.name == "talks.new"]
    router.routes += talks
    desk.registry = Registry([router])
    desk.begin("notes.new", answers={"text": "一句话", "grade": "low"})
    desk.tap("提交")
    assert "何时？" in desk.text
    assert desk.answers == {"title": "一句话"}


def test_what_is_given_is_neither_asked_nor_forgotten(desk: Desk) -> None:
    desk.begin("notes.new", answers={"about_id": 7})
    assert "1/2" in desk.text
    assert "上一步" not in desk.labels
    desk.type("第一句")
    desk.tap("上一步")
    assert desk.answers == {"about_id": 7}
    desk.type("第一句")
    desk.tap("默认：不急")
    assert "about" not in desk.text
    desk.tap("提交")
    assert desk.finished[0][0].about_id == 7


def test_one_message_may_fill_the_whole_form(desk: Desk) -> None:
    desk.begin("talks.new")
    desk.type("人工智能；2026-12-04T15:00:00+08:00；听说有茶点")
    assert "何时结束？" in desk.text
    desk.tap("跳过")
    assert "没用上：听说有茶点" in desk.text
    desk.tap("提交")
    assert desk.finished[0][0].title == "人工智能"


def test_a_doubtful_word_of_a_whole_message_is_asked_with_its_choices(desk: Desk) -> None:
    desk.begin("talks.new", text="人工智能；周几")
    assert "有几种可能" in desk.text
    desk.tap("2026-11-24 周二 10:00")
    assert "何时结束？" in desk.text
    assert desk.answers["starts_at"] == "2026-11-24T10:00:00+08:00"


def test_what_a_whole_message_says_wrongly_is_asked(desk: Desk) -> None:
    desk.begin("talks.new", text="题" * 61 + "；2026-12-04T15:00:00+08:00")
    assert "最多 60 个字" in desk.text
    assert "题目？" in desk.text


def test_a_reader_is_not_asked_about_a_changed_line(desk: Desk) -> None:
    start = datetime(2026, 12, 4, 15, tzinfo=ZONE)
    desk.begin("talks.new", answers={"title": "甲", "starts_at": start, "ends_at": None})
    desk.tap("改：题目")
    desk.type("乙；丙")
    assert desk.answers["title"] == "乙；丙"
