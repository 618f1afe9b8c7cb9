"""What people find among the cases: all that is theirs to see and nothing else, in a few queries however many."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from models import case_report, case_views, cases, desks, publishing, steps
from models.base import Refused
from models.case_views import Search
from models.cases import (
    CLOSED,
    DESKS,
    Answer,
    Case,
    CaseState,
    CoUnit,
    Follow,
    Outcome,
    Rating,
    Second,
)
from models.house import House
from models.people import Account, Member, Person, Role, Unit, person_of
from models.presets import PRESETS, Preset
from models.terms import Term
from tests.case_desk import filed, give, member, person, unit
from tests.institute import ADMIN, MONDAY, Institute

SECRET = "counsel"  # a confidential kind
KINDS = {**PRESETS, SECRET: Preset(confidential=True, shown=False, rated=False)}
UNITS = ("光电子实验室", "半导体材料实验室", "所办公室", "工会办公室")


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    said: list[str] = []
    engine = session.get_bind()

    def note(_: Any, __: Any, statement: str, *more: Any) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


def with_secrets(session: Session) -> None:
    """The house has a confidential kind, too."""
    session.info["house"] = House(cases=KINDS, admins=frozenset({ADMIN}))


def put(session: Session, author: Member | None, state: CaseState, **more: Any) -> Case:
    """A case as it may stand."""
    facts = {"preset": "suggestion", "title": "食堂", "wrong": "太挤", "wish": "加窗口", "filed_at": MONDAY} | more
    case = Case(state=state, author_id=author.id if author else None, begun_at=MONDAY, **facts)
    session.add(case)
    session.flush()
    steps.enter(session, case, state, MONDAY, Term(MONDAY + timedelta(days=3), True) if case.open else None)
    steps.take(session, case, steps.StepKind.FILED, MONDAY)
    return case


def crowd(session: Session, count: int, chance: random.Random) -> None:
    """So many cases of every kind, with people around them."""
    people = list(session.scalars(select(Member).order_by(Member.id)).unique())
    units = [*session.scalars(select(Unit.id).order_by(Unit.id)), None]
    for _ in range(count):
        author = chance.choice([*people, None])
        case = put(
            session,
            author,
            chance.choice(list(CaseState)),
            preset=chance.choice([*PRESETS, SECRET, "gone"]),
            shared=chance.random() < 0.4,
            hidden=chance.random() < 0.3,
            unit_id=chance.choice(units),
            published_at=MONDAY if chance.random() < 0.2 else None,
            sealed=b"x" if chance.random() < 0.1 else None,
        )
        for number in chance.sample(units[:-1], chance.randint(0, 2)):
            session.add(CoUnit(case_id=case.id, unit_id=number, signed_at=chance.choice([None, MONDAY])))
        for kind in (Second, Follow):
            for each in chance.sample(people, chance.choice((0, 0, 1, 2))):
                session.add(kind(case_id=case.id, member_id=each.id, at=MONDAY))
    session.flush()
    everybody = list(session.scalars(select(Case)))
    for case in everybody:
        if case.state is CaseState.MERGED:
            case.merged_into = chance.choice(everybody).id
    session.flush()
    session.expire_all()


def everyone(session: Session) -> list[Person]:
    """All who have an account, in every role, and the admin of the settings, who is nobody's colleague."""
    for name, role in (("陈静", Role.HANDLER), ("李梅", Role.HANDLER), ("赵磊", Role.COUNSELLOR), ("王强", Role.CHAIR)):
        give(session, name, role)
    session.merge(Account(id=ADMIN, name="管理员", first_at=MONDAY, reachable=True))
    session.flush()
    accounts = session.scalars(select(Account).order_by(Account.id)).unique()
    return [person_of(session, account, frozenset({ADMIN})) for account in accounts]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_what_a_list_may_show_is_what_a_page_would(anywhere: Institute, seed: int) -> None:
    def look(session: Session) -> int:
        with_secrets(session)
        crowd(session, 60, random.Random(seed))
        seen = 0
        for who in everyone(session):
            found = set(session.scalars(select(Case.id).where(case_views.readable(session, who))))
            for case in session.scalars(select(Case)):
                seat = cases.seat_of(session, case, who)
                assert (case.id in found) == (seat is not None), f"{who.name}, {case.preset} {case.state}, seat {seat}"
            seen += len(found)
        return seen

    assert await anywhere.change(look) > 50


