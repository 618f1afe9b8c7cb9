"""Casework: what officers and departments decide, and that each author hears of each step once."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import cases, handling, screening, seconding, steps
from models.base import Refused
from models.cases import Answer, Attachment, Case, CaseState, Second
from models.people import Account, Member, Role
from tests.case_desk import (
    HOUSE,
    LAB,
    OTHER_LAB,
    filed,
    give,
    kinds,
    member,
    person,
    staffed,
    state,
    told,
    turn,
    unit,
)
from tests.institute import MONDAY, Institute, Phone
from tests.office import PNG

VERBS = ("answer", "sign", "object", "hand_on", "extend", "postpone", "done", "settle", "release", "assign")
NOTHING = ("没有找到这一件，或者不在您能看的范围里。", "这个按钮已经过期，请看最新的消息。")
WORDS = "从下周起，晚餐供应延长到19:30。"


async def taken_up(institute: Institute, number: int, *co: str, lead: str = HOUSE) -> Phone:
    """周敏 takes the case up and gives it to a department, the way an officer does."""
    zhou = institute.phone("周敏")
    await zhou.forges(f"cases.view:{number}")
    await zhou.taps("✅ 立案")
    await zhou.taps(next(label for label in zhou.buttons() if lead in label))
    if co:
        await zhou.taps("➕ 加协办部门")
        for each in co:
            await zhou.taps(next(label for label in zhou.buttons() if each in label))
        await zhou.taps("选好了")
    await zhou.taps("📨 确定交办")
    return zhou


def handling_by_office(session: Session, number: int) -> None:
    """周敏 takes it up and gives it to the house's office, behind the phones."""
    zhou = person(session, "周敏")
    screening.accept(session, number, None, zhou, MONDAY)
    handling.assign(session, number, None, unit(session, HOUSE), [], zhou, MONDAY)


async def answered(phone: Phone, words: str = WORDS, outcome: str = "A 已解决", button: str = "✍️ 答复") -> None:
    """Three acts: a tap, a message, a tap."""
    await phone.taps(button)
    await phone.says(words)
    await phone.taps(outcome)


async def test_the_whole_life_of_a_case_with_two_departments(anywhere: Institute) -> None:
    institute = anywhere
    await staffed(institute)
    number = await filed(institute)
    zhou, li, zhao, chen = (institute.phone(name) for name in ("周敏", "李梅", "赵磊", "陈静"))
    assert "请看看是否立案" in zhou.sees()
    await zhou.taps("查看")
    await zhou.taps("✅ 立案")
    assert zhou.toast == "已立案，提出人会收到通知。"
    assert "2026年12月7日 周一 前答复（还有 10 个工作日）" in zhou.sees()
    assert zhou.buttons()[:2] == [OTHER_LAB, HOUSE]  # those with somebody to answer come first
    await zhou.taps(HOUSE)
    await zhou.taps("➕ 加协办部门")
    await zhou.taps(OTHER_LAB)
    await zhou.taps("选好了")
    await zhou.taps("📨 确定交办")
    assert "已交给所办公室承办，半导体材料实验室协办" in zhou.sees()
    assert "接下来：所办公室在 2026年12月7日 周一 前答复" in zhou.sees()
    assert "由所办公室承办，请答复" in zhao.sees()
    await answered(zhao)
    assert "接下来：等半导体材料实验室会签" in zhao.sees()
    assert WORDS not in li.reads()
    assert WORDS in chen.sees()
    await chen.taps("✅ 同意会签")
    assert WORDS in zhou.sees()
    await zhou.taps("📤 发出")
    assert "已答复：A 已解决" in zhou.sees()
    assert WORDS in li.sees()
    assert await kinds(institute, number) == ["filed", "accepted", "assigned", "drafted", "signed", "answered"]
    assert await told(institute, number, "李梅") == [
        f"cases.told.{each}" for each in ("accepted", "assigned", "answered")
    ]
    assert await told(institute, number, "赵磊") == ["casework.your_turn"]
    assert await told(institute, number, "陈静") == ["casework.your_turn"]
    assert await told(institute, number, "周敏") == ["casework.your_turn"] * 2  # to take it up, and to send it
    assert not institute.world.refused()


