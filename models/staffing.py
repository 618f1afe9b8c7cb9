"""Staffing (承办人): who answers for a department. Officers name them; whoever is named hears what waits for them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from models import cases, desks, letters
from models.base import Refused
from models.cases import Case, CaseState, CoUnit
from models.people import Account, Grant, Member, Person, Role, Unit
from models.traces import trace
from models.upsert import insert_new

WAITING = (CaseState.HANDLING, CaseState.SIGNING, CaseState.PLANNED)


@dataclass(frozen=True)
class Department:
    """A department, how many work there, and who of them answers for it."""

    unit: Unit
    people: int
    handlers: tuple[str, ...]


def name_handler(session: Session, by: Person, member_id: int, now: datetime) -> Member:
    """Name a member as one who answers for their department; the same again changes nothing."""
    member = _mine_to_name(session, by, member_id)
    if member.unit_id is None:
        raise Refused("casework.no_department", name=member.name)
    bound = session.scalar(select(Account.id).where(Account.member_id == member.id))
    if bound is None:
        raise Refused("casework.unbound", name=member.name)
    if not by.roles & {Role.COUNSELLOR, Role.ADMIN} and _holds_sealed(session, member.unit_id):
        raise Refused("casework.sealed_department")
    row = {"member_id": member.id, "role": Role.HANDLER, "scope": "", "by_account": by.account.id, "at": now}
    if insert_new(session, Grant, [row], returning=Grant.id):
        trace(session, by, "casework.handler_named", f"member:{member.id}", now)
        if by.member is None or by.member.id != member.id:
            key = f"member:{member.id}:handler:{now.isoformat()}"
            unit = member.unit.name if member.unit else ""
            letters.post(session, key, member, "casework.you_answer_for", now, unit=unit)
        _call_for(session, member.unit_id, now)
    return member


def dismiss_handler(session: Session, by: Person, member_id: int, now: datetime) -> Member:
    """They answer for their department no more; what waits for it is the office's if nobody else does."""
    member = _mine_to_name(session, by, member_id)
    mine = Grant.member_id == member.id, Grant.role == Role.HANDLER, Grant.scope == ""
    if session.scalars(delete(Grant).where(*mine).returning(Grant.id)).all():
        trace(session, by, "casework.handler_dismissed", f"member:{member.id}", now)
        if member.unit_id is not None:
            session.flush()
            _call_for(session, member.unit_id, now)
    return member


def departments(session: Session) -> list[Department]:
    """All departments with somebody in them; those with handlers first."""
    people = select(Unit, func.count(Member.id)).join(Member, Member.unit_id == Unit.id)
    people_ = people.where(Member.left_on.is_(None)).group_by(Unit.id).order_by(Unit.name)
    named = select(Member.unit_id, Member.name).join(Grant).join(Account, Account.member_id == Member.id)
    named = named.where(Grant.role == Role.HANDLER, Member.left_on.is_(None))
    handlers: dict[int | None, list[str]] = {}
    for unit_id, name in session.execute(named.order_by(Member.number)):
        handlers.setdefault(unit_id, []).append(name)
    found = [Department(unit, count, tuple(handlers.get(unit.id, ()))) for unit, count in session.execute(people_)]
    return sorted(found, key=lambda each: not each.handlers)


def members_of(session: Session, unit_id: int) -> list[Member]:
    """Who works in a department; its handlers first."""
    query = select(Member).where(Member.unit_id == unit_id, Member.left_on.is_(None)).order_by(Member.number)
    handlers = {member.id for member in cases.handlers_of(session, unit_id)}
    return sorted(session.scalars(query).unique(), key=lambda member: member.id not in handlers)


def by_id(session: Session, unit_id: int) -> Unit:
    """One department."""
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise Refused("casework.no_unit")
    return unit


def _mine_to_name(session: Session, by: Person, member_id: int) -> Member:
    if not by.may(Role.OFFICER):
        raise Refused("common.not_allowed")
    member = session.get(Member, member_id)
    if member is None or member.left_on is not None:
        raise Refused("people.unknown")
    return member


def _holds_sealed(session: Session, unit_id: int) -> bool:
    """Whether the department works on something confidential: who answers for it could read that."""
    signs = select(CoUnit.case_id).where(CoUnit.unit_id == unit_id)
    query = select(Case.id).where(Case.sealed.is_not(None), or_(Case.unit_id == unit_id, Case.id.in_(signs)))
    return session.scalars(query.limit(1)).first() is not None


def _call_for(session: Session, unit_id: int, now: datetime) -> None:
    """Whose turn it is has changed: they hear what waits for this department. Who has heard is not told twice."""
    signs = select(CoUnit.case_id).where(CoUnit.unit_id == unit_id, CoUnit.signed_at.is_(None))
    waits = or_(Case.unit_id == unit_id, Case.id.in_(signs))
    for case in session.scalars(select(Case).where(Case.state.in_(WAITING), waits).order_by(Case.id)).unique():
        desks.call(session, case, now)
