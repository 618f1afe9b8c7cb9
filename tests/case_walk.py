"""A small world of cases for long random histories: real tables, real domain functions and ticks, no bot.

Every move is a unit of its own, as in the house: a session in a savepoint that a refusal undoes. The world keeps its
own books (who handed in what, who stands behind it, who must have been told); `check` holds the tables against them.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.fernet import Fernet
from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.orm import Session

import models
from models import (
    case_care,
    case_clocks,
    cases,
    filing,
    handling,
    me,
    rating,
    roles,
    screening,
    seconding,
    steps,
    terms,
    workdays,
)
from models.base import Base, Refused
from models.cases import CLOSED, Answer, Case, CaseState, Follow, Rating, Second
from models.database import WRITE, make_engine
from models.holidays import statutory
from models.house import House
from models.letters import Letter
from models.people import Account, Grant, Member, Person, Role, Unit, person_of
from models.presets import PRESETS, Ground, Preset
from models.steps import NEWS, TOLD, Step, StepKind
from models.workdays import Arrangement

ZONE = ZoneInfo("Asia/Shanghai")
ADMIN = 9_000_001
SECRET = "secret"
HOUSE = House(
    zone=ZONE,
    admins=frozenset({ADMIN}),
    cases={**PRESETS, SECRET: Preset(confidential=True, shown=False, answer_days=8)},
    key=Fernet.generate_key(),
)
UNITS = ("工会办公室", "光电子实验室", "后勤处", "人事处", "信息中心")
PEOPLE: tuple[tuple[int, tuple[Role, ...]], ...] = (  # unit, roles
    (0, (Role.OFFICER,)),
    (0, (Role.OFFICER,)),
    (0, (Role.CHAIR,)),
    (0, (Role.COUNSELLOR,)),
    (1, (Role.HANDLER,)),
    (1, ()),
    (1, ()),
    (2, (Role.HANDLER,)),
    (2, (Role.HANDLER,)),
    (3, (Role.HANDLER,)),
    (3, (Role.HANDLER,)),
    (4, (Role.HANDLER,)),
    (4, ()),
)
START = datetime(2026, 9, 1, tzinfo=ZONE)
LATE = (StepKind.OVERDUE, StepKind.ESCALATED)
HELD = (  # what a refusal must leave as it was
    ("cases", "*"),
    ("answers", "*"),
    ("seconds", "*"),
    ("follows", "*"),
    ("co_units", "*"),
    ("grants", "*"),
    ("steps", "count(*), max(id)"),
    ("letters", "count(*), max(id), count(DISTINCT due_at)"),
)
URGING = ("reminders.remind", "reminders.due", "reminders.late", "reminders.grave", "ratings.ask")
WORDS = "食堂晚上九点以后没有热菜"


def ready(url: str) -> Engine:
    """A database with all tables and the people; every history is a transaction that is never committed."""
    models.load()
    engine = make_engine(url, pool=2)
    Base.metadata.create_all(engine)
    with Session(engine, info={"house": HOUSE}) as session:
        units = [Unit(name=name) for name in UNITS]
        session.add_all(units)
        session.flush()
        for number, (unit, held) in enumerate(PEOPLE, 1):
            _hire(session, number, units[unit].id, held)
        session.add(Account(id=ADMIN, name="管理员", first_at=START))
        session.commit()
    return engine


def _hire(session: Session, number: int, unit_id: int, held: tuple[Role, ...] = ()) -> int:
    member = Member(number=f"{number:04}", name=f"职工{number}", unit_id=unit_id, kinds=[], tags=[])
    session.add(member)
    session.flush()
    session.add(Account(id=1000 + member.id, member_id=member.id, name=member.name, first_at=START, reachable=True))
    for role in held:
        session.add(Grant(member_id=member.id, role=role, scope="", by_account=ADMIN, at=START))
    session.flush()
    return member.id


@dataclass
class Book:
    """What the world knows of one case, from the moves alone."""

    preset: str
    author: int | None
    joined: set[int] = field(default_factory=set)  # authors of those merged into it
    behind: set[int] = field(default_factory=set)  # whose names stand under it

    @property
    def authors(self) -> set[int]:
        return self.joined | ({self.author} if self.author is not None else set())


class Broken(AssertionError):
    """An invariant does not hold."""


@dataclass
class World:
    """One history."""

    engine: Engine
    rng: random.Random
    now: datetime = START
    log: list[str] = field(default_factory=list)
    books: dict[int, Book] = field(default_factory=dict)
    told: set[tuple[int, int, int]] = field(default_factory=set)  # case, step, member: a letter must be there
    rated: dict[int, int] = field(default_factory=dict)  # answer → who rated it
    seen: int = 0  # the last step that was looked at
    numbers: Counter[int] = field(default_factory=Counter)  # steps of each case
    read: int = 0  # the last letter that was looked at
    judged: int = 0  # the last of which it is settled that it urged nobody at night
    heard: Counter[tuple[int, int, int]] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    chores: dict[str, date] = field(default_factory=dict)  # when they ran last
    before: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.connection: Connection = self.engine.connect().execution_options(**WRITE)
        self.transaction = self.connection.begin()
        self.now = START + timedelta(minutes=self.rng.randrange(150 * 24 * 60))
        self.began = self.now
        self.before = self._held()

    def close(self) -> None:
        """Nothing of it stays."""
        self.transaction.rollback()
        self.connection.close()

    # Units of work

    @contextmanager
    def unit(self) -> Iterator[Session]:
        """One unit: what it does is there for the next, or undone by what it raises."""
        info = {"house": HOUSE}
        with Session(self.connection, info=info, join_transaction_mode="create_savepoint") as session:
            yield session
            session.commit()

    def move(self, name: str) -> bool:
        """Make one move, if there is anything to make it on. What is refused changes nothing."""
        self.log.append(f"{self.now.astimezone(ZONE):%m-%d %H:%M} {name}")
        try:
            getattr(self, name)()
        except Refused as no:
            if no.code == "nothing":
                self.log.pop()
                return False
            self.log[-1] += f" → {no.code}"
            self.done[f"{name} refused"] += 1
            held = self._held()
            if held != self.before:
                raise Broken(f"{name} was refused and has changed {_differ(held, self.before)}") from None
        else:
            self.done[name] += 1
        self.check()
        return True

    def note(self, *what: object) -> None:
        self.log[-1] += " " + " ".join(map(str, what))

    # Choosing

    def _case(self, session: Session, *states: CaseState) -> Case:
        """A case that stands so; now and then any other."""
        query = select(Case).order_by(Case.id)
        if states and self.rng.random() < 0.93:
            query = query.where(Case.state.in_(states))
        found = list(session.scalars(query).unique())
        if not found:
            raise Refused("nothing")
        case = self.rng.choice(found)
        self.note("#", case.id)
        return case

    def _turn(self, case: Case) -> int:
        return case.turn if self.rng.random() < 0.9 else max(0, case.turn - self.rng.randrange(3))

    def _member(self, session: Session) -> Member:
        found = list(session.scalars(select(Member).where(Member.left_on.is_(None))).unique())
        return self.rng.choice(found)

    def _anybody(self, session: Session) -> Person:
        accounts = list(session.scalars(select(Account).order_by(Account.id)).unique())
        return person_of(session, self.rng.choice(accounts), HOUSE.admins)

    def _by(self, session: Session, case: Case, *who: str) -> Person:
        """Somebody who may, if there is anybody; now and then anybody at all."""
        accounts = list(session.scalars(select(Account).order_by(Account.id)).unique())
        self.rng.shuffle(accounts)
        anybody = self.rng.random() < 0.05
        for account in accounts:
            person = person_of(session, account, HOUSE.admins)
            seat = None if anybody else cases.seat_of(session, case, person)
            if anybody or (seat is not None and seat.value in who):
                self.note("by", account.id)
                return person
        raise Refused("nothing")

    # Handing in, and standing behind it

    def hand_in(self) -> None:
        with self.unit() as session:
            member = self._member(session)
            preset = self.rng.choice([*HOUSE.cases, "proposal", "proposal"])
            new = filing.NewProposal(
                title="食堂延长供餐", wrong=WORDS, hidden=self.rng.random() < 0.3, shared=self.rng.random() < 0.8
            )
            case = filing.hand_in(session, member, preset, new, self.now)
            self.books[case.id] = Book(case.preset, member.id)
            self.note("#", case.id, case.preset, "by", member.id)

    def second(self) -> None:
        with self.unit() as session:
            case, member = self._case(session, CaseState.SECONDING), self._member(session)
            found = seconding.second(session, member, case.id, self.now, hidden=self.rng.random() < 0.2)
            self.books[found.id].behind.add(member.id)  # of one that was merged, the one that goes on
            self.note("by", member.id)

    def take_back(self) -> None:
        with self.unit() as session:
            case = self._case(session)
            mine = list(session.scalars(select(Second).where(Second.case_id == case.id)))
            member = session.get_one(Member, self.rng.choice(mine).member_id) if mine else self._member(session)
            found = seconding.take_back(session, member, case.id, self.now)
            self.books[found.id].behind.discard(member.id)
            self.note("by", member.id)

    def follow(self) -> None:
        with self.unit() as session:
            seconding.follow(session, self._member(session), self._case(session).id, self.now)

    def withdraw(self) -> None:
        with self.unit() as session:
            case = self._case(session, *cases.UNANSWERED)
            filing.withdraw(session, case.id, self._by(session, case, "author"), self.now)

    # The office

    def accept(self) -> None:
        with self.unit() as session:
            case = self._case(session, CaseState.RECEIVED)
            screening.accept(session, case.id, self._turn(case), self._by(session, case, "office"), self.now)

    def decline(self) -> None:
        with self.unit() as session:
            case = self._case(session, CaseState.RECEIVED, CaseState.SECONDING)
            by, ground = self._by(session, case, "office"), self.rng.choice(list(Ground))
            screening.decline(session, case.id, self._turn(case), ground, "这件事已有结论", by, self.now)

    def merge(self) -> None:
        with self.unit() as session:
            case, into = self._case(session, *screening.MERGEABLE), self._case(session, *screening.TARGETS)
            by = self._by(session, case, "office")
            screening.merge(session, case.id, self._turn(case), into.id, "内容相近", by, self.now)
            end = session.get_one(Case, case.merged_into)
            mine, other = self.books[case.id], self.books[end.id]
            other.joined |= mine.authors
            other.behind |= mine.behind | ({mine.author} if mine.author is not None else set())
            other.behind.discard(other.author or 0)

    def turn_into(self) -> None:
        with self.unit() as session:
            case = self._case(session, CaseState.RECEIVED, CaseState.ACCEPTED, CaseState.SECONDING)
            preset, by = self.rng.choice(list(HOUSE.cases)), self._by(session, case, "office")
            screening.turn_into(session, case.id, self._turn(case), preset, "更适合", by, self.now)

    def assign(self) -> None:
        with self.unit() as session:
            case = self._case(session, CaseState.ACCEPTED, CaseState.REOPENED, CaseState.HANDLING)
            units = self.rng.sample(list(session.scalars(select(Unit.id))), 4)
            if self.rng.random() < 0.8:  # a department that has somebody goes first
                units.sort(key=lambda unit: not cases.handlers_of(session, unit))
            co, days = units[1 : self.rng.randrange(1, 4)], self.rng.choice([None, None, 3])
            by = self._by(session, case, "office", "chair")
            handling.assign(session, case.id, self._turn(case), units[0], co, by, self.now, days)

    # The departments

    def hand_on(self) -> None:
        with self.unit() as session:
            case = self._case(session, CaseState.HANDLING)
            by = self._by(session, case, "lead")
            handling.hand_on(session, case.id, self._turn(case), "不是我们的职责", by, self.now)

    def extend(self) -> None:
        with self.unit() as session:
            case = self._case(session, CaseState.HANDLING)
            by, days = self._by(session, case, "lead", "office"), self.rng.randrange(1, 12)
            handling.extend(session, case.id, self._turn(case), days, "还在等报价", by, self.now)

    def answer(self) -> None:
        with self.unit() as session:
            case = self._case(session, *handling.OPEN, CaseState.REOPENED)
            by = self._by(session, case, "lead", "office", "chair")
            self._answer(session, case, by)

    def answer_by_lead(self) -> None:
        with self.unit() as session:
            case = self._case(session, CaseState.HANDLING, CaseState.PLANNED)
            self._answer(session, case, self._by(session, case, "lead"))

    def _answer(self, session: Session, case: Case, by: Person) -> None:
        outcome = self.rng.choice("ABCD")
        self.note(outcome)
        handling.answer(session, case.id, self._turn(case), "已经联系食堂", outcome, self._day(), by, self.now)

    def _day(self) -> date:
        return self.now.astimezone(ZONE).date() + timedelta(days=self.rng.randrange(0, 60))

    def sign(self) -> None:
        with self.unit() as session:
            case = self._case(session, CaseState.SIGNING)
            handling.sign(session, case.id, self._turn(case), self._by(session, case, "co"), self.now)

    def waive(self) -> None:
        with self.unit() as session:
            case = self._case(session, CaseState.SIGNING)
            handling.waive(session, case.id, self._turn(case), self._by(session, case, "office"), self.now)

    def object_to(self) -> None:
        with self.unit() as session:
            case = self._case(session, CaseState.SIGNING)
            handling.object_to(session, case.id, self._turn(case), "费用不对", self._by(session, case, "co"), self.now)

    def release(self) -> None:
        with self.unit() as session:
            case = self._case(session, CaseState.RELEASING)
            handling.release(session, case.id, self._turn(case), self._by(session, case, "office"), self.now)

    def send_back(self) -> None:
        with self.unit() as session:
            case = self._case(session, CaseState.RELEASING)
            by = self._by(session, case, "office")
            handling.send_back(session, case.id, self._turn(case), "请写具体", by, self.now)

    def postpone(self) -> None:
        with self.unit() as session:
            case = self._case(session, CaseState.PLANNED)
            by = self._by(session, case, "lead", "office")
            handling.postpone(session, case.id, self._turn(case), self._day(), "设备没到", by, self.now)

    # The author again

    def rate(self) -> None:
        with self.unit() as session:
            case = self._case(session, CaseState.ANSWERED, CaseState.PLANNED)
            by, said = self._by(session, case, "author"), self.rng.choice([*Rating, Rating.POOR])
            last = cases.answer_of(session, case, released=True)
            number = last.id if last is not None and self.rng.random() < 0.9 else self.rng.randrange(5)
            rating.rate(session, case.id, number, said, by, self.now)
            assert last is not None
            assert by.member is not None
            self.rated[last.id] = by.member.id
            self.note(said)

    def say_why(self) -> None:
        with self.unit() as session:
            answers = list(session.scalars(select(Answer.id)))
            if not answers:
                raise Refused("nothing")
            rating.say_why(session, self.rng.choice(answers), "还是没有热菜", self._anybody(session), self.now)

    # People and departments

    def hire(self) -> None:
        with self.unit() as session:
            units = list(session.scalars(select(Unit.id)))
            number = len(list(session.scalars(select(Member.id)))) + 1
            _hire(session, number, self.rng.choice(units), self.rng.choice([(), (), (Role.HANDLER,)]))

    def leave(self) -> None:
        with self.unit() as session:
            member = self._member(session)
            member.left_on = self.now.date()
            self.note(member.id)

    def come_back(self) -> None:
        with self.unit() as session:
            gone = list(session.scalars(select(Member).where(Member.left_on.is_not(None))).unique())
            if not gone:
                raise Refused("nothing")
            self.rng.choice(gone).left_on = None

    def change_department(self) -> None:
        with self.unit() as session:
            self._member(session).unit_id = self.rng.choice([None, *session.scalars(select(Unit.id))])

    def department_vanishes(self) -> None:
        with self.unit() as session:
            gone, to = self.rng.sample(list(session.scalars(select(Unit.id))), 2)
            for member in session.scalars(select(Member).where(Member.unit_id == gone)).unique():
                member.unit_id = to

    def department_begins(self) -> None:
        with self.unit() as session:
            session.add(Unit(name=f"新部门{len(list(session.scalars(select(Unit.id))))}"))

    def name_handler(self) -> None:
        with self.unit() as session:
            handling.name_handler(session, self._officer(session), self._member(session).id, self.now)

    def dismiss_handler(self) -> None:
        with self.unit() as session:
            handlers = list(session.scalars(select(Grant.member_id).where(Grant.role == Role.HANDLER)))
            handling.dismiss_handler(session, self._officer(session), self.rng.choice([*handlers, 1]), self.now)

    def give_role(self) -> None:
        with self.unit() as session:
            role = self.rng.choice([Role.OFFICER, Role.CHAIR, Role.HANDLER])
            roles.grant(session, self._admin(session), self._member(session).id, role, self.now)

    def take_role(self) -> None:
        with self.unit() as session:
            role = self.rng.choice([Role.OFFICER, Role.CHAIR, Role.HANDLER])
            held = list(session.scalars(select(Grant.member_id).where(Grant.role == role)))
            roles.withdraw(session, self._admin(session), self.rng.choice([*held, 1]), role, self.now)

    def erase(self) -> None:
        with self.unit() as session:
            member = self._member(session)
            account = session.scalars(select(Account).where(Account.member_id == member.id)).unique().one_or_none()
            if account is None:
                raise Refused("nothing")
            me.erase(session, person_of(session, account, HOUSE.admins), self.now)
            number = member.id
            self.note(number)
        for book in self.books.values():
            book.author = None if book.author == number else book.author
            book.joined.discard(number)
            book.behind.discard(number)
        with self.unit() as session:  # their letters are gone, and the next ones may get their ids
            self.read = session.scalar(select(func.max(Letter.id))) or 0
        self.told = {each for each in self.told if each[2] != number}
        self.heard = Counter({each: count for each, count in self.heard.items() if each[2] != number})

    def _admin(self, session: Session) -> Person:
        return person_of(session, session.get_one(Account, ADMIN), HOUSE.admins)

    def _officer(self, session: Session) -> Person:
        return self._admin(session) if self.rng.random() < 0.9 else self._anybody(session)

    # Days and years

    def holidays(self) -> None:
        """A year's notice becomes known: the days off by law, some beside them, and weekends worked for those."""
        with self.unit() as session:
            year = self.rng.choice([2026, 2027, 2027, 2027, 2028])
            off, work = set(statutory(year)), set()
            for day in sorted(off):
                for ahead in range(self.rng.randrange(3)):
                    off.add(day + timedelta(days=ahead + 1))
                weekend = day + timedelta(days=self.rng.choice([-12, -9, 9, 12]))
                if weekend.weekday() >= 5 and weekend.year == year:
                    work.add(weekend)
            days = [[each.isoformat() for each in sorted(some)] for some in (off, work - off)]
            found = Arrangement(year=year, off=days[0], work=days[1], by_account=ADMIN, read_at=self.now)
            session.add(found)
            session.flush()
            workdays.confirm(session, found.id, self._admin(session), self.now)
            self.note(year)

    def minutes(self) -> None:
        self._until(self.now + timedelta(minutes=self.rng.randrange(1, 240)))

    def hours(self) -> None:
        self._until(self.now + timedelta(hours=self.rng.randrange(2, 30)))

    def days(self) -> None:
        self._until(self.now + timedelta(days=self.rng.randrange(1, 5), minutes=self.rng.randrange(1440)))

    def downtime(self) -> None:
        """Nothing runs for days or weeks; then everything that is due comes at once."""
        self.now += timedelta(days=self.rng.choice([1, 2, 5, 9, 20, 45]), minutes=self.rng.randrange(1440))
        self._tick()

    def doubled_tick(self) -> None:
        """The same tick twice says nothing twice."""
        self._tick()
        before = self._held()
        self._tick()
        if self._held() != before:
            raise Broken("the same tick twice is not the same")

    def _until(self, end: datetime) -> None:
        """Time passes, and what is due happens when it is due."""
        for _ in range(60):
            due = self._next()
            if due > end:
                break
            self.now = max(self.now, due)
            self._tick()
        self.now = max(self.now, end)
        self._tick()

    def _next(self) -> datetime:
        """The next moment at which something may happen: a case's own, the night's chores, the question at ten."""
        local = self.now.astimezone(ZONE)
        found = [
            moment
            for day in (0, 1)
            for at in (time(1, 31), time(10, 1))
            if (moment := datetime.combine(local.date() + timedelta(days=day), at, ZONE)) > local
        ]
        with self.unit() as session:
            due = session.scalar(select(Case.next_at).where(Case.next_at.is_not(None)).order_by(Case.next_at).limit(1))
        return min([*found, *([due] if due is not None else [])])

    def _tick(self) -> None:
        local = self.now.astimezone(ZONE)
        with self.unit() as session:
            case_clocks.ring_due(session, self.now)
            rating.ask(session, self.now)
            for at, chore in ((time(1, 20), case_care.recount), (time(1, 30), case_care.look_after)):
                if local.time() >= at and self.chores.get(chore.__name__) != local.date():
                    self.chores[chore.__name__] = local.date()
                    chore(session, self.now)
                    case_clocks.ring_due(session, self.now)  # what it has put right may be due
        with self.unit() as session:
            late = session.scalars(select(Case.id).where(Case.next_at <= self.now).limit(1)).first()
            if late is not None and len(self.books) <= case_clocks.MANY:
                raise Broken(f"#{late} should have rung")
            if local.time() >= terms.OPENS and terms.open_now(workdays.book(session), ZONE, self.now):
                self.none_late_without_escalation(session)

    def none_late_without_escalation(self, session: Session) -> None:
        """Counted anew from the term and the holidays, without the rings."""
        known, today = workdays.book(session), self.now.astimezone(ZONE).date()
        waiting = (CaseState.SECONDING, CaseState.ANSWERED)
        for case in session.scalars(select(Case).where(Case.state.not_in((*CLOSED, *waiting)))).unique():
            assert case.term_at is not None
            late, _ = workdays.workdays_between(known, case.term_at.astimezone(ZONE).date(), today)
            preset = cases.preset_of(session, case)
            said = {step.kind for step in steps.since(session, case, case.term_at)}
            if late >= preset.late_days and not said & set(LATE):
                raise Broken(f"#{case.id} is {late} days late and nobody has said so")
            if late >= preset.grave_days and StepKind.ESCALATED not in said:
                raise Broken(f"#{case.id} is {late} days late and the chair has not heard")
            if case.answer_by is not None and case.state is not CaseState.PLANNED:
                broken, _ = workdays.workdays_between(known, case.answer_by.astimezone(ZONE).date(), today)
                told = {step.kind for step in steps.since(session, case, min(case.answer_by, case.term_at))}
                if broken >= preset.late_days and not told & set(LATE):
                    raise Broken(f"#{case.id}: the promise is {broken} days old and nobody has said so")

    # Invariants

    def check(self) -> None:
        """Everything that must hold after every move."""
        with self.unit() as session:
            self._hear_steps(session)
            self._clocks(session)
            self._letters(session)
            self._names(session)
            strange = session.scalars(select(Answer.id).where(Answer.rating.is_not(None))).all()
            if set(strange) != set(self.rated):
                raise Broken(f"rated {sorted(strange)}, by the authors {sorted(self.rated)}")
        self.before = self._held()

    def check_all(self) -> None:
        """The same, with every letter read anew; when it was written was judged by the holidays known then."""
        self.judged = max(self.judged, self.read)
        self.read, self.heard = 0, Counter()
        self.check()

    def _hear_steps(self, session: Session) -> None:
        """Who must have been told of the steps since the last look."""
        for step in session.scalars(select(Step).where(Step.id > self.seen).order_by(Step.id)):
            self.seen = step.id
            self.numbers[step.case_id] += 1
            if step.number != self.numbers[step.case_id]:
                raise Broken(f"#{step.case_id} has a gap in its history")
            if step.kind is StepKind.RATED and step.account_id is None:
                raise Broken("rated by nobody")
            if step.kind not in TOLD:
                continue
            book = self.books[step.case_id]
            audience = set(book.authors)
            secret = book.preset == SECRET
            if step.kind in NEWS and not secret:
                audience |= book.behind | set(
                    session.scalars(select(Follow.member_id).where(Follow.case_id == step.case_id))
                )
            self.told |= {(step.case_id, step.number, member) for member in audience}

    def _clocks(self, session: Session) -> None:
        for case in session.scalars(select(Case)).unique():
            if case.state in CLOSED:
                if case.next_at is not None or case.term_at is not None or case.closed_at is None:
                    raise Broken(f"#{case.id} is closed and ticks")
                if case.state is CaseState.MERGED and session.get_one(Case, case.merged_into).merged_into is not None:
                    raise Broken(f"#{case.id} is merged into one that is merged")
                continue
            if case.next_at is None or case.term_at is None:
                raise Broken(f"#{case.id} has no next moment")
            if not (steps.readers_at(session, case) or steps.office(session, case)):
                raise Broken(f"#{case.id} has no owner")
            if case.step_count != self.numbers[case.id]:
                raise Broken(f"#{case.id} has a gap in its history")

    def _letters(self, session: Session) -> None:
        """Whoever must have been told has one letter of that step, and nobody else has any."""
        known = workdays.book(session)
        rows = session.execute(
            text("SELECT id, key, text, member_id, due_at FROM letters WHERE id > :last ORDER BY id"),
            {"last": self.read},
        )
        for number, key, said, member, due in rows:
            self.read = number
            parts = key.split(":")
            if parts[0] == "case" and parts[2] == "step":
                self.heard[int(parts[1]), int(parts[3]), member] += 1
            elif said.startswith("cases.told."):
                raise Broken(f"{key} tells of a step beside its letter")
            if said in URGING and number > self.judged and not terms.open_now(known, ZONE, _utc(due)):
                raise Broken(f"{key} urges at {due}")
        if self.heard != Counter(self.told):
            missing, more = self.told - set(self.heard), set(self.heard) - self.told
            raise Broken(f"letters missing {sorted(missing)}, too many {sorted(more)}")

    def _names(self, session: Session) -> None:
        found: dict[int, list[int]] = {}
        for number, member in session.execute(select(Second.case_id, Second.member_id)):
            found.setdefault(number, []).append(member)
        for number, book in self.books.items():
            if sorted(found.get(number, [])) != sorted(book.behind):
                raise Broken(f"#{number}: behind it stand {found.get(number)}, not {book.behind}")

    def _held(self) -> dict[str, Any]:
        return {name: self.connection.exec_driver_sql(f"SELECT {what} FROM {name}").fetchall() for name, what in HELD}


