"""Announcing: what officers do with a notice, and whom it reaches."""

from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.orm import Session

from models import audiences, broadcasts, cards, events, facts, letters, notices, rounds, workdays
from models.audiences import Audience
from models.base import Refused
from models.cards import Card
from models.events import EventState
from models.files import File
from models.house import house
from models.letters import Grade, Letter, State
from models.notices import LENGTH, WITH_FILE, NewNotice, Notice, NoticeState, Objection, Receipt
from models.people import Account, Member, Person, Role, person_of
from models.traces import trace
from models.upsert import insert_new

WATCHED = 30  # readers from which on the officer sees a message that moves; fewer are written to in a second
NUDGE_GAP = timedelta(hours=1)  # between two reminders of one notice
PERIODS = (3, 5, 7)  # working days of a public notice period that can be chosen
KINDS = ("notices", "notices.card")  # of cards: everybody's own copy after a correction, and the one in the group
EVENING = time(18)  # when such a period ends on its last day


def draft(session: Session, new: NewNotice, whom: Audience, by: Person, now: datetime) -> Notice:
    """Keep a notice for the officer to look at before anybody else sees it."""
    notice = Notice(text=new.text, audience=whom.kept(), by_account=by.account.id, made_at=now)
    notice.state, notice.version = NoticeState.DRAFT, 1
    session.add(notice)
    session.flush()
    return notice


def unsent(session: Session, number: int) -> Notice:
    """A notice that may still be changed freely."""
    notice = notices.by_id(session, number, lock=True)
    if notice.state not in (NoticeState.DRAFT, NoticeState.TIMED):
        raise Refused("notices.sent_already")
    return notice


def rewrite(session: Session, number: int, text: str) -> Notice:
    """Other words for a notice that has not been sent."""
    notice = unsent(session, number)
    _fits(text, notice.file_id)
    notice.text = text
    return notice


def _fits(text: str, file_id: int | None) -> None:
    if len(text) > (WITH_FILE if file_id is not None else LENGTH):
        raise Refused("notices.too_long_for_file", most=WITH_FILE)


def address(session: Session, number: int, whom: Audience, *, to_group: bool = False) -> Notice:
    """Choose whom it is for: an audience, or the staff group as a whole."""
    notice = unsent(session, number)
    if to_group and facts.get(session, facts.STAFF_GROUP) is None:
        raise Refused("notices.no_group")
    notice.audience, notice.to_group = whom.kept(), to_group
    return notice


def attach(session: Session, number: int, file: File | None) -> Notice:
    """Put a photo or a file with it, or take it away."""
    notice = unsent(session, number)
    _fits(notice.text, file.id if file else None)
    notice.file_id = file.id if file else None
    return notice


def point_to(session: Session, number: int, event_id: int | None) -> Notice:
    """Put a button with it that opens an event."""
    notice = unsent(session, number)
    if event_id is not None and events.by_id(session, event_id).state is not EventState.OPEN:
        raise Refused("events.unknown")
    notice.event_id = event_id
    return notice


def make_public(session: Session, number: int, days: int) -> Notice:
    """Make it a public notice of so many working days, during which objections are heard; 0: an ordinary one."""
    notice = unsent(session, number)
    if days not in (0, *PERIODS):
        raise Refused("common.old_button")
    notice.days = days or None
    return notice


def hurry(session: Session, number: int, urgent: bool) -> Notice:
    """Whether it goes out even in the quiet hours."""
    notice = unsent(session, number)
    notice.urgent = urgent
    return notice


def put_off(session: Session, number: int, moment: datetime, by: Person, now: datetime) -> Notice:
    """Let it be sent by itself at that moment."""
    notice = unsent(session, number)
    if not notice.to_group and not audiences.ids_of(session, notice.whom):
        raise Refused("notices.nobody")
    if moment <= now:
        raise Refused("notices.past")
    notice.send_at, notice.state = moment, NoticeState.TIMED
    trace(session, by, "notices.timed", f"notice:{notice.id}", now)
    return notice


def stay(session: Session, number: int, by: Person, now: datetime) -> Notice:
    """It shall not be sent by itself after all; it stays as a draft."""
    notice = unsent(session, number)
    notice.send_at, notice.state = None, NoticeState.DRAFT
    trace(session, by, "notices.untimed", f"notice:{notice.id}", now)
    return notice


def discard(session: Session, number: int, by: Person, now: datetime) -> None:
    """Throw a notice away that has not been sent."""
    notice = unsent(session, number)
    trace(session, by, "notices.discarded", f"notice:{notice.id}", now)
    session.delete(notice)


def send_due(session: Session, now: datetime) -> None:
    """Send what was put off until now."""
    query = select(Notice.id).where(Notice.state == NoticeState.TIMED, Notice.send_at <= now).order_by(Notice.send_at)
    for number in list(session.scalars(query.limit(5))):
        notice = notices.by_id(session, number, lock=True)
        if notice.state is NoticeState.TIMED:
            try:
                _send(session, notice, now)
            except Refused as no:
                notice.state = NoticeState.DRAFT
                key = f"notice:{notice.id}:stuck:{now:%Y-%m-%d}"
                rounds.tell(session, Role.OFFICER, key, "notices.stuck", now, title=notice.title, why=no.code)