async def test_the_desk_shows_what_waits_the_oldest_first_and_how_many_stand_where(institute: Institute) -> None:
    await staffed(institute)
    zhou = institute.phone("周敏")
    await zhou.says("/desk")
    await zhou.taps("📮 提案办理")
    assert "现在没有等您处理的" in zhou.sees()
    first = await filed(institute, title="食堂晚餐供应时间太短")
    await filed(institute, who="王强", title="实验楼电梯经常停运", preset="repair")
    await taken_up(institute, first)
    third = await filed(institute, who="王强", title="图书馆周末开放")
    await zhou.says("/desk")
    await zhou.taps("📮 提案办理")
    assert "有 2 件等您处理" in zhou.sees()
    assert "等待立案：2" in zhou.sees()
    assert "承办中：1" in zhou.sees()
    assert zhou.buttons()[:2] == ["11-24 待立案 · 2 实验楼电梯经常停运", f"11-26 待立案 · {third} 图书馆周末开放"]
    institute.clock.move(timedelta(days=2))
    await zhou.says("/desk")
    await zhou.taps("📮 提案办理")
    assert zhou.buttons()[0].startswith("❗11-24")
    assert "超期：1" in zhou.sees()


async def test_what_only_its_author_could_answer_waits_for_the_office(anywhere: Institute) -> None:
    """赵磊 is the only handler there, and it is his own: the office has it on its desk, and as the next one."""
    institute = anywhere
    number = await filed(institute, who="赵磊")
    await staffed(institute)
    await institute.change(lambda s: handling_by_office(s, number))
    other = await filed(institute, who="王强", title="图书馆周末开放")
    zhou = institute.phone("周敏")
    await zhou.says("/desk")
    await zhou.taps("📮 提案办理")
    assert any(f"无人承办 · {number}" in label for label in zhou.buttons())
    await zhou.forges(f"cases.view:{other}")
    await answered(zhou, button="⚡ 当场答复")
    await zhou.taps(next(label for label in zhou.buttons() if "下一件" in label))
    assert "赵磊" in zhou.sees()


async def test_an_officer_who_answers_for_a_department_has_its_cases_on_the_desk(institute: Institute) -> None:
    await staffed(institute)
    await institute.change(lambda s: give(s, "赵磊", Role.OFFICER))
    number = await filed(institute)
    await institute.change(lambda s: handling_by_office(s, number))
    await institute.settle()
    zhao, zhou = institute.phone("赵磊"), institute.phone("周敏")
    for phone in (zhao, zhou):
        await phone.says("/desk")
        await phone.taps("📮 提案办理")
    assert any(f"待答复 · {number}" in label for label in zhao.buttons())
    assert "现在没有等您处理的" in zhou.sees()


async def test_a_case_is_declined_with_a_ground_and_words_and_nothing_else_can_be_decided(anywhere: Institute) -> None:
    institute = anywhere
    number = await filed(institute, title="给我调工资")
    zhou, li = institute.phone("周敏"), institute.phone("李梅")
    await zhou.taps("查看")
    await zhou.taps("🚫 不予立案")
    await zhou.taps("属于个人事务")
    await zhou.says("请直接向人事处反映，电话 1234。")
    assert "不予立案" in zhou.sees()
    assert "属于个人事务" in li.sees()
    assert "请直接向人事处反映" in li.sees()
    assert await state(institute, number) == "declined"
    await zhou.forges(f"casework.accept:{number}:1")
    assert "这一步已经有人处理了" in zhou.toast
    assert "周敏，不予立案" in zhou.toast
    assert await told(institute, number, "李梅") == ["cases.told.declined"]


async def test_an_accusation_that_looks_for_seconders_can_be_stopped(institute: Institute) -> None:
    number = await filed(institute, title="某人挪用经费", preset="proposal", shared=True)
    assert await state(institute, number) == "seconding"
    wang, zhou = institute.phone("王强"), institute.phone("周敏")
    await wang.forges(f"cases.view:{number}")
    assert "挪用" in wang.sees()
    await zhou.forges(f"cases.view:{number}")
    await zhou.taps("🚫 不予立案")
    await zhou.taps("属于检举揭发，请走专门渠道")
    await zhou.says("请向纪检部门反映。")
    await wang.forges(f"cases.view:{number}")
    assert "没有找到这一件" in wang.toast


