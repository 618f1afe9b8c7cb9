"""Notices: what the union tells people, read with one tap; and what somebody objects to."""

from bot import forms, lists
from bot.context import Context, Painting
from bot.router import ANYWHERE, MEMBER, PRIVATE, Router
from bot.voice import Button
from handlers import _notice_pages as pages
from models import announcing, notices
from models.base import Refused
from models.notices import NewObjection, NoticeState, Receipt

router = Router("notices")
router.home("notices.browse", order=20)


@router.painter("notices")
def paint(painting: Painting, notice_id: int) -> None:
    """Everybody's own copy, after it was corrected or taken back."""
    notice = notices.by_id(painting.session, notice_id)
    painting.paint("notices.letter", buttons=pages.keyboard(painting, notice), **notices.facts_of(notice))


@router.painter("notices.card")
def paint_card(painting: Painting, notice_id: int) -> None:
    """The one in the group, with the number of those who have read it."""
    notice = notices.by_id(painting.session, notice_id)
    count = notices.count_read(painting.session, notice)
    painting.paint("notices.card", buttons=pages.keyboard(painting, notice), count=count, **notices.facts_of(notice))


@router.button("notices.read", who=MEMBER, where=ANYWHERE, whose="own")
def read(context: Context, notice_id: int) -> None:
    """Say that one has read it."""
    receipt = notices.read(context.session, context.member, notice_id, context.now)
    context.alert("notices.noted")
    if context.incoming.chat_type == "private":
        _view(context, receipt)


@router.command("notices", who=MEMBER, where=PRIVATE)
def command(context: Context) -> None:
    """What the union has told one, unread first."""
    browse(context, 1)


@router.button("notices.browse", who=MEMBER, where=PRIVATE)
def browse(context: Context, number: int = 1) -> None:
    """One page of them."""
    rows = notices.for_member(context.session, context.member)
    unread = sum(1 for row in rows if row.read_at is None)
    lists.show(
        context,
        "notices.list",
        rows,
        number,
        "notices.browse",
        lambda row: _row(context, row),
        below=[[context.button("start.home")]],
        unread=unread,
    )


def _row(context: Context, receipt: Receipt) -> Button:
    key = "notices.rows.read" if receipt.read_at else "notices.rows.unread"
    notice = receipt.notice
    return context.button("notices.view", notice.id, text=key, title=notice.title, at=notice.sent_at)


@router.link("notice", who=MEMBER, where=PRIVATE)
@router.button("notices.view", who=MEMBER, where=PRIVATE)
def view(context: Context, notice_id: int) -> None:
    """One notice once more."""
    notice = notices.by_id(context.session, notice_id)
    receipt = notices.receipt(context.session, notice, context.member)
    if receipt is None or notice.state is not NoticeState.SENT:
        raise Refused("notices.unknown")
    _view(context, receipt)


def _view(context: Context, receipt: Receipt) -> None:
    notice = receipt.notice
    facts = notices.facts_of(notice)
    context.show("notices.letter", buttons=pages.keyboard(context, notice, receipt), read_at=receipt.read_at, **facts)


@router.link("objection", who=MEMBER, where=PRIVATE)
@router.button("notices.object", who=MEMBER, where=PRIVATE)
def object_(context: Context, notice_id: int) -> None:
    """Begin to say what one has against what is put up for public notice."""
    notices.may_object(context.session, context.member, notice_id, context.now)
    forms.begin(context, "notices.objection", target_id=notice_id)


@router.form("notices.objection", NewObjection, who=MEMBER, where=PRIVATE, whose="own")
def objected(context: Context, new: NewObjection, target_id: int) -> None:
    """It reaches the officers, and nobody else."""
    found = notices.object_to(context.session, context.member, target_id, new, context.now)
    announcing.told_of(context.session, found, context.now)
    context.show("notices.objected", buttons=[[context.button("notices.view", found.notice_id)]])
