"""Photos and documents people gave us, kept by us and not only as Telegram's ids."""

import hashlib
from datetime import datetime

from sqlalchemy import LargeBinary, select
from sqlalchemy.orm import Mapped, Session, deferred, mapped_column

from models.base import Base, Level, Privacy

SEALED = "application/x-sealed"  # name and bytes are encrypted (`models/sealed.py`): nothing to show, nothing to send


class File(Base):
    """One file. The same bytes under the same name are kept once."""

    __tablename__ = "files"
    privacy = Privacy(Level.CONTACT)

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)  # SHA-256, of the name too if the bytes have several
    name: Mapped[str]
    kind: Mapped[str]  # media type: image/jpeg
    telegram_id: Mapped[str | None]  # file_id after the first upload, so that the bytes go over the wire once
    kept_at: Mapped[datetime]
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary))


def keep(session: Session, name: str, kind: str, content: bytes, now: datetime) -> File:
    """Keep the bytes; the same bytes under the same name again are the same file."""
    digest = hashlib.sha256(content).hexdigest()
    found = session.scalar(select(File).where(File.digest == digest))
    if found is not None and found.name != name[:100]:
        # Somebody else's name for it is theirs, and may say more than we should tell.
        digest = hashlib.sha256(digest.encode() + name.encode()).hexdigest()
        found = session.scalar(select(File).where(File.digest == digest))
    if found is None:
        found = File(digest=digest, name=name[:100], kind=kind, content=content, kept_at=now)
        session.add(found)
        session.flush()
    return found


def bytes_of(session: Session, number: int | None) -> bytes | None:
    """What the file holds; None for no file, or for one that is sealed."""
    query = select(File.content).where(File.id == number, File.kind != SEALED)
    return session.scalar(query) if number is not None else None