async def test_a_proposal_becomes_a_suggestion_and_is_answered_all_the_same(anywhere: Institute) -> None:
    institute = anywhere
    number = await filed(institute, preset="proposal", shared=True)
    zhou, li = institute.phone("周敏"), institute.phone("李梅")
    await zhou.forges(f"cases.view:{number}")
    await zhou.taps("🔀 转类型")
    assert "🔀 转为征求意见" not in zhou.buttons()
    await zhou.taps("🔀 转为意见建议")
    await zhou.says("这件事不用附议，我们马上办。")
    assert await state(institute, number) == "received"
    assert "提案（第 1 号）《食堂晚餐供应时间太短》已转为“意见建议”办理" in li.sees()
    assert "这件事不用附议" in li.sees()
    await zhou.taps("查看")
    await answered(zhou, button="⚡ 当场答复")
    assert WORDS in li.sees()
    assert await kinds(institute, number) == ["filed", "turned", "answered"]


async def test_at_once_matters_are_answered_at_once(anywhere: Institute) -> None:
    institute = anywhere
    number = await filed(institute)
    zhou, li = institute.phone("周敏"), institute.phone("李梅")
    await zhou.taps("查看")
    await answered(zhou, outcome="C 条件所限", button="⚡ 当场答复")
    assert await state(institute, number) == "answered"
    assert "C 条件所限" in li.sees()
    assert await told(institute, number, "李梅") == ["cases.told.answered"]


# Together with another


async def test_supporters_move_once_and_every_author_goes_on_being_told(anywhere: Institute) -> None:
    """李梅's goes into 王强's, which goes into 陈静's: 赵磊 stood behind two of them and counts once."""
    institute = anywhere
    titles = ("食堂晚餐供应时间太短", "食堂晚餐时间请延长", "食堂晚餐供应时间延长")
    first, second, third = [
        await filed(institute, who=who, title=title, preset="proposal", shared=True)
        for who, title in zip(("李梅", "王强", "陈静"), titles, strict=True)
    ]

    def second_them(session: Session) -> None:
        for number, names in ((first, ("赵磊", "陈静")), (second, ("赵磊", "周敏")), (third, ("赵磊", "周敏"))):
            for name in names:
                seconding.second(session, member(session, name), number, institute.clock.now())

    await institute.change(second_them)
    await institute.settle()
    zhou = institute.phone("周敏")
    await zhou.forges(f"cases.view:{first}")
    await zhou.taps("🔗 并案")
    assert any(label.startswith(f"第 {second} 号 {titles[1]}（相似") for label in zhou.buttons())
    await zhou.taps(next(label for label in zhou.buttons() if label.startswith(f"第 {second} 号")))
    assert titles[0] in zhou.sees()
    assert titles[1] in zhou.sees()
    await zhou.taps(f"🔗 并入第 {second} 号")
    assert "现在共 4 人附议" in zhou.reads()  # 赵磊, 周敏, 陈静, and 李梅 herself
    await zhou.forges(f"cases.view:{second}")
    await zhou.taps("🔗 并案")
    await zhou.taps("🔢 按编号找")
    await zhou.says(str(third))
    await zhou.taps(f"🔗 并入第 {third} 号")

    def look(session: Session) -> tuple[list[str], list[int | None]]:
        behind = select(Member.name).join(Second).where(Second.case_id == third).order_by(Member.name)
        merged = select(Case.merged_into).where(Case.id.in_((first, second)))
        return list(session.scalars(behind)), list(session.scalars(merged))

    names, merged = await institute.look(look)
    assert sorted(names) == sorted(["周敏", "李梅", "王强", "赵磊"])  # not 陈静, whose own it is
    assert merged == [third, third]
    assert "已并在一起办理" in institute.phone("李梅").sees()
    await zhou.taps("查看")
    await zhou.forges(f"cases.view:{third}")
    await answered(zhou, button="⚡ 当场答复")
    for name in ("李梅", "王强", "陈静"):
        assert WORDS in institute.phone(name).sees()
        assert (await told(institute, third, name)).count("cases.told.answered") == 1
    assert await kinds(institute, third) == ["filed", "seconded", "joined", "answered"]


