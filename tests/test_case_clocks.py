"""The clocks of cases: reminded, urged, passed over; at no night and on no day off; and never forgotten."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.fernet import Fernet
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from models import case_care, cases, facts, filing, handling, screening, workdays
from models.cases import Case
from models.holidays import statutory
from models.letters import Letter
from models.people import Role
from models.presets import PRESETS, Preset
from models.workdays import Arrangement
from tests.case_desk import filed, give, hand, kinds, member, person, staffed, state, told, unit
from tests.institute import ADMIN, Institute, running
from tests.test_ratings import at

ZONE = ZoneInfo("Asia/Shanghai")


async def urged(institute: Institute, number: int) -> list[tuple[str, str]]:
    """Every reminder and urging about a case: which, and to whom."""

    def find(session: Session) -> list[tuple[str, str]]:
        query = select(Letter).where(Letter.key.startswith(f"case:{number}:"), Letter.text.startswith("reminders."))
        return [
            (row.text.partition(".")[2], session.get_one(cases.Member, row.member_id).name if row.member_id else "")
            for row in session.scalars(query.order_by(Letter.id))
        ]

    found: list[tuple[str, str]] = await institute.look(find)
    return found


async def handled(institute: Institute, who: str = "李梅") -> int:
    """A case that the house's office works on, to be answered by Monday the 14th."""
    await staffed(institute, "赵磊")
    number = await filed(institute, who)
    now = institute.clock.now()

    def work(session: Session) -> None:
        zhou = person(session, "周敏")
        screening.accept(session, number, None, zhou, now)
        handling.assign(session, number, None, unit(session, "所办公室"), [], zhou, now, days=5)

    await institute.change(work)
    await institute.settle()
    return number


async def test_a_department_is_reminded_urged_and_passed_over_by_working_days(anywhere: Institute) -> None:
    institute = anywhere
    await institute.change(lambda s: give(s, "王强", Role.CHAIR))
    number = await handled(institute)  # on Monday the 23rd: by Monday the 30th
    await at(institute, "2026-11-26", "08:59")
    assert await urged(institute, number) == []
    await at(institute, "2026-11-26", "09:02")
    assert await urged(institute, number) == [("remind", "赵磊")]
    await at(institute, "2026-11-30", "09:02")
    assert (await urged(institute, number))[1:] == [("due", "赵磊")]
    await at(institute, "2026-12-01", "09:02")
    assert (await urged(institute, number))[2:] == [("late", "赵磊"), ("late", "周敏")]
    assert "过了答复期限" in institute.phone("李梅").sees()
    assert "已超期 1 个工作日，等所办公室写出答复" in institute.phone("周敏").sees()
    await at(institute, "2026-12-07", "09:02")
    assert (await urged(institute, number))[4:] == [("grave", "赵磊"), ("grave", "王强"), ("grave", "周敏")]
    assert "已超期 5 个工作日" in institute.phone("王强").sees()
    assert "工会主席督办" in institute.phone("李梅").sees()
    await at(institute, "2026-12-14", "09:02")
    assert (await urged(institute, number))[7:] == [("grave", "赵磊"), ("grave", "王强")]
    said = await told(institute, number, "李梅")
    assert said.count("cases.told.overdue") == said.count("cases.told.escalated") == 1
    assert not institute.world.refused()


async def test_an_officers_button_from_before_the_urging_still_holds(institute: Institute) -> None:
    number = await filed(institute)
    turn = await institute.look(lambda s: cases.by_id(s, number).turn)
    await at(institute, "2026-12-08")
    assert "escalated" in await kinds(institute, number)
    now = institute.clock.now()
    await institute.change(lambda s: screening.accept(s, number, turn, person(s, "周敏"), now))
    assert await state(institute, number) == "accepted"


async def test_after_weeks_of_silence_only_the_last_ring_is_rung(institute: Institute) -> None:
    await institute.change(lambda s: give(s, "王强", Role.CHAIR))
    number = await handled(institute)
    await institute.pass_time(days=24, hours=13)  # Thursday night
    assert await urged(institute, number) == []
    await at(institute, "2026-12-18", "09:02")
    assert {ring for ring, _ in await urged(institute, number)} == {"grave"}
    assert (await kinds(institute, number)).count("escalated") == 1
    assert "overdue" not in await kinds(institute, number)
    await institute.pass_time(seconds=5)
    assert len(await urged(institute, number)) == 3


