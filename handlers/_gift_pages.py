"""What a gift looks like to whom it is given, to the officer before it is opened, and while it is handed out."""

import io
from typing import Any

import segno

from bot.context import Context
from bot.voice import Keyboard
from models import audiences, collecting, entitlements, gifts, giving
from models.gifts import Entitlement, Gift, GiftState


def code_picture(link: str) -> bytes:
    """The code to scan, as PNG: large and with a wide edge, for an old phone in poor light."""
    out = io.BytesIO()
    segno.make(link, error="m", micro=False).save(out, kind="png", scale=10, border=4)
    return out.getvalue()


def spaced(code: str | None) -> str:
    """A code in two halves, as people read it out."""
    return f"{code[:4]}-{code[4:]}" if code else ""


def mine(context: Context, share: Entitlement) -> None:
    """One's own share: what one has chosen, when and where it is, and whether one has it."""
    gift = share.gift
    rows: Keyboard = []
    going_on = gift.state is GiftState.OPEN
    choosing = going_on and share.given_at is None and collecting.may_choose(context.session, gift, context.now)
    if choosing:
        for option in gift.options:
            key = "gifts.rows.chosen" if option.id == share.option_id else "gifts.rows.option"
            if option.left == 0 and option.id != share.option_id:
                key = "gifts.rows.gone"
            rows.append([context.button("gifts.choose", option.id, text=key, title=option.title)])
    if going_on and share.given_at is None and share.option_id is not None:
        rows.append([context.button("gifts.code", gift.id)])
    if share.given_at is not None and share.signed_at is None:
        rows.append([context.button("gifts.sign", share.id)])
    rows.append([context.button("gifts.mine", 1)])
    context.show("gifts.mine", buttons=rows, choosing=choosing, over=not going_on, **facts(share))


def facts(share: Entitlement) -> dict[str, Any]:
    """A share as parameters of its sentences."""
    return gifts.facts_of(share.gift) | {
        "option": share.option.title if share.option else "",
        "code": spaced(share.code),
        "given_at": share.given_at,
        "signed_at": share.signed_at,
        "by_hand": share.by_hand,
    }


def preview(context: Context, gift: Gift) -> None:
    """A draft: what it is, for whom, what it costs, and what stands in its way."""
    plan = giving.plan(context.session, gift)
    number = gift.id
    rows: Keyboard = []
    if plan.over:
        rows.append([context.button("gifts.leave_out", number, count=len(plan.over))])
    elif plan.people:
        rows.append([context.button("gifts.open", number, text="gifts.buttons.open_to", count=plan.people)])
    if gift.month is not None:
        rows.append([context.button("gifts.month", number, -1, text="gifts.buttons.month_before")])
        rows[-1].append(context.button("gifts.month", number, 1, text="gifts.buttons.month_after"))
    rows.append([context.button("gifts.whom", number), context.button("gifts.edit", number)])
    rows.append([context.button("gifts.discard", number), context.button("gifts.manage", 1)])
    offers = [{"title": each.title, "yuan": gifts.yuan(each.fen), "stock": each.stock} for each in gift.options]
    cap = None if plan.cap is None else plan.cap // 100
    over = [member.name for member in audiences.rows_of(context.session, plan.over[:5])]
    context.show(
        "gifts.preview",
        buttons=rows,
        offers=offers,
        whom=audiences.names_of(context.session, gift.whom),
        month=gift.month,
        people=plan.people,
        unbound=plan.unbound,
        least=gifts.yuan(plan.least),
        most=gifts.yuan(plan.most),
        cap=cap,
        over=over,
        over_count=len(plan.over),
        short=plan.short,
        left_out=len(gift.left_out),
        **gifts.facts_of(gift),
    )


def desk(context: Context, gift: Gift) -> None:
    """A gift that is, or was, handed out: how many have it, and what can be done."""
    number, rows = gift.id, list[list[Any]]()
    counts = entitlements.counts(context.session, gift)
    people, given = sum(each.people for each in counts), sum(each.given for each in counts)
    if gift.state is GiftState.OPEN:
        rows.append([context.button("gifts.find", number), context.button("gifts.left", number)])
    else:
        rows.append([context.button("gifts.left", number)])
    rows.append([context.button("gifts.counts", number), context.button("gifts.export", number)])
    if gift.state is GiftState.OPEN:
        rows.append([context.button("gifts.stocks", number), context.button("gifts.move", number)])
        rows.append([context.button("gifts.top_up", number), context.button("gifts.close", number)])
    rows.append([context.button("gifts.manage", 1)])
    chosen: dict[str, int] = {}
    for each in counts:
        chosen[each.option] = chosen.get(each.option, 0) + each.people
    names = [each.title for each in gift.options]
    context.show(
        "gifts.one",
        buttons=rows,
        people=people,
        given=given,
        signed=sum(each.signed for each in counts),
        closed=gift.state is GiftState.CLOSED,
        chosen=[{"title": name, "people": chosen.get(name, 0)} for name in names],
        undecided=chosen.get("", 0),
        **gifts.facts_of(gift),
    )


def hand(context: Context, share: Entitlement) -> None:
    """One person's share before the officer at the counter: who, what, and the one tap."""
    rows: Keyboard = []
    if share.given_at is None and share.gift.state is GiftState.OPEN and share.option_id is not None:
        rows.append([context.button("gifts.give", share.id)])
    if share.given_at is not None and share.signed_at is None:
        rows.append([context.button("gifts.by_hand", share.id), context.button("gifts.undo", share.id)])
    rows.append([context.button("gifts.find", share.gift_id), context.button("gifts.desk", share.gift_id)])
    context.show(
        "gifts.counter",
        buttons=rows,
        name=share.member.name,
        number=share.member.number,
        unit=share.member.unit.name if share.member.unit else "",
        yuan=gifts.yuan(share.fen),
        by=collecting.giver(context.session, share),
        closed=share.gift.state is GiftState.CLOSED,
        **facts(share),
    )
