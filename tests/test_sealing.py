"""Confidential cases: a kind of the tests' own goes through its whole life, and its words are nowhere but sealed.

Every word that is written in it holds a canary; so do the kind's name and its papers. Then everything that was sent,
logged, stored and backed up is searched for it.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from bot import backup
from bot.__main__ import main
from bot.config import Settings
from bot.units import make_units
from models import (
    case_views,
    cases,
    filing,
    handling,
    people,
    rating,
    screening,
    sealed,
    sealing,
)
from models.base import Base, Refused
from models.cases import Case, CaseState, Rating
from models.drafts import Draft
from models.files import File
from models.house import House
from models.people import Account, Grant, Member, Person, Role
from tests.institute import ADMIN, MONDAY, Institute, running

BIRD = "金丝雀"
KEY, OTHER = sealing.new_key(), sealing.new_key()
CARE = {"care": {"confidential": True, "name": {"zh_CN": f"{BIRD}关爱", "en": f"{BIRD} care"}, "answer_days": 5}}
AUTHOR, COUNSELLOR, HANDLER = "李梅", "陈静", "赵磊"
OUTSIDERS = ("周敏", "管理员", "王强")  # an officer, an admin, and a handler of another department
PLANNED = MONDAY.date().replace(year=2027)
PAPER = f"{BIRD}：诊断书".encode()


class NewCare(BaseModel):
    """What the internal page will collect."""

    title: str = f"{BIRD}标题"
    wrong: str = f"{BIRD}经过"
    wish: str = f"{BIRD}愿望"
    place: str = f"{BIRD}地点"
    hidden: bool = True
    files: Annotated[list[int], "none may come through the chat"] = []


@asynccontextmanager
async def confidential(url: str, **more: Any) -> AsyncIterator[Institute]:
    """The institute with a confidential kind, a counsellor, and handlers in two departments."""
    settings = {"cases": CARE, "sealing": {"key": KEY}, **more}
    async with running(url, **settings) as institute:
        await institute.change(_appoint)
        yield institute


def _appoint(session: Session) -> None:
    for name, role in ((COUNSELLOR, Role.COUNSELLOR), (HANDLER, Role.HANDLER), ("王强", Role.HANDLER)):
        session.add(Grant(member_id=member(session, name).id, role=role, scope="", by_account=ADMIN, at=MONDAY))


def member(session: Session, name: str) -> Member:
    return session.scalars(select(Member).where(Member.name == name)).unique().one()


def person(session: Session, name: str) -> Person:
    account = session.get(Account, ADMIN) if name == "管理员" else None
    if account is None and name != "管理员":
        account = session.scalars(select(Account).where(Account.member_id == member(session, name).id)).one()
    if account is None:
        account = Account(id=ADMIN, name=name, first_at=MONDAY)
        session.add(account)
        session.flush()
    return people.person_of(session, account, frozenset({ADMIN}))


async def hand_in(institute: Institute) -> int:
    def work(session: Session) -> int:
        return filing.hand_in(session, member(session, AUTHOR), "care", NewCare(), institute.clock.now()).id

    number: int = await institute.change(work)
    await institute.settle()
    return number


async def decide(institute: Institute, who: str, what: Any, *arguments: Any) -> Any:
    """One decision by somebody, as the internal page will make it."""

    def work(session: Session) -> Any:
        what(session, *arguments, person(session, who), institute.clock.now())

    await institute.change(work)
    await institute.settle()


async def state(institute: Institute, number: int) -> CaseState:
    found: CaseState = await institute.look(lambda session: session.get_one(Case, number).state)
    return found


async def words(institute: Institute, number: int, who: str) -> sealed.Words:
    def work(session: Session) -> sealed.Words:
        return sealed.words_of(session, number, person(session, who), institute.clock.now())

    found: sealed.Words = await institute.change(work)
    return found


async def tomorrow(institute: Institute, hour: int = 2) -> None:
    """The next day at ten, by the minute that the ticks want."""
    now = institute.clock.now()
    later = datetime(now.year, now.month, now.day, hour, tzinfo=UTC).timestamp() + 86_400 - now.timestamp()
    await institute.pass_time(seconds=later)


async def live(institute: Institute) -> int:
    """A whole life: taken up, given away, put off, answered, sent back, released, not helpful, answered, helpful."""
    number = await hand_in(institute)
    chen, li = institute.phone(COUNSELLOR), institute.phone(AUTHOR)
    assert f"{number} 号" in chen.sees()
    await chen.taps(chen.buttons()[0])
    assert "保密" in chen.sees()
    await decide(institute, COUNSELLOR, screening.accept, number, None)
    unit = await institute.look(lambda session: member(session, HANDLER).unit_id)
    await decide(institute, COUNSELLOR, handling.assign, number, None, unit, [])
    zhao = institute.phone(HANDLER)
    assert f"{number} 号" in zhao.sees()
    await decide(institute, HANDLER, handling.extend, number, None, 2, f"{BIRD}延期")
    await decide(institute, HANDLER, handling.answer, number, None, f"{BIRD}初稿", "A", None)
    await decide(institute, COUNSELLOR, handling.send_back, number, None, f"{BIRD}退回")
    await decide(institute, HANDLER, handling.answer, number, None, f"{BIRD}答复", "A", None)
    await decide(institute, COUNSELLOR, handling.release, number, None)
    assert await state(institute, number) is CaseState.ANSWERED
    await tomorrow(institute)
    await li.starts(f"case_{number}")
    await li.taps(next(label for label in li.buttons() if label.endswith("不满意")))
    assert await state(institute, number) is CaseState.REOPENED
    assert not await institute.look(lambda session: session.scalar(select(func.count(Draft.account_id))))
    for _ in range(12):  # nobody does anything: it rings to the end
        await tomorrow(institute)
    await decide(institute, COUNSELLOR, handling.answer, number, None, f"{BIRD}再答", "B", PLANNED)
    await decide(institute, COUNSELLOR, handling.answer, number, None, f"{BIRD}办妥", "A", None)
    await tomorrow(institute)
    await decide(institute, AUTHOR, _rate_good, number)
    assert await state(institute, number) is CaseState.SETTLED
    return number


def _rate_good(session: Session, number: int, by: Person, now: datetime) -> None:
    rating.rate(session, number, 0, Rating.GOOD, by, now)


async def look_everywhere(institute: Institute, phone: Any) -> None:
    """Every list and page about cases that takes no case, or the number of a page."""
    about = ("proposals", "openbook", "casework", "publishing", "ratings", "cases", "repairs", "consultations")
    for route in [one for one in institute.app.registry.buttons.values() if one.capability in about]:
        if all(each.name != "case_id" for each in route.arguments):
            await phone.forges(":".join([route.name, *("1" for _ in route.arguments)]))
            await phone.says("/cancel")
    for command in ("/proposals", "/propose", "/desk"):
        await phone.says(command)


def found_in(content: bytes | str) -> bool:
    """Whether the canary is there: as it is, or as JSON writes it."""
    raw = content if isinstance(content, bytes) else content.encode()
    return any(sign in raw for sign in (BIRD.encode(), json.dumps(BIRD)[1:-1].encode(), BIRD.encode("utf-16-le")))


def everything(session: Session) -> str:
    """Every row of every table, as text."""
    rows = [row for table in Base.metadata.sorted_tables for row in session.execute(select(table))]
    return "\n".join(map(repr, rows))


async def test_a_whole_life_leaves_no_word_anywhere(url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with confidential(url) as institute:
        number = await live(institute)
        declined = await hand_in(institute)
        await decide(institute, COUNSELLOR, screening.decline, declined, None, "personal", f"{BIRD}不立案")
        await decide(
            institute, AUTHOR, sealed.attach, await hand_in(institute), f"{BIRD}.pdf", "application/pdf", PAPER
        )

        told = await words(institute, number, AUTHOR)
        assert (told.title, told.wrong, told.wish, told.place) == tuple(vars(NewCare()).values())[:4]
        assert {f"{BIRD}{each}" for each in ("答复", "再答", "办妥", "延期")} <= {each.words for each in told.said}
        assert f"{BIRD}退回" not in {each.words for each in told.said}  # how it came about is for those inside
        assert f"{BIRD}退回" in {each.words for each in (await words(institute, number, COUNSELLOR)).said}

        for name in (AUTHOR, COUNSELLOR, HANDLER, *OUTSIDERS):
            await look_everywhere(institute, institute.phone(name))

        assert institute.world.sent()
        assert not any(found_in(json.dumps(call.params, default=repr)) for call in institute.world.calls)
        assert not any(found_in(call.body) for call in institute.world.calls)
        assert caplog.records
        assert not found_in(caplog.text)
        assert not found_in(await institute.look(everything))
        for name in (AUTHOR, COUNSELLOR, HANDLER, *OUTSIDERS):
            assert not found_in(institute.phone(name).reads())
        if institute.settings.file is None:
            return
        # The search finds what is there: the same words, handed in as what everybody may read.
        assert not any(found_in(file.read_bytes()) for file in tmp_path.rglob("*") if file.is_file())
        assert backup.backup(institute.settings, tmp_path / "copy.db") == 0
        assert not found_in((tmp_path / "copy.db").read_bytes())
        await institute.change(lambda s: filing.hand_in(s, member(s, AUTHOR), "suggestion", NewCare(), MONDAY))
        await institute.settle()
    assert any(found_in(file.read_bytes()) for file in tmp_path.rglob("*") if file.is_file())
    assert any(found_in(json.dumps(call.params, default=repr, ensure_ascii=False)) for call in institute.world.calls)


async def test_whoever_has_no_seat_cannot_tell_it_from_a_number_that_does_not_exist(sqlite_url: str) -> None:
    async with confidential(sqlite_url) as institute:
        number = await hand_in(institute)
        unit = await institute.look(lambda session: member(session, HANDLER).unit_id)
        await decide(institute, COUNSELLOR, screening.accept, number, None)
        await decide(institute, COUNSELLOR, handling.assign, number, None, unit, [])
        turn = await institute.look(lambda session: session.get_one(Case, number).turn)
        before = await institute.look(lambda session: (session.get_one(Case, number).turn, case_count(session)))
        tried = 0
        for name in OUTSIDERS:
            phone = institute.phone(name)
            for route in institute.app.registry.buttons.values():
                if not route.arguments or route.arguments[0].name != "case_id":
                    continue
                tried += 1
                answers = [await press(institute, phone, route.name, each, turn) for each in (number, 99)]
                assert answers[0] == answers[1], route.name
            for say in ("/start case_{}", "{}", "/proposals {}"):
                answers = [await hear(institute, phone, say.format(each), each) for each in (number, 99)]
                assert answers[0] == answers[1], say
        assert tried > 60
        assert before == await institute.look(lambda s: (s.get_one(Case, number).turn, case_count(s)))
        for name in OUTSIDERS:
            refusals = [await refusal(institute, name, each) for each in (number, 99)]
            assert refusals == ["cases.unknown", "cases.unknown"]

            def look(session: Session, who: str = name) -> Any:
                by = person(session, who)
                found = case_views.find(session, by, case_views.Search(), institute.clock.now())
                return list(found), case_views.to_answer(session, by, institute.clock.now()).ids

            rows, waiting = await institute.change(look)
            assert number not in waiting
            assert number not in [row.number for row in rows]


def case_count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Case)) or 0


async def press(institute: Institute, phone: Any, name: str, number: int, turn: int) -> list[str]:
    """What somebody hears who forges this button: window, messages, and no open form."""
    route = institute.app.registry.buttons[name]
    rest = [str(turn) if each.name == "turn" else "1" for each in route.arguments[1:]]
    calls = len(institute.world.calls)
    await phone.forges(":".join([name, str(number), *rest]))
    return heard(institute, calls, number)


async def hear(institute: Institute, phone: Any, words: str, number: int) -> list[str]:
    calls = len(institute.world.calls)
    await phone.says(words)
    return heard(institute, calls, number)


def heard(institute: Institute, since: int, number: int) -> list[str]:
    said = [str(call.params.get("text", "")) for call in list(institute.world.calls)[since:]]
    return [each.replace(str(number), "N") for each in said]


async def refusal(institute: Institute, name: str, number: int) -> str:
    try:
        await words(institute, number, name)
    except Refused as no:
        return no.code
    return ""


async def test_whoever_may_read_it_is_asked_for_no_words_by_any_forged_button(sqlite_url: str) -> None:
    """Nothing is written in the chat even by those who may read it, whatever other roles they have."""
    async with confidential(sqlite_url) as institute:

        def promote(session: Session) -> None:
            who = member(session, COUNSELLOR).id
            for role in (Role.OFFICER, Role.HANDLER, Role.CHAIR):
                session.add(Grant(member_id=who, role=role, scope="", by_account=ADMIN, at=MONDAY))

        await institute.change(promote)
        number = await hand_in(institute)
        unit = await institute.look(lambda session: member(session, COUNSELLOR).unit_id)
        for seat in ("office", "lead"):
            if seat == "lead":
                await decide(institute, COUNSELLOR, screening.accept, number, None)
                await decide(institute, COUNSELLOR, handling.assign, number, None, unit, [])
            at = await state(institute, number)
            for who in (COUNSELLOR, AUTHOR):
                await forge_all(institute, number, institute.phone(who))
            assert await state(institute, number) is at
        assert not found_in(institute.phone(COUNSELLOR).reads())


async def forge_all(institute: Institute, number: int, phone: Any) -> None:
    """Every button that carries a case, but the author's own withdrawal; none may open a form that asks for words."""
    for route in list(institute.app.registry.buttons.values()):
        if route.arguments and route.arguments[0].name == "case_id" and not route.name.startswith("proposals.withdraw"):
            turn = await institute.look(lambda session: session.get_one(Case, number).turn)
            await press(institute, phone, route.name, number, turn)
            forms = await institute.look(lambda session: [each.form for each in session.scalars(select(Draft))])
            assert forms == [], route.name


