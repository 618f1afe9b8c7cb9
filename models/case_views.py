"""Views of cases: mine, those that wait for my desk, what is found, and the public board.

Whoever looks sees what `cases.seat_of` gives them a seat at, and nothing else: the same rule stands here once more, as
a condition that the database holds against thousands of cases at once. A test keeps the two alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import overload

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session

from models.base import Refused
from models.cases import CLOSED, DESKS, Answer, Case, CaseState, CoUnit, Desk, Follow, Outcome, Rating, Seat, Second
from models.house import House, house
from models.people import Account, Grant, Member, Person, Role, Unit
from models.presets import Preset

UNDER_WAY = (CaseState.ACCEPTED, CaseState.HANDLING, CaseState.SIGNING, CaseState.RELEASING)
BY_TERM = (CaseState.RECEIVED, CaseState.REOPENED, CaseState.PLANNED)
NAMES_FOR = tuple(seat for seat in Seat if seat is not Seat.JOINED)  # who may know the seconders
HUGE = 10  # digits; a longer number is no case of ours
WORDS = 6  # words looked for at once


@dataclass(frozen=True)
class Line:
    """A case as one line of a list."""

    number: int
    preset: str
    title: str
    state: CaseState
    filed_at: datetime
    term_at: datetime | None
    overdue: bool
    sealed: bool  # confidential: a list says its number, and nothing else


class Found(Sequence[Line]):
    """The cases found, in order; only the lines of the page that is shown are read."""

    def __init__(self, session: Session, ids: Sequence[int], now: datetime) -> None:
        self.ids = list(ids)
        self._session, self._now = session, now

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> list[Line]: ...

    def __getitem__(self, index: int | slice) -> Line | list[Line]:
        wanted = self.ids[index] if isinstance(index, slice) else [self.ids[index]]
        columns = (Case.id, Case.preset, Case.title, Case.state, Case.filed_at, Case.term_at)
        query = select(*columns, overdue(self._now), _sealed(house(self._session))).where(Case.id.in_(wanted))
        by_id = {
            number: Line(number, preset, title, state, filed_at, term_at, bool(late), bool(sealed))
            for number, preset, title, state, filed_at, term_at, late, sealed in self._session.execute(query)
        }
        lines = [by_id[number] for number in wanted]
        return lines if isinstance(index, slice) else lines[0]


@dataclass(frozen=True)
class Names:
    """Whose names stand under a case, as far as they are for whoever looks: name, department, asked to be unnamed."""

    shown: list[tuple[str, str, bool]]
    unnamed: int  # more of them, whose names are for the office only


@dataclass(frozen=True)
class Search:
    """What is looked for; what is not given does not matter."""

    words: str = ""  # or a number
    state: CaseState | None = None
    unit_id: int | None = None
    overdue: bool = False


@dataclass(frozen=True)
class Board:
    """What everybody may know: how many, and no case by name. `received` is the sum of the next four."""

    year: int
    received: int = 0
    waiting: int = 0  # for seconders, or for the office
    accepted: int = 0
    declined: int = 0
    merged: int = 0
    answered: int = 0  # of those accepted
    planned: int = 0  # answered with a day that is still to come
    classes: dict[str, int] = field(default_factory=dict)  # A to D
    ratings: dict[str, int] = field(default_factory=dict)  # of this year's answers
    open: int = 0  # of all years
    overdue: int = 0  # of all years
    published: int = 0  # of all years

    @property
    def satisfied(self) -> int | None:
        """Per cent of the ratings that say it helped, well or fairly; None: nobody has said anything."""
        rated = sum(self.ratings.values())
        return round(100 * (rated - self.ratings.get(Rating.POOR, 0)) / rated) if rated else None


def public(preset: Preset) -> bool:
    """Whether cases of this kind are counted where everybody sees it, and may be published."""
    return preset.shown and not preset.confidential


def _sealed(here: House) -> ColumnElement[bool]:
    """Confidential: by its kind, or because it was when it was handed in."""
    hushed = [name for name, preset in here.cases.items() if preset.confidential]
    return or_(Case.preset.in_(hushed), Case.sealed.is_not(None))


def counted(session: Session) -> ColumnElement[bool]:
    """Of a kind that the board, the published answers and the yearly report are about."""
    hushed = [name for name, preset in house(session).cases.items() if not public(preset)]
    return and_(Case.preset.not_in(hushed), Case.sealed.is_(None))


def readable(session: Session, person: Person) -> ColumnElement[bool]:
    """What this person may read, as `cases.seat_of` says it of one case."""
    member = person.member
    sealed = _sealed(house(session))
    seats: list[ColumnElement[bool]] = []
    if person.may(Role.OFFICER):
        seats.append(~sealed)
    if Role.COUNSELLOR in person.roles:
        seats.append(sealed)
    if member is not None:
        seats.append(Case.author_id == member.id)
        if Role.HANDLER in person.roles and member.unit_id is not None:
            ours = or_(Case.unit_id == member.unit_id, _co(member.unit_id))
            seats.append(and_(ours, Case.state != CaseState.WITHDRAWN))
        seats.append(Case.id.in_(select(_JOINED.c.merged_into).where(_JOINED.c.author_id == member.id)))
        there = and_(~sealed, Case.state != CaseState.WITHDRAWN)  # what its author took back is nobody else's any more
        seats.append(and_(there, Case.id.in_(select(Second.case_id).where(Second.member_id == member.id))))
        followed = Case.id.in_(select(Follow.case_id).where(Follow.member_id == member.id))
        shared = and_(Case.shared, Case.state.not_in(CLOSED))
        seats.append(and_(there, or_(Case.published_at.is_not(None), shared, followed)))
    return or_(*seats) if seats else false()


_JOINED = Case.__table__.alias("joined")


def _co(unit_id: int, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(CoUnit.case_id == Case.id, CoUnit.unit_id == unit_id, *more)


def overdue(now: datetime) -> ColumnElement[bool]:
    """The author was promised something by a day that has passed: an answer, a decision, or what was planned."""
    promised = func.coalesce(Case.answer_by, Case.term_at)
    return or_(
        and_(Case.state.in_(UNDER_WAY), promised < now),
        and_(Case.state.in_(BY_TERM), Case.term_at < now),
    )


def late(now: datetime) -> ColumnElement[bool]:
    """Overdue, or longer on some desk than its term: what an officer looks into before its author is let down."""
    return or_(overdue(now), and_(Case.state.in_((*UNDER_WAY, *BY_TERM)), Case.term_at < now))


def is_overdue(case: Case, now: datetime) -> bool:
    """The same of one case that is at hand."""
    promised = (case.answer_by or case.term_at) if case.state in UNDER_WAY else case.term_at
    return case.state in (*UNDER_WAY, *BY_TERM) and promised is not None and promised < now


def mine(session: Session, member: Member, now: datetime) -> Found:
    """What a member has handed in, the open ones first, then the newest."""
    query = select(Case.id).where(Case.author_id == member.id)
    return _found(session, query.order_by(Case.state.in_(CLOSED), Case.id.desc()), now)


def supported(session: Session, member: Member, now: datetime) -> Found:
    """What a member has seconded or follows and may read, the open ones first, then the newest."""
    mine = [select(each.case_id).where(each.member_id == member.id) for each in (Second, Follow)]
    query = select(Case.id).where(or_(*map(Case.id.in_, mine)), ~_sealed(house(session)))
    query = query.where(or_(Case.author_id.is_(None), Case.author_id != member.id), Case.state != CaseState.WITHDRAWN)
    return _found(session, query.order_by(Case.state.in_(CLOSED), Case.id.desc()), now)


def to_answer(session: Session, person: Person, now: datetime) -> Found:
    """What waits for this person's desk, the most urgent first. What they handed in themselves is others' to decide."""
    sealed = _sealed(house(session))
    at = {desk: [state for state, its in DESKS.items() if its is desk] for desk in Desk}
    member, desks = person.member, []
    unit = member.unit_id if member is not None and Role.HANDLER in person.roles else None
    if unit is not None:
        desks.append(and_(Case.state.in_(at[Desk.LEAD]), Case.unit_id == unit))
        desks.append(and_(Case.state.in_(at[Desk.CO]), _co(unit, CoUnit.signed_at.is_(None))))
    unsigned = exists().where(CoUnit.case_id == Case.id, CoUnit.signed_at.is_(None)).correlate(Case)
    orphaned = or_(
        and_(Case.state.in_(at[Desk.LEAD]), ~_manned(Member.unit_id == Case.unit_id)),
        and_(Case.state.in_(at[Desk.CO]), or_(~unsigned, unsigned.where(~_manned(Member.unit_id == CoUnit.unit_id)))),
    )
    office = or_(Case.state.in_(at[Desk.OFFICE]), orphaned)
    chair = Case.state.in_(at[Desk.CHAIR])
    if person.may(Role.OFFICER):
        desks.append(and_(~sealed, or_(office, chair) if person.may(Role.CHAIR) else office))
    if Role.COUNSELLOR in person.roles:
        desks.append(and_(sealed, or_(office, chair)))
    query = select(Case.id).where(or_(*desks) if desks else false())
    if member is not None:
        query = query.where(func.coalesce(Case.author_id, 0) != member.id)
    return _found(session, query.order_by(Case.term_at, Case.id), now)


def _manned(where: ColumnElement[bool]) -> ColumnElement[bool]:
    """Somebody there may answer it: a handler who is not its author. Else its desk is the office's."""
    bound = select(Account.member_id).where(Account.member_id.is_not(None))
    handler = select(Grant.member_id).where(Grant.role == Role.HANDLER, Grant.member_id.in_(bound))
    someone = exists().where(where, Member.id.in_(handler), Member.left_on.is_(None))
    return someone.where(Member.id != func.coalesce(Case.author_id, 0)).correlate(Case, CoUnit)


