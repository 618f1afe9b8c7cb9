"""A year's notices from a spreadsheet: understood or told what is wrong, set with one tap, sent at their moments."""

from datetime import date, time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import sheets, timetables
from models.notices import Notice, NoticeState
from models.sheets import Sheet
from tests.institute import MONDAY, Institute

HEAD = ["日期", "时间", "对象", "内容"]


def book(*rows: list[Any], head: list[Any] = HEAD) -> bytes:
    return sheets.write([Sheet("通知计划", [head, *rows])])


async def test_a_years_notices_are_set_with_one_file_and_one_tap_and_go_out_by_themselves(anywhere: Institute) -> None:
    institute = anywhere
    zhou = institute.phone("周敏")
    content = book(
        [date(2026, 12, 1), time(8, 30), "光电子实验室", "世界艾滋病日宣传\n请看展板"],
        ["12月2日", "下午3点", "", "全体大扫除，请各室准备"],
        [date(2026, 12, 3), None, "李梅、王强", "请来工会领取材料"],
    )
    await zhou.sends_file("通知计划2026.xlsx", content, caption="通知计划")
    assert "看懂了 3 条" in zhou.sees()
    assert "2026年12月2日 周三 15:00 · 全体职工 · 全体大扫除" in zhou.sees()
    assert "2026年12月3日 周四 09:00 · 李梅、王强" in zhou.sees()
    await institute.pass_time(days=0.1)
    assert "艾滋病日" not in institute.phone("李梅").reads()  # nothing before the yes
    await zhou.taps("✅ 都定好")
    assert "定好了 3 条" in zhou.sees()
    await institute.pass_time(days=8)
    li = institute.phone("李梅")
    assert "艾滋病日" in li.reads()
    assert "艾滋病日" not in institute.phone("陈静").reads()
    await institute.pass_time(days=3)
    assert li.reads().count("大扫除") == 1
    assert "领取材料" in li.reads()
    assert "领取材料" not in institute.phone("赵磊").reads()


async def test_everything_wrong_is_told_at_once_and_nothing_is_stored(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    content = book(
        ["某一天", None, "", "看不懂的日期"],
        [date(2025, 1, 1), None, "", "已经过去了的"],
        [date(2026, 12, 3), None, "火星所", "不认识的部门"],
        [date(2026, 12, 3), None, "", ""],
        [date(2026, 12, 4), None, "", "这一条是好的"],
    )
    await zhou.sends_file("计划.xlsx", content, caption="通知计划")
    said = zhou.sees()
    assert "有 4 处要改" in said
    for where in ("A2：日期没看懂", "A3：已经过去了", "C4：没有这个部门、标签或姓名（火星所）", "D5：内容空着"):
        assert where in said
    assert await institute.look(lambda s: s.scalar(select(func.count(Notice.id)))) == 0


async def test_the_template_comes_back_as_it_was_handed_out(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    await zhou.says("/desk")
    await zhou.taps("🗂 管理通知")
    await zhou.taps("📅 一年的通知（表格）")
    file = institute.world.files.find(zhou.person.last()["document"]["file_id"])
    assert file is not None
    await zhou.sends_file("通知计划.xlsx", file.data, caption="通知计划")
    assert "看懂了 1 条" in zhou.sees()
    await zhou.taps("🗑 都不要")
    assert await institute.look(lambda s: s.scalar(select(func.count(Notice.id)))) == 0


async def test_the_same_file_twice_is_set_once(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    content = book([date(2026, 12, 3), None, "", "请来工会领取材料"])
    for _ in range(2):
        await zhou.sends_file("计划.xlsx", content, caption="通知计划")
    await zhou.taps("✅ 都定好")
    states = await institute.look(lambda s: s.scalars(select(Notice.state)).all())
    assert states == [NoticeState.TIMED]


async def test_a_file_that_is_no_timetable_says_so(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    await zhou.sends_file("计划.xlsx", book(["x"], head=["别的"]), caption="通知计划")
    assert "没有找到“日期”和“内容”" in zhou.sees()


CELLS = st.one_of(
    st.none(),
    st.text(max_size=30),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.times(),
)


@pytest.mark.parametrize("columns", [2, 4])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_whatever_stands_in_the_cells_it_is_read_or_told(institute: Institute, columns: int, data: Any) -> None:
    rows = data.draw(st.lists(st.lists(CELLS, min_size=columns, max_size=columns), min_size=1, max_size=6))
    head = HEAD if columns == 4 else ["日期", "内容"]

    def work(session: Session) -> None:
        found = timetables.read(session, [Sheet("x", [head, *rows])], lambda text: None, MONDAY)
        filled = [row for row in rows if any(cell not in (None, "") for cell in row)]
        wrong = {trouble.where[1:] for trouble in found.troubles}
        assert len(found.rows) + len(wrong) == len(filled)

    if any(cell not in (None, "") for row in rows for cell in row):
        await institute.look(work)
