"""Repairs: from the code on a machine to "does it work", as the phones of those concerned show it."""

import io
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import segno
from PIL import Image
from sqlalchemy import func, select

from bot.pictures import Pictures
from bot.texts import Texts
from models import machines
from models.base import Refused
from models.cases import Attachment, Case, Second
from models.files import File
from models.machines import Machine
from models.people import Account
from tests.case_desk import filed, kinds, staffed, state, told
from tests.institute import Institute, Phone, running
from tests.office import PNG

LEAD: dict[str, Any] = {"cases": {"repair": {"lead": "所办公室"}}}
SEND = "🔧 提交报修"


async def with_machines(institute: Institute, lines: str = "跑步机3号 健身房\n椭圆机 健身房 SB-07") -> Phone:
    """周敏 puts machines on the list, the way an officer does."""
    zhou = institute.phone("周敏")
    await zhou.says("/desk")
    await zhou.taps("🛠 设备管理")
    await zhou.taps("➕ 登记设备")
    await zhou.says(lines)
    await zhou.taps("➕ 登记")
    return zhou


async def photographs(phone: Phone, words: str = "") -> str:
    """Send a photo with words under it."""
    phone.person.send_photo(PNG, words)
    await phone.institute.settle()
    return phone.sees()


async def test_the_whole_life_of_a_repair(url: str) -> None:
    async with running(url, **LEAD) as institute:
        await staffed(institute)
        await with_machines(institute)
        zhou, li, zhao = (institute.phone(name) for name in ("周敏", "李梅", "赵磊"))
        # A scan, one message, one tap.
        await li.starts("repair_1")
        assert "跑步机3号 · 健身房" in li.sees()
        await photographs(li, "跑带打滑，站上去会晃")
        await li.taps(SEND)
        assert "第 1 号" in li.sees()
        assert "已经交给所办公室" in li.sees()
        assert await state(institute, 1) == "handling"
        assert "跑步机3号 · 跑带打滑" in zhao.sees()
        assert "第 1 号" not in zhou.sees()  # the department has it, the office need not do anything
        await zhou.says("/desk")
        await zhou.taps("🛠 设备管理")
        assert "1 台报修中" in zhou.sees()
        await zhou.taps("🔴 跑步机3号 · 健身房（报修 1）")
        assert "🔴 报修中" in zhou.sees()
        # Closed with a photo and a class, which is the sending.
        await zhao.taps("✍️ 答复")
        await photographs(zhao, "换了新跑带，试跑过了。")
        await zhao.taps("A 已修好")
        assert "A 已修好" in li.sees()
        assert "换了新跑带" in li.sees()
        await zhou.says("/desk")
        await zhou.taps("🛠 设备管理")
        assert "都正常" in zhou.sees()
        # The next working day: does it work?
        await institute.pass_time(days=1)
        assert "好用吗" in li.sees()
        await li.taps("🙂 基本满意")
        assert await state(institute, 1) == "settled"
        assert await kinds(institute, 1) == ["filed", "answered", "rated", "settled"]
        assert await told(institute, 1, "李梅") == ["cases.told.answered", "ratings.ask"]
        kept = await institute.look(lambda s: [(a.answer_id is None) for a in s.scalars(select(Attachment))])
        assert kept == [True, False]
        assert not institute.world.refused()


async def test_it_does_not_work_after_all_and_the_chair_hears(institute: Institute) -> None:
    await with_machines(institute)
    zhou, li = institute.phone("周敏"), institute.phone("李梅")
    await li.starts("repair_2")
    await li.says("阻力调不动")
    await li.taps(SEND)
    assert "工会这就看" in li.sees()
    await zhou.taps("查看")
    await zhou.taps("⚡ 当场答复")
    assert "修得怎么样" in zhou.sees()
    await zhou.says("已请厂家上门调过。")
    await zhou.taps("A 已修好")
    await institute.pass_time(days=1)
    await li.taps("🙁 不满意")
    assert await state(institute, 1) == "reopened"
    await zhou.says("/desk")
    await zhou.taps("🛠 设备管理")
    assert "1 台报修中" in zhou.sees()


