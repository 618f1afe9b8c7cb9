"""Insert, unless it is there already: one statement, the same on both databases."""

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.base import Base

T = TypeVar("T")


def insert_new(
    session: Session, table: type[Base], rows: Sequence[dict[str, Any]], *, returning: InstrumentedAttribute[T]
) -> list[T]:
    """Insert the rows whose unique keys are free; returns the named column of those that went in."""
    if not rows:
        return []
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = make(table).values(list(rows)).on_conflict_do_nothing().returning(returning)
    return list(session.scalars(statement))
