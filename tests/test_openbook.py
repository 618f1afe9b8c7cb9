"""The open book, as phones show it: the page of a case, finding, publishing, the board, and the yearly report."""

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from models import cases, facts, files, handling, publishing, rating, screening
from models.cases import Attachment, Case, CaseState, Outcome, Rating
from models.letters import Letter
from models.people import Account, Role
from tests.case_desk import LAB, filed, give, kinds, member, person, staffed, state, unit
from tests.institute import Institute, Phone
from tests.office import PNG

ANSWER = "从下周起，晚餐供应到八点。"
NEVER = "没有找到这一件"  # what one hears of a case that is not one's own, or does not exist


async def answered(institute: Institute, number: int, words: str = ANSWER, outcome: str = "A") -> None:
    """The office settles it at once."""
    now = institute.clock.now()

    def act(session: Session) -> None:
        day = (now + timedelta(days=30)).date() if outcome == "B" else None
        handling.answer(session, number, None, words, Outcome(outcome), day, person(session, "周敏"), now)

    await institute.change(act)
    await institute.settle()


async def assigned(institute: Institute, number: int, lead: int) -> None:
    """The office takes it up and gives it to a department."""
    now = institute.clock.now()

    def act(session: Session) -> None:
        screening.accept(session, number, None, person(session, "周敏"), now)
        handling.assign(session, number, None, lead, [], person(session, "周敏"), now)

    await institute.change(act)
    await institute.settle()


async def published(institute: Institute, who: str = "李梅", title: str = "食堂晚餐供应时间太短", **more: Any) -> int:
    """Answered, and its author and the office agree."""
    number = await filed(institute, who, title, **more)
    await answered(institute, number)
    now = institute.clock.now()
    for name in (who, "周敏"):
        await institute.change(lambda s, n=name: publishing.agree(s, number, person(s, n), now))
    await institute.settle()
    return number


async def opens(phone: Phone, number: int) -> str:
    """Follow the link to a case."""
    return await phone.starts(f"case_{number}")


# The page


async def test_each_seat_sees_what_is_for_it_and_nobody_else_anything(anywhere: Institute) -> None:
    institute = anywhere
    await staffed(institute, "陈静")
    number = await filed(institute, hidden=True, theme="life")
    lab = await institute.look(lambda s: unit(s, "半导体材料实验室"))
    li, zhou, chen, wang = (institute.phone(name) for name in ("李梅", "周敏", "陈静", "王强"))
    for other in (chen, wang):
        assert NEVER in await opens(other, number)
    assert "您" in await opens(li, number) or "李梅（光电子实验室）（只有工会知道）" in li.sees()
    assert "前告诉您是否立案" in li.sees()
    assert "李梅（光电子实验室）（只有工会知道）" in await opens(zhou, number)
    assert "这一步的期限" in zhou.sees()

    await assigned(institute, number, lab)
    assert "匿名" in await opens(chen, number)
    assert "李梅" not in chen.sees()
    assert "前答复" in chen.sees()
    for button in ("cases.view", "cases.text", "cases.history", "cases.files"):
        assert NEVER in await wang.forges(f"{button}:{number}")
        assert await wang.forges(f"{button}:{number + 1}") == wang.toast  # one that does not exist looks the same
    assert "食堂" not in wang.reads()


async def test_the_history_names_those_who_work_on_it_to_each_other_only(anywhere: Institute) -> None:
    institute = anywhere
    await staffed(institute, "陈静")
    number = await filed(institute, hidden=True)
    lab = await institute.look(lambda s: unit(s, "半导体材料实验室"))
    now = institute.clock.now()
    await assigned(institute, number, lab)
    await institute.change(
        lambda s: handling.answer(s, number, None, "写好的草稿", Outcome.DONE, None, person(s, "陈静"), now)
    )
    await institute.change(lambda s: handling.send_back(s, number, None, "请写得再具体些", person(s, "周敏"), now))
    li, chen = institute.phone("李梅"), institute.phone("陈静")
    await opens(li, number)
    await li.taps("🕘 经过")
    assert "交办" in li.sees()
    assert not {"周敏", "陈静", "退回修改", "再具体些", "写好答复"} & set(li.sees().split())
    assert "再具体些" not in li.reads()
    await opens(chen, number)
    await chen.taps("🕘 经过")
    assert "退回修改 · 周敏" in chen.sees()
    assert "请写得再具体些" in chen.sees()
    assert "李梅" not in chen.reads()
    await chen.taps("⬅️ 这一件")
    assert "写好的草稿" not in li.reads()