async def test_what_cannot_be_merged_is_said(institute: Institute) -> None:
    first = await filed(institute)
    second = await filed(institute, who="王强", title="图书馆周末开放")
    zhou = institute.phone("周敏")

    async def to(number: int) -> str:
        await zhou.forges(f"casework.compare:{first}:1:{number}")
        return zhou.toast

    assert "它自己" in await to(first)
    assert "没有找到" in await to(99)
    await zhou.forges(f"cases.view:{second}")
    await answered(zhou, button="⚡ 当场答复")
    assert "不能并进去" in await to(second)
    await zhou.forges(f"casework.merge:{first}:1:{second}")
    assert "不能并进去" in zhou.toast
    assert await state(institute, first) == "received"


# Departments


async def test_a_department_without_anybody_is_seen_and_gets_somebody_on_the_way(anywhere: Institute) -> None:
    institute = anywhere
    number = await filed(institute)
    zhou, zhao = institute.phone("周敏"), institute.phone("赵磊")
    await zhou.taps("查看")
    await zhou.taps("✅ 立案")
    await zhou.taps("所办公室（无承办人）")
    assert "还没有承办人" in zhou.sees()
    await zhou.taps("👤 先指定承办人")
    await zhou.taps("赵磊")
    assert zhou.toast == "赵磊现在是承办人，已经告诉他/她了。"
    assert "您是所办公室的承办人" in zhao.sees()
    await zhou.taps("⬅️ 回到交办")
    assert "还没有承办人" not in zhou.sees()
    await zhou.taps("📨 确定交办")
    assert "请答复" in zhao.sees()
    assert await state(institute, number) == "handling"


async def test_where_nobody_answers_the_office_hears_and_whoever_is_named_later_hears_too(anywhere: Institute) -> None:
    institute = anywhere
    number = await filed(institute)
    zhou, zhao = institute.phone("周敏"), institute.phone("赵磊")
    await institute.change(lambda s: give(s, "陈静", Role.OFFICER))
    await taken_up(institute, number)
    chen = institute.phone("陈静")
    assert "那里还没有承办人" in chen.sees()  # the other officer; 周敏 saw it on her own screen
    await zhou.taps("📮 提案办理")
    assert any("无人承办" in label for label in zhou.buttons())
    await zhou.taps("👥 承办人")
    await zhou.taps("所办公室（无承办人）")
    await zhou.taps("赵磊")
    assert "请答复" in zhao.sees()
    await zhou.taps("✓ 赵磊")
    assert "不再是承办人" in zhou.toast
    await zhao.taps("✍️ 答复")
    assert "过期" in zhao.toast  # the right ended with the role


async def test_it_is_not_our_matter_goes_back_and_the_promise_stays(anywhere: Institute) -> None:
    institute = anywhere
    await staffed(institute)
    number = await filed(institute)
    zhou = await taken_up(institute, number)
    promised = await institute.look(lambda s: cases.by_id(s, number).answer_by)
    zhao, li = institute.phone("赵磊"), institute.phone("李梅")
    await zhao.taps("查看")
    await zhao.taps("🙅 不归我们管")
    await zhao.says("食堂由半导体材料实验室管。")
    assert "已退回工会" in zhao.sees()
    await zhao.forges(f"cases.view:{number}")
    assert "没有找到这一件" in zhao.toast
    assert "所办公室说明不属于他们的职责" in li.sees()
    assert "食堂由半导体材料实验室管" in zhou.sees()
    institute.clock.move(timedelta(days=2))
    await zhou.taps("📨 交办")
    await zhou.taps(OTHER_LAB)
    await zhou.taps("📨 确定交办")
    assert await institute.look(lambda s: cases.by_id(s, number).answer_by) == promised
    assert "请答复" in institute.phone("陈静").sees()
    expected = ["accepted", "assigned", "handed_on", "assigned"]
    assert await told(institute, number, "李梅") == [f"cases.told.{each}" for each in expected]


