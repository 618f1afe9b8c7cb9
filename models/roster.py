"""The roster: an office's file goes in as it is, is shown before anything is written, and is applied as one."""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, delete, insert, select, update
from sqlalchemy.orm import Mapped, Session, deferred, lazyload, mapped_column

from models import sheets
from models.base import Base, Level, Privacy, Refused
from models.house import house
from models.people import Account, Calendar, Grant, Member, Person, Role, Unit
from models.roster_rows import Problem, Reading, Row, interpret
from models.sheets import Sheet
from models.traces import trace
from models.upsert import insert_new

MANY = 0.2  # when more of the roster than this would leave, the file is probably not the whole of it
KEPT = timedelta(days=1)  # how long a file waits for its yes
CHUNK = 500
BORN = ("calendar", "born_year", "born_month", "born_day")
PLAIN = ("name", "sex", *BORN, "joined_on", "phone", "kinds", "tags")  # columns of Member an import writes
Read = Callable[[bytes, str], Sequence[Sheet]]  # opens a file; whoever has opened it outside the unit hands that in
SAME = dict.fromkeys(BORN, "born")  # shown as one


class Import(Base):
    """A file that was shown and waits for its yes. Gone with the answer, or after a day: it holds everybody's data."""

    __tablename__ = "imports"
    privacy = Privacy(Level.CONTACT, whose="account_id", forget=True)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    effect: Mapped[str]  # fingerprint of what was shown
    kept_at: Mapped[datetime]
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary))


@dataclass
class Change:
    """What a file changes about somebody who is on the roster, or was."""

    member_id: int
    row: Row
    before: dict[str, Any]
    after: dict[str, Any]  # by column of Member; `unit` is a name
    returns: bool = False

    @property
    def fields(self) -> list[str]:
        """What is said to change, in words that people know: a birthday is one thing."""
        return list(dict.fromkeys(SAME.get(name, name) for name in self.after))


@dataclass
class Plan:
    """What an import would do. Nothing is written yet."""

    reading: Reading
    new: list[Row] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0
    leavers: list[tuple[int, str, str]] = field(default_factory=list)  # member's id, number, name
    units: list[str] = field(default_factory=list)  # not known before
    active: int = 0  # on the roster now

    @property
    def people(self) -> int:
        """How many people the file has."""
        return len(self.reading.rows)

    @property
    def errors(self) -> list[Problem]:
        return self.reading.errors

    @property
    def returned(self) -> list[Change]:
        return [change for change in self.changed if change.returns]

    @property
    def emptied(self) -> int:
        """How many facts the file takes away: the cell is empty, we knew something."""
        return sum(1 for c in self.changed for name, value in c.after.items() if not value and c.before[name])

    @property
    def partial(self) -> bool:
        """Whether so many would leave that the file is probably only a part of the roster."""
        return len(self.leavers) > MANY * self.active

    @property
    def idle(self) -> bool:
        """Whether it would change nothing at all."""
        return not (self.new or self.changed or self.leavers)

    @property
    def effect(self) -> str:
        """A fingerprint of everything it would do, by which a later look is compared with the first."""
        whole = [
            [(row.number, row.name, row.values) for row in self.new],
            [(change.member_id, change.before, change.after, change.returns) for change in self.changed],
            self.leavers,
            [(problem.row, problem.column, problem.code) for problem in self.errors],
        ]
        return hashlib.sha256(json.dumps(whole, default=str, sort_keys=True).encode()).hexdigest()

    def counts(self) -> dict[str, Any]:
        """The plan as parameters of the sentence that shows it."""
        return {
            "people": self.people,
            "new": len(self.new),
            "changed": len(self.changed) - len(self.returned),
            "returned": len(self.returned),
            "unchanged": self.unchanged,
            "left": len(self.leavers),
            "partial": self.partial,
            "emptied": self.emptied,
            "active": self.active,
            "errors": len(self.errors),
            "doubts": len(self.reading.doubts),
            "skipped": self.reading.skipped,
            "units": self.units,
            "sheet": self.reading.sheet,
            "others": self.reading.others,
            "columns": [
                {"letter": c.letter, "heading": c.heading, "field": c.field, "how": c.how}
                for c in self.reading.columns
                if c.field
            ],
            "aside": [c.heading or c.letter for c in self.reading.columns if not c.field],
            "leavers": [name for _, _, name in self.leavers],
        }


