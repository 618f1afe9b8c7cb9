"""Drafts: a half-filled form is a row, so that a restart loses no words."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Level, Privacy


class Draft(Base):
    """What a person has answered so far. One person has one draft at a time."""

    __tablename__ = "drafts"
    privacy = Privacy(Level.CONTACT, whose="account_id", forget=True)

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    form: Mapped[str]  # events.new
    target_id: Mapped[int | None]  # the existing thing being edited
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)  # field → value as JSON, in the order of answering
    asking: Mapped[str | None]  # the field being asked; None: the review
    pending: Mapped[dict[str, Any] | None]  # what was understood and waits for a yes
    waiting: Mapped[str | None]  # the command they gave in the middle (or, as JSON, the form), until they choose
    step: Mapped[int] = mapped_column(default=0)  # differs with every question; an old button carries an old step
    touched_at: Mapped[datetime]


FORGOTTEN = timedelta(days=30)  # a draft nobody touched for so long is let go


def forget_old(session: Session, now: datetime) -> None:
    """Let go of drafts nobody has touched for a month. A daily chore."""
    session.execute(delete(Draft).where(Draft.touched_at < now - FORGOTTEN))