def names_of(session: Session, case: Case, seat: Seat) -> Names:
    """Who has seconded it, first first. Who asked to be unnamed is so to everybody but the office."""
    if seat not in NAMES_FOR:
        raise Refused("cases.unknown")
    query = select(Member.name, Unit.name, Second.hidden).join(Second, Second.member_id == Member.id)
    query = query.outerjoin(Unit, Unit.id == Member.unit_id).where(Second.case_id == case.id).order_by(Second.id)
    rows = [(name, unit or "", hidden) for name, unit, hidden in session.execute(query)]
    private = case.subject is not None or not (case.shared or case.published_at)
    if private and seat in (Seat.SECONDER, Seat.COLLEAGUE):  # who only stands before the same machine, or draft
        return Names([], len(rows))
    shown = [row for row in rows if seat in (Seat.OFFICE, Seat.CHAIR) or not row[2]]
    return Names(shown, len(rows) - len(shown))


def find(session: Session, person: Person, what: Search, now: datetime) -> Found:
    """What this person may read and is looked for, the newest first."""
    query = select(Case.id).where(readable(session, person))
    if what.state is not None:
        query = query.where(Case.state == what.state)
    if what.unit_id is not None:
        query = query.where(or_(Case.unit_id == what.unit_id, _co(what.unit_id)))
    if what.overdue:
        query = query.where(late(now))
    if what.words.strip():
        query = query.where(_said(person, what.words.strip()))
    return _found(session, query.order_by(Case.id.desc()), now)


