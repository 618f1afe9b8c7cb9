"""Consulting: an officer puts a draft out for comment, answers what is said, and publishes it all together."""

from pathlib import PurePath
from typing import Annotated

from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import forms, lists
from bot.context import Context
from bot.router import OFFICER, PRIVATE, NotMine, Router
from handlers import _consultation_pages as pages
from handlers._consultation_sentence import BEGINS, PREFIX, understand
from models import consultations, consulting, files, papers
from models.audiences import Audience
from models.base import Refused
from models.cases import Outcome
from models.consultations import Consultation, ConsultationState, NewConsultation
from models.fields import Long, Pick
from models.people import Sex, Unit

router = Router("consultations")
router.desk("consultations.manage", order=34)

LARGEST = 10 * 1024 * 1024  # bytes of a draft
KINDS = (".pdf", ".doc", ".docx", ".wps", ".txt")


def _units(session: Session) -> list[tuple[int, str]]:
    return [(number, name) for number, name in session.execute(select(Unit.id, Unit.name).order_by(Unit.name))]


def _open_comments(session: Session, number: int | None) -> list[tuple[int, str]]:
    found = session.get(Consultation, number or 0)
    if found is None:
        return []
    return [
        (case.id, " · ".join(filter(None, (str(case.id), case.place, " ".join(case.wrong.split())[:40]))))
        for case in consultations.unanswered(session, found)
        if case.merged_into is None
    ]


class Departments(BaseModel):
    """Which departments it is for."""

    units: Annotated[list[int], Field(min_length=1), Pick(_units)]


class NewAnswers(BaseModel):
    """One answer to several comments. Choosing its class sends it."""

    comments: Annotated[
        list[int], Field(min_length=1, max_length=consulting.AT_ONCE), Pick(_open_comments, of_target=True)
    ]
    words: Annotated[str, Field(min_length=2, max_length=2000), Long()]
    outcome: Outcome


class NewSummary(BaseModel):
    """What the officers say of all comments together."""

    summary: Annotated[str | None, Field(min_length=2, max_length=700), Long()] = None


# Putting one out


@router.message("text", who=OFFICER, where=PRIVATE, begins=BEGINS)
@router.message("document", who=OFFICER, where=PRIVATE, begins=BEGINS)
def said(context: Context) -> None:
    """A draft in one message, or as the caption of its file."""
    if PREFIX.match(context.incoming.text) is None:
        raise NotMine
    file = _file(context)
    forms.begin(context, "consultations.new", answers={"file": file}, text=context.incoming.text)


def _file(context: Context) -> int | None:
    attachment = context.incoming.attachment
    if attachment is None:
        return None
    name = papers.named(attachment.name)
    if PurePath(name.lower()).suffix not in KINDS:
        raise Refused("consultations.odd_file", kinds=list(KINDS))
    if attachment.size > LARGEST:
        raise Refused("common.file_too_big")
    content = context.content()
    clean = context.beforehand("paper", lambda: papers.clean(name, attachment.kind, content))
    return files.keep(context.session, clean.name, clean.kind, clean.content, context.now).id


@router.button("consultations.new", who=OFFICER, where=PRIVATE)
def begin(context: Context) -> None:
    """Begin to put a draft out."""
    forms.begin(context, "consultations.new")


@router.form("consultations.new", NewConsultation, who=OFFICER, where=PRIVATE, reader=understand)
def written(context: Context, new: NewConsultation, target_id: int | None) -> None:
    """As everybody will see it."""
    pages.preview(context, consulting.draft(context.session, new, context.person, context.now))


@router.button("consultations.edit", who=OFFICER, where=PRIVATE)
def begin_edit(context: Context, consultation_id: int) -> None:
    """Begin to change what it says."""
    found = consulting.unsent(context.session, consultation_id)
    answers = {"title": found.title, "closes_on": found.closes_on, "text": found.text, "file": found.file_id}
    forms.begin(context, "consultations.edit", target_id=found.id, answers=answers)


@router.form("consultations.edit", NewConsultation, who=OFFICER, where=PRIVATE, texts="consultations.new")
def edited(context: Context, new: NewConsultation, target_id: int) -> None:
    """What it says now."""
    pages.preview(context, consulting.rewrite(context.session, target_id, new, context.now))


@router.button("consultations.whom", who=OFFICER, where=PRIVATE)
def whom(context: Context, consultation_id: int) -> None:
    """Choose whom it goes to."""
    found = consulting.unsent(context.session, consultation_id)
    rows = [
        [
            context.button("consultations.to", found.id, which, text=f"notices.buttons.to_{which}")
            for which in ("all", "women", "men")
        ],
        [context.button("consultations.units", found.id, text="notices.buttons.units")],
        [context.button("consultations.desk", found.id)],
    ]
    context.show("consultations.for_whom", title=found.title, buttons=rows)


@router.button("consultations.to", who=OFFICER, where=PRIVATE)
def to(context: Context, consultation_id: int, which: str) -> None:
    """It goes to these."""
    audience = {"women": Audience(sex=Sex.WOMAN), "men": Audience(sex=Sex.MAN)}.get(which, Audience())
    pages.preview(context, consulting.address(context.session, consultation_id, audience))


@router.button("consultations.units", who=OFFICER, where=PRIVATE)
def units(context: Context, consultation_id: int) -> None:
    """Begin to choose departments."""
    forms.begin(context, "consultations.units", target_id=consulting.unsent(context.session, consultation_id).id)


