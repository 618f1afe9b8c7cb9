"""The pacer: all of the bot's calls go through it, so that Telegram is never asked faster than it likes.

Two classes: answers to the person in front of us go first, letters after. A pause that Telegram asks for is kept for
real: no call goes out inside it, it is only ever extended, and it survives a restart.
"""

import asyncio
import logging
import math
import os
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from bot.clock import Clock, SystemClock
from bot.units import Units
from models import facts

# Without it the library warns whenever Telegram asks for a pause, and gives the pause as a bare number.
os.environ.setdefault("PTB_TIMEDELTA", "true")

log = logging.getLogger(__name__)

BURST = 3  # answers one person may get at once
SLACK = 1.02  # windows are kept a little longer: calls do not all take the same time to arrive
CREDIT = 0.1  # seconds of lateness (a busy machine) that may be caught up
KEPT_FOR_ANSWERS = 5  # of a group's calls a minute that letters and cards leave to answers
LETTER_WAITS = 5.0  # seconds a letter waits for its chat before it is given back
ANSWER_WAITS = 20.0  # seconds an answer waits out a pause
TRIES = 3  # of an answer that is told to come later
MARGIN = 0.1  # seconds added to a pause: Telegram's clock is not ours
STORM = 3  # chats in pause at once that mean the whole bot
LONGEST = timedelta(days=1)  # a remembered pause is not believed beyond
CROWD = 2048  # chats remembered before the idle ones are forgotten
FREE = frozenset({"answerCallbackQuery", "sendChatAction"})  # with every get… and set…: they cost no slot
PAUSES = "pauses"  # the fact in which they are kept: chat, or * for all → seconds since 1970
ALL = "*"

# Whoever sets a list here finds in it the calls that were really begun: a call cancelled before its turn surely
# did not reach anybody.
departures: ContextVar[list[str] | None] = ContextVar("departures", default=None)


SAYING = ("send", "copy", "forward")  # calls after which there is a new message


class Priority(StrEnum):
    """Whom a call is for; told with `rate_limit_args`."""

    ANSWER = "answer"  # the person in front of us
    LETTER = "letter"  # anybody else, and cards


class Listener(Protocol):
    """Whoever wants to know what becomes of the calls that say something."""

    def heard(self, chat: int | str | None, answer: Any) -> None: ...

    def lost(self, chat: int | str | None, priority: Priority, error: BaseException) -> None: ...


@dataclass(frozen=True)
class Pace:
    """How fast the bot may speak."""

    per_second: float = 28.5
    per_chat: float = 1.0
    per_group_minute: int = 20


@dataclass
class _Ticket:
    """One call waiting for its turn."""

    priority: Priority
    number: int
    turn: "asyncio.Future[None]"


@dataclass
class _Chat:
    """What is remembered of one chat."""

    key: int | str
    pace: Pace
    recent: "deque[float]" = field(default_factory=deque)  # the latest calls, as far as they count
    paused_until: float = 0.0
    waiting: "dict[Priority, deque[_Ticket]]" = field(default_factory=lambda: {each: deque() for each in Priority})

    @property
    def group(self) -> bool:
        return isinstance(self.key, str) or self.key < 0

    def ready_at(self, priority: Priority) -> float:
        """The earliest moment for the next call of this class; a letter leaves the burst to answers."""
        second = SLACK / self.pace.per_chat
        at = max(self.paused_until, self._after(BURST, BURST * second))
        if priority is Priority.LETTER:
            at = max(at, self._after(1, second))
        if self.group:
            spared = KEPT_FOR_ANSWERS if priority is Priority.LETTER else 0
            at = max(at, self._after(max(1, self.pace.per_group_minute - spared), SLACK * 60))
        return at

    def _after(self, calls: int, window: float) -> float:
        """When the next call keeps to so many in any window of so many seconds."""
        return self.recent[-calls] + window if len(self.recent) >= calls else -math.inf

    def went(self, now: float) -> None:
        self.recent.append(now)
        kept = max(BURST, self.pace.per_group_minute if self.group else 0)
        while len(self.recent) > kept or self.recent[0] < now - 2 * 60:
            self.recent.popleft()

    def idle(self, now: float) -> bool:
        fresh = bool(self.recent) and self.ready_at(Priority.LETTER) > now
        return not fresh and not any(self.waiting.values()) and self.paused_until <= now


