"""Events (活动): something with a place and a time, that people sign up for, are reminded of, and are told about."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field, model_validator
from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models import cards, facts, letters, me
from models.base import Base, BigId, Level, Privacy, Refused, choice
from models.fields import EndOf, Long, Photo, Spot
from models.house import house
from models.letters import Grade, Letter
from models.people import Account, Member, Person
from models.traces import trace


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
    privacy = Privacy(Level.PUBLIC)

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
    version: Mapped[int] = mapped_column(default=0)  # grows with every change people are told of
    organiser_id: Mapped[int] = mapped_column(BigId)  # account of the officer who made it

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


def draft(session: Session, new: NewEvent, by: Person, now: datetime) -> Event:
    """Keep an event for the officer to look at before anybody else sees it."""
    _ahead(new, now)
    event = Event(organiser_id=by.account.id, state=EventState.DRAFT, version=0, closed=False, **_columns(new))
    event.items = [Item(places=new.places, taken=0, waiting=0, tickets=0)]
    session.add(event)
    session.flush()
    return event


def publish(session: Session, number: int, by: Person, now: datetime) -> Event:
    """Open the sign-up and post the card to the staff group."""
    event = by_id(session, number, lock=True)
    if event.state is not EventState.DRAFT:
        raise Refused("events.published_already")
    if event.starts_at <= now:
        raise Refused("events.past")
    group = facts.get(session, facts.STAFF_GROUP)
    if group is None:
        raise Refused("events.no_group")
    event.state = EventState.OPEN
    _post_card(session, event, int(group), "", now)
    trace(session, by, "events.published", f"event:{event.id}", now)
    return event


def repost(session: Session, number: int, by: Person, now: datetime) -> Event:
    """Post the card once more, with what has changed, its photo too; the older ones are kept true as well."""
    event = by_id(session, number, lock=True)
    if event.state is not EventState.OPEN or event.starts_at <= now:
        raise Refused("events.is_cancelled" if event.state is EventState.CANCELLED else "events.started")
    group = facts.get(session, facts.STAFF_GROUP)
    if group is None:
        raise Refused("events.no_group")
    _post_card(session, event, int(group), f":{now:%Y-%m-%dT%H:%M}", now)  # once a minute at most
    trace(session, by, "events.reposted", f"event:{event.id}", now)
    return event


def _post_card(session: Session, event: Event, group: int, again: str, now: datetime) -> None:
    letters.post(
        session,
        f"event:{event.id}:card{again}",
        group,
        "events.card",
        now,
        grade=Grade.ONCE,
        urgent=True,
        file_id=event.photo_id,
        buttons=[[letters.button("events.join", event.item.id), letters.button("events.leave", event.item.id)]],
        outcome="events.card_is_up",
        subject_id=event.id,
        **facts_of(event, now),
    )


@letters.outcome("events.card_is_up")
def card_is_up(session: Session, letter: Letter, now: datetime) -> None:
    """The card is in the group: from now on it is kept true."""
    assert letter.subject_id is not None
    assert letter.chat_id is not None
    assert letter.message_id is not None
    event = by_id(session, letter.subject_id)
    cards.put_up(
        session,
        "events",
        event.id,
        letter.chat_id,
        letter.message_id,
        now,
        photo=letter.file_id is not None,
        true=letter.params == letters.plain(facts_of(event, now)),
    )


def discard(session: Session, number: int) -> None:
    """Throw a draft away."""
    event = by_id(session, number, lock=True)
    if event.state is not EventState.DRAFT:
        raise Refused("events.published_already")
    for item in event.items:
        session.delete(item)
    session.delete(event)


def sign_up(session: Session, member: Member, number: int, now: datetime) -> Entry:
    """Give the member a place, or the next place on the waiting list; a second tap changes nothing."""
    item = item_by_id(session, number)
    _open(item.event, now)
    entry = _entry(session, item, member)
    if entry is not None and entry.state is not EntryState.LEFT:
        return entry
    if entry is None:
        entry = Entry(item_id=item.id, member_id=member.id, item=item, member=member)
        session.add(entry)
    item.tickets += 1
    entry.ticket, entry.at = item.tickets, now
    if item.waiting == 0 and (item.places is None or item.taken < item.places):
        item.taken += 1
        _let_in(session, entry, now)
    else:
        item.waiting += 1
        entry.state, entry.remind_at = EntryState.WAITING, None
    session.flush()
    cards.touch(session, "events", item.event_id, now)
    return entry


def leave(session: Session, member: Member, number: int, now: datetime) -> Entry:
    """Give the place back, or step out of the line; whoever is first in line moves up."""
    item = item_by_id(session, number)
    entry = _entry(session, item, member)
    if entry is None or entry.state is EntryState.LEFT:
        raise Refused("events.not_in")
    if item.event.starts_at <= now:
        raise Refused("events.started")
    _free(session, item, entry, now)
    return entry


def promote(session: Session, item: Item, now: datetime) -> list[Entry]:
    """Let the first in line in while there are places, and tell each of them once. The item must be locked."""
    if item.event.state is not EventState.OPEN or item.event.starts_at <= now:
        return []
    free = None if item.places is None else max(0, item.places - item.taken)
    line = (
        select(Entry)
        .join(Member, Entry.member_id == Member.id)
        .where(Entry.item_id == item.id, Entry.state == EntryState.WAITING, Member.left_on.is_(None))
        .order_by(Entry.ticket)
    )
    moved = list(session.scalars(line if free is None else line.limit(free)))
    for entry in moved:
        item.taken += 1
        item.waiting -= 1
        _let_in(session, entry, now)
        letters.post(
            session,
            f"entry:{entry.id}:promoted:{entry.ticket}",
            entry.member,
            "events.promoted",
            now,
            expires_at=item.event.starts_at,
            urgent=item.event.starts_at - now < timedelta(hours=12),
            check="events.still_in",
            subject_id=entry.id,
            buttons=[[letters.button("events.view", item.event_id)]],
            **facts_of(item.event, now),
        )
    session.flush()
    return moved


def edit(session: Session, number: int, new: NewEvent, by: Person, now: datetime) -> Event:
    """Change an event. A new time or place reaches everybody in and in line; added places let the line move up."""
    event = by_id(session, number, lock=True)
    if event.state is EventState.CANCELLED:
        raise Refused("events.is_cancelled")
    _ahead(new, now)
    before = {"time": (event.starts_at, event.ends_at), "place": event.place}
    for name, value in _columns(new).items():
        setattr(event, name, value)
    event.closed = event.closes_at <= now
    event.item.places = new.places
    session.flush()
    if event.state is EventState.OPEN:
        after = {"time": (event.starts_at, event.ends_at), "place": event.place}
        changed = [name for name in before if before[name] != after[name]]
        if changed:
            event.version += 1
            tell(session, event, "events.changed", f"changed:{event.version}", now, changed=changed)
            for entry in entries(session, event, EntryState.IN):
                entry.remind_at = _next_reminder(session, entry, now)
        promote(session, event.item, now)
        cards.touch(session, "events", event.id, now)
        trace(session, by, "events.edited", f"event:{event.id}", now)
    return event


def cancel(session: Session, number: int, reason: str, by: Person, now: datetime) -> Event:
    """Call an event off, and tell everybody in and in line why."""
    event = by_id(session, number, lock=True)
    if event.state is not EventState.OPEN:
        raise Refused("events.is_cancelled" if event.state is EventState.CANCELLED else "events.is_draft")
    event.state, event.reason = EventState.CANCELLED, reason
    tell(session, event, "events.called_off", "cancelled", now, reason=reason)
    session.execute(update(Entry).where(Entry.item_id == event.item.id).values(remind_at=None))
    cards.touch(session, "events", event.id, now)
    trace(session, by, "events.cancelled", f"event:{event.id}", now)
    return event


def write_to_all(session: Session, number: int, text: str, by: Person, now: datetime) -> int:
    """Write to everybody who signed up, in and in line. Returns how many."""
    event = by_id(session, number)
    trace(session, by, "events.wrote", f"event:{event.id}", now)
    return tell(session, event, "events.note", f"note:{now.isoformat()}", now, urgent=False, words=text)


def tell(
    session: Session, event: Event, sentence: str, why: str, now: datetime, urgent: bool | None = None, **params: Any
) -> int:
    """A letter to everybody in and in line. What happens within half a day does not wait for the morning."""
    soon = event.starts_at - now < timedelta(hours=12) if urgent is None else urgent
    told = 0
    for entry in entries(session, event, EntryState.IN, EntryState.WAITING):
        told += letters.post(
            session,
            f"event:{event.id}:{why}:{entry.member_id}",
            entry.member,
            sentence,
            now,
            urgent=soon,
            buttons=[[letters.button("events.view", event.id)]],
            **facts_of(event, now),
            **params,
        )
    return told


def remind(session: Session, now: datetime) -> None:
    """Write the reminders that are due; a late one still goes out before the event, and never after it."""
    due = select(Entry).where(Entry.remind_at <= now).limit(500)
    for entry in session.scalars(due):
        event = entry.item.event
        moment, entry.remind_at = entry.remind_at, _next_reminder(session, entry, now)
        if entry.state is not EntryState.IN or event.state is not EventState.OPEN or event.starts_at <= now:
            entry.remind_at = None
            continue
        assert moment is not None
        letters.post(
            session,
            f"entry:{entry.id}:reminder:{event.starts_at.isoformat()}:{moment.isoformat()}",
            entry.member,
            "events.reminder",
            now,
            grade=Grade.PERISHABLE,
            expires_at=event.starts_at,
            urgent=event.starts_at - now < timedelta(hours=3),
            check="events.still_in",
            subject_id=entry.id,
            buttons=[[letters.button("events.view", event.id), letters.button("events.leave", entry.item_id)]],
            **facts_of(event, now),
        )


@letters.check("events.still_in")
def still_in(session: Session, letter: Letter, now: datetime) -> bool:
    """Whether what the letter says still holds: they are in, the event is on, and at the time it names."""
    entry = session.get(Entry, letter.subject_id)
    if entry is None or entry.state is not EntryState.IN:
        return False
    event = entry.item.event
    return event.state is EventState.OPEN and event.starts_at.isoformat() == letter.params["starts_at"]


def close_due(session: Session, now: datetime) -> None:
    """When the sign-up ends: the card says so, and the organiser hears how many come."""
    due = select(Event).where(Event.state == EventState.OPEN, Event.closed.is_(False), Event.closes_at <= now)
    for event in session.scalars(due):
        event.closed = True
        cards.touch(session, "events", event.id, now)
        letters.post(
            session,
            f"event:{event.id}:closed:{event.closes_at.isoformat()}",
            event.organiser_id,
            "events.sign_up_over",
            now,
            expires_at=event.starts_at,
            buttons=[[letters.button("events.roll", event.id)], [letters.button("events.export", event.id)]],
            **facts_of(event, now),
        )


def release_leavers(session: Session, now: datetime) -> None:
    """Who has left the institute gives the place back, and the line moves up."""
    gone = (
        select(Entry)
        .join(Member, Entry.member_id == Member.id)
        .join(Item, Entry.item_id == Item.id)
        .join(Event, Item.event_id == Event.id)
        .where(Member.left_on.is_not(None), Entry.state != EntryState.LEFT, Event.starts_at > now)
    )
    for entry in session.scalars(gone).unique():
        _free(session, item_by_id(session, entry.item_id), entry, now)


@me.before_erasing
def give_back(session: Session, member: Member, now: datetime) -> None:
    """Who asks to be forgotten gives the places back that lie ahead, and the lines move up."""
    mine = select(Entry).where(Entry.member_id == member.id, Entry.state != EntryState.LEFT)
    for entry in session.scalars(mine).unique():
        if entry.item.event.starts_at > now:
            _free(session, item_by_id(session, entry.item_id), entry, now)


@me.after_leads
def replan(session: Session, member: Member, now: datetime) -> None:
    """Follow the reminder times the member has just chosen."""
    mine = select(Entry).where(Entry.member_id == member.id, Entry.state == EntryState.IN)
    for entry in session.scalars(mine):
        if entry.item.event.starts_at > now:
            entry.remind_at = _next_reminder(session, entry, now)


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
    entry = _entry(session, event.item, member)
    return entry if entry is not None and entry.state is not EntryState.LEFT else None


@dataclass(frozen=True)
class RollLine:
    """One line of an event's roll, for an officer."""

    place: int
    number: str
    name: str
    unit: str
    state: str
    at: datetime
    reachable: bool


