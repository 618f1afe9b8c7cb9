"""A small post office for tests: a few people, a group, the real client, a practice Telegram."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from telegram.ext import ExtBot
from telegram.request import BaseRequest

from bot.context import Context, Painting
from bot.delivery import Delivery
from bot.drawing import Draw
from bot.pacer import Pace, Pacer
from bot.painter import CardPainter
from bot.probe import Numbers, Probe
from bot.router import ANYONE, PRIVATE, Registry, Router
from bot.texts import Texts
from bot.units import Units, make_units
from models import letters
from models.house import House
from models.letters import Letter, State
from models.people import Account, Grant, Member, Role
from sandbox.clock import Clock
from sandbox.people import Person
from sandbox.server import Sandbox
from sandbox.world import Group, Someone, World
from tests.wire import Wire

MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, 10:00 in Beijing
FAST = Pace(per_second=1000, per_chat=1000, per_group_minute=100_000)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005fe02fea135"
    "81840000000049454e44ae426082"
)
SENTENCES = {
    "zh_CN": {
        "common": 'repeat: （重发）\nletter_unknown: "{{ number }} {{ name }} 不确定"\n'
        'letter_failed: "{{ sentence }} {{ cause }}"\n',
        "post": "hello: 您好，{{ name }}\nbroken: 一个<b>坏句子\nbuttons: {go: 去看看, open: 打开}\n"
        'card: "{{ title }} {{ count }}人"\n',
    },
    "en": {
        "common": 'repeat: (repeat)\nletter_unknown: "{{ number }} {{ name }} unknown"\n'
        'letter_failed: "{{ sentence }} {{ cause }}"\n',
        "post": "hello: Hello {{ name }}\nbroken: a <b>bad one\nbuttons: {go: Have a look, open: Open}\n"
        'card: "{{ title }} {{ count }}"\n',
    },
}
router = Router("post")


@router.button("post.go", who=ANYONE, where=PRIVATE)
def go(context: Context, number: int) -> None:
    """A button to be shown."""


@router.link("event", who=ANYONE, where=PRIVATE)
def event(context: Context, argument: str) -> None:
    """A link to be shown."""


@router.painter("tally")
def tally(painting: Painting, subject_id: int) -> None:
    """Count the letters, for want of anything better to count."""
    count = len(painting.session.scalars(select(Letter.id)).all())
    painting.paint("post.card", title="<健步走>", count=count, buttons=[[painting.button("post.go", subject_id)]])


def texts(folder: Path) -> Texts:
    """A few sentences of the tests' own."""
    for language, files in SENTENCES.items():
        (folder / language).mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / language / f"{name}.yaml").write_text(content, "utf-8")
    return Texts(House().zone, folder=folder)


