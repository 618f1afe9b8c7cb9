"""Consultations (征求意见): a draft rule is put out, everybody it concerns may comment, and every comment is answered.

A comment is a case about the draft. Here is what a consultation is and what members do with it; `consulting` holds
what officers do.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, Field
from sqlalchemy import ForeignKey, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import audiences, cards, cases, filing, steps
from models.audiences import Audience
from models.base import Base, BigId, Level, Privacy, Refused, choice
from models.cases import UNANSWERED, Case, CaseState
from models.fields import Files, Long, Near, Upload
from models.people import Member

PRESET = "comment"
DAY = 24 * 60  # minutes


class ConsultationState(StrEnum):
    DRAFT = "draft"  # an officer is still looking at it
    OPEN = "open"
    CLOSED = "closed"  # no more comments; the answers are being written
    PUBLISHED = "published"  # comments and answers are out


class Consultation(Base):
    """A draft rule put out for comment."""

    __tablename__ = "consultations"
    privacy = Privacy(Level.STAFF)

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[ConsultationState] = mapped_column(choice(ConsultationState), default=ConsultationState.DRAFT)
    title: Mapped[str]
    text: Mapped[str]
    file_id: Mapped[int | None] = mapped_column(ForeignKey("files.id"))
    closes_on: Mapped[date]  # the last day
    closes_at: Mapped[datetime] = mapped_column(index=True)  # the midnight after it
    audience: Mapped[dict[str, Any]] = mapped_column(default=dict)
    to_group: Mapped[bool] = mapped_column(default=False)  # a card in the staff group too: everybody may comment
    by_account: Mapped[int | None] = mapped_column(BigId)
    broadcast_id: Mapped[int | None] = mapped_column(ForeignKey("broadcasts.id"))
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    ready_at: Mapped[datetime | None]  # closed, every comment answered, and the officers know
    published_at: Mapped[datetime | None]
    summary: Mapped[str | None]  # what the officers say of it all
    sheet_id: Mapped[int | None] = mapped_column(ForeignKey("files.id"))  # comments and answers, without names

    @property
    def whom(self) -> Audience:
        return Audience(**self.audience)


class NewConsultation(BaseModel):
    """What an officer says about a draft."""

    title: Annotated[str, Field(min_length=2, max_length=60)]
    closes_on: Annotated[date, Near((5 * DAY, 7 * DAY, 10 * DAY, 14 * DAY))]
    text: Annotated[str, Field(min_length=2, max_length=3000), Long()]
    file: Annotated[int | None, Upload((".pdf", ".doc", ".docx", ".wps", ".txt"))] = None


class NewComment(BaseModel):
    """What somebody says about a draft."""

    words: Annotated[str, Field(min_length=2, max_length=1500), Long()]
    clause: Annotated[str | None, Field(max_length=40)] = None
    files: Annotated[list[int], Files(most=4)] = []
    hidden: bool = False


class _Said(BaseModel):
    """A comment as a case."""

    title: str
    wrong: str
    files: list[int]
    hidden: bool


@dataclass(frozen=True)
class Comment:
    """One comment with what became of it; nobody's name."""

    number: int
    clause: str
    words: str
    answered: bool
    outcome: str = ""  # as answers are classed; empty if it was not taken up
    ground: str = ""
    answer: str = ""