def plan(session: Session, content: bytes, name: str, now: datetime, read: Read = sheets.read) -> Plan:
    """See what a file would do, without doing it. Refused when it is no spreadsheet, or names no people."""
    opened = read(content, name)
    members = {member.number: member for member in session.scalars(select(Member).options(lazyload(Member.unit)))}
    units = {unit.id: unit.name for unit in session.scalars(select(Unit))}
    active = {number for number, member in members.items() if member.left_on is None}
    today, typed = house(session).local(now).date(), not name.lower().endswith(".csv")
    reading = interpret(opened, today, active, typed=typed)
    found = Plan(reading, active=len(active))
    for row in reading.rows:
        member = members.get(row.number)
        if member is None:
            found.new.append(row)
        elif change := _compare(row, member, units):
            found.changed.append(change)
        else:
            found.unchanged += 1
    # A row with an error is still somebody on the roster.
    there = {row.number for row in reading.rows} | reading.mentioned
    gone = sorted(active - there)
    found.leavers = [(members[number].id, number, members[number].name) for number in gone]
    known = set(units.values())
    named = (row.values.get("unit") for row in reading.rows)
    found.units = list(dict.fromkeys(unit for unit in named if unit and unit not in known))
    return found


def _compare(row: Row, member: Member, units: dict[int, str]) -> Change | None:
    after = {"name": row.name, **row.values}
    if member.erased_at is not None:  # they asked to be forgotten: an office's file does not undo that
        after = {name: value for name, value in after.items() if name not in Member.privacy.blank and name not in BORN}
    before = {name: getattr(member, name) for name in after if name != "unit"}
    if "unit" in after:
        before["unit"] = units.get(member.unit_id or 0)
    changed = {name for name in after if after[name] != before[name]}
    if not changed and member.left_on is None:
        return None
    keep = [name for name in after if name in changed]
    return Change(
        member.id, row, {n: before[n] for n in keep}, {n: after[n] for n in keep}, returns=member.left_on is not None
    )


def apply(
    session: Session, what: Plan, by: Person | None, now: datetime, *, leave: bool, sure: bool = False
) -> list[Account]:
    """Do what the plan says, all or nothing; with `leave`, who is not in the file leaves the roster and every right.

    A file that is probably only a part of the roster needs `sure` for that. `by` None is the command line. Returns
    the accounts that have lost a role.
    """
    if what.errors:
        raise Refused("roster.has_errors", count=len(what.errors))
    leavers = [number for number, _, _ in what.leavers] if leave else []
    if leavers and what.partial and not sure:
        raise Refused("roster.too_many_leave", count=len(leavers), active=what.active)
    if by is not None and by.member is not None and by.member.id in leavers:
        raise Refused("roster.you_would_leave")
    insert_new(session, Unit, [{"name": name} for name in what.units], returning=Unit.id)
    units = {unit.name: unit.id for unit in session.scalars(select(Unit))}
    if what.new:
        session.execute(insert(Member), [_row(row, units) for row in what.new])
    _change(session, what.changed, units)
    demoted = _leave(session, leavers, now)
    session.expire_all()
    counts = {"new": len(what.new), "changed": len(what.changed), "left": len(leavers)}
    trace(session, by, "roster.imported", "roster", now, **counts)
    return demoted


def _row(row: Row, units: dict[str, int]) -> dict[str, Any]:
    whole: dict[str, Any] = dict.fromkeys(PLAIN) | {"calendar": Calendar.SOLAR, "kinds": [], "tags": []} | row.values
    unit = whole.pop("unit", None)
    return whole | {"number": row.number, "name": row.name, "unit_id": units[unit] if unit else None}


