"""Gifts: whatever people and officers do in whatever order, stock, sums, caps and signatures hold."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from models import collecting, entitlements, gift_days, giving
from models.base import Base, Refused
from models.gifts import HELD, Entitlement, Gift, GiftKind, GiftState, NewGift, NewPlace, Option
from models.house import House
from models.letters import Letter
from models.people import Account, Member, Person
from tests.institute import MONDAY

PEOPLE = 6
CAP = 300 * 100
ONCE = ("gifts.letter", "gifts.choose_today")  # at most one of each for one gift and reader

who = st.integers(1, PEOPLE)
nth = st.integers(0, 7)


class Gifts(RuleBasedStateMachine):
    """A small institute that is given things, in a database of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = create_engine("sqlite://")
        Base.metadata.create_all(self.engine)
        self.session = Session(self.engine, info={"house": House(gift_caps={"festival": CAP})})
        self.now: datetime = MONDAY
        self.given: dict[int, datetime] = {}  # share → when, as whoever stands at the counter saw it
        self.signed: dict[int, datetime] = {}

    def teardown(self) -> None:
        self.session.close()
        self.engine.dispose()

    @initialize(stock=st.integers(0, PEOPLE))
    def found(self, stock: int) -> None:
        """Everybody is hired, and the first gift is given."""
        for number in range(1, PEOPLE + 1):
            self.session.add(Member(id=number, number=f"{number:04d}", name=f"同事{number}", kinds=[], tags=[]))
            account = Account(id=number, member_id=number, name=f"同事{number}", first_at=MONDAY, reachable=True)
            self.session.add(account)
        self.session.flush()
        self.officer = Person(self.session.get_one(Account, 1), self.session.get_one(Member, 1))
        self.offer(f"甲 100元\n乙 200元 {stock}份", 3)

    def tries(self, act: Callable[[], Any]) -> Any:
        """Do it; a no leaves nothing behind."""
        try:
            with self.session.begin_nested():
                return act()
        except Refused as no:
            self.session.expire_all()
            return no.code

    def gift(self, index: int) -> Gift:
        found = list(self.session.scalars(select(Gift).order_by(Gift.id)))
        return found[index % len(found)]

    def option(self, index: int) -> Option:
        found = list(self.session.scalars(select(Option).order_by(Option.id)))
        return found[index % len(found)]

    def share(self, member: int, index: int) -> Entitlement | None:
        query = select(Entitlement).where(Entitlement.member_id == member, HELD).order_by(Entitlement.id)
        found = list(self.session.scalars(query))
        return found[index % len(found)] if found else None

    @property
    def today(self) -> date:
        return (self.now + timedelta(hours=8)).date()

    @rule(
        options=st.sampled_from(["丙 50元", "丁 100元 6份\n戊 250元 2份", "己 300元\n庚 10元", "辛 120元 3份"]),
        ahead=st.integers(0, 4),
    )
    def offer(self, options: str, ahead: int) -> None:
        several = "\n" in options
        start = self.today + timedelta(days=ahead + several)
        new = NewGift(
            title="节日",
            kind=GiftKind.FESTIVAL,
            options=options,
            choose_by=start - timedelta(days=1) if several else None,
            collect_from=start,
            collect_until=start + timedelta(days=ahead),
            place="工会",
        )
        number = giving.draft(self.session, new, self.officer, self.now).id
        code = self.tries(lambda: giving.open_up(self.session, number, self.officer, self.now))
        if code == "gifts.over_cap":
            giving.leave_out(self.session, number, self.officer, self.now)
            self.tries(lambda: giving.open_up(self.session, number, self.officer, self.now))

    @rule(member=who, index=nth)
    def choose(self, member: int, index: int) -> None:
        option = self.option(index)
        row = self.session.get_one(Member, member)
        if row.left_on is None:
            got = self.tries(lambda: collecting.choose(self.session, row, option.id, self.now))
            if isinstance(got, Entitlement):
                assert got.option_id == option.id

    @rule(member=who, index=nth)
    def hand_out(self, member: int, index: int) -> None:
        if (share := self.share(member, index)) is None:
            return
        got = self.tries(lambda: collecting.hand_out(self.session, share.id, self.officer, self.now))
        if share.id in self.given:
            assert got == "gifts.given_already"
        elif isinstance(got, Entitlement):
            self.given[share.id] = self.now

    @rule(member=who, index=nth)
    def take_back(self, member: int, index: int) -> None:
        if (share := self.share(member, index)) is None:
            return
        got = self.tries(lambda: collecting.take_back(self.session, share.id, self.officer, self.now))
        if isinstance(got, Entitlement):
            assert share.id not in self.signed
            del self.given[share.id]

    @rule(member=who, index=nth, by_hand=st.booleans())
    def sign(self, member: int, index: int, by_hand: bool) -> None:
        if (share := self.share(member, index)) is None:
            return
        row = self.session.get_one(Member, member)
        if by_hand:
            got = self.tries(lambda: collecting.sign_by_hand(self.session, share.id, self.officer, self.now))
        else:
            got = self.tries(lambda: collecting.sign(self.session, row, share.id, self.now))
        if isinstance(got, Entitlement):
            assert share.id in self.given
            self.signed.setdefault(share.id, self.now)

    @rule(member=st.integers(2, PEOPLE), gone=st.booleans())
    def leave_or_return(self, member: int, gone: bool) -> None:
        self.session.get_one(Member, member).left_on = self.today if gone else None
        self.session.flush()
        collecting.release_leavers(self.session, self.now)

    @rule(index=nth)
    def add_who_is_new(self, index: int) -> None:
        self.tries(lambda: giving.top_up(self.session, self.gift(index).id, self.officer, self.now))

    @rule(index=nth, stock=st.one_of(st.none(), st.integers(0, PEOPLE + 1)))
    def restock(self, index: int, stock: int | None) -> None:
        number = self.option(index).id
        self.tries(lambda: giving.restock(self.session, number, stock, self.officer, self.now))

    @rule(index=nth, days=st.integers(1, 3))
    def move(self, index: int, days: int) -> None:
        gift = self.gift(index)
        until = max(gift.collect_until, self.today) + timedelta(days=days)
        new = NewPlace(collect_from=gift.collect_from, collect_until=until, place="礼堂")
        self.tries(lambda: giving.move(self.session, gift.id, new, self.officer, self.now))

    @rule(index=nth)
    def close(self, index: int) -> None:
        number = self.gift(index).id
        self.tries(lambda: giving.close(self.session, number, self.officer, self.now))

    @rule(hours=st.sampled_from([1, 5, 14, 24, 50]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        before = self.session.scalar(select(func.max(Letter.id))) or 0
        gift_days.follow(self.session, self.now)
        gift_days.follow(self.session, self.now)  # running it twice changes nothing
        reminded = select(Letter.member_id, Letter.subject_id).where(
            Letter.id > before, Letter.text == "gifts.reminder"
        )
        for member, gift in self.session.execute(reminded):
            share = select(Entitlement).where(Entitlement.member_id == member, Entitlement.gift_id == gift)
            assert self.session.scalars(share).one().given_at is None

    @invariant()
    def stock_and_sums_match(self) -> None:
        held = select(Entitlement.option_id, func.count()).where(HELD).group_by(Entitlement.option_id)
        counted = {option: count for option, count in self.session.execute(held) if option is not None}
        for option in self.session.scalars(select(Option).execution_options(populate_existing=True)):
            assert option.taken >= 0
            assert option.stock is None or option.taken <= option.stock
            assert option.taken == counted.get(option.id, 0)
        for gift in self.session.scalars(select(Gift).where(Gift.state == GiftState.OPEN)):
            if None not in (stocks := [option.stock for option in gift.options]):
                people = len(entitlements.shares(self.session, gift))
                assert sum(stock or 0 for stock in stocks) >= people

    @invariant()
    def caps_hold(self) -> None:
        if (gift := self.session.scalars(select(Gift)).first()) is not None:
            assert all(fen <= CAP for fen in entitlements.spent(self.session, gift).values())

    @invariant()
    def collected_once_and_signed_only_when_collected(self) -> None:
        rows = list(self.session.scalars(select(Entitlement).execution_options(populate_existing=True)))
        assert {row.id: row.given_at for row in rows if row.given_at} == self.given
        assert {row.id: row.signed_at for row in rows if row.signed_at} == self.signed
        assert all(row.option_id is not None and row.withdrawn_at is None for row in rows if row.given_at)
        assert all(row.fen == row.option.fen for row in rows if row.option is not None)

    @invariant()
    def nobody_hears_anything_twice(self) -> None:
        told = select(Letter.member_id, Letter.subject_id, Letter.text).where(Letter.text.in_(ONCE))
        assert max(Counter(self.session.execute(told).all()).values(), default=1) == 1
        given = select(Letter.subject_id, Letter.params).where(Letter.text == "gifts.given")
        heard = Counter((number, params["at"]) for number, params in self.session.execute(given))
        assert max(heard.values(), default=1) == 1


Gifts.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestGifts = Gifts.TestCase
