"""Proposals: handed in, seconded, asked for, taken back, as the phones of several colleagues see it."""

import functools
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from handlers import _proposal_sentence as sentence
from models import cases, filing, seconding, steps
from models.base import Refused
from models.cases import Attachment, Case, CaseState, Follow, Second
from models.drafts import Draft
from models.files import File
from models.filing import NewProposal, NewSuggestion
from models.house import house
from models.letters import Letter
from models.people import Account, Grant, Member, Role, Unit
from models.presets import Preset
from models.steps import Step, StepKind
from tests.hostile_things import member, person
from tests.institute import ADMIN, MONDAY, Institute, Phone, running
from tests.office import PNG

DINNER = """提案 食堂晚餐延时
加班同事七点以后下班，食堂已经关门。
只能点外卖。
建议晚餐供应延长到八点半。
附议 王强 陈静"""
SECOND, HIDDEN, BACK = "👍 附议", "🙈 匿名附议", "↩️ 撤回附议"
NAMES = "👍 附议人"


async def case(institute: Institute, number: int = 1) -> Case:
    """How a case stands."""
    found: Case = await institute.look(lambda session: session.get(Case, number))
    return found


async def count(institute: Institute, what: Any) -> int:
    """How many rows there are."""
    found: int = await institute.look(lambda session: session.scalar(select(func.count()).select_from(what)))
    return found


async def file(institute: Institute, name: str = "李梅", preset: str = "proposal", **said: Any) -> int:
    """A case handed in by somebody, behind the phones."""
    new = NewProposal if preset == "proposal" else NewSuggestion

    def work(session: Session) -> int:
        words = {"title": "食堂晚餐延时", "wrong": "七点就关门", **said}
        return filing.hand_in(session, member(session, name), preset, new(**words), institute.clock.now()).id

    number: int = await institute.change(work)
    await institute.settle()
    return number


async def hire(institute: Institute, name: str, number: str, unit: int | None = None, bound: bool = False) -> None:
    """One more row of the roster."""

    def work(session: Session) -> None:
        row = Member(number=number, name=name, unit_id=unit, kinds=[], tags=[])
        session.add(row)
        session.flush()
        if bound:
            session.add(Account(id=5_400_000_000 + int(number), member_id=row.id, name=name, first_at=MONDAY))

    await institute.change(work)


async def speak_english(*phones: Phone) -> None:
    for phone in phones:
        await phone.says("/start")
        await phone.taps("English")


def states(institute: Institute, number: int = 1) -> Callable[[Session], list[StepKind]]:
    query = select(Step.kind).where(Step.case_id == number).order_by(Step.number)
    return lambda session: list(session.scalars(query))


# Handing in


async def test_one_message_and_one_tap_with_two_seconders_who_give_one_tap_each(anywhere: Institute) -> None:
    institute = anywhere
    li, wang, chen, zhou = (institute.phone(name) for name in ("李梅", "王强", "陈静", "周敏"))
    preview = await li.says(DINNER)
    for line in (
        "标题：食堂晚餐延时",
        "只能点外卖。",
        "建议：建议晚餐供应延长到八点半。",
        "类别：生活保障",
        "王强、陈静",
    ):
        assert line in preview
    assert "没用上" not in preview
    assert await count(institute, Case) == 0
    await li.taps("提交")
    assert "第 1 号" in li.sees()
    assert "还需要 2 位同事附议，2026年11月30日 周一截止" in li.sees()
    assert "已经请 王强、陈静 附议" in li.sees()
    assert "李梅请您附议" in wang.sees()
    assert wang.buttons() == [SECOND]
    assert zhou.reads() == ""
    await wang.taps(SECOND)
    assert "附议好了" in wang.toast
    assert "附议 1 人，还差 1 人" in wang.sees()
    assert (await case(institute)).state is CaseState.SECONDING
    await chen.taps(SECOND)
    assert (await case(institute)).state is CaseState.RECEIVED
    assert "附议人数够了" in li.sees()
    assert "2026年11月26日 周四前" in li.sees()
    assert "食堂晚餐延时" in zhou.sees()
    assert await institute.look(states(institute)) == [StepKind.FILED, StepKind.SECONDED]