def roll(session: Session, event: Event) -> list[RollLine]:
    """Who is in and who is in line, in the order of the line; and whether a letter reaches them."""
    accounts = (
        select(Account)
        .join(Entry, Entry.member_id == Account.member_id)
        .join(Item, Entry.item_id == Item.id)
        .where(Item.event_id == event.id)
    )
    reach = {account.member_id: account.reachable for account in session.scalars(accounts).unique()}
    lines = []
    for state in (EntryState.IN, EntryState.WAITING):
        for place, entry in enumerate(entries(session, event, state), 1):
            who = entry.member
            unit = who.unit.name if who.unit else ""
            lines.append(RollLine(place, who.number, who.name, unit, state, entry.at, reach.get(who.id, False)))
    return lines


def place_in_line(session: Session, entry: Entry) -> int:
    """How many are in line up to this one; 0 for who is in."""
    if entry.state is not EntryState.WAITING:
        return 0
    ahead = select(func.count()).where(
        Entry.item_id == entry.item_id, Entry.state == EntryState.WAITING, Entry.ticket <= entry.ticket
    )
    return session.scalar(ahead) or 0


def facts_of(event: Event, now: datetime) -> dict[str, Any]:
    """What every sentence about the event may say."""
    return {
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
    }


def _columns(new: NewEvent) -> dict[str, Any]:
    return {
        "title": new.title,
        "about": new.about,
        "place": new.place,
        "latitude": new.spot.latitude if new.spot else None,
        "longitude": new.spot.longitude if new.spot else None,
        "starts_at": new.starts_at,
        "ends_at": new.ends_at,
        "closes_at": new.closes_at or new.starts_at,
        "photo_id": new.photo,
    }


