"""Ratings: the author is asked the next working day whether it helped, says so with one tap, and is heard."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import cases, handling
from models.cases import Answer, CaseState
from models.drafts import Draft
from models.letters import State
from models.people import Role
from tests.case_desk import filed, give, hand, kinds, person, staffed, state, told, unit
from tests.institute import ADMIN, Institute

ZONE = ZoneInfo("Asia/Shanghai")


async def at(institute: Institute, day: str, clock: str = "10:01") -> None:
    """Go to this moment with the bot at work: it ticks at one minute past nine and past ten of every day between."""
    end = datetime.combine(date.fromisoformat(day), datetime.strptime(clock, "%H:%M").time(), ZONE)
    while (now := institute.clock.now()) < end:
        local = now.astimezone(ZONE)
        stops = [
            datetime.combine(local.date() + timedelta(days=ahead), datetime.strptime(stop, "%H:%M").time(), ZONE)
            for ahead in (0, 1)
            for stop in ("01:31", "09:01", "10:01", "18:01")
        ]
        await institute.pass_time(seconds=(min([end, *(stop for stop in stops if stop > now)]) - now).total_seconds())


async def answered(institute: Institute, outcome: str = "A", planned_on: date | None = None) -> int:
    """李梅's case has been answered by the office at once."""
    number = await filed(institute)
    await answer(institute, number, outcome, planned_on)
    return number


async def answer(
    institute: Institute, number: int, outcome: str = "A", planned_on: date | None = None, by: str = "周敏"
) -> None:
    """An officer answers it at once."""
    now = institute.clock.now()

    def work(session: Session) -> None:
        handling.answer(session, number, None, "从下周起延长到19:30。", outcome, planned_on, person(session, by), now)

    await institute.change(work)
    await institute.settle()


async def test_the_next_working_day_one_tap_says_that_it_helped(anywhere: Institute) -> None:
    institute = anywhere
    number = await answered(institute)
    li = institute.phone("李梅")
    await at(institute, "2026-11-23", "18:30")
    assert "ratings.ask" not in await told(institute, number, "李梅")
    await at(institute, "2026-11-24", "09:59")
    assert "ratings.ask" not in await told(institute, number, "李梅")
    await at(institute, "2026-11-24", "10:02")
    assert "您满意吗" in li.sees()
    assert li.buttons()[:3] == ["😊 满意", "🙂 基本满意", "🙁 不满意"]
    await li.taps("😊 满意")
    assert "谢谢您的评价" in li.sees()
    assert await state(institute, number) == "settled"
    assert (await kinds(institute, number))[-2:] == ["rated", "settled"]
    await li.forges(f"ratings.poor:{number}:1")
    assert "评价过" in li.toast
    assert await state(institute, number) == "settled"
    assert (await told(institute, number, "李梅")).count("ratings.ask") == 1


async def test_an_answer_on_friday_is_asked_about_on_monday(institute: Institute) -> None:
    await at(institute, "2026-11-27", "16:00")
    number = await answered(institute)
    await at(institute, "2026-11-29", "20:00")
    assert "ratings.ask" not in await told(institute, number, "李梅")
    await at(institute, "2026-11-30", "10:02")
    assert "ratings.ask" in await told(institute, number, "李梅")


async def test_not_satisfied_opens_it_again_once_and_the_reason_is_read(anywhere: Institute) -> None:
    institute = anywhere
    await institute.change(lambda s: give(s, "王强", Role.CHAIR))
    number = await answered(institute)
    await at(institute, "2026-11-24")
    li, wang, zhou = (institute.phone(name) for name in ("李梅", "王强", "周敏"))
    await li.taps("🙁 不满意")
    assert await state(institute, number) == "reopened"
    assert "工会主席" in li.reads()
    assert "方便说说" in li.sees()
    assert "不满意" in wang.sees()
    assert "不满意" in zhou.sees()
    await li.says("还是只到七点，赶不上。")
    assert "记下了" in li.sees()
    assert "赶不上" in wang.sees()
    assert "赶不上" in zhou.sees()
    await answer(institute, number, "C", by="王强")
    await at(institute, "2026-11-25")
    await li.taps("🙁 不满意")
    assert await state(institute, number) == "settled"
    assert "记录在案" in li.reads()
    remarks = await institute.look(lambda s: list(s.scalars(select(Answer.remark).order_by(Answer.id))))
    assert remarks == ["还是只到七点，赶不上。", ""]
    assert not institute.world.refused()


async def test_the_reason_may_be_skipped(institute: Institute) -> None:
    number = await answered(institute)
    await at(institute, "2026-11-24")
    li = institute.phone("李梅")
    await li.taps("🙁 不满意")
    await li.taps(next(label for label in li.buttons() if "跳过" in label))
    assert "谢谢您的评价" in li.sees()
    assert await state(institute, number) == "reopened"
    assert "ratings.told_why" not in await institute.letters()


