"""A bot's webhook on this computer that misbehaves on order."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

PATIENT = 20  # seconds; only a test that fails waits so long

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def status(code: int, **headers: str) -> Answer:
    """Answer with that status."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=code, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return answer


def saying(body: Any, kind: str = "application/json") -> Answer:
    """Accept the update with that body."""

    async def answer(_: web.Request) -> web.StreamResponse:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return web.Response(body=data, headers={"Content-Type": kind})

    return answer


async def hang_up(request: web.Request) -> web.StreamResponse:
    """Close the connection instead of answering."""
    assert request.transport
    request.transport.abort()
    return web.Response()


def when(event: asyncio.Event) -> Answer:
    """Accept the update, but not before that."""

    async def answer(_: web.Request) -> web.StreamResponse:
        await event.wait()
        return web.Response()

    return answer


@dataclass
class Endpoint:
    """What it heard, and what it is going to answer: the orders in their turn, then always 200."""

    url: str = ""
    heard: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    lines: list[Any] = field(default_factory=list)  # over which connection each came
    orders: deque[Answer] = field(default_factory=deque)
    otherwise: Answer = field(default_factory=lambda: status(200))
    under_way: int = 0
    most_under_way: int = 0
    feed: Callable[[dict[str, Any]], Awaitable[None]] | None = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One update."""
        update = await request.json()
        assert request.transport
        self.headers.append(dict(request.headers))
        self.lines.append(request.transport.get_extra_info("peername"))
        self.heard.append(update)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            if self.feed:
                await self.feed(update)
            return await (self.orders.popleft() if self.orders else self.otherwise)(request)
        finally:
            self.under_way -= 1

    def texts(self) -> list[str]:
        """What people wrote, of all that was heard."""
        return [update["message"]["text"] for update in self.heard if "message" in update]

    async def has_heard(self, *texts: str) -> None:
        """Wait until it heard exactly this (in this order)."""
        await eventually(lambda: self.texts() == list(texts), lambda: f"heard {self.texts()}")


async def eventually(true: Callable[[], bool], but: Callable[[], str] = lambda: "it never came true") -> None:
    """Wait until it is so."""
    try:
        async with asyncio.timeout(PATIENT):
            while not true():
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(but()) from None


@asynccontextmanager
async def endpoint(port: int = 0) -> AsyncIterator[Endpoint]:
    """A webhook on a free port (or that one) of this computer."""
    found = Endpoint()
    app = web.Application()
    app.router.add_post("/hook", found.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield found
    finally:
        await runner.cleanup()
