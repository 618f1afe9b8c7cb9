"""Events: from the officer's desk to the reminder, as two or more phones see it."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.units import make_units
from models import entries, events, organising
from models.events import Entry, EntryState, Event, Item
from models.people import Account, Member, Person
from tests.institute import MONDAY, Institute, Phone, fill, settings_for

JOIN, LEAVE = "✅ 报名", "↩️ 退出"


async def publish(institute: Institute, places: str = "2", when: str = "12月1日下午3点到5点") -> Phone:
    """周敏 opens an event from her desk, the way an officer does."""
    zhou = institute.phone("周敏")
    await zhou.says("/desk")
    await zhou.taps("➕ 发起活动")
    await zhou.says("奥森健步走")
    await zhou.says(when)
    await zhou.taps("对")
    if "结束" in zhou.sees():
        await zhou.taps("跳过")
    await zhou.says("奥林匹克公园南门")
    await zhou.taps("跳过")
    await (zhou.says(places) if places else zhou.taps("跳过"))
    await zhou.taps("跳过")
    await zhou.taps("跳过")
    await zhou.taps("跳过")
    await zhou.taps("👀 预览")
    await zhou.taps("📣 发布到职工群")
    return zhou


async def test_an_officer_opens_an_event_and_the_group_sees_the_card(institute: Institute) -> None:
    zhou = await publish(institute)
    assert "已发布" in zhou.sees()
    card = institute.phone("李梅").sees(institute.group)
    assert "奥森健步走" in card
    assert "2026年12月1日 周二 15:00 – 17:00" in card
    assert "已报名 0 / 2 人" in card


async def test_sign_up_wait_move_up_and_be_reminded(anywhere: Institute) -> None:
    institute = anywhere
    await publish(institute)
    li, wang, chen = (institute.phone(name) for name in ("李梅", "王强", "陈静"))
    await li.taps(JOIN, institute.group)
    assert "报名成功" in li.toast
    await wang.taps(JOIN, institute.group)
    await chen.taps(JOIN, institute.group)
    assert "候补第 1 位" in chen.toast
    await institute.pass_time(seconds=5)
    assert "已报名 2 / 2 人，候补 1 人" in li.sees(institute.group)
    await wang.taps(LEAVE, institute.group)
    assert "已退出" in wang.toast
    assert "递补成功" in chen.sees()
    await institute.pass_time(days=7, hours=5)  # the day before, after three
    assert "别忘了" in li.sees()
    assert "别忘了" in chen.sees()
    assert "别忘了" not in wang.reads()
    assert (await institute.letters()).count("events.promoted") == 1
    assert (await institute.letters()).count("events.reminder") == 2


async def test_a_second_tap_changes_nothing(institute: Institute) -> None:
    await publish(institute)
    li = institute.phone("李梅")
    for _ in range(3):
        await li.taps(JOIN, institute.group)
        assert "报名成功" in li.toast
    assert await institute.look(lambda session: session.scalar(select(func.count()).select_from(Entry))) == 1
    await li.taps(LEAVE, institute.group)
    await li.taps(LEAVE, institute.group)
    assert "没有报名" in li.toast


async def test_added_places_let_the_line_move_up_and_a_new_time_reaches_everybody(anywhere: Institute) -> None:
    institute = anywhere
    zhou = await publish(institute, places="1")
    li, wang, chen = (institute.phone(name) for name in ("李梅", "王强", "陈静"))
    for phone in (li, wang, chen):
        await phone.taps(JOIN, institute.group)
    await zhou.taps("✏️ 修改")
    await zhou.taps("改：名额")
    await zhou.says("2")
    await zhou.taps("改：地点")
    await zhou.says("东门")
    await zhou.taps("💾 保存")
    assert "递补成功" in wang.reads()
    for phone in (li, wang, chen):
        assert "地点有变动" in phone.reads()
        assert "东门" in phone.reads()
    assert "递补成功" not in chen.reads()


async def test_calling_off_reaches_everybody_in_and_in_line(institute: Institute) -> None:
    zhou = await publish(institute, places="1")
    li, wang = institute.phone("李梅"), institute.phone("王强")
    await li.taps(JOIN, institute.group)
    await wang.taps(JOIN, institute.group)
    await zhou.taps("🚫 取消活动")
    await zhou.says("下大雨 <b>")
    await zhou.taps("🚫 确认取消")
    for phone in (li, wang):
        assert "取消了" in phone.sees()
        assert "下大雨 <b>" in phone.sees()
    await institute.pass_time(seconds=5)
    assert "已取消" in li.sees(institute.group)
    assert JOIN not in li.buttons(institute.group)
    await institute.pass_time(days=7, hours=5)
    assert "别忘了" not in li.reads()


async def test_after_the_close_nobody_gets_in_and_the_card_says_so(institute: Institute) -> None:
    await publish(institute)
    li = institute.phone("李梅")
    await institute.pass_time(days=8, hours=6)  # it has begun
    assert "报名已截止" in li.sees(institute.group)
    await li.forges("events.join:1", institute.group)
    assert "截止" in li.toast


async def test_a_reminder_missed_by_a_stop_still_goes_out_before_the_event_and_never_after(
    institute: Institute,
) -> None:
    await publish(institute)
    li = institute.phone("李梅")
    await li.taps(JOIN, institute.group)
    await wake_at(institute, datetime(2026, 12, 1, 1, 0, tzinfo=UTC))  # asleep since: the day before has passed
    assert li.reads().count("别忘了") == 1
    await wake_at(institute, datetime(2026, 12, 1, 7, 30, tzinfo=UTC))  # asleep again until after the start
    assert li.reads().count("别忘了") == 1


async def test_a_reminder_that_can_wait_waits_for_the_morning(institute: Institute) -> None:
    await publish(institute, when="12月1日晚上9点半")
    li = institute.phone("李梅")
    await li.taps(JOIN, institute.group)
    await wake_at(institute, datetime(2026, 11, 30, 14, 0, tzinfo=UTC))  # ten in the evening before
    assert "别忘了" not in li.reads()
    await wake_at(institute, datetime(2026, 12, 1, 0, 5, tzinfo=UTC))
    assert li.reads().count("别忘了") == 1
    await wake_at(institute, datetime(2026, 12, 1, 12, 31, tzinfo=UTC))  # an hour before: this one does not wait
    assert li.reads().count("别忘了") == 2


async def test_the_roll_the_sheet_and_the_letter_to_all(institute: Institute) -> None:
    import io

    import openpyxl

    await institute.change(lambda session: setattr(_member(session, "李梅"), "name", "=1+1"))
    zhou = await publish(institute)
    li, wang = institute.phone("李梅"), institute.phone("王强")
    await li.taps(JOIN, institute.group)
    await wang.taps(JOIN, institute.group)
    wang.person.block()
    await zhou.taps("✉️ 写给已报名的人")
    await zhou.says("请自带水杯 & 雨衣")
    await zhou.taps("✉️ 发送")
    assert "请自带水杯 & 雨衣" in li.sees()
    await zhou.taps("⬅️ 这个活动")
    await zhou.taps("👥 名单")
    roll = zhou.sees()
    assert "=1+1" in roll
    assert "王强（光电子实验室） ⚠️ 消息送不到" in roll
    await zhou.taps("⬇️ 导出表格")
    sent = institute.world.sent("sendDocument")[-1]
    document = sent.result["document"]
    content = institute.world.files.find(document["file_id"]).data
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert cells[1][1:4] == ["0417", "=1+1", "光电子实验室"]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


async def test_a_stranger_in_the_group_is_shown_the_way_and_goes_on_after_binding(institute: Institute) -> None:
    await publish(institute)
    stranger = institute.stranger("新同事")
    stranger.person.join(institute.group)
    await stranger.taps(JOIN, institute.group)
    assert "职工身份" in stranger.toast
    assert await institute.look(lambda session: session.scalar(select(func.count()).select_from(Entry))) == 0


async def test_a_leaver_gives_the_place_back(anywhere: Institute) -> None:
    institute = anywhere
    await publish(institute, places="1")
    li, wang = institute.phone("李梅"), institute.phone("王强")
    await li.taps(JOIN, institute.group)
    await wang.taps(JOIN, institute.group)
    today = institute.clock.now().date()
    await institute.change(lambda session: setattr(_member(session, "李梅"), "left_on", today))
    await institute.pass_time(seconds=5)
    assert "递补成功" in wang.sees()
    await li.taps(JOIN, institute.group)
    assert "职工身份" in li.toast


async def test_two_hundred_taps_in_a_second_are_one_answer_each_and_few_edits(anywhere: Institute) -> None:
    institute = anywhere
    await publish(institute, places="50")
    await institute.pass_time(seconds=10)
    phones = []
    for number in range(200):
        phone = institute.stranger(f"同事{number}", id=7_000_000_000 + number)
        phone.person.join(institute.group)
        phones.append(phone)
    await institute.settle()
    await institute.change(lambda session: _bind_all(session, phones, institute))
    before = len(institute.world.calls)
    presses = [phone.person.press(JOIN, chat=institute.group) for phone in phones]
    for _ in range(40):  # twenty seconds pass, half a second at a time
        await institute.pass_time(seconds=0.5)
    calls = list(institute.world.calls)[before:]
    edits = [call for call in calls if call.method.lower() == "editmessagetext"]
    answers = [call for call in calls if call.method.lower() == "answercallbackquery"]
    assert len(answers) == 200
    assert 1 <= len(edits) <= 5
    assert all(press.toast is not None for press in presses)
    assert "已报名 50 / 50 人，候补 150 人" in institute.phone("李梅").sees(institute.group)
    assert {call.method.lower() for call in calls} <= {"editmessagetext", "answercallbackquery", "getupdates"}


async def test_a_thousand_at_once_for_fifty_places(url: str) -> None:
    """Never oversold, nobody lost, and the line in the order in which people came into it."""
    settings = settings_for(url)
    units = make_units(url, settings.house)
    now = MONDAY

    def prepare(session: Session) -> int:
        fill(session, now, -1)
        session.add_all(Member(number=f"x{number}", name=f"同事{number}", kinds=[], tags=[]) for number in range(1000))
        session.flush()
        chair = session.scalars(select(Account)).unique().first()
        assert chair is not None
        new = events.NewEvent(title="抢票", starts_at=now.replace(day=30), place="礼堂", places=50)
        event = organising.draft(session, new, Person(chair, chair.member), now)
        event.state = events.EventState.OPEN
        return event.item.id

    item = await units.write(prepare)
    members = await units.read(
        lambda session: list(session.scalars(select(Member.id).where(Member.number.startswith("x"))))
    )

    def join(session: Session, member_id: int) -> tuple[str, int]:
        entry = entries.sign_up(session, session.get_one(Member, member_id), item, now)
        return entry.state.value, entry.ticket

    got = await asyncio.gather(*[units.write(lambda s, m=member: join(s, m)) for member in members])

    def state(session: Session) -> tuple[Any, ...]:
        row = session.get_one(Item, item)
        line = select(Entry.ticket).where(Entry.state == EntryState.WAITING).order_by(Entry.ticket)
        return row.taken, row.waiting, list(session.scalars(line))

    taken, waiting, line = await units.read(state)
    assert (taken, waiting) == (50, 950)
    assert sum(each == "in" for each, _ in got) == 50
    assert line == list(range(51, 1001))
    assert sorted(ticket for _, ticket in got) == list(range(1, 1001))

    def give_up(session: Session, member_id: int) -> None:
        entries.leave(session, session.get_one(Member, member_id), item, now)

    lucky = [member for member, (each, _) in zip(members, got, strict=True) if each == "in"]
    await asyncio.gather(*[units.write(lambda s, m=member: give_up(s, m)) for member in lucky[:20]])
    taken, waiting, line = await units.read(state)
    assert (taken, waiting) == (50, 930)
    assert line == list(range(71, 1001))
    units.close()


async def test_an_event_in_the_past_is_refused_and_loses_no_words(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    await zhou.says("/desk")
    await zhou.taps("➕ 发起活动")
    await zhou.says("老活动")
    await zhou.says("2026-11-24 15:00")
    await zhou.taps("对")
    await zhou.taps("跳过")
    await zhou.says("礼堂")
    for _ in range(5):
        await zhou.taps("跳过")
    institute.clock.move(institute.clock.now().replace(month=12) - institute.clock.now())
    await zhou.taps("👀 预览")
    assert "已经过去" in zhou.sees()
    assert "老活动" in zhou.sees()


async def wake_at(institute: Institute, moment: datetime) -> None:
    """The bot was down and comes back at this moment."""
    institute.clock.set(moment)
    await institute.app.tick()
    await institute.settle()


def _member(session: Session, name: str) -> Member:
    return session.scalars(select(Member).where(Member.name == name)).unique().one()


def _bind_all(session: Session, phones: list[Phone], institute: Institute) -> None:
    for number, phone in enumerate(phones):
        member = Member(number=f"y{number}", name=phone.person.name, kinds=[], tags=[])
        session.add(member)
        session.flush()
        account = session.get(Account, phone.person.id)
        if account is None:
            account = Account(
                id=phone.person.id, name=phone.person.name, first_at=institute.clock.now(), reachable=True
            )
            session.add(account)
        account.member_id = member.id
    phone_ids = {phone.person.id for phone in phones}
    assert len(phone_ids) == len(phones)


async def test_one_sentence_and_one_tap_make_an_event(institute: Institute) -> None:
    """Two acts: the sentence, and the tap that shows it; publishing is a third person's business: the group's."""
    zhou = institute.phone("周敏")
    shown = await zhou.says("周五下午3点到5点 学术报告厅 健步走 30人 周四17点截止\n请穿运动鞋。")
    for part in ("健步走", "2026年11月27日 周五 15:00", "17:00", "学术报告厅", "30", "11月26日 周四 17:00", "运动鞋"):
        assert part in shown
    await zhou.taps("👀 预览")
    await zhou.taps("📣 发布到职工群")
    assert "健步走" in zhou.sees(institute.group)


async def test_what_is_doubtful_in_a_sentence_is_asked_and_no_word_is_lost(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    shown = await zhou.says("周五5点 301会议室 读书会 欢迎家属 30人")
    assert "叫什么名字" in shown
    assert "读书会 欢迎家属" in shown
    assert "哪一个" in await zhou.says("读书会")
    await zhou.taps("2026-11-27 周五 17:00")
    assert "301会议室" in zhou.sees()
    assert "欢迎家属" in zhou.sees()


async def test_an_officers_chat_is_not_taken_for_an_event(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    assert "没看懂" in await zhou.says("明天下午开会吗？")
    li = institute.phone("李梅")
    assert "没看懂" in await li.says("周五下午3点 学术报告厅 健步走 30人")


async def test_two_changes_in_one_night_are_told_as_the_last_one_only(institute: Institute) -> None:
    zhou = await publish(institute, when="12月1日下午3点到5点")
    li = institute.phone("李梅")
    await li.taps(JOIN, institute.group)
    await wake_at(institute, datetime(2026, 11, 28, 14, 0, tzinfo=UTC))  # ten in the evening
    await change(zhou, "开始", "12月2日下午3点", "12月2日下午5点")
    await zhou.taps("✏️ 修改")
    await zhou.taps("改：地点")
    await zhou.says("东门")
    await zhou.taps("💾 保存")
    assert "变动" not in li.reads()
    await wake_at(institute, datetime(2026, 11, 29, 0, 5, tzinfo=UTC))
    assert li.reads().count("变动") == 1
    assert "时间和地点都有变动" in li.sees()
    assert "12月2日 周三 15:00" in li.sees()
    assert "东门" in li.sees()


async def test_who_moves_up_at_night_learns_of_it_as_the_event_is_by_morning(institute: Institute) -> None:
    zhou = await publish(institute, places="1")
    li, wang = institute.phone("李梅"), institute.phone("王强")
    await li.taps(JOIN, institute.group)
    await wang.taps(JOIN, institute.group)
    await wake_at(institute, datetime(2026, 11, 28, 14, 0, tzinfo=UTC))
    await li.taps(LEAVE, institute.group)
    await change(zhou, "开始", "12月2日下午3点", "12月2日下午5点")
    assert "递补" not in wang.reads()
    await wake_at(institute, datetime(2026, 11, 29, 0, 5, tzinfo=UTC))
    promoted = next(line for line in wang.person.transcript() if "递补成功" in line.get("text", ""))
    assert "12月2日 周三 15:00" in promoted["text"]


async def test_what_cannot_wait_for_the_morning_does_not(institute: Institute) -> None:
    zhou = await publish(institute, when="12月1日早上7点")
    li = institute.phone("李梅")
    await li.taps(JOIN, institute.group)
    await wake_at(institute, datetime(2026, 11, 30, 13, 30, tzinfo=UTC))  # half past nine in the evening before
    await zhou.taps("✉️ 写给已报名的人")
    await zhou.says("班车 6:30 开")
    await zhou.taps("✉️ 发送")
    assert "班车 6:30 开" in li.sees()


async def test_a_form_that_is_out_of_date_undoes_nobodys_change(institute: Institute) -> None:
    zhou = await publish(institute)
    await zhou.taps("✏️ 修改")
    await zhou.taps("改：地点")
    await institute.change(lambda session: setattr(session.get_one(Event, 1), "version", 7))
    await zhou.says("东门")
    await zhou.taps("💾 保存")
    assert "刚刚有人改过" in zhou.sees()
    assert await institute.look(lambda session: session.get_one(Event, 1).place) == "奥林匹克公园南门"


async def test_the_organiser_hears_when_the_sign_up_is_over(institute: Institute) -> None:
    zhou = await publish(institute)
    await institute.phone("李梅").taps(JOIN, institute.group)
    await institute.pass_time(days=8, hours=6)
    assert "报名截止：1 人报名" in zhou.sees()


async def test_who_is_in_may_leave_until_the_start(institute: Institute) -> None:
    zhou = await publish(institute)
    li = institute.phone("李梅")
    await li.taps(JOIN, institute.group)
    await change(zhou, "报名截止", "11月25日中午12点", None)
    await institute.pass_time(days=3)
    assert li.buttons(institute.group) == [LEAVE]
    await li.forges("events.join:1", institute.group)
    assert "报名成功" in li.toast
    await li.taps(LEAVE, institute.group)
    assert "已退出" in li.toast


async def test_somebody_forgotten_while_another_leaves_upsets_no_count(postgres_url: str) -> None:
    """王强 waits and asks to be forgotten while 李梅, who is in, leaves: the second sees what the first did."""
    units = make_units(postgres_url, settings_for(postgres_url).house)

    def prepare(session: Session) -> int:
        fill(session, MONDAY, -1)
        chair = session.scalars(select(Account)).unique().first()
        assert chair is not None
        new = events.NewEvent(title="抢票", starts_at=MONDAY.replace(day=30), place="礼堂", places=1)
        event = organising.draft(session, new, Person(chair, chair.member), MONDAY)
        event.state = events.EventState.OPEN
        for name in ("李梅", "王强"):
            entries.sign_up(session, _member(session, name), event.item.id, MONDAY)
        return event.item.id

    item = await units.write(prepare)
    for _ in range(20):
        await asyncio.gather(
            units.write(lambda s: entries.leave(s, _member(s, "李梅"), item, MONDAY)),
            units.write(lambda s: entries.give_back(s, _member(s, "王强"), MONDAY)),
        )
        taken, waiting = await units.read(lambda s: (s.get_one(Item, item).taken, s.get_one(Item, item).waiting))
        assert (taken, waiting) == (0, 0)
        for name in ("李梅", "王强"):
            await units.write(lambda s, n=name: entries.sign_up(s, _member(s, n), item, MONDAY))
    units.close()


async def change(zhou: Phone, label: str, words: str, end: str | None) -> None:
    """Change one line of the event that is on the officer's screen."""
    await zhou.taps("✏️ 修改")
    await zhou.taps(f"改：{label}")
    await zhou.says(words)
    await zhou.taps("对")
    if end and "结束" in zhou.sees() and "💾 保存" not in zhou.buttons():
        await zhou.says(end)
        await zhou.taps("对")
    await zhou.taps("💾 保存")