async def test_who_scans_a_machine_that_is_being_repaired_joins_with_one_tap(anywhere: Institute) -> None:
    institute = anywhere
    await with_machines(institute)
    li, wang, chen = (institute.phone(name) for name in ("李梅", "王强", "陈静"))
    await li.starts("repair_1")
    await li.says("跑带打滑")
    await li.taps(SEND)
    await wang.starts("repair_1")
    assert "已经有人报修了" in wang.sees()
    assert "跑带打滑" in wang.sees()
    assert "李梅" not in wang.sees()
    await wang.taps("🙋 第 1 号：我也遇到了")
    assert "修好了也告诉您" in wang.toast
    await wang.forges("repairs.join:1")
    assert "修好了也告诉您" in wang.toast
    assert await institute.look(lambda s: s.scalar(select(func.count()).select_from(Second))) == 1
    # Whoever reported it sees that it is theirs, and another fault is another repair.
    await li.starts("repair_1")
    assert "📄 第 1 号是您报的，看看进展" in li.buttons()
    await chen.starts("repair_1")
    await chen.taps("🔧 不一样，报别的毛病")
    await chen.says("屏幕不亮")
    await chen.taps(SEND)
    assert "第 2 号" in chen.sees()
    zhou = institute.phone("周敏")
    await zhou.starts("case_1")
    await zhou.taps("⚡ 当场答复")
    await zhou.says("换了跑带。")
    await zhou.taps("A 已修好")
    assert "换了跑带" in li.sees()
    assert "换了跑带" in wang.sees()
    assert "换了跑带" not in chen.sees()
    await wang.forges("repairs.join:1")
    assert "已经修好" in wang.toast
    await chen.forges("repairs.join:2")
    assert "您报的" in chen.toast


async def test_words_are_not_lost_when_it_turns_out_that_somebody_was_faster(institute: Institute) -> None:
    await with_machines(institute)
    li, wang = institute.phone("李梅"), institute.phone("王强")
    await li.says("报修 跑步机3号 跑带打滑")
    await li.taps(SEND)
    await wang.says("报修：跑步机3号，跑带打滑得厉害")
    assert "已经有人报修了" in wang.reads()
    assert "跑带打滑得厉害" in wang.sees()  # ready to be sent all the same
    await wang.taps("🙋 第 1 号：我也遇到了")
    assert "修好了，也会告诉您" in wang.reads()
    await wang.taps(SEND)
    assert "已经提交或取消" in wang.toast
    assert await institute.look(lambda s: s.scalar(select(func.count()).select_from(Case))) == 1


async def test_one_message_says_the_machine_the_fault_and_brings_the_photo(institute: Institute) -> None:
    await with_machines(institute)
    li = institute.phone("李梅")
    await photographs(li, "报修 椭圆机 阻力调不动")
    assert "设备：椭圆机 · 健身房" in li.sees()
    assert "毛病：阻力调不动" in li.sees()
    assert "照片 1 张" in li.sees()
    await li.taps(SEND)
    found = await institute.look(lambda s: s.scalars(select(Case)).one())
    assert (found.subject, found.place, found.shared) == ("machine:2", "健身房", True)
    assert found.title == "椭圆机 · 阻力调不动"


@pytest.mark.parametrize(
    ("said", "machine", "wrong"),
    [
        ("报修 SB-07 坏了", "椭圆机", "坏了"),
        ("报修 健身房的跑步机3号 皮带断了", "跑步机3号", None),
        ("报修 跑步机31号 皮带断了", None, None),
    ],
)
async def test_a_machine_is_known_by_its_name_or_number_and_never_guessed(
    institute: Institute, said: str, machine: str | None, wrong: str | None
) -> None:
    await with_machines(institute)
    li = institute.phone("李梅")
    await li.says(said)
    if machine is None:
        assert "设备：" not in li.sees()
        assert "在哪里" in li.sees()
    else:
        assert f"设备：{machine} · 健身房" in li.sees()
        assert f"毛病：{wrong or ''}" in li.sees()


async def test_without_a_code_one_chooses_or_types_the_place(institute: Institute) -> None:
    await with_machines(institute)
    li = institute.phone("李梅")
    await li.says("/repair")
    await li.taps("椭圆机 · 健身房")
    assert "🔧 椭圆机 · 健身房" in li.sees()
    await li.taps("不填了")
    await li.starts()
    await li.taps("🔧 报修")
    await li.says("三楼茶水间热水器")
    assert "🔧 三楼茶水间热水器" in li.sees()
    await li.says("一直滴水")
    await li.taps(SEND)
    found = await institute.look(lambda s: s.scalars(select(Case)).one())
    assert (found.subject, found.place, found.shared) == (None, "三楼茶水间热水器", False)
    # What is nobody else's machine is nobody else's affair.
    wang = institute.phone("王强")
    await wang.starts("case_1")
    assert "不在您能看的范围" in wang.sees()
    await wang.forges("repairs.join:1")
    assert "不在您能看的范围" in wang.toast


async def test_part_of_a_name_looks_for_the_machine(institute: Institute) -> None:
    await with_machines(institute, "跑步机1号 健身房\n跑步机2号 健身房\n椭圆机 健身房")
    li = institute.phone("李梅")
    await li.says("/repair")
    await li.says("跑步机")
    assert "跑步机1号 · 健身房" in li.buttons()
    assert "椭圆机 · 健身房" not in li.buttons()


