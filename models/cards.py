"""Cards: a message that shows how a thing stands, and is kept true without flooding the chat.

Whatever changes the thing calls `touch`; the machine repaints a touched card at most once in a while, so that two
hundred taps in a second are one edit.
"""

from datetime import datetime

from sqlalchemy import Index, bindparam, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, BigId, Level, Moment, Privacy


class Card(Base):
    __tablename__ = "cards"
    __table_args__ = (Index("ix_cards_subject", "kind", "subject_id"),)
    privacy = Privacy(Level.PUBLIC)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]  # which painter: events
    subject_id: Mapped[int]
    chat_id: Mapped[int] = mapped_column(BigId)
    message_id: Mapped[int] = mapped_column(BigId)
    photo: Mapped[bool] = mapped_column(default=False)  # its words are a caption
    touched_at: Mapped[datetime | None] = mapped_column(index=True)  # None: what it shows is true
    painted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0)  # grows with every touch, so that none is lost during an edit
    digest: Mapped[str | None]  # of what it shows, so that nothing is repainted in the same colours


# Of the table and not of the class: every sign-up passes here.
TOUCH = (
    update(Card.__table__)  # type: ignore[arg-type]
    .where(Card.kind == bindparam("what"), Card.subject_id == bindparam("about"))
    .values(version=Card.version + 1, touched_at=func.coalesce(Card.touched_at, bindparam("moment", type_=Moment())))
)


def put_up(
    session: Session,
    kind: str,
    subject_id: int,
    chat_id: int,
    message_id: int,
    now: datetime,
    *,
    photo: bool = False,
    true: bool = False,
) -> Card:
    """Remember that this message shows this thing; unless what it shows is `true`, it will be repainted."""
    card = Card(
        kind=kind,
        subject_id=subject_id,
        chat_id=chat_id,
        message_id=message_id,
        photo=photo,
        touched_at=None if true else now,
    )
    session.add(card)
    return card


def touch(session: Session, kind: str, subject_id: int, now: datetime) -> None:
    """Say that what these cards show has changed. The first touch stands: the wait counts from it.

    The row is written even when it is touched already: on PostgreSQL a painter that looks at the same time would
    otherwise take the card for true before this unit is committed.
    """
    session.info["cards"] = True
    session.execute(TOUCH, {"what": kind, "about": subject_id, "moment": now})


def touched(session: Session, touched_by: datetime, painted_by: datetime, limit: int = 20) -> list[Card]:
    """The cards to repaint: touched, and last painted, at the given moments or before."""
    query = (
        select(Card)
        .where(Card.touched_at <= touched_by, (Card.painted_at.is_(None)) | (Card.painted_at <= painted_by))
        .order_by(Card.touched_at, Card.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def settled(session: Session, card_id: int, version: int) -> None:
    """Say that the card shows what is true, unless it was touched again after that version."""
    session.execute(update(Card).where(Card.id == card_id, Card.version == version).values(touched_at=None))