@pytest.mark.parametrize("seed", [4, 5])
async def test_what_waits_for_somebody_is_what_they_are_written_to_about(anywhere: Institute, seed: int) -> None:
    def look(session: Session) -> int:
        with_secrets(session)
        crowd(session, 60, random.Random(seed))
        count = 0
        for who in everyone(session):
            mine = {f"m{who.member.id}" if who.member else "", f"a{who.account.id}"}
            found = set(case_views.to_answer(session, who, MONDAY).ids)
            for case in session.scalars(select(Case).where(Case.state.not_in(CLOSED))):
                if DESKS[case.state] is cases.Desk.AUTHOR:
                    assert case.id not in found
                elif who.member is None or case.author_id != who.member.id:
                    called = {name for name, _ in steps.readers_at(session, case)}
                    if called & mine and not (who.may(Role.ADMIN) and not who.may(Role.HANDLER)):
                        assert case.id in found, (
                            f"{who.name} is called to {case.preset} in {case.state} and cannot find it"
                        )
                        count += 1
                    if case.id in found:
                        assert cases.seat_of(session, case, who) is not None
        return count

    assert await anywhere.change(look) > 10


async def test_what_somebody_handed_in_themselves_does_not_wait_for_them(institute: Institute) -> None:
    number = await filed(institute, "周敏")
    assert number not in await institute.look(
        lambda s: case_views.to_answer(s, person(s, "周敏"), institute.clock.now()).ids
    )


async def test_words_are_found_where_they_stand_and_a_number_opens_its_case(anywhere: Institute) -> None:
    def look(session: Session) -> None:
        li, zhou, wang = (person(session, name) for name in ("李梅", "周敏", "王强"))
        one = put(session, li.member, CaseState.RECEIVED, title="食堂晚餐 100% 太晚", wrong="排队", place="三号楼")
        other = put(session, li.member, CaseState.HANDLING, title="停车位_不够", wrong="食堂门口停满了", hidden=True)
        session.add(
            Answer(
                case_id=other.id,
                words="请停到 North Gate",
                outcome=Outcome.DONE,
                by_account=1,
                made_at=MONDAY,
                released_at=MONDAY,
            )
        )
        session.add(Answer(case_id=one.id, words="还没发出的秘密", outcome=Outcome.DONE, by_account=1, made_at=MONDAY))
        session.flush()

        def ids(words: str, who: Person = zhou) -> list[int]:
            return case_views.find(session, who, Search(words=words), MONDAY).ids

        assert ids("食堂") == [other.id, one.id]
        assert ids("食堂 停满") == [other.id]
        assert ids("三号楼") == [one.id]
        assert ids("100%") == [one.id]
        assert ids("位_不") == [other.id]
        assert ids("%") == [one.id]  # a sign like any other
        assert ids("north gate") == [other.id]
        assert ids("还没发出的秘密") == []
        for said in (f"{one.id}", f"#{one.id}", f"第{one.id}号", f"No. {one.id}", f" {one.id} "):
            assert one.id in ids(said)
        assert ids("9" * 30) == []
        assert ids("李梅") == [other.id, one.id]  # the office knows who they are
        assert ids("李梅", li) == []  # a name is no word of theirs
        assert ids("食堂", wang) == []
        assert ids(f"{one.id}", wang) == []
        assert ids("食堂", li) == [other.id, one.id]

    await anywhere.change(look)


async def test_who_hides_is_not_found_by_their_name_in_a_department_that_answers(institute: Institute) -> None:
    def look(session: Session) -> None:
        give(session, "陈静", Role.HANDLER)
        session.flush()
        lab = unit(session, "半导体材料实验室")
        case = put(session, member(session, "李梅"), CaseState.HANDLING, hidden=True, unit_id=lab)
        chen = person(session, "陈静")
        assert case_views.find(session, chen, Search(words="李梅"), MONDAY).ids == []
        assert case_views.find(session, chen, Search(words="食堂"), MONDAY).ids == [case.id]

    await institute.change(look)


