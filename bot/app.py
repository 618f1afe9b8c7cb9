"""The one place where everything is wired together."""

import asyncio
import importlib
import logging
import pkgutil
from collections.abc import Awaitable
from datetime import time, timedelta
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from telegram.error import InvalidToken, NetworkError, RetryAfter
from telegram.ext import Application, ExtBot
from telegram.request import BaseRequest

import models
from bot import menu
from bot.clock import Clock, SystemClock, Ticks
from bot.config import Settings
from bot.delivery import Delivery
from bot.drawing import Draw
from bot.forms import missing_texts
from bot.intake import Intake
from bot.lanes import Lanes
from bot.lease import Lease, Lost
from bot.machine import Machine
from bot.pacer import Pace, Pacer
from bot.painter import CardPainter
from bot.pictures import Pictures
from bot.probe import Numbers, Probe
from bot.router import Daily, Registry, Router, Undeclared
from bot.texts import Texts
from bot.transport import make_request
from bot.units import Units, make_units
from models import chores, drafts, inbox, letters
from models.letters import Writings
from models.schema import current, migrate, newest

log = logging.getLogger(__name__)

TICK = 5.0  # seconds between looks at what is due
SWEEPS = (
    Daily("house.inbox", time(3), inbox.forget),
    Daily("house.drafts", time(3), drafts.forget_old),
    Daily("house.letters", time(3), letters.forget_facts),
)


def discover(package: str = "handlers") -> Registry:
    """Find the router of every handler file; adding a capability is adding a file."""
    models.load()
    routers = []
    folder = importlib.import_module(package)
    for module in pkgutil.iter_modules(folder.__path__):
        if module.name.startswith("_"):
            continue  # a part of another file
        router = getattr(importlib.import_module(f"{package}.{module.name}"), "router", None)
        if not isinstance(router, Router):
            raise Undeclared(f"{package}/{module.name}.py has no router")
        routers.append(router)
    return Registry(routers)


class OutOfDate(Exception):
    """The database is not at the version this program wants."""


