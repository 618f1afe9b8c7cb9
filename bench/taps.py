"""What one tap on 报名 costs: the whole bot on a real database, beside a bare library bot that only answers.

Both run as processes of their own against the practice Telegram on loopback, in turn, several rounds; the processor
time is the operating system's own count. Run it with `make bench`. The ratio inside one run is the result.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from bot.units import make_units
from models import events, facts, organising
from models.events import EventState
from models.house import House
from models.people import Account, Member, Person
from models.schema import migrate
from sandbox.chats import Chat
from sandbox.people import Person as SandboxPerson
from sandbox.people import Press
from sandbox.serving import Address, serving
from sandbox.world import Group, Someone, World
from sandbox.world import Settings as WorldSettings

OUTSTANDING = 200
LIMIT = 120.0  # seconds a round may take

BARE = """
import asyncio, os
from telegram.ext import Application, CallbackQueryHandler
async def answer(update, context):
    await update.callback_query.answer("ok")
api = os.environ["STAFFHOME_TELEGRAM__API"]
application = (Application.builder().token(os.environ["STAFFHOME_TELEGRAM__TOKEN"])
    .base_url(api + "/bot").base_file_url(api + "/file/bot")
    .concurrent_updates({concurrent}).build())
application.add_handler(CallbackQueryHandler(answer))
application.run_polling()
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--taps", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rows: dict[str, list[tuple[float, float, float]]] = {}
    for _ in range(options.rounds):
        for name, command in (
            ("bare library bot, one at a time", [sys.executable, "-c", BARE.replace("{concurrent}", "False")]),
            ("bare library bot, 16 at once", [sys.executable, "-c", BARE.replace("{concurrent}", "16")]),
            ("StaffHome, sign-up committed", [sys.executable, "-m", "bot"]),
        ):
            rows.setdefault(name, []).append(asyncio.run(_round(command, options.taps)))
    first = statistics.median(cpu for cpu, _, _ in next(iter(rows.values())))
    print(f"{options.taps} taps, {OUTSTANDING} at a time, {options.rounds} rounds, medians")
    print(f"{'':34}{'CPU s/1,000':>12}{'ratio':>8}{'taps/s':>9}{'p99 ms':>9}")
    for name, found in rows.items():
        cpu, rate, late = (statistics.median(column) for column in zip(*found, strict=True))
        print(f"{name:34}{cpu:12.2f}{cpu / first:8.2f}{rate:9.0f}{late * 1000:9.0f}")


async def _round(command: list[str], taps: int) -> tuple[float, float, float]:
    """CPU seconds per 1,000 taps, taps a second, and the 99th percentile from tap to answer in seconds."""
    patient = WorldSettings(answer_window=timedelta(minutes=10))  # a slow answer is to be measured, not refused
    names = [f"同事{number}" for number in range(taps)]
    world = World(people=[Someone(name) for name in names], group=Group("职工群", names), settings=patient)
    people = world.people()
    world.queue.drop()
    group = next(chat for chat in world.chats.values() if not chat.private)
    for person in people:
        person.user.started = True
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.db"
        await _furnish(url, [person.id for person in people], group.id, world)
        async with serving(world) as address:
            process = _start(command, address, url, Path(folder))
            try:
                people[0].press_data("events.join:1", chat=group)
                while not people[0].toasts():
                    assert process.poll() is None, "the bot ended"
                    await asyncio.sleep(0.05)
                return await _load(people[1:], group, process.pid)
            finally:
                process.terminate()
                process.wait()


async def _load(people: list[SandboxPerson], group: Chat, pid: int) -> tuple[float, float, float]:
    before, began = _cpu(pid), time.monotonic()
    pressed: dict[str, tuple[Press, float]] = {}
    late: list[float] = []
    waiting = list(people)
    while waiting or pressed:
        while waiting and len(pressed) < OUTSTANDING:
            press = waiting.pop().press_data("events.join:1", chat=group)
            pressed[press.id] = (press, time.monotonic())
        await asyncio.sleep(0.002)
        now = time.monotonic()
        assert now - began < LIMIT, f"{len(pressed)} taps are not answered"
        answered = [number for number, (press, _) in pressed.items() if press.answered]
        late += [now - pressed.pop(number)[1] for number in answered]
    took = time.monotonic() - began
    return (_cpu(pid) - before) / len(late) * 1000, len(late) / took, sorted(late)[int(len(late) * 0.99)]


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _start(command: list[str], address: Address, url: str, folder: Path) -> "subprocess.Popen[bytes]":
    (folder / "config.yaml").write_text("log: {level: ERROR}\n", "utf-8")
    if command[-1] == "bot":
        command = [*command, "--config", str(folder / "config.yaml"), "run"]
    environment = {
        **os.environ,
        "STAFFHOME_TELEGRAM__TOKEN": address.world.token,
        "STAFFHOME_TELEGRAM__API": address.url,
        "STAFFHOME_DATABASE__URL": url,
    }
    return subprocess.Popen(command, env=environment)


async def _furnish(url: str, ids: list[int], group: int, world: World) -> None:
    units = make_units(url, House())

    def work(session: Session) -> None:
        now = world.clock.now()
        for number, account in enumerate(ids):
            member = Member(number=f"{number:05d}", name=f"同事{number}", kinds=[], tags=[])
            session.add(member)
            session.flush()
            session.add(Account(id=account, member_id=member.id, name=member.name, first_at=now, reachable=True))
        facts.put(session, facts.STAFF_GROUP, group)
        chair = session.get_one(Account, ids[0])
        new = events.NewEvent(title="健步走", starts_at=now + timedelta(days=9), place="南门", places=50)
        organising.draft(session, new, Person(chair, chair.member), now).state = EventState.OPEN

    migrate(units._engine)  # type: ignore[attr-defined]
    await units.write(work)
    units.close()


if __name__ == "__main__":
    main()
