"""The officers' side of gifts: make one, open it, follow it by option and department, move it, close it."""

from typing import Annotated, Any

from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import forms, lists
from bot.context import Context
from bot.router import OFFICER, PRIVATE, NotMine, Router
from handlers import _gift_pages as pages
from handlers._gift_sentence import understand
from models import entitlements, gifts, giving, sheets
from models.audiences import Audience
from models.fields import Pick
from models.gifts import Entitlement, Gift, GiftKind, GiftState, NewGift, NewPlace
from models.people import Sex, Unit

router = Router("gifts")
router.desk("gifts.manage", order=30)

BEGINS = ("慰问", "福利", "🎁")
COLUMNS = ("unit", "number", "name", "option", "yuan", "given_at", "by", "signed_at", "signature")


def _units(session: Session) -> list[tuple[int, str]]:
    return [(number, name) for number, name in session.execute(select(Unit.id, Unit.name).order_by(Unit.name))]


class GiftUnits(BaseModel):
    """Which departments a gift is for."""

    units: Annotated[list[int], Field(min_length=1), Pick(_units)]


class Stock(BaseModel):
    """How many there are of an option in all; nothing: as many as are wanted."""

    stock: Annotated[int | None, Field(ge=0, le=1_000_000)] = None


# Making one


@router.message("text", who=OFFICER, where=PRIVATE, begins=BEGINS)
@router.message("text", who=OFFICER, where=PRIVATE)
def said(context: Context) -> None:
    """An officer says a gift in one message."""
    text = context.incoming.text
    if understand(context, text) is None:
        raise NotMine
    forms.begin(context, "gifts.new", text=text)


@router.button("gifts.new", who=OFFICER, where=PRIVATE)
def begin(context: Context) -> None:
    """Begin a gift."""
    forms.begin(context, "gifts.new")


@router.button("gifts.birthday", who=OFFICER, where=PRIVATE)
def birthday(context: Context) -> None:
    """Begin a gift for those whose birthday is kept in a month."""
    forms.begin(context, "gifts.new", answers={"kind": GiftKind.BIRTHDAY})


@router.form("gifts.new", NewGift, who=OFFICER, where=PRIVATE, reader=understand)
def finish(context: Context, new: NewGift, target_id: int | None) -> None:
    """Show the officer for how many it is and what it costs."""
    pages.preview(context, giving.draft(context.session, new, context.person, context.now))


@router.button("gifts.edit", who=OFFICER, where=PRIVATE)
def edit(context: Context, gift_id: int) -> None:
    """Begin to change a draft."""
    gift = giving.unopened(context.session, gift_id)
    forms.begin(context, "gifts.edit", target_id=gift.id, answers=gifts.as_answers(gift))


@router.form("gifts.edit", NewGift, who=OFFICER, where=PRIVATE, texts="gifts.new")
def edited(context: Context, new: NewGift, target_id: int) -> None:
    """The draft as it is now."""
    pages.preview(context, giving.edit(context.session, target_id, new))


@router.button("gifts.whom", who=OFFICER, where=PRIVATE)
def whom(context: Context, gift_id: int) -> None:
    """Choose for whom it is."""
    gift = giving.unopened(context.session, gift_id)
    choices = [
        context.button("gifts.to", gift.id, which, text=f"gifts.buttons.to_{which}")
        for which in ("all", "women", "men")
    ]
    below = [context.button("gifts.units", gift.id), context.button("gifts.desk", gift.id)]
    context.show("gifts.for_whom", title=gift.title, buttons=[choices, below])


@router.button("gifts.to", who=OFFICER, where=PRIVATE)
def to(context: Context, gift_id: int, which: str) -> None:
    """It is for these."""
    audience = {"women": Audience(sex=Sex.WOMAN), "men": Audience(sex=Sex.MAN)}.get(which, Audience())
    pages.preview(context, giving.address(context.session, gift_id, audience))


@router.button("gifts.units", who=OFFICER, where=PRIVATE)
def units(context: Context, gift_id: int) -> None:
    """Begin to choose departments."""
    forms.begin(context, "gifts.units", target_id=giving.unopened(context.session, gift_id).id)