class Pacer(BaseRateLimiter[Priority]):
    """Gives every call its turn."""

    def __init__(
        self,
        pace: Pace | None = None,
        *,
        clock: Clock | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        listener: Listener | None = None,
    ) -> None:
        self.listener = listener
        self.pace = pace or Pace()
        self.counts: Counter[str] = Counter()
        self._clock = clock or SystemClock()
        self._monotonic = monotonic
        self._sleep = sleep
        self._units: Units | None = None
        self._chats: dict[int | str, _Chat] = {}
        self._busy: dict[int | str, _Chat] = {}  # chats in which somebody waits
        self._paused_until = 0.0  # the whole bot
        self._slot = -math.inf  # the last place on the even grid
        self._granted: deque[float] = deque(maxlen=math.ceil(self.pace.per_second))
        self._numbers = 0
        self._crowd = CROWD
        self._arrival = asyncio.Event()
        self._usher: asyncio.Task[None] | None = None

    @property
    def remembered(self) -> int:
        """How many chats it keeps in mind; idle ones are forgotten."""
        return len(self._chats)

    async def initialize(self) -> None:
        """Nothing to prepare; see `restore`."""

    async def shutdown(self) -> None:
        """Stop giving turns; whoever still waits is sent away."""
        if self._usher is not None:
            self._usher.cancel()
        for chat in self._busy.values():
            for queue in chat.waiting.values():
                for ticket in queue:
                    ticket.turn.cancel()

    async def restore(self, units: Units) -> None:
        """Take up the pauses of before the restart, and keep new ones in this database."""
        self._units = units
        kept: dict[str, float] = await units.read(lambda session: facts.get(session, PAUSES)) or {}
        now, wall = self._monotonic(), self._clock.now().timestamp()
        for key, until in kept.items():
            left = min(until - wall, LONGEST.total_seconds())
            if left > 0:
                self._extend(None if key == ALL else _key(key), now + left)

    def paused_for(self, chat: int | str | None = None) -> float:
        """Seconds for which nothing may be sent: to anybody, or to this chat."""
        until = self._paused_until
        if chat is not None and chat in self._chats:
            until = max(until, self._chats[chat].paused_until)
        return max(0.0, until - self._monotonic())

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Priority | None,
    ) -> Any:
        """Make one call when its turn comes.

        RetryAfter: Telegram asks for a longer pause than this call may wait, or (letters) the chat is at its limit and
        the call was not made. An answer that is told to come back soon is made again here.
        """
        priority = rate_limit_args or Priority.ANSWER
        chat = _chat_of(endpoint, data)
        for tries in range(1, TRIES + 1):
            await self._turn(chat, priority)
            if (log_of_departures := departures.get()) is not None:
                log_of_departures.append(endpoint)
            try:
                return await self._call(lambda: callback(*args, **kwargs), chat, endpoint, priority)
            except RetryAfter as error:
                seconds = seconds_of(error)
                self.counts["refused"] += 1
                await self._pause(chat, seconds)
                if priority is Priority.LETTER or seconds > ANSWER_WAITS or tries == TRIES:
                    raise
        raise AssertionError("unreachable")

    async def _call(
        self, call: Callable[[], Coroutine[Any, Any, Any]], chat: int | str | None, endpoint: str, priority: Priority
    ) -> Any:
        """Make the call, and tell whoever wants to know."""
        if self.listener is None or not endpoint.startswith(SAYING):
            return await call()
        try:
            answer = await call()
        except BaseException as error:
            self.listener.lost(chat, priority, error)
            raise
        self.listener.heard(chat, answer)
        return answer

    async def _turn(self, chat: int | str | None, priority: Priority) -> None:
        """Wait until this call may go."""
        patience = LETTER_WAITS if priority is Priority.LETTER else ANSWER_WAITS
        while True:
            if chat is None:
                while (left := self._paused_until - self._monotonic()) > 0:
                    await self._sleep(left)
                return
            place = self._chats.get(chat) or self._meet(chat)
            paused = max(self._paused_until, place.paused_until) - self._monotonic()
            wait = paused if priority is Priority.ANSWER else place.ready_at(priority) - self._monotonic()
            if max(paused, wait) > patience:
                self.counts["given_back"] += 1
                raise RetryAfter(timedelta(seconds=max(paused, wait)))
            await self._queue(place, priority)
            if max(self._paused_until, place.paused_until) <= self._monotonic():
                return  # else a pause began between the turn and the call

    async def _queue(self, place: _Chat, priority: Priority) -> None:
        self._numbers += 1
        ticket = _Ticket(priority, self._numbers, asyncio.get_running_loop().create_future())
        place.waiting[priority].append(ticket)
        self._busy[place.key] = place
        self._arrival.set()
        if self._usher is None or self._usher.done():
            self._usher = asyncio.create_task(self._give_turns(), name="pacer")
        await ticket.turn

    async def _give_turns(self) -> None:
        """Give turns while somebody waits."""
        self._slot = max(self._slot, self._monotonic() - 1 / self.pace.per_second)
        while self._busy:
            now = self._monotonic()
            at = max(self._free_at(now), self._paused_until)
            if at > now:
                await self._sleep(at - now)  # whoever comes meanwhile could not go earlier either
                continue
            best, soonest = self._choose(now)
            if best is None:
                await self._wait(soonest - now)
                continue
            self._grant(best, now)

    def _free_at(self, now: float) -> float:
        """When the next place is: evenly spaced, and never more in any one second than the pace.

        Lateness is caught up only where it is ours: neither an idle while nor a full second earns any, or a handful of
        calls would go out at once, again every second, and meet Telegram's limit on the way.
        """
        return max(self._slot + 1 / self.pace.per_second, now - CREDIT, self._full_until)

    @property
    def _full_until(self) -> float:
        """The end of the second in which as many went as may."""
        return self._granted[0] + SLACK if len(self._granted) == self._granted.maxlen else -math.inf

    def _choose(self, now: float) -> tuple[tuple[_Chat, Priority] | None, float]:
        """Whose turn it is: answers first, in the order of coming; else when somebody may go."""
        best: tuple[_Chat, Priority] | None = None
        rank: tuple[bool, int] = (True, 0)
        soonest = math.inf
        for chat in list(self._busy.values()):
            for priority, queue in chat.waiting.items():
                while queue and queue[0].turn.done():  # gave up waiting
                    queue.popleft()
                if not queue:
                    continue
                at = chat.ready_at(priority)
                if at > now:
                    soonest = min(soonest, at)
                elif best is None or (priority is Priority.LETTER, queue[0].number) < rank:
                    best, rank = (chat, priority), (priority is Priority.LETTER, queue[0].number)
            if not any(chat.waiting.values()):
                self._busy.pop(chat.key)
        return best, soonest

    def _grant(self, best: tuple[_Chat, Priority], now: float) -> None:
        chat, priority = best
        ticket = chat.waiting[priority].popleft()
        self._slot = self._free_at(now)
        self._granted.append(now)
        chat.went(now)
        self.counts[priority] += 1
        ticket.turn.set_result(None)

    async def _wait(self, seconds: float) -> None:
        """Sleep until a chat may be spoken to again, or somebody comes who may go at once."""
        self._arrival.clear()
        if not math.isfinite(seconds):
            return
        sleeper = asyncio.ensure_future(self._sleep(seconds))
        caller = asyncio.ensure_future(self._arrival.wait())
        try:
            await asyncio.wait({sleeper, caller}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeper.cancel()
            caller.cancel()

    async def _pause(self, chat: int | str | None, seconds: float) -> None:
        """Keep the pause Telegram asked for: in that chat; everywhere if several are in pause, or none is named."""
        until = self._monotonic() + seconds + MARGIN
        log.warning("Telegram asks for a pause of %.0f s (%s)", seconds, "all" if chat is None else "one chat")
        self._extend(chat, until)
        now = self._monotonic()
        if chat is not None and sum(each.paused_until > now for each in self._chats.values()) >= STORM:
            self._extend(None, until)
        self._arrival.set()
        self._send_away(now)
        await self._remember()

    def _extend(self, chat: int | str | None, until: float) -> None:
        if chat is None:
            self._paused_until = max(self._paused_until, until)
        else:
            place = self._chats.get(chat) or self._meet(chat)
            place.paused_until = max(place.paused_until, until)

    def _send_away(self, now: float) -> None:
        """Give back the calls that would wait too long for the end of a pause."""
        for chat in self._busy.values():
            left = max(self._paused_until, chat.paused_until) - now
            for priority, queue in chat.waiting.items():
                if left > (LETTER_WAITS if priority is Priority.LETTER else ANSWER_WAITS):
                    for ticket in queue:
                        if not ticket.turn.done():
                            self.counts["given_back"] += 1
                            ticket.turn.set_exception(RetryAfter(timedelta(seconds=left)))
                    queue.clear()

    async def _remember(self) -> None:
        """Write the pauses down; a database that is in trouble must not stop the calls."""
        if self._units is None:
            return
        now, wall = self._monotonic(), self._clock.now().timestamp()
        kept = {
            str(key): wall + each.paused_until - now for key, each in self._chats.items() if each.paused_until > now
        }
        if self._paused_until > now:
            kept[ALL] = wall + self._paused_until - now
        try:
            await self._units.write(lambda session: facts.put(session, PAUSES, kept))
        except Exception as error:
            self.counts["not_remembered"] += 1
            log.warning("a pause could not be written down (%s)", type(error).__name__)

    def _meet(self, key: int | str) -> _Chat:
        if len(self._chats) >= self._crowd:
            now = self._monotonic()
            self._chats = {key: chat for key, chat in self._chats.items() if not chat.idle(now)}
            self._crowd = max(CROWD, 2 * len(self._chats))
        chat = self._chats[key] = _Chat(key, self.pace)
        return chat


def seconds_of(error: RetryAfter) -> float:
    """The pause Telegram asks for, in seconds, whatever the library makes of it."""
    asked = error.retry_after
    return asked.total_seconds() if isinstance(asked, timedelta) else float(asked)


def _key(text: str) -> int | str:
    return int(text) if text.lstrip("-").isdigit() else text


def _chat_of(endpoint: str, data: dict[str, Any]) -> int | str | None:
    """The chat whose limits a call counts against; None for calls that cost nothing."""
    chat = data.get("chat_id")
    if chat is None or endpoint in FREE or endpoint.startswith(("get", "set")):
        return None
    return _key(chat) if isinstance(chat, str) else int(chat)