class App:
    """The bot, from its settings; the clock and the transport may come from outside (the demo, the tests)."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        registry: Registry | None = None,
        requests: tuple[BaseRequest, BaseRequest] | None = None,
        texts: Texts | None = None,
        wait: int = 50,
        draw: Draw | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.registry = registry or discover()
        self.texts = texts or Texts(settings.zone, settings.language)
        self.registry.check(self.texts.has)
        missing = [key for route in self.registry.forms.values() for key in missing_texts(route, self.texts.has)]
        if missing:
            raise Undeclared(f"forms without sentences: {', '.join(missing)}")
        self.draw = draw or Pictures(self.texts).draw
        self.units: Units = make_units(settings.database.url.get_secret_value(), settings.house)
        self.numbers = Numbers(self.clock) if settings.delivery.probe else None
        self.pacer = Pacer(Pace(**settings.pace.model_dump()), listener=self.numbers)
        self._pulls, self._calls = requests or _requests(settings)
        assert settings.telegram.token is not None, "telegram.token is not set"
        self.bot: ExtBot[Any] = ExtBot(
            settings.telegram.token.get_secret_value(),
            base_url=f"{settings.telegram.api}/bot",
            base_file_url=f"{settings.telegram.api}/file/bot",
            request=self._calls,
            get_updates_request=self._pulls,
            rate_limiter=self.pacer,
        )
        self.application = Application.builder().bot(self.bot).updater(None).job_queue(None).build()
        self.lease = Lease(self.units)
        self.machine = Machine(
            self.bot, self.units, self.clock, self.registry, self.texts, self.wake, numbers=self.numbers
        )
        self.lanes = Lanes(self.machine.handle, settings.lanes)
        self._wait = wait
        self._tasks: list[asyncio.Task[Any]] = []
        self._ticks = Ticks()

    async def start(self, *, alone: bool = True) -> None:
        """Take the lease, meet Telegram, take up what was left, and begin. Returns when updates are being pulled.

        Not left `alone`, it neither sends letters nor paints cards nor ticks by itself: a test does, step by step.
        """
        await self.lease.take()
        await self.pacer.restore(self.units)
        await self._meet()
        self.delivery = Delivery(
            self.units,
            self.bot,
            self.texts,
            self.registry,
            self.clock,
            draw=self.draw,
            probe=self._probe(),
        )
        self.painter = CardPainter(self.units, self.bot, self.texts, self.registry, self.clock)
        self.intake = Intake(self.bot, self._pulls, self.units, self.clock, self.lanes, self._wait)
        await self.delivery.recover()
        left = await self.intake.resume()
        log.info("here as @%s; %d updates left from before", self.bot.username, left)
        await self._safely(menu.publish(self.bot, self.units, self.registry, self.texts))
        works = [self.intake.run()]
        if alone:
            self._ticks.every(TICK, self.tick)
            works += [self.delivery.run(), self.painter.run(), self.lease.hold()]
        self._ticks.start()
        self._tasks += [asyncio.create_task(work) for work in works]

    def _probe(self) -> Probe | None:
        if self.numbers is None:
            return None
        return Probe(self.numbers, timedelta(seconds=self.settings.delivery.probe_after))

    async def run(self, stop: asyncio.Event) -> int:
        """Work until told to stop. Returns the exit code: 0 when told, 3 when another one polls or the token is bad."""
        stopping = asyncio.create_task(stop.wait())
        starting = asyncio.create_task(self.start())
        await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():  # standing by, or Telegram does not answer yet
            starting.cancel()
            await asyncio.wait([starting])
        elif starting.exception() is not None:
            stopping.cancel()
            await starting
        done, _ = await asyncio.wait([*self._tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
        code = 0
        for task in done - {stopping}:
            error = task.exception()
            log.error("stopping: %s", "another process polls" if isinstance(error, Lost) else type(error).__name__)
            code = 3
        stopping.cancel()
        await self.stop()
        return code

    async def stop(self) -> None:
        """End within five seconds: what is being handled is finished, the rest waits in the database."""
        self._ticks.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, self.lanes.close(3.0), return_exceptions=True)
        await self.lease.release()
        await self.application.shutdown()
        self.units.close()

    def wake(self, writings: Writings) -> None:
        """A commit has left letters to be sent or cards to be repainted."""
        if writings.letters:
            self.delivery.wake()
        if writings.cards:
            self.painter.wake()

    def check(self) -> None:
        """Raise what has ended one of the things that should go on for ever."""
        for task in self._tasks:
            if task.done():
                task.result()

    async def tick(self) -> None:
        """Do what is due by the clock: the capabilities' ticks, then the chores of the day."""
        now = self.clock.now()
        for chore in self.registry.ticks:
            await self._chore(getattr(chore, "__name__", "tick"), lambda session, c=chore: c(session, now))
        for daily in [*self.registry.dailies, *SWEEPS]:
            await self._chore(daily.name, lambda session, d=daily: chores.daily(session, d.name, d.at, d.call, now))
        self.wake(Writings(letters=True, cards=True))

    async def _chore(self, name: str, work: Any) -> None:
        try:
            await self.units.write(work)
        except SQLAlchemyError as error:
            log.warning("the chore %s failed (%s); it comes again", name, type(error).__name__)
        except Exception:
            log.exception("the chore %s failed", name)

    async def _meet(self) -> None:
        """getMe, waited for as long as the network takes; a refused token ends the start."""
        pause = 1.0
        while True:
            try:
                await self.application.initialize()
            except InvalidToken:
                await self._pulls.shutdown()
                await self._calls.shutdown()
                raise
            except (NetworkError, RetryAfter) as error:
                log.warning("Telegram does not answer yet (%s); again in %.0f s", type(error).__name__, pause)
                await asyncio.sleep(pause)
                pause = min(30.0, pause * 2)
            else:
                return

    async def _safely(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception as error:
            log.warning("the menu could not be set (%s)", type(error).__name__)


def prepare(settings: Settings) -> None:
    """Make sure that the database is there and of the right version. An empty one is set up at once."""
    from models.database import make_engine

    engine = make_engine(settings.database.url.get_secret_value(), pool=1)
    try:
        at = current(engine)
        if at is None:
            migrate(engine)
        elif at != newest():
            raise OutOfDate(f"the database is at {at}, this program wants {newest()}")
    finally:
        engine.dispose()


def _requests(settings: Settings) -> tuple[BaseRequest, BaseRequest]:
    proxy = settings.telegram.proxy.get_secret_value() if settings.telegram.proxy else None
    kind = settings.telegram.transport
    return make_request(kind, proxy=proxy, pool=4), make_request(kind, proxy=proxy, pool=settings.lanes + 16)
