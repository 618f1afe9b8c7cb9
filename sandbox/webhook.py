"""Pushing updates to the bot, as Telegram does once ``setWebhook`` was called: patiently, and each line in its order.

What one chat (or one person pressing buttons) brings forms a line: its next update goes out when the one before was
accepted. Lines do not wait for each other, up to ``max_connections`` at a time. What is not accepted goes out again: at
once, then after 2, 4, 8 … seconds of the sandbox's clock, until nobody could want it any more.
"""

import asyncio
import logging
import os
import random
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import aiohttp

from sandbox import loopback, wire
from sandbox.chats import Json
from sandbox.errors import ApiError, ConnectionDropped, NoAnswer
from sandbox.updates import Line, Update

if TYPE_CHECKING:
    from sandbox.world import World

SLOWEST = (60, 120)  # seconds between two tries at most; drawn anew each time
LONGEST_RETRY_AFTER = 3600
GONE = timedelta(hours=23)  # of nothing but 410 end the webhook
IDLE = 50.0  # seconds a connection is kept for the next update
NOT_IN_ANSWERS = frozenset(("setwebhook", "deletewebhook", "close", "logout"))
CLOSED = "Webhook connection closed"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Target:
    """What the bot asked for with setWebhook."""

    url: str
    max_connections: int = 40
    ip_address: str = ""
    secret_token: str = ""


@dataclass(eq=False)
class Turn:
    """One update's place in its line, and how its delivery went so far."""

    update: Update
    failures: int = 0
    delay: int = 1

    def failed(self, retry_after: int) -> int:
        """Count one failure; the answer is how many seconds to wait before the next try."""
        wait = retry_after
        if not retry_after and self.failures:
            self.delay = wait = min(random.randint(*SLOWEST), self.delay * 2)
        self.failures += 1
        return wait


@dataclass(frozen=True)
class Reply:
    """What came back for one update: accepted if there are no words of complaint."""

    words: str = ""
    status: int = 0
    retry_after: int = 0
    body: bytes = b""
    kind: str = ""


