"""The yearly report to the staff congress: what was handed in, what became of it, how late, and whether it helped.

It counts the cases handed in in a year, whatever happened to them since, and the ratings of the answers given in it.
Kinds that are not shown to everybody are not in it, and nobody is named.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from models import case_views, rating, workdays
from models.cases import Answer, Case, CaseState, CoUnit, Outcome, Second
from models.house import House, house
from models.people import Member, Unit
from models.presets import Ground
from models.rating import Rate
from models.steps import Step, StepKind
from models.workdays import Book

# What ends an overdue: for a case that waited for the office its decision, for all others the answer.
DECIDED = (StepKind.ACCEPTED, StepKind.DECLINED, StepKind.TURNED, StepKind.ASSIGNED)
ENDED = (StepKind.ANSWERED, StepKind.POSTPONED, StepKind.MERGED, StepKind.WITHDRAWN, StepKind.SETTLED)
LATE = (StepKind.OVERDUE, StepKind.ESCALATED)
MARKS = (StepKind.SECONDED, StepKind.UNSECONDED, *LATE, *DECIDED, *ENDED)
AT_OFFICE = (CaseState.RECEIVED, CaseState.ACCEPTED)
A_DAY = timedelta(days=1)
SUMS = ("received", "accepted", "declined", "merged", "answered", "overdue")


@dataclass
class Row:
    """One case of the report."""

    number: int
    preset: str
    title: str
    theme: str | None
    unit: str
    state: CaseState
    outcome: Outcome | None
    ground: Ground | None
    filed_on: date
    author_unit: str  # empty for who hides
    published: bool
    late_now: bool
    co: list[str] = field(default_factory=list)
    seconds: int = 0
    answered_on: date | None = None
    answer_days: int | None = None  # working days from handing in to the first answer
    late_days: int = 0  # working days, all times together
    rating: str = ""
    seconded: bool = False
    turned: bool = False
    planned: bool = False  # answered with a day at least once

    @property
    def headings(self) -> list[str]:
        """Where it is counted; as on the board."""
        late = ["overdue"] if self.late_days or self.late_now else []
        return [*case_views.sorts(self.state, self.outcome), *late]


@dataclass
class Figures:
    """A year in numbers."""

    year: int
    until: date
    rows: list[Row]
    rates: list[Rate]  # by department
    board: case_views.Board

    def count(self, name: str) -> int:
        """How many of the year's cases have this heading."""
        return sum(name in row.headings for row in self.rows)

    @property
    def all_rates(self) -> Rate:
        return rating.total(self.rates)

    @property
    def satisfied(self) -> int | None:
        """Per cent."""
        share = self.all_rates.share
        return round(100 * share) if share is not None else None

    @property
    def answer_days(self) -> float | None:
        """Working days until the first answer, on the average."""
        days = [row.answer_days for row in self.rows if row.answer_days is not None]
        return round(sum(days) / len(days), 1) if days else None

    @property
    def late_days(self) -> int:
        """Working days by which the overdue ones were late, all together."""
        return sum(row.late_days for row in self.rows)

    @property
    def withdrawn(self) -> int:
        return sum(row.state is CaseState.WITHDRAWN for row in self.rows)

    def by_ground(self) -> dict[str, int]:
        """The declined, by why."""
        found = dict.fromkeys((ground.value for ground in Ground), 0)
        for row in self.rows:
            if row.state is CaseState.DECLINED and row.ground is not None:
                found[row.ground.value] += 1
        return {ground: count for ground, count in found.items() if count}

    def plans(self) -> dict[str, int]:
        """What was promised for a day: still to come, done since, or answered otherwise since."""
        planned = [row for row in self.rows if row.planned]
        still = sum(row.state is CaseState.PLANNED for row in planned)
        done = sum(row.outcome is Outcome.DONE for row in planned)
        return {"all": len(planned), "open": still, "done": done, "other": len(planned) - still - done}

    def groups(self, key: Callable[[Row], str]) -> list[tuple[str, dict[str, int]]]:
        """The headings counted for each group, the largest group first."""
        found: dict[str, dict[str, int]] = {}
        for row in self.rows:
            if row.state is not CaseState.WITHDRAWN:
                sums = found.setdefault(key(row), {**dict.fromkeys(SUMS, 0), "late_days": 0})
                sums["late_days"] += row.late_days
                for name in row.headings:
                    if name in sums:
                        sums[name] += 1
        return sorted(found.items(), key=lambda each: (-each[1]["received"], each[0]))

    def months(self) -> list[dict[str, int]]:
        """January to December: how many were handed in, and how many of the year's first answered."""
        found = [{"received": 0, "answered": 0} for _ in range(12)]
        for row in self.rows:
            if row.state is not CaseState.WITHDRAWN:
                found[row.filed_on.month - 1]["received"] += 1
                if row.answered_on is not None and row.answered_on.year == self.year:
                    found[row.answered_on.month - 1]["answered"] += 1
        return found


