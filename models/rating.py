"""Rating: whether an answer helped, asked of the author on the next working day, said with one tap.

`不满意` opens a case again once, on the chair's desk. Who says nothing in the time to rate has said nothing against it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import cases, letters, publishing, steps, terms, workdays
from models.base import Refused
from models.cases import Answer, Case, CaseState, Rating, Seat
from models.house import house
from models.people import Member, Person, Unit
from models.steps import StepKind

ASKED = time(10)  # on the next working day
MANY = 100  # answers asked about in one tick
AT_RATING = (CaseState.ANSWERED, CaseState.PLANNED)
Readers = list[tuple[str, Member | int]]


@dataclass(frozen=True)
class Rate:
    """What the staff think of one department's answers."""

    unit: str  # empty: the union's own
    answered: int
    good: int
    fair: int
    poor: int

    @property
    def rated(self) -> int:
        return self.good + self.fair + self.poor

    @property
    def share(self) -> float | None:
        """How many of the rated answers helped; None when nobody has said."""
        return (self.good + self.fair) / self.rated if self.rated else None


def ask(session: Session, now: datetime) -> None:
    """Ask the authors whether their answers helped, at ten on the working day after. A tick."""
    local = house(session).local(now)
    if not ASKED <= local.time() < terms.CLOSES:
        return
    unrated = [name for name, preset in house(session).cases.items() if not preset.rated]
    query = (
        select(Answer, Case)
        .join(Case, Case.id == Answer.case_id)
        .where(Answer.asked_at.is_(None), Answer.released_at.is_not(None), Answer.rating.is_(None))
        .where(Case.state.in_(AT_RATING), Case.preset.not_in(unrated))
        .order_by(Answer.released_at)
    )
    found = session.execute(query.limit(MANY)).unique().all()
    book = workdays.book(session) if found else workdays.Book()
    for answer, case in found:
        assert answer.released_at is not None
        released_on = house(session).local(answer.released_at).date()
        next_day = workdays.add_workdays(book, released_on, 1).day
        if next_day <= local.date() and workdays.workday(book, local.date()):
            _ask(session, case, answer, now)


def _ask(session: Session, case: Case, answer: Answer, now: datetime) -> None:
    """Ask the author about this answer, if it is the last and they are here."""
    answer.asked_at = now
    author = case.author
    if author is None or author.left_on is not None or answer is not cases.answer_of(session, case, released=True):
        return
    preset = cases.preset_of(session, case)
    about: dict[str, Any] = {"preset": case.preset, "kind": dict(preset.name), "title": case.title}
    if not preset.confidential:  # its letter says its number only, and the rating stands on its page
        about["buttons"] = buttons(case, answer)
    why = f"rate:{answer.id}"
    steps.post(session, case, why, [(f"m{author.id}", author)], "ratings.ask", now, check="ratings.waits", **about)


def buttons(case: Case, answer: Answer) -> list[list[list[Any]]]:
    """The three answers to the question whether it helped."""
    good, fair, poor = (letters.button(f"ratings.{rating}", case.id, answer.id) for rating in Rating)
    return [[good, fair], [poor, letters.button("cases.view", case.id)]]  # three in a row are cut off on a phone


@letters.check("ratings.waits")
def _waits(session: Session, letter: letters.Letter, now: datetime) -> bool:
    """Whether the author may still say so."""
    case = session.get(Case, letter.subject_id)
    return case is not None and case.state in AT_RATING and to_rate(session, case) is not None


def to_rate(session: Session, case: Case) -> Answer | None:
    """The answer that its author may rate now."""
    answer = cases.answer_of(session, case, released=True)
    open_to_it = case.state in AT_RATING and cases.preset_of(session, case).rated
    return answer if open_to_it and answer is not None and answer.rating is None else None


def last_rated(session: Session, case: Case) -> Answer | None:
    """The last answer of a case that may be written about in the chat, once it is rated."""
    confidential = cases.preset_of(session, case).confidential
    answer = cases.answer_of(session, case, released=True)
    return None if confidential or answer is None or answer.rating is None else answer


def rate(
    session: Session, number: int, answer_id: int, rating: Rating, by: Person, now: datetime, remark: str = ""
) -> Case:
    """The author says whether the answer helped, once. A 不满意 opens the case again, the first time.

    `answer_id` 0 is the last one. Who is not the author hears the same as of a case that does not exist.
    """
    case, seat = cases.for_reader(session, number, by, lock=True)
    if seat is not Seat.AUTHOR:
        raise Refused("cases.unknown")
    answer = cases.answer_of(session, case, released=True)
    if answer is None or (answer_id and answer.id != answer_id):
        raise Refused("ratings.old", number=case.id)
    if answer.rating is not None:
        raise Refused("ratings.rated", number=case.id, rating=answer.rating.value)
    if to_rate(session, case) is None:
        raise Refused("ratings.over", number=case.id)
    answer.rating, answer.rated_at = rating, now
    answer.asked_at = answer.asked_at or now
    steps.take(session, case, StepKind.RATED, now, by, rating=rating.value, answer_id=answer.id)
    if rating is Rating.POOR and not case.reopened:
        _reopen(session, case, by, now)
    elif case.state is CaseState.ANSWERED:
        settle(session, case, now)
    if rating is Rating.POOR:
        why = f"poor:{answer.id}"
        steps.post(session, case, why, _concerned(session, case), "ratings.told_poor", now, **_facts(session, case))
    if remark:
        say_why(session, answer.id, remark, by, now)
    return case


