"""Steps: what has happened to a case, one row each, written once; and who is told of it.

The author is told of every step that concerns them, whatever else they have silenced: a step and its letter are one.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import cases, letters, sealing, terms, workdays
from models.base import Base, BigId, Level, Privacy, Refused, choice
from models.cases import CLOSED, DESKS, Answer, Case, CaseState, Desk, Follow, Seat, Second
from models.house import house
from models.letters import Letter
from models.people import Account, Member, Person, person_of
from models.terms import Bell, Sort, Term
from models.traces import trace


class StepKind(StrEnum):
    FILED = "filed"
    WITHDRAWN = "withdrawn"
    SECONDED = "seconded"  # enough colleagues second it
    UNSECONDED = "unseconded"  # too few did: it goes on as something that needs none
    ACCEPTED = "accepted"
    DECLINED = "declined"
    MERGED = "merged"
    JOINED = "joined"  # another was merged into it
    TURNED = "turned"  # into another kind
    ASSIGNED = "assigned"
    HANDED_ON = "handed_on"  # the department says that it is not its matter
    EXTENDED = "extended"
    RECOUNTED = "recounted"  # the year's holidays have become known
    DRAFTED = "drafted"
    SIGNED = "signed"
    OBJECTED = "objected"  # a co-department does not sign, and says why
    SENT_BACK = "sent_back"  # by the officer who was to release it
    ANSWERED = "answered"
    OVERDUE = "overdue"  # the term has passed
    ESCALATED = "escalated"  # the chair has been told
    POSTPONED = "postponed"  # what was planned is put off
    RATED = "rated"
    REOPENED = "reopened"
    SETTLED = "settled"
    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"  # its author or the office did not want it out any more
    ORPHANED = "orphaned"  # whose turn it was is nobody any more: the office has it


# Told to the author by a letter. What they do themselves is said to their face; how an answer comes about inside the
# house is in the history for those who work on it.
TOLD = frozenset(
    {
        StepKind.SECONDED,
        StepKind.UNSECONDED,
        StepKind.ACCEPTED,
        StepKind.DECLINED,
        StepKind.MERGED,
        StepKind.TURNED,
        StepKind.ASSIGNED,
        StepKind.HANDED_ON,
        StepKind.EXTENDED,
        StepKind.ANSWERED,
        StepKind.OVERDUE,
        StepKind.ESCALATED,
        StepKind.POSTPONED,
        StepKind.PUBLISHED,
    }
)
# Of these, who seconded it or follows it hears too.
NEWS = frozenset({StepKind.ACCEPTED, StepKind.DECLINED, StepKind.MERGED, StepKind.ANSWERED, StepKind.POSTPONED})
# These happen by themselves, or beside the point: a button from before them still means what it said.
ITSELF = frozenset(
    {
        StepKind.OVERDUE,
        StepKind.ESCALATED,
        StepKind.RECOUNTED,
        StepKind.ORPHANED,
        StepKind.PUBLISHED,
        StepKind.UNPUBLISHED,
        StepKind.JOINED,
    }
)
BESIDE = ITSELF | {StepKind.SIGNED}  # several departments sign one after the other; the last one's turns the case
INTERNAL = frozenset({StepKind.DRAFTED, StepKind.SIGNED, StepKind.OBJECTED, StepKind.SENT_BACK, StepKind.ORPHANED})
# Done by the author or by those who second it: who, is nobody's business where the case itself does not say it.
NAMELESS = frozenset({StepKind.FILED, StepKind.SECONDED, StepKind.WITHDRAWN, StepKind.RATED})
SORTS = {CaseState.SECONDING: Sort.SECONDING, CaseState.ANSWERED: Sort.RATING}


class Step(Base):
    """Something that happened to a case."""

    __tablename__ = "steps"
    __table_args__ = (UniqueConstraint("case_id", "number"),)
    privacy = Privacy(Level.CONTACT, keeps="records")

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    number: Mapped[int]  # 1 for the first
    kind: Mapped[StepKind] = mapped_column(choice(StepKind))
    at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(BigId)  # None: by itself
    words: Mapped[str] = mapped_column(default="")  # a reason, a note
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)  # codes, ids and moments


def take(
    session: Session,
    case: Case,
    kind: StepKind,
    now: datetime,
    /,
    by: Person | None = None,
    words: str = "",
    **data: Any,
) -> Step:
    """Write that something happened, and the letters to those who are told of it. `data` holds no personal words."""
    case.step_count += 1
    case.turn += kind not in BESIDE
    if by is not None and by.member is not None and by.member.id == case.author_id:
        data["by_author"] = True  # known for good: accounts come and go
    step = Step(case_id=case.id, number=case.step_count, kind=kind, at=now, data=letters.plain(data))
    step.account_id = by.account.id if by else None
    step.words, step.sealed = sealing.split(session, case, words)
    session.add(step)
    session.flush()
    trace(session, by, f"cases.{kind}", f"case:{case.id}", now, step=step.number)
    if kind in TOLD:
        _tell(session, case, step, words, now)
    return step


def expect(case: Case, turn: int | None, *states: CaseState, session: Session) -> None:
    """Refused unless the case stands where the button thought; then it is said who did what meanwhile."""
    if case.state not in states or turn not in (None, case.turn):
        raise moved_on(session, case)


def moved_on(session: Session, case: Case) -> Refused:
    """The no that says who has decided what meanwhile; of a confidential case, only that somebody has."""
    if cases.preset_of(session, case).confidential:
        return Refused("cases.moved_on_sealed", number=case.id)
    last = last_step(session, case, decided=True)
    return Refused("cases.moved_on", number=case.id, step=last.kind.value, who=who(session, last), at=last.at)


def last_step(session: Session, case: Case, *, decided: bool = False) -> Step:
    """What happened last, or was last decided."""
    query = select(Step).where(Step.case_id == case.id).order_by(Step.number.desc()).limit(1)
    if decided:
        query = query.where(Step.kind.not_in(ITSELF))
    return session.scalars(query).one()


def history(session: Session, case: Case, seat: Seat) -> list[Step]:
    """What has happened, first first, as far as it is for this seat."""
    found = session.scalars(select(Step).where(Step.case_id == case.id).order_by(Step.number))
    inside = seat in (Seat.OFFICE, Seat.CHAIR, Seat.LEAD, Seat.CO)
    return [step for step in found if inside or step.kind not in INTERNAL]


def who(session: Session, step: Step) -> str:
    """The name of who did it, for those inside; empty for the house itself, and for an author who hides."""
    account = session.get(Account, step.account_id) if step.account_id is not None else None
    if account is None or step.kind in NAMELESS:
        return ""
    case = session.get(Case, step.case_id)
    if case is not None and case.hidden and step.data.get("by_author"):
        return ""
    return person_of(session, account, frozenset()).name


def enter(session: Session, case: Case, state: CaseState, now: datetime, term: Term | None = None) -> None:
    """Put the case on the next desk with the term it has there; a closed one has neither."""
    case.state, case.begun_at, case.rung = state, now, 0
    if state in CLOSED:
        case.term_at, case.term_certain, case.next_at, case.closed_at = None, True, None, now
        return
    assert term is not None, f"{state} has no term"
    case.closed_at = None
    case.term_at, case.term_certain = term.at, term.certain
    wind(session, case)


def wind(session: Session, case: Case) -> None:
    """Set the moment of the next ring of the present term."""
    for bell in bells(session, case):
        if bell.rank > case.rung:
            case.next_at = bell.at
            return


def bells(session: Session, case: Case) -> Iterator[Bell]:
    """All rings of the present term, in order."""
    assert case.term_at is not None
    sort = SORTS.get(case.state, Sort.DUTY)
    book, zone, preset = workdays.book(session), house(session).zone, cases.preset_of(session, case)
    return terms.rings(book, zone, preset, sort, case.begun_at, case.term_at)


def since(session: Session, case: Case, moment: datetime) -> list[Step]:
    """What has happened from this moment on."""
    query = select(Step).where(Step.case_id == case.id, Step.at >= moment).order_by(Step.number)
    return list(session.scalars(query))


def term(session: Session, now: datetime, days: int) -> Term:
    """So many working days from now."""
    return terms.after(workdays.book(session), house(session).zone, now, days)


def capped(session: Session, case: Case, now: datetime, days: int) -> Term:
    """So many working days from now, but never beyond what the author was promised.

    A promise that has passed is the term as it is, so that a case does not become young again by being handed around.
    """
    found = term(session, now, days)
    if case.answer_by is not None and case.answer_by < found.at:
        return Term(case.answer_by, case.answer_certain)
    return found


def readers_at(session: Session, case: Case) -> list[tuple[str, Member | int]]:
    """Whose turn it is, as letters address them. The handlers of a department without any are the office.

    Nobody answers their own case: its author is left out.
    """
    desk = DESKS[case.state]
    if desk is Desk.AUTHOR:
        return [(f"m{case.author.id}", case.author)] if case.author and case.author.left_on is None else []
    if found := handlers_at(session, case):
        return [(f"m{member.id}", member) for member in found]
    return office(session, case, chair=desk is Desk.CHAIR)


def handlers_at(session: Session, case: Case) -> list[Member]:
    """The handlers whose turn it is: of the lead department, or of those that have not signed; not the author."""
    units: list[int | None] = []
    match DESKS[case.state]:
        case Desk.LEAD:
            units = [case.unit_id]
        case Desk.CO:
            units = [co.unit_id for co in case.co if co.signed_at is None]
    found = [member for unit_id in units for member in cases.handlers_of(session, unit_id)]
    return [member for member in found if member.id != case.author_id]


def office(session: Session, case: Case, *, chair: bool = False) -> list[tuple[str, Member | int]]:
    """The officers who may know of it, or the chair; never nobody."""
    from models import rounds
    from models.people import Role

    role = Role.CHAIR if chair else Role.OFFICER
    if cases.preset_of(session, case).confidential:
        role = Role.COUNSELLOR
    own = f"m{case.author_id}"
    for asked in (role, Role.ADMIN):
        found = list(rounds.readers(session, asked))
        others = [each for each in found if each[0] != own]
        if others:
            return others
    return found


def move_seconds(session: Session, case: Case, into: Case, now: datetime) -> None:
    """Who stood behind one stands behind the other, once; its author among them, the other's author not."""
    from models.upsert import insert_new

    people = {second.member_id: second.hidden for second in cases.seconds_of(session, case)}
    if case.author_id is not None:
        people[case.author_id] = case.hidden
    people.pop(into.author_id or 0, None)
    rows = [{"case_id": into.id, "member_id": who, "hidden": hidden, "at": now} for who, hidden in people.items()]
    insert_new(session, Second, rows, returning=Second.id)
    session.execute(update(Case).where(Case.merged_into == case.id).values(merged_into=into.id))