async def test_nobody_is_urged_on_a_day_off(institute: Institute) -> None:
    await institute.pass_time(days=3)  # Thursday: by Tuesday, that is, the officers hear on Wednesday
    number = await filed(institute)
    await at(institute, "2026-11-29", "20:00")
    assert [ring for ring, _ in await urged(institute, number)] == ["remind"]
    days = await institute.look(
        lambda s: [row.due_at for row in s.scalars(select(Letter).where(Letter.text.startswith("reminders.")))]
    )
    assert all(moment.astimezone(ZONE).weekday() < 5 for moment in days)


async def test_handing_a_late_case_around_does_not_make_it_young(institute: Institute) -> None:
    await institute.change(lambda s: give(s, "王强", Role.CHAIR))
    number = await handled(institute)
    await at(institute, "2026-12-04")
    now = institute.clock.now()
    await institute.change(lambda s: handling.hand_on(s, number, None, "不是我们的", person(s, "赵磊"), now))
    await at(institute, "2026-12-07", "09:02")
    assert ("grave", "王强") in await urged(institute, number)


async def test_too_few_seconders_and_it_goes_on_after_a_reminder(institute: Institute) -> None:
    now = institute.clock.now()
    number = await institute.change(lambda s: hand(s, "李梅", "延长供餐", now, "proposal", shared=True))
    await at(institute, "2026-11-26", "09:02")
    assert "还差 2 人" in institute.phone("李梅").sees()
    await at(institute, "2026-11-30", "18:02")
    assert await state(institute, number) == "received"
    assert "unseconded" in await kinds(institute, number)


async def test_a_desk_that_is_nobody_any_more_is_the_offices_and_it_hears_so_once(anywhere: Institute) -> None:
    institute = anywhere
    number = await handled(institute)

    def leave(session: Session) -> None:
        member(session, "赵磊").left_on = date(2026, 11, 24)

    await institute.change(leave)
    await at(institute, "2026-11-25", "09:02")
    assert await urged(institute, number) == [("orphaned", "周敏")]
    assert "现在没有承办人" in institute.phone("周敏").sees()
    await at(institute, "2026-11-27", "09:02")
    assert (await urged(institute, number)).count(("orphaned", "周敏")) == 1
    assert ("remind", "周敏") in await urged(institute, number)
    await staffed(institute, "陈静")
    now = institute.clock.now()
    lab = await institute.look(lambda s: unit(s, "半导体材料实验室"))
    await institute.change(lambda s: handling.assign(s, number, None, lab, [], person(s, "周敏"), now))
    assert await state(institute, number) == "handling"


async def test_whose_only_handler_is_its_author_is_an_orphan_too(institute: Institute) -> None:
    number = await handled(institute, "赵磊")
    await at(institute, "2026-11-24", "09:02")
    assert await urged(institute, number) == [("orphaned", "周敏")]


async def test_what_lost_its_clock_gets_it_back_and_the_chair_hears(anywhere: Institute) -> None:
    institute = anywhere
    await institute.change(lambda s: give(s, "王强", Role.CHAIR))
    numbers = [await filed(institute, title=f"第{each}件事情") for each in range(5)]
    now = institute.clock.now()
    await institute.change(lambda s: filing.withdraw(s, numbers[3], person(s, "李梅"), now))

    def break_them(session: Session) -> None:
        for number, values in (
            (numbers[0], {"next_at": None}),
            (numbers[1], {"next_at": None, "term_at": None}),
            (numbers[2], {"next_at": datetime(2099, 1, 1, tzinfo=ZONE)}),
            (numbers[3], {"next_at": now}),
        ):
            session.execute(update(Case).where(Case.id == number).values(**values))

    await institute.change(break_them)
    await at(institute, "2026-11-24", "09:02")
    assert "4 件事项的计时不对" in institute.phone("王强").sees()
    found: dict[int, tuple[Any, Any]] = await institute.look(
        lambda s: {row.id: (row.next_at, row.term_at) for row in s.scalars(select(Case))}
    )
    assert found[numbers[0]] == found[numbers[2]] == found[numbers[4]]
    assert found[numbers[1]][0] is not None
    assert found[numbers[1]][1] is not None
    assert found[numbers[3]] == (None, None)
    await at(institute, "2026-11-25", "09:02")
    assert (await institute.letters()).count("reminders.broken") == 1


