"""Cases (事项): something that must be answered, with a clock. Proposals, repairs, suggestions, comments are its kinds.

Here is what a case is and who may see it. What happens to one is a step (`steps`), by when it must happen a term
(`terms`); `filing` hands in, `screening` takes up or declines, `handling` answers, `rating` asks whether it helped, and
`case_clocks` sees to it that none is forgotten.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, BigId, Level, Privacy, Refused, choice
from models.house import house
from models.people import Account, Grant, Member, Person, Role, Unit
from models.presets import Ground, Preset

_CONFIDENTIAL = Preset(confidential=True)


class CaseState(StrEnum):
    SECONDING = "seconding"  # looks for colleagues who second it
    RECEIVED = "received"  # the office decides whether it is taken up
    ACCEPTED = "accepted"  # taken up, waits to be given to a department
    HANDLING = "handling"  # the lead department works on the answer
    SIGNING = "signing"  # the answer waits for the co-departments
    RELEASING = "releasing"  # the answer waits for the officer
    ANSWERED = "answered"  # the author is asked whether it helped
    PLANNED = "planned"  # answered with a day by which it is to be done
    REOPENED = "reopened"  # it did not help: the chair decides how to go on
    SETTLED = "settled"
    DECLINED = "declined"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


class Desk(StrEnum):
    """Whose turn it is."""

    AUTHOR = "author"
    OFFICE = "office"
    CHAIR = "chair"
    LEAD = "lead"  # the handlers of the lead department
    CO = "co"  # the handlers of the co-departments that have not signed


CLOSED = (CaseState.SETTLED, CaseState.DECLINED, CaseState.MERGED, CaseState.WITHDRAWN)
UNANSWERED = (
    CaseState.SECONDING,
    CaseState.RECEIVED,
    CaseState.ACCEPTED,
    CaseState.HANDLING,
    CaseState.SIGNING,
    CaseState.RELEASING,
    CaseState.REOPENED,
)
DESKS = {
    CaseState.SECONDING: Desk.AUTHOR,
    CaseState.RECEIVED: Desk.OFFICE,
    CaseState.ACCEPTED: Desk.OFFICE,
    CaseState.HANDLING: Desk.LEAD,
    CaseState.SIGNING: Desk.CO,
    CaseState.RELEASING: Desk.OFFICE,
    CaseState.ANSWERED: Desk.AUTHOR,
    CaseState.PLANNED: Desk.LEAD,
    CaseState.REOPENED: Desk.CHAIR,
}


class Outcome(StrEnum):
    """What the answer comes to; the letters are those of the congress's own forms."""

    DONE = "A"
    PLANNED = "B"  # by a day, which comes back
    IMPOSSIBLE = "C"  # with why
    KEPT = "D"  # for reference


class Rating(StrEnum):
    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


class Seat(StrEnum):
    """How somebody stands to a case: what they may see and do follows from it."""

    AUTHOR = "author"
    JOINED = "joined"  # the author of one that was merged into it
    OFFICE = "office"
    CHAIR = "chair"
    LEAD = "lead"
    CO = "co"
    SECONDER = "seconder"
    COLLEAGUE = "colleague"  # it looks for seconders, or was published: everybody may read it


class Case(Base):
    """One matter, from the day it was handed in until it is settled."""

    __tablename__ = "cases"
    __table_args__ = (Index("ix_cases_state_next", "state", "next_at"), {"sqlite_autoincrement": True})
    privacy = Privacy(Level.CONTACT, whose="author_id", blank={"author_id": None, "hidden": True}, keeps="records")

    id: Mapped[int] = mapped_column(primary_key=True)  # the number people know it by
    preset: Mapped[str]
    state: Mapped[CaseState] = mapped_column(choice(CaseState))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"), index=True)
    hidden: Mapped[bool] = mapped_column(default=False)  # who wrote it is known to the office only
    shared: Mapped[bool] = mapped_column(default=False)  # colleagues may read it and second it
    title: Mapped[str] = mapped_column(default="")  # empty for a confidential one, as are the next two
    wrong: Mapped[str] = mapped_column(default="")  # what is wrong
    wish: Mapped[str] = mapped_column(default="")  # what should be done
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # the words of a confidential one, encrypted
    place: Mapped[str | None]
    theme: Mapped[str | None]
    subject: Mapped[str | None] = mapped_column(index=True)  # what it is about, as noun:id: machine:3, draft:2
    filed_at: Mapped[datetime] = mapped_column(index=True)

    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)  # the lead department
    answer_by: Mapped[datetime | None]  # what the author was promised
    answer_certain: Mapped[bool] = mapped_column(default=True)
    begun_at: Mapped[datetime]  # when it came to the desk where it is
    term_at: Mapped[datetime | None]  # by when that desk must have done its part
    term_certain: Mapped[bool] = mapped_column(default=True)
    rung: Mapped[int] = mapped_column(default=0)  # the rank of the last ring of this term
    next_at: Mapped[datetime | None] = mapped_column(index=True)  # when something happens by itself; None: closed
    step_count: Mapped[int] = mapped_column(default=0)
    turn: Mapped[int] = mapped_column(default=0)  # grows when somebody decides something; buttons carry it

    outcome: Mapped[Outcome | None] = mapped_column(choice(Outcome))
    reopened: Mapped[bool] = mapped_column(default=False)
    extended: Mapped[int] = mapped_column(default=0)
    ground: Mapped[Ground | None] = mapped_column(choice(Ground))
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    author_agrees: Mapped[bool | None]  # to its being published
    office_agrees: Mapped[bool] = mapped_column(default=False)
    withheld: Mapped[bool] = mapped_column(default=False)  # the office said that it does not publish it
    published_at: Mapped[datetime | None] = mapped_column(index=True)
    digested_at: Mapped[datetime | None]  # when the staff group was told of its being published
    closed_at: Mapped[datetime | None]

    author: Mapped[Member | None] = relationship()
    unit: Mapped[Unit | None] = relationship()
    co: Mapped[list["CoUnit"]] = relationship(order_by="CoUnit.id", cascade="all, delete-orphan")

    @property
    def open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.state not in CLOSED


