"""Entries: how people sign up, wait, move up, leave, and are reminded. Places and lines change only under the lock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import cards, events, letters, me
from models.base import Refused
from models.events import Entry, EntryState, Event, EventState, Item
from models.house import house
from models.letters import Grade, Letter
from models.people import Account, Member

NOTICE = timedelta(hours=2)  # what concerns an event must be known so long before it, whatever the hour


def sign_up(session: Session, member: Member, number: int, now: datetime) -> Entry:
    """Give the member a place, or the next place on the waiting list; a second tap changes nothing."""
    item = events.item_by_id(session, number)
    entry = events.entry(session, item, member)
    if entry is not None and entry.state is not EntryState.LEFT and item.event.state is EventState.OPEN:
        return entry
    _open(item.event, now)
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
    item = events.item_by_id(session, number)
    entry = events.entry(session, item, member)
    if entry is None or entry.state is EntryState.LEFT:
        raise Refused("events.not_in")
    if item.event.starts_at <= now:
        raise Refused("events.started")
    _free(session, item, entry.id, now)
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
    line = line.execution_options(populate_existing=True)  # what was read before the lock may not be true any more
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
            needed_by=item.event.starts_at - NOTICE,
            check="events.has_a_place",
            subject_id=entry.id,
            buttons=[[letters.button("events.view", item.event_id)]],
            **events.facts_of(item.event, now),
        )
    session.flush()
    return moved


def remind(session: Session, now: datetime) -> None:
    """Write the reminders that are due; a late one still goes out before the event, and never after it."""
    due = select(Entry.id, Entry.item_id).where(Entry.remind_at <= now).order_by(Entry.item_id, Entry.id).limit(500)
    for number, item_id in session.execute(due).all():
        event = events.item_by_id(session, item_id).event
        entry = session.get_one(Entry, number, populate_existing=True)  # under the lock: an edit may have been first
        moment = entry.remind_at
        if moment is None or moment > now:
            continue
        if entry.state is not EntryState.IN or event.state is not EventState.OPEN or event.starts_at <= now:
            entry.remind_at = None
            continue
        entry.remind_at = next_reminder(session, entry, now)
        letters.post(
            session,
            f"entry:{entry.id}:reminder:{event.starts_at.isoformat()}:{moment.isoformat()}",
            entry.member,
            "events.reminder",
            now,
            grade=Grade.PERISHABLE,
            expires_at=event.starts_at,
            needed_by=event.starts_at - NOTICE,
            check="events.is_ahead",
            subject_id=entry.id,
            buttons=[[letters.button("events.view", event.id), letters.button("events.leave", entry.item_id)]],
            **events.facts_of(event, now),
        )


@letters.check("events.has_a_place")
def has_a_place(session: Session, letter: Letter, now: datetime) -> bool:
    """Whether they still have the place they are told of; the letter tells of the event as it is by now."""
    entry = session.get(Entry, letter.subject_id)
    if entry is None or entry.state is not EntryState.IN or entry.item.event.state is not EventState.OPEN:
        return False
    letter.params = letters.plain(events.facts_of(entry.item.event, now))
    return True


@letters.check("events.is_ahead")
def is_ahead(session: Session, letter: Letter, now: datetime) -> bool:
    """Whether the event they are reminded of is still at the time for which the reminder was written."""
    written_for = letter.params["starts_at"]
    return has_a_place(session, letter, now) and letter.params["starts_at"] == written_for


def release_leavers(session: Session, now: datetime) -> None:
    """Who has left the institute gives the place back, and the line moves up."""
    gone = (
        select(Entry.id, Entry.item_id)
        .join(Member, Entry.member_id == Member.id)
        .join(Item, Entry.item_id == Item.id)
        .join(Event, Item.event_id == Event.id)
        .where(Member.left_on.is_not(None), Entry.state != EntryState.LEFT, Event.starts_at > now)
        .order_by(Entry.item_id, Entry.id)
    )
    for number, item_id in session.execute(gone).all():
        _free(session, events.item_by_id(session, item_id), number, now)


@me.before_erasing
def give_back(session: Session, member: Member, now: datetime) -> None:
    """Who asks to be forgotten gives the places back that lie ahead, and the lines move up."""
    ahead = (
        select(Entry.id, Entry.item_id)
        .join(Item, Entry.item_id == Item.id)
        .join(Event, Item.event_id == Event.id)
        .where(Entry.member_id == member.id, Entry.state != EntryState.LEFT, Event.starts_at > now)
        .order_by(Entry.item_id)
    )
    for number, item_id in session.execute(ahead).all():
        _free(session, events.item_by_id(session, item_id), number, now)


@me.after_leads
def replan(session: Session, member: Member, now: datetime) -> None:
    """Follow the reminder times the member has just chosen."""
    mine = select(Entry).where(Entry.member_id == member.id, Entry.state == EntryState.IN)
    for entry in session.scalars(mine):
        if entry.item.event.starts_at > now:
            entry.remind_at = next_reminder(session, entry, now)


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
        for place, entry in enumerate(events.entries(session, event, state), 1):
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


def _open(event: Event, now: datetime) -> None:
    if event.state is EventState.CANCELLED:
        raise Refused("events.is_cancelled")
    if event.closes_at <= now:
        raise Refused("events.is_closed")


def _let_in(session: Session, entry: Entry, now: datetime) -> None:
    entry.state = EntryState.IN
    entry.remind_at = next_reminder(session, entry, now)


def _free(session: Session, item: Item, number: int, now: datetime) -> None:
    """Give a place back, under the item's lock: the entry is read again, for somebody else may have been first."""
    entry = session.get_one(Entry, number, populate_existing=True)
    if entry.state is EntryState.LEFT:
        return
    if entry.state is EntryState.IN:
        item.taken -= 1
    else:
        item.waiting -= 1
    entry.state, entry.remind_at = EntryState.LEFT, None
    session.flush()
    promote(session, item, now)
    cards.touch(session, "events", item.event_id, now)


def next_reminder(session: Session, entry: Entry, now: datetime) -> datetime | None:
    """The earliest of the member's chosen moments before the event that is still ahead."""
    chosen = session.scalar(select(Account.leads).where(Account.member_id == entry.member_id))
    return _earliest(entry.item.event.starts_at, house(session).leads if chosen is None else chosen, now)


def remind_anew(session: Session, event: Event, now: datetime) -> None:
    """The event has moved: everybody who is in is reminded by its new time."""
    inside = events.entries(session, event, EntryState.IN)
    accounts = select(Account.member_id, Account.leads).where(
        Account.member_id.in_(select(Entry.member_id).where(Entry.item_id == event.item.id))
    )
    chosen = {member: leads for member, leads in session.execute(accounts).all() if leads is not None}
    for entry in inside:
        entry.remind_at = _earliest(event.starts_at, chosen.get(entry.member_id, house(session).leads), now)


def _earliest(start: datetime, leads: Iterable[int], now: datetime) -> datetime | None:
    ahead = [start - timedelta(minutes=lead) for lead in leads]
    return min((moment for moment in ahead if moment > now), default=None)
