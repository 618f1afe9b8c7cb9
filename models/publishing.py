"""Publishing: an answer becomes everybody's to read when its author and the office both agree, in whichever order.

What was published is told to the staff group once a month ("you said, we did"), and a board of counts every week.
Whoever hides stays hidden: what goes out is the title, the wish and the answer, and never a name.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from models import case_views, cases, facts, letters, steps, workdays
from models.base import Refused
from models.case_views import Board, Found
from models.cases import Case, CaseState, Follow, Seat
from models.house import house
from models.letters import Grade
from models.people import Person
from models.steps import StepKind
from models.traces import trace

READY = (CaseState.ANSWERED, CaseState.PLANNED, CaseState.SETTLED)
LISTED = 8  # cases told of in one digest; of the others it says how many
TITLE, WISH, ANSWER = 60, 90, 160  # characters of each in a digest
DIGEST = "publishing.digest"  # the fact: the month whose digest has had its turn
STALE = timedelta(hours=20)  # a board or a digest that could not be posted until then waits for the next one


def ready(session: Session, case: Case) -> bool:
    """Whether it could be published: answered, of a kind that is shown, and not out already."""
    public = case_views.public(cases.preset_of(session, case))
    return public and case.state in READY and case.outcome is not None and case.published_at is None


def agree(session: Session, number: int, by: Person, now: datetime) -> Case:
    """The author or the office agrees to publish it; whoever is the second publishes it, the first asks the other."""
    case, seat = _deciding(session, number, by)
    if case.published_at is not None:
        return case
    if not ready(session, case):
        raise Refused("publishing.not_ready")
    author = seat is Seat.AUTHOR
    said = case.author_agrees if author else case.office_agrees
    if author:
        case.author_agrees = True
    else:
        case.office_agrees, case.withheld = True, False
    if case.author_agrees and case.office_agrees:
        _publish(session, case, by, now)
    elif not said and not case.withheld:
        trace(session, by, "publishing.agreed", f"case:{case.id}", now, seat=seat.value)
        if author:
            steps.post(
                session,
                case,
                f"agreed:{now.isoformat()}",
                steps.office(session, case),
                "publishing.author_agrees",
                now,
                title=case.title,
                buttons=[[letters.button("publishing.preview", case.id)]],
            )
        else:
            _ask_author(session, case, now)
    return case


def _deciding(session: Session, number: int, by: Person) -> tuple[Case, Seat]:
    case, seat = cases.for_reader(session, number, by, lock=True)
    if seat not in (Seat.AUTHOR, Seat.OFFICE, Seat.CHAIR):
        raise Refused("cases.unknown")
    return case, seat


def _ask_author(session: Session, case: Case, now: datetime) -> None:
    if case.author is None or case.author.left_on is not None:
        raise Refused("publishing.no_author")
    if case.author_agrees is False:
        raise Refused("publishing.author_said_no")
    buttons = [
        [letters.button("publishing.agree", case.id), letters.button("publishing.keep", case.id)],
        [letters.button("cases.view", case.id)],
    ]
    to = [(f"m{case.author.id}", case.author)]
    steps.post(
        session,
        case,
        f"publish:{now.isoformat()}",
        list(to),
        "publishing.ask",
        now,
        title=case.title,
        hidden=case.hidden,
        buttons=buttons,
    )


def _publish(session: Session, case: Case, by: Person, now: datetime) -> None:
    case.published_at = now
    steps.take(session, case, StepKind.PUBLISHED, now, by)


def keep_private(session: Session, number: int, by: Person, now: datetime) -> Case:
    """The author does not want it published, or no longer: then it is not, from this moment on."""
    case, seat = _deciding(session, number, by)
    if seat is not Seat.AUTHOR:
        raise Refused("cases.unknown")
    if case.author_agrees is not False:
        case.author_agrees = False
        trace(session, by, "publishing.kept_private", f"case:{case.id}", now)
        _take_down(session, case, by, now)
    return case


def withhold(session: Session, number: int, words: str, by: Person, now: datetime) -> Case:
    """The office does not publish it, or takes it down; the author hears why."""
    case, seat = _deciding(session, number, by)
    if seat is Seat.AUTHOR:
        raise Refused("cases.unknown")
    if case.withheld:
        return case
    if not ready(session, case) and case.published_at is None:
        raise Refused("publishing.not_ready")
    case.office_agrees, case.withheld = False, True
    _take_down(session, case, by, now)
    trace(session, by, "publishing.withheld", f"case:{case.id}", now)
    if case.author is not None and case.author_agrees:
        to = [(f"m{case.author.id}", case.author)]
        why = f"withheld:{now.isoformat()}"
        steps.post(session, case, why, list(to), "publishing.withheld", now, title=case.title, words=words)
    return case


def withdraw_consent(session: Session, case: Case, by: Person, now: datetime) -> None:
    """The answer that was agreed to does not stand any more: it comes down, and for the next both are asked anew."""
    case.author_agrees, case.office_agrees = None, False
    _take_down(session, case, by, now)


def _take_down(session: Session, case: Case, by: Person, now: datetime) -> None:
    if case.published_at is not None:
        case.published_at = None
        if not case.shared:  # who began to follow it while it was out may not read on
            session.execute(delete(Follow).where(Follow.case_id == case.id))
        steps.take(session, case, StepKind.UNPUBLISHED, now, by)


def waiting(session: Session, now: datetime) -> Found:
    """What its author would share and the office has not decided about, the oldest first."""
    query = select(Case.id).where(
        Case.author_agrees.is_(True),
        Case.office_agrees.is_(False),
        Case.withheld.is_(False),
        Case.published_at.is_(None),
        Case.state.in_(READY),
        case_views.counted(session),
    )
    return Found(session, list(session.scalars(query.order_by(Case.id))), now)


def digest(session: Session, now: datetime) -> None:
    """Once a month, on its first working day or the first one that the bot is there, tell the group what is new."""
    here = house(session)
    today = here.local(now).date()
    month = f"{today:%Y-%m}"
    if facts.get(session, facts.STAFF_GROUP) is None or facts.get(session, DIGEST) == month:
        return
    if workdays.workday(workdays.book(session), today):
        facts.put(session, DIGEST, month)
        if news(session):
            send_digest(session, None, now)


def news(session: Session, *, lock: bool = False) -> list[Case]:
    """What was published and the group has not been told of."""
    query: Select[Case] = select(Case).where(
        Case.published_at.is_not(None),
        Case.digested_at.is_(None),
        Case.state.in_(READY),
        Case.outcome.is_not(None),
        case_views.counted(session),
    )
    query = query.order_by(Case.published_at, Case.id)
    return list(session.scalars(query.with_for_update(of=Case) if lock else query))


def send_digest(session: Session, by: Person | None, now: datetime) -> int:
    """Tell the staff group what is new now. Returns how many cases."""
    group = facts.get(session, facts.STAFF_GROUP)
    if group is None:
        raise Refused("publishing.no_group")
    found = news(session, lock=True)
    if not found:
        raise Refused("publishing.nothing_new")
    for case in found:
        case.digested_at = now
    letters.post(
        session,
        f"digest:{found[0].id}",  # a case is told of once
        int(group),
        "publishing.digest",
        now,
        grade=Grade.ONCE,
        urgent=True,
        buttons=[[letters.button("link:openbook", text="publishing.buttons.read_all")]],
        **digest_facts(session, found),
    )
    trace(session, by, "publishing.digest", f"case:{found[0].id}", now, cases=len(found))
    return len(found)


def digest_facts(session: Session, found: list[Case]) -> dict[str, Any]:
    """What a digest says: of each what was wished for and what was answered, in a few words."""
    rows = []
    for case in found[:LISTED]:
        answer = cases.answer_of(session, case, released=True)
        rows.append(
            {
                "number": case.id,
                "title": clip(case.title, TITLE),
                "wish": clip(case.wish or case.wrong, WISH),
                "answer": clip(answer.words if answer else "", ANSWER),
                "outcome": case.outcome.value if case.outcome else "",
                "planned_on": answer.planned_on if answer else None,
                "unit": case.unit.name if case.unit else "",
            }
        )
    return {"rows": rows, "count": len(found), "more": len(found) - len(rows)}


def clip(text: str, most: int) -> str:
    """The beginning of a text, on one line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1].rstrip() + "…"


def weekly_board(session: Session, now: datetime) -> None:
    """Post the board to the staff group on the first working day of the week, or the next one that the bot is there."""
    today = house(session).local(now).date()
    group = facts.get(session, facts.STAFF_GROUP)
    if group is None or not workdays.workday(workdays.book(session), today):
        return
    found = case_views.board(session, now)
    if not (found.received or found.open or found.published):
        return
    letters.post(
        session,
        "board:{}-W{:02}".format(*today.isocalendar()),
        int(group),
        "publishing.weekly",
        now,
        grade=Grade.ONCE,
        expires_at=now + STALE,
        urgent=True,
        buttons=[[letters.button("link:openbook", text="publishing.buttons.see_board")]],
        on=today,
        **board_facts(found),
    )


def board_facts(found: Board) -> dict[str, Any]:
    """What pages and posts say of the board."""
    return {**vars(found), "satisfied": found.satisfied, "rated": sum(found.ratings.values())}