def years(session: Session) -> list[int]:
    """The years in which something was handed in, the latest first."""
    here = house(session)
    first, last = session.execute(
        select(func.min(Case.filed_at), func.max(Case.filed_at)).where(case_views.counted(session))
    ).one()
    if first is None or last is None:
        return []
    return list(range(here.local(last).year, here.local(first).year - 1, -1))


def figures(session: Session, year: int, now: datetime) -> Figures:
    """The year's figures, read in a handful of queries however many cases there are."""
    here, book = house(session), workdays.book(session)
    since, until = case_views.span(here, year)
    ours = (Case.filed_at >= since, Case.filed_at < until, case_views.counted(session))
    rows = _rows(session, here, ours, now)
    for name, case_id in session.execute(
        select(Unit.name, CoUnit.case_id).join(CoUnit, CoUnit.unit_id == Unit.id).join(Case).where(*ours)
    ):
        rows[case_id].co.append(name)
    seconds = select(Second.case_id, func.count()).join(Case, Case.id == Second.case_id).where(*ours)
    for case_id, count in session.execute(seconds.group_by(Second.case_id)):
        rows[case_id].seconds = count
    answers = select(Answer.case_id, Answer.released_at, Answer.outcome, Answer.rating).join(Case).where(*ours)
    answers = answers.where(Answer.released_at.is_not(None)).order_by(Answer.id)
    for case_id, released_at, outcome, rated in session.execute(answers):
        assert released_at is not None
        row, day = rows[case_id], here.local(released_at).date()
        row.planned = row.planned or outcome is Outcome.PLANNED
        row.rating = rated.value if rated is not None else row.rating
        if row.answered_on is None:
            row.answered_on = day
            row.answer_days = workdays.workdays_between(book, row.filed_on, day)[0]
    _steps(session, rows, ours, book, here, now)
    return Figures(
        year=year,
        until=here.local(min(now, until)).date(),
        rows=list(rows.values()),
        rates=rating.rates(session, since, until),
        board=case_views.board(session, now, year),
    )


def _rows(session: Session, here: House, ours: Iterable[ColumnElement[bool]], now: datetime) -> dict[int, Row]:
    lead, home = aliased(Unit), aliased(Unit)
    columns = (Case.id, Case.preset, Case.title, Case.theme, Case.state, Case.outcome, Case.ground)
    query = (
        select(*columns, Case.filed_at, Case.hidden, Case.published_at, case_views.overdue(now))
        .add_columns(lead.name, home.name)
        .outerjoin(lead, lead.id == Case.unit_id)
        .outerjoin(Member, Member.id == Case.author_id)
        .outerjoin(home, home.id == Member.unit_id)
        .where(*ours)
        .order_by(Case.id)
    )
    found: dict[int, Row] = {}
    for each in session.execute(query):
        number, preset, title, theme, state, outcome, ground, filed_at, hidden, published_at, late, unit, its = each
        found[number] = Row(
            number=number,
            preset=preset,
            title=title,
            theme=theme,
            unit=unit or "",
            state=state,
            outcome=outcome,
            ground=ground,
            filed_on=here.local(filed_at).date(),
            author_unit="" if hidden else its or "",
            published=published_at is not None,
            late_now=bool(late),
        )
    return found


def _steps(
    session: Session,
    rows: dict[int, Row],
    ours: Iterable[ColumnElement[bool]],
    book: Book,
    here: House,
    now: datetime,
) -> None:
    """What the history says: seconded, turned, and for how many working days it was overdue."""
    query = select(Step.case_id, Step.kind, Step.at, Step.data).join(Case).where(*ours, Step.kind.in_(MARKS))
    began: dict[int, tuple[date, bool]] = {}  # the last day of a case's term, and whether it lay at the office

    def end(number: int, at: datetime) -> None:
        rows[number].late_days += workdays.workdays_between(book, began.pop(number)[0], here.local(at).date())[0]

    for case_id, kind, at, data in session.execute(query.order_by(Step.case_id, Step.number)):
        row = rows[case_id]
        row.seconded = row.seconded or kind is StepKind.SECONDED
        row.turned = row.turned or kind in (StepKind.TURNED, StepKind.UNSECONDED)
        if kind in LATE:
            term = datetime.fromisoformat(data["term"]) if data.get("term") else at - A_DAY
            began.setdefault(case_id, (here.local(term).date(), data.get("state") in AT_OFFICE))
        elif case_id in began and (kind in ENDED or (began[case_id][1] and kind in DECIDED)):
            end(case_id, at)
    for case_id in list(began):
        end(case_id, now)