async def test_more_time_has_a_reason_a_limit_and_an_end(anywhere: Institute) -> None:
    institute = anywhere
    await staffed(institute)
    number = await filed(institute)
    await taken_up(institute, number)
    zhao, li = institute.phone("赵磊"), institute.phone("李梅")
    await zhao.taps("查看")
    await zhao.taps("⏳ 申请延期")
    assert "10 个工作日，到 2026年12月21日 周一" in zhao.buttons()
    await zhao.taps("10 个工作日，到 2026年12月21日 周一")
    await zhao.says("要和食堂承包方谈合同。")
    assert "延到 2026年12月21日 周一" in zhao.sees()
    assert "延到 2026年12月21日 周一" in li.sees()
    assert "要和食堂承包方谈合同" in li.sees()
    await zhao.taps("查看")
    assert "⏳ 申请延期" not in zhao.buttons()
    await zhao.forges(f"casework.extend_by:{number}:{await turn(institute, number)}:5")
    await zhao.says("还要几天。")
    assert "最多延 1 次" in zhao.sees()
    assert (await told(institute, number, "李梅")).count("cases.told.extended") == 1


async def test_after_the_term_there_is_no_extension(institute: Institute) -> None:
    await staffed(institute)
    number = await filed(institute)
    await taken_up(institute, number)
    institute.clock.move(timedelta(days=20))
    now = institute.clock.now()

    def late(session: Session) -> str:
        case = cases.by_id(session, number)
        try:
            handling.extend(session, number, case.turn, 3, "还要几天。", person(session, "赵磊"), now)
        except Refused as no:
            return no.code
        return ""

    assert await institute.change(late) == "casework.too_late_to_extend"


# The answer


async def test_an_objection_and_a_sending_back_bring_another_answer_and_new_signatures(anywhere: Institute) -> None:
    institute = anywhere
    await staffed(institute, "赵磊", "陈静", "李梅")
    number = await filed(institute, who="王强")
    zhou = await taken_up(institute, number, OTHER_LAB, LAB)
    zhao, chen, li = (institute.phone(name) for name in ("赵磊", "陈静", "李梅"))
    await answered(zhao, "延长到19:00。")
    await li.taps("✅ 同意会签")
    assert "接下来：等半导体材料实验室会签" in li.sees()
    await chen.taps("🙋 有不同意见")  # 李梅's signature has not made her button old
    await chen.says("19:00 不够，至少19:30。")
    assert "您的意见已经转给所办公室" in chen.sees()
    assert "19:00 不够，至少19:30。" in zhao.sees()
    await answered(zhao, "延长到19:30。")
    for phone in (li, chen):
        assert "延长到19:30。" in phone.sees()  # both sign anew
        await phone.taps("✅ 同意会签")
    await zhou.taps("↩️ 退回修改")
    await zhou.says("请写明从哪天开始。")
    assert "请写明从哪天开始。" in zhao.sees()
    assert await state(institute, number) == "handling"
    await answered(zhao, WORDS)
    for phone in (li, chen):
        await phone.taps("✅ 同意会签")
    await zhou.taps("📤 发出")
    wang = institute.phone("王强")
    assert WORDS in wang.sees()
    assert "不够" not in wang.reads()  # how it came about stays inside
    assert "从哪天" not in wang.reads()
    expected = ["accepted", "assigned", "answered"]
    assert await told(institute, number, "王强") == [f"cases.told.{each}" for each in expected]
    assert await institute.look(lambda s: s.scalar(select(func.count(Answer.id)))) == 1


async def test_nobody_signs_twice_for_a_department(institute: Institute) -> None:
    await staffed(institute, "赵磊", "李梅", "王强")
    number = await filed(institute, who="陈静")
    await taken_up(institute, number, LAB)
    await answered(institute.phone("赵磊"))
    li, wang = institute.phone("李梅"), institute.phone("王强")
    both = [phone.person.press("✅ 同意会签") for phone in (li, wang)]
    await institute.settle()
    toasts = sorted(press.toast.text for press in both if press.toast)
    assert toasts[0] == "已会签。"
    assert "会签" in toasts[1]
    assert "已经有人处理了" in toasts[1]
    assert (await kinds(institute, number)).count("signed") == 1