@router.form("gifts.units", GiftUnits, who=OFFICER, where=PRIVATE, at_once=True)
def to_units(context: Context, new: GiftUnits, target_id: int) -> None:
    """It is for these departments."""
    pages.preview(context, giving.address(context.session, target_id, Audience(units=tuple(new.units))))


@router.button("gifts.month", who=OFFICER, where=PRIVATE)
def month(context: Context, gift_id: int, by: int) -> None:
    """For the birthdays of the month before, or after."""
    pages.preview(context, giving.turn_month(context.session, gift_id, by))


@router.button("gifts.leave_out", who=OFFICER, where=PRIVATE)
def leave_out(context: Context, gift_id: int) -> None:
    """Leave those out whom it would pass over the cap."""
    pages.preview(context, giving.leave_out(context.session, gift_id, context.person, context.now))


@router.button("gifts.discard", who=OFFICER, where=PRIVATE)
def discard(context: Context, gift_id: int) -> None:
    """Throw a draft away."""
    giving.discard(context.session, gift_id, context.person, context.now)
    context.show("gifts.discarded", buttons=[[context.button("gifts.manage", 1)]])


@router.button("gifts.open", who=OFFICER, where=PRIVATE)
def open_(context: Context, gift_id: int) -> None:
    """Give it: everybody hears of it and may choose."""
    gift = giving.open_up(context.session, gift_id, context.person, context.now)
    context.alert("gifts.is_open")
    pages.desk(context, gift)


# Following it


@router.button("gifts.manage", who=OFFICER, where=PRIVATE)
def manage(context: Context, number: int = 1) -> None:
    """All gifts: what is being handed out first."""
    lists.show(
        context,
        "gifts.managed",
        gifts.managed(context.session),
        number,
        "gifts.manage",
        lambda gift: context.button(
            "gifts.desk", gift.id, text=f"gifts.rows.{gift.state}", title=gift.title, until=gift.collect_until
        ),
        below=[[context.button("gifts.new"), context.button("gifts.birthday")], [context.button("start.desk")]],
    )


@router.button("gifts.desk", who=OFFICER, where=PRIVATE)
def desk(context: Context, gift_id: int) -> None:
    """One gift, and what can be done with it."""
    _show(context, gifts.by_id(context.session, gift_id))


def _show(context: Context, gift: Gift) -> None:
    (pages.preview if gift.state is GiftState.DRAFT else pages.desk)(context, gift)


@router.button("gifts.counts", who=OFFICER, where=PRIVATE)
def counts(context: Context, gift_id: int, number: int = 1) -> None:
    """How many of each option go to each department."""
    gift = gifts.by_id(context.session, gift_id)
    rows = entitlements.counts(context.session, gift)
    below = [[context.button("gifts.export", gift.id), context.button("gifts.desk", gift.id)]]
    lists.lines(context, "gifts.by_unit", rows, number, "gifts.counts", gift.id, below=below, title=gift.title)


@router.button("gifts.left", who=OFFICER, where=PRIVATE)
def left(context: Context, gift_id: int, number: int = 1) -> None:
    """Who has not collected it."""
    gift = gifts.by_id(context.session, gift_id)
    rows = [
        {"name": share.member.name, "unit": share.member.unit.name if share.member.unit else ""}
        for share in entitlements.shares(context.session, gift, Entitlement.given_at.is_(None))
    ]
    below = [[context.button("gifts.export", gift.id), context.button("gifts.desk", gift.id)]]
    lists.lines(context, "gifts.waiting", rows, number, "gifts.left", gift.id, below=below, title=gift.title)