def _reopen(session: Session, case: Case, by: Person, now: datetime) -> None:
    """It did not help: the chair decides how it goes on, and a new time to answer begins."""
    preset = cases.preset_of(session, case)
    case.reopened = True
    promised = steps.term(session, now, preset.answer_days)
    case.answer_by, case.answer_certain = promised.at, promised.certain
    steps.enter(session, case, CaseState.REOPENED, now, steps.term(session, now, preset.assign_days))
    steps.take(session, case, StepKind.REOPENED, now, by)
    publishing.withdraw_consent(session, case, by, now)


def settle(session: Session, case: Case, now: datetime) -> None:
    """All is said: the case is closed."""
    steps.enter(session, case, CaseState.SETTLED, now)
    steps.take(session, case, StepKind.SETTLED, now)


def say_why(session: Session, answer_id: int, words: str, by: Person, now: datetime) -> None:
    """The author says why an answer did not help, once; whoever goes on with the case reads it."""
    answer = session.get(Answer, answer_id)
    if answer is None:
        raise Refused("cases.unknown")
    case, seat = cases.for_reader(session, answer.case_id, by, lock=True)
    if seat is not Seat.AUTHOR:
        raise Refused("cases.unknown")
    if answer.rating is not Rating.POOR or answer.remark:
        raise Refused("ratings.said", number=case.id)
    if cases.preset_of(session, case).confidential:
        raise Refused("ratings.not_here")
    answer.remark = words
    facts = _facts(session, case)
    why = f"remark:{answer.id}"
    steps.post(session, case, why, _concerned(session, case), "ratings.told_why", now, words=words, **facts)


def _concerned(session: Session, case: Case) -> Readers:
    """The chair, the officers and the handlers who answered, each once."""
    handlers: Readers = [(f"m{one.id}", one) for one in cases.handlers_of(session, case.unit_id)]
    found = [*steps.office(session, case, chair=True), *steps.office(session, case), *handlers]
    author = f"m{case.author_id}"
    return list({name: (name, reader) for name, reader in found if name != author}.values())


def _facts(session: Session, case: Case) -> dict[str, Any]:
    preset = cases.preset_of(session, case)
    return {
        "preset": case.preset,
        "kind": dict(preset.name),
        "title": case.title,
        "unit": case.unit.name if case.unit else "",
        "state": case.state.value,
        "term_at": case.term_at,
    }


def lapse(session: Session, case: Case, now: datetime) -> None:
    """The time to rate is over: it is settled, unrated. Whoever was never asked (nothing ran) gets the time anew."""
    answer, preset = cases.answer_of(session, case, released=True), cases.preset_of(session, case)
    here = case.author is not None and case.author.left_on is None
    if here and preset.rated and answer is not None and answer.asked_at is None and answer.rating is None:
        steps.enter(session, case, CaseState.ANSWERED, now, steps.term(session, now, preset.rate_days))
    else:
        settle(session, case, now)


def rates(session: Session, since: datetime, until: datetime) -> list[Rate]:
    """How the answers released in this time were rated, by department, the busiest first. Confidential ones aside."""
    presets = house(session).cases
    aside = [name for name, preset in presets.items() if preset.confidential or not preset.rated]
    query = (
        select(Unit.name, Answer.rating, func.count())
        .select_from(Answer)
        .join(Case, Case.id == Answer.case_id)
        .outerjoin(Unit, Unit.id == Case.unit_id)
        .where(Answer.released_at >= since, Answer.released_at < until, Case.preset.not_in(aside))
        .group_by(Unit.name, Answer.rating)
    )
    found: dict[str, dict[Rating | None, int]] = {}
    for unit, rating, count in session.execute(query):
        found.setdefault(unit or "", {})[rating] = count
    rows = [_rate(unit, counts) for unit, counts in found.items()]
    return sorted(rows, key=lambda row: (-row.answered, row.unit))


def _rate(unit: str, counts: dict[Rating | None, int]) -> Rate:
    named = {rating.value: counts.get(rating, 0) for rating in Rating}
    return Rate(unit, sum(counts.values()), **named)


def total(rows: Iterable[Rate]) -> Rate:
    """All departments together."""
    found = list(rows)
    sums = [sum(getattr(row, name) for row in found) for name in ("answered", "good", "fair", "poor")]
    return Rate("", *sums)
