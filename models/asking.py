"""Letters that Telegram will be asked about: nobody can tell yet whether they arrived.

A letter of one message to one person can be asked about if it is known which numbers its message may have got, and if
nobody talked with that person meanwhile: another message of ours in that chat must never be touched.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from models import rounds
from models.cards import Card
from models.inbox import Inbox
from models.letters import Letter, State
from models.people import Account

OWN_COUNT = -1_000_000_000_000  # groups below this number count their messages themselves


def latest(session: Session, talk: timedelta) -> int | None:
    """The latest message known from before the start; None if answers to somebody may be newer."""
    query = (
        select(Letter.message_id, Letter.sent_at)
        .where(Letter.message_id.is_not(None), Letter.sent_at.is_not(None), Letter.chat_id > OWN_COUNT)
        .order_by(Letter.message_id.desc())
        .limit(1)
    )
    row = session.execute(query).one_or_none()
    if row is None or row[1] is None:
        return None
    since = row[1] - talk
    answered = select(Inbox.id).where(or_(Inbox.done_at > since, Inbox.received_at > since)).limit(1)
    return None if session.scalar(answered) is not None else row[0]


def accounted(session: Session, after: int, last: int) -> set[int]:
    """The numbers in between that are known to be something else."""
    letters = select(Letter.message_id).where(Letter.message_id.between(after + 1, last), Letter.chat_id > OWN_COUNT)
    cards = select(Card.message_id).where(Card.message_id.between(after + 1, last), Card.chat_id > OWN_COUNT)
    return {number for number in [*session.scalars(letters), *session.scalars(cards)] if number is not None}


def talked(session: Session, chat: int) -> None:
    """Somebody is talking with us: what is in doubt for them is not asked about, for an answer could be mistaken."""
    member = select(Account.member_id).where(Account.id == chat).scalar_subquery()
    session.execute(
        update(Letter)
        .where(Letter.state.in_((State.SENDING, State.ASKED)), Letter.after_id.is_not(None))
        .where(or_(Letter.chat_id == chat, Letter.member_id == member))
        .values(after_id=None),
        execution_options={"synchronize_session": False},
    )


def chats(session: Session) -> set[int]:
    """Whose letters are in doubt: nothing else is sent to them before it is known."""
    query = (
        select(func.coalesce(Account.id, Letter.chat_id))
        .select_from(Letter)
        .outerjoin(Account, Account.member_id == Letter.member_id)
        .where(Letter.state == State.ASKED)
    )
    return {chat for chat in session.scalars(query) if chat is not None}


def due(session: Session, now: datetime, apart_from: Collection[int]) -> list[tuple[Letter, int | None]]:
    """The letters to ask about now and their chats, the latest first: what they turn out to be narrows the others."""
    query = (
        select(Letter, func.coalesce(Account.id, Letter.chat_id))
        .select_from(Letter)
        .outerjoin(Account, Account.member_id == Letter.member_id)
        .where(Letter.state == State.ASKED, Letter.due_at <= now)
        .order_by(Letter.after_id.desc(), Letter.id)
        .limit(200)
    )
    return [(letter, chat) for letter, chat in session.execute(query).unique() if chat not in apart_from]


def later_than(session: Session, after: int) -> bool:
    """Whether letters that were begun later are still in doubt."""
    query = select(Letter.id).where(Letter.state == State.ASKED, Letter.after_id > after).limit(1)
    return session.scalar(query) is not None


def next_due(session: Session, apart_from: Collection[int]) -> datetime | None:
    """The moment of the next question."""
    query = (
        select(Letter.due_at, func.coalesce(Account.id, Letter.chat_id))
        .select_from(Letter)
        .outerjoin(Account, Account.member_id == Letter.member_id)
        .where(Letter.state == State.ASKED)
        .order_by(Letter.due_at)
    )
    return next((moment for moment, chat in session.execute(query) if chat not in apart_from), None)


def found(session: Session, letter_id: int, tries: int, chat_id: int, message_id: int, now: datetime) -> None:
    """Telegram was asked, and the letter is there."""
    if _being_asked(session, letter_id, tries) is not None:
        rounds.arrived(session, letter_id, tries, chat_id, message_id, None, now, found=True)


def missing(session: Session, letter_id: int, tries: int, now: datetime) -> None:
    """Telegram was asked, and the letter is not there: it is due again as it was."""
    letter = _being_asked(session, letter_id, tries)
    if letter is not None:
        letter.state, letter.cause = State.DUE, None
        rounds.stir(session, [letter], now)


def unsure(session: Session, letter_id: int, tries: int, now: datetime) -> None:
    """Telegram could not tell either: its grade says what to do."""
    letter = _being_asked(session, letter_id, tries)
    if letter is not None:
        rounds.by_grade(session, letter, now)


def _being_asked(session: Session, letter_id: int, tries: int) -> Letter | None:
    letter = session.get(Letter, letter_id)
    return letter if letter is not None and letter.state is State.ASKED and letter.tries == tries else None
