"""Binding: which Telegram account is which member. By one's own phone number, by a one-time code, or by asking.

A stranger learns nothing about the roster: whatever name or number is claimed, the answer is the same. A code or a
claim binds an account to a row of the roster; what that row may do is asked of the roster at every press.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, Field
from sqlalchemy import ForeignKey, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models import letters
from models.base import Base, BigId, Level, Privacy, Refused
from models.house import house
from models.people import Account, Member, Person, Role, in_role, roles_of
from models.roster_cells import dial
from models.traces import trace

LIFE = timedelta(minutes=10)  # of a code
MISSES, HOUR = 5, timedelta(hours=1)  # wrong codes from one account in an hour
MONTH = timedelta(days=30)
CLAIMS, DAY = 3, timedelta(days=1)  # claims from one account in a day
LENGTH = 9
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 letters none of which is taken for another: 45 bits in nine


class Code(Base):
    """A one-time code for one member. Only its fingerprint is kept."""

    __tablename__ = "codes"
    privacy = Privacy(Level.STAFF, whose="member_id", forget=True)

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)
    by_account: Mapped[int] = mapped_column(BigId)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Miss(Base):
    """A wrong code, so that nobody tries them all."""

    __tablename__ = "misses"
    privacy = Privacy(Level.STAFF, whose="account_id", forget=True)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]


class Claim(Base):
    """Somebody says who they are; an officer decides."""

    __tablename__ = "claims"
    privacy = Privacy(Level.CONTACT, whose="account_id", forget=True)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    number: Mapped[str]
    at: Mapped[datetime]
    decided_at: Mapped[datetime | None] = mapped_column(index=True)
    decided_by: Mapped[str | None]  # the officer's name; None with a moment: a newer claim took its place
    granted: Mapped[bool] = mapped_column(default=False)

    account: Mapped[Account] = relationship(lazy="joined")


class NewClaim(BaseModel):
    """What a stranger must say to be recognised."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    number: Annotated[str, Field(min_length=1, max_length=32)]


class Outcome(StrEnum):
    """What became of a code. No exceptions: a wrong try must be remembered, and a refusal undoes what was written."""

    BOUND = "bound"
    WRONG = "wrong"  # never was, used, or too late: all the same to who guesses
    SLOW = "slow"  # too many wrong ones
    TAKEN = "taken"  # the member has another account


def by_phone(session: Session, person: Person, phone: str, owner: int | None, now: datetime) -> Member:
    """Bind whoever shares their own number, if exactly one person on the roster has it; never by another's contact."""
    if owner != person.account.id:
        raise Refused("people.not_your_contact")
    digits = dial(f"+{phone.lstrip('+')}")  # Telegram gives the country, with its plus or without
    found = list(
        session.scalars(select(Member).where(Member.phone == digits, Member.left_on.is_(None)).limit(2)).unique()
    )
    if digits is None or len(found) != 1:
        raise Refused("people.phone_unknown")
    return bind(session, person, found[0], "phone", now)


def bind(session: Session, person: Person, member: Member, how: str, now: datetime) -> Member:
    """This account is this member from now on. The same again changes nothing; a second account for them is refused."""
    if person.member is not None and person.member.id == member.id:
        return member
    if person.member is not None:
        raise Refused("common.bound_already")
    if _holder(session, member) is not None:
        raise Refused("people.taken")
    account = person.account
    account.member_id, account.member, account.bound_at = member.id, member, now
    member.erased_at = None  # they came back by their own will: the office's next file fills their row again
    session.flush()  # two at once: the second one fails here, is run again, and finds it taken
    session.execute(
        update(Claim)
        .where(Claim.account_id == account.id, Claim.decided_at.is_(None))
        .values(decided_at=now, granted=True)
    )
    trace(session, Person(account, member), "people.bound", f"member:{member.id}", now, how=how)
    return member


def _holder(session: Session, member: Member) -> Account | None:
    return session.scalar(select(Account).where(Account.member_id == member.id).with_for_update(of=Account))


def issue_code(session: Session, by: Person, member_id: int, now: datetime) -> str:
    """Make a code that binds whoever has it to this member, once, within ten minutes. Earlier ones end."""
    member = editable(session, by, member_id)
    if _holder(session, member) is not None:
        raise Refused("people.bound_to_somebody")
    session.execute(delete(Code).where(Code.member_id == member.id))
    code = ""
    while looks_like_code(code) is None:  # one without a digit would be a word
        code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    session.add(Code(digest=digest(code), member_id=member.id, by_account=by.account.id, expires_at=now + LIFE))
    trace(session, by, "people.code_issued", f"member:{member.id}", now)
    return code


