"""Both transports send the same letters to a loopback server; prints the processor time each of them takes.

Usage: ``python bench/transport.py [LETTERS] [ROUNDS]`` (2,000 and 5). The server runs in a process of its own, so the
figures are the bot's side alone; rounds alternate between the transports, and the medians are compared.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import sys
import time
from multiprocessing.connection import Connection
from typing import Literal

from telegram import Bot

from bot.transport import make_request

Kind = Literal["aiohttp", "httpx"]
TOKEN = "1000001:AAbenchmarkbenchmarkbenchmarkbench"
LETTER = b'{"ok":true,"result":{"message_id":1,"date":1,"chat":{"id":5,"type":"private","first_name":"A"},"text":"x"}}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(LETTER), LETTER)


class Server(asyncio.Protocol):
    """Answers every request with the same letter."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.pending = b""

    def data_received(self, data: bytes) -> None:
        self.pending += data
        while b"\r\n\r\n" in self.pending:
            head, _, rest = self.pending.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            if len(rest) < length:
                return
            self.pending = rest[length:]
            if isinstance(self.transport, asyncio.WriteTransport):
                self.transport.write(ANSWER)


def serve(pipe: Connection) -> None:
    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


async def send(kind: Kind, port: int, letters: int, at_once: int) -> tuple[float, float]:
    """Processor seconds and wall seconds per 1,000 letters, sent by ``at_once`` workers."""
    request = make_request(kind, pool=256, pool_timeout=30)
    bot = Bot(TOKEN, f"http://127.0.0.1:{port}/bot", request=request, get_updates_request=request)
    left = iter(range(letters))

    async def work() -> None:
        for number in left:
            await bot.send_message(5, f"Your place in the walking contest is {number}. 祝您健步如飞！")

    await bot.send_message(5, "warm up")
    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*(work() for _ in range(at_once)))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    await request.shutdown()
    return 1000 * cpu / letters, 1000 * wall / letters


def main() -> None:
    letters, rounds = (int(word) for word in (sys.argv[1:] + ["2000", "5"][len(sys.argv) - 1 :])[:2])
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=serve, args=(there,), daemon=True)
    server.start()
    port = here.recv()
    print(f"{letters} sendMessage, {rounds} rounds, medians; seconds per 1,000 letters")
    print("| at once | aiohttp CPU | httpx CPU | ratio | aiohttp wall | httpx wall |")
    print("|---|---|---|---|---|---|")
    for at_once in (1, 16, 64):
        figures: dict[Kind, list[tuple[float, float]]] = {"aiohttp": [], "httpx": []}
        for _ in range(rounds):
            for kind, taken in figures.items():
                taken.append(asyncio.run(send(kind, port, letters, at_once)))
        (ours, our_wall), (stock, stock_wall) = (
            tuple(statistics.median(column) for column in zip(*taken, strict=True)) for taken in figures.values()
        )
        print(
            f"| {at_once} | {ours:.2f} | {stock:.2f} | {ours / stock:.2f} | {our_wall:.2f} | {stock_wall:.2f} |",
            flush=True,
        )
    server.terminate()


if __name__ == "__main__":
    main()