async def test_a_department_that_has_nobody_is_passed_over_and_named(anywhere: Institute) -> None:
    institute = anywhere
    await staffed(institute)
    number = await filed(institute, who="王强")
    zhou = await taken_up(institute, number, LAB, OTHER_LAB)
    zhao = institute.phone("赵磊")
    await answered(zhao)
    assert "光电子实验室没有承办人，跳过会签" in zhao.sees()
    assert await state(institute, number) == "signing"
    await institute.change(lambda s: handling.dismiss_handler(s, person(s, "周敏"), member(s, "陈静").id, MONDAY))
    await institute.settle()
    assert "请会签" in zhou.sees()  # nobody else is left for it
    await zhou.taps("⏭ 不等无人的部门")
    assert await state(institute, number) == "releasing"


async def test_files_go_with_the_answer_and_cost_no_question(institute: Institute) -> None:
    await staffed(institute)
    number = await filed(institute)
    await taken_up(institute, number)
    zhao = institute.phone("赵磊")
    await zhao.taps("✍️ 答复")
    await zhao.says(WORDS)
    await zhao.sends_photo(PNG)
    assert "属于哪一类" in zhao.sees()
    await zhao.taps("D 留作参考")
    assert await state(institute, number) == "releasing"
    kept = select(func.count(Attachment.id)).where(Attachment.case_id == number, Attachment.answer_id.is_not(None))
    assert await institute.look(lambda s: s.scalar(kept)) == 1


async def test_what_is_planned_has_a_day_is_put_off_with_a_reason_and_done_in_the_end(anywhere: Institute) -> None:
    institute = anywhere
    await staffed(institute)
    number = await filed(institute)
    zhou = await taken_up(institute, number)
    zhao, li = institute.phone("赵磊"), institute.phone("李梅")
    await zhao.taps("✍️ 答复")
    await zhao.says("明年春天装新风。")
    await zhao.taps("B 列入计划")
    await zhao.says("2026年11月1日")
    await zhao.taps("对")
    assert "今天以后" in zhao.sees()  # and it is asked again
    await zhao.says("2027年3月31日")
    await zhao.taps("对")  # and off it goes
    await zhou.taps("📤 发出")
    assert "计划在 2027年3月31日 周三 前落实" in li.sees()
    assert await state(institute, number) == "planned"
    await zhao.forges(f"cases.view:{number}")
    await zhao.taps("📆 改期")
    await zhao.says("2027年6月30日")
    await zhao.taps("对")
    await zhao.says("设备到货推迟。")
    assert "改到 2027年6月30日 周三 前落实" in zhao.sees()
    assert "设备到货推迟" in li.sees()
    assert "赵磊把" in zhou.sees()
    await zhao.taps("查看")
    await zhao.taps("✅ 已落实")
    await zhao.says("新风已经装好，欢迎体验。")
    assert await state(institute, number) == "releasing"
    await zhou.taps("📤 发出")
    assert "A 已解决" in li.sees()
    expected = ["accepted", "assigned", "answered", "postponed", "answered"]
    assert await told(institute, number, "李梅") == [f"cases.told.{each}" for each in expected]


async def test_where_no_officer_releases_the_departments_answer_goes_out_at_once(institute: Institute) -> None:
    await staffed(institute)
    number = await filed(institute, preset="repair", title="跑步机皮带坏了")
    await taken_up(institute, number)
    await answered(institute.phone("赵磊"), "皮带换好了，可以用了。", "A 已修好")
    assert "皮带换好了" in institute.phone("李梅").sees()
    assert await state(institute, number) == "answered"


async def test_the_lead_mends_its_answer_while_it_waits(institute: Institute) -> None:
    await staffed(institute)
    number = await filed(institute)
    zhou = await taken_up(institute, number)
    zhao = institute.phone("赵磊")
    await answered(zhao, "延长到19:00。")
    old = zhou.buttons()
    assert old[0] == "📤 发出"
    await zhao.taps("查看")
    await answered(zhao, WORDS, button="✏️ 改写答复")
    await zhou.forges(f"casework.release:{number}:{await turn(institute, number) - 1}")
    assert "赵磊，写好答复" in zhou.toast  # what was before her eyes is not what would go out
    await zhou.taps("📤 发出")
    assert WORDS in institute.phone("李梅").sees()


