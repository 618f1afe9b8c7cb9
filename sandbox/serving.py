"""Putting the sandbox on a port of this computer: for ``staffhome sandbox``, the demo, and tests over a socket."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import uvicorn

from sandbox import errors
from sandbox.cast import default_world
from sandbox.server import Sandbox
from sandbox.world import TOKEN, World

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Address:
    """Where a running sandbox is found."""

    world: World
    port: int

    @property
    def url(self) -> str:
        """The chat page; also what a bot calls its API (``STAFFHOME_TELEGRAM__API``)."""
        return f"http://{HOST}:{self.port}"

    @property
    def base_url(self) -> str:
        """python-telegram-bot's ``base_url``."""
        return f"{self.url}/bot"

    @property
    def base_file_url(self) -> str:
        """python-telegram-bot's ``base_file_url``."""
        return f"{self.url}/file/bot"


class _Server(uvicorn.Server):
    """Uvicorn inside somebody else's loop: signals stay with whoever owns the loop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(world: World, port: int = 0) -> AsyncIterator[Address]:
    """Serve the world on 127.0.0.1 as long as the ``async with`` lasts; port 0 picks a free one."""
    # Named in full: asyncio sends small answers at once (TCP_NODELAY) only on sockets that say they are TCP.
    line = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        line.bind((HOST, port))
    except (OSError, OverflowError):
        line.close()
        raise
    config = uvicorn.Config(
        Sandbox(world), log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=1
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[line]))
    try:
        while not server.started:
            if task.done():
                task.result()
            await asyncio.sleep(0.01)
        yield Address(world, line.getsockname()[1])
    finally:
        world.changed(closing=True)
        world.queue.interrupt(errors.broken(502))
        if hook := world.webhook:
            world.replace_webhook(None)
            await hook.stopped()
        server.should_exit = True
        await task
        line.close()


async def serve(world: World, port: int = 0, ready: Callable[[Address], None] | None = None) -> None:
    """Serve until cancelled; ``ready`` is told the address."""
    async with serving(world, port) as address:
        if ready:
            ready(address)
        await asyncio.Event().wait()


def run(port: int = 0, token: str = TOKEN, world: World | None = None) -> None:
    """What ``staffhome sandbox`` does: serve a small cast until Ctrl-C, and say where."""

    def say(address: Address) -> None:
        print(f"Chat page   {address.url}/", flush=True)
        print(f"Bot API     {address.url}", flush=True)
        print(f"Token       {address.world.token}", flush=True)

    if not re.fullmatch(r"[1-9][0-9]*:.+", token or TOKEN):
        raise SystemExit("a token is a number, a colon and a secret, like 123456:anything")
    try:
        asyncio.run(serve(world or default_world(token or TOKEN), port, say))
    except KeyboardInterrupt:
        return
    except OSError as taken:
        raise SystemExit(f"port {port} cannot be used: {taken.strerror}") from taken
    except OverflowError as wrong:
        raise SystemExit(f"port {port} cannot be used: ports go up to 65535") from wrong
