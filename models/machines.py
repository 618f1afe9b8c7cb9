"""Machines (设备): what may break and is reported by its code; a repair itself is a case about one.

A machine has a code to scan, stuck on it. Whoever scans it has it filled in, and sees whether somebody was faster.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, Field, field_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import cases, filing, seconding
from models.base import Base, Level, Privacy, Refused
from models.cases import UNANSWERED, Case, CaseState, Second
from models.fields import Files, Given, Long, Pick, When
from models.people import Member, Person
from models.traces import trace
from models.upsert import insert_new

PRESET = "repair"
BROKEN = (*UNANSWERED, CaseState.PLANNED)  # a repair in one of these states: the machine does not work yet
MOST = 60  # machines in one message
BRIEF = 30  # characters of what is wrong that stand in the title
_MARKS = re.compile(r"[\t,，;；|]+")
_HAN = re.compile("[\u4e00-\u9fff]")


class Shape(StrEnum):
    """How a machine stands."""

    FINE = "fine"
    BROKEN = "broken"
    RETIRED = "retired"


class Machine(Base):
    """Something that can be reported as broken."""

    __tablename__ = "machines"
    __table_args__ = (UniqueConstraint("name", "place"),)
    privacy = Privacy(Level.PUBLIC)

    id: Mapped[int] = mapped_column(primary_key=True)  # what its code carries
    name: Mapped[str]
    place: Mapped[str]
    code: Mapped[str | None]  # the institute's own number for it
    added_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class NewMachine(BaseModel):
    """What an officer says about a machine."""

    name: Annotated[str, Field(min_length=1, max_length=30)]
    place: Annotated[str, Field(min_length=1, max_length=40)]
    code: Annotated[str | None, Field(min_length=1, max_length=30)] = None


class NewMachines(BaseModel):
    """Machines, one a line: 跑步机3号 健身房."""

    lines: Annotated[str, Field(min_length=3, max_length=4000), Long()]

    @field_validator("lines")
    @classmethod
    def _readable(cls, lines: str) -> str:
        try:
            read_lines(lines)
        except Refused as no:
            raise PydanticCustomError(no.code.partition(".")[2], no.code, no.params) from None
        return lines


def _working(session: Session) -> list[tuple[int, str]]:
    return [(machine.id, label(machine)) for machine in working(session)]


def _label(session: Session, value: Any) -> str | None:
    machine = session.get(Machine, value)
    return label(machine) if machine is not None else None


class NewRepair(BaseModel):
    """What somebody says who found something broken."""

    machine: Annotated[int | None, Pick(_working, _label)] = None
    place: Annotated[
        str | None, Field(min_length=2, max_length=60), When(lambda said: said["machine"] is None, required=True)
    ] = None
    wrong: Annotated[str, Field(min_length=2, max_length=1000), Long()]
    files: Annotated[list[int], Files(most=4)] = []


class Which(BaseModel):
    """Which machine it is, or where something else is that broke."""

    machine: Annotated[int | None, Pick(_working, _label)] = None
    place: Annotated[
        str | None, Field(min_length=2, max_length=60), When(lambda said: said["machine"] is None, required=True)
    ] = None
    wrong: Annotated[str | None, Given()] = None  # if they said it at once


class _Said(BaseModel):
    """A repair as a case."""

    title: str
    wrong: str
    files: list[int]
    shared: bool


@dataclass(frozen=True)
class Added:
    """What came of a list of machines."""

    new: list[Machine]
    known: list[Machine]  # were there already, or are in use again


def label(machine: Machine) -> str:
    """How it is called in lists."""
    return f"{machine.name} · {machine.place}"


def read_lines(text: str) -> list[NewMachine]:
    """One machine a line: name, place, and its own number if it has one. Nothing is guessed: an unclear line is named.

    Parts stand between tabs, commas or semicolons; in a Chinese line blanks part them too.
    """
    found: dict[tuple[str, str], NewMachine] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        parts = [part.strip() for part in (_MARKS.split(line) if _MARKS.search(line) else _blanks(line))]
        if len(parts) not in (2, 3) or not all(parts):
            raise Refused("repairs.unclear_line", line=line[:60])
        if any(len(part) > most for part, most in zip(parts, (30, 40, 30), strict=False)):
            raise Refused("repairs.long_line", line=line[:60])
        found[parts[0], parts[1]] = NewMachine(name=parts[0], place=parts[1], code=(*parts, None)[2])
    if not found:
        raise Refused("repairs.unclear_line", line="")
    if len(found) > MOST:
        raise Refused("repairs.too_many", most=MOST)
    return list(found.values())


def _blanks(line: str) -> list[str]:
    return line.split() if _HAN.search(line) else [line]


def add(session: Session, news: list[NewMachine], by: Person, now: datetime) -> Added:
    """Put machines on the list. One that is there already stays one; one that was retired is in use again."""
    rows = [{**new.model_dump(), "added_at": now, "retired_at": None} for new in news]
    fresh = set(insert_new(session, Machine, rows, returning=Machine.id))
    added = Added([], [])
    for new in news:
        query = select(Machine).where(Machine.name == new.name, Machine.place == new.place)
        machine = session.scalars(query.execution_options(populate_existing=True)).one()
        if machine.id not in fresh:
            machine.retired_at, machine.code = None, new.code or machine.code
        (added.new if machine.id in fresh else added.known).append(machine)
    for machine in added.new:
        trace(session, by, "repairs.added", f"machine:{machine.id}", now)
    return added


def change(session: Session, number: int, new: NewMachine, by: Person, now: datetime) -> Machine:
    """Call a machine something else, or say that it stands elsewhere. Its code stays good."""
    machine = by_id(session, number)
    same = select(Machine.id).where(Machine.name == new.name, Machine.place == new.place, Machine.id != machine.id)
    if session.scalar(same) is not None:
        raise Refused("repairs.same_name")
    machine.name, machine.place, machine.code = new.name, new.place, new.code
    trace(session, by, "repairs.changed", f"machine:{machine.id}", now)
    return machine


def retire(session: Session, number: int, by: Person, now: datetime) -> Machine:
    """It is no longer there: nobody is offered it, and its code says so."""
    machine = by_id(session, number)
    if machine.retired_at is None:
        machine.retired_at = now
        trace(session, by, "repairs.retired", f"machine:{machine.id}", now)
    return machine


def restore(session: Session, number: int, by: Person, now: datetime) -> Machine:
    """It is there again."""
    machine = by_id(session, number)
    if machine.retired_at is not None:
        machine.retired_at = None
        trace(session, by, "repairs.restored", f"machine:{machine.id}", now)
    return machine


def by_id(session: Session, number: int) -> Machine:
    """One machine."""
    machine = session.get(Machine, number)
    if machine is None:
        raise Refused("repairs.unknown_machine")
    return machine


def in_use(session: Session, number: int) -> Machine:
    """One machine that can be reported."""
    machine = by_id(session, number)
    if machine.retired_at is not None:
        raise Refused("repairs.is_retired", name=machine.name)
    return machine


def working(session: Session) -> list[Machine]:
    """All that can be reported, by place and name."""
    query = select(Machine).where(Machine.retired_at.is_(None)).order_by(Machine.place, Machine.name)
    return list(session.scalars(query))


def managed(session: Session) -> list[tuple[Machine, int]]:
    """All machines with how many repairs each waits for: the broken ones first, the retired ones last."""
    query = select(Case.subject, func.count()).where(Case.preset == PRESET, Case.state.in_(BROKEN))
    waiting = dict(session.execute(query.group_by(Case.subject)).all())
    every = session.scalars(select(Machine).order_by(Machine.place, Machine.name))
    found = [(machine, waiting.get(subject_of(machine), 0)) for machine in every]
    return sorted(found, key=lambda row: (row[0].retired_at is not None, row[1] == 0))


def subject_of(machine: Machine) -> str:
    """What a case about it names."""
    return f"machine:{machine.id}"


def open_repairs(session: Session, machine: Machine) -> list[Case]:
    """What is being repaired on it, the oldest first."""
    query = select(Case).where(Case.subject == subject_of(machine), Case.preset == PRESET, Case.state.in_(BROKEN))
    return list(session.scalars(query.order_by(Case.id)))


def shape_of(session: Session, machine: Machine) -> Shape:
    """How it stands now."""
    if machine.retired_at is not None:
        return Shape.RETIRED
    return Shape.BROKEN if open_repairs(session, machine) else Shape.FINE


def facts_of(session: Session, machine: Machine) -> dict[str, Any]:
    """The machine as parameters of its sentences."""
    return {
        "name": machine.name,
        "place": machine.place,
        "code": machine.code or "",
        "shape": shape_of(session, machine).value,
    }


def report(session: Session, member: Member, new: NewRepair, now: datetime) -> Case:
    """Report what is broken. Colleagues at the same machine may read it, so that they need not report it again."""
    machine = in_use(session, new.machine) if new.machine is not None else None
    name, place = (machine.name, machine.place) if machine else (new.place or "", new.place)
    first = new.wrong.strip().split("\n", 1)[0]
    said = _Said(
        title=f"{name} · {first if len(first) <= BRIEF else first[: BRIEF - 1] + '…'}",
        wrong=new.wrong,
        files=new.files,
        shared=machine is not None,
    )
    subject = subject_of(machine) if machine else None
    return filing.hand_in(session, member, PRESET, said, now, subject=subject, place=place)


def join(session: Session, member: Member, number: int, now: datetime) -> Case:
    """Say that one has met the same fault: it counts, and one hears how it goes on. A second time changes nothing."""
    case, _ = cases.for_reader(session, number, seconding.as_person(session, member), lock=True)
    if case.preset != PRESET or not (case.subject or "").startswith("machine:"):
        raise Refused("cases.unknown")
    if case.author_id == member.id:
        raise Refused("repairs.yours")
    if case.state not in BROKEN:
        raise Refused("repairs.done_already")
    row = {"case_id": case.id, "member_id": member.id, "hidden": False, "at": now}
    insert_new(session, Second, [row], returning=Second.id)
    return case