class Webhook:
    """A webhook at work. It lives in the event loop it was made in, until it is stopped."""

    def __init__(self, world: "World", target: Target, addresses: tuple[str, ...]) -> None:
        self.target = target
        self.addresses = addresses
        self.last_error: tuple[int, str] | None = None  # when, and Telegram's words
        self._world = world
        self._gone_since: datetime | None = None
        self._lines: dict[Line, deque[Turn]] = {}
        self._ready: deque[Line] = deque()
        self._under_way = 0
        self._news = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        for update in world.queue.waiting:
            self._enqueue(update)
        self._task = self._loop.create_task(self._run())

    def info(self) -> Json:
        """What getWebhookInfo adds when there is a webhook."""
        info: Json = {"url": self.target.url, "max_connections": self.target.max_connections}
        info["ip_address"] = self.addresses[0]
        if self.last_error:
            info["last_error_date"], info["last_error_message"] = self.last_error
        return info

    # What the queue says; anybody's thread may be the one that says it.

    def added(self, update: Update) -> None:
        """One more update waits."""
        self._soon(self._enqueue, update)

    def dropped(self) -> None:
        """Nothing waits any more."""
        self._soon(self._forget)

    def wake(self) -> None:
        """Look again whether something can go out."""
        self._soon(self._news.set)

    def stop(self) -> None:
        """Push nothing any more, not even what is on its way."""
        self._soon(self._task.cancel)

    async def stopped(self) -> None:
        """Stop, and wait until the last connection is closed."""
        self._task.cancel()
        await asyncio.wait([self._task])

    def _soon(self, run: object, *arguments: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(run, *arguments)  # type: ignore[arg-type]

    # The lines

    def _enqueue(self, update: Update) -> None:
        if update.line not in self._lines:
            self._lines[update.line] = deque()
            self._ready.append(update.line)
        self._lines[update.line].append(Turn(update))
        self._news.set()

    def _forget(self) -> None:
        self._lines.clear()
        self._ready.clear()

    def _next(self) -> Turn | None:
        """The update whose turn it is, if one may go out now."""
        if self._under_way >= self.target.max_connections or self._world.login.launched is None:
            return None
        while self._ready:
            turns = self._lines[self._ready.popleft()]
            now = self._world.clock.now().timestamp()
            while turns and turns[0].update.expires <= now:
                self._finish(turns[0])
            if turns:
                return turns[0]
        return None

    def _finish(self, turn: Turn) -> None:
        """The update is done with, one way or the other; the next in its line may go."""
        self._world.queue.forget(turn.update)
        line = turn.update.line
        turns = self._lines[line]
        turns.popleft()
        if not turns:
            del self._lines[line]

    def _is_first(self, turn: Turn) -> bool:
        """Whether it still waits (everything may have been dropped meanwhile)."""
        turns = self._lines.get(turn.update.line)
        return bool(turns) and turns[0] is turn  # type: ignore[index]

    def _again(self, turn: Turn) -> None:
        if self._is_first(turn):
            self._ready.append(turn.update.line)
            self._news.set()

    # Pushing

    async def _run(self) -> None:
        connector = aiohttp.TCPConnector(
            limit=0,  # counted in ``_next``
            resolver=loopback.Here(self.addresses),
            use_dns_cache=False,
            keepalive_timeout=IDLE,
        )
        timeout = aiohttp.ClientTimeout(total=None, sock_read=self._world.settings.webhook_timeout.total_seconds())
        parts = loopback.read_url(self.target.url)
        headers = {"Host": parts.netloc.rpartition("@")[2], "Content-Type": "application/json"}
        if self.target.secret_token:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.target.secret_token
        async with (
            aiohttp.ClientSession(
                connector=connector, timeout=timeout, headers=headers, skip_auto_headers=("User-Agent", "Accept")
            ) as session,
            asyncio.TaskGroup() as tasks,
        ):
            while True:
                while turn := self._next():
                    self._under_way += 1
                    tasks.create_task(self._push(session, loopback.with_name(parts), turn, tasks))
                await self._news.wait()
                self._news.clear()

    async def _push(self, session: aiohttp.ClientSession, url: str, turn: Turn, tasks: asyncio.TaskGroup) -> None:
        try:
            reply = await _post(session, url, turn.update.text)
        finally:
            self._under_way -= 1
        self._news.set()
        if reply.words:
            self._refused(turn, reply)
            return
        self._gone_since = None
        if reply.body:
            tasks.create_task(self._obey(reply))
        if self._is_first(turn):
            self._finish(turn)
            if turn.update.line in self._lines:
                self._ready.append(turn.update.line)

    def _refused(self, turn: Turn, reply: Reply) -> None:
        clock = self._world.clock
        self.last_error = (clock.seconds(), reply.words)
        if reply.status:
            self._count_410(reply.status, clock.now())
        if not self._is_first(turn):
            return
        wait = turn.failed(reply.retry_after)
        again = clock.now() + timedelta(seconds=wait)
        if again.timestamp() > turn.update.expires:
            self._finish(turn)
            if turn.update.line in self._lines:
                self._ready.append(turn.update.line)
        elif wait:
            clock.alarm(again, lambda: self._soon(self._again, turn))
        else:
            self._again(turn)

    def _count_410(self, status: int, now: datetime) -> None:
        if status != 410:
            self._gone_since = None
        elif self._gone_since is None:
            self._gone_since = now
        elif now > self._gone_since + GONE and self._world.webhook is self:
            self._world.replace_webhook(None)

    async def _obey(self, reply: Reply) -> None:
        """Carry out the method call in the bot's answer, if there is one; the bot never learns what came of it."""
        from sandbox import api  # which knows all methods, and the methods know this module

        try:
            params, files = await wire.read(reply.body, reply.kind)
            method = str(params.pop("method", ""))
            if method and method.lower() not in NOT_IN_ANSWERS and not method.lower().startswith("get"):
                await api.call(self._world, method, params, files)
        except (ApiError, ConnectionDropped, NoAnswer):
            return  # not a call at all, or trouble somebody ordered
        except Exception:
            log.exception("what the bot answered to its webhook could not be carried out")


async def _post(session: aiohttp.ClientSession, url: str, text: str) -> Reply:
    """Send one update and say in Telegram's words how it went."""
    try:
        async with session.post(url, data=text, allow_redirects=False) as response:
            body = await response.read()
    except TimeoutError:
        return Reply("Read timeout expired")
    except OSError as wrong:  # among them aiohttp's own, when no connection could be made
        return Reply(os.strerror(wrong.errno) if wrong.errno else CLOSED)
    except aiohttp.ClientError:
        return Reply(CLOSED)
    if 200 <= response.status <= 299:
        return Reply(status=response.status, body=body, kind=response.headers.get("Content-Type", ""))
    words = f"Wrong response from the webhook: {response.status} {response.reason or ''}".rstrip()
    wished = response.headers.get("Retry-After", "")
    retry_after = min(int(wished), LONGEST_RETRY_AFTER) if wished.isascii() and wished.isdigit() else 0
    return Reply(words, response.status, retry_after)
