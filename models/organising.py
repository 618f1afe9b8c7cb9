"""Organising: what officers do with an event, and whom it reaches."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import cards, entries, events, facts, letters
from models.base import Refused
from models.events import Entry, EntryState, Event, EventState, Item, NewEvent
from models.letters import Grade, Letter
from models.people import Person
from models.traces import trace


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
    event = events.by_id(session, number, lock=True)
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
    event = events.by_id(session, number, lock=True)
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
        **events.facts_of(event, now),
    )


@letters.outcome("events.card_is_up")
def card_is_up(session: Session, letter: Letter, now: datetime) -> None:
    """The card is in the group: from now on it is kept true."""
    assert letter.subject_id is not None
    assert letter.chat_id is not None
    assert letter.message_id is not None
    event = events.by_id(session, letter.subject_id)
    cards.put_up(
        session,
        "events",
        event.id,
        letter.chat_id,
        letter.message_id,
        now,
        photo=letter.file_id is not None,
        true=letter.params == letters.plain(events.facts_of(event, now)),
    )


def discard(session: Session, number: int) -> None:
    """Throw a draft away."""
    event = events.by_id(session, number, lock=True)
    if event.state is not EventState.DRAFT:
        raise Refused("events.published_already")
    for item in event.items:
        session.delete(item)
    session.delete(event)


def edit(session: Session, number: int, new: NewEvent, by: Person, now: datetime) -> Event:
    """Change an event. A new time or place reaches everybody in and in line; added places let the line move up."""
    event = events.by_id(session, number, lock=True)
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
            for entry in events.entries(session, event, EntryState.IN):
                entry.remind_at = entries.next_reminder(session, entry, now)
        entries.promote(session, event.item, now)
        cards.touch(session, "events", event.id, now)
        trace(session, by, "events.edited", f"event:{event.id}", now)
    return event


def cancel(session: Session, number: int, reason: str, by: Person, now: datetime) -> Event:
    """Call an event off, and tell everybody in and in line why."""
    event = events.by_id(session, number, lock=True)
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
    event = events.by_id(session, number)
    trace(session, by, "events.wrote", f"event:{event.id}", now)
    return tell(session, event, "events.note", f"note:{now.isoformat()}", now, urgent=False, words=text)


def tell(
    session: Session, event: Event, sentence: str, why: str, now: datetime, urgent: bool | None = None, **params: Any
) -> int:
    """A letter to everybody in and in line. What happens within half a day does not wait for the morning."""
    soon = event.starts_at - now < timedelta(hours=12) if urgent is None else urgent
    told = 0
    for entry in events.entries(session, event, EntryState.IN, EntryState.WAITING):
        told += letters.post(
            session,
            f"event:{event.id}:{why}:{entry.member_id}",
            entry.member,
            sentence,
            now,
            urgent=soon,
            buttons=[[letters.button("events.view", event.id)]],
            **events.facts_of(event, now),
            **params,
        )
    return told


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
            **events.facts_of(event, now),
        )


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
