"""One poller at a time: whoever holds the lease pulls, the others stand by.

The lease is counted by the machine's own clock, never by a clock that a demo or a test has moved.
"""

import asyncio
import logging
import os
import socket
import time
import uuid
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.units import Units
from models import facts

log = logging.getLogger(__name__)

NAME = "poller"
LENGTH = 15.0  # seconds after which a silent holder has lost it
RENEWAL = 5.0


_claims: set[str] = set()  # of this process


def machine() -> str | None:
    """Among which processes a number means one of them: this boot of the system, and the container we are in.

    Host names do not say it: two containers may share one, and in each the bot is process number one. None if the
    system does not tell; then nobody's number is believed.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return None


class Lost(Exception):
    """Somebody else polls now: this process must stop at once."""


class Lease:
    """A claim to be the poller."""

    def __init__(self, units: Units, renewal: float = RENEWAL) -> None:
        self._units = units
        self._renewal = renewal
        self._id, self._machine, self._pid = uuid.uuid4().hex, machine(), os.getpid()

    async def take(self) -> None:
        """Wait until it is ours."""
        _claims.add(self._id)
        while True:
            if await self._asked():
                return
            await asyncio.sleep(1)

    async def hold(self) -> None:
        """Renew it until cancelled; raises Lost when somebody else has it.

        While the database is in trouble nobody else can take it either, so that is waited out.
        """
        while True:
            await asyncio.sleep(self._renewal)
            if await self._asked() is False:
                raise Lost

    async def release(self) -> None:
        """Let the next one start at once."""
        _claims.discard(self._id)
        try:
            await self._units.write(self._give_up)
        except SQLAlchemyError as error:
            log.warning("the lease was not given back (%s); it runs out by itself", type(error).__name__)

    async def _asked(self) -> bool | None:
        """Whether it is ours now; None if the database does not say."""
        try:
            return await self._units.write(self._try)
        except SQLAlchemyError as error:
            log.warning("storage failed under the lease (%s)", type(error).__name__)
            return None

    def _try(self, session: Session) -> bool:
        facts.lock(session, NAME)
        held: dict[str, Any] | None = facts.get(session, NAME)
        if held and held["until"] > time.time() and not self._ours(held) and not self._gone(held):
            return False
        mine = {
            "id": self._id,
            "host": socket.gethostname(),  # for whoever looks
            "machine": self._machine,
            "pid": self._pid,
            "until": time.time() + LENGTH,
        }
        facts.put(session, NAME, mine)
        return True

    def _give_up(self, session: Session) -> None:
        held = facts.get(session, NAME)
        if held and self._ours(held):
            facts.put(session, NAME, None)

    def _ours(self, held: dict[str, Any]) -> bool:
        return held.get("id") == self._id

    def _gone(self, held: dict[str, Any]) -> bool:
        """Whether the holder was a process among ours that has died: then nobody need wait for its lease."""
        if self._machine is None or held.get("machine") != self._machine:
            return False
        if held["pid"] == self._pid:  # the number is used again: the one before us has died
            return held.get("id") not in _claims
        try:
            os.kill(held["pid"], 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False
