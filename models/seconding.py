"""Seconding (附议): colleagues put their names under a case; with enough of them it goes on to the office.

Too few in time, and it goes on all the same, as a kind that needs none: nothing lapses unanswered.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from models import cases, desks, letters, steps
from models.base import Refused
from models.cases import Case, CaseState, Follow, Seat, Second
from models.house import house
from models.letters import Letter
from models.people import Account, Member, Person, Unit, person_of, roles_of
from models.steps import StepKind
from models.traces import trace
from models.upsert import insert_new

ASKED_AT_MOST = 30  # colleagues that one case may write to


@dataclass(frozen=True)
class Asked:
    """Whom a letter reaches, and who is not here yet: they are told in person, or not at all."""

    reached: tuple[Member, ...] = ()
    unreached: tuple[Member, ...] = ()


def second(session: Session, member: Member, number: int, now: datetime, *, hidden: bool = False) -> Case:
    """Put the member's name under a case; a second tap changes nothing. With enough names it goes to the office.

    `hidden` keeps the name from everybody but the office; it can be asked for afterwards too.
    """
    case, seat = cases.for_reader(session, now_under(session, number), as_person(session, member), lock=True)
    if seat is Seat.AUTHOR:
        raise Refused("proposals.own")
    if not case.shared:
        raise Refused("proposals.not_shared")
    if not case.open:
        raise Refused("proposals.too_late")
    row = {"case_id": case.id, "member_id": member.id, "hidden": hidden, "at": now}
    if not insert_new(session, Second, [row], returning=Second.id):
        if hidden:
            _second_of(session, case, member).hidden = True
        return case
    trace(session, as_person(session, member), "cases.seconds", f"case:{case.id}", now)
    if case.state is CaseState.SECONDING and count(session, case) >= cases.preset_of(session, case).seconders:
        put_on_desk(session, case, now)
        steps.take(session, case, StepKind.SECONDED, now, term_at=case.term_at)
        call(session, case, now)
    return case


def take_back(session: Session, member: Member, number: int, now: datetime) -> Case:
    """Take the member's name away again, as long as the case is open; what it has set going goes on."""
    case, _ = cases.for_reader(session, number, as_person(session, member), lock=True)
    if not case.open:
        raise Refused("proposals.too_late")
    gone = delete(Second).where(Second.case_id == case.id, Second.member_id == member.id).returning(Second.id)
    if not session.scalars(gone).all():
        raise Refused("proposals.not_seconded")
    trace(session, as_person(session, member), "cases.seconds_no_more", f"case:{case.id}", now)
    return case


def ask_by_name(session: Session, number: int, by: Person, members: Iterable[int], now: datetime) -> Asked:
    """The author asks these colleagues to second the case."""
    case, seat = cases.for_reader(session, number, by)
    if seat is not Seat.AUTHOR:
        raise Refused("cases.unknown")
    return ask_seconders(session, case, members, now)


def ask_seconders(session: Session, case: Case, members: Iterable[int], now: datetime) -> Asked:
    """Write to these colleagues, each once, that their name is wanted under the case; one tap gives it."""
    if case.state is not CaseState.SECONDING or not case.shared:
        raise Refused("proposals.not_looking")
    wanted = set(members) - {case.author_id} - {each.member_id for each in cases.seconds_of(session, case)}
    found = reach(session, wanted)
    before = Letter.key.startswith(f"case:{case.id}:ask:", autoescape=True)
    asked = session.scalar(select(func.count()).select_from(Letter).where(before)) or 0
    if asked + len(found.reached) > ASKED_AT_MOST:
        raise Refused("proposals.asked_enough", most=ASKED_AT_MOST)
    for member in found.reached:
        _ask(session, case, member, now)
    return found


def reach(session: Session, members: Iterable[int]) -> Asked:
    """Which of these a letter reaches. Leavers are none of them."""
    query = select(Member, Account).outerjoin(Account, Account.member_id == Member.id)
    query = query.where(Member.id.in_(set(members)), Member.left_on.is_(None)).order_by(Member.number)
    rows = session.execute(query).unique().all()
    return Asked(
        tuple(member for member, account in rows if account is not None),
        tuple(member for member, account in rows if account is None),
    )


def _ask(session: Session, case: Case, member: Member, now: datetime) -> None:
    facts = cases.facts_of(session, case, Seat.COLLEAGUE)
    keep = ("preset", "kind", "title", "wrong", "wish", "author", "term_at")
    steps.post(
        session,
        case,
        "ask",
        [(f"m{member.id}", member)],
        "proposals.asked",
        now,
        buttons=[[letters.button("proposals.second", case.id)]],
        check="cases.seconding",
        **{name: facts[name] for name in keep},
    )