class CoUnit(Base):
    """A department that must put its name under the answer."""

    __tablename__ = "co_units"
    __table_args__ = (UniqueConstraint("case_id", "unit_id"),)
    privacy = Privacy(Level.PUBLIC)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    signed_at: Mapped[datetime | None]  # of the answer that is being written
    signed_by: Mapped[int | None] = mapped_column(BigId)  # account

    unit: Mapped[Unit] = relationship()


class Answer(Base):
    """What the lead department answers; a case that is planned or opened again gets a second one."""

    __tablename__ = "answers"
    privacy = Privacy(Level.CONTACT, keeps="records")

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    words: Mapped[str] = mapped_column(default="")
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    outcome: Mapped[Outcome] = mapped_column(choice(Outcome))
    planned_on: Mapped[date | None]
    by_account: Mapped[int] = mapped_column(BigId)
    made_at: Mapped[datetime]
    released_at: Mapped[datetime | None] = mapped_column(index=True)  # None: on its way
    released_by: Mapped[int | None] = mapped_column(BigId)
    asked_at: Mapped[datetime | None]  # whether it helped
    rating: Mapped[Rating | None] = mapped_column(choice(Rating))
    rated_at: Mapped[datetime | None]
    remark: Mapped[str] = mapped_column(default="")  # of the author, with the rating


class Attachment(Base):
    """A photo or file that came with a case, or with its answer."""

    __tablename__ = "attachments"
    privacy = Privacy(Level.CONTACT, keeps="records")

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answers.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("files.id"))
    added_at: Mapped[datetime]


class Second(Base):
    """One colleague's name under a case."""

    __tablename__ = "seconds"
    __table_args__ = (UniqueConstraint("case_id", "member_id"),)
    privacy = Privacy(Level.STAFF, whose="member_id", forget=True)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)
    hidden: Mapped[bool] = mapped_column(default=False)  # from everybody but the office
    at: Mapped[datetime]

    member: Mapped[Member] = relationship()


class Follow(Base):
    """Somebody who wants to hear how a case goes on."""

    __tablename__ = "follows"
    __table_args__ = (UniqueConstraint("case_id", "member_id"),)
    privacy = Privacy(Level.STAFF, whose="member_id", forget=True)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)
    at: Mapped[datetime]

    member: Mapped[Member] = relationship()


def preset_of(session: Session, case: Case) -> Preset:
    """The rules of its kind; a kind that has gone from the settings keeps the house's plainest rules.

    What was handed in as confidential stays so, whatever becomes of its kind.
    """
    found = house(session).cases.get(case.preset, Preset())
    return found if case.sealed is None or found.confidential else _CONFIDENTIAL


def by_id(session: Session, number: int, *, lock: bool = False) -> Case:
    """The case, whoever asks: for the house's own work. What a person asks goes through `for_reader`."""
    case = session.get(Case, number, with_for_update=lock or None, populate_existing=lock)
    if case is None:
        raise Refused("cases.unknown")
    return case


def for_reader(session: Session, number: int, person: Person, *, lock: bool = False) -> tuple[Case, Seat]:
    """The case and how this person stands to it. Who may not read it hears the same as of one that does not exist."""
    case = by_id(session, number, lock=lock)
    seat = seat_of(session, case, person)
    if seat is None:
        raise Refused("cases.unknown")
    return case, seat


