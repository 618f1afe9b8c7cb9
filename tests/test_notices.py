"""Notices: told by an officer, read by whom they are for, as their phones show it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from models.letters import Letter, State
from models.notices import Notice, Objection, Receipt
from models.people import Account, Grant, Member, Role
from models.workdays import Arrangement
from tests.institute import Institute, Phone
from tests.office import PNG

READ = "✅ 已阅"


async def say(institute: Institute, text: str) -> Phone:
    """周敏 says a notice and sends it: two acts."""
    zhou = institute.phone("周敏")
    await zhou.says(text)
    await zhou.taps(next(label for label in zhou.buttons() if label.startswith("✉️ 发送")))
    return zhou


async def test_a_notice_to_a_department_is_one_message_and_one_tap(anywhere: Institute) -> None:
    institute = anywhere
    zhou = institute.phone("周敏")
    await zhou.says("@光电子实验室 明早9点停电\n请提前保存数据，关好仪器。")
    assert "发给：光电子实验室，共 2 人" in zhou.sees()
    await zhou.taps("✉️ 发送（2 人）")
    assert zhou.toast == "发出了。"
    li = institute.phone("李梅")
    assert "明早9点停电" in li.sees()
    assert "请提前保存数据" in li.sees()
    assert li.buttons() == [READ]
    assert "停电" not in institute.phone("陈静").reads()
    assert not institute.world.refused()


async def test_who_has_read_it_is_seen_by_department_and_only_the_others_are_reminded(anywhere: Institute) -> None:
    institute = anywhere
    zhou = await say(institute, "@全体 周五下午大扫除，请各室准备")
    li, wang = institute.phone("李梅"), institute.phone("王强")
    await li.taps(READ)
    assert li.toast == "好的，已阅。"
    assert "已阅" in li.sees()
    assert li.buttons() == []
    await zhou.taps("🔄 刷新")
    assert "已阅 1 / 5 人，未阅 4 人" in zhou.reads()
    await zhou.taps("📊 谁读了")
    assert "光电子实验室：1 / 2，未阅 1" in zhou.reads()
    await zhou.taps("⬅️ 这条通知")
    await zhou.taps("🔔 催未阅 4 人")
    assert zhou.toast == "已提醒 4 人。"
    assert "再看一眼" in wang.sees()
    assert "大扫除" in wang.sees()
    assert "再看一眼" not in li.reads()
    await zhou.taps("🔔 催未阅 4 人")
    assert "过一小时再催" in zhou.toast
    await wang.taps(READ)
    assert await institute.look(lambda s: s.scalar(select(func.count(Receipt.read_at)))) == 2


async def test_reading_twice_changes_nothing(institute: Institute) -> None:
    await say(institute, "@光电子实验室 明早9点停电，请保存数据")
    li = institute.phone("李梅")
    number = await institute.look(lambda s: s.scalars(select(Notice.id)).one())
    await li.taps(READ)
    first = await institute.look(lambda s: s.scalars(select(Receipt.read_at).where(Receipt.read_at.is_not(None))).one())
    institute.clock.move(timedelta(hours=1))
    await li.forges(
        f"notices.read:{number}",
    )
    again = await institute.look(lambda s: s.scalars(select(Receipt.read_at).where(Receipt.read_at.is_not(None))).one())
    assert first == again


async def test_who_is_not_meant_can_neither_see_nor_sign_it(institute: Institute) -> None:
    await say(institute, "@光电子实验室 明早9点停电，请保存数据")
    number = await institute.look(lambda s: s.scalars(select(Notice.id)).one())
    chen = institute.phone("陈静")
    await chen.says("/notices")
    assert "还没有通知" in chen.sees()
    await chen.starts(f"notice_{number}")
    assert "停电" not in chen.reads()
    await chen.starts(f"notice_{number + 1}")
    assert chen.sees() == "这条通知已经找不到了。"  # one that does not exist looks the same


async def test_an_unknown_name_is_said_and_nothing_is_sent(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    await zhou.says("@火星所 明早停电")
    assert "没有找到“火星所”" in zhou.sees()
    assert await institute.look(lambda s: s.scalar(select(func.count(Notice.id)))) == 0


async def test_only_officers_tell_people_things(institute: Institute) -> None:
    li = institute.phone("李梅")
    await li.says("@全体 明天放假")
    assert await institute.look(lambda s: s.scalar(select(func.count(Notice.id)))) == 0


async def test_a_sent_notice_is_corrected_where_it_stands_and_read_again(anywhere: Institute) -> None:
    institute = anywhere
    zhou = await say(institute, "@光电子实验室 明早9点停电，请保存数据")
    li = institute.phone("李梅")
    await li.taps(READ)
    count = len(li.person.transcript())
    await zhou.taps("✏️ 更正")
    await zhou.says("明早10点停电，请保存数据")
    await zhou.taps("✏️ 更正")
    await institute.pass_time(seconds=5)
    assert len(li.person.transcript()) == count  # the same message, in place
    assert "明早10点停电" in li.sees()
    assert "（已更正）" in li.sees()
    assert li.buttons() == [READ]
    assert "9点" not in institute.phone("王强").sees()


async def test_a_recalled_notice_says_so_everywhere_and_what_had_not_gone_does_not_go(anywhere: Institute) -> None:
    institute = anywhere
    institute.clock.move(timedelta(hours=13))  # 23:00: it waits for the morning
    zhou = await say(institute, "@光电子实验室 明早9点停电，请保存数据")
    assert "停电" not in institute.phone("李梅").reads()
    await zhou.taps("↩️ 撤回")
    await zhou.taps("↩️ 确定撤回")
    await institute.pass_time(hours=12)
    assert "停电" not in institute.phone("李梅").reads()
    zhou = await say(institute, "@光电子实验室 下午装修，请绕行")
    assert "下午装修" in institute.phone("李梅").sees()
    await zhou.taps("↩️ 撤回")
    await zhou.taps("↩️ 确定撤回")
    await institute.pass_time(seconds=5)
    assert "已撤回" in institute.phone("李梅").sees()
    assert "下午装修" not in institute.phone("李梅").sees()


async def test_a_notice_goes_out_by_itself_at_its_moment_also_after_downtime(anywhere: Institute) -> None:
    institute = anywhere
    zhou = institute.phone("周敏")
    await zhou.says("@光电子实验室 明早9点停电，请保存数据")
    await zhou.taps("⏰ 定时")
    await zhou.says("明天上午8点半")
    if "对吗" in zhou.sees():
        await zhou.taps("对")
    assert "2026年11月24日 周二 08:30 自动发出" in zhou.sees()
    await institute.pass_time(hours=22)
    assert "停电" not in institute.phone("李梅").reads()
    await institute.pass_time(hours=3)  # the bot was not there at half past eight
    assert "停电" in institute.phone("李梅").sees()
    await institute.pass_time(hours=3)
    assert institute.phone("李梅").reads().count("停电") == 1


async def test_at_night_it_waits_for_the_morning_unless_it_must_not(institute: Institute) -> None:
    institute.clock.move(timedelta(hours=13))  # 23:00
    zhou = institute.phone("周敏")
    await zhou.says("@光电子实验室 今晚12点停水，请关好阀门")
    assert "现在是休息时间，2026年11月24日 周二 08:00 送到" in zhou.sees()
    await zhou.taps("⚡ 现在就送到")
    await zhou.taps("✉️ 发送（2 人）")
    assert "停水" in institute.phone("李梅").sees()


async def test_a_notice_with_a_photo_and_one_with_a_file(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    zhou.person.send_photo(PNG, caption="@光电子实验室 新的门禁位置，见图")
    await institute.settle()
    await zhou.taps("✉️ 发送（2 人）")
    li = institute.phone("李梅")
    assert "新的门禁位置" in li.sees()
    assert li.person.last()["photo"]
    await li.taps(READ)
    assert li.buttons() == []
    await zhou.sends_file("规定.pdf", b"%PDF-1.4 rule", caption="@光电子实验室 新的规定，请看附件")
    await zhou.taps("✉️ 发送（2 人）")
    assert li.person.last()["document"]["name"] == "规定.pdf"


async def test_a_notice_in_the_group_counts_who_has_read_it(anywhere: Institute) -> None:
    institute = anywhere
    zhou = institute.phone("周敏")
    await zhou.says("@全体 周五下午大扫除，请各室准备")
    await zhou.taps("👥 换人群")
    await zhou.taps("发到职工群")
    await zhou.taps("✉️ 发到职工群")
    li = institute.phone("李梅")
    assert "大扫除" in li.sees(institute.group)
    await li.taps(READ, institute.group)
    await institute.phone("王强").taps(READ, institute.group)
    await institute.pass_time(seconds=5)
    assert "已阅 2 人" in li.sees(institute.group)
    assert "李梅" not in li.sees(institute.group)  # how many, not who


async def test_a_public_notice_hears_objections_in_private_until_its_last_working_day(anywhere: Institute) -> None:
    institute = anywhere
    zhou = institute.phone("周敏")
    await zhou.says("@全体 先进工作者候选人公示\n李梅，光电子实验室")
    await zhou.taps("📋 公示")
    await zhou.taps("5 个工作日")
    await zhou.taps("✉️ 发送（5 人）")
    wang = institute.phone("王强")
    assert "到 2026年11月30日 周一 18:00 为止" in wang.sees()
    await wang.taps("🙋 我有异议")
    await wang.says("候选人的工龄写错了，应为十五年。")
    await wang.taps("🙋 提交")
    assert "只有工会干事看得到" in wang.sees()
    assert "工龄写错了" in zhou.reads()
    assert "工龄写错了" not in institute.phone("李梅").reads()
    assert "工龄" not in institute.phone("李梅").reads(institute.group)
    await institute.pass_time(days=8)
    assert "公示期满，收到 1 条异议" in zhou.reads()
    assert zhou.reads().count("公示期满") == 1
    await wang.taps("🙋 我有异议")
    assert "公示期已经结束" in wang.toast


async def test_an_admin_hears_of_objections_where_nobody_is_an_officer(institute: Institute) -> None:
    await institute.change(lambda s: s.execute(update(Grant).values(role=Role.ADMIN)))
    zhou = institute.phone("周敏")
    await zhou.says("@全体 先进工作者候选人公示\n李梅，光电子实验室")
    await zhou.taps("📋 公示")
    await zhou.taps("5 个工作日")
    await zhou.taps("✉️ 发送（5 人）")
    wang = institute.phone("王强")
    await wang.taps("🙋 我有异议")
    await wang.says("候选人的工龄写错了，应为十五年。")
    await wang.taps("🙋 提交")
    assert "工龄写错了" in zhou.reads()
    await wang.taps("看通知")
    assert "先进工作者候选人公示" in wang.sees()


@pytest.mark.parametrize("name", ["@群", "＠职工群", "通知 群里"])
async def test_the_group_may_be_named_in_the_sentence(institute: Institute, name: str) -> None:
    zhou = institute.phone("周敏")
    await zhou.says(f"{name} 门禁换卡\n请本周内换新卡。")
    assert "发到职工群，一条消息" in zhou.sees()
    assert zhou.sees().startswith("📢 门禁换卡")
    await zhou.taps("✉️ 发到职工群")
    assert "门禁换卡" in institute.phone("李梅").reads(institute.group)


async def test_a_name_after_the_word_needs_no_colon_but_nothing_is_guessed(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    await zhou.says("通知 光电子实验室 明早停电")
    assert "发给：光电子实验室，共 2 人" in zhou.sees()
    await zhou.says("通知 明早 停电")
    assert "没看懂" in zhou.sees()


async def test_a_public_notice_over_a_holiday_of_an_unknown_year_says_so(institute: Institute) -> None:
    await institute.change(lambda s: s.execute(delete(Arrangement)))
    institute.clock.move(timedelta(days=38))  # 31 December 2026: nobody knows the make-up days of 2027 yet
    zhou = institute.phone("周敏")
    await zhou.says("@全体 先进工作者候选人公示\n李梅，光电子实验室")
    await zhou.taps("📋 公示")
    await zhou.taps("5 个工作日")
    await zhou.taps("✉️ 发送（5 人）")
    assert "放假安排尚未公布" in institute.phone("王强").sees()


async def test_who_came_to_the_institute_afterwards_does_not_see_it_and_who_left_is_not_reminded(
    institute: Institute,
) -> None:
    zhou = await say(institute, "@全体 周五下午大扫除，请各室准备")

    def leave(session: Session) -> None:
        session.execute(update(Member).where(Member.name == "王强").values(left_on=institute.clock.now().date()))

    await institute.change(leave)
    institute.clock.move(timedelta(minutes=1))
    await zhou.taps("🔄 刷新")
    await zhou.taps("🔔 催未阅 4 人")
    assert "再看一眼" not in institute.phone("王强").reads()


async def test_a_notice_is_read_in_the_readers_language(institute: Institute) -> None:
    await institute.change(lambda s: s.execute(update(Account).where(Account.name == "李梅").values(language="en")))
    await say(institute, "@光电子实验室 The power will be off tomorrow at 9")
    li = institute.phone("李梅")
    assert "From the union" in li.sees()
    assert li.buttons() == ["✅ I have read it"]


@pytest.mark.parametrize("words", ['<b>bold & "wild"', "{{ name }} {% if %}", "长" * 3000])
async def test_whatever_is_written_arrives_as_it_was_written(institute: Institute, words: str) -> None:
    await say(institute, f"@光电子实验室 {words}")
    assert words in institute.phone("李梅").reads()
    assert not institute.world.refused()


async def test_too_many_words_for_a_file_are_refused_and_nothing_is_lost(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    zhou.person.send_photo(PNG, caption="@光电子实验室 " + "长" * 950)
    await institute.settle()
    assert "最多 900 字" in zhou.sees()


async def test_the_officer_watches_a_large_sending_and_not_a_small_one(institute: Institute) -> None:
    def hire(session: Session) -> None:
        for number in range(40):
            session.add(Member(number=f"9{number:03}", name=f"同事{number}", kinds=[], tags=[]))

    zhou = await say(institute, "@光电子实验室 周五下午大扫除，请准备")
    assert "发送完毕" not in zhou.reads()
    await institute.change(hire)
    await say(institute, "@全体 周五下午大扫除，请各室准备")
    assert "送达 5 / 45 人" in zhou.reads()
    assert "还没绑定 40 人" in zhou.reads()


async def test_who_has_themselves_erased_leaves_no_words_of_an_objection(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    await zhou.says("@全体 先进工作者候选人公示\n李梅，光电子实验室")
    await zhou.taps("📋 公示")
    await zhou.taps("3 个工作日")
    await zhou.taps("✉️ 发送（5 人）")
    wang = institute.phone("王强")
    await wang.taps("🙋 我有异议")
    await wang.says("候选人的工龄写错了，应为十五年。")
    await wang.taps("🙋 提交")

    def erase(session: Session) -> Any:
        from models import me
        from models.people import person_of

        account = session.scalars(select(Account).where(Account.name == "王强")).one()
        me.erase(session, person_of(session, account, frozenset()), institute.clock.now())

    await institute.change(erase)
    assert await institute.look(lambda s: s.scalars(select(Objection.text)).all()) == [""]
    states = await institute.look(lambda s: set(s.scalars(select(Letter.state))))
    assert State.SENDING not in states