async def test_a_restart_loses_no_words(sqlite_url: str) -> None:
    async with running(sqlite_url) as institute:
        await with_machines(institute)
        li = institute.phone("李梅")
        await li.starts("repair_1")
        await photographs(li, "跑带打滑")
        world = institute.world
    async with running(sqlite_url, world, seed=False) as institute:
        li = institute.phone("李梅")
        await li.taps(SEND)
        assert "第 1 号" in li.sees()
        found = await institute.look(lambda s: s.scalars(select(Case)).one())
        assert found.wrong == "跑带打滑"
        assert await institute.look(lambda s: s.scalar(select(func.count()).select_from(Attachment))) == 1


async def test_a_repair_half_written_is_asked_about_the_same_day(institute: Institute) -> None:
    await with_machines(institute)
    li = institute.phone("李梅")
    await li.starts("repair_1")
    await li.says("跑带打滑")
    await institute.pass_time(hours=7)
    assert "reminders.unsent" in await institute.letters()


async def test_in_english(institute: Institute) -> None:
    await with_machines(institute)
    li = institute.phone("李梅")
    await li.forges("start.language:en")
    await li.starts("repair_1")
    assert "What is wrong?" in li.sees()
    await li.says("The belt slips")
    await li.taps("🔧 Send the report")
    assert "your report is no. 1" in li.sees()
    zhou = institute.phone("周敏")
    await zhou.forges("start.language:en")
    await zhou.says("/desk")
    await zhou.taps("🛠 Machines")
    assert "1 being repaired" in zhou.sees()
    await zhou.starts("case_1")
    await zhou.taps(next(label for label in zhou.buttons() if "⚡" in label))
    await zhou.says("New belt.")
    await zhou.taps("A Repaired")
    assert "A Repaired" in li.sees()
    await institute.pass_time(days=1)
    assert "does it work?" in li.sees()


# The machines


async def test_the_codes_are_pages_to_print(institute: Institute) -> None:
    zhou = await with_machines(
        institute, "\n".join(f"动感单车{number}号 健身房 SB-{number:02d}" for number in range(13))
    )
    await zhou.taps("🖨 打印二维码")
    assert "13 个二维码，A4 纸 2 页" in zhou.sees()
    content = await sent_file(zhou)
    assert content.startswith(b"%PDF")
    assert content.count(b"/MediaBox") == 2
    await zhou.taps("🛠 设备管理")
    await zhou.taps("🟢 动感单车0号 · 健身房")
    assert "start=repair_1" in zhou.reads()
    await zhou.taps("🖨 这台的二维码")
    assert "1 个二维码，A4 纸 1 页" in zhou.sees()


async def sent_file(phone: Phone) -> bytes:
    """The document that the bot sent last."""
    number = phone.person.last()["document"]["file_id"]
    content: bytes = phone.institute.world.files.find(number).data
    return content


async def test_a_name_that_cannot_be_printed_is_said(institute: Institute) -> None:
    zhou = await with_machines(institute, "शक्ति 健身房")
    await zhou.taps("🖨 打印二维码")
    assert "打印不出来" in zhou.toast


async def test_the_same_machine_twice_is_one_and_a_retired_one_comes_back(anywhere: Institute) -> None:
    institute = anywhere
    zhou = await with_machines(institute)
    await zhou.taps("🛠 设备管理")
    await zhou.taps("🟢 椭圆机 · 健身房")
    await zhou.taps("🚫 停用")
    assert "⚪️ 已停用" in zhou.sees()
    li = institute.phone("李梅")
    await li.starts("repair_2")
    assert "椭圆机已经停用了" in li.sees()
    await li.says("/repair")
    assert "椭圆机 · 健身房" not in li.buttons()
    await with_machines(institute)
    assert "原来就有：跑步机3号 · 健身房、椭圆机 · 健身房" in zhou.sees()
    await li.taps("不填了")
    await li.starts("repair_2")
    assert "哪里坏了" in li.sees()
    assert await institute.look(lambda s: s.scalar(select(func.count()).select_from(Machine))) == 2


async def test_a_machine_that_moved_keeps_its_code(institute: Institute) -> None:
    zhou = await with_machines(institute)
    await zhou.taps("🛠 设备管理")
    await zhou.taps("🟢 椭圆机 · 健身房")
    await zhou.taps("✏️ 改名换地")
    await zhou.taps("改：名称")
    await zhou.says("跑步机3号")
    await zhou.taps("💾 保存")
    assert "已经有一台叫这个名字" in zhou.sees()
    await zhou.taps("改：地点")
    await zhou.says("二号楼")
    await zhou.taps("💾 保存")
    assert "跑步机3号" in zhou.sees()
    li = institute.phone("李梅")
    await li.starts("repair_2")
    assert "跑步机3号 · 二号楼" in li.sees()