def digest(code: str) -> str:
    """The fingerprint under which a code is kept. It lives ten minutes and has 45 bits: no pepper is needed."""
    return hashlib.sha256(code.encode()).hexdigest()


def looks_like_code(text: str) -> str | None:
    """The code in what somebody typed, however they wrote it, or None."""
    bare = re.sub(r"[\s\-–—_]", "", text).upper()
    fits = len(bare) == LENGTH and set(bare) <= set(ALPHABET)
    return bare if fits and re.search("[0-9]", bare) and re.search("[A-Z]", bare) else None


def redeem(session: Session, person: Person, text: str, now: datetime) -> Outcome:
    """Bind by a code. Five wrong ones in an hour, and this account must wait."""
    account = person.account
    missed = session.scalar(
        select(func.count()).select_from(Miss).where(Miss.account_id == account.id, Miss.at > now - HOUR)
    )
    if (missed or 0) >= MISSES:
        return Outcome.SLOW
    code = session.scalar(
        select(Code)
        .where(Code.digest == digest(looks_like_code(text) or ""), Code.used_at.is_(None), Code.expires_at > now)
        .with_for_update()
    )
    member = session.get(Member, code.member_id) if code else None
    if code is None or member is None or member.left_on is not None:
        session.add(Miss(account_id=account.id, at=now))
        return Outcome.WRONG
    if _holder(session, member) is not None:
        return Outcome.TAKEN
    code.used_at = now
    bind(session, person, member, "code", now)
    return Outcome.BOUND


def claim(session: Session, person: Person, new: NewClaim, now: datetime) -> Claim:
    """Ask the officers. What the asker hears does not depend on whether such a person exists."""
    if person.member is not None:
        raise Refused("common.bound_already")
    mine = Claim.account_id == person.account.id
    recent = session.scalar(select(func.count()).select_from(Claim).where(mine, Claim.at > now - DAY)) or 0
    if recent >= CLAIMS:
        raise Refused("people.claims_many")
    session.execute(update(Claim).where(mine, Claim.decided_at.is_(None)).values(decided_at=now))
    made = Claim(account_id=person.account.id, name=new.name.strip(), number=new.number.strip(), at=now, granted=False)
    session.add(made)
    session.flush()
    facts = match(session, made)
    for reader in officers(session):
        letters.post(
            session,
            f"claim:{made.id}:asked:{reader.id}:{type(reader).__name__}",
            reader,
            "people.letters.claim",
            now,
            buttons=[answers(made, facts)],
            subject_id=made.id,
            check="people.claim_open",
            **vars(facts),
        )
    return made


@letters.check("people.claim_open")
def claim_open(session: Session, letter: letters.Letter, now: datetime) -> bool:
    """Whether a claim still waits for somebody."""
    found = session.get(Claim, letter.subject_id)
    return found is not None and found.decided_at is None


@dataclass(frozen=True)
class Match:
    """A claim beside the roster, for an officer's eyes only."""

    name: str
    number: str
    telegram: str
    found: str  # same, other_name, bound, nobody
    roster_name: str = ""
    unit: str = ""


def match(session: Session, what: Claim) -> Match:
    """Look up what was claimed."""
    member = _claimed(session, what)
    said = (what.name, what.number, what.account.name)
    if member is None:
        return Match(*said, "nobody")
    found = "same" if member.name.replace(" ", "") == what.name.replace(" ", "") else "other_name"
    if _holder(session, member) is not None:
        found = "bound"
    return Match(*said, found, member.name, member.unit.name if member.unit else "")


def answers(what: Claim, facts: Match) -> list[list[Any]]:
    """The buttons under a claim, as letters keep them: what an officer can answer to what the roster says."""
    yes = letters.button("people.agree", what.id)
    move = letters.button("people.agree", what.id, 1, text="people.buttons.move")
    find = letters.button("people.find")
    first = {"same": yes, "other_name": yes, "bound": move, "nobody": find}[facts.found]
    return [first, letters.button("people.deny", what.id)]


def _claimed(session: Session, what: Claim) -> Member | None:
    return session.scalar(select(Member).where(Member.number == what.number, Member.left_on.is_(None)))


