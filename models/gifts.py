"""Gifts (慰问品): what the union gives, what there is to choose from, and who is entitled to it.

Here is what a gift is; `giving` holds what officers do with it, `collecting` what becomes of one person's share.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationInfo, field_validator
from sqlalchemy import ForeignKey, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.audiences import Audience
from models.base import Base, BigId, Level, Privacy, Refused, choice
from models.fields import Long, When
from models.people import Member

CHOICES = 8  # options of one gift at most
CHOOSE, SETTLE, SOON, LAST, END = "choose", "settle", "soon", "last", "end"  # what happens to a gift by itself
_PRICED = re.compile(
    r"(?P<title>\S.{0,39}?)[\s，,：:、]*(?<![\d.])(?P<yuan>\d{1,5}(?:\.\d{1,2})?)\s*(?:元|块|yuan|rmb)"
    r"(?:[\s，,、]*(?:共|限|only)?\s*(?P<stock>\d{1,6})\s*(?:份|个|盒|张|件|套|袋|pcs|pieces?|sets?|left)?)?",
    re.IGNORECASE,
)


class GiftKind(StrEnum):
    """What a gift is for; every kind has a yearly cap of its own."""

    BIRTHDAY = "birthday"
    FESTIVAL = "festival"
    OTHER = "other"


class GiftState(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True)
class Offer:
    """One line of what an officer offers: its name, its price in fen, and how many there are."""

    title: str
    fen: int
    stock: int | None


def yuan(fen: int) -> str:
    """An amount as people write it: 120, or 58.50."""
    return str(fen // 100) if fen % 100 == 0 else f"{fen / 100:.2f}"


def read_offers(text: str) -> list[Offer]:
    """Read `粽子礼盒 120元 50份`, one a line. ValueError with a code when a line says no price, or names repeat."""
    found = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        match = _PRICED.fullmatch(line)
        if match is None:
            raise ValueError("options_unread")
        stock = int(match["stock"]) if match["stock"] else None
        found.append(Offer(match["title"].strip(), int(Decimal(match["yuan"]) * 100), stock))
    if not 1 <= len(found) <= CHOICES:
        raise ValueError("options_many")
    if len({offer.title for offer in found}) < len(found):
        raise ValueError("options_twice")
    return found


def _to_choose(answers: Any) -> bool:
    """Whether there is more than one thing to choose from."""
    return len([line for line in (answers["options"] or "").splitlines() if line.strip()]) > 1


class NewGift(BaseModel):
    """What an officer must say about a gift."""

    title: Annotated[str, Field(min_length=2, max_length=40)]
    kind: GiftKind
    options: Annotated[str, Field(max_length=600), Long()]
    choose_by: Annotated[date | None, When(_to_choose, required=True)] = None  # its evening is the end
    collect_from: date
    collect_until: date
    place: Annotated[str, Field(min_length=1, max_length=60)]
    hours: Annotated[str | None, Field(max_length=40)] = None

    @field_validator("options")
    @classmethod
    def _readable(cls, value: str) -> str:
        read_offers(value)
        return value

    @field_validator("collect_from")
    @classmethod
    def _chosen_before(cls, value: date, info: ValidationInfo) -> date:
        if info.data.get("choose_by") is not None and value <= info.data["choose_by"]:
            raise ValueError("choose_too_late")
        return value

    @field_validator("collect_until")
    @classmethod
    def _not_before_it_begins(cls, value: date, info: ValidationInfo) -> date:
        if info.data.get("collect_from") is not None and value < info.data["collect_from"]:
            raise ValueError("ends_before_start")
        return value


class NewPlace(BaseModel):
    """Where and when it is handed out instead."""

    collect_from: date
    collect_until: date
    place: Annotated[str, Field(min_length=1, max_length=60)]
    hours: Annotated[str | None, Field(max_length=40)] = None

    @field_validator("collect_until")
    @classmethod
    def _not_before_it_begins(cls, value: date, info: ValidationInfo) -> date:
        if info.data.get("collect_from") is not None and value < info.data["collect_from"]:
            raise ValueError("ends_before_start")
        return value


class Gift(Base):
    """Something the union gives to many: what for, for whom, until when, where."""

    __tablename__ = "gifts"
    privacy = Privacy(Level.STAFF)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[GiftKind] = mapped_column(choice(GiftKind))
    state: Mapped[GiftState] = mapped_column(choice(GiftState), default=GiftState.DRAFT)
    title: Mapped[str]
    audience: Mapped[dict[str, Any]] = mapped_column(default=dict)
    month: Mapped[date | None]  # for whose birthday is kept in the month that begins on this day
    left_out: Mapped[list[int]] = mapped_column(default=list)  # members who are not given it
    choose_by: Mapped[date | None]  # the last day to choose; None: there is nothing to choose
    collect_from: Mapped[date]
    collect_until: Mapped[date]
    place: Mapped[str]
    hours: Mapped[str | None]
    year: Mapped[int]  # against whose cap it counts
    version: Mapped[int] = mapped_column(default=1)  # grows when place or days change
    done: Mapped[list[str]] = mapped_column(default=list)  # which of its moments have passed: see gift_days.moments
    broadcast_id: Mapped[int | None] = mapped_column(ForeignKey("broadcasts.id"))
    by_account: Mapped[int | None] = mapped_column(BigId)
    made_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    options: Mapped[list["Option"]] = relationship(order_by="Option.id", back_populates="gift", cascade="all, delete")

    @property
    def whom(self) -> Audience:
        return Audience(**self.audience)


class Option(Base):
    """One of the things to choose from. How many are taken changes only where stock is left."""

    __tablename__ = "gift_options"
    privacy = Privacy(Level.PUBLIC)

    id: Mapped[int] = mapped_column(primary_key=True)
    gift_id: Mapped[int] = mapped_column(ForeignKey("gifts.id"), index=True)
    title: Mapped[str]
    fen: Mapped[int]  # its price; 100 are a yuan
    stock: Mapped[int | None]  # None: as many as are wanted
    taken: Mapped[int] = mapped_column(default=0)

    gift: Mapped[Gift] = relationship(lazy="joined", back_populates="options")

    @property
    def left(self) -> int | None:
        return None if self.stock is None else self.stock - self.taken


class Entitlement(Base):
    """One member's share of a gift: what they chose, their code, and that they received and signed for it."""

    __tablename__ = "entitlements"
    __table_args__ = (UniqueConstraint("gift_id", "member_id"),)
    privacy = Privacy(Level.CONTACT, whose="member_id", blank={"code": None, "chosen_at": None}, keeps="gifts")

    id: Mapped[int] = mapped_column(primary_key=True)
    gift_id: Mapped[int] = mapped_column(ForeignKey("gifts.id"), index=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)
    option_id: Mapped[int | None] = mapped_column(ForeignKey("gift_options.id"), index=True)
    fen: Mapped[int]  # what it counts against the cap: of the option chosen, or of the first while nothing is
    birthday_year: Mapped[int | None]  # of the birthday's own calendar: each one is given for once
    code: Mapped[str | None] = mapped_column(unique=True)
    chosen_at: Mapped[datetime | None]  # by the member; None: nothing was, or it was settled for them
    given_at: Mapped[datetime | None]
    given_by: Mapped[int | None] = mapped_column(BigId)  # account of the officer who handed it out
    signed_at: Mapped[datetime | None]
    by_hand: Mapped[bool] = mapped_column(default=False)  # signed on paper, in the officer's list
    withdrawn_at: Mapped[datetime | None]  # they left before they collected it

    gift: Mapped[Gift] = relationship(lazy="joined")
    option: Mapped[Option | None] = relationship(lazy="joined")
    member: Mapped[Member] = relationship(lazy="joined")


