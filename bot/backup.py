"""Backups of an SQLite database: a true copy while the bot runs, and back again while it does not."""

import contextlib
import json
import shutil
import sqlite3
import sys
import time
from pathlib import Path

from bot.config import FAILED, OK, Settings
from bot.lease import NAME
from models.letters import State

BESIDE = ("-wal", "-shm")  # what SQLite keeps beside the file; a log that met another file would ruin it


def backup(settings: Settings, target: Path) -> int:
    """Write a copy that is whole, whatever is being written meanwhile. A plain copy of the file would not be."""
    source = settings.file
    if source is None:
        print("This is PostgreSQL: use pg_dump.", file=sys.stderr)
        return FAILED
    if not source.is_file():
        print(f"{source} is not there: nothing to back up.", file=sys.stderr)
        return FAILED
    if target.exists():
        print(f"{target} is there already; it is not overwritten.", file=sys.stderr)
        return FAILED
    connection = sqlite3.connect(source)
    connection.execute("VACUUM INTO ?", (str(target),))
    connection.close()
    target.chmod(0o600)
    print(f"{target}: {target.stat().st_size:,} bytes")
    return OK


def restore(settings: Settings, source: Path) -> int:
    """Put a backup in place; what was there is kept beside it. Letters that waited are not sent by themselves.

    They may have been sent after the backup was made, and people would hear everything twice.
    """
    target = settings.file
    if target is None:
        print("This is PostgreSQL: use pg_restore.", file=sys.stderr)
        return FAILED
    broken = _broken(source)
    if broken:
        print(f"{source} cannot be used: {broken}", file=sys.stderr)
        return FAILED
    if target.exists():
        kept = target.with_name(target.name + ".before-restore")
        if kept.exists():
            print(f"{kept} from an earlier restore is still there; move it away first.", file=sys.stderr)
            return FAILED
        if _polled(target):
            print("The bot is running on this database: stop it first, then wait 15 seconds.", file=sys.stderr)
            return FAILED
        _checkpoint(target)
        target.rename(kept)
        print(f"what was there is now {kept}")
    for end in BESIDE:
        log = target.with_name(target.name + end)
        if log.exists():
            log.rename(target.with_name(f"{target.name}.before-restore{end}"))
    shutil.copyfile(source, target)
    target.chmod(0o600)
    held = _hold(target)
    print(f"restored; {held} letters that were waiting are held")
    return OK


def _broken(file: Path) -> str:
    """What is wrong with a backup; empty if nothing."""
    if not file.is_file():
        return "there is no such file"
    try:
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        (answer,) = connection.execute("PRAGMA integrity_check").fetchone()
        connection.execute("SELECT version_num FROM alembic_version").fetchone()
        connection.close()
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if answer == "ok" else str(answer)


def _polled(file: Path) -> bool:
    """Whether a bot holds the lease of this database now. One that is too broken to say so is used by nobody."""
    with contextlib.suppress(sqlite3.DatabaseError), contextlib.closing(sqlite3.connect(file)) as connection:
        row = connection.execute("SELECT value FROM facts WHERE name = ?", (NAME,)).fetchone()
        held = json.loads(row[0]) if row and row[0] else None
        return bool(held and held["until"] > time.time())
    return False


def _checkpoint(file: Path) -> None:
    """Bring what lies in the write-ahead log into the file, so that the file alone is whole; a broken one stays so."""
    with contextlib.suppress(sqlite3.DatabaseError), contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _hold(file: Path) -> int:
    connection = sqlite3.connect(file)
    waiting = (State.DUE.value, State.SENDING.value, State.ASKED.value)
    done = connection.execute(
        "UPDATE letters SET state = ?, cause = 'restored' WHERE state IN (?, ?, ?)", (State.UNKNOWN.value, *waiting)
    )
    connection.commit()
    connection.close()
    return done.rowcount