async def test_the_form_asks_one_thing_after_another_and_a_restart_loses_nothing(url: str) -> None:
    async with running(url) as institute:
        li = institute.phone("李梅")
        await li.says("/propose")
        await li.taps("📝 提案（2 人附议）")
        await li.says("食堂晚餐延时")
        await li.says("七点以后没有饭吃。\n第二行。")
        world = institute.world
    async with running(url, world, seed=False) as institute:
        li = institute.phone("李梅")
        await li.says("延长到八点半")
        await li.taps("没有附件")
        await li.taps("生活保障")
        await li.taps("署名")
        await li.taps("征集附议")
        await li.says("王强 陈静")
        assert "请谁附议：王强、陈静" in li.sees()
        await li.taps("提交")
        found = await case(institute)
        assert (found.title, found.wrong) == ("食堂晚餐延时", "七点以后没有饭吃。\n第二行。")
        assert (found.wish, found.theme, found.shared) == ("延长到八点半", "life", True)
        assert "李梅请您附议" in institute.phone("王强").sees()


async def test_a_suggestion_goes_to_the_office_at_once(institute: Institute) -> None:
    li, zhou = institute.phone("李梅"), institute.phone("周敏")
    await li.says("建议：班车加一趟晚班\n加班到九点没有车。\n匿名")
    assert "只让工会知道" in li.sees()
    assert "征集" not in li.sees()
    await li.taps("提交")
    assert "已送到工会，2026年11月26日 周四前" in li.sees()
    assert "班车加一趟晚班" in zhou.sees()
    found = await case(institute)
    assert (found.preset, found.state, found.hidden, found.shared) == ("suggestion", CaseState.RECEIVED, True, False)


async def test_who_wants_no_seconders_hands_in_a_suggestion_and_is_told_so(institute: Institute) -> None:
    li, wang = institute.phone("李梅"), institute.phone("王强")
    await li.says(DINNER)
    await li.taps("改：附议")
    assert "按意见建议直接送到工会" in li.sees()
    await li.taps("不征集，直接送工会")
    assert "请谁附议" not in li.sees()
    await li.taps("提交")
    found = await case(institute)
    assert (found.preset, found.state, found.shared) == ("suggestion", CaseState.RECEIVED, False)
    assert wang.reads() == ""


async def test_a_photo_with_the_words_under_it_comes_along(institute: Institute) -> None:
    li = institute.phone("李梅")
    li.person.send_photo(PNG, "提案 走廊灯坏了\n三楼走廊的灯不亮。")
    await institute.settle()
    assert "走廊灯坏了" in li.sees()
    li.person.send_document("说明.txt", "三楼".encode(), "")
    await institute.settle()
    await li.taps("提交")

    def look(session: Session) -> list[tuple[str, str]]:
        query = select(File.name, File.kind).join(Attachment, Attachment.file_id == File.id).order_by(Attachment.id)
        return [(name, kind) for name, kind in session.execute(query.where(Attachment.case_id == 1))]

    assert await institute.look(look) == [("photo.jpg", "image/jpeg"), ("说明.txt", "text/plain")]


async def test_a_file_we_do_not_keep_is_refused_in_words(institute: Institute) -> None:
    li = institute.phone("李梅")
    await li.sends_file("病毒.exe", b"MZ", "提案 走廊灯坏了\n三楼走廊的灯不亮。")
    assert "只收这些格式" in li.sees()
    assert await count(institute, File) == 0


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("提案 食堂\n晚餐", "proposal"),
        ("提案：食堂\n晚餐", "proposal"),
        ("提案《食堂》\n晚餐", "proposal"),
        ("意见建议：食堂\n晚餐", "suggestion"),
        ("建议 食堂\n晚餐", "suggestion"),
        ("Proposal: canteen\ndinner", "proposal"),
        ("suggestion canteen\ndinner", "suggestion"),
        ("提案", "proposal"),
        ("提案征集活动 周五下午3点", None),
        ("建议大家早点来", None),
        ("我有一个提案 食堂", None),
        ("proposals are welcome", None),
    ],
)
def test_how_a_message_begins(text: str, kind: str | None) -> None:
    found = sentence.begun(text)
    assert (found[0] if found else None) == kind


@pytest.mark.parametrize("page", ["docs/zh/proposals.md", "docs/en/proposals.md"])
async def test_the_handbooks_own_example_is_understood_word_for_word(institute: Institute, page: str) -> None:
    lines = [line[2:] for line in Path(page).read_text("utf-8").splitlines() if line.startswith("> ")]
    assert len(lines) == 4
    li = institute.phone("李梅")
    await li.says("\n".join(lines))
    assert "没用上" not in li.sees()
    await li.taps("提交")
    found = await case(institute)
    assert (found.wrong, found.wish) == (lines[1], lines[2])
    assert found.title in lines[0]
    assert [institute.phone(name).buttons() for name in ("王强", "陈静")] == [[SECOND]] * 2