@pytest.mark.parametrize("sign", ["长", "<", "&", "😀"])
async def test_a_long_case_with_a_long_answer_is_one_message_and_all_of_it_can_be_read(
    institute: Institute, sign: str
) -> None:
    number = await filed(institute)
    words = {name: f"{name}开头" + sign * 3980 + f"{name}结尾" for name in ("wrong", "wish")}
    await institute.change(lambda s: s.execute(update(Case).values(**words)))
    await answered(institute, number, "答复开头" + sign * 3980 + "答复结尾")
    li = institute.phone("李梅")
    before = len(li.person.transcript())
    await opens(li, number)
    assert len(li.person.transcript()) == before + 2  # what they said, and one message
    assert "答复开头" in li.sees()
    assert "答复结尾" not in li.sees()
    await li.taps("📄 全文")
    read = li.sees()
    while "下一页 »" in li.buttons():
        read += await li.taps("下一页 »")
    for mark in ("wrong结尾", "wish结尾", "答复开头", "答复结尾"):
        assert mark in read
    assert read.count(sign) >= 3 * 3980
    await li.taps("⬅️ 这一件")
    assert "答复开头" in li.sees()
    assert not institute.world.refused()


async def test_photos_come_as_photos_and_files_as_files_to_those_who_may_read(institute: Institute) -> None:
    number = await filed(institute)

    def attach(session: Session) -> None:
        now = institute.clock.now()
        for name, kind, content in (("食堂.png", "image/png", PNG), ("说明.pdf", "application/pdf", b"%PDF-1.4 x")):
            file = files.keep(session, name, kind, content, now)
            session.add(Attachment(case_id=number, file_id=file.id, added_at=now))

    await institute.change(attach)
    li, zhou, wang = (institute.phone(name) for name in ("李梅", "周敏", "王强"))
    for phone in (li, zhou):
        await opens(phone, number)
        await phone.taps("📎 附件（2）")
        assert phone.toast == "共 2 个附件。"
        *_, photo, document = phone.person.transcript()
        assert photo["photo"]
        assert document["document"]["name"] == "说明.pdf"
    assert NEVER in await wang.forges(f"cases.files:{number}")
    assert "说明" not in wang.reads()
    assert not institute.world.refused()


async def test_what_came_with_an_answer_on_its_way_is_for_those_who_work_on_it(institute: Institute) -> None:
    await staffed(institute, "陈静")
    number = await filed(institute)
    lab = await institute.look(lambda s: unit(s, "半导体材料实验室"))
    now = institute.clock.now()
    await assigned(institute, number, lab)

    def answer(session: Session) -> None:
        file = files.keep(session, "草稿.pdf", "application/pdf", b"%PDF-1.4 y", now)
        chen = person(session, "陈静")
        handling.answer(session, number, None, "写好的草稿", Outcome.DONE, None, chen, now, files=(file.id,))

    await institute.change(answer)
    li, zhou = institute.phone("李梅"), institute.phone("周敏")
    await opens(li, number)
    assert "📎 附件（1）" not in li.buttons()
    assert "没有附件" in await li.forges(f"cases.files:{number}")
    await opens(zhou, number)
    assert "📎 附件（1）" in zhou.buttons()


@pytest.mark.parametrize("origin", ["m1", "s1", "a1.nowhere", "d1.x", "x", "m99999", "s1." + "字" * 9, "m1.a.b", "é"])
async def test_a_made_up_way_back_leads_to_a_list_and_breaks_nothing(institute: Institute, origin: str) -> None:
    number = await filed(institute)
    li = institute.phone("李梅")
    await opens(li, number)
    for button in (f"cases.view:{number}:{origin}", f"cases.history:{number}:1:{origin}"):
        await li.forges(button)
        assert "食堂晚餐" in li.sees()
    await li.forges(f"cases.view:{number}:{origin}")
    assert "⬅️ 返回" in li.buttons()
    assert "抱歉" not in li.reads()


# Finding