def send(session: Session, number: int, by: Person, now: datetime) -> Notice:
    """Send it now."""
    notice = unsent(session, number)
    _send(session, notice, now, by)
    trace(session, by, "notices.sent", f"notice:{notice.id}", now)
    return notice


def _send(session: Session, notice: Notice, now: datetime, by: Person | None = None) -> None:
    members = audiences.members_of(session, notice.whom) if not notice.to_group else []
    if not members and not notice.to_group:
        raise Refused("notices.nobody")
    notice.state, notice.sent_at, notice.send_at = NoticeState.SENT, now, None
    if notice.days is not None:
        _begin_period(session, notice, now)
    if notice.to_group:
        _post_in_group(session, notice, now)
        return
    broadcast = broadcasts.begin(session, f"notice:{notice.id}", by, now)
    notice.broadcast_id = broadcast.id
    rows = [{"notice_id": notice.id, "member_id": member.id, "read_at": None} for member in members]
    for first in range(0, len(rows), 5000):
        insert_new(session, Receipt, rows[first : first + 5000], returning=Receipt.id)
    letters.post_all(session, f"notice:{notice.id}", members, "notices.letter", now, **_envelope(notice))
    watcher = by.account if by else session.get(Account, notice.by_account) if notice.by_account else None
    if watcher is not None and len(members) >= WATCHED:
        broadcasts.watch(session, broadcast, watcher, now)


def _begin_period(session: Session, notice: Notice, now: datetime) -> None:
    """The period begins on the next working day and ends in the evening of its last."""
    here = house(session)
    assert notice.days is not None
    last = workdays.add_workdays(workdays.book(session), here.local(now).date(), notice.days)
    notice.certain, notice.closes_at = last.certain, datetime.combine(last.day, EVENING, here.zone)


def _envelope(notice: Notice) -> dict[str, Any]:
    """What every letter of the notice has in common."""
    return {
        "buttons": keyboard(notice),
        "file_id": notice.file_id,
        "broadcast_id": notice.broadcast_id,
        "subject_id": notice.id,
        "check": "notices.stands",
        "urgent": notice.urgent,
        **notices.facts_of(notice),
    }


def keyboard(notice: Notice) -> list[list[list[Any]]]:
    """The buttons under a notice that has not been read."""
    rows = [[letters.button("notices.read", notice.id)]]
    if notice.event_id is not None:
        rows.append([letters.button("link:event", notice.event_id, text="notices.buttons.event")])
    if notice.days is not None:
        object_button = letters.button("link:objection", notice.id, text="notices.buttons.object")
        rows.append([object_button if notice.to_group else letters.button("notices.object", notice.id)])
    return rows


@letters.check("notices.stands")
def stands(session: Session, letter: Letter, now: datetime) -> bool:
    """Whether the notice has not been taken back."""
    notice = session.get(Notice, letter.subject_id)
    return notice is not None and notice.state is NoticeState.SENT


def _post_in_group(session: Session, notice: Notice, now: datetime) -> None:
    group = facts.get(session, facts.STAFF_GROUP)
    if group is None:
        raise Refused("notices.no_group")
    envelope = _envelope(notice) | {"urgent": True, "count": 0}
    letters.post(
        session,
        f"notice:{notice.id}:group",
        int(group),
        "notices.card",
        now,
        grade=Grade.ONCE,
        outcome="notices.card_is_up",
        **envelope,
    )


@letters.outcome("notices.card_is_up")
def card_is_up(session: Session, letter: Letter, now: datetime) -> None:
    """It hangs in the group: from now on it is kept true, with the number of those who have read it."""
    assert letter.subject_id is not None
    assert letter.chat_id is not None
    assert letter.message_id is not None
    photo = letter.file_id is not None
    cards.put_up(session, "notices.card", letter.subject_id, letter.chat_id, letter.message_id, now, photo=photo)


def correct(session: Session, number: int, text: str, by: Person, now: datetime) -> Notice:
    """Other words for a notice that was sent: every copy is changed where it stands, and is to be read again."""
    notice = _sent(session, number)
    _fits(text, notice.file_id)
    if text.strip() == notice.text.strip():
        raise Refused("notices.not_changed")
    notice.text, notice.version = text, notice.version + 1
    session.execute(update(Receipt).where(Receipt.notice_id == notice.id).values(read_at=None))
    _repaint(session, notice, now)
    trace(session, by, "notices.corrected", f"notice:{notice.id}", now, version=notice.version)
    return notice


def recall(session: Session, number: int, by: Person, now: datetime) -> Notice:
    """Take it back: what has not gone is not sent, what has gone says that it was withdrawn."""
    notice = _sent(session, number)
    notice.state = NoticeState.RECALLED
    letters.recall(session, "recalled", *_copies(notice))
    _repaint(session, notice, now)
    trace(session, by, "notices.recalled", f"notice:{notice.id}", now)
    return notice