async def test_a_suggestion_that_names_seconders_is_a_proposal(institute: Institute) -> None:
    li = institute.phone("李梅")
    await li.says("建议 食堂晚餐延时\n七点关门。附议：王强、0502")
    assert "请谁附议：王强、陈静" in li.sees()
    assert "情况：七点关门。" in li.sees()


@pytest.mark.parametrize(
    "text",
    [
        "提案 食堂\n七点关门。\n{} 王强 陈静",
        "提案 食堂 {}王强、陈静\n七点关门。",
        "提案 食堂\n{}人：王强，陈静。七点关门。",
        "提案 食堂\n七点关门。 {} 0423 和 陈静",
        "proposal canteen\nclosed at seven. seconded by 王强 and 陈静",
    ],
)
async def test_seconders_are_read_wherever_they_stand(institute: Institute, text: str) -> None:
    li = institute.phone("李梅")
    await li.says(text.format("附议"))
    assert "王强、陈静" in li.sees()
    assert "没用上" not in li.sees()


@pytest.mark.parametrize("words", ["希望得到大家的附议 谢谢", "附议的同事很多", "请大家踊跃附议！"])
async def test_words_that_only_look_like_seconders_stay_in_the_text(institute: Institute, words: str) -> None:
    li = institute.phone("李梅")
    await li.says(f"提案 食堂\n七点关门。\n{words}")
    assert words in li.sees()
    assert "请谁附议：（未填）" in li.sees()


async def test_who_is_not_known_or_not_alone_is_asked_and_never_guessed(institute: Institute) -> None:
    await hire(institute, "王强", "0777", unit=3, bound=True)
    li = institute.phone("李梅")
    await li.says("提案 食堂\n七点关门。\n附议 王强 陈静 张三")
    assert "想请哪几位同事附议" in li.sees()
    assert "王强 张三" in li.sees()
    named = [button for button in li.buttons() if "王强" in button]
    assert len(named) == 2
    assert "选好了（1）" in li.buttons()  # 陈静 is certain
    await li.taps(next(button for button in named if "半导体材料" in button))
    await li.taps("选好了（2）")
    await li.taps("提交")
    asked = await institute.look(lambda session: [row.key for row in session.scalars(select(Letter))])
    assert {key for key in asked if ":ask:" in key} == {"case:1:ask:m4", "case:1:ask:m6"}


async def test_who_is_on_the_roster_and_not_here_yet_is_named_to_the_author(institute: Institute) -> None:
    await hire(institute, "孙丽", "0800")
    li = institute.phone("李梅")
    await li.says("提案 食堂\n七点关门。\n附议 孙丽 王强")
    await li.taps("提交")
    assert "已经请 王强 附议" in li.sees()
    assert "孙丽 还没有绑定" in li.sees()


async def test_an_own_name_seconds_nothing(institute: Institute) -> None:
    li = institute.phone("李梅")
    await li.says("提案 食堂\n七点关门。\n附议 李梅 王强")
    assert "没用上：李梅" in li.sees()
    await li.taps("选好了（1）")
    await li.taps("提交")
    await li.forges("proposals.second:1")
    assert "您自己提的" in li.toast
    assert await count(institute, Second) == 0


async def test_two_taps_on_hand_in_are_one_case(institute: Institute) -> None:
    li = institute.phone("李梅")
    await li.says(DINNER)
    data = f"form:{(await institute.look(lambda session: session.scalars(select(Draft)).one())).step}:ok"
    for _ in range(3):
        li.person.press_data(data)
    await institute.settle()
    assert await count(institute, Case) == 1
    assert institute.phone("王强").reads().count("请您附议") == 1


async def test_a_draft_half_written_is_offered_again_before_another(institute: Institute) -> None:
    li = institute.phone("李梅")
    await li.says("提案 食堂晚餐延时")  # the rest is asked
    assert "现在是什么情况" in li.sees()
    await li.says("/propose")
    assert "还没填完" in li.sees()
    await li.taps("接着填")
    await li.says("七点关门")
    assert "标题：食堂晚餐延时" in li.sees()


async def test_a_first_line_that_is_too_long_for_a_title_is_kept_and_a_title_asked(institute: Institute) -> None:
    li = institute.phone("李梅")
    long = "食堂七点以后没有晚饭吃，" * 8
    await li.says(f"提案 {long}\n附议 王强")
    assert "叫什么" in li.sees()
    await li.says("食堂晚餐延时")
    assert long.strip("，")[:80] in li.sees()
    assert "请谁附议：王强" in li.sees()


