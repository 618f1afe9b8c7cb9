"""Organising: what officers do with an event, and whom it reaches."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import cards, entries, events, facts, letters, rounds
from models.base import Refused
from models.events import Entry, EntryState, Event, EventState, Item, NewEvent
from models.house import house
from models.letters import Grade, Letter, State
from models.people import Account, Member, Person, Role, person_of
from models.traces import trace


def draft(session: Session, new: NewEvent, by: Person, now: datetime) -> Event:
    """Keep an event for the officer to look at before anybody else sees it."""
    _ahead(new, now)
    event = Event(organiser_account=by.account.id, state=EventState.DRAFT, version=0, closed=False, **_columns(new))
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
    event = _going_on(session, number, now)
    group = facts.get(session, facts.STAFF_GROUP)
    if group is None:
        raise Refused("events.no_group")
    _post_card(session, event, int(group), f":{now:%Y-%m-%dT%H:%M}", now)  # once a minute at most
    trace(session, by, "events.reposted", f"event:{event.id}", now)
    return event


def _post_card(session: Session, event: Event, group: int, again: str, now: datetime) -> None:
    buttons = [[letters.button("events.join", event.item.id), letters.button("events.leave", event.item.id)]]
    if event.latitude is not None:
        buttons.append([letters.button("link:event", event.id, text="events.buttons.where")])
    letters.post(
        session,
        f"event:{event.id}:card{again}",
        group,
        "events.card",
        now,
        grade=Grade.ONCE,
        urgent=True,
        file_id=event.photo_id,
        buttons=buttons,
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
    event = events.by_id(session, letter.subject_id, lock=True)
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
    """Change an event. A new time or place reaches everybody in and in line; added places let the line move up.

    Refused if it has been changed since the form was opened: the form holds all lines and would undo that change.
    """
    event = events.by_id(session, number, lock=True)
    if event.state is EventState.CANCELLED:
        raise Refused("events.is_cancelled")
    if new.version is not None and new.version != event.version:
        raise Refused("events.changed_meanwhile")
    _ahead(new, now)
    before = {"time": (event.starts_at, event.ends_at), "place": event.place}
    for name, value in _columns(new).items():
        setattr(event, name, value)
    event.closed = event.closes_at <= now
    event.item.places = new.places
    event.version += 1
    session.flush()
    if event.state is EventState.OPEN:
        after = {"time": (event.starts_at, event.ends_at), "place": event.place}
        changed = {name for name in before if before[name] != after[name]} | _untold(session, event)
        if changed:
            tell(session, event, "events.changed", f"changed:{event.version}", now, changed=sorted(changed))
            entries.remind_anew(session, event, now)
        entries.promote(session, event.item, now)
        cards.touch(session, "events", event.id, now)
        trace(session, by, "events.edited", f"event:{event.id}", now)
    return event


def cancel(session: Session, number: int, reason: str, by: Person, now: datetime) -> Event:
    """Call an event off, and tell everybody in and in line why."""
    event = _going_on(session, number, now)
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
    return tell(session, event, "events.note", f"note:{now.isoformat()}", now, words=text)


def tell(session: Session, event: Event, sentence: str, why: str, now: datetime, **params: Any) -> int:
    """A letter to everybody in and in line. It waits for the morning, unless the morning is too late."""
    told = 0
    for entry in events.entries(session, event, EntryState.IN, EntryState.WAITING):
        told += letters.post(
            session,
            f"event:{event.id}:{why}:{entry.member_id}",
            entry.member,
            sentence,
            now,
            needed_by=event.starts_at - entries.NOTICE,
            check="events.is_news" if sentence == "events.changed" else None,
            subject_id=event.id,
            buttons=[[letters.button("events.view", event.id)]],
            **events.facts_of(event, now),
            **params,
        )
    return told


@letters.check("events.is_news")
def is_news(session: Session, letter: Letter, now: datetime) -> bool:
    """Whether this is the last word about the event: a later change, or its end, has a letter of its own."""
    event = session.get(Event, letter.subject_id)
    return event is not None and event.state is EventState.OPEN and event.version == letter.params["version"]


def close_due(session: Session, now: datetime) -> None:
    """When the sign-up ends: the card says so, and the organiser hears how many come."""
    due = select(Event.id).where(Event.state == EventState.OPEN, Event.closed.is_(False), Event.closes_at <= now)
    for number in session.scalars(due).all():
        event = events.by_id(session, number, lock=True)
        if event.closed or event.closes_at > now:  # somebody has just given it more time
            continue
        event.closed = True
        cards.touch(session, "events", event.id, now)
        for name, reader in _organisers(session, event):
            letters.post(
                session,
                f"event:{event.id}:closed:{event.closes_at.isoformat()}:{name}",
                reader,
                "events.sign_up_over",
                now,
                expires_at=now + timedelta(days=7),
                buttons=[[letters.button("events.roll", event.id)], [letters.button("events.export", event.id)]],
                **events.facts_of(event, now),
            )


def _organisers(session: Session, event: Event) -> Iterable[tuple[str, Member | int]]:
    """Who made the event; if they are gone, whoever is an officer now."""
    account = session.get(Account, event.organiser_account) if event.organiser_account is not None else None
    if account is not None and person_of(session, account, house(session).admins).may(Role.OFFICER):
        return [(f"a{account.id}", account.id)]
    return rounds.readers(session, Role.OFFICER)


def _untold(session: Session, event: Event) -> set[str]:
    """What has changed already, but waits for the morning to be told."""
    waiting = select(Letter.params).where(
        Letter.text == "events.changed", Letter.subject_id == event.id, Letter.state == State.DUE
    )
    return {name for params in session.scalars(waiting.limit(1)) for name in params.get("changed", ())}


def _going_on(session: Session, number: int, now: datetime) -> Event:
    """The event, locked, if it is out and still ahead."""
    event = events.by_id(session, number, lock=True)
    if event.state is not EventState.OPEN:
        raise Refused("events.is_cancelled" if event.state is EventState.CANCELLED else "events.is_draft")
    if event.starts_at <= now:
        raise Refused("events.is_over")
    return event


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
