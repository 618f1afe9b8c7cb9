"""The postman's rounds: which letters may go now, and what becomes of a letter after it was tried.

A letter is marked as being sent, and that is committed, before Telegram is called; so after a crash we know which ones
may or may not have arrived. Everything here may be run twice.
"""

import logging
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, aliased, lazyload

from models import cards, groups, letters, quiet
from models.broadcasts import Broadcast
from models.house import house
from models.letters import CHECKS, OUTCOMES, Grade, Letter, State
from models.people import Account, Member, Role, in_role

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=3)  # longer than any call takes
SOON = timedelta(seconds=5)  # before a question after a restart: what is said first shows how far the count is
WINDOW = 64  # letters looked at in one go, at most
STALE = timedelta(days=3)  # news of trouble
DOUBTS = 3  # tries of unknown outcome after which a human decides
UNREACHABLE = frozenset({"blocked", "deactivated", "never_started", "chat_not_found"})
GROUP_LOST = frozenset({"kicked", "not_member", "group_deleted", "chat_not_found", "no_rights"})
OURS = frozenset(
    {"too_long", "bad_markup", "other_4xx", "file_too_big", "bad_file"}
)  # our mistake: an admin hears of it

_ByMember, _ByChat = aliased(Account), aliased(Account)
_chat: ColumnElement[int] = func.coalesce(_ByMember.id, Letter.chat_id, 0)
_HELD = select(Broadcast.id).where(Broadcast.held)  # broadcasts that somebody has stopped
_of_many: ColumnElement[bool] = Letter.broadcast_id.is_not(None) & Letter.broadcast_id.not_in(_HELD)
_free: ColumnElement[bool] = Letter.broadcast_id.is_(None) | Letter.broadcast_id.not_in(_HELD)


@dataclass(frozen=True)
class Reader:
    """Whom a letter goes to."""

    chat_id: int
    account: Account | None  # None: a group, or somebody who has never written to us


def next_due(session: Session, apart_from: Collection[int]) -> datetime | None:
    """The moment of the next letter, chats in `apart_from` aside; also when a forgotten call must be looked after."""
    due = select(func.min(Letter.due_at)).where(Letter.state == State.DUE, _free)
    if apart_from:
        due = (
            due.select_from(Letter)
            .outerjoin(_ByMember, _ByMember.member_id == Letter.member_id)
            .where(_chat.not_in(apart_from))
        )
    leases = select(func.min(Letter.lease_until)).where(Letter.state == State.SENDING)
    moments = [moment for moment in (session.scalar(due), session.scalar(leases)) if moment is not None]
    return min(moments, default=None)


def take(
    session: Session, now: datetime, count: int, busy: Collection[int]
) -> tuple[list[tuple[Letter, Reader]], bool]:
    """Mark up to `count` due letters as being sent, at most one to a chat and none to a `busy` one.

    Letters of their own go before those of a broadcast, or they would wait for minutes; else they go by their moment,
    then by their number. What is not to be sent any more is buried, what must wait for the morning is put off.
    Returns the letters, and whether more may be due.
    """
    taken, more = _take(session, now, count, busy, Letter.broadcast_id.is_(None))
    if len(taken) < count:
        also = {reader.chat_id for _, reader in taken}
        rest, more_of_many = _take(session, now, count - len(taken), {*busy, *also} - {0}, _of_many)
        taken, more = taken + rest, more or more_of_many
    return taken, more


def _take(
    session: Session, now: datetime, count: int, busy: Collection[int], which: ColumnElement[bool]
) -> tuple[list[tuple[Letter, Reader]], bool]:
    window = min(WINDOW, 4 * count)
    query = (
        select(Letter, _ByMember, _ByChat, Member.left_on)
        .outerjoin(_ByMember, _ByMember.member_id == Letter.member_id)
        .outerjoin(_ByChat, _ByChat.id == Letter.chat_id)
        .outerjoin(Member, Member.id == Letter.member_id)
        .where(Letter.state == State.DUE, Letter.due_at <= now, which)
        .order_by(Letter.due_at, Letter.id)
        .limit(window)
        .options(lazyload(_ByMember.member), lazyload(_ByChat.member))
        .with_for_update(of=Letter, skip_locked=True)
    )
    if busy:
        query = query.where(_chat.not_in(busy))
    taken: list[tuple[Letter, Reader]] = []
    chats: set[int] = set()
    rows = session.execute(query).unique().all()
    for letter, by_member, by_chat, left_on in rows:
        if len(taken) == count:
            break
        reader = Reader(by_member.id if by_member else letter.chat_id or 0, by_member or by_chat)
        if reader.chat_id in chats and reader.chat_id:
            continue
        if letter.member_id is not None and (by_member is None or left_on is not None):
            _bury(letter, "left" if left_on is not None else "no_account")
        elif _may_go(session, letter, reader, now):
            letter.state = State.SENDING
            letter.lease_until = now + LEASE
            letter.tries += 1
            letter.after_id = None
            chats.add(reader.chat_id)
            taken.append((letter, reader))
    late = [letter for letter, *_ in rows if letter.state is State.DEAD or letter.due_at > now]
    stir(session, late, now)
    return taken, len(rows) == window