def _change(session: Session, changes: Iterable[Change], units: dict[str, int]) -> None:
    """One statement for each set of columns that change together."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for change in changes:
        values = dict(change.after)
        if "unit" in values:
            unit = values.pop("unit")
            values["unit_id"] = units[unit] if unit else None
        if change.returns:
            values["left_on"] = None
        groups.setdefault(tuple(sorted(values)), []).append({"id": change.member_id, **values})
    for rows in groups.values():
        session.execute(update(Member), rows)


def _leave(session: Session, members: list[int], now: datetime) -> list[Account]:
    """End every right at once. Roles do not come back by themselves when somebody returns."""
    today = house(session).local(now).date()
    holders = select(Account).where(Account.member_id.in_(select(Grant.member_id)))
    demoted = [account for account in session.scalars(holders).unique() if account.member_id in set(members)]
    for start in range(0, len(members), CHUNK):
        part = members[start : start + CHUNK]
        session.execute(
            update(Member).where(Member.id.in_(part), Member.left_on.is_(None)).values(left_on=today),
            execution_options={"synchronize_session": False},
        )
        session.execute(
            delete(Grant).where(Grant.member_id.in_(part)), execution_options={"synchronize_session": False}
        )
    return demoted


def look(
    session: Session, by: Person, content: bytes, name: str, now: datetime, read: Read = sheets.read
) -> tuple[Plan, Import | None]:
    """Show what a file would do, and keep it until the answer; a file with errors is not kept. The last one counts."""
    _admin(by)
    found = plan(session, content, name, now, read)
    session.execute(delete(Import).where(Import.account_id == by.account.id))
    if found.errors or found.idle:
        return found, None
    kept = Import(account_id=by.account.id, name=name[:100], effect=found.effect, kept_at=now, content=content)
    session.add(kept)
    session.flush()
    return found, kept


def load(
    session: Session,
    by: Person,
    number: int,
    now: datetime,
    *,
    leave: bool,
    sure: bool = False,
    read: Read = sheets.read,
) -> tuple[Plan, list[Account]]:
    """Say yes to a file that was shown. If the roster has changed since, it must be shown again.

    Returns what was done, and the accounts that have lost a role.
    """
    kept = _kept(session, by, number)
    found = plan(session, kept.content, kept.name, now, read)
    if found.effect != kept.effect:
        raise Refused("roster.changed_meanwhile")
    demoted = apply(session, found, by, now, leave=leave, sure=sure)
    session.execute(delete(Import).where(Import.id == number))
    return found, demoted


def drop(session: Session, by: Person, number: int) -> None:
    """Say no to it; the file is forgotten."""
    _admin(by)
    session.execute(delete(Import).where(Import.id == number, Import.account_id == by.account.id))


def waiting(session: Session, by: Person, number: int, now: datetime, read: Read = sheets.read) -> Plan:
    """The file that waits, as it would go in now."""
    kept = _kept(session, by, number)
    return plan(session, kept.content, kept.name, now, read)


def _kept(session: Session, by: Person, number: int) -> Import:
    _admin(by)
    kept = session.scalar(
        select(Import).where(Import.id == number, Import.account_id == by.account.id).with_for_update()
    )
    if kept is None:
        raise Refused("roster.gone")
    return kept


def _admin(by: Person) -> None:
    if not by.may(Role.ADMIN):
        raise Refused("common.not_allowed")


def forget_files(session: Session, now: datetime) -> None:
    """Drop the files nobody said yes to."""
    session.execute(delete(Import).where(Import.kept_at < now - KEPT))


def import_file(
    session: Session,
    path: Path,
    now: datetime,
    say: Callable[..., None],
    *,
    write: bool,
    leave: bool = True,
    sure: bool = False,
    read: Read = sheets.read,
    shown: Plan | None = None,
) -> Plan:
    """The command line's way: show what the file would do, and with `write` do it, if that is still what was `shown`.

    `say(key, **params)` speaks a sentence of the locale: `roster.report`, then one `roster.problem` for each cell.
    """
    found = plan(session, path.read_bytes(), path.name, now, read)
    if shown is not None and found.effect != shown.effect:
        raise Refused("roster.changed_meanwhile")
    say("roster.report", **found.counts())
    for kind, problems in (("error", found.errors), ("doubt", found.reading.doubts)):
        for problem in problems:
            say("roster.problem", kind=kind, **vars(problem))
    if write and not found.errors:
        apply(session, found, None, now, leave=leave, sure=sure)
        say("roster.loaded", **found.counts() | {"left": len(found.leavers) if leave else 0})
    return found
