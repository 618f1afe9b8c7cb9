"""Gifts: given by an officer, chosen, collected against a code and signed for, as their phones show it."""

import io
import re
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pytest
import segno
from PIL import Image
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from models import entitlements, me
from models.gifts import Entitlement, Option
from models.people import Account, Calendar, Member, person_of
from tests.institute import Institute, Phone

SAID = "冬至饺子 12月10日前选 12月15-17日 9:00-11:30 工会办公室领\n韭菜饺子 60元\n白菜饺子 58.5元 2份"
GIVE = "🎁 发放（5 人）"
CODE = re.compile(r"[2-9A-Z]{4}-[2-9A-Z]{4}")


async def give(institute: Institute, text: str = SAID, people: int = 5) -> Phone:
    """周敏 says a gift, looks at it, and gives it: three acts."""
    zhou = institute.phone("周敏")
    await zhou.says(text)
    await zhou.taps("👀 看人数和金额")
    await zhou.taps(f"🎁 发放（{people} 人）")
    return zhou


async def wake_at(institute: Institute, month: int, day: int, hour: int, minute: int = 1) -> None:
    """The bot was down and comes back at this moment of Beijing."""
    institute.clock.set(datetime(2026, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=8))
    await institute.app.tick()
    await institute.settle()


def code_of(phone: Phone) -> str:
    """The code the phone shows."""
    found = CODE.search(phone.reads())
    assert found is not None
    return found[0]


async def test_one_message_and_everybody_chooses_collects_and_signs(anywhere: Institute) -> None:
    institute = anywhere
    zhou = institute.phone("周敏")
    shown = await zhou.says(SAID)
    said = ("冬至饺子", "节日慰问", "韭菜饺子 60元", "12月10日", "12月15日", "12月17日", "工会办公室", "9:00-11:30")
    for part in said:
        assert part in shown
    preview = await zhou.taps("👀 看人数和金额")
    assert "全体职工，共 5 人" in preview
    assert "292.50 – 300 元（每人全年上限 1500 元）" in preview
    await zhou.taps(GIVE)
    assert "还没选：5 人" in zhou.reads()

    li, wang = institute.phone("李梅"), institute.phone("王强")
    assert "节日快乐" in li.sees()
    assert li.buttons() == ["韭菜饺子", "白菜饺子"]
    await li.taps("白菜饺子")
    assert "选好了：白菜饺子" in li.toast
    assert "✅ 白菜饺子" in li.buttons()
    await li.taps("📱 领取码")
    assert institute.world.sent("sendPhoto")[-1].result["photo"]
    code = code_of(li)

    await zhou.starts(f"gift_{code.replace('-', '')}")
    assert "李梅" in zhou.sees()
    assert "白菜饺子（58.50 元）" in zhou.sees()
    await zhou.taps("✅ 已领取")
    assert "已发给李梅" in zhou.toast
    assert "已交到您手里" in li.sees()
    await li.taps("✍️ 我已收到")
    assert "已签收" in li.toast
    await zhou.says(code.lower())
    assert "由周敏发出" in zhou.sees()
    assert "本人签收" in zhou.sees()
    assert "✅ 已领取" not in zhou.buttons()
    await zhou.forges(f"gifts.give:{await share_id(institute, '李梅')}")
    assert "已经领走了" in zhou.toast
    assert "由周敏发出" in zhou.toast
    assert "已交到您手里" not in wang.reads()
    assert not institute.world.refused()


