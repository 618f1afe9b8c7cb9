"""How many messages a second the practice Telegram takes: sendMessage with HTML and buttons, 64 connections at once.

The server runs in a process of its own, held to one processor; the letters come from this process on another one, over
plain sockets, so that nothing but the server is measured. Then the same without sockets. Run it with `make bench`.
Usage: ``python -m bench.sandbox [MESSAGES] [ROUNDS]`` (10,000 and 3).
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import statistics
import sys
import time
from multiprocessing.connection import Connection

from sandbox import Sandbox, Someone, World
from sandbox.serving import serving

TARGET = 2000  # messages a second of one processor
CONNECTIONS = 64
PEOPLE = 100
FIRST = 5_000_000_001
TEXT = (
    '<b>奥森健步走</b>\n🗓 12月1日（周二）15:00–17:00\n📍 南门集合，<a href="https://example.com/map">地图</a>\n\n'
    "请穿运动鞋，带好水杯。下雨改期，以群里通知为准。 <i>还有 12 个名额</i> 🎉"
)
KEYBOARD = {
    "inline_keyboard": [
        [{"text": "✅ 报名", "callback_data": "events.join:1"}, {"text": "❌ 取消", "callback_data": "events.leave:1"}],
        [{"text": "👀 谁去", "callback_data": "events.who:1"}, {"text": "🗺 地图", "url": "https://example.com/map"}],
    ]
}


def world() -> World:
    """People who have all pressed Start."""
    people = [Someone(f"同事{number}", id=FIRST + number) for number in range(PEOPLE)]
    made = World(people=people)
    for person in made.people():
        person.user.started = person.user.seen = True
    return made


def letter(token: str, number: int) -> bytes:
    """One request as a library writes it."""
    body = json.dumps(
        {
            "chat_id": FIRST + number % PEOPLE,
            "text": TEXT,
            "parse_mode": "HTML",
            "reply_markup": json.dumps(KEYBOARD, ensure_ascii=False),
        },
        ensure_ascii=False,
    ).encode()
    head = f"POST /bot{token}/sendMessage HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def serve(pipe: Connection, core: int) -> None:
    """Serve a world until told to end; answers each word on the pipe with the processor time used so far."""
    os.sched_setaffinity(0, {core})

    async def run() -> None:
        async with serving(world()) as address:
            pipe.send((address.port, address.world.token))
            while await asyncio.to_thread(pipe.recv):
                pipe.send((time.process_time(), sum(len(chat.messages) for chat in address.world.chats.values())))

    asyncio.run(run())


async def drive(port: int, letters: list[bytes]) -> None:
    """Send the letters over so many connections, each waiting for its answer before the next."""
    left = iter(letters)

    async def work() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in left:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))


async def in_process(letters: list[bytes]) -> float:
    """Messages per processor-second without sockets."""
    sandbox = Sandbox(world())

    async def send(message: object) -> None:
        assert not isinstance(message, dict) or message.get("status", 200) == 200

    began = time.process_time()
    for request in letters:
        head, _, body = request.partition(b"\r\n\r\n")

        async def receive(body: bytes = body) -> dict[str, object]:
            return {"type": "http.request", "body": body, "more_body": False}

        path = head.split(b" ", 2)[1].decode()
        headers = [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")]
        scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
        await sandbox(scope, receive, send)
    return len(letters) / (time.process_time() - began)


def main() -> None:
    count, rounds = (int(word) for word in (sys.argv[1:] + ["10000", "3"][len(sys.argv) - 1 :])[:2])
    cores = sorted(os.sched_getaffinity(0))
    context = multiprocessing.get_context("spawn")
    figures: list[tuple[float, float]] = []
    for _ in range(rounds):
        here, there = context.Pipe()
        server = context.Process(target=serve, args=(there, cores[0]), daemon=True)
        server.start()
        port, token = here.recv()
        os.sched_setaffinity(0, set(cores[1:]) or set(cores))
        letters = [letter(token, number) for number in range(count)]
        asyncio.run(drive(port, letters[:500]))  # warm up
        here.send(True)
        cpu, before = here.recv()
        began = time.perf_counter()
        asyncio.run(drive(port, letters))
        wall = time.perf_counter() - began
        here.send(True)
        after, kept = here.recv()
        assert kept - before == count, f"{kept - before} of {count} messages are there"
        figures.append((count / (after - cpu), count / wall))
        here.send(False)
        server.join()
    inside = statistics.median(asyncio.run(in_process(letters)) for _ in range(rounds))
    per_cpu, per_wall = (statistics.median(column) for column in zip(*figures, strict=True))
    print(f"{count} sendMessage with HTML and four buttons, {CONNECTIONS} connections, {rounds} rounds, medians")
    print(f"{'':44}{'messages/s':>12}{'target':>9}")
    print(f"{'over sockets, per second of one processor':44}{per_cpu:12,.0f}{TARGET:9,}")
    print(f"{'over sockets, per second of the clock':44}{per_wall:12,.0f}")
    print(f"{'in process, per second of one processor':44}{inside:12,.0f}{TARGET:9,}")
    if min(per_cpu, inside) < TARGET:
        sys.exit("below the target")


if __name__ == "__main__":
    main()