def stir(session: Session, changed: Iterable[Letter], now: datetime) -> None:
    """What these letters came to shows in their broadcasts' progress."""
    for number in {letter.broadcast_id for letter in changed} - {None}:
        assert number is not None
        cards.touch(session, "broadcasts", number, now)


def _may_go(session: Session, letter: Letter, reader: Reader, now: datetime) -> bool:
    """Whether the letter is to be sent at this moment; buries or puts off what is not."""
    if letter.expires_at is not None and letter.expires_at <= now:
        return _bury(letter, "expired")
    if reader.account is not None and not reader.account.reachable:
        return _bury(letter, "unreachable")
    if not letter.urgent and (night := quiet.night(now, house(session), reader.account)) is not None:
        perishes = letter.expires_at is not None and letter.expires_at <= night.until
        if perishes and letter.grade is not Grade.MUST:
            return _bury(letter, "quiet")
        if not perishes and (letter.needed_by is None or night.until <= letter.needed_by):
            letter.due_at = night.until
            return False
    try:
        if letter.check is not None and not _still_true(session, letter, now):
            return _bury(letter, "untrue")
    except DBAPIError:
        raise
    except Exception as error:
        log.exception("the check %s of letter %d failed", letter.check, letter.id)
        spoil(session, letter, type(error).__name__, now)
        return False
    return True


def _still_true(session: Session, letter: Letter, now: datetime) -> bool:
    with session.begin_nested():
        return CHECKS[letter.check or ""](session, letter, now)


def _bury(letter: Letter, cause: str) -> bool:
    letter.state, letter.cause, letter.lease_until = State.DEAD, cause, None
    return False


def spoil(session: Session, letter: Letter, error: str, now: datetime) -> None:
    """The letter cannot be put into words: a bug. It is buried and the admins hear of it."""
    _bury(letter, f"bug:{error}")
    _tell_admins(session, letter, now)


def arrived(
    session: Session,
    letter_id: int,
    tries: int,
    chat_id: int,
    message_id: int,
    file: str | None,
    now: datetime,
    *,
    found: bool = False,
) -> None:
    """The letter is there. Also believed when the answer came late, but not about an earlier try.

    A picture that could not be drawn is forgotten, so that whoever wants the outcome knows that it is a text; one that
    was `found` by asking is believed to have its picture.
    """
    letter = session.get(Letter, letter_id)
    if letter is None or letter.tries != tries or letter.state is State.SENT:
        return
    letter.state, letter.sent_at, letter.message_id, letter.cause = State.SENT, now, message_id, None
    letter.lease_until = None
    letter.chat_id = chat_id
    stir(session, [letter], now)
    if file is None and not found:
        letter.picture = None
    if file is not None and letter.file_id is not None:
        _keep_file(session, letter.file_id, file)
    if chat_id < 0:
        groups.found(session, chat_id)
    if letter.outcome is not None:
        try:
            with session.begin_nested():
                OUTCOMES[letter.outcome](session, letter, now)
        except DBAPIError:
            raise
        except Exception as error:
            log.exception("the outcome %s of letter %d failed", letter.outcome, letter.id)
            letter.cause = f"bug:{type(error).__name__}"
            _tell_admins(session, letter, now)


def _keep_file(session: Session, file_id: int, telegram_id: str) -> None:
    from models.files import File

    file = session.get(File, file_id)
    if file is not None and file.telegram_id is None:
        file.telegram_id = telegram_id


def put_back(session: Session, letter_id: int, tries: int) -> None:
    """The letter surely did not leave: it is due again as it was."""
    letter = _being_sent(session, letter_id, tries)
    if letter is not None:
        letter.state, letter.lease_until = State.DUE, None


def refused(session: Session, letter_id: int, tries: int, chat_id: int, cause: str, now: datetime) -> None:
    """Telegram said no for good. Whoever cannot be reached is remembered; a mistake of ours is told to the admins."""
    letter = _being_sent(session, letter_id, tries)
    if letter is None:
        return
    _bury(letter, cause)
    stir(session, [letter], now)
    if chat_id > 0 and cause in UNREACHABLE:
        account = session.get(Account, chat_id)
        if account is not None:
            account.reachable = False
    elif chat_id < 0 and cause in GROUP_LOST:
        groups.lost(session, chat_id, cause, now)
        _tell_admins(session, letter, now)
    elif cause in OURS or cause.startswith("bug:"):
        _tell_admins(session, letter, now)