HELD = Entitlement.withdrawn_at.is_(None)


def by_id(session: Session, number: int, *, lock: bool = False) -> Gift:
    """One gift. With `lock`, nobody else opens, settles or changes one of its kind and year until the unit's end."""
    gift = session.get(Gift, number)
    if gift is None:
        raise Refused("gifts.unknown")
    if lock:
        _alike(session, gift, share=False)
        session.refresh(gift)
    return gift


def hold(session: Session, gift: Gift) -> None:
    """Let none of its kind and year be opened or settled until the unit's end; others may choose meanwhile."""
    _alike(session, gift, share=True)
    session.refresh(gift)


def _alike(session: Session, gift: Gift, *, share: bool) -> None:
    """The gifts that share one cap, always in the same order, so that nobody waits for one another."""
    alike = or_(Gift.id == gift.id, (Gift.kind == gift.kind) & (Gift.year == gift.year))
    session.execute(select(Gift.id).where(alike).order_by(Gift.id).with_for_update(read=share))


def facts_of(gift: Gift) -> dict[str, Any]:
    """The gift as parameters of its sentence."""
    return {
        "title": gift.title,
        "kind": gift.kind.value,
        "choose_by": gift.choose_by.isoformat() if gift.choose_by else None,
        "collect_from": gift.collect_from.isoformat(),
        "collect_until": gift.collect_until.isoformat(),
        "place": gift.place,
        "hours": gift.hours,
        "options": [option.title for option in gift.options],
    }


def as_answers(gift: Gift) -> dict[str, Any]:
    """The gift as the answers of its form."""
    lines = [
        f"{option.title} {yuan(option.fen)}元" + (f" {option.stock}份" if option.stock is not None else "")
        for option in gift.options
    ]
    names = ("title", "kind", "choose_by", "collect_from", "collect_until", "place", "hours")
    return {**{name: getattr(gift, name) for name in names}, "options": "\n".join(lines)}


def managed(session: Session) -> list[Gift]:
    """All gifts: what is being handed out first, then drafts, then what is over."""
    order = {GiftState.OPEN: 0, GiftState.DRAFT: 1, GiftState.CLOSED: 2}
    rows = session.scalars(select(Gift).order_by(Gift.collect_until.desc(), Gift.id.desc()).limit(300))
    return sorted(rows, key=lambda gift: order[gift.state])


def option(session: Session, number: int) -> Option:
    """One of the things to choose from."""
    found = session.get(Option, number)
    if found is None:
        raise Refused("gifts.unknown")
    return found