async def test_states_departments_and_what_is_overdue(anywhere: Institute) -> None:
    def look(session: Session) -> None:
        zhou, li = person(session, "周敏"), person(session, "李梅")
        lab, office = unit(session, "光电子实验室"), unit(session, "所办公室")
        late = put(session, li.member, CaseState.HANDLING, unit_id=lab, answer_by=MONDAY + timedelta(days=1))
        fine = put(session, li.member, CaseState.HANDLING, unit_id=office, answer_by=MONDAY + timedelta(days=9))
        fine.term_at = fine.answer_by
        session.add(CoUnit(case_id=fine.id, unit_id=lab))
        intake = put(session, li.member, CaseState.RECEIVED)
        planned = put(session, li.member, CaseState.PLANNED, unit_id=lab)
        done = put(session, li.member, CaseState.SETTLED, unit_id=lab, answer_by=MONDAY)
        session.flush()
        now = MONDAY + timedelta(days=4)

        def ids(**more: Any) -> list[int]:
            return sorted(case_views.find(session, zhou, Search(**more), now).ids)

        assert ids(overdue=True) == [late.id, intake.id, planned.id]
        assert ids(state=CaseState.HANDLING) == [late.id, fine.id]
        assert ids(unit_id=lab) == [late.id, fine.id, planned.id, done.id]
        assert case_views.states(session, zhou)[CaseState.HANDLING] == 2
        assert [(one.name, count) for one, count in case_views.units(session, zhou)] == [
            ("光电子实验室", 3),
            ("所办公室", 1),
        ]
        for case in session.scalars(select(Case)):
            assert case_views.is_overdue(case, now) == (case.id in ids(overdue=True))
        lines = case_views.find(session, zhou, Search(), now)
        assert [line.overdue for line in lines] == [number in ids(overdue=True) for number in lines.ids]
        assert len(case_views.find(session, person(session, "王强"), Search(overdue=True), now)) == 0

    await anywhere.change(look)


async def test_the_board_adds_up_and_knows_its_years(anywhere: Institute) -> None:
    def look(session: Session) -> None:
        with_secrets(session)
        li = member(session, "李梅")
        for state in CaseState:
            outcome = Outcome.DONE if state in (CaseState.ANSWERED, CaseState.SETTLED, CaseState.REOPENED) else None
            outcome = Outcome.PLANNED if state is CaseState.PLANNED else outcome
            put(session, li, state, outcome=outcome)
            put(session, li, state, outcome=outcome, preset=SECRET)  # nobody hears it counted
        put(session, li, CaseState.HANDLING, filed_at=MONDAY - timedelta(days=400), answer_by=MONDAY)
        new_year = MONDAY.replace(month=12, day=31, hour=16)  # the first moment of 2027 in Beijing
        put(session, li, CaseState.RECEIVED, filed_at=new_year)
        for rating in (Rating.GOOD, Rating.FAIR, Rating.POOR):
            case = put(session, li, CaseState.SETTLED, outcome=Outcome.KEPT)
            session.add(
                Answer(
                    case_id=case.id,
                    outcome=Outcome.KEPT,
                    by_account=1,
                    made_at=MONDAY,
                    released_at=MONDAY,
                    rating=rating,
                )
            )
        session.flush()
        board = case_views.board(session, MONDAY + timedelta(days=1), 2026)
        assert board.received == len(CaseState) - 1 + 3  # what its author took back does not count
        assert board.received == board.waiting + board.accepted + board.declined + board.merged
        assert (board.waiting, board.declined, board.merged) == (2, 1, 1)
        assert board.answered == 7 == sum(board.classes.values())
        assert board.classes == {"A": 3, "B": 1, "C": 0, "D": 3}
        assert board.planned == 1
        assert board.ratings == {"good": 1, "fair": 1, "poor": 1}
        assert board.satisfied == 67
        assert board.overdue == 1  # of 2025
        assert case_views.board(session, new_year).year == 2027
        assert case_views.board(session, new_year).received == 1
        assert case_views.board(session, new_year, 2025).received == 1
        assert case_report.years(session) == [2027, 2026, 2025]

    await anywhere.change(look)


async def test_an_empty_house_has_an_empty_board(institute: Institute) -> None:
    board = await institute.look(lambda s: case_views.board(s, MONDAY))
    assert (board.received, board.open, board.overdue, board.satisfied) == (0, 0, 0, None)


