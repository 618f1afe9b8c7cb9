"""The calendar in the chat: an officer pastes the notice, sees what was understood, and the year is official."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from models import workdays
from models.traces import Trace
from models.workdays import Arrangement
from tests.institute import Institute, running
from tests.test_calendar import NOTICES

PAGE, PASTE, RIGHT, WRONG = "📆 节假日", "📋 粘贴放假通知", "✅ 确认", "✖️ 不对"

# Nobody knows the notice for 2027 yet: this one is made up in the notices' form, and keeps to the law and the calendar.
NEXT = """关于2027年部分节假日安排的通知
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（农历除夕、周五）至11日（农历正月初六、周四）放假调休，共7天。2月14日（周日）上班。
三、清明节：4月3日（周六）至5日（周一）放假，共3天。
四、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。5月8日（周六）上班。
五、端午节：6月9日（周三）放假1天，不调休。
六、中秋节：9月15日（周三）放假1天，不调休。
七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。9月26日（周日）、10月9日（周六）上班。
节假日期间，请安排好值班。
"""


@pytest.fixture
async def anywhere(url: str) -> AsyncIterator[Institute]:
    """The institute on either database, at the end of November, without a notice for 2027."""
    async with running(url) as found:
        await found.change(lambda session: session.execute(delete(Arrangement)))
        yield found


@pytest.fixture
async def institute(sqlite_url: str) -> AsyncIterator[Institute]:
    """The same on SQLite."""
    async with running(sqlite_url) as found:
        await found.change(lambda session: session.execute(delete(Arrangement)))
        yield found


async def test_an_officer_pastes_the_notice_and_the_year_is_official(anywhere: Institute) -> None:
    institute = anywhere
    zhou = institute.phone("周敏")
    await zhou.says("/desk")
    await zhou.taps(PAGE)
    assert "2024、2025、2026年" in zhou.sees()
    assert "还没有通知：2027年" in zhou.sees()
    assert "今天是2026年11月23日 周一，农历十月十五" in zhou.sees()

    await zhou.taps(PASTE)
    await zhou.says(NEXT)
    shown = zhou.sees()
    assert "2027年节假日安排" in shown
    assert "春节：2027年2月5日 周五 – 2027年2月11日 周四，7 天；上班：2027年2月14日 周日" in shown
    assert "端午节：2027年6月9日 周三，1 天" in shown
    assert "放假 27 天，周末上班 4 天，全年 248 个工作日" in shown
    assert "⚠️" not in shown
    assert "“节假日期间,请安排好值班”" in shown
    assert not workdays.official(await institute.look(workdays.book), 2027)

    await zhou.taps(RIGHT)
    assert "2027年以后就按这份通知算" in zhou.toast
    assert "2024、2025、2026、2027年" in zhou.sees()
    assert "还没有通知" not in zhou.sees()
    assert "🏮 2027年1月1日 周五 – 2027年1月3日 周日 放假" in zhou.sees()
    assert "💼 2027年9月26日 周日 上班" in zhou.sees()
    known = await institute.look(workdays.book)
    assert workdays.workday(known, date(2027, 2, 14))
    assert workdays.add_workdays(known, date(2026, 12, 31), 1) == workdays.Due(date(2027, 1, 4), True)


async def test_the_notice_is_recognised_without_being_asked_for_and_nothing_else_is(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    await zhou.says("首页 > 政策\n" + NEXT)
    assert "请对照原文看一遍，对吗？" in zhou.sees()
    assert zhou.buttons() == [RIGHT, WRONG]
    await zhou.says("春节：2月5日放假，回家过年")
    assert "节假日安排" not in zhou.sees()
    await zhou.says("周五下午3点 学术报告厅 健步走 30人 周四17点截止")
    assert "健步走" in zhou.sees()


async def test_what_does_not_agree_is_said_and_nothing_is_taken_over(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    await zhou.says(
        NEXT.replace("5月8日（周六）", "5月8日（周日）").replace("至3日（周日）放假，共3天", "至3日（周日）放假，共4天")
    )
    shown = zhou.sees()
    assert "先不采用" in shown
    assert "“5月8日(周日)”：2027年5月8日 周六，星期对不上" in shown
    assert "日期算下来是 3 天" in shown
    assert RIGHT not in zhou.buttons()
    assert await institute.look(count) == 0
    await zhou.taps("📋 再粘贴一次")
    await zhou.says(NEXT)
    await zhou.taps(RIGHT)
    assert workdays.official(await institute.look(workdays.book), 2027)


async def test_a_lost_sentence_is_doubted(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    await zhou.says(NEXT.replace("5月8日（周六）上班。", ""))
    assert "⚠️" in zhou.sees()
    assert "可能漏了哪一句" in zhou.sees()


async def test_not_right_keeps_nothing(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    await zhou.says(NEXT)
    number = await institute.look(lambda session: session.scalar(select(Arrangement.id)))
    await zhou.taps(WRONG)
    assert "没有采用" in zhou.sees()
    assert await institute.look(count) == 0
    await zhou.says(NEXT)
    assert "已经不在了" in await zhou.forges(f"calendar.confirm:{number}")  # an old button means no newer notice
    assert not workdays.official(await institute.look(workdays.book), 2027)


async def test_confirmed_twice_is_once_and_cannot_be_dropped(anywhere: Institute) -> None:
    institute = anywhere
    zhou = institute.phone("周敏")
    await zhou.says(NEXT)
    await zhou.taps(RIGHT)
    number = await institute.look(lambda session: session.scalar(select(Arrangement.id)))
    await zhou.forges(f"calendar.confirm:{number}")
    assert "已经确认了" in await zhou.forges(f"calendar.drop:{number}")

    def traces(session: Session) -> int:
        return session.scalar(select(func.count()).select_from(Trace).where(Trace.what == "calendar.confirmed")) or 0

    assert await institute.look(traces) == 1


async def test_a_later_notice_for_the_same_year_takes_its_place(anywhere: Institute) -> None:
    institute = anywhere
    zhou = institute.phone("周敏")
    await zhou.says(NEXT)
    await zhou.taps(RIGHT)
    await zhou.says(NEXT)
    assert "和已有的安排一样" in zhou.sees()
    await institute.pass_time(minutes=5)
    await zhou.says(NEXT.replace("5月8日（周六）", "5月9日（周日）"))
    assert "以这一份为准" in zhou.sees()
    await zhou.taps(RIGHT)
    known = await institute.look(workdays.book)
    assert not workdays.workday(known, date(2027, 5, 8))
    assert workdays.workday(known, date(2027, 5, 9))


async def test_what_is_shipped_is_recognised_as_known(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    await zhou.says(NOTICES[2026])
    assert "和已有的安排一样，不用再确认" in zhou.sees()


async def test_only_officers_may(institute: Institute) -> None:
    li = institute.phone("李梅")
    await li.says(NEXT)
    assert "节假日安排" not in li.sees()
    assert "过期" in await li.forges("calendar.show")
    assert "过期" in await li.forges("calendar.confirm:1")


async def test_officers_are_asked_once_a_week_from_november_until_it_is_there(anywhere: Institute) -> None:
    institute = anywhere
    zhou = institute.phone("周敏")
    await institute.pass_time(seconds=5)
    assert "2027年的放假通知，我还没有收到" in zhou.sees()
    for _ in range(6):
        await institute.pass_time(days=1)
    assert (await institute.letters()).count("calendar.letters.ask") == 1
    await institute.pass_time(days=1)  # Monday again
    assert (await institute.letters()).count("calendar.letters.ask") == 2
    await zhou.taps(PASTE)
    await zhou.says(NEXT)
    await zhou.taps(RIGHT)
    for _ in range(14):
        await institute.pass_time(days=1)
    assert (await institute.letters()).count("calendar.letters.ask") == 2


async def test_a_letter_that_waits_for_the_morning_is_not_sent_when_the_notice_has_come(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    await zhou.says(NEXT)
    night = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # 23:00 in Beijing
    await institute.change(lambda session: workdays.ask_for_notices(session, night))
    await zhou.taps(RIGHT)
    await institute.pass_time(hours=23)
    assert "calendar.letters.ask" not in await institute.letters()


@pytest.mark.parametrize(
    ("now", "years"),
    [
        (datetime(2026, 10, 31, 15, 59, tzinfo=UTC), []),
        (datetime(2026, 10, 31, 16, 0, tzinfo=UTC), [2027]),  # midnight in Beijing: the first of November
        (datetime(2027, 1, 5, 2, 0, tzinfo=UTC), [2027]),
        (datetime(2027, 11, 5, 2, 0, tzinfo=UTC), [2027, 2028]),
    ],
)
async def test_which_years_are_asked_for(institute: Institute, now: datetime, years: list[int]) -> None:
    assert await institute.look(lambda session: workdays.unknown_years(session, now)) == years


async def test_what_nobody_agreed_to_is_forgotten(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    await zhou.says(NEXT)
    assert await institute.look(count) == 1
    for _ in range(16):
        await institute.pass_time(days=1)
    assert await institute.look(count) == 0


async def test_in_english(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    await zhou.says("/start")
    await zhou.taps("English")
    await zhou.says("/desk")
    await zhou.taps("📆 Holidays")
    assert "No notice yet: 2027" in zhou.sees()
    await zhou.says(NEXT.replace("5月8日（周六）", "5月8日（周日）"))
    assert "the weekday does not agree" in zhou.sees()
    await zhou.says(NEXT)
    assert "Spring Festival: Fri 5 Feb 2027 – Thu 11 Feb 2027, 7 days; worked: Sun 14 Feb 2027" in zhou.sees()


def count(session: Session) -> int:
    """How many notices are kept, agreed to or not."""
    return session.scalar(select(func.count()).select_from(Arrangement)) or 0
