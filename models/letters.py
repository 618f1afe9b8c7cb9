"""Letters: the only way to say something to anyone but the person in front of you.

A letter is a row written in the same transaction as its cause and unique by its meaning, so that running the cause
twice says it once. It names a sentence, not words: it is put into words in the reader's language when it is sent.
"""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, String, cast, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import quiet
from models.base import Base, BigId, Level, Privacy, choice
from models.house import house
from models.people import Account, Member
from models.upsert import insert_new

REMEMBERED = timedelta(days=90)  # how long the facts of a letter are kept that will not be sent any more
BEFORE_NIGHT = timedelta(minutes=5)  # how long before the quiet hours a letter is sent that would perish in them


class Grade(StrEnum):
    """What an unknown outcome means for a letter."""

    MUST = "A"  # must arrive: sent again, marked as a repeat
    ONCE = "B"  # must not repeat: a human decides
    PERISHABLE = "C"  # worth nothing after its expiry: sent again only before


class State(StrEnum):
    DUE = "due"
    SENDING = "sending"  # committed before the call
    SENT = "sent"
    ASKED = "asked"  # nobody can tell yet: Telegram will be asked, see rounds.py
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
    buttons: Mapped[list[Any]] = mapped_column(default=list)  # rows of [name, arguments, label key, label params]
    file_id: Mapped[int | None] = mapped_column(ForeignKey("files.id"))
    # [template, facts]: drawn when it is sent; words alone if that fails
    picture: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    broadcast_id: Mapped[int | None] = mapped_column(ForeignKey("broadcasts.id"), index=True)
    grade: Mapped[Grade] = mapped_column(choice(Grade))
    check: Mapped[str | None]  # asked just before sending whether it is still true
    outcome: Mapped[str | None]  # told the chat and message id once it is sent
    subject_id: Mapped[int | None]  # what check and outcome are about
    urgent: Mapped[bool] = mapped_column(default=False)  # does not wait for the morning
    needed_by: Mapped[datetime | None]  # the reader's quiet hours must not keep it longer than this
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    state: Mapped[State] = mapped_column(choice(State), default=State.DUE)
    tries: Mapped[int] = mapped_column(default=0)
    doubts: Mapped[int] = mapped_column(default=0)  # tries whose outcome nobody knows
    lease_until: Mapped[datetime | None]
    after_id: Mapped[int | None] = mapped_column(BigId)  # the latest message known when the call began
    sent_at: Mapped[datetime | None]
    message_id: Mapped[int | None]
    cause: Mapped[str | None]  # why it is dead or unknown, as a code


@dataclass(frozen=True)
class Writings:
    """What a unit of work has left to be done after its commit: letters to be sent, cards to be repainted."""

    letters: bool = False
    cards: bool = False

    @classmethod
    def of(cls, session: Session) -> "Writings":
        """What has been written in this session."""
        return cls(session.info.get("letters", False), session.info.get("cards", False))


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
    picture: tuple[str, dict[str, Any]] | None = None,
    broadcast_id: int | None = None,
    check: str | None = None,
    outcome: str | None = None,
    subject_id: int | None = None,
    urgent: bool = False,
    needed_by: datetime | None = None,
    **params: Any,
) -> bool:
    """Write a letter, once: the same key again changes nothing. Returns whether it is new.

    `to` is a member, an account, or the id of a group. `params` are facts, not words; moments may be among them.
    A letter that is not `urgent` waits until the reader's quiet hours are over, unless they end after `needed_by`; one
    that would perish in them is sent just before they begin, if that moment is still to come. `picture` names a
    template and its facts: it is drawn just before it is sent.
    """
    row = _row(session, key, to, text, now, locals())  # every argument by its name
    session.info["letters"] = True
    return bool(insert_new(session, Letter, [row], returning=Letter.id))


