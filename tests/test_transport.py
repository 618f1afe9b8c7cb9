"""The wire to Telegram: our transport and the stock one go through the same trials and must end alike."""

from __future__ import annotations

import asyncio
import gc
import gzip
import io
import json
import logging
import shutil
import socket
import ssl
import subprocess
import time
import traceback
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

import pytest
from telegram import Bot, InputFile, InputMediaDocument, InputMediaPhoto
from telegram.error import BadRequest, ChatMigrated, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.request import BaseRequest

from bot.transport import AiohttpRequest, WireError, make_request, was_not_sent
from tests.wires import Heard, Line, answering, hear, http_proxy, listening, ok, say, socks_proxy

Kind = Literal["aiohttp", "httpx"]
Make = Callable[..., BaseRequest]
KINDS: tuple[Kind, ...] = ("aiohttp", "httpx")
TOKEN = "7012345678:AAFakeFakeFakeFakeFakeFakeFakeFake-_x"
ME = {"id": 7012345678, "is_bot": True, "first_name": "Home", "username": "home_bot"}
LETTER = {"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private", "first_name": "A"}}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param


@pytest.fixture
async def make(kind: Kind) -> AsyncIterator[Make]:
    """Build transports of the kind under trial; they are shut down when the trial is over."""
    made: list[BaseRequest] = []

    def build(**settings: object) -> BaseRequest:
        made.append(make_request(kind, **settings))
        return made[-1]

    yield build
    for request in made:
        await request.shutdown()


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No proxies that happen to be set here, and no authorities: reading all of them is half the time of a trial."""
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def bot(make: Make, line: Line, **settings: object) -> Bot:
    request = make(**settings)
    return Bot(TOKEN, f"{line.base}/bot", f"{line.base}/file/bot", request=request, get_updates_request=request)


async def failure(request: BaseRequest, url: str, **waits: float | None) -> TelegramError:
    with pytest.raises(TelegramError) as caught:
        await request.post(url, **waits)
    return caught.value


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@asynccontextmanager
async def silent_line() -> AsyncIterator[str]:
    """An address whose queue of callers is full: whoever connects waits for ever."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        address = server.getsockname()
        callers = []
        for _ in range(3):
            caller = socket.socket()
            caller.setblocking(False)
            caller.connect_ex(address)
            callers.append(caller)
        await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{address[1]}/bot{TOKEN}/getMe"
        for caller in callers:
            caller.close()


