"""How fast the bot speaks, and how it keeps quiet: the real client on a strict practice Telegram, in leaping time."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from telegram.error import RetryAfter
from telegram.ext import ExtBot

from bot.pacer import CROWD, Pace, Pacer, Priority, seconds_of
from bot.units import make_units
from models.house import House
from sandbox.faults import Fault
from sandbox.server import Sandbox
from sandbox.world import Group, Someone, World
from tests.leaps import Far, LeapingClock, leaping, monotonic, most_in

LETTER, ANSWER = Priority.LETTER, Priority.ANSWER


class Post:
    """A bot with a pacer, a practice Telegram, and people who have all pressed Start."""

    def __init__(self, people: int = 5, pace: Pace | None = None, *, strict: bool = True) -> None:
        self.clock = LeapingClock()
        self.world = World(
            people=[Someone(f"第{number}位") for number in range(people)],
            group=Group("职工之家", ["第0位"], bot_admin=True),
            clock=self.clock,
            strict_flood=strict,
        )
        for person in self.world.people():
            person.user.seen = person.user.started = True
        self.ids = [person.id for person in self.world.people()]
        self.group = next(chat.id for chat in self.world.chats.values() if not chat.private)
        self.wire = Far(Sandbox(self.world))
        self.pace = pace
        self.restart()

    def restart(self) -> None:
        self.pacer = Pacer(self.pace, clock=self.clock, monotonic=monotonic)
        self.bot: ExtBot[Priority] = ExtBot(
            self.world.token, request=self.wire, get_updates_request=self.wire, rate_limiter=self.pacer
        )

    async def send(self, chat: int, priority: Priority = ANSWER, text: str = "您好") -> float:
        """Send; returns the seconds until it was there."""
        begun = monotonic()
        await self.bot.send_message(chat, text, rate_limit_args=priority)
        return monotonic() - begun

    async def broadcast(self, chats: list[int]) -> None:
        """Letters as delivery sends them: eight under way."""
        waiting = iter(chats)

        async def work() -> None:
            for chat in waiting:
                while True:
                    try:
                        await self.send(chat, LETTER)
                    except RetryAfter as later:
                        await asyncio.sleep(seconds_of(later))
                    else:
                        break

        await asyncio.gather(*(work() for _ in range(8)))

    def ban(self, seconds: int, chat: int | None = None, times: int = 1) -> None:
        self.world.faults.add(Fault(code=429, retry_after=seconds, chat_id=chat, times=times))


def run(story: Callable[[], Any]) -> None:
    leaping(story())


def test_two_thousand_letters_take_a_little_over_a_minute_and_never_thirty_one_a_second() -> None:
    async def story() -> None:
        post = Post(2000)
        await post.broadcast(post.ids)
        moments = post.wire.moments()
        assert len(moments) == 2000
        assert not post.world.refused()
        assert most_in(moments, 1.0) <= 30
        assert 66 < monotonic() <= 75

    run(story)


def test_answers_overtake_a_broadcast() -> None:
    async def story() -> None:
        post = Post(1000)
        waits: list[float] = []
        broadcast = asyncio.create_task(post.broadcast(post.ids[100:]))
        for chat in post.ids[:40]:
            await asyncio.sleep(0.5)
            waits.append(await post.send(chat))
        assert not broadcast.done()
        assert sorted(waits)[-1] < 1.0
        await broadcast
        assert not post.world.refused()

    run(story)


def test_a_group_hears_no_more_than_twenty_a_minute_and_holds_nobody_up() -> None:
    async def story() -> None:
        post = Post()
        group = [asyncio.create_task(post.send(post.group, text=f"第{number}条")) for number in range(50)]
        message = await post.bot.send_message(post.ids[1], "一")
        await asyncio.sleep(20)
        assert await post.send(post.ids[2]) < 0.2  # thirty wait for the group; a person does not
        assert await post.send(post.ids[3], LETTER) < 0.2
        await post.bot.edit_message_text("二", post.ids[1], message.message_id)
        await asyncio.gather(*group)
        moments = post.wire.moments(post.group)
        assert most_in(moments, 60.0) <= 20
        assert monotonic() < 135
        assert not post.world.refused()

    run(story)


def test_letters_leave_room_for_answers_in_a_group() -> None:
    async def story() -> None:
        post = Post()
        with suppress(RetryAfter):
            for number in range(30):
                await post.send(post.group, LETTER, f"通知{number}")
        assert len(post.wire.moments(post.group)) == 15
        assert await post.send(post.group) < 1.1
        assert not post.world.refused()

    run(story)


def test_one_person_gets_three_at_once_then_one_a_second() -> None:
    async def story() -> None:
        post = Post()
        await asyncio.gather(*(post.send(post.ids[0], text=str(number)) for number in range(9)))
        assert not post.world.refused()
        assert 6 < monotonic() < 7
        assert len([moment for moment in post.wire.moments() if moment < 0.5]) == 3

    run(story)


def test_no_call_to_a_chat_goes_out_inside_its_pause() -> None:
    async def story() -> None:
        post = Post()
        post.ban(7, post.ids[0])
        begun = monotonic()
        await asyncio.gather(*(post.send(post.ids[0], text=str(number)) for number in range(3)))
        refused, *later = post.wire.moments(post.ids[0])[:1] + [
            moment for moment in post.wire.moments(post.ids[0]) if moment > begun + 1
        ]
        assert all(moment >= refused + 7 for moment in later)
        assert len(post.world.sent("sendMessage")) == 3  # the refused one was sent again
        assert await post.send(post.ids[1]) < 0.2

    run(story)


def test_three_chats_in_pause_mean_silence_for_all() -> None:
    async def story() -> None:
        post = Post(200)
        for chat in post.ids[:3]:
            post.ban(15, chat)
        letters = asyncio.create_task(post.broadcast(post.ids))
        await asyncio.sleep(3)
        silent_since = monotonic()
        assert post.pacer.paused_for() > 10
        await asyncio.gather(letters, post.bot.get_me(), post.send(post.ids[150]))
        assert not [moment for moment, *_ in post.wire.arrivals if silent_since < moment < 15]
        assert len(post.world.sent("sendMessage")) == 201

    run(story)


def test_a_pause_survives_a_restart(sqlite_url: str) -> None:
    async def story() -> None:
        units = make_units(sqlite_url, House())
        post = Post()
        await post.pacer.restore(units)
        for chat in post.ids[:3]:
            post.ban(60, chat)
            with pytest.raises(RetryAfter):
                await post.send(chat, LETTER)
        banned = monotonic()
        post.restart()
        await post.pacer.restore(units)
        post.clock.ahead += 30  # half of it passes while the bot is down
        post.restart()
        await post.pacer.restore(units)
        assert 29 < post.pacer.paused_for() < 31
        before = len(post.wire.arrivals)
        with pytest.raises(RetryAfter):
            await post.send(post.ids[4], LETTER)
        await asyncio.sleep(12)
        assert len(post.wire.arrivals) == before
        await post.send(post.ids[4])  # an answer waits out the rest
        assert post.wire.arrivals[-1][0] >= banned + 30
        units.close()

    run(story)


def test_a_pause_is_extended_and_never_shortened() -> None:
    async def story() -> None:
        post = Post()
        for number in range(2):  # not three: that would be a pause for all
            chat = post.ids[number]
            begun = monotonic()
            for seconds in (30, 1, 1):
                post.ban(seconds, chat)
            refused = await asyncio.gather(*(post.send(chat) for _ in range(3)), return_exceptions=True)
            assert all(isinstance(each, RetryAfter) for each in refused)
            assert post.pacer.paused_for(chat) > 29
            assert post.wire.moments(chat)[-1] < begun + 1  # those on their way when the first was refused, none after

    run(story)


def test_a_letter_is_given_back_at_once_and_a_long_ban_ends_an_answer_too() -> None:
    async def story() -> None:
        post = Post()
        post.ban(10, post.ids[0])
        with pytest.raises(RetryAfter):
            await post.send(post.ids[0], LETTER)
        begun = monotonic()
        with pytest.raises(RetryAfter) as later:
            await post.send(post.ids[0], LETTER)  # not even tried
        assert monotonic() == begun
        assert 9 < seconds_of(later.value) < 11
        assert await post.send(post.ids[0]) > 9  # who waits in front of us is served when it is over
        post.ban(3600, post.ids[1])
        with pytest.raises(RetryAfter):
            await post.send(post.ids[1])
        assert len(post.wire.moments(post.ids[1])) == 1

    run(story)


def test_whoever_gives_up_waiting_takes_nobodys_place() -> None:
    async def story() -> None:
        post = Post()
        waiting = [asyncio.create_task(post.send(post.ids[0], text=str(number))) for number in range(6)]
        await asyncio.sleep(0.2)
        waiting[4].cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        said = [call.params["text"] for call in post.world.sent("sendMessage")]
        assert sorted(said) == ["0", "1", "2", "3", "5"]

    run(story)


def test_idle_chats_are_forgotten_and_a_faster_pace_is_kept() -> None:
    async def story() -> None:
        pacer = Pacer(Pace(per_second=1000), monotonic=monotonic)
        moments: list[float] = []

        async def call() -> bool:
            moments.append(monotonic())
            return True

        for start in range(0, 6000, 100):
            chats = range(start + 1, start + 101)
            await asyncio.gather(
                *(pacer.process_request(call, (), {}, "sendMessage", {"chat_id": chat}, LETTER) for chat in chats)
            )
        assert most_in(moments, 0.999) <= 1000
        assert monotonic() < 6.2
        assert pacer.remembered <= 2 * CROWD

    run(story)
