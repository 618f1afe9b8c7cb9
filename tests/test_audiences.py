"""Audiences: whom something is for, asked of the roster, and read from the @names before a message."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from models import audiences
from models.audiences import Audience, Unknown
from models.people import Account, Member, Sex, Unit
from tests.institute import Institute


def dress(session: Session) -> None:
    """Give the cast what an audience may ask for."""
    for member in session.query(Member):
        member.sex = Sex.MAN if member.name in ("王强", "赵磊") else Sex.WOMAN
        member.tags = ["一线"] if member.name in ("李梅", "王强") else []
        member.kinds = ["学生"] if member.name == "陈静" else ["在编"]


def unit(session: Session, name: str) -> int:
    return session.query(Unit).filter(Unit.name == name).one().id


@pytest.mark.parametrize(
    ("ask", "names"),
    [
        (lambda s: Audience(), ["周敏", "李梅", "王强", "陈静", "赵磊"]),
        (lambda s: Audience(sex=Sex.WOMAN), ["周敏", "李梅", "陈静"]),
        (lambda s: Audience(units=(unit(s, "光电子实验室"),)), ["李梅", "王强"]),
        (lambda s: Audience(units=(unit(s, "光电子实验室"), unit(s, "所办公室"))), ["李梅", "王强", "赵磊"]),
        (lambda s: Audience(units=(unit(s, "光电子实验室"),), sex=Sex.WOMAN), ["李梅"]),
        (lambda s: Audience(kinds=("学生", "返聘")), ["陈静"]),
        (lambda s: Audience(tags=("一线",), sex=Sex.MAN), ["王强"]),
        (lambda s: Audience(tags=("没有人有",)), []),
    ],
)
async def test_every_line_that_is_filled_must_fit(
    anywhere: Institute, ask: Callable[[Session], Audience], names: list[str]
) -> None:
    await anywhere.change(dress)
    found = await anywhere.look(lambda s: [m.name for m in audiences.members_of(s, ask(s))])
    assert found == names


async def test_who_has_left_is_never_meant(institute: Institute) -> None:
    def leave(session: Session) -> None:
        session.query(Member).filter(Member.name == "李梅").one().left_on = institute.clock.now().date()

    await institute.change(leave)
    assert "李梅" not in await institute.look(lambda s: [m.name for m in audiences.members_of(s, Audience())])


async def test_the_head_count_tells_whom_no_message_reaches(institute: Institute) -> None:
    def trouble(session: Session) -> None:
        people = {m.name: m for m in session.query(Member)}
        session.query(Account).filter(Account.member_id == people["李梅"].id).one().reachable = False
        session.query(Account).filter(Account.member_id == people["王强"].id).one().member_id = None

    await institute.change(trouble)
    count = await institute.look(lambda s: audiences.count(s, Audience()))
    assert (count.people, count.unbound, count.blocked, count.reached) == (5, 1, 1, 3)


async def test_an_audience_is_kept_as_what_is_said_and_comes_back_the_same(institute: Institute) -> None:
    asked = Audience(units=(3, 4), sex=Sex.WOMAN, tags=("一线",))
    assert asked.kept() == {"units": [3, 4], "sex": "woman", "tags": ["一线"]}
    assert Audience(**asked.kept()) == asked
    assert Audience().kept() == {}
    assert Audience().everybody


@pytest.mark.parametrize(
    ("text", "names", "rest"),
    [
        ("@光电子实验室 明早9点停电", ["李梅", "王强"], "明早9点停电"),
        ("@光电子实验室：明早9点停电", ["李梅", "王强"], "明早9点停电"),
        ("@光电子 明早9点停电", ["李梅", "王强"], "明早9点停电"),
        ("@光电子实验室 @所办公室 开会", ["李梅", "王强", "赵磊"], "开会"),
        ("@女职工 三八节活动", ["周敏", "李梅", "陈静"], "三八节活动"),
        ("@一线 @女职工 送清凉", ["李梅"], "送清凉"),
        ("@学生 答辩", ["陈静"], "答辩"),
        ("@全体 放假通知", ["周敏", "李梅", "王强", "陈静", "赵磊"], "放假通知"),
        ("@赵磊 请来一趟", ["赵磊"], "请来一趟"),
        ("@everyone hello", ["周敏", "李梅", "王强", "陈静", "赵磊"], "hello"),
    ],
)
async def test_names_before_a_message_say_whom_it_is_for(
    institute: Institute, text: str, names: list[str], rest: str
) -> None:
    await institute.change(dress)

    def ask(session: Session) -> tuple[Any, str]:
        found, left = audiences.read(session, text)
        assert isinstance(found, Audience)
        return [member.name for member in audiences.members_of(session, found)], left

    assert await institute.look(ask) == (names, rest)


async def test_a_name_nobody_goes_by_is_said_and_nothing_is_guessed(institute: Institute) -> None:
    found, _ = await institute.look(lambda s: audiences.read(s, "@光电子实验室 @火星所 明早停电"))
    assert found == Unknown(("火星所",))
    found, _ = await institute.look(lambda s: audiences.read(s, "@实验室 明早停电"))  # there are two of them
    assert found == Unknown(("实验室",))


async def test_a_message_without_a_name_is_for_nobody_in_particular(institute: Institute) -> None:
    assert await institute.look(lambda s: audiences.read(s, "明早 a@b.cn 停电")) == (None, "明早 a@b.cn 停电")