async def test_the_picture_carries_the_link_and_nothing_of_the_person(institute: Institute) -> None:
    await give(institute)
    li = institute.phone("李梅")
    await li.taps("韭菜饺子")
    await li.taps("📱 领取码")
    photo = institute.world.sent("sendPhoto")[-1].result["photo"][-1]
    picture = Image.open(io.BytesIO(institute.world.files.find(photo["file_id"]).data)).convert("1")
    link = f"https://t.me/{institute.world.bot.username}?start=gift_{code_of(li).replace('-', '')}"
    wanted = [list(map(bool, row)) for row in segno.make(link, error="m", micro=False).matrix]
    cell = picture.width // (len(wanted) + 8)  # four cells of white all around
    assert cell >= 8  # large enough for an old phone
    middles = [cell * (each + 4) + cell // 2 for each in range(len(wanted))]
    assert [[picture.getpixel((x, y)) == 0 for x in middles] for y in middles] == wanted


async def share_id(institute: Institute, name: str) -> int:
    query = select(Entitlement.id).join(Member).where(Member.name == name).order_by(Entitlement.id.desc())
    found: int = await institute.look(lambda s: s.scalars(query).first())
    return found


async def test_a_choice_may_be_changed_until_the_day_and_the_last_one_of_something_is_gone(
    institute: Institute,
) -> None:
    await give(institute)
    li, wang, chen = (institute.phone(name) for name in ("李梅", "王强", "陈静"))
    await li.taps("白菜饺子")
    await wang.taps("白菜饺子")
    await chen.taps("白菜饺子")
    assert "已经选完了" in chen.toast
    await wang.taps("韭菜饺子")
    await chen.taps("白菜饺子")
    assert "选好了" in chen.toast
    assert await taken(institute) == {"韭菜饺子": 1, "白菜饺子": 2}
    await wake_at(institute, 12, 10, 23, 30)
    await li.taps("韭菜饺子")
    assert "选好了" in li.toast
    await wake_at(institute, 12, 11, 8, 30)
    await li.forges("gifts.choose:2")
    assert "截止" in li.toast
    assert await taken(institute) == {"韭菜饺子": 4, "白菜饺子": 1}  # two had not chosen


async def taken(institute: Institute) -> dict[str, int]:
    found = await institute.look(lambda s: s.execute(select(Option.title, Option.taken)).all())
    return dict(found)


async def test_who_does_not_choose_is_asked_once_more_and_then_gets_the_first(anywhere: Institute) -> None:
    institute = anywhere
    await give(institute)
    li, wang = institute.phone("李梅"), institute.phone("王强")
    await li.taps("白菜饺子")
    await wake_at(institute, 12, 10, 9)
    assert "最后一天" in wang.sees()
    assert "最后一天" not in li.reads()
    await wake_at(institute, 12, 11, 9)
    assert "已为您准备：韭菜饺子" in wang.sees()
    assert "已为您准备" not in li.reads()
    await wang.taps("📱 领取码")
    assert code_of(wang) != ""
    await wake_at(institute, 12, 11, 10)
    assert wang.reads().count("已为您准备") == 1


async def test_only_who_has_not_collected_is_reminded_two_days_before_and_at_the_last_noon(
    anywhere: Institute,
) -> None:
    institute = anywhere
    zhou = await give(institute)
    li, wang = institute.phone("李梅"), institute.phone("王强")
    await wake_at(institute, 12, 11, 9)
    await zhou.taps("🔍 找人领取")
    await zhou.says("李梅")
    await zhou.taps("✅ 已领取")
    await wake_at(institute, 12, 15, 9)
    assert "还没领" in wang.sees()
    await wake_at(institute, 12, 17, 12)
    assert "今天是领取的最后一天" in wang.sees()
    await wake_at(institute, 12, 17, 13)
    assert wang.reads().count("最后一天") == 1
    assert "还没领" not in li.reads()
    await wake_at(institute, 12, 18, 9)
    assert "1 人已领，4 人未领，1 人还没签收" in zhou.sees()
    await zhou.taps("⬅️ 这份慰问品")
    await zhou.taps("🕰 还没领的")
    assert "光电子实验室 王强" in zhou.sees()
    assert "李梅" not in zhou.sees()


async def test_a_bot_that_was_down_reminds_once_and_settles_all_the_same(institute: Institute) -> None:
    await give(institute)
    wang = institute.phone("王强")
    await wake_at(institute, 12, 17, 15)
    assert wang.reads().count("最后一天") == 1
    assert "已为您准备：韭菜饺子" in wang.reads()
    assert (await taken(institute))["韭菜饺子"] == 5


async def test_a_foreign_or_forged_code_reveals_nothing(institute: Institute) -> None:
    zhou = await give(institute)
    li, wang = institute.phone("李梅"), institute.phone("王强")
    await li.taps("韭菜饺子")
    await li.taps("📱 领取码")
    code = code_of(li).replace("-", "")
    real = await wang.starts(f"gift_{code}")
    forged = await wang.starts("gift_AAAA2222")
    assert real == forged == "没有这个领取码。"
    assert "没看懂" in await wang.says(code)
    await li.starts(f"gift_{code}")
    assert "您的：韭菜饺子" in li.sees()
    assert "没有这个领取码" in await zhou.says("AAAA-2222")
    number = await share_id(institute, "李梅")
    await wang.forges(f"gifts.sign:{number}")
    assert "没有找到" in wang.toast
    await wang.forges(f"gifts.give:{number}")
    stranger = institute.stranger()
    await stranger.starts(f"gift_{code}")
    assert "李梅" not in stranger.reads()
    assert "饺子" not in stranger.reads()
    given = await institute.look(lambda s: s.scalar(select(func.count(Entitlement.given_at))))
    assert given == 0


async def test_a_wrong_tap_is_undone_until_it_is_signed_and_paper_is_noted_as_paper(institute: Institute) -> None:
    zhou = await give(institute)
    await wake_at(institute, 12, 15, 10)
    await zhou.taps("🔍 找人领取")
    await zhou.says("0423")
    await zhou.taps("✅ 已领取")
    await zhou.taps("↩️ 点错了")
    assert "还没领" in zhou.sees()
    wang = institute.phone("王强")
    await wang.taps("✍️ 我已收到")
    assert "还没有领取" in wang.toast
    await zhou.taps("✅ 已领取")
    await zhou.taps("✍️ 已在纸上签收")
    assert "纸上签收" in zhou.sees()
    await zhou.forges(f"gifts.undo:{await share_id(institute, '王强')}")
    assert "不能再改" in zhou.toast


async def test_who_has_no_phone_here_is_on_the_list_and_signs_on_paper(institute: Institute) -> None:
    def unbind(session: Session) -> None:
        zhao = session.scalars(select(Member.id).where(Member.name == "赵磊")).one()
        session.execute(delete(Account).where(Account.member_id == zhao))

    await institute.change(unbind)
    zhou = institute.phone("周敏")
    await zhou.says("慰问 电影票 50元 12月15-17日 工会办公室领")
    await zhou.taps("🎁 其他慰问")
    preview = await zhou.taps("👀 看人数和金额")
    assert "1 人还没绑定" in preview
    await zhou.taps(GIVE)
    await zhou.taps("🔍 找人领取")
    await zhou.says("赵")
    await zhou.taps("✅ 已领取")
    await zhou.taps("✍️ 已在纸上签收")
    await zhou.taps("⬅️ 这份慰问品")
    await zhou.taps("⬇️ 领取签收表")
    book = openpyxl.load_workbook(io.BytesIO(_document(institute)))
    rows = [[cell.value for cell in row] for row in book["领取签收表"].iter_rows()]
    assert rows[0][:5] == ["部门", "工号", "姓名", "慰问品", "金额（元）"]
    assert rows[0][-1] == "签名"
    (zhao,) = [row for row in rows if row[2] == "赵磊"]
    assert zhao[4] == 50
    assert zhao[6] == "周敏"
    assert zhao[8] == "纸上签收"
    sums = [[cell.value for cell in row] for row in book["各部门数量"].iter_rows()]
    assert ["光电子实验室", "电影票", 2, 0, None] in sums or ["光电子实验室", "电影票", 2, 0, 0] in sums


def _document(institute: Institute) -> bytes:
    document = institute.world.sent("sendDocument")[-1].result["document"]
    content: bytes = institute.world.files.find(document["file_id"]).data
    return content


async def test_another_place_reaches_only_who_has_not_collected_and_only_the_last_word_counts(
    anywhere: Institute,
) -> None:
    institute = anywhere
    zhou = await give(institute)
    await wake_at(institute, 12, 11, 9)
    await zhou.taps("🔍 找人领取")
    await zhou.says("李梅")
    await zhou.taps("✅ 已领取")
    await wake_at(institute, 12, 14, 22)  # the quiet hours
    for place in ("食堂", "体育馆"):
        await zhou.taps("⬅️ 这份慰问品")
        await zhou.taps("📍 改时间地点")
        await zhou.taps("改：地点")
        await zhou.says(place)
        await zhou.taps("📣 改好并通知")
        assert "还没领的 4 人" in zhou.sees()
    await wake_at(institute, 12, 15, 8, 30)
    wang, li = institute.phone("王强"), institute.phone("李梅")
    assert wang.reads().count("有变") == 1
    assert "体育馆" in wang.sees()
    assert "有变" not in li.reads()


async def test_a_birthday_is_given_for_once_to_those_of_the_month(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    await institute.change(lambda s: _born(s, "李梅", 11, 26))
    await institute.change(lambda s: _born(s, "王强", 11, 2))
    await zhou.says("生日蛋糕券 200元 11月25-27日 工会办公室领")
    preview = await zhou.taps("👀 看人数和金额")
    assert "2026年11月过生日的全体职工，共 2 人" in preview
    await zhou.taps("🎁 发放（2 人）")
    li = institute.phone("李梅")
    assert "生日快乐" in li.sees()
    assert li.buttons() == ["📱 领取码"]

    await zhou.says("生日电影券 150元 11月25-27日 工会办公室领")
    preview = await zhou.taps("👀 看人数和金额")
    assert "共 0 人" in preview  # each birthday is given for once
    await zhou.taps("▶️ 下个月")
    assert "2026年12月" in zhou.sees()


async def test_who_would_pass_the_yearly_cap_is_named_and_nothing_is_given(institute: Institute) -> None:
    await give(institute, "中秋月饼 900元 11月25-27日 工会办公室领")
    zhou = institute.phone("周敏")
    await zhou.says("冬至饺子 700元 12月15-17日 工会办公室领")
    preview = await zhou.taps("👀 看人数和金额")
    assert "5 人会超过全年上限" in preview
    await zhou.forges("gifts.open:2")
    assert "没有发放" in zhou.toast
    await zhou.taps("➖ 这 5 人先不发")
    assert "共 0 人" in zhou.sees()
    assert await institute.look(lambda s: s.scalar(select(func.count(Entitlement.id)))) == 5


async def test_a_dearer_choice_is_held_to_ones_own_cap(institute: Institute) -> None:
    await give(institute, "中秋月饼 900元 11月25-27日 工会办公室领")
    await give(institute, "冬至饺子 12月10日前选 12月15-17日 工会办公室领\n小份 500元\n大份 700元")
    li = institute.phone("李梅")
    await li.taps("大份")
    assert "超过您的全年上限" in li.toast
    await li.taps("小份")
    assert "选好了" in li.toast


async def test_too_few_for_all_is_said_before_anything_is_given(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    await zhou.says("冬至饺子 12月10日前选 12月15-17日 工会办公室领\n韭菜饺子 60元 2份\n白菜饺子 60元 2份")
    assert "还差 1 份" in await zhou.taps("👀 看人数和金额")
    await zhou.taps(GIVE)
    assert "还差 1 份" in zhou.toast


async def test_stock_is_changed_and_never_below_what_is_promised(institute: Institute) -> None:
    zhou = await give(institute)
    li, wang, chen = (institute.phone(name) for name in ("李梅", "王强", "陈静"))
    await li.taps("白菜饺子")
    await wang.taps("白菜饺子")
    await zhou.taps("📦 库存")
    await zhou.taps("白菜饺子：余 0")
    await zhou.says("1")
    assert "已经有 2 人选了" in zhou.sees()
    await zhou.says("3")
    assert "白菜饺子：余 1" in zhou.buttons()
    await chen.taps("白菜饺子")
    assert "选好了" in chen.toast


async def test_a_leaver_makes_room_and_a_newcomer_or_a_mistaken_leaver_is_added(anywhere: Institute) -> None:
    institute = anywhere
    zhou = await give(institute)
    li, wang, chen = (institute.phone(name) for name in ("李梅", "王强", "陈静"))
    await li.taps("白菜饺子")
    await wang.taps("白菜饺子")
    today = institute.clock.now().date()
    await institute.change(lambda s: s.execute(update(Member).where(Member.name == "李梅").values(left_on=today)))
    await institute.pass_time(seconds=5)
    await chen.taps("白菜饺子")
    assert "选好了" in chen.toast
    await zhou.taps("➕ 补发给新来的")
    assert "没有新的人" in zhou.toast
    await institute.change(lambda s: s.execute(update(Member).where(Member.name == "李梅").values(left_on=None)))
    await zhou.taps("➕ 补发给新来的")
    assert "已补发 1 人" in zhou.toast
    await li.says("/gifts")
    await li.taps("🎁 冬至饺子 · 2026年12月17日 周四前")
    await li.taps("韭菜饺子")
    assert "选好了" in li.toast


async def test_closing_early_tells_who_had_not_collected(institute: Institute) -> None:
    zhou = await give(institute)
    li = institute.phone("李梅")
    await zhou.taps("🏁 结束发放")
    assert "还有 5 人没领" in zhou.reads()
    await zhou.taps("🏁 确定结束")
    assert "提前结束" in li.sees()
    await li.forges("gifts.choose:1")
    assert "已经结束" in li.toast
    await li.forges("gifts.code:1")
    assert "已经结束" in li.toast


async def test_the_form_asks_one_thing_after_the_other_and_drafts_can_change(institute: Institute) -> None:
    zhou = institute.phone("周敏")
    await zhou.says("/desk")
    await zhou.taps("🎁 慰问品")
    await zhou.taps("➕ 发慰问品")
    await zhou.says("元宵慰问")
    await zhou.taps("🏮 节日慰问")
    await zhou.says("汤圆")
    assert "没写价格" in zhou.sees()
    await zhou.says("汤圆 30元")
    await zhou.says("12月15日")
    await zhou.taps("对")
    await zhou.says("12月14日")
    assert "不能早于" in zhou.sees()
    await zhou.says("12月16日")
    await zhou.taps("对")
    await zhou.says("食堂")
    await zhou.taps("跳过")
    assert "150 元" in await zhou.taps("👀 看人数和金额")
    await zhou.taps("👥 换人群")
    await zhou.taps("🏢 选部门")
    await zhou.says("光电子实验室")
    if "选好了" in zhou.buttons():
        await zhou.taps("选好了")
    assert "光电子实验室，共 2 人" in zhou.sees()
    await zhou.taps("✏️ 修改")
    await zhou.taps("改：可选")
    await zhou.says("汤圆 40元")
    await zhou.taps("💾 保存")
    assert "80 元" in zhou.sees()
    await zhou.taps("🗑 删除")
    assert await institute.look(lambda s: s.scalar(select(func.count(Option.id)))) == 0


async def test_the_same_in_english(institute: Institute) -> None:
    them = update(Account).where(Account.name.in_(("周敏", "李梅")))
    await institute.change(lambda s: s.execute(them.values(language="en")))
    zhou, li = institute.phone("周敏"), institute.phone("李梅")
    shown = await zhou.says(
        "Winter festival, choose by 10 December, 15-17 December, collect at the union office\n"
        "Dumplings 60 yuan\nNoodles 58 yuan 2 pcs"
    )
    assert "Winter festival" in shown
    preview = await zhou.taps("👀 People and cost")
    assert "For everybody: 5 people" in preview
    await zhou.taps("🎁 Give it (5)")
    assert "A happy festival!" in li.sees()
    await li.taps("Noodles")
    assert "Noodles it is" in li.toast
    await li.taps("📱 My code")
    await zhou.says(code_of(li))
    await zhou.taps("✅ Handed out")
    await li.taps("✍️ I have it")
    assert "Signed for" in li.sees()
    await zhou.taps("⬅️ This gift")
    await zhou.taps("📊 By department")
    assert "Noodles: 1, collected 1" in zhou.sees()
    assert not institute.world.refused()


async def test_who_asks_to_be_forgotten_lets_go_and_what_was_received_stays_without_the_code(
    institute: Institute,
) -> None:
    zhou = await give(institute)
    li = institute.phone("李梅")
    await li.taps("白菜饺子")
    await li.taps("📱 领取码")
    code = code_of(li)
    await zhou.says(code)
    await zhou.taps("✅ 已领取")
    await li.taps("✍️ 我已收到")
    wang = institute.phone("王强")
    await wang.taps("白菜饺子")

    def erase(session: Session) -> None:
        for name in ("李梅", "王强"):
            account = session.scalars(select(Account).where(Account.name == name)).one()
            me.erase(session, person_of(session, account, frozenset()), institute.clock.now())

    await institute.change(erase)
    rows = await institute.look(
        lambda s: s.execute(
            select(Member.name, Entitlement.code, Entitlement.fen, Entitlement.signed_at, Entitlement.withdrawn_at)
            .join(Member)
            .where(Member.name.in_(("李梅", "王强")))
            .order_by(Member.number)
        ).all()
    )
    (_, code_left, fen, signed, withdrawn), (_, other_code, *_, other_withdrawn) = rows
    assert (code_left, fen, withdrawn) == (None, 5850, None)
    assert signed is not None
    assert other_code is None
    assert other_withdrawn is not None
    assert "没有这个领取码" in await zhou.says(code)


def _born(session: Session, name: str, month: int, day: int, calendar: Calendar = Calendar.SOLAR) -> None:
    values = {"born_month": month, "born_day": day, "calendar": calendar}
    session.execute(update(Member).where(Member.name == name).values(**values))


@pytest.mark.parametrize(
    ("calendar", "born", "month", "year"),
    [
        (Calendar.SOLAR, (11, 30), date(2026, 11, 1), 2026),
        (Calendar.SOLAR, (2, 29), date(2027, 2, 1), 2027),  # kept on the 28th
        (Calendar.LUNAR, (12, 1), date(2027, 1, 1), 2026),  # lunar years end later
        (Calendar.LUNAR, (12, 30), date(2027, 2, 1), 2026),
        (Calendar.LUNAR_LEAP, (6, 1), date(2026, 7, 1), 2026),  # no such leap month: the ordinary one
    ],
)
async def test_whose_birthday_it_is_follows_their_own_calendar(
    institute: Institute, calendar: Calendar, born: tuple[int, int], month: date, year: int
) -> None:
    await institute.change(lambda s: _born(s, "李梅", *born, calendar))
    number = await institute.look(lambda s: s.scalars(select(Member.id).where(Member.name == "李梅")).one())
    found = await institute.look(lambda s: entitlements.celebrating(s, month))
    assert found == {number: year}