def number_in(words: str) -> int | None:
    """The number that somebody typed: 17, #17, 第17号, no. 17."""
    bare = words.strip().lower()
    for sign in ("第", "号", "#", "no.", "no", "№", "＃"):
        bare = bare.removeprefix(sign).removesuffix(sign).strip()
    return int(bare) if bare.isdecimal() and len(bare) < HUGE else None


def _said(person: Person, words: str) -> ColumnElement[bool]:
    """Every one of the words stands somewhere in it; or it is its number."""
    each = []
    for word in words.split()[:WORDS]:
        answers = exists().where(
            Answer.case_id == Case.id, Answer.released_at.is_not(None), Answer.words.icontains(word, autoescape=True)
        )
        places = [column.icontains(word, autoescape=True) for column in (Case.title, Case.wrong, Case.wish, Case.place)]
        if person.may(Role.OFFICER):  # whom they see anyway; a handler may not find out who hides by asking for names
            places.append(Case.author_id.in_(select(Member.id).where(Member.name == word)))
        each.append(or_(*places, answers))
    number = number_in(words)
    return or_(and_(*each), Case.id == number) if number is not None else and_(*each)


def states(session: Session, person: Person) -> dict[CaseState, int]:
    """How many there are in each state of what this person may read."""
    query = select(Case.state, func.count()).where(readable(session, person)).group_by(Case.state)
    found = {state: count for state, count in session.execute(query)}  # noqa: C416 (a row is not a pair to mypy)
    return {state: found[state] for state in CaseState if state in found}