def many(session: Session, count: int) -> None:
    """A house with many cases."""
    li, lab = member(session, "李梅"), unit(session, "光电子实验室")
    rows = [
        {
            "preset": "suggestion",
            "state": list(CaseState)[number % len(CaseState)],
            "author_id": li.id,
            "title": f"第{number}个问题",
            "wrong": "字" * 300,
            "wish": "",
            "filed_at": MONDAY,
            "begun_at": MONDAY,
            "term_at": MONDAY,
            "unit_id": lab,
            "outcome": Outcome.DONE if number % 3 else None,
            "published_at": MONDAY if number % 10 == 0 else None,
        }
        for number in range(count)
    ]
    session.bulk_insert_mappings(Case, rows)
    session.flush()


async def test_five_thousand_cases_cost_no_more_questions_than_fifty(anywhere: Institute) -> None:
    asked: dict[str, list[int]] = {}

    def look(session: Session, count: int) -> None:
        many(session, count)
        li, zhou = person(session, "李梅"), person(session, "周敏")
        assert li.member is not None
        views: dict[str, Any] = {
            "mine": lambda: case_views.mine(session, li.member, MONDAY)[:8],
            "to_answer": lambda: case_views.to_answer(session, zhou, MONDAY)[:8],
            "find": lambda: case_views.find(session, zhou, Search(words="问题"), MONDAY)[:8],
            "published": lambda: case_views.published(session, MONDAY)[:8],
            "board": lambda: case_views.board(session, MONDAY),
            "states": lambda: case_views.states(session, zhou),
            "report": lambda: case_report.figures(session, 2026, MONDAY),
            "waiting": lambda: publishing.waiting(session, MONDAY)[:8],
        }
        for name, view in views.items():
            with statements(session) as said:
                found = view()
            assert found
            asked.setdefault(name, []).append(len(said))

    await anywhere.change(lambda s: s.add(publishable(s)))
    await anywhere.change(lambda s: look(s, 50))
    await anywhere.change(lambda s: look(s, 4950))
    assert all(few == more <= 15 for few, more in asked.values()), asked
    total = await anywhere.look(lambda s: len(case_views.find(s, person(s, "周敏"), Search(), MONDAY)))
    assert total == 5001


def publishable(session: Session) -> Case:
    """One whose author would share it."""
    case = put(session, member(session, "李梅"), CaseState.SETTLED, outcome=Outcome.DONE)
    case.author_agrees = True
    return case


async def test_one_query_for_a_page_reads_the_lines_of_that_page_alone(institute: Institute) -> None:
    await institute.change(lambda s: many(s, 100))

    def look(session: Session) -> None:
        found = case_views.find(session, person(session, "周敏"), Search(), MONDAY)
        with statements(session) as said:
            lines = found[8:16]
        assert [line.number for line in lines] == found.ids[8:16]
        assert found[0].number == found.ids[0]
        assert len(said) == 1

    await institute.look(look)


async def test_nobody_else_reads_a_case_by_any_number(institute: Institute) -> None:
    number = await filed(institute)

    def look(session: Session) -> None:
        for wrong in (number, number + 1, 0, -1, 2**31 - 1):
            with pytest.raises(Refused, match=r"^cases\.unknown$"):
                cases.for_reader(session, wrong, person(session, "王强"))

    await institute.look(look)


async def test_the_desk_counts_as_late_what_the_list_of_the_overdue_shows(institute: Institute) -> None:
    number = await filed(institute)

    def look(session: Session) -> None:
        case = cases.by_id(session, number)
        case.state, case.unit_id = CaseState.SIGNING, unit(session, UNITS[2])
        case.term_at, case.answer_by = MONDAY - timedelta(days=2), MONDAY + timedelta(days=9)
        session.flush()
        zhou = person(session, "周敏")
        found = case_views.find(session, zhou, Search(overdue=True), MONDAY)
        assert found.ids == [number]  # nobody was let down yet, but it lies too long on a desk
        assert desks.counts(session, MONDAY) == {"signing": 1, "late": 1}
        assert case_views.board(session, MONDAY).overdue == 0

    await institute.change(look)