async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hear the request, never answer."""
    await hear(reader)
    await asyncio.sleep(60)


# What is asked and answered


async def test_a_bot_learns_who_it_is(make: Make) -> None:
    async with answering(lambda heard: ok(ME)) as line, bot(make, line) as home:
        assert home.username == "home_bot"
        assert line.heard[0].start == f"POST /bot{TOKEN}/getMe HTTP/1.1"


async def test_words_arrive_as_they_were_said(make: Make) -> None:
    async with answering(lambda heard: ok(LETTER)) as line:
        home = bot(make, line)
        message = await home.send_message(5, "职工之家 & 100% + «ok»\n🙂", disable_notification=True)
    assert message.message_id == 1
    assert "text=%E8%81%8C%E5%B7%A5" in line.heard[0].body.decode()


async def test_both_put_the_same_request_on_the_wire() -> None:
    seen: list[list[Heard]] = []
    for kind in KINDS:
        request = make_request(kind)
        async with answering(lambda heard: ok(LETTER)) as line:
            home = Bot(TOKEN, f"{line.base}/bot", request=request, get_updates_request=request)
            await home.send_message(5, "a b+c&d=é", reply_markup=None, disable_notification=True)
            await request.post(f"{line.base}/empty")
            await request.retrieve(f"{line.base}/file/a%20b/%E4%B8%AD.txt")
            await home.send_document(5, b"content", caption="字", filename='a "b" 中.txt')
            await request.shutdown()
        for heard in line.heard:
            for noise in ("host", "connection"):
                heard.headers.pop(noise, None)
            if boundary := heard.headers.get("content-type", "").partition("boundary=")[2]:
                heard.body = heard.body.replace(boundary.encode(), b"BOUNDARY")
                heard.headers["content-type"] = heard.headers["content-type"].replace(boundary, "BOUNDARY")
        seen.append(line.heard)
    assert seen[0] == seen[1]
    assert len(seen[0]) == 4


async def test_files_arrive_byte_for_byte(make: Make, tmp_path: Path) -> None:
    noise = bytes(range(256)) * 800
    path = tmp_path / "plan 2024.bin"
    path.write_bytes(noise)
    async with answering(lambda heard: ok(LETTER)) as line:
        home = bot(make, line)
        await home.send_document(5, noise, filename="计划.pdf", caption="第一")
        await home.send_document(5, io.BytesIO(noise), filename="b.bin")
        with path.open("rb") as file:
            file.read(100)
            await home.send_document(5, InputFile(file, read_file_handle=False))
    by_bytes, by_memory, by_handle = (heard.parts for heard in line.heard)
    assert ("caption", None, "text/plain", "第一".encode()) in by_bytes
    assert ("document", "计划.pdf", "application/pdf", noise) in by_bytes
    assert ("document", "b.bin", "application/octet-stream", noise) in by_memory
    assert ("document", "plan 2024.bin", "application/octet-stream", noise) in by_handle


async def test_a_stream_of_unknown_length_arrives(make: Make) -> None:
    class Pipe(io.RawIOBase):
        """Can be read once, from here on; nobody knows how long it is."""

        def __init__(self) -> None:
            self.left = [b"one ", b"two ", b"three"]

        def read(self, size: int = -1) -> bytes:
            return self.left.pop(0) if self.left else b""

    async with answering(lambda heard: ok(LETTER)) as line:
        with Pipe() as pipe:
            await bot(make, line).send_document(5, InputFile(pipe, filename="p.txt", read_file_handle=False))
    assert line.heard[0].headers["transfer-encoding"] == "chunked"
    assert ("document", "p.txt", "text/plain", b"one two three") in line.heard[0].parts


async def test_an_album_arrives_whole(make: Make) -> None:
    pictures = [bytes([shade]) * 70_000 for shade in (1, 2, 3)]
    async with answering(lambda heard: ok([LETTER])) as line:
        await bot(make, line).send_media_group(
            5, [InputMediaPhoto(picture, filename=f"{index}.jpg") for index, picture in enumerate(pictures)]
        )
        await bot(make, line).send_media_group(5, [InputMediaDocument(b"x", thumbnail=b"y"), InputMediaDocument(b"z")])
    media, *files = sorted(line.heard[0].parts, key=lambda part: part[0] != "media" and part[0] != "chat_id")[1:]
    named = {name: content for name, _, _, content in files}
    assert [named[item["media"].removeprefix("attach://")] for item in json.loads(media[3])] == pictures
    assert {content for _, _, _, content in line.heard[1].parts} >= {b"x", b"y", b"z"}


async def test_a_text_file_is_refused_alike() -> None:
    with io.StringIO("words") as file:
        errors = []
        for kind in KINDS:
            request = make_request(kind)
            home = Bot(TOKEN, "http://127.0.0.1:1/bot", request=request, get_updates_request=request)
            with pytest.raises(NetworkError) as caught:
                await home.send_document(5, InputFile(file, filename="a.txt", read_file_handle=False))  # type: ignore[arg-type]
            errors.append(str(caught.value))
            await request.shutdown()
    assert errors[0] == errors[1]


async def test_three_megabytes_are_fetched(make: Make) -> None:
    content = bytes(range(256)) * 12_288

    def answer(heard: Heard) -> bytes:
        if "getFile" in heard.target:
            return ok({"file_id": "f", "file_unique_id": "u", "file_path": "documents/计 划.bin"})
        return say(200, content)

    async with answering(answer) as line:
        file = await bot(make, line).get_file("f")
        assert bytes(await file.download_as_bytearray()) == content
    assert unquote(line.heard[1].target) == f"/file/bot{TOKEN}/documents/计 划.bin"


async def test_a_compressed_answer_is_read(make: Make) -> None:
    async with answering(
        lambda heard: say(200, gzip.compress(b'{"ok":true,"result":7}'), Content_Encoding="gzip")
    ) as line:
        assert await make().post(f"{line.base}/x") == 7


async def test_chunks_and_an_answer_that_ends_with_the_line_are_read(make: Make) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await hear(reader)
        assert request is not None
        if request.target == "/chunked":
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for piece in (b'{"ok":true,', b'"result":1}'):
                writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                await asyncio.sleep(0.01)
            writer.write(b"0\r\n\r\n")
        else:
            writer.write(b'HTTP/1.1 200 OK\r\n\r\n{"ok":true,"result":2}')

    async with listening(talk) as line:
        request = make()
        assert await request.post(f"{line.base}/chunked") == 1
        assert await request.post(f"{line.base}/until-the-end") == 2


NO = {"ok": False, "description": "Bad Request: chat not found"}


@pytest.mark.parametrize("status", [300, 400, 401, 403, 404, 409, 413, 429, 499, 500, 502])
@pytest.mark.parametrize("body", [NO, {"ok": False}, b"<html>\xff</html>", b""])
async def test_a_refusal_means_the_same_on_both(status: int, body: object) -> None:
    assert await told_by_both(say(status, body)) == (type(await refusal(say(status, body))), None)


@pytest.mark.parametrize(
    ("status", "body", "meant"),
    [
        (429, {"ok": False, "description": "Too Many Requests", "parameters": {"retry_after": 7}}, RetryAfter),
        (400, {"ok": False, "description": "upgraded", "parameters": {"migrate_to_chat_id": -1007}}, ChatMigrated),
        (400, {"ok": False, "description": "odd", "parameters": {"something": "new"}}, BadRequest),
        (401, {"ok": False, "description": "Unauthorized"}, InvalidToken),
        (200, b"this is not JSON", TelegramError),
        (200, b"", TelegramError),
        (204, b"", TelegramError),
        (302, b"", NetworkError),
    ],
)
@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")  # of the type of retry_after
async def test_a_refusal_with_particulars_means_the_same_on_both(
    status: int, body: object, meant: type[TelegramError]
) -> None:
    assert await told_by_both(say(status, body, Location="/elsewhere")) == (meant, None)


async def refusal(answer: bytes, kind: Kind = "httpx") -> TelegramError:
    request = make_request(kind)
    async with answering(lambda heard: answer) as line:
        error = await failure(request, f"{line.base}/bot{TOKEN}/sendMessage")
        await request.shutdown()
    assert len(line.heard) == 1, "a refused request was repeated, or a redirect followed"
    return error


async def told_by_both(answer: bytes) -> tuple[type[TelegramError], None]:
    """The class that both raise for an answer, having checked that the words are the same and nothing is 'unsent'."""
    ours, stock = await refusal(answer, "aiohttp"), await refusal(answer, "httpx")
    assert (type(ours), str(ours), vars(ours)) == (type(stock), str(stock), vars(stock))
    assert not was_not_sent(ours)
    assert not was_not_sent(stock)
    return type(ours), None


# What goes wrong on the way


async def test_nobody_listens(make: Make) -> None:
    error = await failure(make(), f"http://127.0.0.1:{unused_port()}/x")
    assert type(error) is NetworkError
    assert was_not_sent(error)


async def test_the_line_is_never_picked_up(make: Make) -> None:
    async with silent_line() as url:
        error = await failure(make(connect_timeout=0.2), url)
    assert type(error) is TimedOut
    assert was_not_sent(error)


async def test_no_connection_is_free(make: Make) -> None:
    async with listening(never) as line:
        request = make(pool=2, pool_timeout=0.1, read_timeout=0.25)
        busy = [asyncio.create_task(failure(request, f"{line.base}/x")) for _ in range(2)]
        await asyncio.sleep(0.05)
        error = await failure(request, f"{line.base}/x")
        await asyncio.gather(*busy)
    assert type(error) is TimedOut
    assert str(error).startswith("Pool timeout: All connections in the connection pool are occupied. Request was *not*")
    assert was_not_sent(error)
    assert line.calls == 2


async def test_the_answer_does_not_come(make: Make) -> None:
    async with listening(never) as line:
        error = await failure(make(read_timeout=0.1), f"{line.base}/x")
    assert type(error) is TimedOut
    assert not was_not_sent(error)


async def test_the_answer_stops_half_way(make: Make) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await asyncio.sleep(60)

    async with listening(talk) as line:
        error = await failure(make(read_timeout=0.1), f"{line.base}/x")
    assert type(error) is TimedOut
    assert not was_not_sent(error)


async def test_a_slow_but_steady_answer_is_waited_for(make: Make) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        for byte in ok("slow"):
            writer.write(bytes([byte]))
            await asyncio.sleep(0.005)

    async with listening(talk) as line:
        assert await make(read_timeout=0.3).post(f"{line.base}/x") == "slow"


async def test_an_upload_nobody_reads_is_given_up(make: Make) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    async with listening(talk) as line:
        home = bot(make, line, write_timeout=30, media_write_timeout=0.2)
        with pytest.raises(TimedOut) as caught:
            await home.send_document(5, bytes(30_000_000), read_timeout=30)
        assert not was_not_sent(caught.value)
        with pytest.raises(TimedOut):
            await home.send_document(5, bytes(30_000_000), read_timeout=30, write_timeout=0.1)


async def test_an_upload_taken_slowly_succeeds(make: Make) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)
        assert await hear(reader) is not None
        writer.write(ok(LETTER))

    async with listening(talk) as line:
        await bot(make, line, write_timeout=0.1, read_timeout=0.1).send_document(5, bytes(12_000_000), read_timeout=5)


async def test_a_refusal_comes_before_the_upload_is_done(make: Make) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(say(413, {"ok": False, "description": "Request Entity Too Large"}, Connection="close"))
        while await reader.read(1 << 20):
            pass

    async with listening(talk) as line:
        with pytest.raises(NetworkError, match="Request Entity Too Large"):
            await bot(make, line).send_document(5, bytes(12_000_000))


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hang up before anything is heard."""


