"""The server: bots call ``/bot<token>/<method>`` and ``/file/bot<token>/<path>``, people ``/sim/…``; the page is ``/``.

Only this computer may talk to it: requests with a foreign Host header, and those that a browser sends for a web page
elsewhere, are turned away (such a page could otherwise reach it through the browser of whoever practises here).
"""

import asyncio
import re
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox import api, errors, wire
from sandbox.api import Answer
from sandbox.errors import ApiError, ConnectionDropped, NoAnswer
from sandbox.sim import people_app
from sandbox.world import World

PAGE = Path(__file__).parent / "page"
HOSTS = frozenset(("localhost", "127.0.0.1", "[::1]"))
LARGEST_ID = 1 << 54
LONGEST_TOKEN = 80


class Sandbox:
    """The whole server as one ASGI application."""

    def __init__(self, world: World, page: Path = PAGE) -> None:
        self.world = world
        self._people: ASGIApp = people_app(world, page)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        self.world.clock.run_in(asyncio.get_running_loop())
        if scope["type"] != "http":
            raise RuntimeError("the sandbox speaks HTTP only")
        if not _local(scope):
            await _plain(send, 403, b"only for this computer")
            return
        path: str = scope["path"]
        if path.startswith("/bot"):
            await self._bot(path, scope, receive, send)
        elif path.startswith("/file/bot"):
            await self._file(path, send)
        else:
            await self._people(scope, receive, send)

    async def _bot(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        token, slash, method = path[4:].partition("/")
        try:
            if not slash:
                raise errors.NO_SUCH_PATH()
            self._check(token)
            params, files = await wire.parameters(scope, receive)
            if not method:
                method = str(params.pop("method", ""))
            answer = await api.call(self.world, method, params, files)
        except ApiError as refusal:
            answer = api.answer_error(refusal)
        except ConnectionDropped:
            transport = getattr(getattr(send, "__self__", None), "transport", None)
            if transport is None:
                raise  # in process: whoever calls sees the exception
            transport.abort()
            await _gone(receive)
            return
        except NoAnswer:
            await _gone(receive)
            return
        await _json(send, answer)

    async def _file(self, path: str, send: Send) -> None:
        token, _, name = path[9:].partition("/")
        try:
            self._check(token)
        except ApiError as refusal:
            await _json(send, api.answer_error(refusal))
            return
        file = self.world.files.by_path.get(name)
        if file is None:
            await _json(send, api.answer_error(errors.NO_SUCH_PATH()))
        else:
            await _plain(send, 200, file.data, b"application/octet-stream")

    def _check(self, token: str) -> None:
        if token == self.world.token:
            return
        number, colon, _ = token.partition(":")
        if not colon or token.startswith("0") or len(token) > LONGEST_TOKEN:
            raise errors.MALFORMED_TOKEN
        if not re.fullmatch(r"-?[0-9]+", number):
            raise errors.UNALLOWED_TOKEN
        raise errors.WRONG_TOKEN() if 0 < int(number) < LARGEST_ID else errors.MALFORMED_TOKEN


async def _gone(receive: Receive) -> None:
    """Wait until the other side has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _local(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    host = headers.get(b"host")
    if host is not None and not _here(host):
        return False
    origin = headers.get(b"origin")
    return origin is None or _here(origin.removeprefix(b"http://").removeprefix(b"https://"))


def _here(host: bytes) -> bool:
    name = host.decode("latin-1").lower()
    return name in HOSTS or name.rsplit(":", 1)[0] in HOSTS


async def _json(send: Send, answer: Answer) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer.body)).encode())]
    if answer.retry_after is not None:
        headers.append((b"retry-after", str(answer.retry_after).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _plain(send: Send, status: int, body: bytes, kind: bytes = b"text/plain") -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