CANTEEN = {"canteen": {"name": {"zh_CN": "食堂意见", "en": "Canteen"}, "answer_days": 3, "lead": "所办公室"}}


async def test_a_kind_of_ones_own_is_handed_in_and_answered_like_the_others(sqlite_url: str) -> None:
    """Only settings: no code, no sentence. It goes at once to the department that leads."""
    async with confidential(sqlite_url, cases=CANTEEN) as institute:
        li, zhao = institute.phone(AUTHOR), institute.phone(HANDLER)
        await li.says("/propose")
        await li.taps(next(label for label in li.buttons() if "食堂意见" in label))
        for words_ in ("排队太长", "中午要等二十分钟"):
            await li.says(words_)
        while "署名" not in li.buttons():
            await li.taps("没有附件" if "没有附件" in li.buttons() else "跳过")
        await li.taps("署名")
        await li.taps(li.buttons()[0])
        assert await state(institute, 1) is CaseState.HANDLING
        assert "食堂意见" in zhao.reads()
        await decide(institute, HANDLER, handling.answer, 1, None, "加开两个窗口", "A", None)
        await decide(institute, "周敏", handling.release, 1, None)
        assert "食堂意见" in li.sees()
        assert "加开两个窗口" in li.sees()
        promised = await institute.look(lambda session: session.get_one(Case, 1).answer_by)
        assert promised == datetime(2026, 11, 26, 10, tzinfo=UTC)  # three working days, at six in the evening