async def test_one_comes_back_to_the_page_of_the_list_where_one_was(institute: Institute) -> None:
    for each in range(10):
        await filed(institute, title=f"第{each}个建议", wrong="食堂")
    li = institute.phone("李梅")
    await li.says("/proposals")
    await li.taps("📊 公示栏")
    await li.taps("📋 我的")
    assert "我提交的（10 件）" in li.sees()
    await li.taps("下一页 »")
    await li.taps(next(label for label in li.buttons() if "第0个建议" in label))
    await li.taps("🕘 经过")
    await li.taps("⬅️ 这一件")
    await li.taps("⬅️ 返回")
    assert any("第1个建议" in label for label in li.buttons())
    assert "« 上一页" in li.buttons()


async def test_a_member_finds_their_own_by_words_or_number_and_nobody_elses(anywhere: Institute) -> None:
    institute = anywhere
    number = await filed(institute)
    await filed(institute, "陈静", "停车位太少")
    li, wang = institute.phone("李梅"), institute.phone("王强")
    await li.says("/proposals")
    await li.taps("📊 公示栏")
    await li.taps("🔎 查找")
    await li.says("食堂 晚餐")
    assert "含“食堂 晚餐”的有 1 件" in li.sees()
    await li.taps(next(label for label in li.buttons() if "食堂" in label))
    assert "食堂晚餐供应时间太短" in li.sees()
    await li.taps("⬅️ 返回")
    assert "含“食堂 晚餐”的有 1 件" in li.sees()
    await li.taps("🔎 换个词再找")
    await li.says(str(number))
    assert "食堂晚餐供应时间太短" in li.sees()
    for said in ("食堂", str(number), "停车", "999"):
        await wang.forges("openbook.by_words")
        await wang.says(said)
        assert f"没有找到“{said}”" in wang.sees()
    assert "抱歉" not in wang.reads()
    await wang.forges("openbook.by_words")
    await wang.says("很" * 11)
    assert "太长了" in wang.sees()


async def test_an_officer_finds_by_state_by_department_and_what_is_overdue(anywhere: Institute) -> None:
    institute = anywhere
    await staffed(institute)
    number = await filed(institute)
    await filed(institute, "王强", "停车位太少")
    lab = await institute.look(lambda s: unit(s, "半导体材料实验室"))
    await assigned(institute, number, lab)
    zhou = institute.phone("周敏")
    await zhou.forges("openbook.find")
    await zhou.taps("📁 按状态")
    assert {"等待立案（1）", "承办中（1）"} <= set(zhou.buttons())
    await zhou.taps("承办中（1）")
    assert any("食堂" in label for label in zhou.buttons())
    assert not any("停车" in label for label in zhou.buttons())
    await zhou.forges("openbook.find")
    await zhou.taps("🏢 按部门")
    await zhou.taps("半导体材料实验室（1）")
    await zhou.taps(next(label for label in zhou.buttons() if "食堂" in label))
    await zhou.taps("⬅️ 返回")
    assert "半导体材料实验室承办或协办的（1 件）" in zhou.sees()
    await zhou.forges("openbook.late")
    assert "没有超期的" in zhou.sees()
    institute.clock.move(timedelta(days=60))
    await zhou.forges("openbook.late")
    assert "🔴 超期的（2 件）" in zhou.sees()
    for forged in ("openbook.state:1:nowhere", "openbook.unit:1:99", f"openbook.found:1:{'x' * 40}"):
        assert "过期" in await zhou.forges(forged)
    li = institute.phone("李梅")
    for forged in ("openbook.states", "openbook.state:1:handling", f"openbook.unit:1:{lab}", "openbook.late"):
        assert "过期" in await li.forges(forged)


async def test_a_handler_has_what_waits_for_the_department_on_the_first_page(institute: Institute) -> None:
    await staffed(institute, "陈静")
    number = await filed(institute)
    lab = await institute.look(lambda s: unit(s, "半导体材料实验室"))
    chen, li = institute.phone("陈静"), institute.phone("李梅")
    await chen.says("/start")
    await chen.taps("📥 待我办")
    assert "都办完了" in chen.sees()
    await assigned(institute, number, lab)
    await chen.says("/start")
    await chen.taps("📥 待我办")
    await chen.taps(next(label for label in chen.buttons() if "食堂" in label))
    assert "承办中" in chen.sees()
    await chen.taps("⬅️ 返回")
    assert "等您办的（1 件）" in chen.sees()
    await li.says("/start")
    assert "📥 待我办" not in li.buttons()