def by_id(session: Session, number: int, *, lock: bool = False) -> Consultation:
    """One consultation."""
    found = session.get(Consultation, number, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise Refused("consultations.unknown")
    return found


def for_member(session: Session, member: Member, number: int) -> Consultation:
    """One that this member may read. Any other is as one that does not exist."""
    found = by_id(session, number)
    if found.state is ConsultationState.DRAFT or not concerns(session, found, member):
        raise Refused("consultations.unknown")
    return found


def concerns(session: Session, consultation: Consultation, member: Member) -> bool:
    """Whether it was put out to this member."""
    whom = consultation.whom
    if consultation.to_group or whom.everybody:
        return True
    if whom.members and member.id not in whom.members:
        return False
    return bool(audiences.ids_of(session, whom.model_copy(update={"members": (member.id,)})))


def open_for(session: Session, member: Member, number: int, now: datetime) -> Consultation:
    """One that this member may comment on now."""
    found = for_member(session, member, number)
    if found.state is not ConsultationState.OPEN or found.closes_at <= now:
        raise Refused("consultations.is_closed", title=found.title, day=found.closes_on.isoformat())
    return found


def to_read(session: Session, member: Member) -> list[Consultation]:
    """What a member can comment on or read the answers of, open ones first, then the newest."""
    query = select(Consultation).where(Consultation.state != ConsultationState.DRAFT)
    query = query.order_by(Consultation.state != ConsultationState.OPEN, Consultation.id.desc()).limit(50)
    return [each for each in session.scalars(query) if concerns(session, each, member)]


def subject_of(consultation: Consultation) -> str:
    """What a comment on it names."""
    return f"draft:{consultation.id}"


def comment(session: Session, member: Member, number: int, new: NewComment, now: datetime) -> Case:
    """Comment on a draft. The answer is due so many working days after the close, for all are answered together."""
    by_id(session, number, lock=True)  # it is not closed, nor published, while this goes in
    consultation = open_for(session, member, number, now)
    title = " · ".join(filter(None, (consultation.title, new.clause)))
    said = _Said(title=title, wrong=new.words, files=new.files, hidden=new.hidden)
    about, last = subject_of(consultation), consultation.closes_at - timedelta(seconds=1)  # of the last day
    case = filing.hand_in(session, member, PRESET, said, now, subject=about, place=new.clause, since=last)
    cards.touch(session, "consultations", consultation.id, now)
    return case


def comments_of(session: Session, consultation: Consultation) -> list[Case]:
    """What was said about it, first first; what was withdrawn is as if it had not been said."""
    query = select(Case).where(Case.subject == subject_of(consultation), Case.preset == PRESET)
    return list(session.scalars(query.where(Case.state != CaseState.WITHDRAWN).order_by(Case.id)))


def count(session: Session, consultation: Consultation) -> int:
    """How many comments there are."""
    query = select(func.count()).where(Case.subject == subject_of(consultation), Case.preset == PRESET)
    return session.scalar(query.where(Case.state != CaseState.WITHDRAWN)) or 0


def unanswered(session: Session, consultation: Consultation) -> list[Case]:
    """The comments that nobody has answered yet."""
    return [case for case in comments_of(session, consultation) if _last(session, case).state in UNANSWERED]


def _last(session: Session, case: Case) -> Case:
    """The case itself, or the one it was merged into."""
    return cases.by_id(session, case.merged_into) if case.merged_into is not None else case


def read_out(session: Session, consultation: Consultation) -> list[Comment]:
    """Every comment with its answer, as everybody may read them: without names."""
    found = []
    for case in comments_of(session, consultation):
        last = _last(session, case)
        answer = cases.answer_of(session, last, released=True)
        declined = last.state is CaseState.DECLINED
        found.append(
            Comment(
                case.id,
                case.place or "",
                case.wrong,
                last.state not in UNANSWERED,
                outcome=answer.outcome.value if answer and not declined else "",
                ground=last.ground.value if declined and last.ground else "",
                answer=steps.last_step(session, last, decided=True).words
                if declined
                else answer.words
                if answer
                else "",
            )
        )
    return found


def facts_of(session: Session, consultation: Consultation) -> dict[str, Any]:
    """The consultation as parameters of its sentences."""
    return {
        "title": consultation.title,
        "text_": consultation.text,
        "closes_on": consultation.closes_on.isoformat(),
        "state": consultation.state.value,
        "file": consultation.file_id is not None,
        "count": count(session, consultation),
        "summary": consultation.summary or "",
    }
