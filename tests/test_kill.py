"""kill -9 at random points, while people press and while a broadcast runs: nothing lost, nothing applied twice."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.units import make_units
from models import events, letters, organising
from models.events import Entry, EntryState, EventState, Item
from models.inbox import Inbox
from models.people import Account, Member, Person, Unit
from sandbox.faults import Fault
from sandbox.serving import Address, serving
from sandbox.world import Group, Someone, World
from tests import kills
from tests.institute import settings_for

PEOPLE, PLACES, KILLS = 100, 20, 25
PRESSES = 3 * PEOPLE  # join, leave, join: whatever is applied twice or lost shows in the end


def furnish(session: Session, ids: list[int], now: datetime) -> int:
    unit = Unit(name="光电子实验室")
    session.add(unit)
    for number, account in enumerate(ids):
        member = Member(number=f"{number:04d}", name=f"同事{number}", unit=unit, kinds=[], tags=[])
        session.add(member)
        session.flush()
        session.add(Account(id=account, member_id=member.id, name=member.name, first_at=now, reachable=True))
    session.flush()
    chair = session.get_one(Account, ids[0])
    new = events.NewEvent(title="健步走", starts_at=now + timedelta(days=9), place="南门", places=PLACES)
    event = organising.draft(session, new, Person(chair, chair.member), now)
    event.state = EventState.OPEN
    return event.item.id


def start(address: Address, url: str, folder: Path) -> "subprocess.Popen[bytes]":
    """The bot as an operator starts it, as a process of its own."""
    config = folder / "config.yaml"
    config.write_text("lanes: 4\n", "utf-8")
    environment = {
        **os.environ,
        "STAFFHOME_TELEGRAM__TOKEN": address.world.token,
        "STAFFHOME_TELEGRAM__API": address.url,
        "STAFFHOME_DATABASE__URL": url,
        "STAFFHOME_LOG__LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "bot", "--config", str(config), "run"]
    return subprocess.Popen(command, env=environment)


@pytest.mark.slow
async def test_nothing_is_lost_and_nothing_done_twice(sqlite_url: str, tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    people = [Someone(f"同事{number}") for number in range(PEOPLE)]
    world = World(people=people, group=Group("职工群", ["同事0"]))
    world.queue.drop()
    now = world.clock.now()
    units = make_units(sqlite_url, settings_for(sqlite_url).house)
    ids = [person.id for person in world.people()]
    item = await units.write(lambda session: furnish(session, ids, now))
    world.faults.add(Fault(kind="delay", method="answerCallbackQuery", times=10**6, delay=0.03))
    presses = []
    for button in ("join", "leave", "join"):
        for person in world.people():
            person.user.started = True
            presses.append(person.press_data(f"events.{button}:{item}"))
    points = sorted(chance.sample(range(5, PRESSES - 5), KILLS))

    def done(session: Session) -> int:
        return len(session.scalars(select(Inbox.id).where(Inbox.done_at.is_not(None))).all())

    async with serving(world) as address:
        process = start(address, sqlite_url, tmp_path)
        try:
            for point in points:
                while await units.read(done) < point:
                    assert process.poll() is None, "the bot ended by itself"
                    await asyncio.sleep(0.005)
                await asyncio.sleep(chance.random() * 0.03)
                process.send_signal(signal.SIGKILL)
                process.wait()
                process = start(address, sqlite_url, tmp_path)
            for _ in range(1200):
                if await units.read(done) == PRESSES:
                    break
                await asyncio.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, 10) == 0
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()

    def look(session: Session) -> tuple[int, int, int, list[int], int]:
        row = session.get_one(Item, item)
        tickets = list(session.scalars(select(Entry.ticket).order_by(Entry.ticket)))
        inside = len(session.scalars(select(Entry.id).where(Entry.state == EntryState.IN)).all())
        return row.tickets, row.taken, row.waiting, tickets, inside

    drawn, taken, waiting, tickets, inside = await units.read(look)
    assert await units.read(done) == PRESSES
    assert drawn == 2 * PEOPLE  # every join took effect exactly once
    assert (taken, waiting, inside) == (PLACES, PEOPLE - PLACES, PLACES)
    assert len(set(tickets)) == PEOPLE
    units.close()


@pytest.mark.slow
async def test_told_to_stop_it_ends_within_five_seconds_however_slow_telegram_is(
    sqlite_url: str, tmp_path: Path
) -> None:
    people = [Someone(f"同事{number}") for number in range(PRESSES)]
    world = World(people=people, group=Group("职工群", ["同事0"]))
    world.queue.drop()
    now = world.clock.now()
    units = make_units(sqlite_url, settings_for(sqlite_url).house)
    ids = [person.id for person in world.people()]
    item = await units.write(lambda session: furnish(session, ids, now))

    def write(session: Session) -> None:
        for account in ids[:50]:
            letters.post(
                session, f"k:{account}", session.get_one(Account, account), "people.corrected", now, urgent=True
            )

    await units.write(write)
    for method in ("answerCallbackQuery", "sendMessage"):
        world.faults.add(Fault(kind="delay", method=method, times=10**6, delay=30))
    for person in world.people():
        person.user.started = True
        person.press_data(f"events.join:{item}")

    def kept(session: Session) -> int:
        return session.scalar(select(func.count()).select_from(Inbox)) or 0

    async with serving(world) as address:
        process = start(address, sqlite_url, tmp_path)
        try:
            for _ in range(1200):
                if await units.read(kept) == PRESSES and world.calls:
                    break
                await asyncio.sleep(0.02)
            await asyncio.sleep(4)  # the first answers are given up, the next ones begin
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, 10) == 0
            took = time.monotonic() - began
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    waiting = await units.read(lambda s: s.scalar(select(func.count()).where(Inbox.done_at.is_(None))))
    assert await units.read(kept) == PRESSES
    assert waiting > 200
    print(f"{took:.1f} s")
    assert took < 5
    units.close()


@pytest.mark.slow
@pytest.mark.parametrize(("killed", "probe_after"), [(12, None), (3, 3.0)])
async def test_a_broadcast_killed_again_and_again_loses_nobody(
    sqlite_url: str, tmp_path: Path, killed: int, probe_after: float | None
) -> None:
    """As many kills as fit into forty seconds; `make kills` does twenty-five."""
    seed = random.randrange(10**6)
    outcome = await kills.broadcast(
        sqlite_url, tmp_path, kills=killed, probe_after=probe_after, per_second=400, seed=seed
    )
    print(f"seed {seed}: {outcome}")
    assert outcome.lost == 0
    assert outcome.in_flight <= 8 * killed
    assert outcome.doubled <= (outcome.in_flight if probe_after is None else 0)
