"""Consultations: members read a draft rule, comment on it until it closes, and read what came of all comments."""

from bot import forms, lists
from bot.context import Context, Painting
from bot.router import MEMBER, PRIVATE, Router
from bot.voice import Button, Keyboard
from handlers import _consultation_pages as pages
from handlers._consultation_sentence import comment as whole
from models import cases, consultations, consulting, files
from models.base import Refused
from models.cases import Seat
from models.consultations import Consultation, ConsultationState, NewComment

router = Router("consultations")
router.tick(consulting.close_due)
router.tick(consulting.tell_ready)
router.home("consultations.browse", order=34)

PER_PAGE = 5  # comments with their answers


@router.painter("consultations")
def paint(painting: Painting, consultation_id: int) -> None:
    """The card in the group, as things stand."""
    found = consultations.by_id(painting.session, consultation_id)
    label = "comment" if found.state is ConsultationState.OPEN else "view"
    buttons: Keyboard = [[painting.link(f"consultations.buttons.{label}", "draft", found.id)]]
    painting.paint("consultations.card", buttons=buttons, **consultations.facts_of(painting.session, found))


@router.button("consultations.browse", who=MEMBER, where=PRIVATE)
def browse(context: Context, number: int = 1) -> None:
    """What one can comment on, and what came of earlier ones."""
    rows = consultations.to_read(context.session, context.member)
    below = [[context.button("start.home")]]
    lists.show(
        context, "consultations.list", rows, number, "consultations.browse", lambda one: _row(context, one), below=below
    )


def _row(context: Context, found: Consultation) -> Button:
    key = f"consultations.rows.{found.state}"
    return context.button("consultations.view", found.id, text=key, title=found.title, day=found.closes_on)


@router.link("draft", who=MEMBER, where=PRIVATE)
@router.button("consultations.view", who=MEMBER, where=PRIVATE)
def view(context: Context, consultation_id: int) -> None:
    """The draft in full, and what one has said about it."""
    pages.page(context, consultations.for_member(context.session, context.member, consultation_id))


@router.button("consultations.file", who=MEMBER, where=PRIVATE)
def send_file(context: Context, consultation_id: int) -> None:
    """The draft as a file."""
    found = consultations.for_member(context.session, context.member, consultation_id)
    file = context.session.get(files.File, found.file_id) if found.file_id is not None else None
    if file is None:
        raise Refused("consultations.no_file")
    context.say("consultations.file_of", title=found.title, document=(file.name, file.content))


@router.button("consultations.comment", who=MEMBER, where=PRIVATE)
def begin(context: Context, consultation_id: int) -> None:
    """Begin to comment."""
    found = consultations.open_for(context.session, context.member, consultation_id, context.now)
    forms.begin(context, "consultations.say", target_id=found.id, answers={"files": []})


@router.form("consultations.say", NewComment, who=MEMBER, where=PRIVATE, whose="own", reader=whole)
def said(context: Context, new: NewComment, target_id: int) -> None:
    """It is with the union, and will be answered."""
    case = consultations.comment(context.session, context.member, target_id, new, context.now)
    buttons = [
        [context.button("consultations.comment", target_id, text="consultations.buttons.another")],
        [context.button("cases.view", case.id)],
    ]
    context.show("consultations.received", buttons=buttons, **cases.facts_of(context.session, case, Seat.AUTHOR))


@router.button("consultations.answers", who=MEMBER, where=PRIVATE)
def answers(context: Context, consultation_id: int, number: int = 1) -> None:
    """All comments with their answers, nobody named."""
    found = consultations.for_member(context.session, context.member, consultation_id)
    if found.state is not ConsultationState.PUBLISHED:
        raise Refused("consultations.not_published", title=found.title)
    rows = pages.rows_of(consultations.read_out(context.session, found))
    below = [[context.button("consultations.view", found.id)]]
    facts = consultations.facts_of(context.session, found)
    del facts["count"]
    turn, key = "consultations.answers", "consultations.read_out"
    lists.lines(context, key, rows, number, turn, found.id, below=below, size=PER_PAGE, **facts)
