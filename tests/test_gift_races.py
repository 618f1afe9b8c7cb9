"""Gifts under load: what runs out, what is capped and what is handed out holds, however many come at once."""

import asyncio
from datetime import date
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.units import Units, make_units
from models import collecting, entitlements, giving
from models.base import Refused
from models.gifts import Entitlement, Gift, GiftKind, GiftState, NewGift, Option
from models.letters import Letter
from models.people import Account, Member, Person
from tests.institute import MONDAY, fill, settings_for


async def test_a_thousand_at_once_for_fifty(url: str) -> None:
    """Exactly fifty get what there are fifty of, and the counts say so."""
    settings = settings_for(url)
    units = make_units(url, settings.house)
    offer = NewGift(
        title="端午粽子",
        kind=GiftKind.FESTIVAL,
        options="粽子礼盒 120元\n无糖粽子 120元 50份",
        choose_by=date(2026, 12, 10),
        collect_from=date(2026, 12, 15),
        collect_until=date(2026, 12, 17),
        place="工会",
    )

    def prepare(session: Session) -> int:
        fill(session, MONDAY, -1)
        session.add_all(Member(number=f"x{number}", name=f"同事{number}", kinds=[], tags=[]) for number in range(1000))
        session.flush()
        gift = giving.draft(session, offer, _chair(session), MONDAY)
        giving.open_up(session, gift.id, _chair(session), MONDAY)
        return gift.options[1].id

    scarce = await units.write(prepare)
    members = await units.read(lambda s: list(s.scalars(select(Member.id).where(Member.number.startswith("x")))))

    def choose(session: Session, member_id: int) -> str:
        collecting.choose(session, session.get_one(Member, member_id), scarce, MONDAY)
        return "chosen"

    got = await asyncio.gather(*[_outcome(units, lambda s, m=member: choose(s, m)) for member in members])
    assert (got.count("chosen"), got.count("gifts.all_gone")) == (50, 950)
    state = await units.read(lambda s: s.get_one(Option, scarce).taken)
    held = await units.read(lambda s: s.scalar(select(func.count()).where(Entitlement.option_id == scarce)))
    assert state == held == 50
    codes = await units.read(lambda s: list(s.scalars(select(Entitlement.code))))
    assert len(set(codes)) == len(codes) == 1005
    units.close()


async def test_two_officers_at_one_counter_hand_it_out_once(url: str) -> None:
    settings = settings_for(url)
    units = make_units(url, settings.house)
    offer = NewGift(
        title="电影票",
        kind=GiftKind.OTHER,
        options="电影票 50元",
        collect_from=date(2026, 11, 23),
        collect_until=date(2026, 11, 27),
        place="工会",
    )

    def prepare(session: Session) -> list[int]:
        fill(session, MONDAY, -1)
        gift = giving.draft(session, offer, _chair(session), MONDAY)
        giving.open_up(session, gift.id, _chair(session), MONDAY)
        return [share.id for share in entitlements.shares(session, gift)]

    numbers = await units.write(prepare)

    def hand(session: Session, number: int) -> str:
        collecting.hand_out(session, number, _chair(session), MONDAY)
        return "given"

    got = await asyncio.gather(*[_outcome(units, lambda s, n=n: hand(s, n)) for n in numbers for _ in range(6)])
    assert got.count("given") == len(numbers)
    assert got.count("gifts.given_already") == 5 * len(numbers)
    written = select(func.count(Letter.id)).where(Letter.text == "gifts.given")
    assert await units.read(lambda s: s.scalar(written)) == len(numbers)
    units.close()


async def test_two_gifts_at_once_do_not_pass_a_cap_together(url: str) -> None:
    """Opened at once by two officers, one goes out; chosen at once by one person, the dearer one is taken once."""
    settings = settings_for(url, gifts={"caps": {"festival": 300}})
    units = make_units(url, settings.house)

    def offer(options: str, several: bool) -> NewGift:
        return NewGift(
            title="节日",
            kind=GiftKind.FESTIVAL,
            options=options,
            choose_by=date(2026, 12, 1) if several else None,
            collect_from=date(2026, 12, 2),
            collect_until=date(2026, 12, 4),
            place="工会",
        )

    def prepare(session: Session) -> list[int]:
        fill(session, MONDAY, -1)
        new = [offer("小份 20元\n大份 180元", True)] * 2 + [offer("礼盒 150元", False)] * 2
        return [giving.draft(session, each, _chair(session), MONDAY).id for each in new]

    *small, first, second = await units.write(prepare)

    def open_(session: Session, number: int) -> str:
        return giving.open_up(session, number, _chair(session), MONDAY).state.value

    assert [await _outcome(units, lambda s, n=n: open_(s, n)) for n in small] == ["open", "open"]

    def dearer(session: Session, number: int) -> str:
        member = session.scalars(select(Member).where(Member.name == "李梅")).unique().one()
        option = session.scalars(select(Option).where(Option.gift_id == number, Option.fen == 18000)).one()
        collecting.choose(session, member, option.id, MONDAY)
        return "chosen"

    got = await asyncio.gather(*[_outcome(units, lambda s, n=n: dearer(s, n)) for n in small for _ in range(8)])
    assert set(got) == {"chosen", "gifts.over_my_cap"}
    await units.write(lambda s: s.execute(update(Option).where(Option.gift_id.in_((first, second))).values(fen=14000)))

    def leave_li_out(session: Session) -> None:
        for number in (first, second):
            giving.leave_out(session, number, _chair(session), MONDAY)

    await units.write(leave_li_out)
    got = await asyncio.gather(*[_outcome(units, lambda s, n=n: open_(s, n)) for n in (first, second)])
    assert sorted(got) == ["gifts.over_cap", "open"]
    chosen = select(Gift.year, func.sum(Entitlement.fen)).join(Gift).where(Gift.state == GiftState.OPEN)
    sums = await units.read(lambda s: s.execute(chosen.group_by(Gift.year, Entitlement.member_id)).all())
    assert len(sums) == 5
    assert all(fen <= 30000 for _, fen in sums)
    units.close()


async def _outcome(units: Units, work: Any) -> str:
    """What a unit of work comes to: its own word, or the code of the no."""
    try:
        found: str = await units.write(work)
    except Refused as no:
        return no.code
    return found


def _chair(session: Session) -> Person:
    account = session.scalars(select(Account).order_by(Account.id)).unique().first()
    assert account is not None
    return Person(account, account.member)