@pytest.mark.parametrize(
    "line", ["跑步机3号", "跑步机3号 健身房 SB-1 靠窗", "Treadmill 3 gym", "，健身房", "台" * 31 + " 健身房"]
)
async def test_a_line_that_is_not_clear_is_named(institute: Institute, line: str) -> None:
    zhou = institute.phone("周敏")
    await zhou.forges("repairs.add")
    await zhou.says(f"椭圆机 健身房\n{line}")
    assert line[:31] in zhou.sees()
    assert "➕ 登记" not in zhou.buttons()
    assert await institute.look(lambda s: s.scalar(select(func.count()).select_from(Machine))) == 0


def test_lines_are_read_as_they_are_pasted() -> None:
    read = machines.read_lines("跑步机3号\t健身房\tSB-1\n\nTreadmill 3, gym\n 椭圆机 健身房 \n椭圆机 健身房")
    assert [(new.name, new.place, new.code) for new in read] == [
        ("跑步机3号", "健身房", "SB-1"),
        ("Treadmill 3", "gym", None),
        ("椭圆机", "健身房", None),
    ]
    with pytest.raises(Refused, match="too_many"):
        machines.read_lines("\n".join(f"机器{number} 健身房" for number in range(61)))


# Rights


async def test_members_do_not_touch_machines(institute: Institute) -> None:
    await with_machines(institute)
    li = institute.phone("李梅")
    for button in ("machines", "desk:1", "add", "change:1", "retire:1", "codes", "code:1"):
        await li.forges(f"repairs.{button}")
        assert "过期" in li.toast
    assert await institute.look(lambda s: s.get(Machine, 1).retired_at) is None


async def test_a_forged_number_tells_nothing(institute: Institute) -> None:
    await with_machines(institute)
    number = await filed(institute, "陈静", "食堂太贵")  # a suggestion, which is not to be joined
    li = institute.phone("李梅")
    await li.forges(f"repairs.join:{number}")
    there = li.toast
    await li.forges("repairs.join:999")
    assert li.toast == there
    await li.starts("repair_99")
    assert "没有找到这台设备" in li.sees()
    await li.starts("repair_x")
    assert "没看明白" in li.sees()


async def test_who_scans_before_being_known_can_go_on_afterwards(institute: Institute) -> None:
    await with_machines(institute)
    guest = institute.stranger("新同事")
    await guest.starts("repair_1")
    assert "确认您的职工身份" in guest.sees()
    assert await institute.look(lambda s: s.get(Account, guest.person.id).wanted) == "repairs.machine:1"


async def test_photos_lose_the_place_where_they_were_taken(institute: Institute) -> None:
    await with_machines(institute)
    li = institute.phone("李梅")
    picture = Image.new("RGB", (40, 30), "red")
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    await li.starts("repair_2")
    await li.sends_file("坏.jpg", out.getvalue(), "坏了")
    await li.taps(SEND)
    kept = await institute.look(lambda s: s.scalars(select(File.content)).one())
    assert not Image.open(io.BytesIO(kept)).getexif()


@pytest.mark.parametrize("count", [1, 12])
def test_what_is_drawn_is_the_code_of_the_machine_under_it(count: int) -> None:
    cells = [
        {"name": f"跑步机{number}号", "place": "健身房", "code": "", "link": f"https://t.me/bot?start=repair_{number}"}
        for number in range(count)
    ]
    drawn = Pictures(Texts(ZoneInfo("Asia/Shanghai"))).draw("repair_codes", {"cells": cells}, "zh_CN")
    assert drawn is not None
    page = Image.open(io.BytesIO(drawn)).convert("L")
    for place, cell in enumerate(cells):
        matrix = list(segno.make(cell["link"], error="m", micro=False).matrix)
        left, top = 32 + 530 * (place % 3) + 265 - 145, 50 + 560 * (place // 3) + 96
        step = 290 / len(matrix)
        for row, line in enumerate(matrix):
            for column, dark in enumerate(line):
                spot = (round(left + (column + 0.5) * step), round(top + (row + 0.5) * step))
                assert (page.getpixel(spot) < 128) == bool(dark)
        # Nothing dark in the quiet zone around it, without which telephones do not find it.
        quiet = page.crop((left - 30, top - 30, left + 320, top)).getextrema()
        assert quiet[0] > 200
