"""Consultations: a draft goes out, everybody comments, each comment is answered, and all is published without names."""

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import consulting
from models.base import Refused
from models.cases import Attachment, Case, Outcome
from models.consultations import Consultation, ConsultationState
from models.files import File
from models.letters import Letter
from models.people import Role
from tests.case_desk import filed, give, kinds, person, staffed, state, told
from tests.hostile_updates import DAILY
from tests.institute import Institute, Phone, running
from tests.office import PNG

DRAFT = "征求意见 职工食堂管理办法（修订稿） 12月4日截止\n第二条 早餐七点到九点。\n第三条 晚餐五点到七点。"
COMMENT, SEND, DESK = "💬 提意见", "💬 提交", "⬅️ 这次征求意见"


async def put_out(institute: Institute, text: str = DRAFT, *, group: bool = False) -> Phone:
    """周敏 puts a draft out: one message, and two taps."""
    zhou = institute.phone("周敏")
    await zhou.says(text)
    await zhou.taps("👀 预览")
    if group:
        await zhou.taps("📌 也挂到职工群")
    await zhou.taps(next(label for label in zhou.buttons() if label.startswith("✉️ 发出")))
    assert zhou.toast == "发出了。"
    return zhou


async def comment(institute: Institute, who: str, words: str, number: int = 1) -> Phone:
    """Somebody comments: a tap, a message, a tap."""
    phone = institute.phone(who)
    await phone.forges(f"consultations.comment:{number}")
    await phone.says(words)
    await phone.taps(SEND)
    return phone


async def answer(institute: Institute, number: int, words: str, outcome: str = "采纳") -> Phone:
    """周敏 answers one comment."""
    zhou = institute.phone("周敏")
    await zhou.starts(f"case_{number}")
    await zhou.taps("⚡ 当场答复")
    await zhou.says(words)
    await zhou.taps(outcome)
    return zhou


async def publish(institute: Institute, summary: str = "") -> Phone:
    """周敏 publishes everything."""
    zhou = institute.phone("周敏")
    await zhou.forges("consultations.publish:1")
    await (zhou.says(summary) if summary else zhou.taps("跳过"))
    await zhou.taps("📣 公布")
    return zhou


def sheet_of(institute: Institute, phone: Phone) -> list[tuple[Any, ...]]:
    """The spreadsheet that the bot sent last, row by row."""
    content = institute.world.files.find(phone.person.last()["document"]["file_id"]).data
    page = openpyxl.load_workbook(io.BytesIO(content)).active
    return list(page.iter_rows(values_only=True))


