"""Events (活动): something with a place and a time, that people sign up for, are reminded of, and are told about.

Here is what an event is; `entries` holds what people do with it, `organising` what officers do.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field, model_validator
from sqlalchemy import ForeignKey, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, BigId, Level, Privacy, Refused, choice
from models.fields import EndOf, Given, Long, Photo, Spot
from models.people import Member


class EventState(StrEnum):
    DRAFT = "draft"  # an officer is still looking at it
    OPEN = "open"
    CANCELLED = "cancelled"


class EntryState(StrEnum):
    IN = "in"
    WAITING = "waiting"
    LEFT = "left"


class NewEvent(BaseModel):
    """What an officer must say about an event. The form asks for these fields in this order."""

    title: Annotated[str, Field(min_length=2, max_length=60)]
    starts_at: AwareDatetime
    ends_at: Annotated[AwareDatetime | None, EndOf("starts_at")] = None
    place: Annotated[str, Field(min_length=1, max_length=80)]
    spot: Spot | None = None
    places: Annotated[int | None, Field(ge=1, le=100_000)] = None
    closes_at: AwareDatetime | None = None
    about: Annotated[str | None, Field(max_length=600), Long()] = None
    photo: Annotated[int | None, Photo()] = None
    version: Annotated[int | None, Given()] = None  # of the event when its form was opened

    @model_validator(mode="after")
    def _in_order(self) -> "NewEvent":
        if self.ends_at is not None and self.ends_at <= self.starts_at:
            raise ValueError("ends_before_start")
        if self.closes_at is not None and self.closes_at > self.starts_at:
            raise ValueError("closes_after_start")
        return self


class Event(Base):
    """One event. Its places are held by its items; a plain event has one."""

    __tablename__ = "events"
    privacy = Privacy(Level.STAFF, whose="organiser_account", blank={"organiser_account": None}, keeps="events")

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(default="activity")
    title: Mapped[str]
    about: Mapped[str | None]
    place: Mapped[str]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime | None]
    closes_at: Mapped[datetime]
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("files.id"))
    state: Mapped[EventState] = mapped_column(choice(EventState), default=EventState.DRAFT)
    reason: Mapped[str | None]  # why it was cancelled
    closed: Mapped[bool] = mapped_column(default=False)  # the end of sign-up has been noticed and told
    version: Mapped[int] = mapped_column(default=0)  # grows with every change
    organiser_account: Mapped[int | None] = mapped_column(BigId)  # of the officer who made it

    items: Mapped[list["Item"]] = relationship(order_by="Item.id", back_populates="event")

    @property
    def item(self) -> "Item":
        """The one item of a plain event."""
        return self.items[0]


class Item(Base):
    """What an entry claims: a place in an event. Its numbers change only under its lock."""

    __tablename__ = "items"
    privacy = Privacy(Level.PUBLIC)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    places: Mapped[int | None]  # None: as many as come
    taken: Mapped[int] = mapped_column(default=0)
    waiting: Mapped[int] = mapped_column(default=0)
    tickets: Mapped[int] = mapped_column(default=0)  # the last number drawn in the line

    event: Mapped[Event] = relationship(lazy="joined", back_populates="items")


class Entry(Base):
    """One person's claim on an item; leaving keeps the row, coming back goes to the end of the line."""

    __tablename__ = "entries"
    __table_args__ = (
        UniqueConstraint("item_id", "member_id"),
        Index("ix_entries_line", "item_id", "state", "ticket"),
    )
    privacy = Privacy(Level.STAFF, whose="member_id", forget=True)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)
    state: Mapped[EntryState] = mapped_column(choice(EntryState))
    ticket: Mapped[int]
    at: Mapped[datetime]
    remind_at: Mapped[datetime | None] = mapped_column(index=True)  # the next reminder; None: no more

    item: Mapped[Item] = relationship(lazy="joined")
    member: Mapped[Member] = relationship(lazy="joined")


def by_id(session: Session, number: int, *, lock: bool = False) -> Event:
    """The event; with `lock`, nobody else takes or gives back a place until the end of the unit."""
    event = session.get(Event, number)
    if event is None:
        raise Refused("events.unknown")
    if lock:
        session.execute(select(Item.id).where(Item.event_id == number).with_for_update())
        session.refresh(event)
        for item in event.items:
            session.refresh(item)
    return event


def item_by_id(session: Session, number: int) -> Item:
    """The item, locked: what is read of it stays true until the end of the unit."""
    locked = select(Item).where(Item.id == number).with_for_update(of=Item)
    item = session.scalars(locked.execution_options(populate_existing=True)).unique().one_or_none()
    if item is None or item.event.state is EventState.DRAFT:
        raise Refused("events.unknown")
    return item


def open_to(session: Session, now: datetime) -> list[Event]:
    """The events one can still go to, next first."""
    ahead = select(Event).where(Event.state == EventState.OPEN, Event.starts_at > now).order_by(Event.starts_at)
    return list(session.scalars(ahead))


def managed(session: Session, now: datetime) -> list[Event]:
    """What officers look after: drafts and what lies ahead first, then what is past."""
    every = list(session.scalars(select(Event).order_by(Event.starts_at.desc()).limit(200)))
    ahead = [event for event in every if event.starts_at > now and event.state is not EventState.CANCELLED]
    return ahead[::-1] + [event for event in every if event not in ahead]


def entries(session: Session, event: Event, *states: EntryState) -> list[Entry]:
    """The entries in these states, in the order of the line."""
    query = select(Entry).join(Item, Entry.item_id == Item.id).where(Item.event_id == event.id)
    return list(session.scalars(query.where(Entry.state.in_(states)).order_by(Entry.ticket)).unique())


def entry_of(session: Session, event: Event, member: Member | None) -> Entry | None:
    """What this member has with the event; None if nothing, or no longer."""
    if member is None:
        return None
    mine = entry(session, event.item, member)
    return mine if mine is not None and mine.state is not EntryState.LEFT else None


def facts_of(event: Event, now: datetime) -> dict[str, Any]:
    """What every sentence about the event may say."""
    return {
        "version": event.version,
        "title": event.title,
        "about": event.about,
        "place": event.place,
        "starts_at": event.starts_at.isoformat(),
        "ends_at": event.ends_at.isoformat() if event.ends_at else None,
        "closes_at": event.closes_at.isoformat(),
        "places": event.item.places,
        "taken": event.item.taken,
        "waiting": event.item.waiting,
        "open": event.state is not EventState.CANCELLED and event.closes_at > now,
        "cancelled": event.state is EventState.CANCELLED,
        "closes_early": event.closes_at < event.starts_at,
    }


def as_answers(event: Event) -> dict[str, Any]:
    """The event as its form's answers, to be changed."""
    spot = None
    if event.latitude is not None and event.longitude is not None:
        spot = Spot(latitude=event.latitude, longitude=event.longitude)
    return {
        "title": event.title,
        "starts_at": event.starts_at,
        "ends_at": event.ends_at,
        "place": event.place,
        "spot": spot,
        "places": event.item.places,
        "closes_at": None if event.closes_at == event.starts_at else event.closes_at,
        "about": event.about,
        "photo": event.photo_id,
        "version": event.version,
    }


def entry(session: Session, item: Item, member: Member) -> Entry | None:
    """The member's claim on the item, in whatever state; None if there never was one."""
    return session.scalar(select(Entry).where(Entry.item_id == item.id, Entry.member_id == member.id))