async def test_what_came_through_the_chat_is_not_taken_for_it(sqlite_url: str) -> None:
    async with confidential(sqlite_url) as institute:

        def work(session: Session) -> None:
            filing.hand_in(session, member(session, AUTHOR), "care", NewCare(files=[1]), MONDAY)

        with pytest.raises(Refused, match=r"proposals\.no_files"):
            await institute.change(work)


async def test_papers_are_sealed_and_opened_for_those_entitled(sqlite_url: str) -> None:
    async with confidential(sqlite_url) as institute:
        number = await hand_in(institute)
        await decide(institute, AUTHOR, sealed.attach, number, f"{BIRD}.pdf", "application/pdf", PAPER)

        def read(session: Session, who: str) -> list[sealed.Paper]:
            return sealed.papers_of(session, number, person(session, who), MONDAY)

        for who in (AUTHOR, COUNSELLOR):
            (paper,) = await institute.change(lambda session, who=who: read(session, who))
            assert (paper.name, paper.kind, paper.content) == (f"{BIRD}.pdf", "application/pdf", PAPER)
        for who in OUTSIDERS:
            with pytest.raises(Refused, match=r"cases\.unknown"):
                await institute.change(lambda session, who=who: read(session, who))
            with pytest.raises(Refused, match=r"cases\.unknown"):
                await decide(institute, who, sealed.attach, number, "x.pdf", "application/pdf", b"x")
        names = await institute.look(lambda session: [(file.name, file.kind) for file in session.scalars(select(File))])
        assert names == [("", "application/x-sealed")]
        # Even its author gets none of it in the chat.
        li = institute.phone(AUTHOR)
        await li.forges(f"cases.files:{number}")
        assert not [call for call in institute.world.sent() if call.method in ("sendPhoto", "sendDocument")]