async def test_an_operators_own_kind_is_offered_and_a_gone_one_refused_without_losing_the_words(url: str) -> None:
    own = {"idea": {"name": {"zh_CN": "金点子", "en": "Bright idea"}}}
    async with running(url, cases=own) as institute:
        li = institute.phone("李梅")
        await li.says("/propose")
        await li.taps("📄 金点子")
        await li.says("走廊放书架\n大家交换旧书。")
        world = institute.world
    async with running(url, world, seed=False) as institute:
        li = institute.phone("李梅")
        await li.taps("提交")
        assert "不收了" in li.sees()
        assert "大家交换旧书" in li.sees()
        await li.forges("proposals.kind:repair")  # it has a door of its own
        assert "不收了" in li.toast
    async with running(url, world, seed=False, cases=own) as institute:
        li = institute.phone("李梅")
        await li.taps("提交")
        assert (await case(institute)).preset == "idea"
        assert "走廊放书架" in institute.phone("周敏").sees()


# Alike


async def test_like_ones_are_shown_with_the_preview_and_one_tap_seconds_instead(institute: Institute) -> None:
    await file(institute, wish="延长到八点半")
    zhao = institute.phone("赵磊")
    await zhao.says("提案 食堂晚饭供应时间太短\n晚饭六点半就收摊了，实验做完赶不上吃饭")
    assert "已经有人提过相近的" in zhao.sees()
    assert "第 1 号《食堂晚餐延时》" in zhao.sees()
    await zhao.taps("👍 改为附议第 1 号")
    assert "您已附议第 1 号" in zhao.sees()
    assert "还留着" in zhao.sees()
    await zhao.taps("✍️ 接着交我的")
    assert "晚饭六点半就收摊了" in zhao.sees()  # nothing is lost
    assert "👍 改为附议第 1 号" not in zhao.buttons()
    await zhao.taps("提交")
    assert "第 2 号" in zhao.sees()
    assert await count(institute, Second) == 1


async def test_after_seconding_instead_ones_own_can_be_let_go(institute: Institute) -> None:
    await file(institute)
    zhao = institute.phone("赵磊")
    await zhao.says("建议 食堂晚饭时间太短\n食堂晚餐七点就关门")
    await zhao.taps("👍 改为附议第 1 号")
    await zhao.taps("🗑 我的不交了")
    assert await count(institute, Draft) == 0
    assert await count(institute, Case) == 1
    assert "件件有落实" in zhao.sees()


async def test_what_is_not_for_colleagues_is_never_shown_as_alike(institute: Institute) -> None:
    await file(institute, preset="suggestion")  # between the author and the office
    await file(institute, name="赵磊")  # their own
    await institute.change(lambda session: setattr(session.get(Case, 2), "title", "食堂晚餐延时"))
    zhao, wang = institute.phone("赵磊"), institute.phone("王强")
    await zhao.says("提案 食堂晚餐延时\n七点就关门")
    assert "相近" not in zhao.sees()
    await wang.says("提案 食堂晚餐延时\n七点就关门")
    assert "第 2 号" in wang.sees()
    assert "第 1 号" not in wang.sees()

    def look(session: Session) -> tuple[list[int], list[int]]:
        office = filing.similar(session, "食堂晚餐延时", "七点就关门", by=None, apart_from=2)
        colleague = filing.similar(session, "食堂晚餐延时", "七点就关门", by=person(session, "王强"))
        return [each.number for each in office], [each.number for each in colleague]

    assert await institute.look(look) == ([1], [2])


# Seconding


async def test_a_second_tap_changes_nothing_and_a_name_can_be_taken_back(institute: Institute) -> None:
    await file(institute, seconders=[3])
    wang = institute.phone("王强")
    await wang.taps(SECOND)
    await wang.forges("proposals.second:1")
    assert "附议好了" in wang.toast
    assert await count(institute, Second) == 1
    await wang.taps(BACK)
    assert "已撤回" in wang.toast
    assert await count(institute, Second) == 0
    await wang.forges("proposals.take_back:1")
    assert "没有附议" in wang.toast
    await wang.taps(HIDDEN)
    assert "只有工会知道" in wang.toast
    assert await institute.look(lambda session: session.scalars(select(Second)).one().hidden)


async def test_a_name_given_openly_can_be_hidden_afterwards_and_not_the_other_way_by_mistake(
    institute: Institute,
) -> None:
    await file(institute)
    wang = institute.phone("王强")
    for data, hidden in (("second", False), ("second_hidden", True), ("second", True)):
        await wang.forges(f"proposals.{data}:1")
        assert await institute.look(lambda session: session.scalars(select(Second)).one().hidden) is hidden


