"""A small institute for the tests: the real application on a practice Telegram, people with phones, and a clock.

async def test_a_place(institute):
    li = institute.phone("李梅")
    await li.says("/events")
    await li.taps("✅ 报名")
    assert "报名成功" in li.toast
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from bot.app import App
from bot.config import PaceSettings, Settings
from models import facts, letters
from models.holidays import statutory
from models.letters import Letter, State
from models.people import Account, Grant, Member, Role, Unit
from models.workdays import Arrangement
from sandbox.clock import Clock
from sandbox.people import Person
from sandbox.server import Sandbox
from sandbox.world import Group, Someone, World
from tests.wire import Wire

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, 10:00 in Beijing
FAST = PaceSettings(per_second=1000, per_chat=1000, per_group_minute=100_000)
ADMIN = 5_000_000_001
CAST = [
    # name, number, unit, role, phone
    ("周敏", "0001", "工会办公室", Role.OFFICER, "8613900000001"),
    ("李梅", "0417", "光电子实验室", None, "8613900000002"),
    ("王强", "0423", "光电子实验室", None, "8613900000003"),
    ("陈静", "0502", "半导体材料实验室", None, "8613900000004"),
    ("赵磊", "0618", "所办公室", None, "8613900000005"),
]


@dataclass
class Phone:
    """One person's phone, and the waiting until the bot has answered."""

    institute: "Institute" = field(repr=False)
    person: Person
    toast: str = ""

    async def says(self, text: str, chat: Any = None) -> str:
        """Type something; returns what the bot says last."""
        self.person.send(text, chat)
        return await self._heard(chat)

    async def starts(self, payload: str = "") -> str:
        """Press Start, or follow a deep link."""
        self.person.start(payload)
        return await self._heard(None)

    async def taps(self, button: str, chat: Any = None) -> str:
        """Press the newest button of this name; a toast is kept in `toast`. Returns what the bot shows last."""
        press = self.person.press(button, chat=chat)
        await self.institute.settle()
        self.toast = press.toast.text if press.toast else ""
        return self.sees(chat)

    async def forges(self, data: str, chat: Any = None) -> str:
        """Press a button that nobody offered."""
        press = self.person.press_data(data, chat=chat)
        await self.institute.settle()
        self.toast = press.toast.text if press.toast else ""
        return self.toast

    async def keys(self, key: str) -> str:
        """Press a button of the reply keyboard."""
        self.person.tap(key)
        return await self._heard(None)

    async def sends_file(self, name: str, content: bytes, caption: str = "") -> str:
        """Send a document."""
        self.person.send_document(name, content, caption)
        return await self._heard(None)

    async def sends_photo(self, content: bytes) -> str:
        """Send a photo."""
        self.person.send_photo(content)
        return await self._heard(None)

    async def sends_album(self, *photos: bytes, caption: str = "") -> str:
        """Send several photos at once: so many updates in a row."""
        first, *more = photos
        items = [{"data": first, "caption": caption}, *({"data": one} for one in more)]
        self.person.send_album(items)
        return await self._heard(None)

    async def _heard(self, chat: Any) -> str:
        await self.institute.settle()
        return self.sees(chat)

    def sees(self, chat: Any = None) -> str:
        """The bot's latest message, as this person sees it; empty if there is none."""
        try:
            line = self.person.last(chat)
        except ValueError:
            return ""
        return str(line.get("text") or line.get("caption") or "")

    def buttons(self, chat: Any = None) -> list[str]:
        """The labels under the bot's latest message."""
        rows = self.person.last(chat).get("buttons", [])
        return [button["text"] for row in rows for button in row]

    def reads(self, chat: Any = None) -> str:
        """The whole chat as plain lines."""
        return self.person.text(chat)