@router.button("gifts.export", who=OFFICER, where=PRIVATE)
def export(context: Context, gift_id: int) -> None:
    """The list for the counter, department by department, with room to sign; and how many of what each needs."""
    gift = gifts.by_id(context.session, gift_id)
    givers = entitlements.givers(context.session, gift)
    rows: list[list[sheets.Cell]] = [[context.plain(f"gifts.columns.{name}") for name in COLUMNS]]
    for share in entitlements.shares(context.session, gift):
        unit = share.member.unit.name if share.member.unit else ""
        option = share.option.title if share.option else ""
        paper = context.plain("gifts.on_paper") if share.by_hand else ""
        by = givers.get(share.given_by or 0, "")
        who: list[sheets.Cell] = [unit, share.member.number, share.member.name, option, share.fen / 100]
        rows.append([*who, share.given_at, by, share.signed_at, paper])
    names = [context.plain(f"gifts.columns.{name}") for name in ("unit", "option", "people", "given", "signed")]
    sums: list[list[sheets.Cell]] = [[*names]]
    sums += [
        [each.unit, each.option, each.people, each.given, each.signed]
        for each in entitlements.counts(context.session, gift)
    ]
    pages_ = [sheets.Sheet(context.plain("gifts.sheet"), rows), sheets.Sheet(context.plain("gifts.sums"), sums)]
    content = sheets.write(pages_, context.house.zone)
    context.say("gifts.exported", title=gift.title, document=(f"{gift.title[:40]}.xlsx", content))


@router.button("gifts.stocks", who=OFFICER, where=PRIVATE)
def stocks(context: Context, gift_id: int) -> None:
    """How many are left of each option; a tap changes it."""
    gift = giving.opened(context.session, gift_id)
    rows = [
        [context.button("gifts.restock", each.id, text="gifts.rows.stock", title=each.title, left=each.left)]
        for each in gift.options
    ]
    context.show("gifts.stocks", title=gift.title, buttons=[*rows, [context.button("gifts.desk", gift.id)]])


@router.button("gifts.restock", who=OFFICER, where=PRIVATE)
def restock(context: Context, option_id: int) -> None:
    """Begin to say how many there are."""
    option = gifts.option(context.session, option_id)
    context.alert("gifts.restocking", title=option.title, taken=option.taken)
    forms.begin(context, "gifts.restock", target_id=option.id)


@router.form("gifts.restock", Stock, who=OFFICER, where=PRIVATE, at_once=True)
def restocked(context: Context, new: Stock, target_id: int) -> None:
    """So many there are."""
    option = giving.restock(context.session, target_id, new.stock, context.person, context.now)
    stocks(context, option.gift_id)


@router.button("gifts.move", who=OFFICER, where=PRIVATE)
def move(context: Context, gift_id: int) -> None:
    """Begin to change place or days."""
    gift = giving.opened(context.session, gift_id)
    answers: dict[str, Any] = {name: getattr(gift, name) for name in NewPlace.model_fields}
    forms.begin(context, "gifts.move", target_id=gift.id, answers=answers)


@router.form("gifts.move", NewPlace, who=OFFICER, where=PRIVATE)
def moved(context: Context, new: NewPlace, target_id: int) -> None:
    """Everybody who has not collected it hears of it."""
    count = giving.move(context.session, target_id, new, context.person, context.now)
    context.show("gifts.is_moved", count=count, buttons=[[context.button("gifts.desk", target_id)]])


@router.button("gifts.top_up", who=OFFICER, where=PRIVATE)
def top_up(context: Context, gift_id: int) -> None:
    """Give it to those who have come since."""
    count = giving.top_up(context.session, gift_id, context.person, context.now)
    context.alert("gifts.topped_up", count=count)
    pages.desk(context, gifts.by_id(context.session, gift_id))


@router.button("gifts.close", who=OFFICER, where=PRIVATE)
def close(context: Context, gift_id: int, sure: int = 0) -> None:
    """End it, after a question."""
    gift = giving.opened(context.session, gift_id)
    if not sure:
        left_ = len(entitlements.shares(context.session, gift, Entitlement.given_at.is_(None)))
        yes = context.button("gifts.close", gift.id, 1, text="gifts.buttons.close_sure")
        buttons = [[yes], [context.button("gifts.desk", gift.id)]]
        context.show("gifts.close_sure", title=gift.title, count=left_, buttons=buttons)
        return
    pages.desk(context, giving.close(context.session, gift_id, context.person, context.now))
