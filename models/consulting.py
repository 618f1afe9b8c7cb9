"""Consulting: what officers do with a draft rule that is put out for comment, and whom it reaches."""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import audiences, broadcasts, cards, cases, consultations, facts, handling, letters, rounds
from models.announcing import WATCHED
from models.audiences import Audience
from models.base import Refused
from models.cases import UNANSWERED, Outcome, Seat
from models.consultations import Consultation, ConsultationState, NewConsultation
from models.house import house
from models.letters import Grade, Letter
from models.people import Person, Role
from models.traces import trace

AT_ONCE = 100  # comments that one answer is given to


def managed(session: Session) -> list[Consultation]:
    """All consultations: those that still need an officer first, then the newest."""
    query = select(Consultation).order_by(Consultation.state == ConsultationState.PUBLISHED, Consultation.id.desc())
    return list(session.scalars(query.limit(200)))


def draft(session: Session, new: NewConsultation, by: Person, now: datetime) -> Consultation:
    """Keep it for the officer to look at before anybody else sees it."""
    found = Consultation(by_account=by.account.id, made_at=now, audience={}, state=ConsultationState.DRAFT)
    _fill(session, found, new, now)
    session.add(found)
    session.flush()
    return found


def unsent(session: Session, number: int) -> Consultation:
    """One that may still be changed."""
    found = consultations.by_id(session, number, lock=True)
    if found.state is not ConsultationState.DRAFT:
        raise Refused("consultations.sent_already")
    return found


def rewrite(session: Session, number: int, new: NewConsultation, now: datetime) -> Consultation:
    """Change what it says before it goes out."""
    found = unsent(session, number)
    _fill(session, found, new, now)
    return found


def _fill(session: Session, found: Consultation, new: NewConsultation, now: datetime) -> None:
    found.title, found.text, found.file_id = new.title, new.text, new.file
    found.closes_on, found.closes_at = new.closes_on, _midnight_after(session, new.closes_on)
    if found.closes_at <= now:
        raise Refused("consultations.past")


def _midnight_after(session: Session, day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), house(session).zone)


def address(session: Session, number: int, whom: Audience) -> Consultation:
    """Choose whom it is sent to."""
    found = unsent(session, number)
    found.audience = whom.kept()
    return found


def hang_up(session: Session, number: int, to_group: bool) -> Consultation:
    """Whether it hangs in the staff group too; then everybody may comment."""
    found = unsent(session, number)
    if to_group:
        _group(session)
    found.to_group = to_group
    return found


def _group(session: Session) -> int:
    group = facts.get(session, facts.STAFF_GROUP)
    if group is None:
        raise Refused("notices.no_group")
    return int(group)


def discard(session: Session, number: int, by: Person, now: datetime) -> None:
    """Throw it away."""
    found = unsent(session, number)
    trace(session, by, "consultations.discarded", f"consultation:{found.id}", now)
    session.delete(found)


def send(session: Session, number: int, by: Person, now: datetime) -> Consultation:
    """Put it out: a letter to everybody it concerns, and a card in the group if that was chosen."""
    found = unsent(session, number)
    if found.closes_at <= now:
        raise Refused("consultations.past")
    if not audiences.ids_of(session, found.whom):
        raise Refused("notices.nobody")
    found.state, found.sent_at = ConsultationState.OPEN, now
    _write_to_all(session, found, "consultations.letter", by, now, file_id=found.file_id, check="consultations.open")
    if found.to_group:
        _post_card(session, found, now)
    trace(session, by, "consultations.sent", f"consultation:{found.id}", now)
    return found


def _write_to_all(session: Session, found: Consultation, text: str, by: Person, now: datetime, **more: Any) -> None:
    members = audiences.members_of(session, found.whom)
    broadcast = broadcasts.begin(session, f"consultation:{found.id}:{text}", by, now)
    found.broadcast_id = broadcast.id
    letters.post_all(
        session,
        f"consultation:{found.id}:{text}",
        members,
        text,
        now,
        buttons=keyboard(found),
        broadcast_id=broadcast.id,
        subject_id=found.id,
        **consultations.facts_of(session, found),
        **more,
    )
    if len(members) >= WATCHED:
        broadcasts.watch(session, broadcast, by.account, now)


def keyboard(found: Consultation) -> list[list[list[Any]]]:
    """The buttons under what everybody gets."""
    view = letters.button("consultations.view", found.id)
    if found.state is ConsultationState.OPEN:
        return [[letters.button("consultations.comment", found.id), view]]
    return [[letters.button("consultations.answers", found.id), view]]


@letters.check("consultations.open")
def stands(session: Session, letter: Letter, now: datetime) -> bool:
    """Whether one can still comment."""
    found = session.get(Consultation, letter.subject_id)
    return found is not None and found.state is ConsultationState.OPEN and found.closes_at > now


def _post_card(session: Session, found: Consultation, now: datetime) -> None:
    letters.post(
        session,
        f"consultation:{found.id}:card",
        _group(session),
        "consultations.card",
        now,
        grade=Grade.ONCE,
        urgent=True,
        buttons=[[letters.button("link:draft", found.id, text="consultations.buttons.comment")]],
        outcome="consultations.card_is_up",
        subject_id=found.id,
        **consultations.facts_of(session, found),
    )