# Publishing


async def test_it_is_out_when_author_and_office_agree_and_the_hidden_name_stays_hidden(anywhere: Institute) -> None:
    institute = anywhere
    number = await filed(institute, hidden=True)
    await answered(institute, number)
    li, zhou, wang = (institute.phone(name) for name in ("李梅", "周敏", "王强"))
    await opens(li, number)
    await li.taps("👍 同意公开")
    assert "已转告工会" in li.toast
    assert NEVER in await opens(wang, number)
    assert "愿意公开，请工会看一看" in zhou.reads()
    await zhou.taps("📣 公开答复")
    assert "公开后，大家看到的是" in zhou.sees()
    assert ANSWER in zhou.sees()
    assert "李梅" not in zhou.sees()
    await zhou.taps("📣 确认公开")
    assert "已经向全体职工公开" in zhou.toast
    assert "已向全体职工公开，谢谢您同意分享" in li.reads()
    await wang.says("/proposals")
    await wang.taps("📊 公示栏")
    await wang.taps("📖 已公开的答复（1）")
    await wang.taps(next(label for label in wang.buttons() if "食堂" in label))
    assert ANSWER in wang.sees()
    assert "匿名" in wang.sees()
    await wang.taps("🕘 经过")
    assert "公开" in wang.sees()
    assert not {"李梅", "周敏"} & {name for name in ("李梅", "周敏") if name in wang.reads()}
    assert "published" in await kinds(institute, number)


async def test_the_office_may_ask_first_and_a_yes_publishes_at_once(anywhere: Institute) -> None:
    institute = anywhere
    number = await filed(institute, hidden=True)
    await answered(institute, number)
    li, zhou = institute.phone("李梅"), institute.phone("周敏")
    await opens(zhou, number)
    await zhou.taps("📣 公开答复")
    assert "作者还没有表态" in zhou.sees()
    await zhou.taps("✉️ 征求作者同意")
    assert "公开后也不会出现您的姓名" in li.reads()
    assert await institute.look(lambda s: cases.by_id(s, number).published_at) is None
    await li.taps("👍 同意公开")
    assert "已经向全体职工公开" in li.toast
    assert await institute.look(lambda s: cases.by_id(s, number).published_at) is not None


async def test_who_says_no_is_not_published_nor_asked_again(anywhere: Institute) -> None:
    institute = anywhere
    number = await filed(institute)
    await answered(institute, number)
    li, zhou, wang = (institute.phone(name) for name in ("李梅", "周敏", "王强"))
    await zhou.forges(f"publishing.ask:{number}")
    await li.taps("🔒 不公开")
    await opens(zhou, number)
    assert "📣 公开答复" not in zhou.buttons()
    await institute.change(lambda s: s.execute(update(Case).values(office_agrees=False)))
    assert "不同意" in await zhou.forges(f"publishing.publish:{number}")
    assert "不同意" in await zhou.forges(f"publishing.ask:{number}")
    assert NEVER in await opens(wang, number)
    asked = select(func.count()).select_from(Letter).where(Letter.text == "publishing.ask")
    assert await institute.look(lambda s: s.scalar(asked)) == 1


async def test_a_yes_can_be_taken_back_and_then_nobody_reads_it_any_more(anywhere: Institute) -> None:
    institute = anywhere
    number = await published(institute)
    li, wang = institute.phone("李梅"), institute.phone("王强")
    assert ANSWER in await opens(wang, number)
    await wang.forges(f"proposals.follow:{number}")
    await opens(li, number)
    await li.taps("🔒 不公开")
    assert NEVER in await opens(wang, number)
    assert "unpublished" in await kinds(institute, number)
    await wang.says("/proposals")
    await wang.taps("📊 公示栏")
    assert "📖 已公开的答复（0）" in wang.buttons()


async def test_the_office_may_not_publish_or_take_down_and_says_why(anywhere: Institute) -> None:
    institute = anywhere
    number = await published(institute)
    li, zhou, wang = (institute.phone(name) for name in ("李梅", "周敏", "王强"))
    await opens(zhou, number)
    await zhou.taps("⤵️ 撤下公开")
    await zhou.says("附件里有别人的电话")
    assert "🔒 工会没有公开这一件" in zhou.sees()
    assert "附件里有别人的电话" in li.reads()
    assert NEVER in await opens(wang, number)


