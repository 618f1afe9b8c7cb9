"""What is theirs: everything stored about a person, to be seen, taken along, corrected, and forgotten.

Every table says whose its rows are and how they are blanked (`privacy`); this walks over all of them, so that a new
table needs nothing here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Annotated, Any

from pydantic import BaseModel, Field
from sqlalchemy import Column, ForeignKey, LargeBinary, Table, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import binding, inbox, letters, roles
from models.base import Base, Level, Privacy, Refused
from models.fields import Long
from models.house import house
from models.letters import Letter
from models.people import Account, Member, Person
from models.roster import Import
from models.traces import Trace, trace

LEADS = (10080, 4320, 1440, 180, 60, 15)  # minutes before an event that can be chosen
NIGHTS = {"house": None, "late": (time(23), time(8)), "long": (time(20), time(9)), "never": (time(0), time(0))}
Told = Callable[[Session, Member, datetime], object]
BEFORE_ERASING: list[Told] = []
AFTER_LEADS: list[Told] = []


class Correction(Base):
    """What a member says is wrong in what we hold about them."""

    __tablename__ = "corrections"
    privacy = Privacy(Level.CONTACT, whose="member_id", forget=True)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)
    text: Mapped[str]
    at: Mapped[datetime]


class NewCorrection(BaseModel):
    """What is wrong, in their own words."""

    text: Annotated[str, Field(min_length=2, max_length=500), Long()]


def before_erasing(function: Told) -> Told:
    """Declare what must be put in order before a person's rows go: places given back, loans returned."""
    BEFORE_ERASING.append(function)
    return function


def after_leads(function: Told) -> Told:
    """Declare what follows when a person has chosen other times to be reminded."""
    AFTER_LEADS.append(function)
    return function


@dataclass(frozen=True)
class Holding:
    """One table's rows about a person."""

    table: str
    level: Level
    rows: list[dict[str, Any]]


def _row_of(person: Person) -> Member | None:
    """Their row of the roster; a leaver has no rights any more, but what is stored is still theirs."""
    return person.member or person.account.member


def _owned(person: Person) -> Iterator[tuple[type[Base], Table, Column[Any], int]]:
    """Every table that says whose it is, with the column and the value that make a row this person's."""
    for mapper in Base.registry.mappers:
        kind, table = mapper.class_, mapper.local_table
        assert isinstance(table, Table)
        if kind is Account:
            yield kind, table, table.c.id, person.account.id
        elif kind.privacy.whose is not None:
            column = table.c[kind.privacy.whose]
            if any(key.column.table.name == "accounts" for key in column.foreign_keys) or "account" in column.name:
                yield kind, table, column, person.account.id
            elif (member := _row_of(person)) is not None:
                yield kind, table, column, member.id


def holdings(session: Session, person: Person) -> list[Holding]:
    """Everything about a person, table by table; files themselves are left to the messages they came in."""
    found = []
    for kind, table, column, value in _owned(person):
        readable = [each for each in table.c if not isinstance(each.type, LargeBinary)]
        condition = column == value
        if kind is Letter:
            condition = or_(condition, table.c.chat_id == person.account.id)
        rows = [dict(row) for row in session.execute(select(*readable).where(condition)).mappings()]
        if rows:
            found.append(Holding(table.name, kind.privacy.level, rows))
    mine = select(Trace.at, Trace.what, Trace.noun).where(Trace.account_id == person.account.id).order_by(Trace.id)
    traces = [dict(row) for row in session.execute(mine).mappings()]
    return found + ([Holding("traces", Trace.privacy.level, traces)] if traces else [])


