"""What waits for the bot: the queue of updates, exactly as forgetful and as faithful as Telegram's.

An update stays until a later getUpdates names a higher offset; a bot that dies in between gets it again. Nothing stays
longer than a day, a pressed button not longer than 150 seconds.
"""

import asyncio
import json
import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from sandbox import errors
from sandbox.chats import Json
from sandbox.clock import Clock
from sandbox.errors import ApiError

DAY = timedelta(hours=24)
CALLBACK = timedelta(seconds=150)
SILENCE = timedelta(days=7)  # after which the numbers begin anew
FIRST_IDS = (10_000_000, 900_000_000)
LARGEST_ANSWER = 4 << 20
KINDS = (
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "guest_message",
    "message_reaction",
    "message_reaction_count",
    "inline_query",
    "chosen_inline_result",
    "callback_query",
    "shipping_query",
    "pre_checkout_query",
    "purchased_paid_media",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
    "managed_bot",
)
DEFAULT_KINDS = frozenset(KINDS) - {"chat_member", "message_reaction", "message_reaction_count"}


Line = tuple[str, int | str]


@dataclass(frozen=True)
class Update:
    """One queued update, already written as JSON (what happens later must not change it)."""

    id: int
    kind: str
    text: str
    expires: float
    line: Line  # pushed updates of one line wait for each other


class Reader(Protocol):
    """Who must hear at once of what comes and goes: the webhook."""

    def added(self, update: Update) -> None:
        """One more update waits."""

    def dropped(self) -> None:
        """Nothing waits any more."""


def line_of(kind: str, payload: Json, number: int) -> Line:
    """The line an update waits in when it is pushed: mostly its chat's, or that of whoever pressed a button."""
    match kind:
        case "callback_query":
            return kind, payload["from"]["id"]
        case "poll":
            return "poll", payload["id"]
        case "poll_answer":
            return "poll", payload["poll_id"]
        case "chat_member":
            return "member", payload["new_chat_member"]["user"]["id"]
        case "chat_join_request":
            return "member", payload["from"]["id"]
        case "my_chat_member" | "message_reaction" | "message_reaction_count":
            return kind, payload["chat"]["id"]
        case _ if "chat" in payload:
            return "chat", payload["chat"]["id"]
    return "alone", number


@dataclass(eq=False)
class _Waiting:
    """A getUpdates call that waits for something to happen."""

    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[None]


@dataclass
class UpdateQueue:
    """The bot's queue."""

    clock: Clock
    waiting: list[Update] = field(default_factory=list)
    allowed: frozenset[str] = DEFAULT_KINDS
    allowed_listed: list[str] = field(default_factory=list)
    next_id: int = field(default_factory=lambda: random.randrange(*FIRST_IDS))
    reader: Reader | None = None
    _newest: float | None = None  # when the last update was added
    _poller: _Waiting | None = None

    def allow(self, kinds: Any) -> None:
        """Remember which kinds the bot wants; nonsense and nothing change nothing, an empty list means the default."""
        if isinstance(kinds, str):
            try:
                kinds = json.loads(kinds)
            except ValueError:
                return
        if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
            return
        wanted = {kind.lower() for kind in kinds}
        known = [kind for kind in KINDS if kind in wanted]
        self.allowed_listed = known
        self.allowed = frozenset(known) or DEFAULT_KINDS

    def add(self, kind: str, payload: Json) -> int | None:
        """Queue an update of that kind; the answer is its id, or nothing when the bot does not want such updates."""
        if kind not in self.allowed:
            return None
        keep = CALLBACK if kind == "callback_query" else DAY
        return self.inject({kind: payload}, kind, keep)

    def inject(self, update: Json, kind: str = "", keep: timedelta = DAY) -> int:
        """Queue any object as an update, however hostile; it gets the next id unless it brings one."""
        now = self.clock.now().timestamp()
        if self._newest is not None and now - self._newest >= SILENCE.total_seconds():
            self.next_id = random.randrange(*FIRST_IDS)
        self._newest = now
        number = self.next_id
        own = update.get("update_id")
        if own is None:
            update = {"update_id": number, **update}
        elif isinstance(own, int) and not isinstance(own, bool) and own >= number:
            number = own
        self.next_id = number + 1
        line = line_of(kind, update[kind], number) if kind else ("alone", number)
        new = Update(number, kind, json.dumps(update), now + keep.total_seconds(), line)
        self.waiting.append(new)
        if self.reader:
            self.reader.added(new)
        self._wake()
        return number

    def pending(self) -> int:
        """How many updates the bot has not confirmed yet."""
        self._expire()
        return len(self.waiting)

    def drop(self) -> None:
        """Forget everything that waits."""
        self.waiting.clear()
        if self.reader:
            self.reader.dropped()

    def forget(self, update: Update) -> None:
        """That one was accepted, or nobody wants it any more (nor is it wrong to say so twice)."""
        for place, waiting in enumerate(self.waiting):
            if waiting is update:
                del self.waiting[place]
                return

    def take(self, offset: int, limit: int) -> list[Update]:
        """Confirm what lies before the offset and show what comes next."""
        self._expire()
        if offset < 0:
            self.waiting = self.waiting[offset:]
        elif 0 < offset <= self.next_id:  # an offset from the future is taken for the head of the queue
            self.waiting = [update for update in self.waiting if update.id >= offset]
        taken: list[Update] = []
        size = 0
        for update in self.waiting[:limit]:
            size += len(update.text)
            if taken and size > LARGEST_ANSWER:
                break
            taken.append(update)
        return taken

    async def poll(self, offset: int, limit: int, seconds: int) -> list[Update]:
        """The same, waiting up to so many real seconds for the first update; of two that wait the older is ended."""
        taken = self.take(offset, limit)
        if taken or not seconds:
            return taken
        self.interrupt(errors.OTHER_POLLER())
        loop = asyncio.get_running_loop()
        me = _Waiting(loop, loop.create_future())
        self._poller = me
        try:
            async with asyncio.timeout(seconds):
                await me.future
        except TimeoutError:
            return []
        finally:
            if self._poller is me:
                self._poller = None
        return self.take(offset if offset > 0 else 0, limit)

    @property
    def polled(self) -> bool:
        """Whether a getUpdates call waits right now."""
        return self._poller is not None

    def interrupt(self, why: ApiError) -> None:
        """End the waiting call, if there is one, with this refusal."""
        if self._poller:
            poller, self._poller = self._poller, None
            poller.loop.call_soon_threadsafe(_fail, poller.future, why)

    def _wake(self) -> None:
        if self._poller:
            poller, self._poller = self._poller, None
            poller.loop.call_soon_threadsafe(_finish, poller.future)

    def _expire(self) -> None:
        if self.waiting:
            now = self.clock.now().timestamp()
            if any(update.expires <= now for update in self.waiting):
                self.waiting = [update for update in self.waiting if update.expires > now]


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _fail(future: asyncio.Future[None], why: ApiError) -> None:
    if not future.done():
        future.set_exception(why)
