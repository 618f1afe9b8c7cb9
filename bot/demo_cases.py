"""The demo's cases: one of every stage, so that every desk has something on it and the board something to count."""

from datetime import datetime, timedelta

from pydantic import BaseModel
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import filing, handling, machines, rating, screening, seconding
from models.cases import Answer, Case, Rating
from models.filing import NewProposal, NewSuggestion
from models.house import house
from models.letters import Letter, State
from models.people import Account, Member, Person, Unit, person_of


def lay_out(session: Session, now: datetime) -> None:
    """What was handed in during the last weeks, as far as it has come; what was said of it then is not said again."""
    past = _settled(session, now - timedelta(days=25))
    _in_hand(session, now - timedelta(days=6), past)
    session.execute(update(Letter).where(Letter.state == State.DUE).values(state=State.DEAD, cause="before"))
    _new(session, now - timedelta(hours=1))


def _settled(session: Session, then: datetime) -> Case:
    """Answered within the term, and its author was satisfied."""
    case = _hand_in(
        session,
        "陈静",
        "proposal",
        NewProposal(
            title="实验楼自行车棚加装充电插座",
            wrong="骑电动车上班的同事越来越多，楼道里私拉电线充电不安全。",
            wish="在北侧车棚装十个带定时的充电插座。",
            theme="life",
        ),
        then,
    )
    for name in ("李梅", "王强"):
        seconding.second(session, _member(session, name), case.id, then + timedelta(hours=2))
    zhou, zhao = _person(session, "周敏"), _person(session, "赵磊")
    unit = _unit(session, "后勤保障处")
    screening.accept(session, case.id, case.turn, zhou, then + timedelta(days=1))
    handling.assign(session, case.id, case.turn, unit, [], zhou, then + timedelta(days=1, minutes=5))
    words = "北侧车棚已装好十个定时充电插座，刷工作证使用，充满自动断电。"
    handling.answer(session, case.id, case.turn, words, "A", None, zhao, then + timedelta(days=7))
    handling.release(session, case.id, case.turn, zhou, then + timedelta(days=7, hours=1))
    rating.ask(session, then + timedelta(days=10))
    answer = session.scalars(select(Answer).where(Answer.case_id == case.id)).one()
    rating.rate(session, case.id, answer.id, Rating.GOOD, _person(session, "陈静"), then + timedelta(days=10, hours=1))
    return case


def _in_hand(session: Session, then: datetime, past: Case) -> None:
    """With the department, which has some days left."""
    case = _hand_in(
        session,
        "王强",
        "suggestion",
        NewSuggestion(
            title="三号楼饮水机晚上断水",
            wrong="加班的同事晚上八点以后接不到热水，要走到一号楼去打。",
            wish="请把定时断水的时间改到晚上十一点。",
            theme="work",
        ),
        then,
    )
    zhou = _person(session, "周敏")
    screening.accept(session, case.id, case.turn, zhou, then + timedelta(hours=4))
    handling.assign(session, case.id, case.turn, past.unit_id or 0, [], zhou, then + timedelta(hours=4, minutes=3))


def _new(session: Session, then: datetime) -> None:
    """One looks for seconders; one has come in and waits for the office; a treadmill can be reported by its code."""
    looking = _hand_in(
        session,
        "陈静",
        "proposal",
        NewProposal(
            title="食堂晚餐延长到晚上七点半",
            wrong="晚餐六点半就收摊，做实验的同事赶不上热饭。",
            wish="晚餐延长一小时，或者留一个热餐窗口。",
            theme="life",
        ),
        then,
    )
    seconding.second(session, _member(session, "王强"), looking.id, then + timedelta(minutes=10))
    _hand_in(
        session,
        "王强",
        "suggestion",
        NewSuggestion(
            title="办公楼每层放一个急救箱",
            wrong="上个月有同事划伤手，找急救箱找了十分钟。",
            wish="每层楼梯口放一个，并标清楚位置。",
            theme="health",
        ),
        then + timedelta(minutes=20),
    )
    machines.add(session, machines.read_lines("跑步机1号 健身房\n跑步机2号 健身房"), _person(session, "周敏"), then)


def _hand_in(session: Session, name: str, preset: str, new: BaseModel, then: datetime) -> Case:
    return filing.hand_in(session, _member(session, name), preset, new, then)


def _member(session: Session, name: str) -> Member:
    return session.scalars(select(Member).where(Member.name == name)).unique().one()


def _person(session: Session, name: str) -> Person:
    account = session.scalars(select(Account).where(Account.member_id == _member(session, name).id)).unique().one()
    return person_of(session, account, house(session).admins)


def _unit(session: Session, name: str) -> int:
    return session.scalars(select(Unit.id).where(Unit.name == name)).one()
