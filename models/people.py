"""People: the roster, the accounts bound to it, and who may do what."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, BigId, Level, Privacy, Refused, choice


class Sex(StrEnum):
    WOMAN = "woman"
    MAN = "man"


class Calendar(StrEnum):
    """In which calendar a birthday is kept."""

    SOLAR = "solar"
    LUNAR = "lunar"
    LUNAR_LEAP = "lunar_leap"


class Role(StrEnum):
    """What a member may do beyond what every member may. Stranger and member are no roles: the roster says so."""

    HANDLER = "handler"
    DELEGATE = "delegate"
    JUDGE = "judge"
    LEAD = "lead"
    COUNSELLOR = "counsellor"
    OFFICER = "officer"
    CHAIR = "chair"
    ADMIN = "admin"


class Unit(Base):
    """A department or laboratory."""

    __tablename__ = "units"
    privacy = Privacy(Level.PUBLIC)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class Member(Base):
    """One row of the roster: a person the institute employs."""

    __tablename__ = "members"
    privacy = Privacy(
        Level.CONTACT,
        whose="id",
        blank={"phone": None, "sex": None, "born_year": None, "born_month": None, "born_day": None, "tags": []},
        keeps="roster",
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)  # 工号, as text: leading zeros count
    name: Mapped[str]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    sex: Mapped[Sex | None] = mapped_column(choice(Sex))
    calendar: Mapped[Calendar] = mapped_column(choice(Calendar), default=Calendar.SOLAR)
    born_year: Mapped[int | None]  # of the calendar above: lunar years for lunar birthdays
    born_month: Mapped[int | None]
    born_day: Mapped[int | None]
    joined_on: Mapped[date | None]
    phone: Mapped[str | None] = mapped_column(index=True)  # digits only, without +86; one from abroad keeps its plus
    kinds: Mapped[list[str]] = mapped_column(default=list)  # 身份: 在编, 学生, 会员 …
    tags: Mapped[list[str]] = mapped_column(default=list)  # 标签: 一线, 女职工委员 …
    left_on: Mapped[date | None] = mapped_column(index=True)  # gone from the roster: every right ends
    erased_at: Mapped[
        datetime | None
    ]  # asked to be forgotten: no import brings the blanked fields back, until they bind again

    unit: Mapped[Unit | None] = relationship(lazy="joined")


class Account(Base):
    """Somebody's Telegram account, bound to the roster or not, with what they like in this chat."""

    __tablename__ = "accounts"
    privacy = Privacy(Level.STAFF, whose="member_id", forget=True)

    id: Mapped[int] = mapped_column(
        BigId, primary_key=True, autoincrement=False
    )  # Telegram's id, also the private chat
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"), unique=True)
    name: Mapped[str] = mapped_column(
        default=""
    )  # as Telegram shows it; officers see it when somebody asks to be bound
    language: Mapped[str | None]  # None: the house's own; many a Chinese reader has an English phone
    quiet_from: Mapped[time | None]  # None: the house's quiet hours
    quiet_until: Mapped[time | None]
    leads: Mapped[list[int] | None]  # minutes before an event at which to be reminded; None: the house's
    reachable: Mapped[bool] = mapped_column(default=True)  # False after they block the bot, until they write again
    wanted: Mapped[str | None]  # what they had tapped before they were bound, to go on with afterwards
    first_at: Mapped[datetime]
    bound_at: Mapped[datetime | None]

    member: Mapped[Member | None] = relationship(lazy="joined")


class Grant(Base):
    """A role given to a member, for everything or for one thing only (a club, a contest, a unit)."""

    __tablename__ = "grants"
    __table_args__ = (UniqueConstraint("member_id", "role", "scope"),)
    privacy = Privacy(Level.STAFF, whose="member_id", forget=True)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)
    role: Mapped[Role] = mapped_column(choice(Role))
    scope: Mapped[str] = mapped_column(default="")
    by_account: Mapped[int] = mapped_column(BigId)
    at: Mapped[datetime]


@dataclass
class Person:
    """Who is speaking, as the roster sees them at this very moment."""

    account: Account
    member: Member | None
    roles: frozenset[Role] = field(default_factory=frozenset)

    @property
    def name(self) -> str:
        return self.member.name if self.member else self.account.name

    def may(self, role: Role) -> bool:
        """Whether they hold the role; an admin may do what the chair may, and both what an officer may."""
        above = {Role.OFFICER: {Role.CHAIR, Role.ADMIN}, Role.CHAIR: {Role.ADMIN}}
        return role in self.roles or bool(self.roles & above.get(role, set()))


def recognise(
    session: Session,
    telegram_id: int,
    name: str,
    language: str | None,
    admins: frozenset[int],
    now: datetime,
    *,
    private: bool = True,
) -> Person:
    """Find who is speaking; remember a newcomer, and that they can be reached if it was in `private`."""
    account = session.get(Account, telegram_id)
    if account is None:
        account = Account(id=telegram_id, name=name[:64], first_at=now, reachable=private)
        session.add(account)
        session.flush()
    else:
        if account.name != name[:64]:
            account.name = name[:64]
        if private and not account.reachable:
            account.reachable = True
    return person_of(session, account, admins)


def person_of(session: Session, account: Account, admins: frozenset[int]) -> Person:
    """Who an account is at this moment. A leaver is a stranger, whatever they were."""
    member = account.member if account.member and account.member.left_on is None else None
    roles = roles_of(session, member) if member else set()
    if account.id in admins:
        roles.add(Role.ADMIN)
    return Person(account, member, frozenset(roles))


def roles_of(session: Session, member: Member) -> set[Role]:
    """The roles a member holds now."""
    return set(session.scalars(select(Grant.role).where(Grant.member_id == member.id)))


def in_role(session: Session, role: Role) -> list[Member]:
    """The members who hold a role and still work here."""
    query = select(Member).join(Grant).where(Grant.role == role, Member.left_on.is_(None)).order_by(Member.number)
    return list(session.scalars(query).unique())


def by_id(session: Session, number: int) -> Member:
    """One row of the roster."""
    member = session.get(Member, number)
    if member is None:
        raise Refused("people.unknown")
    return member


def find(session: Session, words: str, limit: int = 20) -> list[Member]:
    """Whose name, number or phone it is; who still works here comes first."""
    words = words.replace("\0", "").strip()
    like = Member.name.contains(words, autoescape=True) | Member.number.startswith(words, autoescape=True)
    query = (
        select(Member)
        .where(like | (Member.phone == words))
        .order_by(Member.left_on.is_not(None), Member.number != words, Member.name != words, Member.number)
        .limit(limit)
    )
    return list(session.scalars(query).unique())
