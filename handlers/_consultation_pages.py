"""What a consultation looks like: to those who comment, to the officer before it goes out, and afterwards."""

from dataclasses import asdict
from typing import Any

from bot.context import Context
from bot.voice import Keyboard
from models import audiences, consultations, consulting
from models.cases import UNANSWERED, Case
from models.consultations import Consultation, ConsultationState
from models.sheets import Cell, Sheet, write

CLIP = 300  # characters of a comment, and of its answer, that stand in a list


def page(context: Context, found: Consultation) -> None:
    """The draft as a member reads it, and what they have said about it."""
    number = found.id
    rows: Keyboard = []
    if found.state is ConsultationState.OPEN and found.closes_at > context.now:
        rows.append([context.button("consultations.comment", number)])
    if found.state is ConsultationState.PUBLISHED:
        rows.append([context.button("consultations.answers", number, 1)])
    if found.file_id is not None:
        rows.append([context.button("consultations.file", number)])
    mine = [case for case in consultations.comments_of(context.session, found) if case.author_id == context.member.id]
    rows += [
        [context.button("cases.view", case.id, text="consultations.buttons.mine", number=case.id)] for case in mine[:5]
    ]
    rows.append([context.button("consultations.browse", 1)])
    context.show("consultations.page", buttons=rows, mine=len(mine), **consultations.facts_of(context.session, found))


def preview(context: Context, found: Consultation) -> None:
    """As everybody will read it, whom it goes to, and what can still be changed."""
    number, count = found.id, audiences.count(context.session, found.whom)
    hang = "take_down" if found.to_group else "hang_up"
    rows = [
        [context.button("consultations.send", number, text="consultations.buttons.send_to", count=count.reached)],
        [
            context.button("consultations.whom", number),
            context.button("consultations.group", number, text=f"consultations.buttons.{hang}"),
        ],
        [context.button("consultations.edit", number), context.button("consultations.discard", number)],
        [context.button("consultations.manage", 1)],
    ]
    context.show(
        "consultations.preview",
        buttons=rows,
        whom=audiences.names_of(context.session, found.whom),
        to_group=found.to_group,
        people=count.people,
        unbound=count.unbound,
        blocked=count.blocked,
        **consultations.facts_of(context.session, found),
    )


def desk(context: Context, found: Consultation) -> None:
    """One that is out: how many comments there are, how many are answered, and what can be done."""
    number, left = found.id, len(consultations.unanswered(context.session, found))
    rows: Keyboard = []
    if consultations.count(context.session, found):
        rows.append(
            [context.button("consultations.comments", 1, number), context.button("consultations.export", number)]
        )
    if left:
        rows.append([context.button("consultations.answer", number)])
    if found.state is ConsultationState.CLOSED:
        rows.append([context.button("consultations.publish", number)])
    again = context.button("consultations.desk", number, text="consultations.buttons.look_again")
    rows.append([again, context.button("consultations.manage", 1)])
    context.show(
        "consultations.one",
        buttons=rows,
        left=left,
        to_group=found.to_group,
        whom=audiences.names_of(context.session, found.whom),
        tally=consulting.tally_of(context.session, found),
        **consultations.facts_of(context.session, found),
    )


def rows_of(found: list[consultations.Comment]) -> list[dict[str, Any]]:
    """Comments and answers for a list, the long ones shortened."""
    return [{name: _clip(value) for name, value in asdict(each).items()} for each in found]


def _clip(value: Any) -> Any:
    return f"{value[: CLIP - 1]}…" if isinstance(value, str) and len(value) > CLIP else value


def row_of(case: Case) -> str:
    """How a comment stands, for the officers' list."""
    return "waiting" if case.state in UNANSWERED else "answered"


def sheet(context: Context, found: Consultation, *, names: bool, language: str) -> bytes:
    """All comments and answers as a spreadsheet; with names only for the officers."""

    def say(key: str, **params: Any) -> str:
        return context.texts.plain(f"consultations.{key}", language, params)

    columns = ("number", "author", "clause", "words", "outcome", "answer")
    head: list[Cell] = [say(f"columns.{name}") for name in columns if names or name != "author"]
    rows: list[list[Cell]] = [head]
    by_number = {case.id: case for case in consultations.comments_of(context.session, found)}
    for place, each in enumerate(consultations.read_out(context.session, found), 1):
        author = by_number[each.number].author
        row: list[Cell] = [each.number if names else place]
        if names:
            row.append(author.name if author else "")
        result = say("result", preset="comment", **asdict(each))
        rows.append([*row, each.clause, each.words, result, each.answer])
    return write([Sheet(found.title, rows)], context.house.zone)