@letters.outcome("consultations.card_is_up")
def card_is_up(session: Session, letter: Letter, now: datetime) -> None:
    """It hangs in the group: from now on it is kept true."""
    assert letter.subject_id is not None
    assert letter.chat_id is not None
    assert letter.message_id is not None
    found = consultations.by_id(session, letter.subject_id)
    true = letter.params == letters.plain(consultations.facts_of(session, found))
    cards.put_up(session, "consultations", found.id, letter.chat_id, letter.message_id, now, true=true)


def close_due(session: Session, now: datetime) -> None:
    """When the time for comments is over: the card says so, and the officers hear how many are to be answered."""
    due = select(Consultation.id).where(Consultation.state == ConsultationState.OPEN, Consultation.closes_at <= now)
    for number in list(session.scalars(due)):
        found = consultations.by_id(session, number, lock=True)
        if found.state is ConsultationState.OPEN:
            found.state = ConsultationState.CLOSED
            cards.touch(session, "consultations", number, now)
            _tell_officers(session, found, "consultations.time_over", now)


def tell_ready(session: Session, now: datetime) -> None:
    """When every comment has its answer, the officers hear that all may be published."""
    closed = select(Consultation.id).where(
        Consultation.state == ConsultationState.CLOSED, Consultation.ready_at.is_(None)
    )
    for number in list(session.scalars(closed)):
        found = consultations.by_id(session, number, lock=True)
        comments = consultations.count(session, found)
        if found.ready_at is None and not consultations.unanswered(session, found):
            found.ready_at = now
            if comments:
                _tell_officers(session, found, "consultations.all_answered", now)


def _tell_officers(session: Session, found: Consultation, text: str, now: datetime) -> None:
    left = len(consultations.unanswered(session, found))
    for name, reader in rounds.readers(session, Role.OFFICER):
        letters.post(
            session,
            f"consultation:{found.id}:{text}:{name}",
            reader,
            text,
            now,
            buttons=[[letters.button("consultations.desk", found.id)]],
            left=left,
            **consultations.facts_of(session, found),
        )


def answer_many(
    session: Session, number: int, picked: list[int], words: str, outcome: Outcome, by: Person, now: datetime
) -> tuple[list[int], list[int]]:
    """Answer several comments with the same words. Returns which were, and which are not this officer's to answer now.

    Those are what somebody else has answered or its author has taken back meanwhile, and the officer's own.
    """
    subject = consultations.subject_of(consultations.by_id(session, number))
    done: list[int] = []
    late: list[int] = []
    own = False
    for one in sorted(set(picked[:AT_ONCE])):  # in the same order for everybody: two who lock the same wait, once
        case = cases.by_id(session, one, lock=True)
        if case.subject != subject:
            raise Refused("cases.unknown")
        seat = cases.seat_of(session, case, by)
        waits = case.state in UNANSWERED and case.preset == consultations.PRESET
        if waits and seat is not None and case.state in handling.ANSWERED_BY.get(seat, ()):
            handling.answer(session, one, case.turn, words, outcome, None, by, now)
            done.append(one)
        else:
            own = own or (waits and seat is Seat.AUTHOR)
            late.append(one)
    if not done:
        raise Refused("casework.own" if own else "consultations.all_answered_already")
    return done, late


def may_publish(session: Session, number: int, *, lock: bool = False) -> Consultation:
    """One whose answers may go out. Refused while it is open, or a comment waits: then it is said which."""
    found = consultations.by_id(session, number, lock=lock)
    if found.state is ConsultationState.PUBLISHED:
        raise Refused("consultations.published_already")
    if found.state is not ConsultationState.CLOSED:
        raise Refused("consultations.not_closed", day=found.closes_on.isoformat())
    left = consultations.unanswered(session, found)
    if left:
        raise Refused("consultations.unanswered", numbers=[case.id for case in left[:20]], count=len(left))
    return found


def publish(
    session: Session, number: int, summary: str | None, sheet_id: int | None, by: Person, now: datetime
) -> Consultation:
    """Tell everybody it concerned, at once, what was said and what came of it; nobody's name."""
    found = may_publish(session, number, lock=True)
    found.state, found.published_at = ConsultationState.PUBLISHED, now
    found.summary, found.sheet_id = summary, sheet_id
    session.flush()
    tally = tally_of(session, found)
    _write_to_all(session, found, "consultations.published", by, now, file_id=sheet_id, tally=tally)
    cards.touch(session, "consultations", found.id, now)
    if found.to_group:
        letters.post(
            session,
            f"consultation:{found.id}:published:group",
            _group(session),
            "consultations.published",
            now,
            grade=Grade.ONCE,
            urgent=True,
            file_id=sheet_id,
            buttons=[[letters.button("link:draft", found.id, text="consultations.buttons.answers")]],
            tally=tally,
            **consultations.facts_of(session, found),
        )
    trace(session, by, "consultations.published", f"consultation:{found.id}", now)
    return found


def tally_of(session: Session, found: Consultation) -> dict[str, int]:
    """How many comments came to what, by class of answer; `declined` for those not taken up."""
    counts = {outcome.value: 0 for outcome in Outcome} | {"declined": 0}
    for comment in consultations.read_out(session, found):
        if not comment.answered:
            continue
        counts[comment.outcome or "declined"] += 1
    return counts