async def test_who_asked_to_be_unnamed_is_named_to_the_office_only(anywhere: Institute) -> None:
    institute = anywhere
    await file(institute)
    await file(institute, name="赵磊", title="食堂早点开门", hidden=True)
    li, wang, chen, zhou, zhao = (institute.phone(name) for name in ("李梅", "王强", "陈静", "周敏", "赵磊"))
    await wang.starts("case_1")
    assert NAMES not in wang.buttons()
    await wang.forges("proposals.second:1")
    await chen.forges("proposals.second_hidden:1")
    await zhou.forges("casework.merge:2:1:1")  # its author, who hides, is among the seconders from now on
    assert await count(institute, Second) == 3
    for phone in (li, wang, chen):
        await phone.starts("case_1")
        await phone.taps(NAMES)
        assert "王强（" in phone.sees()
        assert "另有 2 位匿名" in phone.sees()
        assert not any(name in phone.sees() for name in ("陈静", "赵磊"))
    await li.taps("⬅️ 这一件")
    assert NAMES in li.buttons()
    await zhou.starts("case_1")
    await zhou.taps(NAMES)
    assert zhou.sees().count("（匿名附议）") == 2
    assert "王强（" in zhou.sees()
    assert "陈静（" in zhou.sees()
    assert "另有" not in zhou.sees()
    await zhao.starts("case_1")  # whose own was merged into it
    assert NAMES not in zhao.buttons()
    assert "没有找到" in await zhao.forges("cases.names:1")
    await speak_english(zhou, li)
    for phone, words in ((zhou, "(unnamed)"), (li, "and 2 unnamed")):
        await phone.starts("case_1")
        await phone.taps("👍 Seconders")
        assert words in phone.sees()


async def test_only_unnamed_seconders_are_counted_and_who_has_no_seat_hears_nothing(institute: Institute) -> None:
    await file(institute)
    li, wang, chen = (institute.phone(name) for name in ("李梅", "王强", "陈静"))
    await wang.forges("proposals.second_hidden:1")
    await li.starts("case_1")
    await li.taps(NAMES)
    assert "1 位匿名" in li.sees()
    assert "另有" not in li.sees()
    assert "王强" not in li.sees()
    await institute.change(lambda session: session.execute(update(Case).values(shared=False)))
    assert "没有找到" in await chen.forges("cases.names:1")
    assert await chen.forges("cases.names:2") == chen.toast


async def test_a_link_leads_to_the_case_and_one_tap_seconds_it(institute: Institute) -> None:
    await file(institute)
    li, zhao = institute.phone("李梅"), institute.phone("赵磊")
    await li.says("/proposals")
    await li.taps("📋 我的")
    await li.taps(li.buttons()[0])
    await li.taps("📤 转给同事")
    assert "食堂晚餐延时" in li.sees()
    onward = li.person.press("📤 选人转发").url
    assert onward.startswith("https://t.me/share/url?url=https%3A//t.me/staffhome_bot%3Fstart%3Dsecond_1&text=")
    assert li.person.press("👀 看看并附议").url == "https://t.me/staffhome_bot?start=second_1"
    await zhao.starts("second_1")
    assert "食堂晚餐延时" in zhao.sees()
    await zhao.taps(SECOND)
    assert await count(institute, Second) == 1


async def test_the_author_asks_more_colleagues_by_name_each_once(institute: Institute) -> None:
    await file(institute, seconders=[3])
    li = institute.phone("李梅")
    await li.says("/proposals")
    await li.taps("📋 我的")
    await li.taps(li.buttons()[0])
    await li.taps("🙋 请人附议")
    await li.says("王 陈静")
    assert "名称里有“王”" in li.sees()
    await li.taps("王强")
    await li.taps("选好了（2）")
    assert "已经请 王强、陈静 附议" in li.sees()
    assert institute.phone("王强").reads().count("请您附议") == 1
    assert institute.phone("陈静").reads().count("请您附议") == 1


async def test_the_last_two_at_the_same_moment_make_it_received_once(anywhere: Institute) -> None:
    institute = anywhere
    for number in range(1, 6):
        assert await file(institute, title=f"第{number}件") == number
        phones = [institute.phone(name) for name in ("王强", "陈静", "赵磊", "周敏")]
        for phone in phones:
            phone.person.press_data(f"proposals.second:{number}")
        await institute.settle()
        assert (await case(institute, number)).state is CaseState.RECEIVED
        assert await institute.look(states(institute, number)) == [StepKind.FILED, StepKind.SECONDED]
        assert institute.phone("李梅").reads().count(f"《第{number}件》已送到工会") == 1
    assert await count(institute, Second) == 20


