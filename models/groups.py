"""Groups: Telegram gives a group another id when it becomes a supergroup, and may take a group away."""

from datetime import datetime

from sqlalchemy import Table, update
from sqlalchemy.orm import Session

from models import facts
from models.base import Base


def move(session: Session, old: int, new: int) -> None:
    """Follow a group to its new id, wherever it is kept: every `chat_id`, and the staff group. Twice is harmless."""
    for table in Base.metadata.tables.values():
        if isinstance(table, Table) and "chat_id" in table.c:
            session.execute(update(table).where(table.c.chat_id == old).values(chat_id=new))
    if facts.get(session, facts.STAFF_GROUP) == old:
        facts.put(session, facts.STAFF_GROUP, new)
    session.expire_all()  # rows already loaded in this unit carry the old id


def lost(session: Session, chat_id: int, cause: str, now: datetime) -> None:
    """Note that a group cannot be written to, and why, for whoever looks after the bot."""
    facts.put(session, f"group:{chat_id}:lost", {"cause": cause, "at": now.isoformat()})


def found(session: Session, chat_id: int) -> None:
    """Forget the note: something arrived there again."""
    if facts.get(session, f"group:{chat_id}:lost") is not None:
        facts.put(session, f"group:{chat_id}:lost", None)
