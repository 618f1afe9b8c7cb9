"""Casework: the office's desk for cases, and what it decides when one comes in."""

from typing import Annotated

from pydantic import BaseModel, Field

from bot import forms, lists
from bot.context import Context
from bot.router import OFFICER, PRIVATE, Router
from bot.voice import Button
from handlers import _casework_pages as pages
from models import case_views, cases, desks, filing, screening
from models.base import Refused
from models.case_views import Line
from models.cases import Case, CaseState, Seat
from models.fields import Given, Long

router = Router("casework")
router.desk("casework.desk", order=40)

TO_DECLINE = (CaseState.SECONDING, CaseState.RECEIVED)
TO_TURN = (*TO_DECLINE, CaseState.ACCEPTED)
DECLINES: desks.States = {Seat.OFFICE: TO_DECLINE}
TURNS: desks.States = {Seat.OFFICE: TO_TURN}
MERGES: desks.States = {Seat.OFFICE: screening.MERGEABLE}
LEAF = 700  # characters of each of two cases that are laid side by side

pages.offer("casework.accept", (Seat.OFFICE,), (CaseState.RECEIVED,), row=1)
pages.offer("casework.merging", (Seat.OFFICE,), screening.MERGEABLE, row=3)
pages.offer(
    "casework.turning",
    (Seat.OFFICE,),
    TO_TURN,
    row=3,
    when=lambda context, case: bool(screening.kinds_for(context.session, case)),
)
pages.offer("casework.declining", (Seat.OFFICE,), TO_DECLINE, row=4)


class Why(BaseModel):
    """Why a case is not taken up, as its author will read it."""

    turn: Annotated[int, Given()] = 0
    ground: Annotated[str, Given()] = ""
    words: Annotated[str, Field(min_length=2, max_length=800), Long()]


class OtherKind(BaseModel):
    """What the author is told when their case becomes another kind."""

    turn: Annotated[int, Given()] = 0
    preset: Annotated[str, Given()] = ""
    words: Annotated[str | None, Field(max_length=500), Long()] = None


class Which(BaseModel):
    """The number of another case."""

    turn: Annotated[int, Given()] = 0
    other: Annotated[int, Field(ge=1, lt=2**31)]


@router.button("casework.desk", who=OFFICER, where=PRIVATE)
def desk(context: Context, number: int = 1) -> None:
    """What waits for this officer, the oldest term first."""
    rows = case_views.to_answer(context.session, context.person, context.now)
    lists.show(
        context,
        "casework.list",
        rows,
        number,
        "casework.desk",
        lambda line: _row(context, line),
        below=[
            [context.button("openbook.find"), context.button("openbook.late")],
            [context.button("casework.handlers"), context.button("ratings.rates")],
            [context.button("publishing.desk"), context.button("start.desk")],
        ],
        counts=desks.counts(context.session, context.now),
    )


def _row(context: Context, line: Line) -> Button:
    if line.sealed:
        return context.button("cases.view", line.number, text="cases.sealed_row", number=line.number)
    return context.button(
        "cases.view",
        line.number,
        text="casework.row",
        number=line.number,
        title=line.title,
        state=line.state.value,
        ours=_ours(context, cases.by_id(context.session, line.number)),
        late=line.term_at is not None and line.term_at < context.now,
        day=f"{context.house.local(line.term_at):%m-%d}" if line.term_at is not None else "",
    )


def _ours(context: Context, case: Case) -> bool:
    """Whether it waits for this officer as one who answers for a department, and not because nobody does."""
    member = context.person.member
    units = (
        [co.unit_id for co in case.co if co.signed_at is None] if case.state is CaseState.SIGNING else [case.unit_id]
    )
    return member is not None and any(member in desks.hands(context.session, case, unit) for unit in units)


# Taking up, or not


@router.button("casework.accept", who=OFFICER, where=PRIVATE)
def accept(context: Context, case_id: int, turn: int) -> None:
    """Take a case up; to whom is it given?"""
    case = screening.accept(context.session, case_id, turn, context.person, context.now)
    context.alert("casework.is_accepted")
    pages.lead(context, case, 1)


@router.button("casework.declining", who=OFFICER, where=PRIVATE)
def declining(context: Context, case_id: int, turn: int) -> None:
    """Choose the ground for not taking it up."""
    case = pages.seated(context, case_id, turn, DECLINES)
    rows = [
        [context.button("casework.decline", case.id, turn, ground.value, text=f"cases.grounds.{ground}")]
        for ground in cases.preset_of(context.session, case).grounds
    ]
    rows.append([context.button("cases.view", case.id, text="casework.buttons.back")])
    context.show("casework.pick_ground", buttons=rows, **cases.facts_of(context.session, case, Seat.OFFICE))


@router.button("casework.decline", who=OFFICER, where=PRIVATE)
def decline(context: Context, case_id: int, turn: int, ground: str) -> None:
    """Begin to say why."""
    case = pages.seated(context, case_id, turn, DECLINES)
    if ground not in cases.preset_of(context.session, case).grounds:
        raise Refused("common.old_button")
    forms.begin(context, "casework.decline", target_id=case.id, answers={"turn": turn, "ground": ground})


