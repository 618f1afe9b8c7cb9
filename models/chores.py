"""Chores: what is done once every local day, late rather than never, and never twice."""

from collections.abc import Callable
from datetime import date, datetime, time

from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Level, Privacy
from models.house import house
from models.upsert import insert_new


class Chore(Base):
    """That a chore ran on a local day."""

    __tablename__ = "chores"
    privacy = Privacy(Level.PUBLIC)

    name: Mapped[str] = mapped_column(primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)


def daily(session: Session, name: str, at: time, chore: Callable[[Session, datetime], object], now: datetime) -> bool:
    """Run the chore if its time has come today and it has not run today. Returns whether it ran."""
    local = house(session).local(now)
    if local.time() < at or session.get(Chore, (name, local.date())) is not None:
        return False
    if not insert_new(session, Chore, [{"name": name, "on": local.date()}], returning=Chore.name):
        return False
    chore(session, now)
    return True