# Who may


async def test_nobody_decides_on_their_own_case(institute: Institute) -> None:
    number = await filed(institute, who="周敏")
    await institute.change(lambda s: give(s, "陈静", Role.OFFICER))
    zhou, chen = institute.phone("周敏"), institute.phone("陈静")
    assert await told(institute, number, "周敏") == []
    await zhou.forges(f"casework.accept:{number}:1")
    assert "这是您自己提的" in zhou.toast
    await zhou.says("/desk")
    await zhou.taps("📮 提案办理")
    assert "现在没有等您处理的" in zhou.sees()
    await chen.forges(f"casework.accept:{number}:1")
    assert chen.toast == "已立案，提出人会收到通知。"


async def test_a_forged_button_reveals_nothing(institute: Institute) -> None:
    await staffed(institute)
    number = await filed(institute, who="王强")
    await taken_up(institute, number)
    chen, li = institute.phone("陈静"), institute.phone("李梅")  # a handler elsewhere, and a colleague
    at = await turn(institute, number)
    for phone in (chen, li):
        for verb in (
            "answer",
            "sign",
            "object",
            "hand_on",
            "extend",
            "postpone",
            "done",
            "settle",
            "release",
            "assign",
        ):
            await phone.forges(f"casework.{verb}:{number}:{at}")
            real = phone.toast
            await phone.forges(f"casework.{verb}:999:{at}")
            assert phone.toast == real, verb
            assert real in ("没有找到这一件，或者不在您能看的范围里。", "这个按钮已经过期，请看最新的消息。"), (
                verb,
                real,
            )
        assert "食堂" not in phone.reads()


async def test_what_is_reopened_is_for_the_chair(anywhere: Institute) -> None:
    institute = anywhere
    await staffed(institute)
    await institute.change(lambda s: give(s, "陈静", Role.CHAIR))
    number = await filed(institute)
    zhou, chen = institute.phone("周敏"), institute.phone("陈静")
    await zhou.taps("查看")
    await answered(zhou, button="⚡ 当场答复")

    def reopen(session: Session) -> None:
        case = cases.by_id(session, number)
        case.reopened = True
        steps.enter(session, case, CaseState.REOPENED, MONDAY, steps.term(session, MONDAY, 2))
        steps.take(session, case, steps.StepKind.REOPENED, MONDAY)

    await institute.change(reopen)
    await zhou.forges(f"cases.view:{number}")
    assert not {"⚡ 当场答复", "📨 交办", "✅ 立案"} & set(zhou.buttons())
    await zhou.forges(f"casework.assign:{number}:{await turn(institute, number)}")
    assert "已经有人处理了" in zhou.toast
    await chen.forges(f"cases.view:{number}")
    await chen.taps("📨 交办")
    await chen.taps(HOUSE)
    await chen.taps("📨 确定交办")
    assert "2026年12月7日 周一 前答复" in institute.phone("李梅").sees()
    assert "请答复" in institute.phone("赵磊").sees()


async def test_english_phones_are_spoken_to_in_english(institute: Institute) -> None:
    await staffed(institute)
    await institute.change(lambda s: s.execute(Account.__table__.update().values(language="en")))
    number = await filed(institute)
    zhou, zhao = institute.phone("周敏"), institute.phone("赵磊")
    await zhou.taps("Open")
    await zhou.taps("✅ Take it up")
    await zhou.taps(HOUSE)
    await zhou.taps("📨 Assign it")
    assert "Next: 所办公室 answers by Mon 7 Dec 2026" in zhou.sees()
    await answered(zhao, outcome="A Done", button="✍️ Answer")
    await zhou.taps("📤 Send it")
    assert "has an answer" in institute.phone("李梅").sees()
    assert await state(institute, number) == "answered"
    assert not institute.world.refused()