def _utc(stored: str | datetime) -> datetime:
    moment = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _differ(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return [name for name in one if one[name] != other[name]]


# How often each move is made, of all
MOVES: dict[str, int] = {
    "hand_in": 9,
    "second": 14,
    "take_back": 1,
    "follow": 2,
    "withdraw": 1,
    "accept": 11,
    "decline": 1,
    "merge": 4,
    "turn_into": 2,
    "assign": 14,
    "hand_on": 2,
    "extend": 2,
    "answer": 3,
    "answer_by_lead": 14,
    "sign": 14,
    "waive": 1,
    "object_to": 2,
    "release": 12,
    "send_back": 2,
    "postpone": 2,
    "rate": 8,
    "say_why": 1,
    "hire": 1,
    "leave": 1,
    "come_back": 1,
    "change_department": 1,
    "department_vanishes": 1,
    "department_begins": 1,
    "name_handler": 3,
    "dismiss_handler": 1,
    "give_role": 1,
    "take_role": 1,
    "erase": 1,
    "holidays": 1,
    "minutes": 4,
    "hours": 5,
    "days": 6,
    "downtime": 3,
    "doubled_tick": 1,
}


def play(engine: Engine, seed: int, length: tuple[int, int], on: Callable[[World], None] | None = None) -> World:
    """One history from its seed."""
    rng = random.Random(seed)
    world = World(engine, rng)
    names, weights = list(MOVES), list(MOVES.values())
    try:
        for _ in range(rng.randint(*length)):
            while not world.move(rng.choices(names, weights)[0]):
                pass
        world.check_all()
        if on is not None:
            on(world)
    except BaseException as error:
        error.add_note(f"seed {seed}\n" + "\n".join(world.log))
        raise
    finally:
        world.close()
    return world