def at_home(url: str, **how: Any) -> Any:
    """Units over the same database in a house with other settings."""
    kinds = Settings(cases=CARE).cases
    return make_units(url, House(**{"cases": kinds, "admins": frozenset({ADMIN}), **how}))


async def with_house(url: str, work: Any, **how: Any) -> Any:
    units = at_home(url, **how)
    try:
        return await units.write(work)
    finally:
        await asyncio.to_thread(units.close)


async def test_without_the_key_nothing_is_handed_in_and_nothing_opened(sqlite_url: str) -> None:
    async with confidential(sqlite_url) as institute:
        number = await hand_in(institute)

    def again(session: Session) -> None:
        filing.hand_in(session, member(session, AUTHOR), "care", NewCare(), MONDAY)

    def read(session: Session) -> sealed.Words:
        return sealed.words_of(session, number, person(session, COUNSELLOR), MONDAY)

    for key in (None, OTHER.encode()):
        with pytest.raises(Refused, match=r"cases\.no_key"):
            await with_house(sqlite_url, read, key=key)
    with pytest.raises(Refused, match=r"cases\.no_key"):
        await with_house(sqlite_url, again, key=None)
    assert await with_house(sqlite_url, case_count, key=None) == 1
    assert (await with_house(sqlite_url, read, key=KEY.encode())).title == f"{BIRD}标题"