async def test_only_author_and_office_decide_and_only_of_what_is_answered(anywhere: Institute) -> None:
    institute = anywhere
    await staffed(institute, "陈静")
    number = await filed(institute)
    li, zhou, chen, wang = (institute.phone(name) for name in ("李梅", "周敏", "陈静", "王强"))
    assert "不能公开" in await li.forges(f"publishing.agree:{number}")
    assert "不能公开" in await zhou.forges(f"publishing.publish:{number}")
    assert "不能公开" in await zhou.forges(f"publishing.preview:{number}")
    await answered(institute, number)
    for phone in (chen, wang):
        for verb in ("agree", "keep"):
            assert NEVER in await phone.forges(f"publishing.{verb}:{number}")
        for verb in ("publish", "ask", "preview", "withhold", "waiting", "desk", "digest", "send", "report"):
            assert "过期" in await phone.forges(f"publishing.{verb}:{number}")
    for verb in ("agree", "keep"):  # the office has buttons of its own
        assert NEVER in await zhou.forges(f"publishing.{verb}:{number}")
    assert NEVER in await zhou.forges(f"publishing.agree:{number + 1}")
    assert await institute.look(lambda s: cases.by_id(s, number).author_agrees) is None
    own = await filed(institute, "周敏", "打印机坏了")
    await institute.change(lambda s: give(s, "赵磊", Role.OFFICER))
    now = institute.clock.now()
    await institute.change(
        lambda s: handling.answer(s, own, None, "修好了", Outcome.DONE, None, person(s, "赵磊"), now)
    )
    assert NEVER in await zhou.forges(f"publishing.publish:{own}")  # nobody is both sides


async def test_who_is_satisfied_is_asked_whether_others_may_read_it(institute: Institute) -> None:
    number = await filed(institute)
    await answered(institute, number)
    li = institute.phone("李梅")
    await opens(li, number)
    await li.taps("😊 满意")
    assert "您愿意把这一件和答复公开给全所职工吗" in li.sees()
    await li.taps("👍 同意公开")
    assert "已转告工会" in li.toast
    other = await filed(institute, "王强", "停车位太少")
    await answered(institute, other)
    wang = institute.phone("王强")
    await wang.forges(f"ratings.poor:{other}")
    assert "公开给全所" not in wang.reads()


# To the group


async def test_the_digest_tells_of_what_is_newly_published_and_of_nothing_else(anywhere: Institute) -> None:
    institute = anywhere
    one = await published(institute, hidden=True)
    unpublished = await filed(institute, "王强", "停车位太少")
    await answered(institute, unpublished)
    zhou, li = institute.phone("周敏"), institute.phone("李梅")
    await zhou.says("/desk")
    await zhou.taps("📮 提案办理")
    await zhou.taps("📣 公开与年报")
    await zhou.taps("📰 月报：1 件新公开")
    assert "您提我办" in zhou.sees()
    assert "食堂晚餐" not in li.reads(institute.group)
    await zhou.taps("📰 现在发到职工群")
    assert zhou.toast == "已把 1 件发到职工群。"
    group = li.reads(institute.group)
    assert f"{one} · 食堂晚餐供应时间太短" in group
    assert ANSWER in group
    assert "停车" not in group
    assert "李梅" not in group
    assert "没有新公开" in await zhou.forges("publishing.send")
    await institute.pass_time(days=9)  # 2 December: there is nothing new
    assert li.reads(institute.group).count("您提我办") == 1
    await published(institute, "陈静", "自行车棚漏雨")
    await institute.pass_time(days=20)
    assert li.reads(institute.group).count("您提我办") == 1  # this month has had its turn
    await institute.pass_time(days=14)  # January
    assert li.reads(institute.group).count("您提我办") == 2
    assert "自行车棚漏雨" in li.sees(institute.group) or "自行车棚漏雨" in li.reads(institute.group)
    assert not institute.world.refused()