async def test_the_whole_life_of_a_consultation(anywhere: Institute) -> None:
    institute = anywhere
    zhou = await put_out(institute, group=True)
    li, wang, chen, zhao = (institute.phone(name) for name in ("李梅", "王强", "陈静", "赵磊"))
    # Everybody hears, and may comment: a tap, a message, a tap.
    assert "第三条 晚餐五点到七点" in li.sees()
    await li.taps(COMMENT)
    await li.says("第三条：晚餐建议延长到八点，加班的人多。")
    assert "条款：第三条" in li.sees()
    await li.taps(SEND)
    assert "2026年12月18日 周五前答复您" in li.sees()
    await wang.starts("draft_1")
    await wang.taps(COMMENT)
    await wang.says("晚餐时间太短了")
    await wang.taps("改：只让工会知道是我")
    await wang.taps("是")
    await wang.taps(SEND)
    assert "您的名字只有工会知道" in wang.sees()
    await comment(institute, "陈静", "第二条 早餐建议七点半开始")
    assert "casework.your_turn" not in await institute.letters()  # answered together: nobody is called before
    await institute.pass_time(seconds=5)
    assert "已收到 3 条意见" in li.sees(institute.group)
    # The close.
    await institute.pass_time(days=11, hours=22)
    assert "收到 3 条，3 条还没答复" in zhou.sees()
    await zhou.taps(DESK)
    await zhou.taps("📣 公布答复")
    assert "第 1、2、3 号" in zhou.toast
    # Two of them get the same answer, each author their own letter.
    await zhou.taps("💬 几条一起答复")
    await zhou.taps("1 · 第三条 · 晚餐建议延长到八点，加班的人多。")
    await zhou.taps("2 · 晚餐时间太短了")
    await zhou.taps("选好了（2）")
    await zhou.says("晚餐延长到八点。")
    await zhou.taps("采纳")
    for phone in (li, wang):
        assert "采纳" in phone.sees()
        assert "晚餐延长到八点。" in phone.sees()
    await zhou.taps(DESK)
    assert "1 条还没答复" in zhou.sees()
    await zhou.taps("📋 逐条看")
    await zhou.taps("🔵 3 · 第二条 · 早餐建议七点半开始")
    await zhou.taps("⚡ 当场答复")
    await zhou.says("周末采纳，平日来不及。")
    await zhou.taps("部分采纳")
    assert "部分采纳" in chen.sees()
    assert "🗓" not in chen.sees()  # no day was asked for, none is promised
    assert await state(institute, 3) == "settled"  # comments are not rated
    # Published together.
    await institute.pass_time(seconds=10)
    assert "3 条意见都答复了" in zhou.sees()
    await zhou.taps(DESK)
    await zhou.taps("📣 公布答复")
    await zhou.says("办法下月起试行。")
    await zhou.taps("📣 公布")
    assert "采纳 2，部分采纳 1" in zhao.sees()
    assert "办法下月起试行" in zhao.sees()
    rows = sheet_of(institute, zhao)
    assert rows[1:] == [
        (1, "第三条", "晚餐建议延长到八点，加班的人多。", "采纳", "晚餐延长到八点。"),
        (2, None, "晚餐时间太短了", "采纳", "晚餐延长到八点。"),
        (3, "第二条", "早餐建议七点半开始", "部分采纳", "周末采纳，平日来不及。"),
    ]
    assert "采纳 2" in li.sees(institute.group)
    await zhao.taps("📬 看意见和答复")
    assert "周末采纳" in zhao.sees()
    everything = zhao.sees() + str(rows) + li.reads(institute.group)
    assert not [name for name in ("李梅", "王强", "陈静") if name in everything]
    mine = [text for text in await told(institute, 1, "李梅") if text.startswith("cases.")]
    assert mine == ["cases.told.answered"]
    assert (await kinds(institute, 1)) == ["filed", "answered", "settled"]
    await zhou.forges("consultations.publish:1")
    assert "已经公布过" in zhou.toast
    assert not [call for call in institute.world.refused() if not DAILY.search(call.description)]


