"""What becomes of one person's share of a gift: chosen, collected against the code, signed for."""

from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from models import entitlements, gifts, letters, me
from models.base import Refused
from models.binding import ALPHABET
from models.gifts import HELD, Entitlement, Gift, GiftState, Option
from models.house import house
from models.people import Account, Member, Person
from models.traces import trace


def keyboard(gift: Gift) -> list[list[list[Any]]]:
    """The buttons under a gift's letter: what there is to choose from, or the way to one's code."""
    if len(gift.options) == 1:
        return [[letters.button("gifts.code", gift.id)]]
    return [
        [letters.button("gifts.choose", option.id, text="gifts.rows.option", title=option.title)]
        for option in gift.options
    ]


# Choosing


def take(session: Session, option: Option, count: int = 1) -> bool:
    """Take so many of an option, if that many are left."""
    there = or_(Option.stock.is_(None), Option.taken + count <= Option.stock)
    return _count(session, update(Option).where(Option.id == option.id, there), option, count)


def give_back(session: Session, option: Option) -> None:
    """Let somebody else have it."""
    _count(session, update(Option).where(Option.id == option.id), option, -1)


def _count(session: Session, which: Any, option: Option, by: int) -> bool:
    change = which.values(taken=Option.taken + by).returning(Option.taken)
    taken = session.scalar(change.execution_options(synchronize_session=False))
    if taken is not None:
        session.refresh(option)
    return taken is not None


def choose(session: Session, member: Member, number: int, now: datetime) -> Entitlement:
    """Choose one of the options, or another one instead; the same again changes nothing."""
    option = session.get(Option, number)
    if option is None:
        raise Refused("gifts.unknown")
    gift = option.gift
    gifts.hold(session, gift)
    # All of their shares: two gifts chosen at once must not pass the cap together.
    session.execute(select(Entitlement.id).where(Entitlement.member_id == member.id).with_for_update())
    mine = entitlements.share(session, gift, member, lock=True)
    if gift.state is not GiftState.OPEN:
        raise Refused("gifts.is_over")
    if mine.given_at is not None:
        raise Refused("gifts.have_it")
    if not may_choose(session, gift, now):
        raise Refused("gifts.chosen_already" if mine.option_id == option.id else "gifts.choice_over")
    cap = entitlements.cap_of(session, gift)
    had = entitlements.spent(session, gift, member=member.id, apart_from=mine.id).get(member.id, 0)
    if cap is not None and had + option.fen > cap:
        raise Refused("gifts.over_my_cap", title=option.title)
    if mine.option_id != option.id:
        _swap(session, mine.option, option)
    mine.option_id, mine.option, mine.fen, mine.chosen_at = option.id, option, option.fen, now
    session.flush()
    return mine


def _swap(session: Session, old: Option | None, new: Option) -> None:
    """Both counts change in the order of their numbers, so that two who swap do not wait for each other."""
    if old is not None and old.id < new.id:
        give_back(session, old)
    if not take(session, new):
        raise Refused("gifts.all_gone", title=new.title)
    if old is not None and old.id > new.id:
        give_back(session, old)


def may_choose(session: Session, gift: Gift, now: datetime) -> bool:
    """Whether the day to choose has not passed."""
    today = house(session).local(now).date()
    return gift.choose_by is not None and today <= gift.choose_by and gifts.SETTLE not in gift.done


# Handing out


def by_code(session: Session, text: str) -> Entitlement:
    """Whose code it is. One that is wrong, over or taken back is simply unknown."""
    code = looks_like_code(text)
    found = session.scalar(select(Entitlement).where(Entitlement.code == code, HELD)) if code else None
    if found is None or found.gift.state is GiftState.DRAFT:
        raise Refused("gifts.unknown_code")
    return found


def looks_like_code(text: str) -> str | None:
    """The code in what somebody typed, however they wrote it, or None."""
    bare = "".join(text.split()).replace("-", "").upper()
    fits = len(bare) == 8 and set(bare) <= set(ALPHABET) and not bare.isdigit() and not bare.isalpha()
    return bare if fits else None


def one(session: Session, number: int, *, lock: bool = False) -> Entitlement:
    """One person's share, for an officer."""
    query = select(Entitlement).where(Entitlement.id == number, HELD)
    if lock:
        query = query.with_for_update(of=Entitlement).execution_options(populate_existing=True)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise Refused("gifts.unknown")
    return found