async def test_two_officers_who_send_it_at_once_send_it_once(anywhere: Institute) -> None:
    institute = anywhere
    await published(institute)
    await institute.change(lambda s: give(s, "赵磊", Role.OFFICER))
    zhou, zhao = institute.phone("周敏"), institute.phone("赵磊")
    await zhou.starts()
    await zhao.starts()
    presses = [phone.person.press_data("publishing.send") for phone in (zhou, zhao)]
    await institute.settle()
    said = sorted(press.toast.text for press in presses if press.toast)
    assert said == ["已把 1 件发到职工群。", "没有新公开的答复。"]
    assert institute.phone("李梅").reads(institute.group).count("您提我办") == 1


async def test_a_digest_of_very_many_is_one_message(institute: Institute) -> None:
    for each in range(11):
        await published(institute, title=f"第{each}件" + "长" * 40, wrong="很" * 700, wish="长" * 700)
    zhou, li = institute.phone("周敏"), institute.phone("李梅")
    before = len(li.person.transcript(institute.group))
    await zhou.starts()
    await zhou.forges("publishing.send")
    assert len(li.person.transcript(institute.group)) == before + 1
    assert "还有 3 件" in li.sees(institute.group)
    assert not institute.world.refused()


async def test_the_board_is_posted_on_the_first_working_day_of_the_week_and_once(anywhere: Institute) -> None:
    institute = anywhere
    li = institute.phone("李梅")
    await institute.pass_time(days=7)
    assert "件件有落实" not in li.reads(institute.group)  # nothing has ever happened
    number = await filed(institute, hidden=True)
    await answered(institute, number)
    await institute.pass_time(days=6, hours=23, minutes=15)  # Monday, 09:15
    assert "件件有落实" not in li.reads(institute.group)
    await institute.pass_time(minutes=20)
    board = li.sees(institute.group)
    assert "件件有落实，事事有回音" in board
    assert "收到 1 件" in board
    assert "已答复 1 件：A 解决 1" in board
    assert not any(word in board for word in ("食堂", "李梅", "周敏"))
    for _ in range(6):
        await institute.pass_time(days=1)
    assert li.reads(institute.group).count("事事有回音") == 1
    await institute.pass_time(days=1)
    assert li.reads(institute.group).count("事事有回音") == 2


async def test_over_a_holiday_and_after_downtime_the_board_comes_later_and_once(institute: Institute) -> None:
    await filed(institute)
    li = institute.phone("李梅")
    institute.clock.move(timedelta(days=42))  # Monday, 4 January 2027, and nothing ran; it is a working day
    await institute.pass_time(days=1)  # Tuesday
    assert li.reads(institute.group).count("事事有回音") == 1
    await institute.pass_time(days=1)
    assert li.reads(institute.group).count("事事有回音") == 1


async def test_without_a_group_nothing_is_posted_and_nothing_is_lost(institute: Institute) -> None:
    number = await published(institute)
    await institute.change(lambda s: facts.put(s, facts.STAFF_GROUP, None))
    zhou = institute.phone("周敏")
    assert "还没有设职工群" in await zhou.forges("publishing.send")
    await institute.pass_time(days=14)
    assert await institute.look(lambda s: cases.by_id(s, number).digested_at) is None
    assert not await institute.look(lambda s: s.scalars(select(Letter).where(Letter.text == "publishing.weekly")).all())


async def test_the_button_in_the_group_leads_to_the_board_in_private(institute: Institute) -> None:
    await published(institute)
    wang = institute.phone("王强")
    await wang.starts("openbook")
    assert "2026 年公示栏" in wang.sees()
    assert "📖 已公开的答复（1）" in wang.buttons()
    stranger = institute.stranger()
    await stranger.starts("openbook")
    assert "公示栏" not in stranger.sees()


# The report


