"""Casework at once: of many decisions on one case one holds, and everybody else hears who decided what."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.texts import Texts
from bot.units import make_units
from models import cases, handling, screening, steps
from models.base import Refused
from models.cases import Case, CaseState, Second
from models.house import House
from models.letters import Letter
from models.people import Account, Grant, Member, Role
from models.presets import PRESETS, Preset
from models.steps import BESIDE, TOLD, Step
from tests.case_desk import filed, hand, member, person, told, unit
from tests.institute import ADMIN, MONDAY, Institute, Phone, fill, settings_for

OFFICERS = [f"干事{number}" for number in range(10)]
ACCOUNT = 5_400_000_000


def hire(session: Session) -> None:
    """Ten officers more."""
    for number, name in enumerate(OFFICERS):
        row = Member(number=f"9{number:03d}", name=name, kinds=[], tags=[])
        session.add(row)
        session.flush()
        account = ACCOUNT + number
        session.add(Account(id=account, member_id=row.id, name=name, first_at=MONDAY, bound_at=MONDAY, reachable=True))
        session.add(Grant(member_id=row.id, role=Role.OFFICER, scope="", by_account=ADMIN, at=MONDAY))


@dataclass
class Hand:
    """An officer's hand over the last act of a decision."""

    phone: Phone
    act: Callable[[], Any]
    step: str  # what it would be in the history
    press: Any = None

    def falls(self) -> None:
        """Press, or send."""
        self.press = self.act()

    def heard(self) -> str:
        """What they see of it."""
        toast = self.press.toast.text if self.press is not None and self.press.toast else ""
        return f"{toast}\n{self.phone.sees()}"


async def raised(institute: Institute, number: int, others: list[int]) -> list[Hand]:
    """Ten officers, each one act before another decision on the same case."""
    phones = [institute.phone(name) for name in OFFICERS]
    at = f"{number}:1"
    hands = []
    for phone, data, step in zip(
        phones,
        [f"casework.accept:{at}", f"casework.merge:{at}:{others[0]}", f"casework.merge:{at}:{others[1]}"],
        ["立案", "并案", "并案"],
        strict=False,
    ):
        hands.append(Hand(phone, lambda p=phone, d=data: p.person.press_data(d), step))
    for phone, ground in zip(phones[3:], ("law", "outside", "vague"), strict=False):
        await phone.forges(f"casework.decline:{at}:{ground}")
        hands.append(Hand(phone, lambda p=phone, g=ground: p.person.send(f"理由是{g}。") and None, "不予立案"))
    await phones[6].forges(f"casework.turn:{at}:repair")
    hands.append(Hand(phones[6], lambda: phones[6].person.send("转报修办理。") and None, "转为别的类型"))
    for phone, outcome in zip(phones[7:], ("A 已解决", "C 条件所限", "D 留作参考"), strict=False):
        await phone.forges(f"casework.settle:{at}")
        await phone.says(f"{phone.person.name}的答复。")
        hands.append(Hand(phone, lambda p=phone, o=outcome: p.person.press(o), "答复"))
    return hands


async def test_ten_officers_decide_differently_at_once_and_one_of_them_holds(anywhere: Institute) -> None:
    """Five times over, in another order each time: whoever wins, nine hear who it was and what was decided."""
    institute = anywhere
    for number, name in enumerate(OFFICERS):
        user = institute.stranger(name, id=ACCOUNT + number).person.user
        user.started = user.seen = True
    await institute.change(hire)
    others = [await filed(institute, who="王强", title=title) for title in ("图书馆周末开放", "食堂晚餐请延长")]
    winners = set()
    for round_ in range(5):
        for name in OFFICERS:
            await institute.phone(name).says("/cancel")
        number = await filed(institute, title=f"食堂晚餐供应时间太短{round_}")
        hands = await raised(institute, number, others)
        before = await institute.look(lambda s, n=number: cases.by_id(s, n).turn)
        random.Random(round_).shuffle(hands)
        for each in hands:
            each.falls()
        await institute.settle()

        def decisions(session: Session, number: int = number) -> list[tuple[str, str]]:
            query = select(Step).where(Step.case_id == number, Step.kind.not_in(BESIDE)).order_by(Step.number)
            return [(step.kind.value, steps.who(session, step)) for step in session.scalars(query)][1:]

        decided = await institute.look(decisions)
        assert len(decided) == 1, decided
        kind, who = decided[0]
        assert await institute.look(lambda s, n=number: cases.by_id(s, n).turn) == before + 1
        losers = [each for each in hands if each.phone.person.name != who]
        assert len(losers) == 9
        winner = next(each for each in hands if each.phone.person.name == who)
        assert "已经有人处理了" not in winner.heard()
        for each in losers:
            assert f"这一步已经有人处理了：2026年11月23日 周一 10:00，{who}，{winner.step}。" in each.heard()
        assert (await told(institute, number, "李梅")) == [f"cases.told.{kind}"]
        winners.add(who)
    print("winners:", sorted(winners))
    assert not institute.world.refused()


async def outcome(units: Any, work: Callable[[Session], Any]) -> str:
    """What came of it: the state, or the code of the no."""

    def run(session: Session) -> str:
        return str(work(session).state.value)

    try:
        return str(await units.write(run))
    except Refused as no:
        return no.code


def cast(session: Session) -> None:
    """The roster, with handlers, and a chair."""
    fill(session, MONDAY, -1)
    for name, role in (("赵磊", Role.HANDLER), ("陈静", Role.HANDLER)):
        session.add(Grant(member_id=member(session, name).id, role=role, scope="", by_account=ADMIN, at=MONDAY))
    session.flush()