def decide(
    session: Session,
    by: Person,
    number: int,
    yes: bool,
    now: datetime,
    *,
    move: bool = False,
    onward: list[Any] | None = None,
) -> Claim:
    """Grant or refuse a claim, once: whoever presses second is told who was first. The asker hears of it.

    `move` takes the member away from another account they had; `onward` is a button back to what they had wanted.
    """
    what = open_claim(session, by, number, lock=True)
    if yes:
        member = _claimed(session, what)
        if member is None:
            raise Refused("people.claim_nobody")
        editable(session, by, member.id)
        holder = _holder(session, member)
        if holder is not None and holder.id != what.account_id:
            if not move:
                raise Refused("people.bound_to_somebody")
            _release(session, holder, now)
        asker = Person(what.account, _active(what.account))
        bind(session, asker, member, "claim", now)
    what.decided_at, what.decided_by, what.granted = now, by.name, yes
    text = "people.letters.granted" if yes else "people.letters.denied"
    buttons = [[letters.button("people.me" if yes else "people.bind")]]
    if yes and onward:
        buttons.insert(0, [onward])
        what.account.wanted = None
    letters.post(session, f"claim:{what.id}:decided", what.account, text, now, urgent=True, buttons=buttons)
    trace(session, by, "people.claim_granted" if yes else "people.claim_denied", f"claim:{what.id}", now)
    return what


def open_claim(session: Session, by: Person, number: int, *, lock: bool = False) -> Claim:
    """A claim that waits; if it no longer does, Refused with who decided."""
    if not by.may(Role.OFFICER):
        raise Refused("common.not_allowed")
    query = select(Claim).where(Claim.id == number)
    what = session.scalar(query.with_for_update(of=Claim) if lock else query)
    if what is None:
        raise Refused("people.claim_gone")
    if what.decided_at is not None:
        if what.decided_by is None:
            raise Refused("people.claim_gone")
        raise Refused("people.claim_decided", name=what.decided_by, granted=what.granted)
    return what


def _active(account: Account) -> Member | None:
    return account.member if account.member is not None and account.member.left_on is None else None


def claims(session: Session) -> list[Claim]:
    """The claims that wait, oldest first."""
    return list(session.scalars(select(Claim).where(Claim.decided_at.is_(None)).order_by(Claim.id)).unique())


def unbind(session: Session, by: Person, member_id: int, now: datetime) -> Account:
    """Take a member's account away: the phone was lost, or the wrong person was bound. They hear of it."""
    member = editable(session, by, member_id)
    account = _holder(session, member)
    if account is None:
        raise Refused("people.not_bound")
    _release(session, account, now)
    trace(session, by, "people.unbound", f"member:{member.id}", now)
    return account


def _release(session: Session, account: Account, now: datetime) -> None:
    key = f"account:{account.id}:unbound:{now.isoformat()}"
    letters.post(session, key, account, "people.letters.unbound", now, buttons=[[letters.button("people.bind")]])
    account.member_id, account.member, account.bound_at = None, None, None
    session.flush()


def editable(session: Session, by: Person, member_id: int) -> Member:
    """A member who works here, whose binding this officer may change.

    An admin's is for admins only: else an officer could become one by binding a second account to an admin's row.
    """
    if not by.may(Role.OFFICER):
        raise Refused("common.not_allowed")
    member = session.get(Member, member_id)
    if member is None or member.left_on is not None:
        raise Refused("people.unknown")
    if Role.ADMIN in roles_of(session, member) and not by.may(Role.ADMIN):
        raise Refused("people.admins_only")
    return member


def account_of(session: Session, member: Member) -> Account | None:
    """The account bound to a member."""
    return session.scalar(select(Account).where(Account.member_id == member.id))


def officers(session: Session) -> list[Member | Account]:
    """Whom to write to when the office must act: officers and admins, and the admins of the settings who came here."""
    members = {member.id: member for role in (Role.OFFICER, Role.ADMIN) for member in in_role(session, role)}
    accounts = session.scalars(select(Account).where(Account.id.in_(house(session).admins))).unique()
    return [*members.values(), *(account for account in accounts if account.member_id not in members)]


def forget_old(session: Session, now: datetime) -> None:
    """Drop codes and tries that no longer matter, and claims that were decided a month ago."""
    session.execute(delete(Code).where(Code.expires_at < now - DAY))
    session.execute(delete(Miss).where(Miss.at < now - DAY))
    session.execute(delete(Claim).where(Claim.decided_at < now - MONTH))
    letter = letters.Letter
    session.execute(delete(letter).where(letter.text == "people.letters.claim", letter.sent_at < now - MONTH))