async def test_the_year_is_reported_with_a_picture_and_a_spreadsheet(anywhere: Institute) -> None:
    institute = anywhere
    await staffed(institute, "陈静")
    zhou = institute.phone("周敏")
    one = await published(institute, hidden=True, title="=HYPERLINK(1)", theme="life")
    two = await filed(institute, "王强", "停车位太少", theme="work")
    three = await filed(institute, "陈静", "自行车棚漏雨")
    lab = await institute.look(lambda s: unit(s, "半导体材料实验室"))
    now = institute.clock.now()

    def act(session: Session) -> None:
        officer = person(session, "周敏")
        screening.accept(session, two, None, officer, now)
        handling.assign(session, two, None, lab, [unit(session, LAB)], officer, now)
        rating.rate(session, one, 0, Rating.GOOD, person(session, "李梅"), now)

    await institute.change(act)
    await institute.pass_time(days=30)
    await zhou.says("/desk")
    await zhou.taps("📮 提案办理")
    await zhou.taps("📣 公开与年报")
    await zhou.taps("📈 2026 年度报告")
    *_, picture, document = zhou.person.transcript()
    assert picture["photo"]
    assert "2026 年度报告" in picture["text"]
    assert "满意率 100%" in picture["text"]
    assert document["document"]["name"] == "2026 年提案与建议办理报告.xlsx"
    sent = next(file for file in institute.world.files.by_id.values() if file.name.endswith(".xlsx"))
    book = openpyxl.load_workbook(io.BytesIO(sent.data))
    assert book.sheetnames == ["汇总", "按部门", "按主题", "按月", "每件一行"]
    figures = {row[0]: row[1] for row in book["汇总"].iter_rows(min_row=2, values_only=True)}
    assert figures["收到"] == 3
    assert figures["已答复"] == 1
    assert figures["超期"] == 2
    assert figures["超期工作日合计"] > 0
    assert figures["满意率（%）"] == 100
    rows = list(book["每件一行"].iter_rows(values_only=True))
    by_number = {row[0]: dict(zip(rows[0], row, strict=True)) for row in rows[1:]}
    assert set(by_number) == {one, two, three}
    assert by_number[one]["标题"] == "=HYPERLINK(1)"
    assert by_number[one]["评价"] == "满意"
    assert by_number[two]["标题"] == f"意见建议（第 {two} 号）"  # published is only the first
    assert by_number[two]["协办"] == LAB
    assert by_number[two]["主题"] == "工作条件"
    cell = next(cell for cell in book["每件一行"]["C"] if cell.value == "=HYPERLINK(1)")
    assert cell.data_type == "s"  # a text, and no formula
    assert not any(word in str(rows) for word in ("李梅", "王强", "陈静", "停车位", "自行车棚"))
    units = {row[0]: row for row in book["按部门"].iter_rows(min_row=2, values_only=True)}
    assert units["半导体材料实验室"][1] == 1
    assert units["工会"][1] == 2
    themes = {row[0]: row[1] for row in book["按主题"].iter_rows(min_row=2, values_only=True)}
    assert themes == {"生活保障": 1, "工作条件": 1, "未分类": 1}
    months = list(book["按月"].iter_rows(min_row=2, values_only=True))
    assert months[10] == (11, 3, 1)
    assert not institute.world.refused()


async def test_a_year_without_cases_has_no_report(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    await zhou.says("/desk")
    await zhou.taps("📮 提案办理")
    await zhou.taps("📣 公开与年报")
    assert not any("年度报告" in label for label in zhou.buttons())
    assert "没有事项" in await zhou.forges("publishing.report:1999")


async def test_everything_is_said_in_english_too(institute: Institute) -> None:
    await institute.change(lambda s: s.execute(update(Account).values(language="en")))
    number = await published(institute)
    li, zhou = institute.phone("李梅"), institute.phone("周敏")
    await opens(li, number)
    assert "Open to all staff" in li.sees()
    await li.taps("🕘 History")
    assert "published" in li.sees()
    await li.forges("openbook.board")
    assert "1 received" in li.sees()
    await zhou.says("/desk")
    await zhou.forges("casework.desk")
    await zhou.taps("📣 Publishing")
    await zhou.taps("📈 Report 2026")
    assert "Report 2026" in zhou.reads()
    assert await state(institute, number) == CaseState.ANSWERED
    assert not institute.world.refused()


async def test_who_is_forgotten_leaves_what_was_published_without_a_name(institute: Institute) -> None:
    number = await published(institute)

    def erase(session: Session) -> None:
        from models import me

        me.erase(session, person(session, "李梅"), institute.clock.now())

    await institute.change(erase)
    wang = institute.phone("王强")
    assert ANSWER in await opens(wang, number)
    assert "李梅" not in wang.sees()
    assert await institute.look(lambda s: cases.by_id(s, number).author_id) is None
    assert await institute.look(lambda s: member(s, "李梅").name)
