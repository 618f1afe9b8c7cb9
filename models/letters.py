"""Letters: the only way to say something to anyone but the person in front of you.

A letter is a row written in the same transaction as its cause and unique by its meaning, so that running the cause
twice says it once. It names a sentence, not words: it is put into words in the reader's language when it is sent.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, BigId, Level, Privacy, choice
from models.people import Account, Member
from models.upsert import insert_new


class Grade(StrEnum):
    """What an unknown outcome means for a letter."""

    MUST = "A"  # must arrive: sent again, marked as a repeat
    ONCE = "B"  # must not repeat: a human decides
    PERISHABLE = "C"  # worth nothing after its expiry: sent again only before


class State(StrEnum):
    DUE = "due"
    SENDING = "sending"  # committed before the call
    SENT = "sent"
    UNKNOWN = "unknown"  # nobody can tell whether it arrived
    DEAD = "dead"  # a known no: blocked, expired, no longer true


class Letter(Base):
    """One message to one reader: a member, an account, or a group."""

    __tablename__ = "letters"
    __table_args__ = (Index("ix_letters_state_due", "state", "due_at"),)
    privacy = Privacy(Level.CONTACT, whose="member_id", forget=True)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)  # its meaning: entry:7:reminder:2026-11-27T07:00
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"), index=True)
    chat_id: Mapped[int | None] = mapped_column(BigId)  # a group, or the private chat of an account without a member
    text: Mapped[str]  # key of the sentence
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    buttons: Mapped[list[Any]] = mapped_column(
        default=list
    )  # rows of [button name, arguments, label key, label params]
    file_id: Mapped[int | None] = mapped_column(ForeignKey("files.id"))
    grade: Mapped[Grade] = mapped_column(choice(Grade))
    check: Mapped[str | None]  # asked just before sending whether it is still true
    outcome: Mapped[str | None]  # told the chat and message id once it is sent
    subject_id: Mapped[int | None]  # what check and outcome are about
    urgent: Mapped[bool] = mapped_column(default=False)  # does not wait for the morning
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    state: Mapped[State] = mapped_column(choice(State), default=State.DUE)
    tries: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    message_id: Mapped[int | None]
    cause: Mapped[str | None]  # why it is dead or unknown, as a code


class Check(Protocol):
    def __call__(self, session: Session, letter: Letter, now: datetime) -> bool: ...


class Outcome(Protocol):
    def __call__(self, session: Session, letter: Letter, now: datetime) -> None: ...


CHECKS: dict[str, Check] = {}
OUTCOMES: dict[str, Outcome] = {}


def check(name: str) -> Callable[[Check], Check]:
    """Declare a function that says, just before a letter is sent, whether it is still true."""

    def declare(function: Check) -> Check:
        CHECKS[name] = function
        return function

    return declare


def outcome(name: str) -> Callable[[Outcome], Outcome]:
    """Declare a function that is told once a letter is sent, in the transaction that notes it."""

    def declare(function: Outcome) -> Outcome:
        OUTCOMES[name] = function
        return function

    return declare


def post(
    session: Session,
    key: str,
    to: Member | Account | int,
    text: str,
    now: datetime,
    *,
    grade: Grade = Grade.MUST,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
    buttons: list[list[list[Any]]] | None = None,
    file_id: int | None = None,
    check: str | None = None,
    outcome: str | None = None,
    subject_id: int | None = None,
    urgent: bool = False,
    **params: Any,
) -> bool:
    """Write a letter, once: the same key again changes nothing. Returns whether it is new.

    `to` is a member, an account, or the id of a group. `params` are facts, not words; moments may be among them.
    A letter that is not `urgent` waits until the reader's quiet hours are over.
    """
    if (check is not None and check not in CHECKS) or (outcome is not None and outcome not in OUTCOMES):
        raise LookupError(f"letter {key}: unknown check {check!r} or outcome {outcome!r}")
    row = {
        "key": key,
        "member_id": to.id if isinstance(to, Member) else None,
        "chat_id": to.id if isinstance(to, Account) else to if isinstance(to, int) else None,
        "text": text,
        "params": plain(params),
        "buttons": buttons or [],
        "file_id": file_id,
        "grade": grade,
        "check": check,
        "outcome": outcome,
        "subject_id": subject_id,
        "urgent": urgent,
        "due_at": due_at or now,
        "expires_at": expires_at,
        "state": State.DUE,
        "tries": 0,
    }
    return bool(insert_new(session, Letter, [row], returning=Letter.id))


def plain(value: Any) -> Any:
    """Facts as JSON holds them; a moment becomes its ISO form, which texts read back."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value