@router.form("consultations.units", Departments, who=OFFICER, where=PRIVATE, texts="notices.units", at_once=True)
def to_units(context: Context, new: Departments, target_id: int) -> None:
    """It goes to these departments."""
    pages.preview(context, consulting.address(context.session, target_id, Audience(units=tuple(new.units))))


@router.button("consultations.group", who=OFFICER, where=PRIVATE)
def group(context: Context, consultation_id: int) -> None:
    """Hang it in the staff group too, or not after all."""
    found = consulting.unsent(context.session, consultation_id)
    pages.preview(context, consulting.hang_up(context.session, consultation_id, not found.to_group))


@router.button("consultations.discard", who=OFFICER, where=PRIVATE)
def discard(context: Context, consultation_id: int) -> None:
    """Throw it away."""
    consulting.discard(context.session, consultation_id, context.person, context.now)
    context.show("consultations.discarded", buttons=[[context.button("consultations.manage", 1)]])


@router.button("consultations.send", who=OFFICER, where=PRIVATE)
def send(context: Context, consultation_id: int) -> None:
    """Put it out now."""
    form = forms.current(context)
    if form is not None and form.form == "consultations.edit" and form.target_id == consultation_id:
        raise Refused("consultations.being_edited")
    found = consulting.send(context.session, consultation_id, context.person, context.now)
    context.alert("consultations.on_its_way")
    pages.desk(context, found)


# Afterwards


@router.button("consultations.manage", who=OFFICER, where=PRIVATE)
def manage(context: Context, number: int = 1) -> None:
    """All of them."""
    lists.show(
        context,
        "consultations.managed",
        consulting.managed(context.session),
        number,
        "consultations.manage",
        lambda one: context.button(
            "consultations.desk", one.id, text=f"consultations.rows.{one.state}", title=one.title, day=one.closes_on
        ),
        below=[[context.button("consultations.new")], [context.button("start.desk")]],
    )


@router.button("consultations.desk", who=OFFICER, where=PRIVATE)
def desk(context: Context, consultation_id: int) -> None:
    """One of them, and what can be done."""
    found = consultations.by_id(context.session, consultation_id)
    if found.state is ConsultationState.DRAFT:
        pages.preview(context, found)
    else:
        pages.desk(context, found)


@router.button("consultations.comments", who=OFFICER, where=PRIVATE)
def comments(context: Context, number: int, consultation_id: int) -> None:
    """What was said, to be answered one by one."""
    found = consultations.by_id(context.session, consultation_id)
    lists.show(
        context,
        "consultations.said_so_far",
        consultations.comments_of(context.session, found),
        number,
        "consultations.comments",
        lambda case: context.button(
            "cases.view",
            case.id,
            text=f"consultations.rows.{pages.row_of(case)}",
            number=case.id,
            clause=case.place or "",
            words=" ".join(case.wrong.split())[:40],
        ),
        below=[[context.button("consultations.desk", found.id)]],
        tail=(found.id,),
        title=found.title,
    )


@router.button("consultations.export", who=OFFICER, where=PRIVATE)
def export(context: Context, consultation_id: int) -> None:
    """The same as a spreadsheet, for the office: with names."""
    found = consultations.by_id(context.session, consultation_id)
    content = pages.sheet(context, found, names=True, language=context.language)
    context.say("consultations.exported", title=found.title, document=(f"{found.title[:40]}.xlsx", content))


@router.button("consultations.answer", who=OFFICER, where=PRIVATE)
def begin_answer(context: Context, consultation_id: int) -> None:
    """Begin to answer several comments with the same words."""
    found = consultations.by_id(context.session, consultation_id)
    if not _open_comments(context.session, found.id):
        raise Refused("consultations.all_answered_already")
    forms.begin(context, "consultations.answer", target_id=found.id)


@router.form("consultations.answer", NewAnswers, who=OFFICER, where=PRIVATE, at_once=True)
def answered(context: Context, new: NewAnswers, target_id: int) -> None:
    """Each author has the answer."""
    done, late = consulting.answer_many(
        context.session, target_id, new.comments, new.words, new.outcome, context.person, context.now
    )
    buttons = [[context.button("consultations.desk", target_id)]]
    context.show("consultations.answered", count=len(done), late=late, buttons=buttons)


@router.button("consultations.publish", who=OFFICER, where=PRIVATE)
def begin_publishing(context: Context, consultation_id: int) -> None:
    """Begin to publish all comments and answers; only when every one is answered."""
    found = consulting.may_publish(context.session, consultation_id)
    forms.begin(context, "consultations.publish", target_id=found.id)


@router.form("consultations.publish", NewSummary, who=OFFICER, where=PRIVATE)
def published(context: Context, new: NewSummary, target_id: int) -> None:
    """Everybody it concerned reads what came of it."""
    found = consulting.may_publish(context.session, target_id)
    sheet = None
    if consultations.count(context.session, found):
        content = pages.sheet(context, found, names=False, language=context.texts.default)
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        sheet = files.keep(context.session, f"{found.title[:40]}.xlsx", kind, content, context.now).id
    found = consulting.publish(context.session, target_id, new.summary, sheet, context.person, context.now)
    context.show(
        "consultations.is_published", title=found.title, buttons=[[context.button("consultations.desk", found.id)]]
    )