async def test_whatever_meets_at_the_officers_desk_before_the_answer_goes_out(url: str) -> None:
    """To send it, to send it back, to write it anew, to answer over it, to give it away: one of them, eight times."""
    units = make_units(url, settings_for(url).house)
    await units.write(cast)

    def ready(session: Session, number: int) -> int:
        title = f"食堂{number}"
        case = cases.by_id(session, hand(session, "李梅", title, MONDAY))
        zhou, zhao = person(session, "周敏"), person(session, "赵磊")
        screening.accept(session, case.id, case.turn, zhou, MONDAY)
        handling.assign(session, case.id, case.turn, unit(session, "所办公室"), [], zhou, MONDAY)
        handling.answer(session, case.id, case.turn, "好的。", "A", None, zhao, MONDAY)
        return case.id

    def works(number: int, turn: int) -> list[Callable[[Session], Case]]:
        return [
            lambda s: handling.release(s, number, turn, person(s, "周敏"), MONDAY),
            lambda s: handling.send_back(s, number, turn, "再改改。", person(s, "周敏"), MONDAY),
            lambda s: handling.answer(s, number, turn, "新的答复。", "C", None, person(s, "赵磊"), MONDAY),
            lambda s: handling.answer(s, number, turn, "当场答复。", "D", None, person(s, "周敏"), MONDAY),
            lambda s: handling.assign(s, number, turn, unit(s, "光电子实验室"), [], person(s, "周敏"), MONDAY),
        ]

    for round_ in range(8):
        number = await units.write(lambda s, n=round_: ready(s, n))
        turn = await units.read(lambda s, n=number: cases.by_id(s, n).turn)
        at_once = works(number, turn)
        random.Random(round_).shuffle(at_once)
        got = await asyncio.gather(*[outcome(units, work) for work in at_once])
        assert got.count("cases.moved_on") == 4, got
    units.close()


async def test_two_cases_merged_into_each_other_at_once_do_not_vanish_together(url: str) -> None:
    units = make_units(url, settings_for(url).house)
    await units.write(cast)
    for _ in range(10):
        first, second = await units.write(lambda s: [hand(s, who, "食堂晚餐", MONDAY) for who in ("李梅", "王强")])

        def merge(session: Session, number: int, into: int) -> Case:
            return screening.merge(session, number, 1, into, "", person(session, "周敏"), MONDAY)

        got = await asyncio.gather(
            outcome(units, lambda s, a=first, b=second: merge(s, a, b)),
            outcome(units, lambda s, a=first, b=second: merge(s, b, a)),
        )
        assert got.count("merged") == 1, got

        def look(session: Session, pair: tuple[int, int] = (first, second)) -> tuple[list[str], int]:
            states = session.scalars(select(Case.state).where(Case.id.in_(pair)))
            behind = select(func.count(Second.id)).where(Second.case_id.in_(pair))
            return sorted(state.value for state in states), session.scalar(behind) or 0

        assert await units.read(look) == (["merged", "received"], 1)
    units.close()


async def test_a_confidential_case_says_nothing_but_its_number_from_intake_to_answer(url: str) -> None:
    """A counsellor and a department deal with it; its words are in no letter, and lie in no column that can be read."""
    secret = Preset(confidential=True, shown=False, intake_days=2)
    settings = settings_for(url, cases={**PRESETS, "help": secret}, sealing={"key": Fernet.generate_key().decode()})
    units = make_units(url, settings.house)
    await units.write(cast)
    words = ("求助标题", "家里遇到困难", "已经安排专人联系", "先由另一个部门看")

    def life(session: Session) -> int:
        member_id = member(session, "王强").id
        session.add(Grant(member_id=member_id, role=Role.COUNSELLOR, scope="", by_account=ADMIN, at=MONDAY))
        session.flush()
        number = hand(session, "李梅", words[0], MONDAY, preset="help", wrong=words[1])
        wang, zhou, zhao = (person(session, name) for name in ("王强", "周敏", "赵磊"))
        case = cases.by_id(session, number)
        for stranger in (zhou, zhao):
            with pytest.raises(Refused, match=r"cases\.unknown"):
                screening.accept(session, number, case.turn, stranger, MONDAY)
        screening.accept(session, number, case.turn, wang, MONDAY)
        handling.assign(session, number, case.turn, unit(session, "所办公室"), [], wang, MONDAY)
        handling.hand_on(session, number, case.turn, words[3], zhao, MONDAY)
        handling.assign(session, number, case.turn, unit(session, "所办公室"), [], wang, MONDAY)
        handling.answer(session, number, case.turn, words[2], "A", None, zhao, MONDAY)
        handling.release(session, number, case.turn, wang, MONDAY)
        assert case.state is CaseState.ANSWERED
        return number

    number = await units.write(life)

    def written(session: Session) -> tuple[str, set[str]]:
        rows = list(session.scalars(select(Letter).where(Letter.subject_id == number)))
        kept = [case.title + case.wrong + case.wish for case in session.scalars(select(Case))]
        kept += [step.words + str(step.data) for step in session.scalars(select(Step))]
        kept += [answer.words for answer in cases.answers_of(session, cases.by_id(session, number))]
        return str([[row.params, row.buttons] for row in rows] + kept), {row.text for row in rows}

    said, texts = await units.read(written)
    assert texts == {"cases.news"}
    assert not [each for each in words if each in said]
    units.close()


def test_every_step_of_casework_that_the_author_hears_of_has_a_sentence() -> None:
    texts = Texts(House().zone)
    assert all(texts.has(f"cases.told.{kind}") for kind in TOLD)