def post(
    session: Session,
    case: Case,
    why: str,
    to: list[tuple[str, Member | int]],
    text: str,
    now: datetime,
    *,
    check: str | None = None,
    due_at: datetime | None = None,
    **facts: Any,
) -> None:
    """A letter about a case to some people, once by its meaning. Of a confidential one it carries the number alone."""
    confidential = cases.preset_of(session, case).confidential
    asked, view = facts.pop("buttons", None), [[letters.button("cases.view", case.id)]]
    buttons = asked if asked and not confidential else view
    said = {} if confidential else facts
    for name, reader in to:
        letters.post(
            session,
            f"case:{case.id}:{why}:{name}",
            reader,
            "cases.news" if confidential else text,
            now,
            buttons=buttons,
            check=check,
            due_at=due_at,
            subject_id=case.id,
            number=case.id,
            **said,
        )


def _tell(session: Session, case: Case, step: Step, words: str, now: datetime) -> None:
    authors = cases.authors_of(session, case)
    facts = told_facts(session, case, step, words)
    text = f"cases.told.{step.kind}"
    post(session, case, f"step:{step.number}", [(f"m{one.id}", one) for one in authors], text, now, **facts)
    if step.kind not in NEWS or cases.preset_of(session, case).confidential:
        return
    told, theirs = {one.id for one in authors}, {**facts, "mine": False}
    others = select(Member).join(Second).where(Second.case_id == case.id)
    followers = select(Member).join(Follow).where(Follow.case_id == case.id)
    for query in (others, followers):
        for member in session.scalars(query).unique():
            if member.id not in told:
                told.add(member.id)
                post(session, case, f"step:{step.number}", [(f"m{member.id}", member)], text, now, **theirs)


def told_facts(session: Session, case: Case, step: Step, words: str) -> dict[str, Any]:
    """What a letter about a step says; it stands on its own, without opening anything."""
    last: Answer | None = None
    if step.kind is StepKind.ANSWERED:
        last = cases.answer_of(session, case, released=True)
    facts = cases.facts_of(session, case, Seat.COLLEAGUE)
    keep = ("preset", "kind", "title", "unit", "co", "answer_by", "certain", "ground", "merged_into", "needed")
    return {
        **{name: facts[name] for name in keep},
        "mine": True,
        "words": words,
        "answer": last.words if last else "",
        "result": last.outcome.value if last else "",
        "planned_on": last.planned_on if last else None,
        **step.data,
    }


def stands(session: Session, letter: Letter, now: datetime) -> bool:
    """Whether the case a letter is about is still open."""
    case = session.get(Case, letter.subject_id)
    return case is not None and case.open


letters.check("cases.open")(stands)
