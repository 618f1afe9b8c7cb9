"""Something of everything for the small institute, so that whoever presses without right meets real things."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    announcing,
    binding,
    collecting,
    consultations,
    consulting,
    entries,
    filing,
    giving,
    handling,
    machines,
    me,
    organising,
    people,
    publishing,
    screening,
    steps,
)
from models.audiences import Audience
from models.binding import NewClaim
from models.cases import Answer, Case, CaseState, Outcome
from models.consultations import ConsultationState, NewComment, NewConsultation
from models.events import NewEvent
from models.filing import NewProposal, NewSuggestion
from models.gifts import GiftKind, NewGift
from models.machines import NewMachine, NewRepair
from models.me import NewCorrection
from models.notices import NewNotice
from models.people import Account, Grant, Member, Person, Role, person_of
from models.roster import Import
from models.steps import StepKind
from sandbox.chats import Chat
from tests.institute import ADMIN, Institute

SECRET_TITLE = "还没公布的秘密活动"  # of a draft: for officers' eyes only
SECRET_CASE = "只想让工会知道的一件事"  # of a suggestion: between its author and the office
NEWCOMER, NEWCOMERS_PHONE = "孙丽", "13900000009"
STRANGER = 5_300_000_001
SECOND_ADMIN = "陈静"  # a member who holds the role
LEAVER = "赵磊"
HANDLER = "韩处理"  # of whoever tries rights
TURN = 9


@dataclass(frozen=True)
class Things:
    """The ids of what there is."""

    draft: int
    event: int
    item: int
    cancelled: int
    claim: int
    imported: int  # the file that 管理员 was shown
    code: str
    colleague: int  # 李梅, who has an account
    newcomer: int  # somebody on the roster who has no account yet
    foreign: int  # a group that is not ours
    notice: int  # a draft
    told: int  # a notice that was sent, and is open to objections
    entitlement: int  # 李梅's share of a gift
    proposal: int  # 李梅's, which looks for seconders
    suggestion: int  # 王强's, between him and the office
    answered: int  # 王强's, answered and not published
    public: int  # 李梅's, answered and published
    cases: tuple[int, ...]  # one on every desk that it passes, all at the turn TURN
    unit: int  # 韩处理's department, if there is that handler
    machines: tuple[int, ...]  # one that is being repaired, one that is retired
    repair: int  # 李梅's, which everybody at the machine may join
    consultations: tuple[int, ...]  # a draft, one that is open, one that is closed


def member(session: Session, name: str) -> Member:
    """A row of the roster."""
    return session.scalars(select(Member).where(Member.name == name)).unique().one()


def person(session: Session, name: str) -> Person:
    """Somebody of the roster who has an account."""
    account = session.scalars(select(Account).where(Account.member_id == member(session, name).id)).unique().one()
    return person_of(session, account, frozenset())


async def furnish(institute: Institute) -> Things:
    """Put everything there, with a stranger and a foreign group; everybody has met the bot."""
    world = institute.world
    stranger = institute.stranger("路人", id=STRANGER).person
    for each in world.people():
        each.user.seen = each.user.started = True
    foreign: Chat = stranger.create_group("外群", [p for p in world.people() if p.id != STRANGER], supergroup=True)
    stranger.promote(foreign, world.bot.id)
    await institute.settle()
    now = institute.clock.now()
    things: Things = await institute.change(lambda session: _everything(session, now, foreign.id))
    await institute.settle()
    return things


def _everything(session: Session, now: datetime, foreign: int) -> Things:
    session.merge(Account(id=STRANGER, name="路人", first_at=now, reachable=True))
    session.merge(Account(id=ADMIN, name="管理员", first_at=now, reachable=True))
    newcomer = Member(number="0700", name=NEWCOMER, phone=NEWCOMERS_PHONE, born_year=1985, kinds=[], tags=[])
    session.add(newcomer)
    session.add(Grant(member_id=member(session, SECOND_ADMIN).id, role=Role.ADMIN, scope="", by_account=ADMIN, at=now))
    session.flush()
    zhou, li, wang = (person(session, name) for name in ("周敏", "李梅", "王强"))
    start = now + timedelta(days=9)
    draft = organising.draft(session, NewEvent(title=SECRET_TITLE, starts_at=start, place="未定"), zhou, now)
    opened = organising.draft(session, NewEvent(title="健步走", starts_at=start, place="南门", places=2), zhou, now)
    off = organising.draft(session, NewEvent(title="太极拳", starts_at=start, place="院子"), zhou, now)
    for event in (opened, off):
        organising.publish(session, event.id, zhou, now)
    organising.cancel(session, off.id, "下雨", zhou, now)
    for each in (li, wang):
        assert each.member is not None
        entries.sign_up(session, each.member, opened.item.id, now)
    assert li.member is not None
    assert wang.member is not None
    me.correct(session, li.member, NewCorrection(text="部门不对"), now)
    stranger = person_of(session, session.get_one(Account, STRANGER), frozenset())
    claim = binding.claim(session, stranger, NewClaim(name=NEWCOMER, number="0700"), now)
    code = binding.issue_code(session, zhou, newcomer.id, now)
    kept = Import(account_id=ADMIN, name="名册.csv", effect="x", kept_at=now, content="工号,姓名\n0417,李梅\n".encode())
    session.add(kept)
    offers = "书 20元\n笔 10元 3份"
    days = [(now + timedelta(days=ahead)).date() for ahead in (2, 5, 9)]
    parcel = NewGift(
        title="慰问品",
        kind=GiftKind.OTHER,
        options=offers,
        choose_by=days[0],
        collect_from=days[1],
        collect_until=days[2],
        place="工会",
    )
    giving.open_up(session, giving.draft(session, parcel, zhou, now).id, zhou, now)
    giving.draft(session, parcel, zhou, now)
    share = collecting.choose(session, li.member, 1, now)
    zhao = people.by_id(session, member(session, LEAVER).id)
    zhao.left_on = now.date()
    notice = announcing.draft(session, NewNotice(text=SECRET_TITLE), Audience(), zhou, now)
    told = announcing.draft(session, NewNotice(text="周五大扫除"), Audience(), zhou, now)
    announcing.make_public(session, told.id, 5)
    announcing.send(session, told.id, zhou, now)
    asked = NewProposal(title="食堂晚餐延时", wrong="七点就关门", seconders=[wang.member.id])
    proposal = filing.hand_in(session, li.member, "proposal", asked, now)
    between = NewSuggestion(title=SECRET_CASE, wrong=SECRET_CASE, hidden=True)
    suggestion = filing.hand_in(session, wang.member, "suggestion", between, now)
    session.flush()
    answered, public = (
        _answered(session, each, title, now) for each, title in ((wang, SECRET_TITLE), (li, "车棚漏雨"))
    )
    for each in (li, zhou):
        publishing.agree(session, public, each, now)
    found, unit = _on_every_desk(session, now)
    kept_machines = machines.add(session, [NewMachine(name=name, place="健身房") for name in "甲乙"], zhou, now).new
    machines.retire(session, kept_machines[1].id, zhou, now)
    broken = NewRepair(machine=kept_machines[0].id, wrong="皮带断了")
    repair = machines.report(session, li.member, broken, now)
    return Things(
        draft=draft.id,
        event=opened.id,
        item=opened.item.id,
        cancelled=off.id,
        claim=claim.id,
        imported=kept.id,
        code=code,
        colleague=li.member.id,
        newcomer=newcomer.id,
        foreign=foreign,
        notice=notice.id,
        told=told.id,
        entitlement=share.id,
        proposal=proposal.id,
        suggestion=suggestion.id,
        answered=answered,
        public=public,
        cases=found,
        unit=unit,
        machines=tuple(each.id for each in kept_machines),
        repair=repair.id,
        consultations=_put_out(session, now),
    )


def _put_out(session: Session, now: datetime) -> tuple[int, ...]:
    """A draft nobody has seen, one that is open with a secret comment, one that is closed and answered."""
    zhou, wang = person(session, "周敏"), member(session, "王强")
    last = (now + timedelta(days=9)).date()
    found = []
    for title in (SECRET_TITLE, "食堂管理办法", "请假办法"):
        new = NewConsultation(title=title, closes_on=last, text=title)
        found.append(consulting.draft(session, new, zhou, now))
    for each in found[1:]:
        consulting.send(session, each.id, zhou, now)
        said = NewComment(words=SECRET_TITLE, hidden=True)
        case = consultations.comment(session, wang, each.id, said, now)
    handling.answer(session, case.id, case.turn, SECRET_TITLE, "A", None, zhou, now)
    found[2].state = ConsultationState.CLOSED
    session.flush()
    return tuple(each.id for each in found)


def _answered(session: Session, by: Person, title: str, now: datetime) -> int:
    """A suggestion that the office has settled at once."""
    assert by.member is not None
    case = filing.hand_in(session, by.member, "suggestion", NewSuggestion(title=title, wrong=title, hidden=True), now)
    handling.answer(session, case.id, None, title, "A", None, person(session, "周敏"), now)
    return case.id


def _on_every_desk(session: Session, now: datetime) -> tuple[tuple[int, ...], int]:
    """Cases of 王强's, each on another desk, with the department of the handler among the trials if there is one."""
    zhou, wang = person(session, "周敏"), member(session, "王强")
    unit = member(session, LEAVER).unit_id
    other = member(session, SECOND_ADMIN).unit_id
    assert unit is not None
    assert other is not None
    session.flush()
    for handler in session.scalars(select(Member).where(Member.name == HANDLER)).unique():
        handler.unit_id = unit
    session.flush()
    found = []
    for number, state in enumerate(("received", "accepted", "handling", "signing", "releasing", "planned")):
        new = NewSuggestion(title=f"{SECRET_TITLE}{number}", wrong=SECRET_TITLE, hidden=True)
        case = filing.hand_in(session, wang, "suggestion", new, now)
        found.append(case)
        if state != "received":
            screening.accept(session, case.id, case.turn, zhou, now)
        if state not in ("received", "accepted"):
            lead, co = (other, [unit]) if state == "signing" else (unit, [other])
            handling.assign(session, case.id, case.turn, lead, co, zhou, now)
        if state in ("signing", "releasing"):
            _draft(session, case, now, CaseState(state))
        if state == "planned":
            later = (now + timedelta(days=60)).date()
            handling.answer(session, case.id, case.turn, SECRET_TITLE, "B", later, zhou, now)
        case.turn = TURN
    return tuple(case.id for case in found), unit


def _draft(session: Session, case: Case, now: datetime, state: CaseState) -> None:
    """An answer on its way, whoever wrote it."""
    session.add(Answer(case_id=case.id, words=SECRET_TITLE, outcome=Outcome.DONE, by_account=1, made_at=now))
    steps.enter(session, case, state, now, steps.term(session, now, 2))
    steps.take(session, case, StepKind.DRAFTED, now, None, SECRET_TITLE)