async def test_a_taking_back_and_the_last_name_at_the_same_moment_agree_with_each_other(anywhere: Institute) -> None:
    institute = anywhere
    for number in range(1, 6):
        await file(institute, title=f"第{number}件")
        wang, chen = institute.phone("王强"), institute.phone("陈静")
        await wang.forges(f"proposals.second:{number}")
        chen.person.press_data(f"proposals.second:{number}")
        wang.person.press_data(f"proposals.take_back:{number}")
        await institute.settle()

        def look(session: Session, number: int = number) -> tuple[CaseState, list[StepKind]]:
            found = session.get_one(Case, number)
            assert [each.member.name for each in cases.seconds_of(session, found)] == ["陈静"]
            return found.state, states(institute, number)(session)

        state, kinds = await institute.look(look)
        assert (state is CaseState.RECEIVED) == (StepKind.SECONDED in kinds)


async def test_too_few_in_time_and_it_goes_on_as_a_suggestion(anywhere: Institute) -> None:
    institute = anywhere
    await file(institute, seconders=[3])
    li, wang, zhou = (institute.phone(name) for name in ("李梅", "王强", "周敏"))
    await wang.taps(SECOND)
    await institute.pass_time(days=7, hours=9)
    found = await case(institute)
    assert (found.preset, found.state) == ("suggestion", CaseState.RECEIVED)
    assert "没有征集到 2 位附议人" in li.reads()
    assert "食堂晚餐延时" in zhou.reads()
    assert await count(institute, Second) == 1
    await institute.change(lambda session: seconding.lapse(session, session.get_one(Case, 1), institute.clock.now()))
    assert (await institute.look(states(institute))).count(StepKind.UNSECONDED) == 1


async def test_who_was_asked_and_has_not_answered_hears_nothing_once_it_is_enough(institute: Institute) -> None:
    await institute.pass_time(hours=12)  # in the quiet hours: the letter waits for the morning
    await file(institute, seconders=[5])
    zhao = institute.phone("赵磊")
    for name in ("王强", "陈静"):
        await institute.phone(name).forges("proposals.second:1")
    await institute.pass_time(hours=12)
    assert "请您附议" not in zhao.reads()


async def test_names_go_with_a_merged_case_and_nobody_is_counted_twice(institute: Institute) -> None:
    first, twin = await file(institute), await file(institute, name="赵磊", title="食堂晚饭太早关")
    for name in ("王强", "陈静"):
        await institute.phone(name).forges(f"proposals.second:{first}")
    await institute.phone("王强").forges(f"proposals.second:{twin}")

    def merge(session: Session) -> None:
        one, other = session.get_one(Case, first), session.get_one(Case, twin)
        other.merged_into = one.id
        steps.enter(session, other, CaseState.MERGED, MONDAY)
        steps.take(session, other, StepKind.MERGED, MONDAY)
        steps.move_seconds(session, other, one, MONDAY)

    await institute.change(merge)
    zhou = institute.phone("周敏")
    await zhou.starts(f"second_{twin}")  # an old card leads to where it is now
    assert "食堂晚餐延时" in zhou.sees()
    for name in ("王强", "周敏"):
        await institute.phone(name).forges(f"proposals.second:{twin}")

    def names(session: Session) -> list[str]:
        return sorted(each.member.name for each in cases.seconds_of(session, session.get_one(Case, first)))

    assert await institute.look(names) == sorted(["王强", "陈静", "赵磊", "周敏"])


async def test_following_is_on_and_off(institute: Institute) -> None:
    await file(institute)
    zhao = institute.phone("赵磊")
    await zhao.starts("second_1")
    await zhao.taps("🔔 关注")
    assert "🔕 不再关注" in zhao.buttons()
    assert await count(institute, Follow) == 1
    await zhao.taps("🔕 不再关注")
    assert await count(institute, Follow) == 0


# Taking it back


async def test_the_author_takes_it_back_after_one_more_question(anywhere: Institute) -> None:
    institute = anywhere
    await file(institute, seconders=[3])
    li, wang = institute.phone("李梅"), institute.phone("王强")
    await wang.taps(SECOND)
    await li.says("/proposals")
    await li.taps("📋 我的")
    await li.taps(li.buttons()[0])
    await li.taps("↩️ 撤回")
    assert "真的撤回" in li.sees()
    assert "1 位同事附议" in li.sees()
    await li.taps("是，撤回")
    assert "已撤回" in li.sees()
    assert "已由提出人撤回" in wang.sees()
    await li.forges("proposals.withdraw_now:1:1")  # the same again
    assert await institute.look(states(institute)) == [StepKind.FILED, StepKind.WITHDRAWN]
    assert (await case(institute)).next_at is None
    await wang.forges("proposals.second:1")
    assert "没有找到这一件" in wang.toast