async def test_a_form_asks_for_what_the_message_did_not_say(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    await zhou.says("/desk")
    await zhou.taps("📝 意见征集")
    await zhou.taps("➕ 发起征求意见")
    await zhou.says("请假办法")
    assert "哪天截止" in zhou.sees()
    await zhou.says("2026年11月20日")
    await zhou.taps("对")
    await zhou.says("第一条 请假要提前三天。")
    await zhou.sends_file("请假办法.txt", "第一条 请假要提前三天。".encode())
    await zhou.taps("👀 预览")
    assert "今天或以后" in zhou.sees()  # the day has passed: nothing is lost, only the day is to be said anew
    await zhou.taps("改：截止")
    await zhou.says("今天")
    await zhou.taps("对")
    await zhou.taps("👀 预览")
    assert "2026年11月23日 周一截止" in zhou.sees()
    await zhou.taps("✉️ 发出（5 人）")
    assert "请假办法" in institute.phone("李梅").sees()


async def test_a_file_with_a_caption_is_a_draft(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    await zhou.sends_file("草案.txt", "第一条".encode(), "征求意见 请假办法 12月4日前\n请大家看附件。")
    assert "文件名称：请假办法" in zhou.sees()
    assert "草案.txt" in zhou.sees()
    await zhou.taps("👀 预览")
    await zhou.taps("✉️ 发出（5 人）")
    li = institute.phone("李梅")
    assert li.person.last()["document"]["name"] == "草案.txt"
    await li.taps("📄 看全文")
    await li.taps("📎 文件")
    assert li.person.last()["document"]["name"] == "草案.txt"
    await zhou.sends_file("草案.exe", b"MZ", "征求意见 请假办法 12月4日前")
    assert "只收这些格式" in zhou.sees()


async def test_only_whom_it_concerns_can_read_it_and_comment(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    await zhou.says(DRAFT)
    await zhou.taps("👀 预览")
    await zhou.taps("👥 换人群")
    await zhou.taps("🏢 选部门")
    await zhou.taps("光电子实验室")
    await zhou.taps("选好了（1）")
    assert "光电子实验室，共 2 人" in zhou.sees()
    await zhou.taps("✉️ 发出（2 人）")
    chen = institute.phone("陈静")
    assert "食堂" not in chen.reads()
    for data in ("view:1", "comment:1", "answers:1:1", "file:1"):
        await chen.forges(f"consultations.{data}")
        there = chen.toast
        await chen.forges(f"consultations.{data.replace('1', '77', 1)}")
        assert there == chen.toast == "没有找到这次征求意见，或者不是发给您的。"
    await chen.starts("draft_1")
    assert "没有找到" in chen.sees()
    await chen.forges("consultations.browse")
    assert "食堂" not in chen.reads()
    await comment(institute, "李梅", "很好")
    assert await institute.look(lambda s: s.scalar(select(func.count()).select_from(Case))) == 1


async def test_a_draft_is_nobodys_before_it_is_sent(institute: Institute) -> None:
    zhou, li = institute.phone("周敏"), institute.phone("李梅")
    await zhou.says(DRAFT)
    await zhou.taps("👀 预览")
    await li.forges("consultations.view:1")
    assert "没有找到" in li.toast
    await li.forges("consultations.comment:1")
    assert "没有找到" in li.toast
    for button in ("send", "discard", "desk", "edit", "group", "export", "publish"):
        await li.forges(f"consultations.{button}:1")
        assert "过期" in li.toast
    assert await institute.look(lambda s: s.get(Consultation, 1).state) is ConsultationState.DRAFT
    await zhou.taps("✏️ 修改")
    await zhou.taps("改：文件名称")
    await zhou.says("食堂管理办法（二稿）")
    await zhou.taps("👀 预览")
    assert "二稿" in zhou.sees()
    await zhou.taps("🗑 删除")
    assert await institute.look(lambda s: s.get(Consultation, 1)) is None


async def test_after_the_close_no_comment_is_taken(institute: Institute) -> None:
    await put_out(institute)
    li = institute.phone("李梅")
    await li.taps(COMMENT)
    institute.clock.move(timedelta(days=11, hours=13, minutes=59))  # a minute before midnight of the last day
    await li.says("最后一刻的意见")
    await li.taps("接着填，刚发的就是「意见」")
    await li.taps(SEND)
    assert "第 1 号" in li.sees()
    await li.forges("consultations.comment:1")
    await li.says("晚了的意见")
    institute.clock.move(timedelta(minutes=2))
    await li.taps(SEND)
    assert "已经截止" in li.sees()
    assert await institute.look(lambda s: s.scalar(select(func.count()).select_from(Case))) == 1


async def test_nothing_is_published_before_the_close_or_with_a_comment_open(institute: Institute) -> None:
    zhou = await put_out(institute)
    await comment(institute, "李梅", "很好")
    await zhou.forges("consultations.publish:1")
    assert "还没有截止" in zhou.toast
    await answer(institute, 1, "谢谢支持。")
    await comment(institute, "王强", "太短")
    await institute.pass_time(days=12)
    await zhou.forges("consultations.publish:1")
    assert "第 2 号" in zhou.toast
    # What is withdrawn, or not taken up with a reason, stands in nobody's way.
    wang = institute.phone("王强")
    await wang.starts("case_2")
    await wang.taps("↩️ 撤回")
    await wang.taps("是，撤回")
    assert await state(institute, 2) == "withdrawn"
    await publish(institute)
    assert "收到 1 条" in institute.phone("陈静").sees()


async def test_what_is_not_taken_up_is_published_with_its_reason(institute: Institute) -> None:
    await put_out(institute)
    await comment(institute, "李梅", "给我涨工资")
    zhou = institute.phone("周敏")
    await zhou.starts("case_1")
    await zhou.taps("🚫 不予立案")
    await zhou.taps("属于个人事务")
    await zhou.says("不在这份办法的范围里。")
    assert await state(institute, 1) == "declined"
    await institute.pass_time(days=12)
    await publish(institute)
    chen = institute.phone("陈静")
    assert "不予受理 1" in chen.sees()
    await chen.taps("📬 看意见和答复")
    assert "属于个人事务" in chen.sees()
    assert "不在这份办法的范围里" in chen.sees()


async def test_without_comments_it_is_published_all_the_same(institute: Institute) -> None:
    zhou = await put_out(institute)
    await institute.pass_time(days=12)
    assert "收到 0 条" in zhou.sees()
    await publish(institute)
    assert "没有收到意见" in institute.phone("李梅").sees()
    assert "document" not in institute.phone("李梅").person.last()


async def test_two_officers_answering_the_same_comments_do_it_once(anywhere: Institute) -> None:
    institute = anywhere
    await put_out(institute)
    await comment(institute, "李梅", "很好")
    await comment(institute, "王强", "太短")
    zhou, admin = institute.phone("周敏"), institute.phone("管理员")
    await admin.starts()
    for phone in (zhou, admin):
        await phone.forges("consultations.answer:1")
        for label in ("1 · 很好", "2 · 太短"):
            await phone.taps(label)
        await phone.taps("选好了（2）")
        await phone.says("一并考虑。")
    await zhou.taps("留作参考")
    assert "答复了 2 条" in zhou.sees()
    await admin.taps("采纳")
    assert "都已经答复了" in admin.sees()
    assert (await kinds(institute, 1)).count("answered") == 1


async def test_what_another_officer_has_answered_and_ones_own_do_not_stop_the_others(anywhere: Institute) -> None:
    institute = anywhere
    await put_out(institute)
    await institute.change(lambda session: give(session, "陈静", Role.OFFICER))
    for who, words in (("李梅", "很好"), ("王强", "太短"), ("陈静", "太贵")):
        await comment(institute, who, words)
    chen = institute.phone("陈静")
    await chen.forges("consultations.answer:1")
    for label in ("3 · 太贵", "2 · 太短", "1 · 很好"):
        await chen.taps(label)
    await chen.taps("选好了（3）")
    await chen.says("一并考虑。")
    await answer(institute, 1, "谢谢。")
    await chen.taps("留作参考")
    assert "答复了 1 条" in chen.sees()
    assert "没有动：1、3" in chen.sees()
    assert await kinds(institute, 1) == await kinds(institute, 2)
    assert await state(institute, 3) == "received"


async def test_two_officers_who_pick_in_another_order_wait_for_each_other(url: str) -> None:
    async with running(url) as institute:
        await put_out(institute)
        await institute.change(lambda session: give(session, "陈静", Role.OFFICER))
        for who, words in (("李梅", "很好"), ("王强", "太短"), ("赵磊", "太贵")):
            await comment(institute, who, words)
        zhou, chen = institute.phone("周敏"), institute.phone("陈静")
        labels = ["1 · 很好", "2 · 太短", "3 · 太贵"]
        for phone, order in ((zhou, labels), (chen, labels[::-1])):
            await phone.forges("consultations.answer:1")
            for label in order:
                await phone.taps(label)
            await phone.taps("选好了（3）")
            await phone.says("一并考虑。")
        for phone in (zhou, chen):
            phone.person.press("留作参考")
        await institute.settle()
        assert sorted("答复了 3 条" in phone.sees() for phone in (zhou, chen)) == [False, True]
        for number in (1, 2, 3):
            assert (await kinds(institute, number)).count("answered") == 1


async def test_of_ones_own_alone_it_is_said_that_a_colleague_decides(institute: Institute) -> None:
    await put_out(institute)
    await comment(institute, "周敏", "很好")

    def act(session: Session) -> str:
        try:
            consulting.answer_many(
                session, 1, [1], "好。", Outcome.DONE, person(session, "周敏"), institute.clock.now()
            )
        except Refused as no:
            return no.code
        return ""

    assert await institute.change(act) == "casework.own"


async def test_photos_and_files_come_with_a_comment(institute: Institute) -> None:
    await put_out(institute)
    li = institute.phone("李梅")
    await li.taps(COMMENT)
    li.person.send_photo(PNG, "第三条 这张图说明问题")
    await institute.settle()
    assert "条款：第三条" in li.sees()
    assert "照片 1 张" in li.sees()
    await li.taps(SEND)
    assert await institute.look(lambda s: s.scalar(select(func.count()).select_from(Attachment))) == 1


async def test_a_restart_loses_no_words(sqlite_url: str) -> None:
    async with running(sqlite_url) as institute:
        await put_out(institute)
        li = institute.phone("李梅")
        await li.taps(COMMENT)
        await li.says("第三条 太短")
        world = institute.world
    async with running(sqlite_url, world, seed=False) as institute:
        li = institute.phone("李梅")
        await li.taps(SEND)
        assert "第 1 号" in li.sees()
        found = await institute.look(lambda s: s.scalars(select(Case)).one())
        assert (found.wrong, found.place, found.subject) == ("太短", "第三条", "draft:1")


async def test_the_close_missed_by_a_stop_is_noticed_afterwards_and_told_once(institute: Institute) -> None:
    zhou = await put_out(institute)
    await institute.pass_time(days=20)
    await institute.pass_time(days=1)
    assert (await institute.letters()).count("consultations.time_over") == 1
    assert "截止了" in zhou.sees()


async def test_a_department_that_gets_comments_answers_by_the_same_day(url: str) -> None:
    async with running(url, cases={"comment": {"lead": "所办公室"}}) as institute:
        await staffed(institute)
        await put_out(institute)
        await comment(institute, "李梅", "晚餐太短")
        zhao = institute.phone("赵磊")
        assert "晚餐太短" not in zhao.reads()  # not called before the close
        case = await institute.look(lambda s: s.scalars(select(Case)).one())
        assert case.state == "handling"
        assert case.term_at == case.answer_by
        await zhao.starts("case_1")
        await zhao.taps("✍️ 答复")
        await zhao.says("延长到八点。")
        await zhao.taps("部分采纳")
        assert await state(institute, 1) == "releasing"
        zhou = institute.phone("周敏")
        await zhou.starts("case_1")
        await zhou.taps("📤 发出")
        assert "部分采纳" in institute.phone("李梅").sees()


async def test_the_office_has_the_names_in_its_own_spreadsheet(institute: Institute) -> None:
    zhou = await put_out(institute)
    await comment(institute, "李梅", "很好")
    await zhou.forges("consultations.export:1")
    assert "李梅" in str(sheet_of(institute, zhou))


async def test_a_number_of_another_matter_is_not_answered_here(institute: Institute) -> None:
    zhou = await put_out(institute)
    number = await filed(institute, "陈静", "食堂太贵")
    await comment(institute, "李梅", "很好")
    await zhou.forges("consultations.answer:1")
    assert not [label for label in zhou.buttons() if label.startswith(f"{number} ·")]


async def test_in_english(institute: Institute) -> None:
    zhou, li = institute.phone("周敏"), institute.phone("李梅")
    for phone in (zhou, li):
        await phone.forges("start.language:en")
    await zhou.says("For comment: canteen rules, until 4 December\nArticle 3. Dinner from 5 to 7.")
    await zhou.taps("👀 Preview")
    await zhou.taps("✉️ Send (5 people)")
    assert "For comment: canteen rules" in li.sees()
    await li.taps("💬 Comment")
    await li.says("Article 3: rather until 8")
    await li.taps("💬 Send")
    assert "your comment is no. 1" in li.sees()
    await institute.pass_time(days=12)
    await zhou.starts("case_1")
    await zhou.taps(next(label for label in zhou.buttons() if "⚡" in label))
    await zhou.says("Until 8 it is.")
    await zhou.taps("Adopted")
    assert "Adopted" in li.sees()
    await zhou.forges("consultations.publish:1")
    await zhou.taps(next(label for label in zhou.buttons() if "Skip" in label))
    await zhou.taps("📣 Publish")
    assert "1 comments: adopted 1" in li.sees()


@pytest.mark.parametrize("words", ["x" * 1501, "好"])
async def test_a_comment_too_long_or_too_short_is_not_taken(institute: Institute, words: str) -> None:
    await put_out(institute)
    li = institute.phone("李梅")
    await li.taps(COMMENT)
    await li.says(words)
    assert "至少 2 个字" in li.sees() or "最多 1500 个字" in li.sees()
    assert SEND not in li.buttons()


async def test_a_draft_sent_leaves_letters_that_die_with_the_close(institute: Institute) -> None:
    institute.clock.move(timedelta(hours=13))  # 23:00: they wait for the morning
    await put_out(institute)
    institute.clock.move(timedelta(days=12, hours=12))
    await institute.settle()
    late = await institute.look(lambda s: s.scalars(select(Letter).where(Letter.text == "consultations.letter")).all())
    assert {letter.cause for letter in late} == {"untrue"}
    assert await institute.look(lambda s: s.scalar(select(func.count()).select_from(File))) == 0