def hand_out(session: Session, number: int, by: Person, now: datetime) -> Entitlement:
    """It is in their hands, and they are asked to sign for it. A second time is refused, with when and by whom."""
    mine = one(session, number, lock=True)
    if mine.given_at is not None:
        raise Refused("gifts.given_already", at=mine.given_at, by=giver(session, mine))
    if mine.gift.state is not GiftState.OPEN:
        raise Refused("gifts.not_open")
    if mine.option is None:
        raise Refused("gifts.nothing_chosen")
    if mine.member.left_on is not None:
        raise Refused("gifts.has_left")
    mine.given_at, mine.given_by = now, by.account.id
    letters.post(
        session,
        f"entitlement:{mine.id}:given:{now.isoformat()}",
        mine.member,
        "gifts.given",
        now,
        buttons=[[letters.button("gifts.sign", mine.id)]],
        check="gifts.unsigned",
        subject_id=mine.id,
        title=mine.gift.title,
        option=mine.option.title,
        at=now,
    )
    trace(session, by, "gifts.given", f"entitlement:{mine.id}", now)
    return mine


def take_back(session: Session, number: int, by: Person, now: datetime) -> Entitlement:
    """The officer pressed the wrong name; once it is signed for, it stays."""
    mine = one(session, number, lock=True)
    if mine.given_at is None or mine.signed_at is not None:
        raise Refused("gifts.is_signed" if mine.signed_at else "common.old_button")
    mine.given_at = mine.given_by = None
    trace(session, by, "gifts.taken_back", f"entitlement:{mine.id}", now)
    return mine


def giver(session: Session, mine: Entitlement) -> str:
    """The name of the officer who handed it out; empty if they are not known any more."""
    account = session.get(Account, mine.given_by) if mine.given_by is not None else None
    return "" if account is None else account.member.name if account.member else account.name


def sign(session: Session, member: Member, number: int, now: datetime) -> Entitlement:
    """Say that one has received it; saying so twice changes nothing."""
    mine = one(session, number, lock=True)
    if mine.member_id != member.id:
        raise Refused("gifts.unknown")
    if mine.given_at is None:
        raise Refused("gifts.not_given")
    mine.signed_at = mine.signed_at or now
    return mine


def sign_by_hand(session: Session, number: int, by: Person, now: datetime) -> Entitlement:
    """They have signed on paper; it is noted as such."""
    mine = one(session, number, lock=True)
    if mine.given_at is None or mine.signed_at is not None:
        raise Refused("gifts.is_signed" if mine.signed_at else "gifts.not_given")
    mine.signed_at, mine.by_hand = now, True
    trace(session, by, "gifts.signed_by_hand", f"entitlement:{mine.id}", now)
    return mine


# Leaving


def withdraw(session: Session, number: int, now: datetime) -> None:
    """Who has gone before they collected it makes room for others."""
    query = select(Entitlement).where(Entitlement.id == number).with_for_update(of=Entitlement)
    mine = session.scalars(query.execution_options(populate_existing=True)).one()
    if mine.given_at is not None or mine.withdrawn_at is not None:
        return
    mine.withdrawn_at = now
    if mine.option is not None:
        give_back(session, mine.option)
        mine.option_id = mine.option = None
    session.flush()


def release_leavers(session: Session, now: datetime) -> None:
    """Who has left the institute needs no gift kept for them."""
    gone = _uncollected().join(Member, Member.id == Entitlement.member_id).where(Member.left_on.is_not(None))
    for number in list(session.scalars(gone)):
        withdraw(session, number, now)


@me.before_erasing
def let_go(session: Session, member: Member, now: datetime) -> None:
    """Who asks to be forgotten lets go of what they have not collected."""
    for number in list(session.scalars(_uncollected().where(Entitlement.member_id == member.id))):
        withdraw(session, number, now)


def _uncollected() -> Any:
    here = HELD, Entitlement.given_at.is_(None), Gift.state == GiftState.OPEN
    return select(Entitlement.id).join(Gift, Gift.id == Entitlement.gift_id).where(*here).order_by(Entitlement.id)