async def test_keys_in_turn(sqlite_url: str) -> None:
    async with confidential(sqlite_url) as institute:
        number = await live(institute)
        await decide(institute, AUTHOR, sealed.attach, number, f"{BIRD}.pdf", "application/pdf", PAPER)

    def read(session: Session) -> tuple[sealed.Words, list[sealed.Paper]]:
        by = person(session, COUNSELLOR)
        return sealed.words_of(session, number, by, MONDAY), sealed.papers_of(session, number, by, MONDAY)

    new = {"key": OTHER.encode()}
    both = {**new, "old_keys": (KEY.encode(),)}
    before = await with_house(sqlite_url, read, **both)
    count, closed = await with_house(sqlite_url, sealed.closed, **new)
    assert count == closed > 8
    assert await with_house(sqlite_url, sealed.closed, **both) == (count, 0)
    assert await with_house(sqlite_url, sealed.reseal, **both) == count
    assert await with_house(sqlite_url, read, **new) == before
    with pytest.raises(Refused, match=r"cases\.no_key"):
        await with_house(sqlite_url, read, key=KEY.encode())
    with pytest.raises(Refused, match=r"cases\.no_key"):
        await with_house(sqlite_url, sealed.reseal, key=KEY.encode())


async def test_a_kind_that_is_gone_from_the_settings_stays_closed(sqlite_url: str) -> None:
    async with confidential(sqlite_url) as institute:
        number = await hand_in(institute)

    def look(session: Session) -> list[object]:
        case = session.get_one(Case, number)
        seats = [cases.seat_of(session, case, person(session, name)) for name in (*OUTSIDERS, COUNSELLOR)]
        return [*seats, cases.preset_of(session, case).confidential]

    assert await with_house(sqlite_url, look, key=KEY.encode(), cases=Settings().cases) == [
        None, None, None, cases.Seat.OFFICE, True,
    ]  # fmt: skip