def erase(session: Session, person: Person, now: datetime) -> None:
    """Forget a person: what each table says is blanked or goes, the account is unbound and forgotten.

    What stays is the membership register (number, name, department, days of coming and going) and the audit's ids.
    """
    member = _row_of(person)
    if member is not None:
        roles.must_remain(session, member)
        for settle in BEFORE_ERASING:
            settle(session, member, now)
    _erase_letters(session, person)
    inbox.forget_words_of(session, person.account.id)
    if member is not None:
        session.execute(delete(Import))  # files waiting for their yes hold every colleague's data
    order = {table.name: index for index, table in enumerate(Base.metadata.sorted_tables)}
    for kind, table, column, value in sorted(_owned(person), key=lambda each: -order[each[1].name]):
        if kind.privacy.forget:
            session.execute(delete(table).where(column == value))
        elif kind.privacy.blank:
            session.execute(update(table).where(column == value).values(**kind.privacy.blank))
    if member is not None:
        session.execute(update(Member).where(Member.id == member.id).values(erased_at=now))
        trace(session, None, "people.erased", f"member:{member.id}", now)
    session.expunge(person.account)  # its row is gone; nothing is to be written back to it
    session.expire_all()


def _erase_letters(session: Session, person: Person) -> None:
    """Letters to them in a private chat, and letters to others that told of them."""
    told = [
        f"claim:{number}:" for number in _ids(session, binding.Claim, binding.Claim.account_id == person.account.id)
    ]
    if (member := _row_of(person)) is not None:
        mine = Correction.member_id == member.id
        told += [f"correction:{number}:" for number in _ids(session, Correction, mine)]
    for start in told:
        session.execute(delete(Letter).where(Letter.key.startswith(start, autoescape=True)))
    session.execute(delete(Letter).where(Letter.chat_id == person.account.id))


def _ids(session: Session, kind: type[binding.Claim | Correction], condition: Any) -> list[int]:
    return list(session.scalars(select(kind.id).where(condition)))


def correct(session: Session, member: Member, new: NewCorrection, now: datetime) -> None:
    """Tell the officers what is wrong; the office's own file is the source, so they put it right there."""
    today = select(func.count()).select_from(Correction).where(Correction.member_id == member.id)
    if (session.scalar(today.where(Correction.at > now - binding.DAY)) or 0) >= 5:
        raise Refused("people.corrections_many")
    made = Correction(member_id=member.id, text=new.text, at=now)
    session.add(made)
    session.flush()
    for reader in binding.officers(session):
        letters.post(
            session,
            f"correction:{made.id}:{reader.id}:{type(reader).__name__}",
            reader,
            "people.letters.correction",
            now,
            buttons=[[letters.button("people.member", member.id)]],
            name=member.name,
            number=member.number,
            words=new.text,
        )


def set_night(account: Account, name: str) -> None:
    """Choose the hours in which letters that can wait do wait."""
    if name not in NIGHTS:
        raise Refused("common.old_button")
    account.quiet_from, account.quiet_until = NIGHTS[name] or (None, None)


def night_of(account: Account) -> str:
    """Which of the choices is theirs."""
    mine = (account.quiet_from, account.quiet_until)
    return next((name for name, hours in NIGHTS.items() if (hours or (None, None)) == mine), "house")


def leads_of(session: Session, account: Account) -> list[int]:
    """How many minutes before an event they are reminded, longest first."""
    return sorted(house(session).leads if account.leads is None else account.leads, reverse=True)


def set_lead(session: Session, account: Account, minutes: int, on: bool, now: datetime) -> None:
    """Choose a reminder, or not; none at all is a choice too."""
    if minutes not in LEADS:
        raise Refused("common.old_button")
    chosen = set(leads_of(session, account)) - {minutes} | ({minutes} if on else set())
    account.leads = sorted(chosen, reverse=True)
    session.flush()
    if account.member is not None:
        for follow in AFTER_LEADS:
            follow(session, account.member, now)


def facts(session: Session, person: Person) -> dict[str, Any]:
    """What is stored about somebody, as parameters of the sentence that shows it; the empty ones are None or []."""
    account, member = person.account, person.member
    names = ("number", "name", "sex", "calendar", "born_year", "born_month", "born_day", "joined_on", "phone")
    return {
        **{name: getattr(member, name, None) for name in names},
        "unit": member.unit.name if member and member.unit else None,
        "kinds": member.kinds if member else [],
        "tags": member.tags if member else [],
        "roles": sorted(person.roles),
        "known": member is not None,
        "erased": member is not None and member.erased_at is not None,
        "telegram": account.name,
        "account_id": account.id,
        "bound_at": account.bound_at,
        "night": night_of(account),
        "leads": leads_of(session, account),
    }
