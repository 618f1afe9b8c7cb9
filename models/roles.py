"""Roles: who may do more than every member may. Granted and withdrawn by admins, effective at the next press."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from models.base import Refused
from models.house import house
from models.people import Account, Grant, Member, Person, Role
from models.traces import trace
from models.upsert import insert_new

# Those given for everything. Judges and leads are named where the thing is that they look after.
GIVEN = (Role.OFFICER, Role.CHAIR, Role.ADMIN, Role.HANDLER, Role.DELEGATE, Role.COUNSELLOR)


def grant(session: Session, by: Person, member_id: int, role: str, now: datetime) -> Member:
    """Give a member a role; the same again changes nothing."""
    member, kind = _allowed(session, by, member_id, role)
    row = {"member_id": member.id, "role": kind, "scope": "", "by_account": by.account.id, "at": now}
    if insert_new(session, Grant, [row], returning=Grant.id):
        trace(session, by, "roles.granted", f"member:{member.id}", now, role=kind.value)
    return member


def withdraw(session: Session, by: Person, member_id: int, role: str, now: datetime) -> Member:
    """Take a role away; the same again changes nothing. Somebody must remain who can give roles."""
    member, kind = _allowed(session, by, member_id, role)
    if kind is Role.ADMIN:
        must_remain(session, member)
    gone = delete(Grant).where(Grant.member_id == member.id, Grant.role == kind, Grant.scope == "").returning(Grant.id)
    if session.scalars(gone).all():
        trace(session, by, "roles.withdrawn", f"member:{member.id}", now, role=kind.value)
    return member


def must_remain(session: Session, member: Member) -> None:
    """Refused if this member is the last who can give roles, and the settings name nobody."""
    query = (
        select(Grant.member_id)
        .join(Member, Member.id == Grant.member_id)
        .join(Account, Account.member_id == Member.id)
        .where(Grant.role == Role.ADMIN, Member.left_on.is_(None))
    )
    admins = set(session.scalars(query))
    named = house(session).admins
    known = session.scalar(select(func.count()).select_from(Account).where(Account.id.in_(named))) if named else 0
    if member.id in admins and len(admins) == 1 and not known:
        raise Refused("roles.last_admin")


def _allowed(session: Session, by: Person, member_id: int, role: str) -> tuple[Member, Role]:
    if not by.may(Role.ADMIN):
        raise Refused("common.not_allowed")
    # Locked, so that two admins who withdraw each other at once do not leave nobody.
    session.execute(select(Grant.id).where(Grant.role == Role.ADMIN).with_for_update()).all()
    member = session.get(Member, member_id)
    if member is None or member.left_on is not None:
        raise Refused("people.unknown")
    if role not in GIVEN:
        raise Refused("common.old_button")
    return member, Role(role)


def held(session: Session, member: Member) -> frozenset[Role]:
    """The roles a member holds for everything."""
    return frozenset(session.scalars(select(Grant.role).where(Grant.member_id == member.id, Grant.scope == "")))


def holders(session: Session) -> list[tuple[Member, list[Role]]]:
    """Everybody who holds one of the roles, by number."""
    query = (
        select(Grant.role, Member)
        .join(Member, Member.id == Grant.member_id)
        .where(Grant.role.in_(GIVEN), Grant.scope == "", Member.left_on.is_(None))
        .order_by(Member.number)
    )
    found: dict[int, tuple[Member, list[Role]]] = {}
    for role, member in session.execute(query).unique():
        found.setdefault(member.id, (member, []))[1].append(role)
    return list(found.values())
