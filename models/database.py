"""The database from its URL: SQLite tuned for one writer and many readers, or PostgreSQL."""

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import ConnectionPoolEntry

WRITE = {"write": True}  # execution option of a connection that means to write


def make_engine(url: str, pool: int = 20) -> Engine:
    """An engine with the house's settings. On SQLite a writer says BEGIN IMMEDIATE, so that what it read stays true.

    Without that, two transactions that both read "one place left" both take it: Python's driver opens no transaction
    before a SELECT, and a deferred one fails half-way with no wait.
    """
    parsed = make_url(url)
    # hide_parameters: what people wrote stands in the statements' parameters, and errors go to the log
    if parsed.get_backend_name() == "sqlite":
        own = {"check_same_thread": False}
        engine = create_engine(url, pool_size=pool, max_overflow=0, hide_parameters=True, connect_args=own)
        event.listen(engine, "connect", _tune)
        event.listen(engine, "begin", _begin)
        return engine
    return create_engine(url, pool_size=pool, max_overflow=0, hide_parameters=True, pool_pre_ping=True)


def _tune(connection: Any, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    # FULL: what people were told is kept through a power cut; grouped commits make it affordable.
    for pragma in ("journal_mode=wal", "synchronous=full", "busy_timeout=10000", "foreign_keys=on"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN DEFERRED")