async def test_one_that_cannot_be_rung_keeps_nobody_from_their_turn(anywhere: Institute) -> None:
    institute = anywhere
    bad, good = await filed(institute, title="编号乱了的"), await filed(institute, title="好好的一件")
    await institute.change(lambda s: s.execute(update(Case).where(Case.id == bad).values(step_count=0)))
    await at(institute, "2026-11-27", "09:02")
    assert "overdue" in await kinds(institute, good)
    assert "overdue" not in await kinds(institute, bad)
    assert (await institute.letters()).count("common.letter_failed") == 0
    stuck = await institute.look(lambda s: s.scalars(select(Letter.text).where(Letter.text == "reminders.stuck")).all())
    assert len(stuck) == 1
    await institute.change(lambda s: s.execute(update(Case).where(Case.id == bad).values(step_count=9)))
    await at(institute, "2026-11-27", "11:00")
    assert "overdue" in await kinds(institute, bad)


async def test_a_term_moves_when_the_years_holidays_become_known(anywhere: Institute) -> None:
    institute = anywhere
    await institute.change(lambda s: s.execute(text("DELETE FROM arrangements")))
    await at(institute, "2026-12-24")
    number = await filed(institute, title="跨年的一件事")
    now = institute.clock.now()

    def assign(session: Session) -> None:
        zhou = person(session, "周敏")
        screening.accept(session, number, None, zhou, now)
        handling.assign(session, number, None, unit(session, "所办公室"), [], zhou, now)

    await institute.change(assign)

    def term(session: Session) -> tuple[str, bool]:
        case = cases.by_id(session, number)
        assert case.answer_by is not None
        assert case.term_at == case.answer_by
        return str(case.answer_by.astimezone(ZONE).date()), case.answer_certain

    assert await institute.look(term) == ("2027-01-08", False)

    def known(session: Session) -> None:
        off = sorted({*statutory(2027), date(2027, 1, 4), date(2027, 1, 5)})
        row = Arrangement(year=2027, off=[day.isoformat() for day in off], work=["2027-01-09"], by_account=ADMIN)
        row.read_at = row.confirmed_at = now
        session.add(row)

    await institute.change(known)
    await at(institute, "2026-12-25", "09:02")
    assert await institute.look(term) == ("2027-01-11", True)
    assert (await kinds(institute, number)).count("recounted") == 1
    assert "cases.told.recounted" not in await told(institute, number, "李梅")
    years = await institute.look(lambda s: facts.get(s, case_care.YEARS))
    assert years == await institute.look(lambda s: sorted(workdays.book(s).years))


async def test_of_a_confidential_case_nothing_but_its_number_is_sent(sqlite_url: str) -> None:
    secret = {"name": {"zh_CN": "困难帮扶", "en": "Aid"}, "confidential": True, "shown": False, "intake_days": 1}
    kinds_ = {**{name: preset.model_dump() for name, preset in PRESETS.items()}, "aid": Preset(**secret).model_dump()}
    key = Fernet.generate_key().decode()
    async with running(sqlite_url, cases=kinds_, sealing={"key": key}) as institute:
        await institute.change(lambda s: give(s, "王强", Role.CHAIR))
        await institute.change(lambda s: give(s, "陈静", Role.COUNSELLOR))
        now = institute.clock.now()
        number = await institute.change(lambda s: hand(s, "李梅", "家里有重病人", now, "aid"))
        await at(institute, "2026-12-08", "09:02")
        assert "escalated" in await kinds(institute, number)
        for name in ("李梅", "王强", "陈静", "周敏"):
            assert "重病" not in institute.phone(name).reads()
        assert f"第 {number} 号" in institute.phone("王强").sees()
        assert f"第 {number} 号" in institute.phone("陈静").sees()
        assert f"第 {number} 号" not in institute.phone("周敏").reads()
