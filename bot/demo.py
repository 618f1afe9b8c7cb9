"""The demo: a practice Telegram with a made-up institute, the bot in it, and one clock that moves both."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy.orm import Session

from bot import demo_cases, log
from bot.app import App, prepare
from bot.clock import SystemClock
from bot.config import DatabaseSettings, PaceSettings, Settings, TelegramSettings
from models import events, facts, organising
from models.fields import Spot
from models.house import House, house
from models.people import Account, Calendar, Grant, Member, Person, Role, Sex, Unit, person_of
from sandbox.clock import Clock
from sandbox.serving import Address, serving
from sandbox.serving import run as run_sandbox
from sandbox.world import TOKEN, Group, Someone, World

FILE = Path("data/demo.db")

# name, staff number, department, Telegram id, phone, bound already, role, birthday
CAST = (
    ("周敏", "0001", "工会办公室", 5_100_000_001, "13900000001", True, Role.ADMIN, (1982, 9, 17)),
    ("李梅", "0417", "光电子实验室", 5_100_000_002, "13900000002", True, None, (1990, 3, 8)),
    ("王强", "0423", "光电子实验室", 5_100_000_003, "13900000003", True, None, (1988, 11, 2)),
    ("陈静", "0502", "材料实验室", 5_100_000_004, "13900000004", True, None, (1993, 6, 21)),
    ("赵磊", "0618", "后勤保障处", 5_100_000_006, "13900000006", True, Role.HANDLER, (1985, 5, 12)),
    ("林晓", "0688", "材料实验室", 5_100_000_005, "13900000005", False, None, (1998, 1, 30)),
)


def run(port: int) -> int:
    """Start both, print the address of the chat page, and go on until Ctrl-C."""
    log.set_up("WARNING", "text")
    FILE.parent.mkdir(parents=True, exist_ok=True)
    for old in FILE.parent.glob(FILE.name + "*"):
        old.unlink()  # the practice Telegram begins anew, so the bot's memory must too
    try:
        asyncio.run(_demo(port))
    except OSError as error:
        print(f"Port {port} cannot be used ({error.strerror}); try: make demo PORT=0", file=sys.stderr)
        return 1
    return 0


def sandbox(port: int, token: str) -> int:
    """A practice Telegram for any bot."""
    try:
        run_sandbox(port, token or TOKEN)
    except OSError as error:
        print(f"Port {port} cannot be used ({error.strerror})", file=sys.stderr)
        return 1
    return 0


async def _demo(port: int) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    world = make_world(Clock(_morning()))
    async with serving(world, port) as address:
        app = make_app(address)
        await app.units.write(lambda session: furnish(session, world.chats, world.clock.now()))
        await app.start()
        for person, (*_, bound, _, _) in zip(world.people(), CAST, strict=True):
            if bound:
                person.start()  # so that every chat begins with a greeting and something to press
        ticks: set[asyncio.Task[None]] = set()
        unlisten = world.clock.listen(lambda _: ticks.add(asyncio.create_task(app.tick())))
        print(f"\n  职工之家 · StaffHome\n  {address.url}/\n\n  Ctrl-C 结束 / to end\n", flush=True)
        await stop.wait()
        unlisten()
        with contextlib.suppress(Exception):
            await app.stop()


def _morning() -> datetime:
    """Ten o'clock today: whoever tries the demo at night should not find everything waiting for the morning."""
    now = SystemClock().now().astimezone(House().zone)
    return now.replace(hour=10, minute=0, second=0, microsecond=0)


def make_world(clock: Clock | None = None) -> World:
    """The made-up institute's phones and its staff group; everybody has met the bot, but for the new colleague."""
    people = [Someone(name, id=number, phone=f"86{phone}") for name, _, _, number, phone, _, _, _ in CAST]
    group = Group("晨光研究所职工群", [someone.first_name for someone in people], bot_admin=True)
    world = World(people=people, group=group, clock=clock)
    for someone, (*_, bound, _, _) in zip(world.people(), CAST, strict=True):
        someone.user.started = someone.user.seen = bound
    return world


def make_app(address: Address) -> App:
    """The bot, pointed at the practice Telegram and following its clock."""
    settings = Settings(
        telegram=TelegramSettings(token=SecretStr(address.world.token), api=address.url),
        database=DatabaseSettings(url=SecretStr(f"sqlite:///{FILE}")),
        pace=PaceSettings(per_chat=5),  # somebody clicking through a demo is quicker than a person in a chat
    )
    prepare(settings)
    return App(settings, clock=address.world.clock)


def furnish(session: Session, chats: Iterable[int], now: datetime) -> None:
    """The roster, who is bound, the staff group, and a walk with two places that is open for sign-up."""
    units: dict[str, Unit] = {}
    for name, number, unit, account, phone, bound, role, (year, month, day) in CAST:
        if unit not in units:
            units[unit] = Unit(name=unit)
            session.add(units[unit])
        member = Member(
            number=number,
            name=name,
            unit=units[unit],
            sex=Sex.MAN if name in ("王强", "赵磊") else Sex.WOMAN,
            phone=phone,
            calendar=Calendar.SOLAR,
            born_year=year,
            born_month=month,
            born_day=day,
            kinds=["在编"],
            tags=[],
        )
        session.add(member)
        session.flush()
        if bound:
            session.add(Account(id=account, member_id=member.id, name=name, first_at=now, bound_at=now, reachable=True))
        if role:
            session.add(Grant(member_id=member.id, role=role, scope="", by_account=account, at=now))
    facts.put(session, facts.STAFF_GROUP, next(number for number in chats if number < 0))
    session.flush()
    tomorrow = house(session).local(now + timedelta(days=1))
    for member in session.query(Member).filter(Member.name == "王强"):  # so that moving the clock shows a greeting
        member.born_month, member.born_day = tomorrow.month, tomorrow.day
    chair = session.get_one(Account, CAST[0][3])
    _walk(session, person_of(session, chair, frozenset()), now)
    demo_cases.lay_out(session, now)


def _walk(session: Session, by: Person, now: datetime) -> None:
    """Two days ahead at three, so that tomorrow's reminder can be seen by moving the clock."""
    here = house(session)
    day = here.local(now).replace(hour=15, minute=0, second=0, microsecond=0) + timedelta(days=2)
    walk = events.NewEvent(
        title="奥森健步走",
        starts_at=day,
        ends_at=day + timedelta(hours=2),
        place="奥林匹克森林公园南门",
        spot=Spot(latitude=40.0169, longitude=116.3907),
        places=2,
        closes_at=day - timedelta(hours=3),
        about="全程五公里，慢走也行。请穿运动鞋，自带水杯。",
    )
    draft = organising.draft(session, walk, by, now)
    organising.publish(session, draft.id, by, now)
