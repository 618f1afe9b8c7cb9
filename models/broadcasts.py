"""Broadcasts: many letters with one cause, watched, stopped and resumed as one.

The officer sees one message that moves: how many are there, wait, cannot be reached, and about how long it takes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import cards, letters
from models.base import Base, BigId, Level, Privacy, Refused
from models.letters import Letter, State
from models.people import Account, Person
from models.traces import trace
from models.upsert import insert_new

PACE = 25.0  # letters a second, until it is known how fast they really go
LATELY = timedelta(seconds=30)  # the stretch from which that is known
FEW = 20  # letters from which nothing can be told yet
SOON = timedelta(minutes=1)


class Broadcast(Base):
    """One cause of many letters."""

    __tablename__ = "broadcasts"
    privacy = Privacy(Level.PUBLIC)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)  # notice:7
    by_account: Mapped[int | None] = mapped_column(BigId)  # who watches it; None: the house itself began it
    held: Mapped[bool] = mapped_column(default=False)  # stopped: its letters wait
    begun_at: Mapped[datetime]


@dataclass(frozen=True)
class Progress:
    """How far a broadcast is."""

    total: int
    sent: int
    waiting: int  # not tried yet, or being sent
    unbound: int  # on the roster, not here yet
    unreachable: int  # a known no: blocked, left
    late: int  # expired or no longer true before they went
    doubtful: int  # nobody can tell
    held: bool
    left: timedelta | None  # about how long it still takes; None: nothing is moving
    begins: datetime | None = None  # nothing goes before this moment: the readers are asleep

    @property
    def over(self) -> bool:
        return self.waiting == 0


def begin(session: Session, key: str, by: Person | None, now: datetime) -> Broadcast:
    """The broadcast of that name, begun now unless it is there already."""
    row = {"key": key, "by_account": by.account.id if by else None, "held": False, "begun_at": now}
    insert_new(session, Broadcast, [row], returning=Broadcast.id)
    return session.scalars(select(Broadcast).where(Broadcast.key == key)).one()


def by_id(session: Session, number: int) -> Broadcast:
    """One broadcast."""
    found = session.get(Broadcast, number)
    if found is None:
        raise Refused("broadcasts.unknown")
    return found


def watch(session: Session, broadcast: Broadcast, by: Account, now: datetime) -> None:
    """Put the message that moves into the officer's chat; once."""
    letters.post(
        session,
        f"broadcast:{broadcast.id}:progress",
        by,
        "broadcasts.progress",
        now,
        grade=letters.Grade.ONCE,
        urgent=True,
        due_at=broadcast.begun_at,
        buttons=[[letters.button("broadcasts.hold", broadcast.id)]],
        outcome="broadcasts.is_up",
        subject_id=broadcast.id,
        **facts_of(session, broadcast, now),
    )


@letters.outcome("broadcasts.is_up")
def is_up(session: Session, letter: Letter, now: datetime) -> None:
    """The message is in the chat: from now on it moves."""
    assert letter.subject_id is not None
    assert letter.chat_id is not None
    assert letter.message_id is not None
    cards.put_up(session, "broadcasts", letter.subject_id, letter.chat_id, letter.message_id, now)
    session.info["cards"] = True


def hold(session: Session, number: int, by: Person, now: datetime) -> Broadcast:
    """Stop: what has not gone yet waits until somebody resumes it."""
    return _set(session, number, by, now, held=True)


def resume(session: Session, number: int, by: Person, now: datetime) -> Broadcast:
    """Go on; what has meanwhile lost its worth is not sent any more."""
    return _set(session, number, by, now, held=False)


def _set(session: Session, number: int, by: Person, now: datetime, *, held: bool) -> Broadcast:
    broadcast = session.get(Broadcast, number, with_for_update=True)
    if broadcast is None:
        raise Refused("broadcasts.unknown")
    if broadcast.held is not held:
        broadcast.held = held
        trace(session, by, "broadcasts.held" if held else "broadcasts.resumed", f"broadcast:{number}", now)
        cards.touch(session, "broadcasts", number, now)
        session.info["letters"] = True
    return broadcast


def progress(session: Session, broadcast: Broadcast, now: datetime) -> Progress:
    """Count its letters."""
    query = select(Letter.state, Letter.cause, func.count()).where(Letter.broadcast_id == broadcast.id)
    counts = {"sent": 0, "waiting": 0, "unbound": 0, "unreachable": 0, "late": 0, "doubtful": 0}
    for state, cause, number in session.execute(query.group_by(Letter.state, Letter.cause)):
        counts[_sort(state, cause)] += number
    left, begins = None, None
    if counts["waiting"] and not broadcast.held:
        begins = _begins(session, broadcast, now)
        left = timedelta(seconds=counts["waiting"] / _pace(session, broadcast, now)) if begins is None else None
    return Progress(total=sum(counts.values()), held=broadcast.held, left=left, begins=begins, **counts)


def _pace(session: Session, broadcast: Broadcast, now: datetime) -> float:
    """Letters a second, as they went of late; guessed while too few have gone, or none since it was resumed."""
    lately = select(func.count(), func.min(Letter.sent_at)).where(
        Letter.broadcast_id == broadcast.id, Letter.sent_at > now - LATELY
    )
    number, since = session.execute(lately).one()
    seconds = (now - since).total_seconds() if since is not None else 0.0
    return max(number / seconds, 1.0) if number >= FEW and seconds >= 1 else PACE


def _begins(session: Session, broadcast: Broadcast, now: datetime) -> datetime | None:
    """The moment before which nothing goes; None if something is on its way or due."""
    waiting = select(func.min(Letter.due_at)).where(Letter.broadcast_id == broadcast.id, Letter.state == State.DUE)
    moving = select(Letter.id).where(
        Letter.broadcast_id == broadcast.id, Letter.state.in_((State.SENDING, State.ASKED))
    )
    first = session.scalar(waiting)
    if first is None or first <= now + SOON or session.scalar(moving.limit(1)) is not None:
        return None
    return first


def _sort(state: State, cause: str | None) -> str:
    if state is State.SENT:
        return "sent"
    if state in (State.DUE, State.SENDING, State.ASKED):
        return "waiting"
    if state is State.UNKNOWN:
        return "doubtful"
    if cause == "no_account":
        return "unbound"
    return "late" if cause in ("expired", "untrue", "quiet", "recalled") else "unreachable"


def facts_of(session: Session, broadcast: Broadcast, now: datetime) -> dict[str, Any]:
    """The progress as parameters of its sentence."""
    found = progress(session, broadcast, now)
    minutes = None if found.left is None else -(-int(found.left.total_seconds()) // 60)
    counts = ("total", "sent", "waiting", "unbound", "unreachable", "late", "doubtful", "held", "over")
    begins = letters.plain(found.begins)
    return {"minutes": minutes, "begins": begins} | {name: getattr(found, name) for name in counts}
