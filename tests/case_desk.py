"""Cases for tests: handed in by their authors, with departments that have somebody to answer."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import cases, filing
from models.letters import Letter
from models.people import Account, Grant, Member, Person, Role, Unit, person_of
from models.steps import Step
from tests.institute import ADMIN, MONDAY, Institute

OFFICE, LAB, OTHER_LAB, HOUSE = "工会办公室", "光电子实验室", "半导体材料实验室", "所办公室"
HANDLERS = ("赵磊", "陈静")  # of the house's office, and of the other laboratory


def member(session: Session, name: str) -> Member:
    """A row of the roster."""
    return session.scalars(select(Member).where(Member.name == name)).unique().one()


def person(session: Session, name: str) -> Person:
    """Who somebody is at this moment."""
    account = session.scalars(select(Account).where(Account.member_id == member(session, name).id)).unique().one()
    return person_of(session, account, frozenset({ADMIN}))


def unit(session: Session, name: str) -> int:
    """The number of a department."""
    return session.scalars(select(Unit.id).where(Unit.name == name)).one()


def give(session: Session, name: str, role: Role) -> None:
    """Somebody holds a role from now on."""
    row = Grant(member_id=member(session, name).id, role=role, scope="", by_account=ADMIN, at=MONDAY)
    session.add(row)


def hand(session: Session, who: str, title: str, now: Any, preset: str = "suggestion", **more: Any) -> int:
    """Somebody hands a case in; its number."""
    words = {"title": title, "wrong": f"{title}，现在很不方便。", "wish": "请改进。", **more}
    form = filing.NewProposal if preset == "proposal" else filing.NewSuggestion
    case = filing.hand_in(session, member(session, who), preset, form(**words), now)
    return case.id


async def staffed(institute: Institute, *names: str) -> None:
    """These answer for their departments."""
    for name in names or HANDLERS:
        await institute.change(lambda s, n=name: give(s, n, Role.HANDLER))


async def filed(institute: Institute, who: str = "李梅", title: str = "食堂晚餐供应时间太短", **more: Any) -> int:
    """A case has come in, and the office has heard."""
    number: int = await institute.change(lambda s: hand(s, who, title, institute.clock.now(), **more))
    await institute.settle()
    return number


async def state(institute: Institute, number: int) -> str:
    """How a case stands."""
    found: str = await institute.look(lambda s: cases.by_id(s, number).state.value)
    return found


async def turn(institute: Institute, number: int) -> int:
    """The turn that a button would carry now."""
    found: int = await institute.look(lambda s: cases.by_id(s, number).turn)
    return found


async def kinds(institute: Institute, number: int) -> list[str]:
    """What has happened to it, first first."""
    query = select(Step.kind).where(Step.case_id == number).order_by(Step.number)
    return [kind.value for kind in await institute.look(lambda s: list(s.scalars(query)))]


async def told(institute: Institute, number: int, who: str) -> list[str]:
    """The sentences of all letters about a case to somebody, in the order of writing."""

    def find(session: Session) -> list[str]:
        mine = Letter.member_id == member(session, who).id, Letter.subject_id == number
        return list(session.scalars(select(Letter.text).where(*mine).order_by(Letter.id)))

    found: list[str] = await institute.look(find)
    return found