async def test_every_reading_leaves_a_trace(sqlite_url: str) -> None:
    async with confidential(sqlite_url) as institute:
        number = await hand_in(institute)
        await words(institute, number, COUNSELLOR)
        rows = await institute.look(
            lambda s: s.execute(text("select account_id, noun from traces where what = 'cases.read'")).all()
        )
        assert [tuple(row) for row in rows] == [(5_100_000_502, f"case:{number}")]


def test_the_operator_gets_a_key_and_hears_when_it_is_missing_or_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["cases:", "  care: {confidential: true}", "  repair: {lead: 后勤处}"]
    (tmp_path / "config.yaml").write_text("\n".join(lines), "utf-8")
    monkeypatch.chdir(tmp_path)

    def doctor() -> str:
        assert main(["doctor"]) == 1  # there is no token either
        return capsys.readouterr().out

    assert main(["key"]) == 0
    key = capsys.readouterr().out.strip()
    assert main(["migrate"]) == 0
    found = doctor()
    assert "care is confidential, and there is no key" in found
    assert "nobody may read it" in found
    assert "knows no department 后勤处" in found
    monkeypatch.setenv("STAFFHOME_SEALING__KEY", key)
    assert "✓ sealing: nothing is sealed" in doctor()
    settings = Settings(cases={"care": {"confidential": True}}, sealing={"key": key})

    async def seal() -> None:
        def work(session: Session) -> None:
            author = Member(number="1", name="李梅", kinds=[], tags=[])
            session.add(author)
            session.flush()
            filing.hand_in(session, author, "care", NewCare(), MONDAY)

        units = make_units("sqlite:///data/staffhome.db", settings.house)
        await units.write(work)
        await asyncio.to_thread(units.close)

    asyncio.run(seal())
    assert "✓ sealing: 1 sealed, the key opens them" in doctor()
    monkeypatch.setenv("STAFFHOME_SEALING__KEY", OTHER)
    assert "1 of 1 cannot be opened" in doctor()
    assert main(["reseal"]) == 1
    assert "nothing was changed" in capsys.readouterr().err
    monkeypatch.setenv("STAFFHOME_SEALING__OLD_KEYS", key)
    assert main(["reseal"]) == 0
    monkeypatch.delenv("STAFFHOME_SEALING__OLD_KEYS")
    found = doctor()
    assert "1 sealed, the key opens them" in found
    assert key not in found
    assert OTHER not in found
    (tmp_path / "config.yaml").write_text("lanes: 8\n", "utf-8")
    assert "cases.care: gone from the settings" in doctor()
