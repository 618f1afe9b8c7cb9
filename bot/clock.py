"""The only place that asks what time it is, and the few ticks that make time pass.

APScheduler runs these ticks and nothing else: what is due is always asked of the database, so that a bot that was down
at nine catches up at two, and never twice.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Protocol

from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = logging.getLogger(__name__)


class Clock(Protocol):
    """Whoever knows what time it is."""

    def now(self) -> datetime:
        """This moment, with a time zone."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class Ticks:
    """Calls a few functions again and again, each at its own pace in seconds; one that fails is called again."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}, timezone=UTC
        )

    def every(self, seconds: float, call: Callable[[], Awaitable[None]]) -> None:
        """Call it every so many seconds; never twice at once."""

        async def job() -> None:
            with suppress(asyncio.CancelledError):  # the end came in the middle; nothing went wrong
                await call()

        self._scheduler.add_job(job, "interval", seconds=seconds, next_run_time=datetime.now(UTC))

    def start(self) -> None:
        """Begin, inside the running loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """End at once."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
