"""Gifts: what one is given, choosing, the code; and the counter, where officers hand out against it."""

from typing import Annotated

from pydantic import BaseModel, Field

from bot import forms, lists
from bot.context import Context
from bot.router import MEMBER, OFFICER, PRIVATE, NotMine, Router
from bot.voice import Button
from handlers import _gift_pages as pages
from models import collecting, entitlements, gift_days, gifts
from models.base import Refused
from models.gifts import Entitlement, GiftState
from models.people import Role

router = Router("gifts")
router.tick(collecting.release_leavers)
router.tick(gift_days.follow)
router.home("gifts.mine", order=25)


class Whose(BaseModel):
    """Whom an officer looks for at the counter."""

    query: Annotated[str, Field(min_length=1, max_length=40)]


@router.command("gifts", who=MEMBER, where=PRIVATE)
def command(context: Context) -> None:
    """What one is given, what is still to be collected first."""
    mine(context, 1)


@router.button("gifts.mine", who=MEMBER, where=PRIVATE)
def mine(context: Context, number: int = 1) -> None:
    """One page of it."""
    rows = entitlements.of_member(context.session, context.member)
    waiting = sum(1 for row in rows if row.given_at is None and row.gift.state is GiftState.OPEN)
    home = [[context.button("start.home")]]
    lists.show(
        context, "gifts.list", rows, number, "gifts.mine", lambda row: _row(context, row), below=home, waiting=waiting
    )


def _row(context: Context, share: Entitlement) -> Button:
    state = "got" if share.given_at else "waits" if share.gift.state is GiftState.OPEN else "missed"
    gift = share.gift
    text = f"gifts.rows.{state}"
    return context.button("gifts.view", gift.id, text=text, title=gift.title, until=gift.collect_until)


@router.button("gifts.view", who=MEMBER, where=PRIVATE)
def view(context: Context, gift_id: int) -> None:
    """One gift, as it is for oneself."""
    gift = gifts.by_id(context.session, gift_id)
    pages.mine(context, entitlements.share(context.session, gift, context.member))


@router.button("gifts.choose", who=MEMBER, where=PRIVATE, whose="own")
def choose(context: Context, option_id: int) -> None:
    """Choose with one tap, or choose something else."""
    share = collecting.choose(context.session, context.member, option_id, context.now)
    assert share.option is not None
    context.alert("gifts.noted", option=share.option.title, choose_by=share.gift.choose_by)
    pages.mine(context, share)


@router.button("gifts.code", who=MEMBER, where=PRIVATE)
def code(context: Context, gift_id: int) -> None:
    """One's collection code, as a picture to be scanned and as letters to be read out."""
    share = entitlements.share(context.session, gifts.by_id(context.session, gift_id), context.member)
    if share.given_at is not None:
        raise Refused("gifts.have_it")
    if share.gift.state is not GiftState.OPEN:
        raise Refused("gifts.is_over")
    if share.option is None or share.code is None:
        raise Refused("gifts.choose_first")
    picture = pages.code_picture(context.url("gift", share.code))
    context.say("gifts.code", photo=picture, **pages.facts(share))


@router.button("gifts.sign", who=MEMBER, where=PRIVATE, whose="own")
def sign(context: Context, entitlement_id: int) -> None:
    """Say that one has received it."""
    share = collecting.sign(context.session, context.member, entitlement_id, context.now)
    context.alert("gifts.signed")
    pages.mine(context, share)


# The counter


@router.link("gift", who=MEMBER, where=PRIVATE)
def scanned(context: Context, code: str) -> None:
    """A code was scanned: by an officer, to hand out; by its owner, to look at. To others it says nothing."""
    share = collecting.by_code(context.session, code)
    if context.person.may(Role.OFFICER):
        pages.hand(context, share)
    elif share.member_id == context.member.id:
        pages.mine(context, share)
    else:
        raise Refused("gifts.unknown_code")


@router.message("text", who=OFFICER, where=PRIVATE)
def typed(context: Context) -> None:
    """An officer types a code."""
    if collecting.looks_like_code(context.incoming.text) is None:
        raise NotMine
    pages.hand(context, collecting.by_code(context.session, context.incoming.text))


@router.button("gifts.find", who=OFFICER, where=PRIVATE)
def find(context: Context, gift_id: int) -> None:
    """Begin to look for somebody by name."""
    forms.begin(context, "gifts.find", target_id=gifts.by_id(context.session, gift_id).id)


@router.form("gifts.find", Whose, who=OFFICER, where=PRIVATE, at_once=True)
def found(context: Context, new: Whose, target_id: int) -> None:
    """Whoever of this gift is called so, or the code itself."""
    if collecting.looks_like_code(new.query) is not None:
        pages.hand(context, collecting.by_code(context.session, new.query))
        return
    gift = gifts.by_id(context.session, target_id)
    rows = entitlements.called(context.session, gift, new.query)
    if len(rows) == 1:
        pages.hand(context, rows[0])
        return
    buttons = [[_name(context, share)] for share in rows]
    buttons += [[context.button("gifts.find", gift.id), context.button("gifts.desk", gift.id)]]
    context.show("gifts.found", count=len(rows), title=gift.title, buttons=buttons)


def _name(context: Context, share: Entitlement) -> Button:
    unit = share.member.unit.name if share.member.unit else ""
    given = share.given_at is not None
    return context.button("gifts.one", share.id, text="gifts.rows.name", name=share.member.name, unit=unit, given=given)


@router.button("gifts.one", who=OFFICER, where=PRIVATE)
def one(context: Context, entitlement_id: int) -> None:
    """One person's share."""
    pages.hand(context, collecting.one(context.session, entitlement_id))


@router.button("gifts.give", who=OFFICER, where=PRIVATE)
def give(context: Context, entitlement_id: int) -> None:
    """It is in their hands."""
    share = collecting.hand_out(context.session, entitlement_id, context.person, context.now)
    context.alert("gifts.given_now", name=share.member.name)
    pages.hand(context, share)


@router.button("gifts.undo", who=OFFICER, where=PRIVATE)
def undo(context: Context, entitlement_id: int) -> None:
    """It was the wrong name."""
    share = collecting.take_back(context.session, entitlement_id, context.person, context.now)
    context.alert("gifts.undone")
    pages.hand(context, share)


@router.button("gifts.by_hand", who=OFFICER, where=PRIVATE)
def by_hand(context: Context, entitlement_id: int) -> None:
    """They have signed on paper."""
    share = collecting.sign_by_hand(context.session, entitlement_id, context.person, context.now)
    context.alert("gifts.signed_on_paper")
    pages.hand(context, share)
