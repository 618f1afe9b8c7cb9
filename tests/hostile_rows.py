"""Looking over the shoulder of the house: every row before and after, and a note of every handler that is called."""

import copy
import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from bot.app import discover
from bot.router import Registry, Route
from models.base import Base

Rows = dict[str, set[tuple[Any, ...]]]
LEFT_BY_A_PRESS = {"wanted", "reachable"}  # columns of accounts that a refused press may change


def snapshot(session: Session) -> Rows:
    """Everything in the database but the inbox, and what a press itself leaves in an account."""
    found: Rows = {}
    for table in Base.metadata.sorted_tables:
        if table.name != "inbox":
            names = [
                column.name for column in table.c if table.name != "accounts" or column.name not in LEFT_BY_A_PRESS
            ]
            quoted = ", ".join(f'"{name}"' for name in names)
            found[table.name] = {tuple(row) for row in raw(session, f"SELECT {quoted} FROM {table.name}")}
    return found


def raw(session: Session, statement: str, rows: Any = None) -> Any:
    """A statement as the driver takes it, so that values come and go unchanged."""
    return session.connection().exec_driver_sql(statement, rows)


def kept(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """All rows, to be put back."""
    return {
        table.name: [tuple(row) for row in raw(session, f"SELECT * FROM {table.name}")]
        for table in Base.metadata.sorted_tables
        if table.name != "inbox"
    }


def put_back(session: Session, before: dict[str, list[tuple[Any, ...]]]) -> None:
    """Make the database what it was."""
    raw(session, "PRAGMA defer_foreign_keys=on")
    for name in reversed(before):
        raw(session, f"DELETE FROM {name}")
    for name, rows in before.items():
        if rows:
            raw(session, f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows)


def watched(called: list[tuple[str, str, str]]) -> Registry:
    """The house's own handlers; each call is noted, and goes on as ever."""

    def note(route: Route) -> Callable[..., None]:
        @functools.wraps(route.call)
        def call(context: Any, *arguments: Any) -> None:
            called.append((route.sort, route.name, context.person.name))
            route.call(context, *arguments)

        return call

    routers = []
    for router in discover().routers:
        twin = copy.copy(router)
        twin.routes = [replace(route, call=note(route)) for route in router.routes]
        routers.append(twin)
    return Registry(routers)