def _ahead(new: NewEvent, now: datetime) -> None:
    if new.starts_at <= now:
        raise Refused("events.past")


def _open(event: Event, now: datetime) -> None:
    if event.state is EventState.CANCELLED:
        raise Refused("events.is_cancelled")
    if event.closes_at <= now:
        raise Refused("events.is_closed")


def _entry(session: Session, item: Item, member: Member) -> Entry | None:
    return session.scalar(select(Entry).where(Entry.item_id == item.id, Entry.member_id == member.id))


def _let_in(session: Session, entry: Entry, now: datetime) -> None:
    entry.state = EntryState.IN
    entry.remind_at = _next_reminder(session, entry, now)


def _free(session: Session, item: Item, entry: Entry, now: datetime) -> None:
    if entry.state is EntryState.IN:
        item.taken -= 1
    else:
        item.waiting -= 1
    entry.state, entry.remind_at = EntryState.LEFT, None
    session.flush()
    promote(session, item, now)
    cards.touch(session, "events", item.event_id, now)


def _next_reminder(session: Session, entry: Entry, now: datetime) -> datetime | None:
    """The earliest of the member's chosen moments before the event that is still ahead."""
    start = entry.item.event.starts_at
    chosen = session.scalar(select(Account.leads).where(Account.member_id == entry.member_id))
    leads = house(session).leads if chosen is None else chosen
    ahead = [start - timedelta(minutes=lead) for lead in leads]
    return min((moment for moment in ahead if moment > now), default=None)
