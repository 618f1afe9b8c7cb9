"""A broadcast over a real socket whose bot is killed again and again: what is lost, and what is said twice.

`make kills` does the whole of it: 2,000 people, 25 kills, without the probe and with it.
"""

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.units import make_units
from models import broadcasts, letters
from models.letters import Letter, State
from models.people import Account, Member
from sandbox.faults import Fault
from sandbox.serving import Address, serving
from sandbox.world import Someone, World
from tests.institute import settings_for, template

TEXT = "people.corrected"
OPEN = (State.DUE, State.SENDING, State.ASKED)
PATIENCE = 900.0  # seconds until the last letter must be settled


@dataclass(frozen=True)
class Outcome:
    """What became of a broadcast."""

    people: int
    kills: int
    in_flight: int  # letters that were being sent at the kills
    lost: int
    doubled: int  # messages too many
    marked: int  # of all messages, those that say of themselves that they are a repeat
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.people} people, {self.kills} kills, {self.in_flight} in flight: {self.lost} lost, "
            f"{self.doubled} doubled, {self.marked} marked as repeats, {self.seconds:.0f} s"
        )


def start(address: Address, url: str, folder: Path, settings: str) -> "subprocess.Popen[bytes]":
    """The bot as an operator starts it, as a process of its own."""
    config = folder / "config.yaml"
    config.write_text(settings, "utf-8")
    environment = {
        **os.environ,
        "STAFFHOME_TELEGRAM__TOKEN": address.world.token,
        "STAFFHOME_TELEGRAM__API": address.url,
        "STAFFHOME_DATABASE__URL": url,
        "STAFFHOME_LOG__LEVEL": "ERROR",
    }
    return subprocess.Popen([sys.executable, "-m", "bot", "--config", str(config), "run"], env=environment)


def furnish(session: Session, world: World, now: datetime) -> None:
    """Everybody is a member with an account; one letter to each waits."""
    members = []
    for number, person in enumerate(world.people()):
        person.user.seen = person.user.started = True
        member = Member(number=f"{number:05d}", name=person.name, kinds=[], tags=[])
        session.add(member)
        session.flush()
        session.add(Account(id=person.id, member_id=member.id, name=member.name, first_at=now, reachable=True))
        members.append(member)
    session.flush()
    broadcast = broadcasts.begin(session, "test:1", None, now)
    letters.post_all(session, "test:1", members, TEXT, now, broadcast_id=broadcast.id, urgent=True)


async def broadcast(
    url: str,
    folder: Path,
    *,
    people: int = 2000,
    kills: int = 25,
    probe_after: float | None = None,
    per_second: float = 150,
    seed: int = 0,
) -> Outcome:
    """Send to all, and kill the bot at random points."""
    chance = random.Random(seed)
    world = World(people=[Someone(f"同事{number}") for number in range(people)])
    units = make_units(url, settings_for(url).house)
    now = world.clock.now()
    await units.write(lambda session: furnish(session, world, now))
    # Half of a call's time is over before the message is there, half after.
    world.faults.add(Fault(kind="delay", method="sendMessage", times=10**9, delay=0.02, after=True))
    settings = f"pace: {{per_second: {per_second}, per_chat: 1000, per_group_minute: 1000}}\n"
    if probe_after is not None:
        settings += f"delivery: {{probe: true, probe_after: {probe_after}}}\n"
    points = sorted(chance.sample(range(people // 100, people - people // 100), kills))
    in_flight, began = 0, time.monotonic()
    async with serving(world) as address:
        process = start(address, url, folder, settings)
        try:
            for point in points:
                await _until(lambda point=point: said(world).total() >= point, process)  # type: ignore[misc]
                await asyncio.sleep(chance.random() * 0.05)
                process.send_signal(signal.SIGKILL)
                process.wait()
                in_flight += await units.read(lambda session: _count(session, State.SENDING))
                process = start(address, url, folder, settings)
            while await units.read(lambda session: _count(session, *OPEN)):
                assert process.poll() is None, "the bot ended by itself"
                assert time.monotonic() - began < PATIENCE, "letters are left over"
                await asyncio.sleep(0.1)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, 10) == 0
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    seconds = time.monotonic() - began
    units.close()
    found = said(world)
    marked = sum(
        message.json["text"].startswith("（") for chat in world.chats.values() for message in chat.messages.values()
    )
    return Outcome(people, kills, in_flight, people - len(found), found.total() - len(found), marked, seconds)


def said(world: World) -> Counter[int]:
    """How many messages each person has."""
    return Counter({chat.id: len(chat.messages) for chat in world.chats.values() if chat.messages})


def _count(session: Session, *states: State) -> int:
    return session.scalar(select(func.count()).where(Letter.state.in_(states))) or 0


async def _until(holds: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    while not holds():
        assert process.poll() is None, "the bot ended by itself"
        await asyncio.sleep(0.005)


async def _both(options: argparse.Namespace) -> None:
    ways = {"without": None, "with": options.probe_after}
    for name, probe_after in ways.items():
        if options.only not in (None, name):
            continue
        for number in range(options.rounds):
            seed = options.seed + number
            with tempfile.TemporaryDirectory() as folder:
                url = f"sqlite:///{template(Path(folder))}"
                outcome = await broadcast(
                    url,
                    Path(folder),
                    people=options.people,
                    kills=options.kills,
                    probe_after=probe_after,
                    per_second=options.per_second,
                    seed=seed,
                )
            print(f"{name} the probe, seed {seed}: {outcome}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--per-second", type=float, default=150)
    parser.add_argument("--probe-after", type=float, default=60, help="seconds before a letter in doubt is asked about")
    parser.add_argument("--only", choices=("without", "with"))
    asyncio.run(_both(parser.parse_args()))


if __name__ == "__main__":
    main()
