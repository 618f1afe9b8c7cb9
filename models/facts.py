"""Small facts the house remembers about itself: the staff group, a pause Telegram asked for, who polls."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.types import JSON

from models.base import Base, Level, Privacy

STAFF_GROUP = "staff_group"  # chat id of the staff group, set by /here


class Fact(Base):
    __tablename__ = "facts"
    privacy = Privacy(Level.PUBLIC)

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)


def get(session: Session, name: str) -> Any:
    """The fact, or None."""
    fact = session.get(Fact, name)
    return fact.value if fact else None


def put(session: Session, name: str, value: Any) -> None:
    """Remember it; the last one holds."""
    session.merge(Fact(name=name, value=value))
    session.flush()


def lock(session: Session, name: str) -> None:
    """Hold the fact until the end of the unit, so that two processes do not both change it."""
    session.execute(select(Fact.name).where(Fact.name == name).with_for_update())
