"""Announcing: an officer writes a notice, sees it as its readers will, sends it, and looks after it."""

import re
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import forms, lists
from bot.context import Context
from bot.router import OFFICER, PRIVATE, NotMine, Router
from handlers import _notice_pages as pages
from models import announcing, audiences, events, files, notices, photos, sheets
from models.audiences import Audience, Unknown
from models.base import Refused
from models.fields import Pick
from models.notices import NewNotice, Notice, NoticeState
from models.people import Sex, Unit

router = Router("notices")
router.tick(announcing.send_due)
router.tick(announcing.close_due)
router.desk("notices.new", order=20)
router.desk("notices.manage", order=21)

BEGINS = ("@", "＠", "通知")
SPOKEN = re.compile(r"^通知\s*@?([^\s:：@]{1,30})[:：]\s*(.*)$", re.S)  # 通知 光电子实验室：明早停电
LOOSE = re.compile(r"^通知\s+([^\s:：@]{1,30})\s+(.*)$", re.S)  # 通知 全体 明早停电, if there is such a name
LARGEST = 10 * 1024 * 1024  # bytes of a file that goes with a notice


def _units(session: Session) -> list[tuple[int, str]]:
    return [(number, name) for number, name in session.execute(select(Unit.id, Unit.name).order_by(Unit.name))]


def _events(session: Session) -> list[tuple[int, str]]:
    query = select(events.Event.id, events.Event.title).where(events.Event.state == events.EventState.OPEN)
    return [(number, title) for number, title in session.execute(query.order_by(events.Event.starts_at))]


class Moment(BaseModel):
    """When a notice goes out."""

    send_at: AwareDatetime


class Departments(BaseModel):
    """Which departments a notice is for."""

    units: Annotated[list[int], Field(min_length=1), Pick(_units)]


class Which(BaseModel):
    """Which event a notice points to."""

    event: Annotated[int, Pick(_events)]


# Writing one


@router.message("text", who=OFFICER, where=PRIVATE, begins=BEGINS)
def said(context: Context) -> None:
    """A notice in one message: `@光电子实验室 明早9点停电`."""
    _say(context)


@router.message("photo", who=OFFICER, where=PRIVATE, begins=BEGINS)
@router.message("document", who=OFFICER, where=PRIVATE, begins=BEGINS)
def sent(context: Context) -> None:
    """The same as the caption of a photo or a file."""
    _say(context)


def _say(context: Context) -> None:
    text = context.incoming.text.replace("＠", "@")
    if spoken := SPOKEN.match(text.strip()):
        text = f"@{spoken[1]} {spoken[2]}"
    elif loose := LOOSE.match(text.strip()):
        named = f"@{loose[1]} {loose[2]}"
        if isinstance(audiences.read(context.session, named)[0], Unknown) and not audiences.GROUP.match(named):
            raise NotMine  # a sentence that begins with the word, not a name
        text = named
    to_group = audiences.GROUP.match(text.strip())
    if to_group:
        text = f"@全体 {to_group[1]}"
    whom, words = audiences.read(context.session, text)
    if whom is None:
        raise NotMine
    if isinstance(whom, Unknown):
        raise Refused("notices.unknown_names", names=list(whom.names))
    if len(words.strip()) < 2:
        raise Refused("notices.empty")
    if len(words) > notices.LENGTH:
        raise Refused("notices.too_long", most=notices.LENGTH)
    notice = announcing.draft(context.session, NewNotice(text=words.strip()), whom, context.person, context.now)
    if to_group:
        announcing.address(context.session, notice.id, Audience(), to_group=True)
    if context.incoming.attachment is not None:
        _attach(context, notice)
    pages.preview(context, notice)


