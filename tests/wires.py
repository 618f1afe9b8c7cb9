"""Loopback ends of the wire for the transport's trials: servers that answer, break off or stay silent, and proxies."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email import policy
from email.parser import BytesParser
from urllib.parse import urlsplit

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Heard:
    """One HTTP message as it came over the wire; header names in lower case."""

    start: str
    headers: dict[str, str]
    body: bytes

    @property
    def method(self) -> str:
        return self.start.split(" ")[0]

    @property
    def target(self) -> str:
        return self.start.split(" ")[1]

    @property
    def parts(self) -> list[tuple[str, str | None, str, bytes]]:
        """Name, file name, type and content of every part of a form, in order."""
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        form = BytesParser(policy=policy.HTTP).parsebytes(head + self.body)
        return [
            (
                str(part.get_param("name", header="content-disposition")),
                part.get_filename(),
                part.get_content_type(),
                part.get_payload(decode=True),
            )
            for part in form.iter_parts()
        ]


async def hear(reader: asyncio.StreamReader) -> Heard | None:
    """Read one whole message; None when the other side hung up before it began."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head[1:] if line)}
    body = b""
    if headers.get("transfer-encoding") == "chunked":
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
    else:
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Heard(head[0], headers, body)


def say(status: int, body: object = b"", **headers: str) -> bytes:
    """An HTTP answer; anything but bytes goes out as JSON. Header names take _ for -."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def ok(result: object = True) -> bytes:
    return say(200, {"ok": True, "result": result})


@dataclass
class Line:
    """A listening loopback server: where it is, how often it was called, and what it heard."""

    port: int = 0
    scheme: str = "http"
    calls: int = 0
    open: int = 0
    most_open: int = 0
    heard: list[Heard] = field(default_factory=list)

    @property
    def base(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"


@asynccontextmanager
async def listening(talk: Talk, tls: ssl.SSLContext | None = None) -> AsyncIterator[Line]:
    """Run a server that holds one conversation a connection; all are cut when the block ends."""
    line = Line(scheme="http" if tls is None else "https")
    tasks: set[asyncio.Task[None]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line.calls += 1
        line.open += 1
        line.most_open = max(line.open, line.most_open)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await talk(reader, writer)
        finally:
            line.open -= 1
            writer.close()
            with suppress(asyncio.TimeoutError, ConnectionError):
                async with asyncio.timeout(0.05):
                    await writer.wait_closed()
            writer.transport.abort()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(converse(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(begin, "127.0.0.1", 0, ssl=tls, limit=1 << 22)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
        pending = list(tasks)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        await server.wait_closed()
        await asyncio.sleep(0)


@asynccontextmanager
async def answering(answer: Callable[[Heard], bytes], tls: ssl.SSLContext | None = None) -> AsyncIterator[Line]:
    """A well-behaved HTTP server that keeps its connections open and answers every request at once."""
    heard: list[Heard] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (request := await hear(reader)) is not None:
            heard.append(request)
            writer.write(answer(request))
            await writer.drain()

    async with listening(talk, tls) as line:
        line.heard = heard
        yield line


async def join(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    host: str,
    port: int,
    *,
    before: bytes = b"",
    after: bytes = b"",
) -> None:
    """Connect two wires: say `before` to the caller, `after` to the host, then carry whatever comes, both ways."""
    far_reader, far_writer = await asyncio.open_connection(host, port)

    async def carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()

    try:
        writer.write(before)
        far_writer.write(after)
        ways = [asyncio.create_task(carry(reader, far_writer)), asyncio.create_task(carry(far_reader, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
    finally:
        far_writer.transport.abort()
        await asyncio.sleep(0)


@asynccontextmanager
async def http_proxy(user: str = "", password: str = "") -> AsyncIterator[Line]:
    """A proxy that tunnels CONNECT and forwards plain requests; 407 for a wrong name or password."""
    heard: list[Heard] = []
    wanted = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (request := await hear(reader)) is not None:
            heard.append(request)
            if user and request.headers.get("proxy-authorization") != wanted:
                writer.write(say(407, b"who are you?"))
                await writer.drain()
                continue
            if request.method == "CONNECT":
                host, port = request.target.rsplit(":", 1)
                await join(reader, writer, host, int(port), before=b"HTTP/1.1 200 Go on\r\n\r\n")
                return
            address = urlsplit(request.target)
            lines = [f"{request.method} {address.path} HTTP/1.1"]
            lines += [f"{name}: {value}" for name, value in request.headers.items()]
            message = "\r\n".join(lines).encode() + b"\r\n\r\n" + request.body
            await join(reader, writer, address.hostname or "", address.port or 80, after=message)
            return

    async with listening(talk) as line:
        line.heard = heard
        yield line


@asynccontextmanager
async def socks_proxy(user: str = "", password: str = "", reply: int = 0) -> AsyncIterator[Line]:
    """A SOCKS5 proxy; it notes each destination as it was named: `name host:port` or `address host:port`."""
    heard: list[Heard] = []

    async def text(reader: asyncio.StreamReader) -> str:
        return (await reader.readexactly((await reader.readexactly(1))[0])).decode()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        methods = await reader.readexactly((await reader.readexactly(2))[1])
        method = 2 if user else 0
        if method not in methods:
            writer.write(b"\x05\xff")
            return
        writer.write(bytes([5, method]))
        if user:
            await reader.readexactly(1)
            given = [await text(reader), await text(reader)]
            writer.write(bytes([1, given != [user, password]]))
            if given != [user, password]:
                return
        kind = (await reader.readexactly(4))[3]
        if kind == 3:
            host = await text(reader)
        else:
            host = ".".join(str(byte) for byte in await reader.readexactly(4))
        port = int.from_bytes(await reader.readexactly(2))
        heard.append(Heard(f"{'name' if kind == 3 else 'address'} {host}:{port}", {}, b""))
        answer = bytes([5, reply, 0, 1, 127, 0, 0, 1, 0, 0])
        if reply:
            writer.write(answer)
            await writer.drain()
            return
        await join(reader, writer, host, port, before=answer)

    async with listening(talk) as line:
        line.heard = heard
        yield line