def moved(session: Session, letter_id: int, tries: int, old: int, new: int) -> None:
    """The group has another id: it is followed, and the letter is due again."""
    groups.move(session, old, new)
    put_back(session, letter_id, tries)


def doubted(
    session: Session, letter_id: int, tries: int, cause: str, now: datetime, *, ask: timedelta | None = None
) -> None:
    """Nobody knows whether the letter arrived: Telegram is asked so long after the call, or its grade decides."""
    letter = _being_sent(session, letter_id, tries)
    if letter is not None:
        _doubt(session, letter, cause, now, ask)


def interrupted(session: Session, now: datetime, *, leased: bool = False, ask: timedelta | None = None) -> int:
    """Doubt the letters whose call was never heard of again; at the start (`leased`) all that were being sent.

    Those that wait to be asked about are left to their grades when nothing is asked any more.
    """
    query = select(Letter).where(Letter.state == State.SENDING).with_for_update(skip_locked=True)
    if not leased:
        query = query.where(Letter.lease_until < now)
    found = list(session.scalars(query))
    for letter in found:
        _doubt(session, letter, "interrupted", now, ask)
    if leased and ask is None:
        for letter in session.scalars(select(Letter).where(Letter.state == State.ASKED)).all():
            by_grade(session, letter, now)
    return len(found)


def _doubt(session: Session, letter: Letter, cause: str, now: datetime, ask: timedelta | None) -> None:
    letter.cause = cause
    if ask is not None and letter.after_id is not None and letter.lease_until is not None:
        at = max(letter.lease_until - LEASE + ask, now + SOON)
        if letter.expires_at is None or at < letter.expires_at:
            letter.state, letter.due_at, letter.lease_until = State.ASKED, at, None
            stir(session, [letter], now)
            return
    by_grade(session, letter, now)


def by_grade(session: Session, letter: Letter, now: datetime) -> None:
    """Nobody can tell whether it arrived: it goes again, or a human decides."""
    letter.doubts += 1
    letter.due_at, letter.lease_until = min(letter.due_at, now), None
    again = letter.grade is not Grade.ONCE and letter.doubts < DOUBTS
    if letter.grade is Grade.PERISHABLE:
        again = again and letter.expires_at is not None and now < letter.expires_at
    letter.state = State.DUE if again else State.UNKNOWN
    stir(session, [letter], now)
    if letter.state is State.UNKNOWN and letter.grade is not Grade.PERISHABLE:
        facts = {"number": letter.id, "sentence": letter.text, "name": _name(session, letter)}
        tell(session, Role.OFFICER, f"letter:{letter.id}:unknown", "common.letter_unknown", now, **facts)


def _being_sent(session: Session, letter_id: int, tries: int) -> Letter | None:
    letter = session.get(Letter, letter_id)
    return letter if letter is not None and letter.state is State.SENDING and letter.tries == tries else None


def readers(session: Session, role: Role) -> Iterator[tuple[str, Member | int]]:
    """Who hears of it: those in the role, or the admins when there are none; admins by setting are the last to ask."""
    members = in_role(session, role) or in_role(session, Role.ADMIN)  # an admin who does an officer's work is one
    yield from ((f"m{member.id}", member) for member in members)
    if not members or role is Role.ADMIN:
        yield from ((f"a{account}", account) for account in sorted(house(session).admins))


def _name(session: Session, letter: Letter) -> str:
    """Whom the letter was for; empty for a group."""
    member = session.get(Member, letter.member_id) if letter.member_id is not None else None
    return member.name if member is not None else ""


def _tell_admins(session: Session, letter: Letter, now: datetime) -> None:
    """One word a day about one kind of trouble, however many letters it hits; never about such a word itself."""
    if letter.text in ("common.letter_failed", "common.letter_unknown"):
        return
    day = house(session).local(now).date()
    key = f"letter:failed:{letter.text}:{letter.cause}:{day}"
    facts = {"number": letter.id, "sentence": letter.text, "cause": letter.cause}
    tell(session, Role.ADMIN, key, "common.letter_failed", now, **facts)


def tell(session: Session, role: Role, key: str, text: str, now: datetime, **facts: Any) -> None:
    """Write of trouble to all who hear of it; after three days it is stale."""
    for to, reader in readers(session, role):
        letters.post(session, f"{key}:{to}", reader, text, now, grade=Grade.PERISHABLE, expires_at=now + STALE, **facts)
