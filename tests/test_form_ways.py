"""Forms: leaving, coming back, being interrupted, losing the right; and that no words are lost."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot import forms
from bot.router import Registry
from models.base import Refused
from models.drafts import Draft
from models.people import Role
from tests.form_desk import ME, Desk, at_a_desk, jpeg, outing, until


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with at_a_desk(tmp_path) as found:
        yield found


def test_cancel_asks_only_when_much_would_be_lost(desk: Desk) -> None:
    desk.begin("outings.new")
    desk.type("健步走")
    desk.tap("不填了")
    assert desk.draft is None
    assert "「发布活动」不填了" in desk.text
    desk.begin("talks.new")
    desk.type("甲")
    desk.type("12月4日15:00-17:00")
    desk.tap("对")
    desk.unit(forms.cancel, sort="command", text="/cancel")
    assert "已经填了 3 项" in desk.text
    desk.tap("接着填")
    assert "请过目" in desk.text
    desk.tap("不填了")
    desk.tap("是，不填了")
    assert desk.draft is None
    desk.unit(forms.cancel, sort="command", text="/cancel")
    assert "没有正在填的表" in desk.text


def test_looking_at_a_thing_costs_no_question_when_leaving(desk: Desk) -> None:
    desk.begin("outings.edit", target_id=9, answers=outing())
    assert not desk.command("/events")
    assert desk.draft is None
    desk.begin("outings.edit", target_id=9, answers=outing())
    desk.tap("不填了")
    assert desk.draft is None


def test_an_old_button_is_told_so_and_the_present_question_shown(desk: Desk) -> None:
    desk.begin("outings.new")
    desk.type("健步走")
    old = desk.find("讲座").data or ""
    desk.tap("健步走")
    asked = desk.text
    desk.press(old)  # a double tap
    assert desk.alert is not None
    assert "前面的按钮" in desk.alert.text
    assert desk.text == asked
    assert desk.answers["sort"] == "walk"
    for data in ("form:", "form:x:y:z", "form:1:ok", "form::::", f"form:{desk.draft.step}:m:99999999999999",  # type: ignore[union-attr]
                 f"form:{desk.draft.step}:o:walk", f"form:{desk.draft.step}:zz", f"form:{desk.draft.step}:d"):  # type: ignore[union-attr]  # fmt: skip
        assert desk.press(data) is None
        assert desk.text == asked
    desk.tap("不填了")
    desk.press(old)
    assert desk.alert is not None
    assert "已经提交或取消" in desk.alert.text


def test_a_button_of_a_dropped_draft_does_not_work_in_the_next(desk: Desk) -> None:
    desk.begin("outings.new")
    desk.type("健步走")
    old = desk.find("讲座").data or ""
    desk.unit(forms.cancel, sort="command")
    desk.begin("outings.new")
    desk.type("健步走")
    desk.press(old)
    assert "sort" not in desk.answers


def test_another_command_asks_first(desk: Desk) -> None:
    desk.begin("outings.new")
    assert not desk.command("/events")  # nothing said yet: nothing to lose
    desk.begin("outings.new")
    desk.type("健步走")
    assert desk.command("/events now")
    assert "停在「类别」" in desk.text
    assert desk.labels == ["接着填", "不填了，去 /events"]
    desk.tap("接着填")
    assert "哪一类？" in desk.text
    assert desk.draft is not None
    assert desk.draft.waiting is None
    desk.command("/events now")
    assert desk.tap("不填了，去 /events") == "/events now"
    assert desk.draft is None


def test_another_form_asks_first(desk: Desk) -> None:
    desk.begin("outings.new")
    desk.begin("talks.new", answers={"title": "甲"})  # nothing said yet
    assert "何时？" in desk.text
    desk.type("12月4日15:00")
    desk.begin("outings.new", answers={"title": "健步走"}, target_id=3)
    assert "「<b>讲座</b>」还没填完" in desk.text
    desk.tap("接着填")
    assert "周五 15:00" in desk.text
    desk.begin("outings.new", answers={"title": "健步走"}, target_id=3)
    desk.tap("不填了，开始新的")
    assert "哪一类？" in desk.text
    assert desk.answers == {"title": "健步走"}
    assert desk.draft is not None
    assert desk.draft.target_id == 3


def test_words_typed_while_choosing_are_kept(desk: Desk) -> None:
    desk.begin("outings.new")
    desk.command("/events")
    desk.begin("outings.new")
    desk.type("健步走")
    desk.command("/events")
    assert desk.type("讲座")
    assert "先留着" in desk.text
    assert "sort" not in desk.answers
    desk.tap("接着填，刚发的就是「类别」")
    assert desk.answers["sort"] == "lecture"


def test_a_stale_draft_is_offered_again_and_nothing_typed_is_lost(desk: Desk) -> None:
    desk.begin("notes.new")
    desk.type("第一句")
    desk.tap("上一步")
    desk.now += timedelta(hours=7)
    desk.type("隔了很久")
    desk.type("又一句")
    assert desk.labels == ["接着填，刚发的就是「内容」", "接着填", "不填了"]
    assert desk.answers == {}
    desk.tap("接着填，刚发的就是「内容」")
    assert desk.answers == {"text": "隔了很久\n又一句"}
    desk.now += timedelta(hours=7)
    desk.tap("急")  # a tap on the question itself is meant
    assert desk.answers["grade"] == "high"
    desk.now += timedelta(hours=7)
    desk.type("谁？")
    desk.tap("接着填")
    assert "请过目" in desk.text
    desk.now += timedelta(hours=7)
    desk.type("谁？")
    desk.tap("不填了")
    assert desk.draft is None


def test_a_photo_that_came_late_is_kept_too(desk: Desk) -> None:
    until(desk, "photo")
    desk.now += timedelta(hours=7)
    desk.send_file("photo", "photo.jpg", "image/jpeg", jpeg())
    desk.tap("接着填，刚发的就是「照片」")
    assert "通知原件？" in desk.text
    assert desk.answers["photo"] is not None


def test_resume_shows_where_they_stopped(desk: Desk) -> None:
    assert not desk.unit(forms.resume)
    until(desk, "starts_at")
    desk.type("12月4日15:00")
    assert desk.unit(forms.resume, sort="command", text="/start")
    assert "上次填到这里" in desk.text
    desk.tap("对")
    assert "哪天截止？" in desk.text or "什么时候结束？" in desk.text


def test_a_right_withdrawn_in_the_middle_ends_the_form(desk: Desk) -> None:
    desk.begin("notes.new")
    desk.type("第一句")
    held = desk.find("急").data or ""
    desk.roles = frozenset()
    desk.press(held)
    assert "权限有变化" in desk.text
    assert desk.draft is None
    with pytest.raises(Refused, match="no_right"):
        desk.begin("notes.new")
    desk.roles = frozenset({Role.OFFICER})
    desk.begin("notes.new")
    desk.roles = frozenset()
    assert desk.type("第一句")
    assert "权限有变化" in desk.text
    assert not desk.type("第二句")


def test_a_right_withdrawn_before_the_end_stops_the_sending(desk: Desk) -> None:
    desk.begin("notes.new", answers={"text": "第一句", "grade": "low"})
    desk.roles = frozenset()
    desk.press(desk.find("提交").data or "")
    assert desk.finished == []
    assert "权限有变化" in desk.text


def test_a_deploy_that_changed_the_form_asks_only_what_no_longer_fits(desk: Desk) -> None:
    desk.begin("talks.new")
    desk.type("一二三四五")
    with Session(desk.engine) as session, session.begin():
        draft = session.get_one(Draft, ME)
        draft.answers = {"title": "x" * 100, "starts_at": "2026-12-04T15:00:00+08:00", "gone": 5}
        draft.asking = "ends_at"
    desk.type("17:00")
    assert "「题目」和现在的情况对不上了" in desk.text
    assert desk.answers == {"starts_at": "2026-12-04T15:00:00+08:00"}
    desk.tap("对")
    assert "题目？" in desk.text
    with Session(desk.engine) as session, session.begin():
        session.get_one(Draft, ME).asking = "vanished"
    desk.type("甲")  # typed for a question that is no more
    assert "先留着" in desk.text
    desk.tap("接着填")
    assert "题目？" in desk.text
    desk.type("甲")
    assert "<b>结束</b>：2026年12月4日 周五 17:00" in desk.text


def test_a_form_that_is_no_more_is_let_go(desk: Desk) -> None:
    desk.begin("talks.new")
    desk.type("甲")
    desk.registry = Registry([])
    desk.type("乙")
    assert "停用" in desk.text
    assert desk.draft is None