@router.form("casework.decline", Why, who=OFFICER, where=PRIVATE, at_once=True)
def declined(context: Context, new: Why, target_id: int) -> None:
    """It is not taken up; the author hears why."""
    with pages.unless_late(context, new.words):
        case = screening.decline(
            context.session, target_id, new.turn, new.ground, new.words, context.person, context.now
        )
        pages.decided(context, case, "declined", words=new.words)


# Another kind


@router.button("casework.turning", who=OFFICER, where=PRIVATE)
def turning(context: Context, case_id: int, turn: int) -> None:
    """Choose what it becomes."""
    case = pages.seated(context, case_id, turn, TURNS)
    rows = [
        [
            context.button(
                "casework.turn", case.id, turn, name, text="casework.buttons.kind", preset=name, kind=dict(preset.name)
            )
        ]
        for name, preset in screening.kinds_for(context.session, case).items()
    ]
    rows.append([context.button("cases.view", case.id, text="casework.buttons.back")])
    context.show("casework.pick_kind", buttons=rows, **cases.facts_of(context.session, case, Seat.OFFICE))


@router.button("casework.turn", who=OFFICER, where=PRIVATE)
def turn_into(context: Context, case_id: int, turn: int, preset: str) -> None:
    """Begin to say a word about it to the author."""
    case = pages.seated(context, case_id, turn, TURNS)
    if preset not in screening.kinds_for(context.session, case):
        raise Refused("common.old_button")
    forms.begin(context, "casework.turn", target_id=case.id, answers={"turn": turn, "preset": preset})


@router.form("casework.turn", OtherKind, who=OFFICER, where=PRIVATE, at_once=True)
def turned(context: Context, new: OtherKind, target_id: int) -> None:
    """It is another kind now."""
    with pages.unless_late(context, new.words or ""):
        case = screening.turn_into(
            context.session, target_id, new.turn, new.preset, new.words or "", context.person, context.now
        )
        pages.decided(context, case, "turned")


# Together with another


@router.button("casework.merging", who=OFFICER, where=PRIVATE)
def merging(context: Context, case_id: int, turn: int) -> None:
    """Those that are like it, the likest first; or another by its number."""
    case = pages.seated(context, case_id, turn, MERGES)
    words = f"{case.wrong}\n{case.wish}"
    found = filing.similar(context.session, case.title, words, by=None, apart_from=case.id)
    rows = [
        [
            context.button(
                "casework.compare",
                case.id,
                turn,
                each.number,
                text="casework.buttons.alike",
                number=each.number,
                title=each.title,
                share=round(each.likeness * 100),
            )
        ]
        for each in found
        if each.state in screening.TARGETS
    ]
    rows.append([context.button("casework.by_number", case.id, turn)])
    rows.append([context.button("cases.view", case.id, text="casework.buttons.back")])
    facts = cases.facts_of(context.session, case, Seat.OFFICE)
    context.show("casework.pick_other", found=len(rows) - 2, buttons=rows, **facts)


@router.button("casework.by_number", who=OFFICER, where=PRIVATE)
def by_number(context: Context, case_id: int, turn: int) -> None:
    """Begin to name the other by its number."""
    case = pages.seated(context, case_id, turn, MERGES)
    forms.begin(context, "casework.other", target_id=case.id, answers={"turn": turn})


@router.form("casework.other", Which, who=OFFICER, where=PRIVATE, at_once=True)
def named(context: Context, new: Which, target_id: int) -> None:
    """The two beside each other."""
    _compare(context, target_id, new.turn, new.other)


@router.button("casework.compare", who=OFFICER, where=PRIVATE)
def compare(context: Context, case_id: int, turn: int, other_id: int) -> None:
    """The two beside each other."""
    _compare(context, case_id, turn, other_id)


def _compare(context: Context, case_id: int, turn: int, other_id: int) -> None:
    session = context.session
    case = pages.seated(context, case_id, turn, MERGES)
    other = screening.target(session, case, other_id, context.person)
    facts = [
        {
            "number": each.id,
            "title": each.title,
            "wrong": each.wrong[:LEAF],
            "wish": each.wish[:LEAF],
            "state": each.state.value,
            "seconds": len(cases.seconds_of(session, each)),
        }
        for each in (case, other)
    ]
    rows = [
        [context.button("casework.merge", case.id, turn, other.id, text="casework.buttons.merge_into", to=other.id)]
    ]
    rows.append([context.button("casework.merging", case.id, turn, text="casework.buttons.back")])
    context.show("casework.side_by_side", both=facts, buttons=rows)


@router.button("casework.merge", who=OFFICER, where=PRIVATE)
def merge(context: Context, case_id: int, turn: int, other_id: int) -> None:
    """Put it together with the other; who stood behind it stands behind that one."""
    case = screening.merge(context.session, case_id, turn, other_id, "", context.person, context.now)
    assert case.merged_into is not None
    other = cases.by_id(context.session, case.merged_into)
    seconds = len(cases.seconds_of(context.session, other))
    pages.decided(context, case, "merged", seconds=seconds, other_title=other.title)
