"""The probe: whether a letter in doubt is there is asked of Telegram, and nobody sees it."""

import asyncio
import copy
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import probe
from models import asking, inbox, letters
from models.letters import OUTCOMES, Grade, Letter, State
from models.people import Account
from sandbox.faults import Fault
from sandbox.server import Sandbox
from tests.institute import running
from tests.office import MORNING, Office, office
from tests.test_doubts import Hush, kill
from tests.wire import Wire

MUST, ONCE, PERISHABLE = Grade.MUST, Grade.ONCE, Grade.PERISHABLE
MINUTE = timedelta(minutes=1)


class Hole(Wire):
    """A line on which nothing that is said reaches anybody."""

    async def do_request(self, url: str, *arguments: Any, **more: Any) -> tuple[int, bytes]:
        if "/send" in url:
            await asyncio.Event().wait()
        return await super().do_request(url, *arguments, **more)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be asked is asked again at once."""
    monkeypatch.setattr(probe, "PAUSE", 0.01)


@pytest.fixture
async def at(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(sqlite_url, tmp_path / "locales") as found:
        await begin(found)
        yield found


@pytest.fixture
async def anywhere(url: str, tmp_path: Path) -> AsyncIterator[Office]:
    """On both databases."""
    async with office(url, tmp_path / "locales") as found:
        await begin(found)
        yield found


async def begin(at: Office) -> None:
    """Ask about letters in doubt; one has arrived already, so that the count is known."""
    await at.close()
    at.probing = True
    await at.open()
    await at.post("first", "周敏")
    await at.deliver()


async def crash(at: Office, line: type[Wire], *posts: dict[str, Any]) -> None:
    """Post letters, and die while they are being sent over this line."""
    await at.close()
    await at.open(line(Sandbox(at.world)))
    await at.delivery.recover()
    for post in posts:
        await at.post(**post)
    delivering = asyncio.create_task(at.delivery.deliver_due())
    async with asyncio.timeout(5):
        while await states(at, State.DUE):
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    delivering.cancel()
    await kill(at)
    await at.delivery.recover()


async def states(at: Office, state: State) -> int:
    return await at.units.read(lambda s: len(s.scalars(select(Letter.id).where(Letter.state == state)).all()))


def messages(at: Office) -> dict[int, Any]:
    return {chat.id: copy.deepcopy({n: m.json for n, m in chat.messages.items()}) for chat in at.world.chats.values()}


async def move_on(at: Office) -> None:
    """A minute passes, and something else is said."""
    at.clock.move(MINUTE + timedelta(seconds=5))
    await at.post(f"later {at.clock.now()}", "周敏")
    await at.delivery.deliver_due()


@pytest.mark.parametrize("grade", [MUST, ONCE, PERISHABLE])
async def test_what_is_there_is_found_and_not_said_again(anywhere: Office, grade: Grade) -> None:
    at = anywhere
    heard: list[tuple[int | None, int | None]] = []
    OUTCOMES["tests.found"] = lambda session, letter, now: heard.append((letter.chat_id, letter.message_id))
    buttons = [[letters.button("post.go", 12)]]
    await crash(
        at,
        Hush,
        {
            "key": "a",
            "to": "王强",
            "grade": grade,
            "buttons": buttons,
            "outcome": "tests.found",
            "expires_at": MORNING + 60 * MINUTE,
        },
    )
    assert (await at.letter("a")).state is State.ASKED
    shown = messages(at)[at.wang.id]
    at.clock.move(timedelta(seconds=30))
    assert await at.delivery.deliver_due() == 0  # not yet: it may still be on its way
    await move_on(at)
    await at.deliver()
    letter = await at.letter("a")
    assert (letter.state, letter.doubts, letter.tries) == (State.SENT, 0, 1)
    assert letter.message_id == at.wang.last()["id"]
    assert heard == [(at.wang.id, letter.message_id)]
    assert at.said(at.wang) == ["您好，a"]
    assert messages(at)[at.wang.id] == shown
    assert len(at.said(at.world.person("周敏"))) == 2  # nobody has to be asked


async def test_what_is_not_there_is_said_as_if_for_the_first_time(anywhere: Office) -> None:
    at = anywhere
    await crash(at, Hole, {"key": "a", "to": "王强"}, {"key": "b", "grade": ONCE})
    await move_on(at)
    await at.deliver()
    assert (at.said(at.wang), at.said(at.li)) == (["您好，a"], ["您好，b"])
    assert [((await at.letter(key)).state, (await at.letter(key)).doubts) for key in "ab"] == [(State.SENT, 0)] * 2


class Half(Hush):
    """A line on which every second word is swallowed, and nothing answered."""

    said = 0

    async def do_request(self, url: str, *arguments: Any, **more: Any) -> tuple[int, bytes]:
        if "/send" in url:
            Half.said += 1
            if Half.said % 2:
                await asyncio.Event().wait()
        return await super().do_request(url, *arguments, **more)


async def test_eight_at_once_are_told_apart_and_no_message_is_touched(at: Office) -> None:
    people = [at.world.add_person(f"第{number}位") for number in range(8)]
    for person in people:
        person.user.seen = person.user.started = True
        await at.units.write(lambda s, p=person: s.add(Account(id=p.id, name=p.name, first_at=MORNING, reachable=True)))

    async def post(number: int, person: Any, name: str) -> dict[str, Any]:
        return {"key": f"{name}{number}", "to": person.id, "grade": ONCE}

    await at.deliver()
    await at.close()
    await at.open(Half(Sandbox(at.world)))
    await at.delivery.recover()
    for number, person in enumerate(people):
        await at.post(**await post(number, person, "a"))
    delivering = asyncio.create_task(at.delivery.deliver_due())
    async with asyncio.timeout(5):
        while await states(at, State.SENDING) < 8:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    delivering.cancel()
    await kill(at)
    assert await at.delivery.recover() == 8
    assert await states(at, State.ASKED) == 8
    shown = messages(at)
    assert sum(len(shown[person.id]) for person in people) == 4
    await move_on(at)
    await at.deliver()
    assert [at.said(person) for person in people] == [[f"您好，a{number}"] for number in range(8)]
    now = messages(at)
    assert all(now[chat][number] == json for chat, each in shown.items() for number, json in each.items())
    edits = [call for call in at.world.calls if call.method == "editMessageReplyMarkup"]
    assert edits
    assert not any(call.done for call in edits)


async def test_where_somebody_talks_nothing_is_asked(at: Office) -> None:
    await crash(at, Hush, {"key": "a", "to": "王强"})
    await at.units.write(lambda session: asking.talked(session, at.wang.id))
    await move_on(at)
    await at.deliver()
    assert at.said(at.wang) == ["您好，a", "（重发）\n您好，a"]
    assert not [call for call in at.world.calls if call.method == "editMessageReplyMarkup"]


async def test_who_talks_is_noted_before_they_are_answered(sqlite_url: str) -> None:
    async with running(sqlite_url, delivery={"probe": True}) as institute:

        def sending(session: Session) -> None:
            now = institute.clock.now()
            for name in ("李梅", "王强"):
                account = session.scalars(select(Account).where(Account.name == name)).one()
                letters.post(session, name, account, "people.corrected", now, due_at=now + 60 * MINUTE)
            for letter in session.scalars(select(Letter)):
                letter.state, letter.after_id = State.ASKED, 5

        await institute.change(sending)
        await institute.phone("李梅").says("/me")
        found = await institute.look(lambda s: dict(s.execute(select(Letter.key, Letter.after_id)).all()))
        assert found == {"李梅": None, "王强": 5}
        assert institute.app.numbers is not None
        assert institute.app.numbers.talks(institute.world.person("李梅").id)
        assert institute.app.numbers.before(institute.world.person("李梅").id) is None
        assert institute.app.numbers.before(institute.world.person("王强").id) == institute.app.numbers.latest
        assert institute.app.numbers.latest == institute.world.person("李梅").last()["id"]


async def test_with_too_many_numbers_the_grade_decides(at: Office) -> None:
    for number in range(probe.MOST):
        at.li.send(f"第{number}句")  # which never reached us
    await crash(at, Hush, {"key": "a", "to": "王强"})
    await move_on(at)
    await at.deliver()
    assert at.said(at.wang) == ["您好，a", "（重发）\n您好，a"]


async def test_what_takes_several_messages_is_not_asked_about(at: Office) -> None:
    await at.post("long", "王强", text="post.card", title="长" * 5000, count=1)
    at.world.faults.add(Fault(code=502, method="sendMessage", chat_id=at.wang.id, after=True, skip=1))
    await at.delivery.deliver_due()
    assert (await at.letter("long")).doubts == 1


async def test_silence_of_telegram_is_asked_about_too(at: Office) -> None:
    at.world.faults.add(Fault(code=502, method="sendMessage", chat_id=at.wang.id, after=True))
    await at.post("a", "王强")
    await at.post("b", "王强")
    await at.delivery.deliver_due()
    assert (await at.letter("a")).state is State.ASKED
    assert (await at.letter("b")).state is State.DUE  # it keeps its place
    await move_on(at)
    await at.deliver()
    assert at.said(at.wang) == ["您好，a", "您好，b"]


async def test_if_telegram_cannot_be_asked_it_is_asked_later(at: Office) -> None:
    await crash(at, Hush, {"key": "a", "to": "王强"})
    at.world.faults.add(Fault(code=502, method="editMessageReplyMarkup", times=2))
    await move_on(at)
    await at.deliver()
    assert at.said(at.wang) == ["您好，a"]
    assert at.delivery.counts["probe:later"] == 2


async def test_if_nothing_was_said_since_not_finding_it_proves_nothing(at: Office) -> None:
    await crash(at, Hole, {"key": "a", "to": "王强"})
    at.clock.move(MINUTE + timedelta(seconds=5))
    await at.deliver()
    assert at.said(at.wang) == ["（重发）\n您好，a"]


async def test_what_perishes_before_it_could_be_asked_about_is_left_to_its_grade(at: Office) -> None:
    soon = MORNING + timedelta(seconds=40)
    await crash(at, Hush, {"key": "a", "to": "王强", "grade": PERISHABLE, "expires_at": soon})
    await at.deliver()
    assert at.said(at.wang) == ["您好，a", "您好，a"]


async def test_switched_off_what_waited_for_the_question_is_left_to_its_grade(at: Office) -> None:
    await crash(at, Hush, {"key": "a", "to": "王强", "grade": ONCE}, {"key": "b"})
    await at.close()
    at.probing = False
    await at.open()
    await at.delivery.recover()
    await at.deliver()
    assert (await at.letter("a")).state is State.UNKNOWN
    assert at.said(at.li)[-1] == "（重发）\n您好，b"


async def test_after_a_talk_the_count_is_not_believed(at: Office) -> None:
    await crash(at, Hush)
    numbers = at.delivery._probe.numbers if at.delivery._probe else None
    assert numbers is not None
    assert numbers.latest == at.world.person("周敏").last()["id"]
    update = {"update_id": 1, "message": {}}
    await at.units.write(lambda s: inbox.keep(s, [update], at.clock.now()))
    await at.delivery.recover()
    assert numbers.latest is None
    await at.post("a", "王强")
    await at.post("b")
    await at.delivery.deliver_due()
    assert numbers.latest == max(at.wang.last()["id"], at.li.last()["id"])