def units(session: Session, person: Person) -> list[tuple[Unit, int]]:
    """The lead departments of what this person may read, those with most first."""
    query = (
        select(Unit, func.count())
        .join(Case, Case.unit_id == Unit.id)
        .where(readable(session, person))
        .group_by(Unit.id)
        .order_by(func.count().desc(), Unit.name)
    )
    return [(unit, count) for unit, count in session.execute(query)]


def published(session: Session, now: datetime) -> Found:
    """What everybody may read with its answer, the newest first."""
    query = select(Case.id).where(Case.published_at.is_not(None), counted(session))
    return _found(session, query.order_by(Case.published_at.desc(), Case.id.desc()), now)


def _found(session: Session, query: Select[int], now: datetime) -> Found:
    return Found(session, list(session.scalars(query)), now)


def span(here: House, year: int) -> tuple[datetime, datetime]:
    """A year by the calendar on the wall here: from its first moment until that of the next."""
    start, end = (datetime(each, 1, 1, tzinfo=here.zone) for each in (year, year + 1))
    return start, end


def board(session: Session, now: datetime, year: int | None = None) -> Board:
    """How it stands with what was handed in this year, or in another one."""
    here = house(session)
    year = here.local(now).year if year is None else year
    since, until = span(here, year)
    ours = counted(session)
    tally = dict.fromkeys(("received", "waiting", "accepted", "declined", "merged", "answered", "planned"), 0)
    classes = dict.fromkeys((outcome.value for outcome in Outcome), 0)
    rows = select(Case.state, Case.outcome, func.count()).where(Case.filed_at >= since, Case.filed_at < until, ours)
    for state, outcome, count in session.execute(rows.group_by(Case.state, Case.outcome)):
        headings = sorts(state, outcome)
        for name in headings:
            tally[name] += count
        if outcome is not None and "answered" in headings:
            classes[outcome.value] += count
    rated = (
        select(Answer.rating, func.count())
        .join(Case, Case.id == Answer.case_id)
        .where(Answer.released_at >= since, Answer.released_at < until, Answer.rating.is_not(None), ours)
        .group_by(Answer.rating)
    )
    ratings = {rating.value: count for rating, count in session.execute(rated) if rating is not None}
    return Board(
        year=year,
        classes=classes,
        ratings={rating.value: ratings.get(rating.value, 0) for rating in Rating},
        open=_count(session, ours, Case.state.not_in(CLOSED)),
        overdue=_count(session, ours, overdue(now)),
        published=_count(session, ours, Case.published_at.is_not(None)),
        **tally,
    )


def sorts(state: CaseState, outcome: Outcome | None) -> list[str]:
    """Under which headings of the board a case is counted; one that its author took back under none."""
    if state is CaseState.WITHDRAWN:
        return []
    if state in (CaseState.SECONDING, CaseState.RECEIVED):
        return ["received", "waiting"]
    if state in (CaseState.DECLINED, CaseState.MERGED):
        return ["received", state.value]
    return [
        "received",
        "accepted",
        *(["answered"] if outcome is not None else []),
        *(["planned"] if state is CaseState.PLANNED else []),
    ]


def _count(session: Session, *which: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Case).where(*which)) or 0
