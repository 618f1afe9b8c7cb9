"""Words on their way: long ones in pieces, keyboards, files, and the everyday noes that are no errors."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import sending
from bot.fate import NotSaid, Verdict
from bot.pieces import length, pieces
from bot.voice import Alert, Button, Say, Show
from sandbox import html
from sandbox.faults import Fault
from tests.office import PNG, Office, office

GO = [[Button("去看看", data="post.go:1"), Button("打开", url="https://t.me/staffhome_bot")]]


@pytest.fixture
async def at(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(sqlite_url, tmp_path / "locales") as found:
        yield found


async def test_a_long_text_is_said_in_pieces_with_the_buttons_under_the_last(at: Office) -> None:
    lines = [f"第{number}行：<b>通知</b>&amp;说明" for number in range(800)]
    said = await sending.say(at.bot, at.li.id, Say("\n".join(lines), GO))
    messages = at.world.sent("sendMessage", at.li.id)
    assert len(messages) == 3
    assert [bool(call.result.get("reply_markup")) for call in messages] == [False, False, True]
    assert said.message_id == messages[-1].result["message_id"]
    assert "\n".join(call.result["text"] for call in messages) == "\n".join(
        f"第{number}行：通知&说明" for number in range(800)
    )
    assert not at.world.refused()


@given(
    st.lists(
        st.one_of(
            st.text(alphabet="字a\n <&", max_size=12).map(lambda t: t.replace("&", "&amp;").replace("<", "&lt;")),
            st.text(alphabet="字a\n", min_size=1, max_size=30).map(lambda t: f"<b>{t}</b>"),
            st.just("<i>一<b>二</b>\n</i>"),
        ),
        max_size=12,
    ).map("".join),
    st.integers(3, 40),
)
def test_every_piece_is_whole_and_short_enough(text: str, limit: int) -> None:
    found = pieces(text, limit)
    for piece in found:
        assert length(piece) <= limit
        assert length(piece) == len(html.parse(piece)[0])  # as strict as Telegram: every tag is closed
    if length(text) <= limit:
        assert found == [text]


def test_only_what_stands_too_long_in_one_tag_is_clipped() -> None:
    assert pieces("一" * 25, 10) == ["一" * 10, "一" * 10, "一" * 5]
    assert pieces("<b>" + "一" * 25 + "</b>二三", 10) == ["<b>" + "一" * 9 + "…</b>", "二三"]
    assert pieces("一二三\n四五六\n七八九", 8) == ["一二三\n四五六", "七八九"]


async def test_a_photo_carries_its_words_or_is_followed_by_them(at: Office) -> None:
    said = await sending.say(at.bot, at.li.id, Say("短", GO, photo=PNG))
    assert at.li.last()["id"] == said.message_id
    assert said.file is not None
    await sending.say(at.bot, at.li.id, Say("长" * 1025, GO, photo=said.file))
    calls = at.world.sent(chat=at.li.id)
    assert [call.method for call in calls] == ["sendPhoto", "sendPhoto", "sendMessage"]
    assert "caption" not in calls[1].result
    assert calls[2].result["reply_markup"]
    await sending.say(at.bot, at.li.id, Say("名单", document=("名单.xlsx", b"PK")))
    assert at.world.sent("sendDocument")[0].result["document"]["file_name"] == "名单.xlsx"
    await sending.say(at.bot, at.li.id, Say("集合地点", GO, spot=(39.9, 116.4)))
    assert [call.method for call in at.world.sent(chat=at.li.id)][-2:] == ["sendMessage", "sendLocation"]
    assert not at.world.refused()


async def test_a_keyboard_that_asks_for_the_phone_stands_below_and_is_taken_away(at: Office) -> None:
    await sending.say(at.bot, at.li.id, Say("请认证", [[Button("发手机号", contact=True)]]))
    assert at.li.keyboard() == [["发手机号"]]
    await sending.say(at.bot, at.li.id, Say("好了", clear=True))
    assert at.li.keyboard() == []
    assert not at.world.refused()


async def test_showing_edits_and_says_anew_what_cannot_be_edited(at: Office) -> None:
    first = await sending.say(at.bot, at.li.id, Say("一", GO))
    shown = await sending.show(at.bot, at.li.id, first.message_id, Show("二"))
    again = await sending.show(at.bot, at.li.id, first.message_id, Show("二"))
    assert shown == again == sending.Said(first.message_id)
    assert sending.counts["not_modified"] > 0
    photo = await sending.say(at.bot, at.li.id, Say("图", photo=PNG))
    assert await sending.show(at.bot, at.li.id, photo.message_id, Show("新图"), is_photo=True) == sending.Said(
        photo.message_id
    )
    at.li.delete(first.message_id)
    for number, word in ((first.message_id, Show("三")), (photo.message_id, Show("四")), (None, Show("五" * 5000))):
        anew = await sending.show(at.bot, at.li.id, number, word)
        assert anew.message_id > photo.message_id


async def test_a_press_is_answered_and_a_late_answer_is_let_go(at: Office) -> None:
    await sending.say(at.bot, at.li.id, Say("一", GO))
    press = at.li.press("去看看")
    await sending.answer(at.bot, press.id, Alert("报名成功", popup=True))
    assert press.toast is not None
    assert press.toast.text == "报名成功"
    before = sending.counts["too_late"]
    await sending.answer(at.bot, press.id)
    assert sending.counts["too_late"] == before + 1


async def test_what_was_not_said_is_raised_as_its_fate(at: Office) -> None:
    at.li.block()
    with pytest.raises(NotSaid) as no:
        await sending.say(at.bot, at.li.id, Say("一"))
    assert (no.value.fate.verdict, str(no.value)) == (Verdict.NO, "blocked")


@pytest.mark.parametrize("trouble", [{"code": 502}, {"code": 429, "retry_after": 90}])
async def test_half_of_something_is_neither_said_nor_not_said(at: Office, trouble: Any) -> None:
    at.world.faults.add(Fault(method="sendMessage", skip=1, times=9, **trouble))
    with pytest.raises(NotSaid) as no:
        await sending.say(at.bot, at.li.id, Say("一" * 5000))
    assert no.value.fate.verdict is Verdict.UNKNOWN


async def test_an_edit_whose_answer_is_lost_is_made_again(at: Office) -> None:
    said = await sending.say(at.bot, at.li.id, Say("一"))
    at.world.faults.add(Fault(code=502, method="editMessageText", after=True))
    await sending.show(at.bot, at.li.id, said.message_id, Show("二"))
    assert at.li.last()["text"] == "二"
