"""Storage that fails on demand: SQLite locked by somebody else, a full disk, an error at any one statement."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from bot.app import App

IMPATIENT = 50  # milliseconds a statement waits for a lock, instead of ten seconds


@dataclass
class Trouble:
    """What was ordered, and how often it has struck."""

    struck: int = 0
    said: list[str] = field(default_factory=list)


def engine_of(app: App) -> Engine:
    """The engine under the units of work."""
    found: Engine = app.units._engine  # type: ignore[attr-defined]
    return found


@contextmanager
def pragma(engine: Engine, statement: str, afterwards: str) -> Iterator[None]:
    """Every connection that is used from now on is told this first; afterwards something else."""

    def tell(connection: Any, *_: Any, words: str = statement) -> None:
        connection.execute(f"PRAGMA {words}").fetchall()

    def mend(connection: Any, *_: Any) -> None:
        tell(connection, words=afterwards)

    event.listen(engine, "checkout", tell)
    try:
        yield
    finally:
        event.remove(engine, "checkout", tell)
        event.listen(engine, "checkout", mend)


@contextmanager
def counted(engine: Engine) -> Iterator[Trouble]:
    """Count what the database refuses."""
    trouble = Trouble()

    def note(context: Any) -> None:
        trouble.struck += 1
        trouble.said.append(str(context.original_exception))

    event.listen(engine, "handle_error", note)
    try:
        yield trouble
    finally:
        event.remove(engine, "handle_error", note)


@contextmanager
def locked(engine: Engine) -> Iterator[Trouble]:
    """Another program holds the database for writing."""
    other = sqlite3.connect(str(engine.url.database), isolation_level=None)
    with counted(engine) as trouble, pragma(engine, f"busy_timeout={IMPATIENT}", "busy_timeout=10000"):
        other.execute("BEGIN IMMEDIATE")
        try:
            yield trouble
        finally:
            other.execute("ROLLBACK")
            other.close()


@contextmanager
def full(engine: Engine) -> Iterator[Trouble]:
    """The disk takes not one page more."""
    with sqlite3.connect(str(engine.url.database)) as other:
        pages = other.execute("PRAGMA page_count").fetchone()[0]
    other.close()
    with counted(engine) as trouble, pragma(engine, f"max_page_count={pages}", "max_page_count=1000000"):
        yield trouble


@contextmanager
def failing_at(engine: Engine, place: int) -> Iterator[Trouble]:
    """The statement of this number fails, once, as if the disk had a bad spot; `commit` counts as a statement."""
    trouble = Trouble()
    passed = 0

    def strike(statement: str) -> None:
        nonlocal passed
        if passed == place:
            trouble.struck += 1
            trouble.said.append(statement)
        passed += 1
        if trouble.struck == 1 and passed == place + 1:
            raise OperationalError(statement, None, sqlite3.OperationalError("disk I/O error"))

    def before(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        strike(statement)

    def committing(connection: Any) -> None:
        strike("COMMIT")

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "commit", committing)
    try:
        yield trouble
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "commit", committing)


@contextmanager
def failing_on(engine: Engine, words: str, times: int) -> Iterator[Trouble]:
    """Statements with these words in them fail, so many times."""
    trouble = Trouble()

    def before(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if words in statement and trouble.struck < times:
            trouble.struck += 1
            raise OperationalError(statement, None, sqlite3.OperationalError("database is locked"))

    event.listen(engine, "before_cursor_execute", before)
    try:
        yield trouble
    finally:
        event.remove(engine, "before_cursor_execute", before)