def looks(session: Session, letter: Letter, now: datetime) -> bool:
    """Whether the case a letter is about still looks for seconders, and this reader has not seconded it yet."""
    case = session.get(Case, letter.subject_id)
    if case is None or case.state is not CaseState.SECONDING:
        return False
    mine = select(Second.id).where(Second.case_id == case.id, Second.member_id == letter.member_id)
    return session.scalar(mine) is None


letters.check("cases.seconding")(looks)


def lapse(session: Session, case: Case, now: datetime) -> None:
    """The time to find seconders is over: the case goes on as the kind that needs none."""
    if case.state is not CaseState.SECONDING:
        return
    before, rules = case.preset, cases.preset_of(session, case)
    case.preset = rules.unseconded
    put_on_desk(session, case, now)
    was: dict[str, Any] = {"preset": before, "kind": dict(rules.name), "needed": rules.seconders}
    steps.take(session, case, StepKind.UNSECONDED, now, became=case.preset, **was)
    call(session, case, now)


def follow(session: Session, member: Member, number: int, now: datetime) -> Case:
    """From now on the member hears how the case goes on."""
    case, seat = cases.for_reader(session, number, as_person(session, member), lock=True)
    if seat not in (Seat.COLLEAGUE, Seat.SECONDER):  # another seat ends with the work; following would outlast it
        raise Refused("cases.unknown")
    row = {"case_id": case.id, "member_id": member.id, "at": now}
    insert_new(session, Follow, [row], returning=Follow.id)
    return case


def unfollow(session: Session, member: Member, number: int, now: datetime) -> Case:
    """The member hears no more of it, unless it is their own or they second it."""
    case, _ = cases.for_reader(session, number, as_person(session, member))
    session.execute(delete(Follow).where(Follow.case_id == case.id, Follow.member_id == member.id))
    return case


def now_under(session: Session, number: int) -> int:
    """The number of the case that a shared one has been merged into; else its own."""
    case = session.get(Case, number)
    return case.merged_into if case is not None and case.shared and case.merged_into is not None else number


def follows(session: Session, case: Case, member: Member) -> bool:
    """Whether the member has asked to hear of it."""
    query = select(Follow.id).where(Follow.case_id == case.id, Follow.member_id == member.id)
    return session.scalar(query) is not None


def seconds(session: Session, case: Case, member: Member) -> bool:
    """Whether the member's name stands under it."""
    query = select(Second.id).where(Second.case_id == case.id, Second.member_id == member.id)
    return session.scalar(query) is not None


def count(session: Session, case: Case) -> int:
    """How many names stand under it."""
    return session.scalar(select(func.count()).select_from(Second).where(Second.case_id == case.id)) or 0


def looking(session: Session) -> list[Case]:
    """The cases that look for seconders, those whose time ends first before the others."""
    query = select(Case).where(Case.state == CaseState.SECONDING, Case.shared).order_by(Case.term_at, Case.id)
    return list(session.scalars(query))


def put_on_desk(session: Session, case: Case, now: datetime, *, since: datetime | None = None) -> None:
    """Give the case to whoever has it first: the department its kind belongs to, or else the office.

    With `since`, it is to be answered so many working days after that moment, wherever it lies.
    """
    rules = cases.preset_of(session, case)
    unit = session.scalars(select(Unit).where(Unit.name == rules.lead)).first() if rules.lead else None
    promised = steps.term(session, since or now, rules.answer_days)
    if unit is not None and cases.handlers_of(session, unit.id):
        case.unit_id, case.answer_by, case.answer_certain = unit.id, promised.at, promised.certain
        steps.enter(session, case, CaseState.HANDLING, now, promised)
        session.flush()
        session.refresh(case, ["unit"])
    elif since is not None:
        case.answer_by, case.answer_certain = promised.at, promised.certain
        steps.enter(session, case, CaseState.RECEIVED, now, promised)
    else:
        steps.enter(session, case, CaseState.RECEIVED, now, steps.term(session, now, rules.intake_days))


def call(session: Session, case: Case, now: datetime) -> None:
    """Tell those whose turn it is."""
    desks.call(session, case, now)


def as_person(session: Session, member: Member) -> Person:
    """Who the member is at this moment; a leaver is nobody."""
    account = session.scalars(select(Account).where(Account.member_id == member.id)).first()
    if account is not None:
        return person_of(session, account, house(session).admins)
    here = member if member.left_on is None else None
    return Person(Account(id=0, name=""), here, frozenset(roles_of(session, member) if here else ()))


def _second_of(session: Session, case: Case, member: Member) -> Second:
    query = select(Second).where(Second.case_id == case.id, Second.member_id == member.id)
    return session.scalars(query).one()