async def hang_up_after_hearing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await hear(reader)


async def reset_after_hearing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await hear(reader)
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    writer.transport.abort()


async def hang_up_in_the_middle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await hear(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")


async def hang_up_among_the_headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await hear(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Le")


async def talk_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await hear(reader)
    writer.write(b"* OK IMAP4rev1 ready\r\n\r\n")


async def lie_about_compression(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await hear(reader)
    writer.write(say(200, b"not gzip at all", Content_Encoding="gzip"))


BROKEN = [
    hang_up,
    hang_up_after_hearing,
    reset_after_hearing,
    hang_up_in_the_middle,
    hang_up_among_the_headers,
    talk_nonsense,
    lie_about_compression,
]


@pytest.mark.parametrize("talk", BROKEN)
@pytest.mark.parametrize("size", [10, 3_000_000])
async def test_a_broken_line_leaves_the_fate_unknown(make: Make, talk: object, size: int) -> None:
    async with listening(talk) as line:  # type: ignore[arg-type]
        with pytest.raises(NetworkError) as caught:
            await bot(make, line).send_document(5, bytes(size))
    assert type(caught.value) is NetworkError
    assert not was_not_sent(caught.value)
    assert line.calls == 1, "it was sent again"


async def test_an_address_that_is_none(make: Make) -> None:
    for url in ("ftp://127.0.0.1/x", "http://", "127.0.0.1/x"):
        error = await failure(make(), url)
        assert type(error) is NetworkError
        assert was_not_sent(error), url


async def test_a_wait_can_be_set_for_one_request(make: Make) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await hear(reader):
            await asyncio.sleep(0.12)
            writer.write(ok(1))

    async with listening(talk) as line:
        request = make(read_timeout=0.05)
        assert request.read_timeout == 0.05
        assert type(await failure(request, f"{line.base}/x")) is TimedOut
        assert await request.post(f"{line.base}/x", read_timeout=None) == 1
        assert await request.post(f"{line.base}/x", read_timeout=2, write_timeout=None, connect_timeout=None) == 1
        assert type(await failure(request, f"{line.base}/x", read_timeout=0)) is TimedOut
        forever = make(read_timeout=None, write_timeout=None, connect_timeout=None, pool_timeout=None)
        assert forever.read_timeout is None
        assert await forever.post(f"{line.base}/x") == 1


# Connections


async def test_connections_are_kept(make: Make) -> None:
    async with answering(lambda heard: ok()) as line:
        request = make()
        for _ in range(20):
            await request.post(f"{line.base}/x")
    assert line.calls == 1


async def test_a_server_that_hangs_up_after_every_answer_does_no_harm(make: Make) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        writer.write(ok())

    async with listening(talk) as line:
        request = make()
        for pause in [0.0] * 40 + [0.001] * 10:  # the end of the line is there before, with or after our look
            assert await request.post(f"{line.base}/x") is True
            await asyncio.sleep(pause)
    assert line.calls == 50


async def test_a_line_that_ended_while_the_bot_was_busy_is_not_written_to(make: Make) -> None:
    """The end has come, but the loop has had no time to notice: writing now would leave a letter's fate unknown."""
    heard: list[bytes] = []

    def serve(server: socket.socket) -> None:
        for _ in range(2):
            caller, _ = server.accept()
            with caller:
                heard.append(caller.recv(65536))
                caller.sendall(ok())

    with socket.create_server(("127.0.0.1", 0)) as server:
        serving = asyncio.create_task(asyncio.to_thread(serve, server))
        request = make()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        assert await request.post(url)
        time.sleep(0.05)
        assert await request.post(url)
        await serving
    assert len(heard) == 2


async def test_two_hundred_at_once_share_the_pool(make: Make) -> None:
    async with answering(lambda heard: ok(heard.target)) as line:
        request = make(pool=32, pool_timeout=10)
        for _ in range(2):
            answers = await asyncio.gather(*(request.post(f"{line.base}/{number}") for number in range(200)))
            assert answers == [f"/{number}" for number in range(200)]
    assert line.most_open <= 32
    assert line.calls <= 32, "kept connections were thrown away"


async def test_a_cancelled_request_gives_its_place_back(make: Make) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (request := await hear(reader)) is not None:
            await asyncio.sleep(60 if request.target == "/slow" else 0)
            writer.write(ok("quick"))

    async with listening(talk) as line:
        request = make(pool=1, pool_timeout=0.5)
        slow = asyncio.create_task(request.post(f"{line.base}/slow"))
        waiting = asyncio.create_task(request.post(f"{line.base}/slow"))
        await asyncio.sleep(0.05)
        for task in (waiting, slow):
            task.cancel()
        for task in (waiting, slow):
            with pytest.raises(asyncio.CancelledError):
                await task
        assert await request.post(f"{line.base}/quick") == "quick"


async def test_it_can_be_shut_down_and_started_again(make: Make) -> None:
    async with answering(lambda heard: ok()) as line:
        request = make()
        assert await request.post(f"{line.base}/before-it-was-started")
        await request.initialize()
        await request.initialize()
        await request.shutdown()
        await request.shutdown()
        error = await failure(request, f"{line.base}/x")
        assert type(error) is NetworkError
        assert str(error).endswith("is not initialized!')")
        assert was_not_sent(error)
        with pytest.raises(RuntimeError, match="is not initialized!"):
            await request.do_request(f"{line.base}/x", "POST")
        async with request:
            assert await request.post(f"{line.base}/x")


@pytest.mark.parametrize("size", [1, 30_000_000])
async def test_shutdown_closes_every_connection(make: Make, size: int) -> None:
    """Idle ones and those in use, also one that is stuck in an upload; nothing is left for the collector to find."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        start = await reader.readuntil(b"\r\n\r\n")
        if b"/idle" in start:
            writer.write(ok())
            await reader.read(1)
        else:
            await asyncio.sleep(0.6)
            await reader.read()

    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        async with listening(talk) as line:
            home = bot(make, line)
            await asyncio.gather(*(home.request.post(f"{line.base}/idle") for _ in range(3)))
            stuck = asyncio.create_task(home.send_document(5, bytes(size), read_timeout=30))
            await asyncio.sleep(0.1)
            async with asyncio.timeout(5):
                await home.request.shutdown()
            if isinstance(home.request, AiohttpRequest):  # the stock one lets those in use run on
                with pytest.raises(NetworkError) as caught:
                    await stuck
                assert not was_not_sent(caught.value)
            else:
                stuck.cancel()
                await asyncio.gather(stuck, return_exceptions=True)
            async with asyncio.timeout(5):
                while line.open:
                    await asyncio.sleep(0.02)
        del home, stuck
        gc.collect()


# Proxies


async def test_a_plain_request_goes_through_an_http_proxy(make: Make) -> None:
    async with answering(lambda heard: ok(ME)) as line, http_proxy("职工", "p@ss:w/rd") as proxy:
        address = proxy.base.replace("://", "://%E8%81%8C%E5%B7%A5:p%40ss%3Aw%2Frd@")
        assert await make(proxy=address).post(f"{line.base}/bot{TOKEN}/getMe") == ME
        assert proxy.heard[0].start == f"POST {line.base}/bot{TOKEN}/getMe HTTP/1.1"
        refused = await failure(make(proxy=proxy.base), f"{line.base}/x")
    assert len(line.heard) == 1
    assert (type(refused), "407" in str(refused)) == (NetworkError, True)


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
async def test_a_request_goes_through_a_socks_proxy(make: Make, kind: Kind, scheme: str) -> None:
    async with answering(lambda heard: ok(ME)) as line, socks_proxy("home", "p@ss") as proxy:
        address = f"{scheme}://home:p%40ss@127.0.0.1:{proxy.port}"
        if kind == "httpx" and find_spec("socksio") is None:
            with pytest.raises(RuntimeError, match=r"python-telegram-bot\[socks\]"):
                make(proxy=address)
            return
        request = make(proxy=address)
        assert await request.post(f"{line.base}/x") == ME
        assert await request.post(f"http://localhost:{line.port}/x") == ME
        assert [heard.start for heard in proxy.heard] == [
            f"address 127.0.0.1:{line.port}",
            f"name localhost:{line.port}",
        ]
        for user in ("home:wrong@", ""):
            await sent_nothing_by_socks(make(proxy=f"{scheme}://{user}127.0.0.1:{proxy.port}"))


async def test_a_socks_proxy_cannot_reach_telegram(make: Make, kind: Kind) -> None:
    if kind == "httpx":
        pytest.importorskip("socksio")
    async with socks_proxy(reply=5) as proxy:
        await sent_nothing_by_socks(make(proxy=f"socks5://127.0.0.1:{proxy.port}"))
    await sent_nothing_by_socks(make(proxy=f"socks5://127.0.0.1:{unused_port()}"))


async def sent_nothing_by_socks(request: BaseRequest) -> None:
    error = await failure(request, "http://127.0.0.1:9/x")
    assert type(error) is NetworkError
    assert was_not_sent(error)
    if not isinstance(request, AiohttpRequest):
        del error  # the stock one forgets to close a connection that a socks proxy refused
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            await request.shutdown()
            gc.collect()


async def test_a_silent_socks_proxy_does_not_hold_a_letter_for_ever() -> None:
    """Ours only: the stock transport waits without end for the word of a socks proxy."""
    async with listening(never) as proxy:
        request = make_request(
            "aiohttp", proxy=f"socks5://127.0.0.1:{proxy.port}", connect_timeout=0.1, read_timeout=0.1
        )
        error = await failure(request, "http://127.0.0.1:9/x")
        await request.shutdown()
    assert type(error) is TimedOut
    assert was_not_sent(error)


async def test_a_proxy_that_refuses_the_tunnel_sent_nothing(make: Make) -> None:
    async with http_proxy("home", "secret") as proxy:
        for user in ("", "home:wrong@"):
            error = await failure(make(proxy=f"http://{user}127.0.0.1:{proxy.port}"), "https://127.0.0.1:9/x")
            assert type(error) is NetworkError
            assert "407" in str(error)
            assert was_not_sent(error)
    gone = await failure(make(proxy=f"http://127.0.0.1:{unused_port()}"), "https://127.0.0.1:9/x")
    assert type(gone) is NetworkError
    assert was_not_sent(gone)


async def test_a_proxy_that_hangs_up_or_falls_silent_before_the_tunnel_stands(make: Make, kind: Kind) -> None:
    """Nothing of the request was out yet. Ours knows it; the stock one cannot tell and says unknown."""
    async with listening(hang_up_after_hearing) as proxy:
        error = await failure(make(proxy=proxy.base), "https://127.0.0.1:9/x")
    assert type(error) is NetworkError
    assert was_not_sent(error) is (kind == "aiohttp")
    async with listening(never) as proxy:
        error = await failure(make(proxy=proxy.base, connect_timeout=0.1, read_timeout=0.1), "https://127.0.0.1:9/x")
    assert type(error) is TimedOut
    assert was_not_sent(error) is (kind == "aiohttp")


@pytest.mark.parametrize("address", ["ftp://127.0.0.1:1", "socks4://127.0.0.1:1", "127.0.0.1:1"])
def test_a_proxy_we_cannot_use_is_told_at_once(kind: Kind, address: str) -> None:
    with pytest.raises(ValueError, match=r"(?i)proxy"):
        make_request(kind, proxy=address)


@pytest.mark.parametrize(
    ("environment", "proxied"),
    [
        ({}, False),
        ({"HTTP_PROXY": "PROXY"}, True),
        ({"http_proxy": "PROXY"}, True),
        ({"HTTP_PROXY": "BARE"}, True),
        ({"HTTPS_PROXY": "PROXY"}, False),
        ({"ALL_PROXY": "PROXY"}, True),
        ({"ALL_PROXY": "http://127.0.0.1:1", "HTTP_PROXY": "PROXY"}, True),
        ({"ALL_PROXY": "PROXY", "NO_PROXY": "*"}, False),
        ({"ALL_PROXY": "PROXY", "NO_PROXY": "localhost"}, False),
        ({"ALL_PROXY": "PROXY", "NO_PROXY": "127.0.0.1, example.org"}, True),
        ({"ALL_PROXY": "PROXY", "NO_PROXY": "::1, host, localhos"}, True),
        ({"ALL_PROXY": "PROXY", "NO_PROXY": "http://localhost"}, False),
        ({"ALL_PROXY": "PROXY", "NO_PROXY": "https://localhost"}, True),
        ({"ALL_PROXY": "PROXY", "NO_PROXY": "*ocalhost"}, True),
        ({"ALL_PROXY": "PROXY", "NO_PROXY": ".localhost"}, True),
        ({"ALL_PROXY": "PROXY", "NO_PROXY": "localhost:1"}, True),
        ({"ALL_PROXY": "PROXY", "NO_PROXY": "localhost:PORT"}, False),
    ],
)
async def test_the_environment_names_the_proxy(
    make: Make, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], proxied: bool
) -> None:
    async with answering(lambda heard: ok()) as line, http_proxy() as proxy:
        bare = f"127.0.0.1:{proxy.port}"
        for name, value in environment.items():
            value = value.replace("PROXY", proxy.base).replace("BARE", bare).replace("PORT", str(line.port))
            monkeypatch.setenv(name, value)
        await make().post(f"http://localhost:{line.port}/x")
        assert bool(proxy.heard) is proxied
        del proxy.heard[:]
        await make(proxy=proxy.base).post(f"http://localhost:{line.port}/x")
        assert proxy.heard, "a named proxy goes before the environment"


# TLS


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 and localhost that nobody trusts until told to, with its key in the same file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here to make a certificate")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    names = "subjectAltName=IP:127.0.0.1,DNS:localhost"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    files = ["-addext", names, "-keyout", path, "-out", path.with_suffix(".crt")]
    subprocess.run([*command.split(), *files], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_tls_directly_and_through_proxies(
    make: Make, kind: Kind, tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with (
        answering(lambda heard: ok(heard.target), tls) as line,
        http_proxy("home", "secret") as proxy,
        socks_proxy() as socks,
    ):
        ways = [None, f"http://home:secret@127.0.0.1:{proxy.port}"]
        if kind == "aiohttp" or find_spec("socksio"):
            ways.append(f"socks5://127.0.0.1:{socks.port}")
        for way in ways:
            request = make(proxy=way)
            assert await asyncio.gather(*(request.post(f"{line.base}/x{n}") for n in range(5))) == [
                f"/x{n}" for n in range(5)
            ]
            assert await request.post(f"{line.base}/again") == "/again"
            assert await Bot(TOKEN, f"{line.base}/bot", request=request, get_updates_request=request).do_api_request(
                "upload", {"document": InputFile(bytes(500_000), filename="a.bin")}
            )
            await request.shutdown()
        assert {heard.start for heard in proxy.heard} == {f"CONNECT 127.0.0.1:{line.port} HTTP/1.1"}
        assert line.calls <= 5 * len(ways), "kept TLS connections were thrown away"


async def test_a_stranger_with_a_certificate_gets_nothing(make: Make, tls: ssl.SSLContext) -> None:
    async def talk_without_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(ok())

    async with answering(lambda heard: ok(), tls) as line, listening(talk_without_tls) as plain:
        stranger = await failure(make(), f"{line.base}/x")
        no_tls = await failure(make(), f"https://127.0.0.1:{plain.port}/x")
    for error in (stranger, no_tls):
        assert type(error) is NetworkError
        assert was_not_sent(error)
    assert line.heard == []


# Secrets


def told(error: BaseException | None) -> str:
    """Everything that an error and all behind it say of themselves."""
    words = []
    while error is not None:
        words += [str(error), repr(error), repr(vars(error)), *traceback.format_exception(error)]
        error = error.__cause__ or error.__context__
    return "\n".join(words)


async def test_the_token_and_the_proxy_password_are_never_shown(
    caplog: pytest.LogCaptureFixture, tls: ssl.SSLContext
) -> None:
    caplog.set_level(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)
    errors: list[TelegramError] = []

    async def fails(base: str, *, size: int = 0, **settings: object) -> None:
        request = make_request("aiohttp", **{"read_timeout": 0.03, "connect_timeout": 0.1} | settings)  # type: ignore[arg-type]
        home = Bot(TOKEN, f"{base}/bot", f"{base}/file/bot", request=request, get_updates_request=request)
        with pytest.raises(TelegramError) as caught:
            await (home.send_document(5, bytes(size)) if size else home.send_message(5, "hello"))
        errors.append(caught.value)
        with pytest.raises(TelegramError) as caught:
            await request.retrieve(f"{base}/file/bot{TOKEN}/a.txt")
        errors.append(caught.value)
        await request.shutdown()
        with pytest.raises(TelegramError) as caught:
            await home.get_me()
        errors.append(caught.value)

    nobody = f"127.0.0.1:{unused_port()}"
    await fails(f"http://{nobody}")
    await fails("ftp://127.0.0.1")
    await fails("nonsense")
    await fails("http://127.0.0.1:99999")
    async with silent_line() as url:
        await fails(url.partition("/bot")[0], connect_timeout=0.03)
    for talk in (*BROKEN, never):
        async with listening(talk) as line:
            await fails(line.base)
            await fails(line.base, size=3_000_000)
            await fails(line.base, proxy=f"http://home:Pa55word@127.0.0.1:{line.port}")
            here = f"home:Pa55word@127.0.0.1:{line.port}"
            await fails("https://127.0.0.1:9", proxy=f"http://{here}", connect_timeout=0.03)
            await fails(line.base, proxy=f"socks5://{here}", connect_timeout=0.03)
    for scheme in ("http", "https", "socks5"):
        await fails("https://127.0.0.1:9", proxy=f"{scheme}://home:Pa55word@{nobody}")
    async with answering(lambda heard: b"", tls) as line:
        await fails(line.base)
        await fails("https://127.0.0.1:9", proxy=f"https://home:Pa55word@127.0.0.1:{line.port}")
    mistyped = "ftp://home:Pa55" + "word@127.0.0.1"
    with pytest.raises(ValueError, match="proxy") as refused:
        make_request("aiohttp", proxy=mistyped)
    gc.collect()

    # The library itself tells its address at DEBUG when a Bot is made; that is for the filter on the log to stop.
    log = [caplog.handler.format(entry) for entry in caplog.records if "Set Bot API " not in entry.getMessage()]
    everything = "\n".join([*log, told(refused.value), *map(told, errors)])
    assert len(errors) > 100
    assert TOKEN not in everything
    assert TOKEN.partition(":")[2] not in everything
    assert "Pa55word" not in everything
    assert all(isinstance(error.__cause__, WireError | RuntimeError | TelegramError) for error in errors)


async def test_an_error_still_says_what_was_wrong() -> None:
    request = make_request("aiohttp")
    refused = await failure(request, f"http://127.0.0.1:{unused_port()}/bot{TOKEN}/getMe")
    async with listening(hang_up_after_hearing) as line:
        cut = await failure(request, f"{line.base}/bot{TOKEN}/getMe")
    await request.shutdown()
    assert str(refused) == "aiohttp.ClientConnectorError: Connection refused"
    assert str(cut) == "aiohttp.ServerDisconnectedError"


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")  # of the type of retry_after
def test_an_error_from_elsewhere_is_unknown() -> None:
    errors = [NetworkError("Bad Gateway"), TimedOut(), RetryAfter(3), BadRequest("no")]
    for later, earlier in pairwise(errors):
        later.__cause__ = earlier
    errors[-1].__cause__ = errors[0]
    assert not any(was_not_sent(error) for error in errors)
