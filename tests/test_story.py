"""The whole story, as its people live it, on three stages."""

from pathlib import Path

import pytest

from tests.institute import Institute
from tests.stages import InProcess, Stage, in_browser, over_sockets


async def story(stage: Stage) -> None:
    """An event is opened, people sign up, one waits, one leaves, one moves up, and who is in is reminded."""
    await stage.says("周敏", "/desk")
    await stage.taps("周敏", "➕ 发起活动")
    for question, answer in (
        ("叫什么名字", "羽毛球友谊赛"),
        ("什么时候开始", "后天下午3点到5点"),
    ):
        await stage.sees("周敏", question)
        await stage.says("周敏", answer)
    await stage.sees("周敏", "对吗")
    await stage.taps("周敏", "对")
    await stage.sees("周敏", "在哪里")
    await stage.says("周敏", "体育馆二层")
    await stage.sees("周敏", "地图位置")
    await stage.taps("周敏", "跳过")
    await stage.sees("周敏", "多少个名额")
    await stage.says("周敏", "2")
    for question in ("什么时候截止", "还有什么", "配一张照片"):
        await stage.sees("周敏", question)
        await stage.taps("周敏", "跳过")
    await stage.sees("周敏", "请核对一下")
    await stage.taps("周敏", "👀 预览")
    await stage.sees("周敏", "大家看到的就是这样")
    await stage.taps("周敏", "📣 发布到职工群")
    await stage.sees("周敏", "已发布到职工群")

    await stage.sees("李梅", "羽毛球友谊赛", group=True)
    await stage.taps("李梅", "✅ 报名", group=True)
    await stage.sees("李梅", "报名成功", group=True)
    await stage.taps("王强", "✅ 报名", group=True)
    await stage.sees("王强", "报名成功", group=True)
    await stage.taps("陈静", "✅ 报名", group=True)
    await stage.sees("陈静", "候补第 1 位", group=True)
    await stage.sees("陈静", "已报名 2 / 2 人，候补 1 人", group=True)

    await stage.taps("李梅", "↩️ 退出", group=True)
    await stage.sees("李梅", "已退出", group=True)
    await stage.sees("陈静", "递补成功")

    await stage.later(days=1, hours=6)  # the day before, after three
    await stage.sees("陈静", "别忘了：羽毛球友谊赛")
    await stage.sees("王强", "别忘了：羽毛球友谊赛")
    await stage.does_not_see("李梅", "别忘了：羽毛球友谊赛")


async def test_in_process(anywhere: Institute) -> None:
    await story(InProcess(anywhere))


async def test_over_real_sockets(tmp_path: Path) -> None:
    async with over_sockets(tmp_path) as stage:
        await story(stage)


@pytest.mark.slow
async def test_in_a_browser(tmp_path: Path) -> None:
    async with in_browser(tmp_path) as stage:
        await story(stage)
