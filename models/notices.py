"""Notices: words to an audience, and who has read them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, Field
from sqlalchemy import ForeignKey, UniqueConstraint, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models import cards
from models.audiences import Audience
from models.base import Base, BigId, Level, Privacy, Refused, choice
from models.fields import Long
from models.people import Account, Member, Unit
from models.upsert import insert_new

LENGTH = 3000  # characters of a notice
WITH_FILE = 900  # of one that goes under a photo or a file
HEADING = 40  # a first line that is not longer stands out as the title


class NoticeState(StrEnum):
    DRAFT = "draft"
    TIMED = "timed"  # will be sent by itself
    SENT = "sent"
    RECALLED = "recalled"


class Notice(Base):
    """What the union tells people."""

    __tablename__ = "notices"
    privacy = Privacy(Level.STAFF)

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[NoticeState] = mapped_column(choice(NoticeState), default=NoticeState.DRAFT)
    text: Mapped[str]
    audience: Mapped[dict[str, Any]] = mapped_column(default=dict)
    to_group: Mapped[bool] = mapped_column(default=False)  # posted in the staff group instead of to each
    file_id: Mapped[int | None] = mapped_column(ForeignKey("files.id"))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("events.id"))
    urgent: Mapped[bool] = mapped_column(default=False)  # not even the quiet hours hold it back
    days: Mapped[int | None]  # of a public notice period: so many working days
    certain: Mapped[bool] = mapped_column(default=True)  # False: the official working days are not known yet
    send_at: Mapped[datetime | None] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None] = mapped_column(index=True)  # objections are heard until then
    closed: Mapped[bool] = mapped_column(default=False)  # its end has been noticed and told
    version: Mapped[int] = mapped_column(default=1)  # grows with every correction
    by_account: Mapped[int | None] = mapped_column(BigId)
    broadcast_id: Mapped[int | None] = mapped_column(ForeignKey("broadcasts.id"))
    made_at: Mapped[datetime]

    receipts: Mapped[list["Receipt"]] = relationship(back_populates="notice", lazy="raise")

    @property
    def whom(self) -> Audience:
        return Audience(**self.audience)

    @property
    def title(self) -> str:
        """Its first line, for lists."""
        first = self.text.strip().split("\n", 1)[0]
        return first if len(first) <= HEADING else f"{first[: HEADING - 1]}…"


class Receipt(Base):
    """That a notice is meant for a member, and when they said that they have read it."""

    __tablename__ = "receipts"
    __table_args__ = (UniqueConstraint("notice_id", "member_id"),)
    privacy = Privacy(Level.STAFF, whose="member_id", forget=True)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id"), index=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)
    read_at: Mapped[datetime | None]

    notice: Mapped[Notice] = relationship(back_populates="receipts", lazy="joined")


class Objection(Base):
    """What somebody has against what is put up for public notice; only officers see it."""

    __tablename__ = "objections"
    privacy = Privacy(Level.CONTACT, whose="member_id", blank={"text": ""}, keeps="objection")

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id"), index=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)
    text: Mapped[str]
    at: Mapped[datetime]

    member: Mapped[Member] = relationship(lazy="joined")


class NewNotice(BaseModel):
    """What an officer says when they write a notice."""

    text: Annotated[str, Field(min_length=2, max_length=LENGTH), Long()]


class NewObjection(BaseModel):
    """What somebody has against it."""

    text: Annotated[str, Field(min_length=5, max_length=1000), Long()]


@dataclass(frozen=True)
class Reading:
    """How many of a department have read it."""

    unit: str
    people: int
    read: int
    unbound: int

    @property
    def unread(self) -> int:
        return self.people - self.read - self.unbound


def by_id(session: Session, number: int, *, lock: bool = False) -> Notice:
    """One notice."""
    query = select(Notice).where(Notice.id == number)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise Refused("notices.unknown")
    return found


def facts_of(notice: Notice) -> dict[str, Any]:
    """The notice as parameters of its sentence."""
    head, _, rest = notice.text.strip().partition("\n")
    titled = bool(rest.strip()) and len(head) <= HEADING
    return {
        "title": head if titled else "",
        "body": rest.strip("\n") if titled else notice.text.strip(),
        "corrected": notice.version > 1,
        "recalled": notice.state is NoticeState.RECALLED,
        "days": notice.days,
        "certain": notice.certain,
        "closes_at": notice.closes_at.isoformat() if notice.closes_at else None,
    }


def receipt(session: Session, notice: Notice, member: Member) -> Receipt | None:
    """Whether it is meant for this member, and read."""
    query = select(Receipt).where(Receipt.notice_id == notice.id, Receipt.member_id == member.id)
    return session.scalars(query).one_or_none()


def read(session: Session, member: Member, number: int, now: datetime) -> Receipt:
    """Say that one has read it; saying so twice changes nothing. In the group everybody may."""
    notice = by_id(session, number)
    if notice.state is not NoticeState.SENT:
        raise Refused("notices.is_recalled" if notice.state is NoticeState.RECALLED else "notices.unknown")
    if notice.to_group:
        row = {"notice_id": notice.id, "member_id": member.id, "read_at": None}
        insert_new(session, Receipt, [row], returning=Receipt.id)
    found = receipt(session, notice, member)
    if found is None:
        raise Refused("notices.unknown")
    first = update(Receipt).where(Receipt.id == found.id, Receipt.read_at.is_(None)).values(read_at=now)
    session.execute(first)
    session.refresh(found)
    cards.touch(session, "notices.card", notice.id, now)
    return found


def for_member(session: Session, member: Member) -> list[Receipt]:
    """What was sent to a member: unread first, the newest first."""
    query = (
        select(Receipt)
        .join(Receipt.notice)
        .where(Receipt.member_id == member.id, Notice.state == NoticeState.SENT)
        .order_by(Receipt.read_at.is_not(None), Notice.sent_at.desc(), Notice.id.desc())
        .limit(100)
    )
    return list(session.scalars(query))


def managed(session: Session) -> list[Notice]:
    """All notices: those that wait for their moment first, the next one on top; then the newest."""
    query = select(Notice).order_by(
        Notice.state.not_in((NoticeState.TIMED, NoticeState.DRAFT)), Notice.send_at, Notice.id.desc()
    )
    return list(session.scalars(query.limit(200)))


def readings(session: Session, notice: Notice) -> list[Reading]:
    """Who has read it, by department; the department with most unread first."""
    here = select(Account.id).where(Account.member_id == Member.id).exists()
    query = (
        select(
            func.coalesce(Unit.name, ""),
            func.count(),
            func.count(Receipt.read_at),
            func.count().filter(~here, Receipt.read_at.is_(None)),
        )
        .select_from(Receipt)
        .join(Member, Member.id == Receipt.member_id)
        .outerjoin(Unit, Unit.id == Member.unit_id)
        .where(Receipt.notice_id == notice.id, Member.left_on.is_(None))
        .group_by(Unit.name)
    )
    found = [Reading(*row) for row in session.execute(query)]
    return sorted(found, key=lambda reading: (-reading.unread, reading.unit))


def unread(session: Session, notice: Notice) -> list[Member]:
    """Who has an account here, was written to, and has not said that they have read it."""
    query = (
        select(Member)
        .join(Receipt, Receipt.member_id == Member.id)
        .join(Account, Account.member_id == Member.id)
        .where(Receipt.notice_id == notice.id, Receipt.read_at.is_(None), Member.left_on.is_(None))
        .order_by(Member.number)
    )
    return list(session.scalars(query).unique())


def count_read(session: Session, notice: Notice) -> int:
    """How many have said so."""
    query = select(func.count()).where(Receipt.notice_id == notice.id, Receipt.read_at.is_not(None))
    return session.scalar(query) or 0


def by_name(session: Session, notice: Notice) -> list[tuple[str, str, str, datetime | None]]:
    """Department, number, name, and when they said that they have read it."""
    query = (
        select(func.coalesce(Unit.name, ""), Member.number, Member.name, Receipt.read_at)
        .select_from(Receipt)
        .join(Member, Member.id == Receipt.member_id)
        .outerjoin(Unit, Unit.id == Member.unit_id)
        .where(Receipt.notice_id == notice.id)
        .order_by(Unit.name, Member.number)
    )
    return [(unit, number, name, at) for unit, number, name, at in session.execute(query)]


def may_object(session: Session, member: Member, number: int, now: datetime) -> Notice:
    """The notice, if this member may say something against it now: it was meant for them, or hangs in the group."""
    notice = by_id(session, number)
    if not notice.to_group and receipt(session, notice, member) is None:
        raise Refused("notices.unknown")
    if notice.days is None or notice.state is not NoticeState.SENT:
        raise Refused("notices.unknown")
    if notice.closes_at is None or notice.closes_at <= now:
        raise Refused("notices.period_over")
    return notice


def object_to(session: Session, member: Member, number: int, new: NewObjection, now: datetime) -> Objection:
    """Say what one has against it; only officers see it."""
    notice = may_object(session, member, number, now)
    found = Objection(notice_id=notice.id, member_id=member.id, text=new.text, at=now)
    session.add(found)
    session.flush()
    return found


def objections(session: Session, notice: Notice) -> list[Objection]:
    """What was said against it, the oldest first."""
    return list(session.scalars(select(Objection).where(Objection.notice_id == notice.id).order_by(Objection.id)))
