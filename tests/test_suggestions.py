"""Suggestions: an opinion without seconders, taken up, given away, answered, rated; as the phones show it."""

import pytest

from tests.case_desk import kinds, staffed, state, told
from tests.institute import Institute, Phone

BUS = "建议 班车加一趟晚班\n加班到九点没有车。\n建议九点半加一趟。"


async def hand_in(institute: Institute, words: str = BUS) -> Phone:
    """李梅 says it in one message and sends it with one tap."""
    li = institute.phone("李梅")
    await li.says(words)
    await li.taps(next(label for label in li.buttons() if "提交" in label))
    assert "第 1 号" in li.sees()
    return li


async def test_the_whole_life_of_a_suggestion(anywhere: Institute) -> None:
    institute = anywhere
    await staffed(institute)
    zhou, zhao = institute.phone("周敏"), institute.phone("赵磊")
    li = await hand_in(institute)
    assert await state(institute, 1) == "received"  # nobody need second it
    assert "班车加一趟晚班" in zhou.sees()
    await zhou.taps("查看")
    await zhou.taps("✅ 立案")
    assert "已经立案" in li.sees()
    await zhou.taps("所办公室")
    await zhou.taps("📨 确定交办")
    assert "已交给所办公室承办" in li.sees()
    await zhao.taps("✍️ 答复")
    await zhao.says("下月起九点半加开一班。")
    await zhao.taps("A 已解决")
    assert await state(institute, 1) == "releasing"
    assert "九点半加开一班" not in li.reads()
    await zhou.taps("📤 发出")
    assert "A 已解决" in li.sees()
    assert "九点半加开一班" in li.sees()
    await institute.pass_time(days=1)
    assert "您满意吗" in li.sees()
    await li.taps("😊 满意")
    assert await state(institute, 1) == "settled"
    steps = ["filed", "accepted", "assigned", "drafted", "answered", "rated", "settled"]
    assert await kinds(institute, 1) == steps
    letters = ["accepted", "assigned", "answered"]
    assert await told(institute, 1, "李梅") == [*(f"cases.told.{step}" for step in letters), "ratings.ask"]
    assert not institute.world.refused()


async def test_what_is_planned_comes_back_on_its_day(institute: Institute) -> None:
    li = await hand_in(institute)
    zhou = institute.phone("周敏")
    await zhou.starts("case_1")
    await zhou.taps("⚡ 当场答复")
    await zhou.says("车队排班要调整。")
    await zhou.taps("B 列入计划")
    await zhou.says("12月15日")
    if "对" in zhou.buttons():
        await zhou.taps("对")
    assert "2026年12月15日" in li.sees()
    assert await state(institute, 1) == "planned"
    await institute.pass_time(days=22)  # in the morning of that day
    assert "班车" in zhou.sees()
    await zhou.starts("case_1")
    await zhou.taps("✅ 已落实")
    await zhou.says("今天起加开一班。")
    assert "今天起加开一班" in li.sees()
    assert await state(institute, 1) == "answered"


@pytest.mark.parametrize("who", ["王强", "陈静"])
async def test_it_is_between_the_author_and_the_office(institute: Institute, who: str) -> None:
    await hand_in(institute)
    other = institute.phone(who)
    await other.starts("case_1")
    there = other.sees()
    await other.starts("case_99")
    assert other.sees() == there
    assert "班车" not in other.reads()


async def test_in_english(institute: Institute) -> None:
    li = institute.phone("李梅")
    await li.forges("start.language:en")
    await li.says("suggestion: a later bus\nNo bus after nine.")
    await li.taps(li.buttons()[0])
    zhou = institute.phone("周敏")
    await zhou.starts("case_1")
    await zhou.taps("⚡ 当场答复")
    await zhou.says("There is one at half past nine now.")
    await zhou.taps("A 已解决")
    assert "A Done" in li.sees()