def _attach(context: Context, notice: Notice) -> None:
    attachment = context.incoming.attachment
    assert attachment is not None
    if attachment.size > LARGEST:
        raise Refused("notices.file_too_big", megabytes=LARGEST // 1024 // 1024)
    content = context.content()
    if context.incoming.sort == "photo":
        content = context.beforehand("photo", lambda: photos.clean(content))
        file = files.keep(context.session, "photo.jpg", "image/jpeg", content, context.now)
    else:
        file = files.keep(context.session, attachment.name, attachment.kind, content, context.now)
    announcing.attach(context.session, notice.id, file)


@router.button("notices.new", who=OFFICER, where=PRIVATE)
def begin(context: Context) -> None:
    """Begin a notice."""
    forms.begin(context, "notices.new")


@router.form("notices.new", NewNotice, who=OFFICER, where=PRIVATE, at_once=True)
def written(context: Context, new: NewNotice, target_id: int | None) -> None:
    """The words are there: for whom are they?"""
    notice = announcing.draft(context.session, new, Audience(), context.person, context.now)
    _whom(context, notice)


@router.button("notices.whom", who=OFFICER, where=PRIVATE)
def whom(context: Context, notice_id: int) -> None:
    """Choose for whom it is."""
    _whom(context, announcing.unsent(context.session, notice_id))


def _whom(context: Context, notice: Notice) -> None:
    number = notice.id
    rows = [
        [context.button("notices.to", number, which, text=f"notices.buttons.to_{which}") for which in pair]
        for pair in (("all", "group"), ("women", "men"))
    ]
    rows += [[context.button("notices.units", number)], [context.button("notices.desk", number)]]
    context.show("notices.for_whom", buttons=rows, **notices.facts_of(notice))


@router.button("notices.to", who=OFFICER, where=PRIVATE)
def to(context: Context, notice_id: int, which: str) -> None:
    """It is for these."""
    audience = {"women": Audience(sex=Sex.WOMAN), "men": Audience(sex=Sex.MAN)}.get(which, Audience())
    pages.preview(context, announcing.address(context.session, notice_id, audience, to_group=which == "group"))


@router.button("notices.units", who=OFFICER, where=PRIVATE)
def units(context: Context, notice_id: int) -> None:
    """Begin to choose departments."""
    forms.begin(context, "notices.units", target_id=announcing.unsent(context.session, notice_id).id)


@router.form("notices.units", Departments, who=OFFICER, where=PRIVATE, at_once=True)
def to_units(context: Context, new: Departments, target_id: int) -> None:
    """It is for these departments."""
    pages.preview(context, announcing.address(context.session, target_id, Audience(units=tuple(new.units))))


@router.button("notices.rewrite", who=OFFICER, where=PRIVATE)
def rewrite(context: Context, notice_id: int) -> None:
    """Begin to change the words; of a notice that was sent, in every copy."""
    notice = notices.by_id(context.session, notice_id)
    if notice.state is NoticeState.RECALLED:
        raise Refused("notices.is_recalled")
    forms.begin(
        context, "notices.rewrite" if notice.state is not NoticeState.SENT else "notices.correct", target_id=notice_id
    )


@router.form("notices.rewrite", NewNotice, who=OFFICER, where=PRIVATE, texts="notices.new", at_once=True)
def rewritten(context: Context, new: NewNotice, target_id: int) -> None:
    """The other words."""
    pages.preview(context, announcing.rewrite(context.session, target_id, new.text))


@router.form("notices.correct", NewNotice, who=OFFICER, where=PRIVATE)
def corrected(context: Context, new: NewNotice, target_id: int) -> None:
    """Every copy is changed where it stands."""
    notice = announcing.correct(context.session, target_id, new.text, context.person, context.now)
    context.alert("notices.is_corrected")
    pages.desk(context, notice)


@router.button("notices.event", who=OFFICER, where=PRIVATE)
def event(context: Context, notice_id: int) -> None:
    """Choose an event that a button shall open; pressed again, the button goes."""
    notice = announcing.unsent(context.session, notice_id)
    if notice.event_id is not None:
        pages.preview(context, announcing.point_to(context.session, notice_id, None))
    elif not _events(context.session):
        raise Refused("notices.no_events")
    else:
        forms.begin(context, "notices.event", target_id=notice_id)


@router.form("notices.event", Which, who=OFFICER, where=PRIVATE, at_once=True)
def pointed(context: Context, new: Which, target_id: int) -> None:
    """The button opens this event."""
    pages.preview(context, announcing.point_to(context.session, target_id, new.event))


@router.button("notices.public", who=OFFICER, where=PRIVATE)
def public(context: Context, notice_id: int, days: int = -1) -> None:
    """Make it a public notice of some working days, or an ordinary one again."""
    notice = announcing.unsent(context.session, notice_id)
    if days >= 0 or notice.days is not None:
        pages.preview(context, announcing.make_public(context.session, notice_id, max(0, days)))
        return
    choices = [
        context.button("notices.public", notice_id, count, text="notices.buttons.days", count=count)
        for count in announcing.PERIODS
    ]
    context.show("notices.how_long", buttons=[choices, [context.button("notices.desk", notice_id)]])


@router.button("notices.hurry", who=OFFICER, where=PRIVATE)
def hurry(context: Context, notice_id: int) -> None:
    """Let it go out in the quiet hours too, or not after all."""
    notice = announcing.unsent(context.session, notice_id)
    pages.preview(context, announcing.hurry(context.session, notice_id, not notice.urgent))


@router.button("notices.later", who=OFFICER, where=PRIVATE)
def later(context: Context, notice_id: int) -> None:
    """Begin to choose a moment at which it goes out by itself."""
    forms.begin(context, "notices.later", target_id=announcing.unsent(context.session, notice_id).id)


@router.form("notices.later", Moment, who=OFFICER, where=PRIVATE, at_once=True)
def timed(context: Context, new: Moment, target_id: int) -> None:
    """It goes out then."""
    pages.preview(context, announcing.put_off(context.session, target_id, new.send_at, context.person, context.now))


@router.button("notices.stay", who=OFFICER, where=PRIVATE)
def stay(context: Context, notice_id: int) -> None:
    """It shall not go out by itself after all."""
    pages.preview(context, announcing.stay(context.session, notice_id, context.person, context.now))


@router.button("notices.discard", who=OFFICER, where=PRIVATE)
def discard(context: Context, notice_id: int) -> None:
    """Throw it away."""
    announcing.discard(context.session, notice_id, context.person, context.now)
    context.show("notices.discarded", buttons=[[context.button("notices.manage", 1)]])


@router.button("notices.send", who=OFFICER, where=PRIVATE)
def send(context: Context, notice_id: int) -> None:
    """Send it now."""
    notice = announcing.send(context.session, notice_id, context.person, context.now)
    context.alert("notices.on_its_way")
    pages.desk(context, notice)


# Afterwards


@router.button("notices.manage", who=OFFICER, where=PRIVATE)
def manage(context: Context, number: int = 1) -> None:
    """All notices: those that wait first, then the newest."""
    lists.show(
        context,
        "notices.managed",
        notices.managed(context.session),
        number,
        "notices.manage",
        lambda notice: context.button(
            "notices.desk",
            notice.id,
            text=f"notices.rows.{notice.state}",
            title=notice.title,
            at=notice.sent_at or notice.send_at or notice.made_at,
        ),
        below=[[context.button(name)] for name in ("notices.new", "timetables.template", "start.desk")],
    )


@router.button("notices.desk", who=OFFICER, where=PRIVATE)
def desk(context: Context, notice_id: int) -> None:
    """One notice, and what can be done with it."""
    notice = notices.by_id(context.session, notice_id)
    if notice.state in (NoticeState.DRAFT, NoticeState.TIMED):
        pages.preview(context, notice)
    else:
        pages.desk(context, notice)


@router.button("notices.readers", who=OFFICER, where=PRIVATE)
def readers(context: Context, notice_id: int, number: int = 1) -> None:
    """Who has read it, department by department."""
    notice = notices.by_id(context.session, notice_id)
    below = [[context.button("notices.export", notice_id), context.button("notices.desk", notice_id)]]
    rows = notices.readings(context.session, notice)
    lists.lines(context, "notices.read_by", rows, number, "notices.readers", notice_id, below=below, title=notice.title)


@router.button("notices.export", who=OFFICER, where=PRIVATE)
def export(context: Context, notice_id: int) -> None:
    """The same by name, as a spreadsheet."""
    notice = notices.by_id(context.session, notice_id)
    head: list[sheets.Cell] = [
        context.plain(f"notices.columns.{name}") for name in ("unit", "number", "name", "read_at")
    ]
    rows: list[list[sheets.Cell]] = [[*row] for row in notices.by_name(context.session, notice)]
    content = sheets.write([sheets.Sheet(context.plain("notices.sheet"), [head, *rows])], context.house.zone)
    context.say("notices.exported", title=notice.title, document=(f"{notice.title[:40]}.xlsx", content))


@router.button("notices.nudge", who=OFFICER, where=PRIVATE)
def nudge(context: Context, notice_id: int) -> None:
    """Send it again to those who have not read it."""
    count = announcing.nudge(context.session, notice_id, context.person, context.now)
    context.alert("notices.nudged", count=count)


@router.button("notices.objections", who=OFFICER, where=PRIVATE)
def objections(context: Context, notice_id: int, number: int = 1) -> None:
    """What was said against it."""
    notice = notices.by_id(context.session, notice_id)
    rows = notices.objections(context.session, notice)
    below = [[context.button("notices.desk", notice_id)]]
    lists.lines(
        context, "notices.against", rows, number, "notices.objections", notice_id, below=below, title=notice.title
    )


@router.button("notices.recall", who=OFFICER, where=PRIVATE)
def recall(context: Context, notice_id: int, sure: int = 0) -> None:
    """Take it back, after a question."""
    notice = notices.by_id(context.session, notice_id)
    if not sure:
        yes = context.button("notices.recall", notice_id, 1, text="notices.buttons.recall_sure")
        context.show(
            "notices.recall_sure", title=notice.title, buttons=[[yes], [context.button("notices.desk", notice_id)]]
        )
        return
    announcing.recall(context.session, notice_id, context.person, context.now)
    context.alert("notices.recalled_now")
    pages.desk(context, notice)