async def test_who_says_nothing_is_reminded_and_then_it_is_settled_unrated(institute: Institute) -> None:
    number = await answered(institute)
    await at(institute, "2026-12-05")
    said = await told(institute, number, "李梅")
    assert said.count("reminders.rating") == 1
    assert await state(institute, number) == "answered"
    await at(institute, "2026-12-08")
    assert await state(institute, number) == "settled"
    li = institute.phone("李梅")
    await li.taps("😊 满意")
    assert "评价阶段" in li.toast
    assert await institute.look(lambda s: s.scalars(select(Answer.rating)).all()) == [None]


async def test_whoever_was_never_asked_is_asked_before_it_is_settled(institute: Institute) -> None:
    number = await answered(institute)
    await institute.pass_time(days=40)
    assert await state(institute, number) == "answered"
    await at(institute, "2027-01-04")
    assert "您满意吗" in institute.phone("李梅").sees()
    await institute.phone("李梅").taps("🙂 基本满意")
    assert await state(institute, number) == "settled"


async def test_what_is_planned_stays_planned_when_it_is_liked(institute: Institute) -> None:
    number = await answered(institute, "B", date(2026, 12, 31))
    await at(institute, "2026-11-24")
    await institute.phone("李梅").taps("🙂 基本满意")
    assert await state(institute, number) == "planned"
    assert await institute.look(lambda s: cases.by_id(s, number).next_at) is not None


async def test_only_the_author_rates_and_nobody_learns_that_it_is_there(institute: Institute) -> None:
    number = await answered(institute)
    wang, zhou = institute.phone("王强"), institute.phone("周敏")
    await wang.forges(f"ratings.good:{number}:1")
    hidden = wang.toast
    await wang.forges("ratings.good:999:1")
    assert wang.toast == hidden
    assert "没有找到" in hidden
    await zhou.forges(f"ratings.poor:{number}:1")
    assert "没有找到" in zhou.toast
    assert await state(institute, number) == "answered"


async def test_the_page_of_an_answered_case_has_the_three_buttons_for_its_author(institute: Institute) -> None:
    number = await answered(institute)
    li = institute.phone("李梅")
    await li.starts(f"case_{number}")
    assert {"😊 满意", "🙂 基本满意", "🙁 不满意"} <= set(li.buttons())
    await li.taps("😊 满意")
    assert await state(institute, number) == "settled"
    await li.starts(f"case_{number}")
    assert "😊 满意" not in li.buttons()


async def test_an_officer_sees_the_rates_by_department(institute: Institute) -> None:
    now = institute.clock.now()
    await staffed(institute)

    def some(session: Session) -> None:
        said = ("good", "poor", "fair", None)
        for number, rating in enumerate(said):
            case = cases.by_id(session, hand(session, "李梅", f"第{number}件事", now))
            case.unit_id = unit(session, "所办公室") if number < 3 else None
            case.state = CaseState.SETTLED
            case.next_at = case.term_at = None
            row = Answer(case_id=case.id, words="好", outcome="A", by_account=ADMIN, made_at=now, released_at=now)
            session.add(row)
            session.flush()
            row.rating = cases.Rating(rating) if rating else None

    await institute.change(some)
    zhou = institute.phone("周敏")
    await zhou.says("/desk")
    await zhou.taps("📮 提案办理")
    await zhou.taps("📊 满意度")
    assert "所办公室：答复 3 件，满意 1、基本满意 1、不满意 1，满意率 67%" in zhou.sees()
    assert "工会：答复 1 件，还没有评价" in zhou.sees()
    assert "合计：答复 4 件，评价 3 件" in zhou.sees()
    await zhou.taps("2025 年")
    assert "还没有答复" in zhou.sees()


async def test_what_is_written_and_not_sent_is_asked_about_the_same_day(anywhere: Institute) -> None:
    institute = anywhere
    li = institute.phone("李梅")
    await li.forges("proposals.kind:suggestion")
    await li.says("食堂延长供餐")
    await institute.pass_time(hours=6, minutes=31)
    assert "还没发出去" in li.sees()
    assert (await institute.letters()).count("reminders.unsent") == 1
    await institute.pass_time(hours=2)
    assert (await institute.letters()).count("reminders.unsent") == 1
    await li.taps("✏️ 接着写")
    assert "上次填到这里" in li.sees()
    await institute.pass_time(hours=22)
    assert (await institute.letters()).count("reminders.unsent") == 2
    await li.taps("🗑 不写了")
    assert "不填了" in li.sees()
    await institute.pass_time(hours=24)
    assert (await institute.letters()).count("reminders.unsent") == 2
    await li.forges("ratings.drop:proposals.suggest")
    assert li.toast


async def test_an_old_question_does_not_drop_another_form(institute: Institute) -> None:
    li = institute.phone("李梅")
    await li.forges("proposals.kind:suggestion")
    await li.says("食堂延长供餐")
    await institute.pass_time(hours=6, minutes=31)
    assert "还没发出去" in li.sees()
    await li.forges("ratings.drop:events.new")
    drafts = await institute.look(lambda s: s.scalars(select(Draft.form)).all())
    assert drafts == ["proposals.suggest"]


async def test_nobody_is_asked_twice_by_a_second_tick(institute: Institute) -> None:
    await answered(institute)
    await at(institute, "2026-11-24")
    await institute.pass_time(seconds=5)
    await institute.pass_time(seconds=5)
    assert (await institute.letters(State.SENT)).count("ratings.ask") == 1