@dataclass
class Institute:
    """The application, the practice Telegram, and the people."""

    app: App
    world: World
    clock: Clock
    group: int
    settings: Settings

    def phone(self, name: str) -> Phone:
        """The phone of one of the cast, or of a stranger of that name."""
        return Phone(self, self.world.person(name))

    def stranger(self, name: str = "陌生人", **more: Any) -> Phone:
        """Somebody who is not on the roster."""
        return Phone(self, self.world.add_person(name, **more))

    async def settle(self) -> None:
        """Wait until everything said has been answered, every due letter is out and every card shows what is true."""
        while True:
            while self.world.pending():
                await asyncio.sleep(0.001)
                self.app.check()
            await self.app.lanes.idle()
            done = await self.app.delivery.deliver_due() + await self.app.painter.paint_due()
            if not done and not self.world.pending():
                return

    async def pass_time(self, **by: float) -> None:
        """Let time pass, and what is due happen."""
        self.clock.move(timedelta(**by))
        await self.app.tick()
        await self.settle()

    async def look(self, work: Any) -> Any:
        """Look into the database."""
        return await self.app.units.read(work)

    async def change(self, work: Any) -> Any:
        """Change the database, as a unit of its own."""
        return await self.app.units.write(work)

    async def letters(self, state: State = State.SENT) -> list[str]:
        """The sentences of all letters in a state, in the order of writing."""

        def find(session: Session) -> list[str]:
            rows = session.query(Letter).filter(Letter.state == state).order_by(Letter.id)
            return [row.text for row in rows]

        found: list[str] = await self.look(find)
        return found


def cast() -> list[Someone]:
    """The people with phones: everybody of the roster, and the admin, who is not on it."""
    people = [Someone(name, id=5_100_000_000 + int(number), phone=phone) for name, number, _, _, phone in CAST]
    return [*people, Someone("管理员", id=ADMIN)]


def fill(session: Session, now: datetime, group: int) -> None:
    """The roster, with everybody bound, and the staff group chosen."""
    units: dict[str, Unit] = {}
    for name, number, unit, role, phone in CAST:
        if unit not in units:
            units[unit] = Unit(name=unit)
            session.add(units[unit])
            session.flush()
        member = Member(
            number=number,
            name=name,
            unit_id=units[unit].id,
            phone=phone[2:],
            born_year=1985,
            born_month=3,
            born_day=8,
            joined_on=date(2010, 7, 1),
            kinds=["在编"],
            tags=[],
        )
        session.add(member)
        session.flush()
        session.add(
            Account(
                id=5_100_000_000 + int(number),
                member_id=member.id,
                name=name,
                first_at=now,
                bound_at=now,
                reachable=True,
            )
        )
        if role:
            session.add(Grant(member_id=member.id, role=role, scope="", by_account=ADMIN, at=now))
    facts.put(session, facts.STAFF_GROUP, group)
    # Next year's notice is known, so that nobody is asked for it in a conversation about something else.
    off = [day.isoformat() for day in statutory(now.year + 1)]
    session.add(Arrangement(year=now.year + 1, off=off, work=[], by_account=ADMIN, read_at=now, confirmed_at=now))


def settings_for(url: str, **more: Any) -> Settings:
    """Settings of a test: its own database, no waiting for the pacer."""
    telegram = {"token": "1000001:practice-token-nobody-needs-to-keep-secret", "api": "http://127.0.0.1:1"}
    values: dict[str, Any] = {"telegram": telegram, "database": {"url": url}, "admins": [ADMIN], "pace": FAST}
    return Settings(**{**values, **more})


@asynccontextmanager
async def running(
    url: str, world: World | None = None, *, seed: bool = True, registry: Any = None, **more: Any
) -> AsyncIterator[Institute]:
    """The institute, at work. The database at `url` has its tables already."""
    clock = world.clock if world else Clock(MONDAY, ticking=False)
    if world is None:
        names = [name for name, *_ in CAST]
        world = World(people=cast(), group=Group("职工之家", names, bot_admin=True), clock=clock)
        for person in world.people():
            person.user.started = person.user.seen = True
    settings = settings_for(url, **more)
    sandbox = Sandbox(world)
    app = App(settings, clock=clock, requests=(Wire(sandbox), Wire(sandbox)), registry=registry)
    group = next(chat.id for chat in world.chats.values() if not chat.private)
    if seed:
        await app.units.write(lambda session: fill(session, clock.now(), group))
    institute = Institute(app, world, clock, group, settings)
    await app.start(alone=False)
    try:
        await institute.settle()
        yield institute
    finally:
        await app.stop()


def template(folder: Path) -> Path:
    """An empty database with all tables, built by the migrations, to be copied for every test."""
    from models.database import make_engine
    from models.schema import migrate

    file = folder / "template.db"
    engine = make_engine(f"sqlite:///{file}", pool=1)
    migrate(engine)
    engine.dispose()
    return file


__all__ = ["ADMIN", "CAST", "MONDAY", "Institute", "Phone", "fill", "letters", "running", "settings_for", "template"]