def _sent(session: Session, number: int) -> Notice:
    notice = notices.by_id(session, number, lock=True)
    if notice.state is not NoticeState.SENT:
        raise Refused("notices.is_recalled" if notice.state is NoticeState.RECALLED else "notices.not_sent")
    return notice


def _repaint(session: Session, notice: Notice, now: datetime) -> None:
    """Every copy becomes a card that is painted anew; copies that are still to go out carry the new words."""
    facts_ = letters.plain(notices.facts_of(notice))
    mine = _copies(notice)
    for letter in session.scalars(select(Letter).where(*mine, Letter.state == State.DUE)):
        letter.params = {**letter.params, **facts_}
    shown = select(Card.chat_id, Card.message_id).where(Card.kind.in_(KINDS), Card.subject_id == notice.id)
    known = {(chat, message) for chat, message in session.execute(shown)}
    there = select(Letter.chat_id, Letter.message_id, Letter.file_id)
    rows = [
        {
            "kind": "notices",
            "subject_id": notice.id,
            "chat_id": chat,
            "message_id": message,
            "photo": file is not None,
            "version": 0,
        }
        for chat, message, file in session.execute(there.where(*mine, Letter.state == State.SENT))
        if chat is not None and message is not None and (chat, message) not in known
    ]
    if rows:
        session.execute(insert(Card), rows)
    for kind in KINDS:
        cards.touch(session, kind, notice.id, now)


def _copies(notice: Notice) -> tuple[ColumnElement[bool], ...]:
    """The letters that carry its words."""
    return Letter.subject_id == notice.id, Letter.text.in_(("notices.letter", "notices.nudge", "notices.card"))


def nudge(session: Session, number: int, by: Person, now: datetime) -> int:
    """Send it again to those who have not read it, and to nobody else. Returns to how many."""
    notice = _sent(session, number)
    members = notices.unread(session, notice)
    if not members:
        raise Refused("notices.all_read")
    latest = select(Letter.id).where(
        Letter.text == "notices.nudge", Letter.subject_id == notice.id, Letter.due_at > now - NUDGE_GAP
    )
    if session.scalars(latest.limit(1)).first() is not None:
        raise Refused("notices.nudged_just_now")
    envelope = _envelope(notice) | {"check": "notices.unread", "broadcast_id": None}
    key = f"notice:{notice.id}:nudge:{now:%Y-%m-%dT%H:%M}"
    letters.post_all(session, key, members, "notices.nudge", now, **envelope)
    trace(session, by, "notices.nudged", f"notice:{notice.id}", now, people=len(members))
    return len(members)


@letters.check("notices.unread")
def still_unread(session: Session, letter: Letter, now: datetime) -> bool:
    """Whether the reader has not said meanwhile that they have read it."""
    read = select(Receipt.id).where(
        Receipt.notice_id == letter.subject_id, Receipt.member_id == letter.member_id, Receipt.read_at.is_not(None)
    )
    return stands(session, letter, now) and session.scalar(read) is None


def _hearers(session: Session, notice: Notice) -> list[tuple[str, Member | int]]:
    """Who hears what comes of a notice: the officers, and an admin who sent it."""
    found = dict(rounds.readers(session, Role.OFFICER))
    sender = session.get(Account, notice.by_account) if notice.by_account is not None else None
    if sender is not None and person_of(session, sender, house(session).admins).may(Role.OFFICER):
        if sender.member is not None:
            found.setdefault(f"m{sender.member.id}", sender.member)
        else:
            found.setdefault(f"a{sender.id}", sender.id)
    return list(found.items())


def told_of(session: Session, objection: Objection, now: datetime) -> None:
    """Let the officers know that there is an objection; who and what stands in their own chat only."""
    notice = notices.by_id(session, objection.notice_id)
    for to, reader in _hearers(session, notice):
        letters.post(
            session,
            f"objection:{objection.id}:{to}",
            reader,
            "notices.objection_came",
            now,
            buttons=[[letters.button("notices.desk", notice.id)]],
            title=notice.title,
            name=objection.member.name,
            text_=objection.text,
        )


def close_due(session: Session, now: datetime) -> None:
    """Tell the officers when a public notice period is over, and what came in."""
    query = select(Notice.id).where(Notice.closes_at <= now, Notice.closed.is_(False), Notice.state == NoticeState.SENT)
    for number in list(session.scalars(query)):
        notice = notices.by_id(session, number, lock=True)
        notice.closed = True
        cards.touch(session, "notices.card", notice.id, now)
        count = len(notices.objections(session, notice))
        for to, reader in _hearers(session, notice):
            letters.post(
                session,
                f"notice:{notice.id}:closed:{to}",
                reader,
                "notices.period_ended",
                now,
                buttons=[[letters.button("notices.desk", notice.id)]],
                title=notice.title,
                count=count,
            )