def seat_of(session: Session, case: Case, person: Person) -> Seat | None:
    """How a person stands to a case; the nearest first. None: it is not theirs to know of."""
    member = person.member
    if member is not None and case.author_id == member.id:
        return Seat.AUTHOR
    confidential = preset_of(session, case).confidential
    if not confidential and person.may(Role.CHAIR) and case.state is CaseState.REOPENED:
        return Seat.CHAIR
    if not confidential and person.may(Role.OFFICER):
        return Seat.OFFICE
    if confidential and Role.COUNSELLOR in person.roles:
        return Seat.OFFICE
    if member is None:
        return None
    if Role.HANDLER in person.roles and member.unit_id is not None and case.state is not CaseState.WITHDRAWN:
        if case.unit_id == member.unit_id:
            return Seat.LEAD
        if any(co.unit_id == member.unit_id for co in case.co):
            return Seat.CO
    joined = select(Case.id).where(Case.merged_into == case.id, Case.author_id == member.id)
    if session.scalars(joined.limit(1)).first() is not None:
        return Seat.JOINED
    if confidential or case.state is CaseState.WITHDRAWN:
        return None
    mine = select(Second.id).where(Second.case_id == case.id, Second.member_id == member.id)
    if session.scalar(mine) is not None:
        return Seat.SECONDER
    if case.published_at is not None or (case.shared and case.open):
        return Seat.COLLEAGUE
    followed = select(Follow.id).where(Follow.case_id == case.id, Follow.member_id == member.id)
    return Seat.COLLEAGUE if session.scalar(followed) is not None else None  # once they could read it


def handlers_of(session: Session, unit_id: int | None) -> list[Member]:
    """Who answers for a department: its members who are named as handlers, still work here, and can be written to."""
    if unit_id is None:
        return []
    query = (
        select(Member)
        .join(Grant)
        .join(Account, Account.member_id == Member.id)
        .where(Grant.role == Role.HANDLER, Member.unit_id == unit_id, Member.left_on.is_(None))
        .order_by(Member.number)
    )
    return list(session.scalars(query).unique())


def seconds_of(session: Session, case: Case) -> list[Second]:
    """Who has seconded it, first first."""
    return list(session.scalars(select(Second).where(Second.case_id == case.id).order_by(Second.id)).unique())


def answers_of(session: Session, case: Case) -> list[Answer]:
    """Its answers, first first; the last may still be on its way."""
    return list(session.scalars(select(Answer).where(Answer.case_id == case.id).order_by(Answer.id)))


def answer_of(session: Session, case: Case, *, released: bool) -> Answer | None:
    """The last answer that was released, or the one on its way."""
    which = Answer.released_at.is_not(None) if released else Answer.released_at.is_(None)
    query = select(Answer).where(Answer.case_id == case.id, which).order_by(Answer.id.desc()).limit(1)
    return session.scalars(query).first()


def authors_of(session: Session, case: Case) -> list[Member]:
    """Whoever is told of every step: the author, and the authors of those merged into it."""
    query = select(Member).join(Case, Case.author_id == Member.id)
    query = query.where(or_(Case.id == case.id, Case.merged_into == case.id)).order_by(Member.id)
    return list(session.scalars(query).unique())


def facts_of(session: Session, case: Case, seat: Seat) -> dict[str, Any]:
    """What pages say of a case to somebody in this seat; a confidential one has no words here."""
    preset = preset_of(session, case)
    trusted = seat in (Seat.AUTHOR, Seat.OFFICE, Seat.CHAIR)
    outside = seat in (Seat.COLLEAGUE, Seat.SECONDER, Seat.JOINED)
    # Whoever only happens to stand before the same machine, or draft, need not know who spoke first.
    private = case.hidden or (outside and (case.subject is not None or not (case.shared or case.published_at)))
    named = case.author is not None and (trusted or not private)
    return {
        "number": case.id,
        "preset": case.preset,
        "kind": dict(preset.name),
        "state": case.state.value,
        "desk": DESKS[case.state].value if case.open else "",
        "title": case.title,
        "wrong": case.wrong,
        "wish": case.wish,
        "place": case.place,
        "theme": case.theme,
        "confidential": preset.confidential,
        "author": case.author.name if named and case.author else "",
        "author_unit": case.author.unit.name if named and case.author and case.author.unit else "",
        "hidden": case.hidden,
        "filed_at": case.filed_at,
        "unit": case.unit.name if case.unit else "",
        "co": [co.unit.name for co in case.co],
        "unsigned": [co.unit.name for co in case.co if co.signed_at is None],
        "answer_by": case.answer_by,
        "certain": case.answer_certain,
        "term_at": case.term_at,
        "term_certain": case.term_certain,
        "outcome": case.outcome.value if case.outcome else "",
        "ground": case.ground.value if case.ground else "",
        "needed": preset.seconders,
        "merged_into": case.merged_into,
        "published": case.published_at is not None,
    }
