"""The inbox: every update as it came, kept before Telegram may forget it, done in the transaction of its effects."""

import json
import re
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import BigInteger, CursorResult, bindparam, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Level, Privacy
from models.upsert import insert_new

TRIES = 3
KEPT = timedelta(days=9)  # an update id may come back for a day; numbering restarts at random after a week's silence


class Inbox(Base):
    """One update. Its words are deleted as soon as it is done; its id stays a while, so that it is never done twice."""

    __tablename__ = "inbox"
    privacy = Privacy(Level.CONTACT)  # the words live for milliseconds; those of a parked one nine days

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    raw: Mapped[str | None]
    received_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    parked: Mapped[str | None]  # the name of the error that stopped it for good


# Of the table and not of the class: every update passes here, and the session knows none of these rows.
TAKE = (
    update(Inbox.__table__)  # type: ignore[arg-type]
    .where(Inbox.id == bindparam("number"), Inbox.done_at.is_(None), Inbox.parked.is_(None))
    .values(done_at=bindparam("moment"), raw=None)
)


def keep(session: Session, updates: list[dict[str, Any]], now: datetime) -> list[int]:
    """Store a batch as it came; returns the ids that are new."""
    rows = [
        {"id": each["update_id"], "raw": json.dumps(each), "received_at": now, "tries": 0} for each in updates
    ]  # ensure_ascii stays on: half an emoji would be refused by the database
    return insert_new(session, Inbox, rows, returning=Inbox.id)


def waiting(session: Session) -> list[tuple[int, str]]:
    """What was kept and not yet done, oldest first: after a restart these come before anything new."""
    query = select(Inbox.id, Inbox.raw).where(Inbox.done_at.is_(None), Inbox.parked.is_(None)).order_by(Inbox.id)
    return [(number, raw) for number, raw in session.execute(query) if raw is not None]


def take(session: Session, number: int, now: datetime) -> bool:
    """Mark it done and forget its words, at the start of the transaction of its effects, with which it stands or falls.

    False when it is done or parked already: a second runner of the same update has nothing to do.
    """
    return cast(CursorResult[Any], session.execute(TAKE, {"number": number, "moment": now})).rowcount == 1


def fail(session: Session, number: int, error: str) -> bool:
    """Count a failed try; after the last one the update is parked. Returns whether it was parked now."""
    row = session.get(Inbox, number)
    if row is None or row.done_at is not None:
        return False
    row.tries += 1
    if row.tries >= TRIES:
        row.parked = error[:100]
    return row.parked is not None


def forget(session: Session, now: datetime) -> None:
    """Drop what is long done, and what was put aside and nobody looked at."""
    old = now - KEPT
    session.execute(
        delete(Inbox).where((Inbox.done_at < old) | (Inbox.parked.is_not(None) & (Inbox.received_at < old)))
    )


def forget_words_of(session: Session, account: int) -> None:
    """Forget the words of parked updates in which an account appears."""
    rows = session.scalars(select(Inbox).where(Inbox.parked.is_not(None), Inbox.raw.is_not(None)))
    for row in rows:
        if re.search(rf"(?<!\d){account}(?!\d)", row.raw or ""):
            row.raw = None
    session.flush()