@dataclass
class Office:
    """Everything a letter meets on its way."""

    url: str
    world: World
    clock: Clock
    texts: Texts
    group: int
    wire: BaseRequest
    api: str = "https://api.telegram.org"
    probing: bool = False  # ask about letters in doubt
    draw: Draw | None = None
    units: Units = field(init=False)
    bot: ExtBot[Any] = field(init=False)
    delivery: Delivery = field(init=False)
    painter: CardPainter = field(init=False)

    async def open(self, wire: BaseRequest | None = None, pace: Pace = FAST) -> None:
        """Begin, or begin again after a crash: only the database is kept."""
        self.units = make_units(self.url, House(admins=frozenset({self.li.id})))
        self.begin(wire or self.wire, pace)
        await self.bot.initialize()

    def begin(self, wire: BaseRequest, pace: Pace = FAST) -> None:
        """Speak over this line."""
        numbers = Numbers(self.clock) if self.probing else None
        self.bot = ExtBot(
            self.world.token,
            base_url=f"{self.api}/bot",
            request=wire,
            get_updates_request=Wire(Sandbox(self.world)),
            rate_limiter=Pacer(pace, listener=numbers),
        )
        registry = Registry([router])
        probe = Probe(numbers, timedelta(minutes=1)) if numbers else None
        self.delivery = Delivery(
            self.units, self.bot, self.texts, registry, self.clock, rest=0.2, draw=self.draw, probe=probe
        )
        self.painter = CardPainter(
            self.units, self.bot, self.texts, registry, self.clock, gap=0.35, soon=0.07, rest=0.05
        )

    async def close(self) -> None:
        await self.bot.shutdown()
        self.units.close()

    @property
    def li(self) -> Person:
        return self.world.person("李梅")

    @property
    def wang(self) -> Person:
        return self.world.person("王强")

    async def post(self, key: str, to: str | int = "李梅", text: str = "post.hello", **more: Any) -> bool:
        """Write a letter to a member by name, or to a group."""

        def work(session: Session) -> bool:
            whom = to if isinstance(to, int) else session.scalars(select(Member).where(Member.name == to)).one()
            params = {"name": key} if text == "post.hello" else {}
            return letters.post(session, key, whom, text, self.clock.now(), **params, **more)

        return await self.units.write(work)

    async def letter(self, key: str) -> Letter:
        """How a letter stands."""
        return await self.units.read(lambda session: session.scalars(select(Letter).where(Letter.key == key)).one())

    async def change(self, key: str, **to: Any) -> None:
        """Change a letter behind everybody's back."""

        def work(session: Session) -> None:
            letter = session.scalars(select(Letter).where(Letter.key == key)).one()
            for name, value in to.items():
                setattr(letter, name, value)

        await self.units.write(work)

    async def account(self, person: Person) -> Account:
        return await self.units.read(lambda session: session.get_one(Account, person.id))

    async def deliver(self, until: float = 10.0) -> int:
        """Deliver until nothing is due, rests included."""
        sent = 0
        async with asyncio.timeout(until):
            while True:
                sent += await self.delivery.deliver_due()
                if not await self.units.read(self._is_due):
                    return sent
                await asyncio.sleep(0.01)

    async def until(self, holds: Callable[[], bool], seconds: float = 10.0) -> None:
        """Wait until it is so."""
        async with asyncio.timeout(seconds):
            while not holds():
                await asyncio.sleep(0.01)

    def _is_due(self, session: Session) -> bool:
        due = select(Letter.id).where(
            Letter.state.in_([State.DUE, State.SENDING, State.ASKED]), Letter.due_at <= self.clock.now()
        )
        return session.scalars(due).first() is not None

    def said(self, chat: int | Person) -> list[str]:
        """What was said in a chat."""
        number = chat if isinstance(chat, int) else chat.id
        calls = [call for call in self.world.sent(chat=number) if call.method.startswith("send")]
        return [str(call.params.get("text") or call.params.get("caption") or "") for call in calls]


def settle_in(session: Session, office: Office) -> None:
    """Li Mei and Wang Qiang are members and bound; Zhou Min is an officer without an account; Chen Jing has none."""
    for number, name in enumerate(("李梅", "王强", "周敏", "陈静"), 1):
        member = Member(number=f"{number:04d}", name=name, kinds=[], tags=[], joined_on=date(2010, 7, 1))
        session.add(member)
        session.flush()
        if name in ("李梅", "王强", "周敏"):
            person = office.world.person(name)
            session.add(
                Account(
                    id=person.id, member_id=member.id, name=name, first_at=MORNING, bound_at=MORNING, reachable=True
                )
            )
        if name == "周敏":
            session.add(Grant(member_id=member.id, role=Role.OFFICER, scope="", by_account=1, at=MORNING))


@asynccontextmanager
async def office(url: str, folder: Path, *, clock: Clock | None = None) -> AsyncIterator[Office]:
    """A post office at work on this database, which has its tables."""
    clock = clock or Clock(MORNING, ticking=False)
    names = ["李梅", "王强", "周敏"]
    world = World(
        people=[Someone(name) for name in names], group=Group("职工之家", names, supergroup=False), clock=clock
    )
    for person in world.people():
        person.user.seen = person.user.started = True
    group = next(chat.id for chat in world.chats.values() if not chat.private)
    found = Office(url, world, clock, texts(folder), group, Wire(Sandbox(world)))
    await found.open()
    await found.units.write(lambda session: settle_in(session, found))
    try:
        yield found
    finally:
        await found.close()