async def test_an_old_button_takes_nothing_back_and_an_answered_one_stays(institute: Institute) -> None:
    await file(institute)
    li = institute.phone("李梅")
    for name in ("王强", "陈静"):
        await institute.phone(name).forges("proposals.second:1")
    await li.forges("proposals.withdraw_now:1:1")
    assert "已经有人处理了" in li.toast
    assert (await case(institute)).state is CaseState.RECEIVED
    await institute.change(lambda session: setattr(session.get(Case, 1), "state", CaseState.ANSWERED))
    await li.forges("proposals.withdraw_now:1:2")
    assert "已经有人处理了" in li.toast


async def test_it_is_not_taken_back_from_under_others_whose_case_was_merged_into_it(institute: Institute) -> None:
    first, twin = await file(institute), await file(institute, name="赵磊")

    def merge(session: Session) -> None:
        other = session.get_one(Case, twin)
        other.merged_into = first
        steps.enter(session, other, CaseState.MERGED, MONDAY)

    await institute.change(merge)
    li = institute.phone("李梅")
    await li.forges(f"proposals.withdraw_now:{first}:1")
    assert "并进这一件" in li.toast
    assert (await case(institute)).state is CaseState.SECONDING


# Who may see what


@pytest.mark.parametrize(
    "data", ["second", "second_hidden", "instead", "take_back", "follow", "unfollow", "share", "ask", "withdraw", "now"]
)
async def test_a_forged_number_reveals_nothing_not_even_that_it_exists(institute: Institute, data: str) -> None:
    number = await file(institute, preset="suggestion", title="只给工会看", wrong="只给工会看")
    zhao = institute.phone("赵磊")
    turn = ":1" if data in ("withdraw", "now") else ""
    name = "withdraw_now" if data == "now" else data
    await zhao.forges(f"proposals.{name}:{number}{turn}")
    here = zhao.toast
    await zhao.forges(f"proposals.{name}:{number + 77}{turn}")
    assert zhao.toast == here
    assert "没有找到这一件" in here
    assert "只给工会看" not in zhao.reads()
    assert await count(institute, Second) + await count(institute, Follow) == 0
    assert (await case(institute)).state is CaseState.RECEIVED


async def test_a_link_to_what_is_not_theirs_says_no_more_than_one_to_nothing(institute: Institute) -> None:
    number = await file(institute, preset="suggestion", title="只给工会看")
    zhao = institute.phone("赵磊")
    said = {await zhao.starts(f"second_{each}") for each in (number, 99)}
    assert len(said) == 1
    assert "只给工会看" not in zhao.reads()


async def test_colleagues_do_not_see_who_wrote_it_if_only_the_office_shall_know(institute: Institute) -> None:
    await file(institute, hidden=True, seconders=[3])
    li, wang, zhou = (institute.phone(name) for name in ("李梅", "王强", "周敏"))
    assert "一位同事请您附议" in wang.sees()
    await wang.taps(SECOND)
    await wang.taps("📤 转给同事")
    await institute.phone("陈静").starts("second_1")
    await institute.phone("陈静").taps(SECOND)
    await li.forges("proposals.share:1")
    for name in ("王强", "陈静"):
        assert "李梅" not in institute.phone(name).reads()
        await institute.phone(name).forges("cases.view:1")
        await institute.phone(name).forges("cases.history:1:1")
        assert "李梅" not in institute.phone(name).reads()
    await zhou.taps("查看")
    assert "李梅" in zhou.sees()


async def test_only_the_author_asks_and_takes_back(institute: Institute) -> None:
    await file(institute)
    wang, zhou = institute.phone("王强"), institute.phone("周敏")
    for phone in (wang, zhou):
        for data in ("ask:1", "withdraw:1:1", "withdraw_now:1:1"):
            await phone.forges(f"proposals.{data}")
            assert "没有找到这一件" in phone.toast
    draft = {"account_id": wang.person.id, "form": "proposals.ask", "target_id": 1, "answers": {"seconders": [4]}}
    row = Draft(**draft, step=7, touched_at=institute.clock.now())
    await institute.change(lambda session: session.add(row))
    await wang.forges("form:7:ok")
    assert "请您附议" not in institute.phone("陈静").reads()


