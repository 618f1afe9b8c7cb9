"""How soon people are answered while a broadcast to two thousand runs, at Telegram's own limits.

The bot is a process of its own against a strict practice Telegram; somebody asks for /me several times a second. The
result is the time from the question to the answer, beside the same with nothing else to do. Part of `make bench`.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bot.units import make_units
from models.house import House
from sandbox.people import Person
from sandbox.serving import serving
from sandbox.world import Someone, World
from tests.institute import template
from tests.kills import furnish, said, start

LETTER = "已经告诉工会"  # what the letters of the broadcast say
LIMIT = 60.0  # seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=5, help="questions a second")
    options = parser.parse_args()
    asyncio.run(_measure(options.people, options.rate))


def _letters(world: World) -> int:
    return sum(LETTER in str(call.params.get("text")) for call in world.sent("sendMessage"))


async def _ask(people: list[Person], rate: float, going: Callable[[], bool]) -> list[float]:
    """Let one after the other ask, and return the seconds each waited for an answer."""
    waits: list[float] = []
    asking: set[asyncio.Task[None]] = set()
    turn = 0

    async def ask(person: Person) -> None:
        own, began = person.send("/me")["message_id"], time.monotonic()
        while not any(line["bot"] and line["id"] > own and LETTER not in line["text"] for line in person.transcript()):
            assert time.monotonic() - began < LIMIT, "nobody answers"
            await asyncio.sleep(0.004)
        waits.append(time.monotonic() - began)

    while going():
        asking.add(asyncio.create_task(ask(people[-1 - turn % len(people)])))
        turn += 1
        await asyncio.sleep(1 / rate)
    await asyncio.gather(*asking)
    return waits


async def _measure(people: int, rate: float) -> None:
    world = World(people=[Someone(f"同事{number}") for number in range(people)], strict_flood=True)
    world.queue.drop()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{template(Path(folder))}"
        units = make_units(url, House())
        await units.write(lambda session: furnish(session, world, world.clock.now()))
        async with serving(world) as address:
            process = start(address, url, Path(folder), "log: {level: ERROR}\n")
            try:
                while not said(world):
                    await asyncio.sleep(0.02)
                began = time.monotonic()
                busy = await _ask(world.people(), rate, lambda: _letters(world) < people)
                took = time.monotonic() - began
                await asyncio.sleep(2)
                idle = await _ask(world.people(), rate, lambda: time.monotonic() < began + took + 22)
            finally:
                process.terminate()
                process.wait()
        units.close()
    print(f"{people} letters in {took:.0f} s, {rate:g} questions a second, {len(world.refused())} refusals")
    print(f"{'':20}{'answers':>8}{'p50 ms':>8}{'p95 ms':>8}{'p99 ms':>8}{'max ms':>8}")
    for name, waits in (("while it runs", busy), ("nothing else to do", idle)):
        waits.sort()
        shown = [waits[min(len(waits) - 1, int(len(waits) * part))] * 1000 for part in (0.5, 0.95, 0.99, 1)]
        print(f"{name:20}{len(waits):8}" + "".join(f"{each:8.0f}" for each in shown))


if __name__ == "__main__":
    main()
