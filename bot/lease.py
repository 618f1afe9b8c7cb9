"""One poller at a time: whoever holds the lease pulls, the others stand by.

The lease is counted by the machine's own clock, never by a clock that a demo or a test has moved.
"""

import asyncio
import os
import socket
import time
from typing import Any

from sqlalchemy.orm import Session

from bot.units import Units
from models import facts

NAME = "poller"
LENGTH = 15.0  # seconds after which a silent holder has lost it
RENEWAL = 5.0


class Lost(Exception):
    """Somebody else polls now: this process must stop at once."""


class Lease:
    """This process's claim to be the poller."""

    def __init__(self, units: Units) -> None:
        self._units = units
        self._host, self._pid = socket.gethostname(), os.getpid()

    async def take(self) -> None:
        """Wait until it is ours."""
        while True:
            if await self._units.write(self._try):
                return
            await asyncio.sleep(1)

    async def hold(self) -> None:
        """Renew it until cancelled; raises Lost when somebody else has it."""
        while True:
            await asyncio.sleep(RENEWAL)
            if not await self._units.write(self._try):
                raise Lost

    async def release(self) -> None:
        """Let the next one start at once."""
        await self._units.write(self._give_up)

    def _try(self, session: Session) -> bool:
        facts.lock(session, NAME)
        held: dict[str, Any] | None = facts.get(session, NAME)
        if held and held["until"] > time.time() and not self._ours(held) and not self._gone(held):
            return False
        facts.put(session, NAME, {"host": self._host, "pid": self._pid, "until": time.time() + LENGTH})
        return True

    def _give_up(self, session: Session) -> None:
        held = facts.get(session, NAME)
        if held and self._ours(held):
            facts.put(session, NAME, None)

    def _ours(self, held: dict[str, Any]) -> bool:
        return bool(held["host"] == self._host and held["pid"] == self._pid)

    def _gone(self, held: dict[str, Any]) -> bool:
        """Whether the holder was a process of this machine that has died: then nobody need wait for its lease."""
        if held["host"] != self._host:
            return False
        try:
            os.kill(held["pid"], 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False