async def test_strangers_are_asked_who_they_are(institute: Institute) -> None:
    await file(institute)
    stranger = institute.stranger()
    assert "确认您的职工身份" in await stranger.starts("second_1")
    assert "食堂" not in stranger.reads()
    assert "确认您的职工身份" in await stranger.says("/propose")
    assert "认证" in await stranger.says(DINNER)
    assert await count(institute, Draft) == 0


async def test_officers_and_handlers_may_second_as_colleagues(institute: Institute) -> None:
    def name_handler(session: Session) -> None:
        zhao = member(session, "赵磊")
        session.add(Grant(member_id=zhao.id, role=Role.HANDLER, scope="", by_account=ADMIN, at=MONDAY))

    await institute.change(name_handler)
    await file(institute)
    for name in ("周敏", "赵磊"):
        await institute.phone(name).starts("second_1")
        await institute.phone(name).taps(SECOND)
    assert (await case(institute)).state is CaseState.RECEIVED


async def test_a_case_writes_to_so_many_colleagues_and_no_more(institute: Institute) -> None:
    for number in range(900, 900 + seconding.ASKED_AT_MOST + 1):
        await hire(institute, f"同事{number}", f"{number:04d}", bound=True)
    await file(institute)

    def ask(session: Session, members: list[int]) -> int:
        found = seconding.ask_by_name(session, 1, person(session, "李梅"), members, institute.clock.now())
        return len(found.reached)

    everybody = await institute.look(
        lambda session: list(session.scalars(select(Member.id).where(Member.number >= "0900").order_by(Member.number)))
    )
    assert await institute.change(functools.partial(ask, members=everybody[:-1])) == seconding.ASKED_AT_MOST
    with pytest.raises(Refused, match=r"proposals\.asked_enough"):
        await institute.change(functools.partial(ask, members=everybody))


# A department of its own, and what is sealed


async def test_a_kind_with_a_department_of_its_own_goes_there_at_once(anywhere: Institute) -> None:
    institute = anywhere

    def prepare(session: Session) -> Case:
        zhao = member(session, "赵磊")
        session.add(Grant(member_id=zhao.id, role=Role.HANDLER, scope="", by_account=ADMIN, at=MONDAY))
        session.flush()
        rules = {**house(session).cases, "suggestion": Preset(lead="所办公室", answer_days=5)}
        session.info["house"] = replace(house(session), cases=rules)
        new = NewSuggestion(title="会议室太少", wrong="约不上")
        return filing.hand_in(session, member(session, "李梅"), "suggestion", new, MONDAY)

    filed = await institute.change(prepare)
    await institute.settle()
    assert filed.state is CaseState.HANDLING
    assert filed.answer_by is not None
    assert filed.answer_by - MONDAY > timedelta(days=6)
    assert "会议室太少" in institute.phone("赵磊").sees()
    assert institute.phone("周敏").reads() == ""
    unit = await institute.look(lambda session: session.get_one(Unit, filed.unit_id).name)
    assert unit == "所办公室"


async def test_a_second_who_leaves_and_a_case_that_is_gone(institute: Institute) -> None:
    await file(institute)

    def leave(session: Session) -> None:
        member(session, "王强").left_on = MONDAY.date()

    await institute.change(leave)
    wang = institute.phone("王强")
    await wang.forges("proposals.second:1")
    assert "确认您的职工身份" in wang.toast
    assert await count(institute, Second) == 0


# In English


async def test_the_same_in_english(institute: Institute) -> None:
    li, wang, chen = (institute.phone(name) for name in ("李梅", "王强", "陈静"))
    await speak_english(li, wang, chen)
    await li.says(
        "Proposal: Dinner until half past eight\nThe canteen closes at seven.\nseconded by 王强, 陈静 and 何人"
    )
    assert "何人" in li.sees()
    await li.taps("Done (2)")
    assert "Title: Dinner until half past eight" in li.sees()
    await li.taps("Hand in" if "Hand in" in li.buttons() else li.buttons()[0])
    assert "It needs 2 seconders by Mon 30 Nov 2026" in li.sees()
    assert "李梅 asks you to second this" in wang.sees()
    await wang.taps("👍 Second it")
    assert "Seconded, thank you" in wang.toast
    await wang.taps("↩️ Take my name away")
    assert "Your name is gone" in wang.toast
    await li.forges("proposals.second:1")
    assert "your own" in li.toast
    await wang.forges("proposals.second:99")
    assert "not yours to see" in wang.toast
    await wang.forges("proposals.take_back:1")
    assert "not under this one" in wang.toast
    await li.says("/proposals")
    assert "every one gets a reply" in li.sees()
