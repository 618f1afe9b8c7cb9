"""Screening (立案审查): the office takes a case up, says why not, puts it together with another, or changes its kind.

Every decision carries the turn that the officer had before their eyes: of several at once one holds, and the others are
told who decided what.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import cases, desks, steps
from models.base import Refused
from models.cases import Case, CaseState, Follow, Seat
from models.house import house
from models.people import Person
from models.presets import Ground, Preset
from models.steps import StepKind
from models.upsert import insert_new

MERGEABLE = (CaseState.SECONDING, CaseState.RECEIVED, CaseState.ACCEPTED, CaseState.HANDLING)
TARGETS = (
    CaseState.RECEIVED,
    CaseState.ACCEPTED,
    CaseState.HANDLING,
    CaseState.SIGNING,
    CaseState.RELEASING,
    CaseState.REOPENED,
)
BOUND = ("comment",)  # kinds that belong to something put out for comment
LEAST = 2  # characters of a reason


def accept(session: Session, number: int, turn: int | None, by: Person, now: datetime) -> Case:
    """Take a case up (立案): its author hears so, and the office gives it to a department next."""
    case, _ = desks.seated(session, number, turn, by, {Seat.OFFICE: (CaseState.RECEIVED,)})
    days = cases.preset_of(session, case).assign_days
    steps.enter(session, case, CaseState.ACCEPTED, now, steps.capped(session, case, now, days))
    steps.take(session, case, StepKind.ACCEPTED, now, by)
    desks.call(session, case, now, by=by, later=True)
    return case


def decline(
    session: Session, number: int, turn: int | None, ground: str, words: str, by: Person, now: datetime
) -> Case:
    """Do not take a case up: its author is told the ground, and why, in words."""
    states = (CaseState.SECONDING, CaseState.RECEIVED)
    case, _ = desks.seated(session, number, turn, by, {Seat.OFFICE: states})
    if ground not in cases.preset_of(session, case).grounds:
        raise Refused("casework.no_ground")
    words = reason(words)
    case.ground = Ground(ground)
    steps.enter(session, case, CaseState.DECLINED, now)
    steps.take(session, case, StepKind.DECLINED, now, by, words)
    return case


def merge(session: Session, number: int, turn: int | None, into: int, words: str, by: Person, now: datetime) -> Case:
    """Put a case together with another (并案): who stood behind it stands behind that one, nobody twice.

    Its author goes on being told of everything; so do the authors of cases that had been merged into it.
    """
    end = _end_of_chain(session, into)
    for each in sorted({number, end}):  # the lower first, so that two merges at once do not wait for each other
        cases.by_id(session, each, lock=True)
    case, _ = desks.seated(session, number, turn, by, {Seat.OFFICE: MERGEABLE})
    other = target(session, case, into, by)
    case.merged_into = other.id
    steps.enter(session, case, CaseState.MERGED, now)
    steps.take(session, case, StepKind.MERGED, now, by, words.strip())
    steps.move_seconds(session, case, other, now)
    _move_follows(session, case, other, now)
    steps.take(session, other, StepKind.JOINED, now, by, joined=case.id)
    return case


def target(session: Session, case: Case, into: int, by: Person) -> Case:
    """The case that this one would be merged into: the named one, or what that has been merged into itself."""
    other, _ = cases.for_reader(session, _end_of_chain(session, into), by)
    if other.id == case.id:
        raise Refused("casework.same_case")
    if cases.preset_of(session, other).confidential or cases.preset_of(session, case).confidential:
        raise Refused("cases.unknown")
    if {case.preset, other.preset} & {*BOUND} and (case.preset, case.subject) != (other.preset, other.subject):
        raise Refused("casework.bound")
    if case.shared and not other.shared:  # its supporters would read what is not theirs
        raise Refused("casework.merge_the_other_way", number=case.id, other=other.id)
    if other.state not in TARGETS:
        raise Refused("casework.no_target", number=other.id, state=other.state.value)
    return other


def turn_into(
    session: Session, number: int, turn: int | None, preset: str, words: str, by: Person, now: datetime
) -> Case:
    """Make a case another kind: it keeps its number, and is answered all the same."""
    states = (CaseState.SECONDING, CaseState.RECEIVED, CaseState.ACCEPTED)
    case, _ = desks.seated(session, number, turn, by, {Seat.OFFICE: states})
    before = cases.preset_of(session, case)
    if preset not in kinds_for(session, case):
        raise Refused("casework.no_kind")
    became = house(session).cases[preset]
    names = {"preset": case.preset, "kind": dict(before.name), "became": preset, "became_kind": dict(became.name)}
    case.preset = preset
    steps.enter(session, case, CaseState.RECEIVED, now, steps.capped(session, case, now, became.intake_days))
    steps.take(session, case, StepKind.TURNED, now, by, words.strip(), **names)
    desks.call(session, case, now, by=by, later=True)
    return case


def kinds_for(session: Session, case: Case) -> dict[str, Preset]:
    """What a case may be turned into: another open kind that asks for no more seconders than it has."""
    if cases.preset_of(session, case).confidential or case.preset in BOUND:
        return {}
    behind = len(cases.seconds_of(session, case))
    return {
        name: preset
        for name, preset in house(session).cases.items()
        if name not in (case.preset, *BOUND) and not preset.confidential and preset.seconders <= behind
    }


def reason(words: str) -> str:
    """A reason that says something. Refused if it is empty."""
    words = words.strip()
    if len(words) < LEAST:
        raise Refused("casework.words_needed")
    return words


def _end_of_chain(session: Session, number: int) -> int:
    """The case that this one has been merged into, or itself."""
    merged = session.scalar(select(Case.merged_into).where(Case.id == number))
    return merged if merged is not None else number


def _move_follows(session: Session, case: Case, into: Case, now: datetime) -> None:
    people = session.scalars(select(Follow.member_id).where(Follow.case_id == case.id))
    rows = [{"case_id": into.id, "member_id": who, "at": now} for who in people if who != into.author_id]
    insert_new(session, Follow, rows, returning=Follow.id)