def post_all(session: Session, key: str, to: Iterable[Member], text: str, now: datetime, **more: Any) -> None:
    """Write the same letter to many members, each keyed `key:m<id>`; `more` is as for `post`.

    A statement for all of them instead of one each: two thousand take a fraction of a second.
    """
    named = {name: more.pop(name) for name in NAMED & more.keys()}
    given = {**DEFAULTS, **named, "params": more}
    rows = [_row(session, f"{key}:m{member.id}", member, text, now, given) for member in to]
    if not rows:
        return
    session.info["letters"] = True
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(make(Letter).on_conflict_do_nothing(), rows)


def _row(
    session: Session, key: str, to: Member | Account | int, text: str, now: datetime, given: dict[str, Any]
) -> dict[str, Any]:
    check, outcome = given["check"], given["outcome"]
    if (check is not None and check not in CHECKS) or (outcome is not None and outcome not in OUTCOMES):
        raise LookupError(f"letter {key}: unknown check {check!r} or outcome {outcome!r}")
    due_at = given["due_at"] or now
    if given["expires_at"] is not None and due_at > now and not given["urgent"]:
        due_at = _before_night(session, to, due_at, given["expires_at"], now)
    as_they_are = ("file_id", "broadcast_id", "grade", "check", "outcome", "subject_id", "urgent", "needed_by")
    return {
        "key": key,
        "member_id": to.id if isinstance(to, Member) else None,
        "chat_id": to.id if isinstance(to, Account) else to if isinstance(to, int) else None,
        "text": text,
        "params": plain(given["params"]),
        "buttons": given["buttons"] or [],
        "picture": plain(given["picture"]) if given["picture"] else None,
        "due_at": due_at,
        "expires_at": given["expires_at"],
        "state": State.DUE,
        "tries": 0,
        "doubts": 0,
        **{name: given[name] for name in as_they_are},
    }


DEFAULTS = {
    name: parameter.default
    for name, parameter in inspect.signature(post).parameters.items()
    if parameter.kind is inspect.Parameter.KEYWORD_ONLY
}
NAMED = frozenset(DEFAULTS)


def recall(session: Session, cause: str, *which: ColumnElement[bool]) -> int:
    """Take back letters that have not gone yet, and do not repeat those in doubt. Returns how many."""
    taken = (
        update(Letter)
        .where(Letter.state.in_((State.DUE, State.ASKED)), *which)
        .values(state=State.DEAD, cause=cause)
        .returning(Letter.id)
        .execution_options(synchronize_session="fetch")
    )
    return len(session.scalars(taken).all())


def button(name: str, *arguments: int | str, text: str | None = None, **params: Any) -> list[Any]:
    """One button of a letter, put into words when it is sent; `text` is the key of another label than its own.

    `link:event` instead of a button's name opens the private chat at that deep link, and needs a `text`.
    """
    if name.startswith("link:") and text is None:
        raise ValueError(f"{name}: a link has no label of its own")
    return [name, list(arguments), text, plain(params)]


def _before_night(
    session: Session, to: Member | Account | int, due_at: datetime, expires_at: datetime, now: datetime
) -> datetime:
    """The moment to send what is due in the reader's quiet hours and worth nothing after them."""
    account = to if isinstance(to, Account) else None
    if isinstance(to, Member):
        account = session.scalar(select(Account).where(Account.member_id == to.id))
    night = quiet.night(due_at, house(session), account)
    if night is None or expires_at > night.until:
        return due_at
    evening = night.since - BEFORE_NIGHT
    return evening if evening >= now else due_at


def plain(value: Any) -> Any:
    """Facts as JSON holds them; a moment becomes its ISO form, which texts read back."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value


def forget_facts(session: Session, now: datetime) -> None:
    """Blank what old letters told. That they were written stays: their keys keep anything from being said twice."""
    full = or_(cast(Letter.params, String) != "{}", cast(Letter.buttons, String) != "[]", Letter.picture.is_not(None))
    session.execute(
        update(Letter)
        .where(Letter.state.not_in((State.DUE, State.SENDING, State.ASKED)), full)
        .where(func.coalesce(Letter.sent_at, Letter.due_at) < now - REMEMBERED)
        .values(params={}, buttons=[], picture=None),
        execution_options={"synchronize_session": False},
    )
