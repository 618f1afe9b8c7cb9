"""A broadcast as a whole, in leaping time: how long it takes, and that Telegram's limits and pauses are kept."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from telegram.ext import ExtBot

from bot.delivery import Delivery
from bot.pacer import Pacer, Priority
from bot.router import Registry
from bot.texts import Texts
from bot.units import OneWriter, Work, _Job
from models import broadcasts, letters
from models.database import make_engine
from models.house import House
from models.letters import Letter, State
from models.people import Account, Person
from sandbox.faults import Fault
from sandbox.server import Sandbox
from sandbox.world import Someone, World
from tests.kills import furnish
from tests.leaps import Far, LeapingClock, leaping, monotonic, most_in

PEOPLE = 2000


class AtOnce(OneWriter):
    """Units of work that are run where they are asked for: time that leaps does not wait for threads."""

    async def write(self, work: Work[Any]) -> Any:
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        self._commit([_Job(work, future)])
        return future.result()

    async def read(self, work: Work[Any]) -> Any:
        return self._read(work)


class House2000:
    """A bot with two thousand letters to write, on a strict practice Telegram."""

    def __init__(self, url: str, people: int = PEOPLE) -> None:
        self.clock = LeapingClock()
        self.world = World(
            people=[Someone(f"同事{number}") for number in range(people)], clock=self.clock, strict_flood=True
        )
        self.ids = [person.id for person in self.world.people()]
        self.wire = Far(Sandbox(self.world))
        self.units = AtOnce(make_engine(url, pool=4), House())
        self.texts = Texts(House().zone)

    async def begin(self) -> None:
        """Start, or start again: only the database is kept."""
        self.pacer = Pacer(clock=self.clock, monotonic=monotonic)
        await self.pacer.restore(self.units)
        self.pause = self.pacer.paused_for()
        self.bot: ExtBot[Priority] = ExtBot(
            self.world.token, request=self.wire, get_updates_request=self.wire, rate_limiter=self.pacer
        )
        await self.bot.initialize()
        registry = Registry([])
        self.delivery = Delivery(self.units, self.bot, self.texts, registry, self.clock, monotonic=monotonic)
        await self.delivery.recover()
        self.running = asyncio.create_task(self.delivery.run())

    async def end(self) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        await self.pacer.shutdown()

    async def fill(self) -> None:
        await self.units.write(lambda session: furnish(session, self.world, self.clock.now()))

    async def count(self, *states: State) -> int:
        def work(session: Session) -> int:
            return session.scalar(select(func.count()).where(Letter.state.in_(states))) or 0

        found: int = await self.units.read(work)
        return found

    async def over(self) -> None:
        while await self.count(State.DUE, State.SENDING):
            await asyncio.sleep(0.5)


def run(story: Callable[[House2000], Any], url: str, people: int = PEOPLE) -> None:
    async def whole() -> None:
        house = House2000(url, people)
        await house.fill()
        await house.begin()
        try:
            await story(house)
        finally:
            await house.end()
            house.units.close()

    leaping(whole())


def test_two_thousand_are_written_to_in_seventy_five_seconds_within_telegrams_limits(sqlite_url: str) -> None:
    async def story(house: House2000) -> None:
        await house.over()
        moments = house.wire.moments()
        assert await house.count(State.SENT) == len(moments) == PEOPLE
        assert not house.world.refused()
        assert most_in(moments, 1.0) <= 30
        assert 66 < monotonic() <= 75

    run(story, sqlite_url)


def test_no_letter_goes_inside_a_pause_not_even_after_a_restart(sqlite_url: str) -> None:
    async def story(house: House2000) -> None:
        await asyncio.sleep(5)
        banned = house.ids[300:303]
        for chat in banned:  # three chats at once mean everybody
            house.world.faults.add(Fault(code=429, retry_after=45, chat_id=chat))
        while len(house.world.refused()) < 3:
            await asyncio.sleep(0.1)
        pause = monotonic()
        await asyncio.sleep(10)
        await house.end()
        house.clock.ahead += 5  # the bot is down, and time goes on
        await house.begin()
        assert 29 < house.pause < 31
        await house.over()
        calls = [moment for moment, *_ in house.wire.arrivals]  # whatever they were, getMe too
        moments = [moment for moment in calls if moment > pause + 0.2]  # some were under way at its beginning
        assert min(moments) >= pause + 40 - 0.2  # forty, for five passed while the loop stood still
        assert await house.count(State.SENT) == 600
        assert len(house.world.sent("sendMessage")) == 600

    run(story, sqlite_url, 600)


def test_whoever_stops_a_broadcast_stops_it_at_once(sqlite_url: str) -> None:
    async def story(house: House2000) -> None:
        await asyncio.sleep(5)

        def hold(session: Session) -> None:
            account = session.get_one(Account, house.ids[0])
            person = Person(account, account.member, frozenset())
            broadcasts.hold(session, 1, person, house.clock.now())

        before = len(house.wire.moments())
        await house.units.write(hold)
        await asyncio.sleep(60)
        assert before <= len(house.wire.moments()) <= before + 8
        assert await house.count(State.SENDING) == 0
        one = house.ids[-1]

        def post(session: Session) -> None:
            account = session.get_one(Account, one)
            letters.post(session, "own", account, "people.exported", house.clock.now(), urgent=True)

        await house.units.write(post)
        house.delivery.wake()
        await asyncio.sleep(2)
        assert len(house.wire.moments(one)) == 1  # what is held holds up nobody else

        def resume(session: Session) -> None:
            account = session.get_one(Account, house.ids[0])
            broadcasts.resume(session, 1, Person(account, account.member, frozenset()), house.clock.now())

        await house.units.write(resume)
        house.delivery.wake()
        await house.over()
        assert len(house.wire.moments()) == 601
        assert not house.world.refused()

    run(story, sqlite_url, 600)
