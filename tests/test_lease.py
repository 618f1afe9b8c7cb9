"""The lease: a dead holder is not waited for, a living one is never robbed."""

import os
import subprocess
import sys
import time
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bot import lease
from bot.units import make_units
from models import facts
from tests.institute import settings_for


def dead() -> int:
    """The number of a process that has ended."""
    return int(subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True).stdout)


@pytest.mark.parametrize(
    ("machine", "pid", "ours"),
    [
        ("here", "dead", True),
        ("here", "parent", False),
        ("here", "same", True),  # killed, and its number was given to us
        ("elsewhere", "dead", False),  # a number of another container says nothing here
        ("elsewhere", "same", False),  # in every container we are process number one
        ("unknown", "dead", False),
    ],
)
async def test_whose_death_is_believed(sqlite_url: str, machine: str, pid: str, ours: bool) -> None:
    places = {"here": lease.machine(), "elsewhere": "boot pid:[1]", "unknown": None}
    pids = {"dead": dead(), "parent": os.getppid(), "same": os.getpid()}
    held: dict[str, Any] = {"id": "x", "host": "h", "machine": places[machine], "pid": pids[pid]}
    units = make_units(sqlite_url, settings_for(sqlite_url).house)

    def put(session: Session) -> None:
        facts.put(session, lease.NAME, held | {"until": time.time() + 60})

    await units.write(put)
    assert await lease.Lease(units)._asked() is ours
    units.close()
