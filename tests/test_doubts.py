"""Letters in doubt: what is done when nobody can tell whether one arrived, and that doubt stays rare."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from time import sleep
from typing import Any, Literal

import pytest
from sqlalchemy import select

from bot.delivery import UNDER_WAY
from bot.pacer import Pace
from bot.transport import make_request
from models import rounds
from models.letters import Grade, Letter, State
from sandbox.faults import Fault
from sandbox.server import Sandbox
from sandbox.serving import serving
from tests.office import MORNING, Office, office
from tests.wire import Wire

HOUR = timedelta(hours=1)
MUST, ONCE, PERISHABLE = Grade.MUST, Grade.ONCE, Grade.PERISHABLE


@pytest.fixture
async def at(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(sqlite_url, tmp_path / "locales") as found:
        yield found


@pytest.fixture
async def anywhere(url: str, tmp_path: Path) -> AsyncIterator[Office]:
    """On both databases."""
    async with office(url, tmp_path / "locales") as found:
        yield found


class Hush(Wire):
    """A line on which Telegram is never heard of again, though it heard us."""

    async def do_request(self, url: str, *arguments: Any, **more: Any) -> tuple[int, bytes]:
        answer = await super().do_request(url, *arguments, **more)
        if "/send" in url:
            await asyncio.Event().wait()
        return answer


async def kill(at: Office) -> None:
    """End everything as a power cut would, after the calls have gone out, and begin anew on the same database."""
    await asyncio.sleep(0.1)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await at.close()
    await at.open()


Break = Callable[[Office], None]


def _silent(at: Office) -> None:
    at.world.faults.add(Fault(kind="silence", method="sendMessage", after=True))


def _cut(at: Office) -> None:
    at.world.faults.add(Fault(kind="drop", method="sendMessage", after=True))


def _broken(at: Office) -> None:
    at.world.faults.add(Fault(code=502, method="sendMessage", after=True))


@pytest.mark.parametrize("kind", ["aiohttp", "httpx"])
@pytest.mark.parametrize("trouble", [_silent, _cut, _broken])
async def test_on_a_real_line_a_letter_in_doubt_is_repeated_and_says_so(
    at: Office, trouble: Break, kind: Literal["aiohttp", "httpx"]
) -> None:
    async with serving(at.world) as address:
        at.api = address.url
        await at.bot.shutdown()
        at.begin(make_request(kind, read_timeout=0.15))
        await at.bot.initialize()
        trouble(at)
        await at.post("a")
        await at.deliver()
        await at.bot.shutdown()
    assert at.said(at.li) == ["您好，a", "（重发）\n您好，a"]
    letter = await at.letter("a")
    assert (letter.state, letter.doubts, letter.tries) == (State.SENT, 1, 2)


@pytest.mark.parametrize("kind", ["aiohttp", "httpx"])
async def test_without_a_network_letters_wait_and_are_not_repeated(
    at: Office, kind: Literal["aiohttp", "httpx"]
) -> None:
    async with serving(at.world) as address:
        at.api, port = address.url, address.port
        await at.bot.shutdown()
        at.begin(make_request(kind))
        await at.bot.initialize()
    people = [at.world.add_person(f"第{number}位") for number in range(29)]
    for person in people:
        person.user.seen = person.user.started = True
    for number in range(30):
        await at.post(f"a{number}", people[number].id if number < 29 else people[0].id, grade=ONCE)
    assert await at.delivery.deliver_due() == 0
    assert await at.delivery.deliver_due() == 0
    assert 1 <= at.delivery.counts["cause:no_network"] <= UNDER_WAY  # not all thirty are tried in vain, nor at once
    async with serving(at.world, port):
        assert await at.deliver() == 30
        await at.bot.shutdown()
    assert at.said(people[0]) == ["您好，a0", "您好，a29"]  # in order


@pytest.mark.parametrize(
    ("grade", "expires", "state", "said"),
    [
        (MUST, None, State.SENT, ["您好，a", "（重发）\n您好，a"]),
        (ONCE, None, State.UNKNOWN, ["您好，a"]),
        (PERISHABLE, HOUR, State.SENT, ["您好，a", "您好，a"]),
        (PERISHABLE, timedelta(seconds=1), State.UNKNOWN, ["您好，a"]),
    ],
)
async def test_after_a_crash_the_grade_decides(
    anywhere: Office, grade: Grade, expires: timedelta | None, state: State, said: list[str]
) -> None:
    at = anywhere
    await at.close()
    await at.open(Hush(Sandbox(at.world)))
    await at.post("a", "王强", grade=grade, expires_at=MORNING + expires if expires else None)
    delivering = asyncio.create_task(at.delivery.deliver_due())
    await at.until(lambda: bool(at.said(at.wang)))
    assert (await at.letter("a")).state is State.SENDING  # committed before the call
    delivering.cancel()
    await kill(at)
    at.clock.move(timedelta(seconds=5))
    assert await at.delivery.recover() == 1
    assert await at.delivery.recover() == 0
    await at.deliver()
    assert (await at.letter("a")).state is state
    assert at.said(at.wang) == said
    officer = at.said(at.world.person("周敏"))
    number = (await at.letter("a")).id
    assert officer == ([f"{number} 王强 不确定"] if grade is ONCE else [])


async def test_a_letter_is_not_repeated_for_ever(at: Office) -> None:
    at.world.faults.add(Fault(code=500, method="sendMessage", chat_id=at.wang.id, after=True, times=10))
    await at.post("a", "王强")
    await at.deliver()
    assert len(at.said(at.wang)) == 3
    assert (await at.letter("a")).state is State.UNKNOWN
    assert at.said(at.world.person("周敏"))


async def test_a_call_never_heard_of_again_is_in_doubt_when_its_lease_is_over(at: Office) -> None:
    await at.post("a")
    await at.change("a", state=State.SENDING, tries=1, lease_until=MORNING + timedelta(minutes=3))
    assert await at.delivery.deliver_due() == 0
    at.clock.move(timedelta(minutes=4))
    assert await at.deliver() == 1
    assert at.said(at.li) == ["（重发）\n您好，a"]


class Late(Wire):
    """A line on which answers take a while."""

    async def do_request(self, url: str, *arguments: Any, **more: Any) -> tuple[int, bytes]:
        answer = await super().do_request(url, *arguments, **more)
        await asyncio.sleep(0.06 if "/send" in url else 0)
        return answer


async def test_a_stop_leaves_nothing_in_doubt(at: Office) -> None:
    await at.close()
    await at.open(Late(Sandbox(at.world)), Pace(per_second=20, per_chat=1000))
    names = ["李梅", "王强", "周敏"]
    for number in range(45):
        await at.post(f"a{number}", names[number % 3], grade=ONCE)
    running = asyncio.create_task(at.delivery.run())
    await asyncio.sleep(0.42)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    first = len(at.world.sent("sendMessage"))
    assert 0 < first < 45
    states = await at.units.read(lambda s: s.scalars(select(Letter.state)).all())
    assert State.UNKNOWN not in states
    assert State.SENDING not in states
    await at.close()
    await at.open()
    assert await at.delivery.recover() == 0
    await at.deliver()
    assert len(at.world.sent("sendMessage")) == 45


async def test_a_stop_in_the_middle_of_a_unit_leaves_nothing_in_doubt(at: Office) -> None:
    await at.post("a", grade=ONCE)
    busy = asyncio.create_task(at.units.write(lambda session: sleep(0.15)))  # the unit has to wait for this one
    await asyncio.sleep(0.02)
    running = asyncio.create_task(at.delivery.run())
    await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, busy, return_exceptions=True)
    assert (await at.letter("a")).state is State.DUE
    assert (await at.letter("a")).tries == 1  # it had been taken
    assert await at.deliver() == 1
    assert at.said(at.li) == ["您好，a"]


async def test_a_late_answer_is_believed_but_not_about_an_earlier_try(at: Office) -> None:
    await at.post("a")
    await at.post("b")
    await at.change("a", state=State.UNKNOWN, tries=1)
    await at.change("b", state=State.SENDING, tries=2)
    numbers = [(await at.letter(key)).id for key in "ab"]
    for number in numbers:
        await at.units.write(lambda s, n=number: rounds.arrived(s, n, 1, at.li.id, 5, None, MORNING))
        await at.units.write(lambda s, n=number: rounds.refused(s, n, 1, at.li.id, "blocked", MORNING))
    assert [(await at.letter(key)).state for key in "ab"] == [State.SENT, State.SENDING]
    assert (await at.account(at.li)).reachable
