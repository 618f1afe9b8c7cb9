"""The audit: who did what to which thing, as codes and ids, never as words."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, BigId, Level, Privacy
from models.people import Person


class Trace(Base):
    __tablename__ = "traces"
    privacy = Privacy(Level.STAFF, keeps="audit")  # ids only

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    account_id: Mapped[int | None] = mapped_column(BigId)  # None: the house itself
    member_id: Mapped[int | None]
    what: Mapped[str]  # a code: events.published
    noun: Mapped[str]  # event:12
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


def trace(session: Session, by: Person | None, what: str, noun: str, now: datetime, **data: int | str | None) -> None:
    """Note that somebody did something. `data` holds ids and codes only."""
    member = by.member.id if by and by.member else None
    account = by.account.id if by else None
    session.add(Trace(at=now, account_id=account, member_id=member, what=what, noun=noun, data=data))
