"""What officers do with gifts: draft one, look at what it costs, open it, follow it, move it, close it."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from models import audiences, broadcasts, collecting, entitlements, gift_days, gifts, letters
from models.audiences import Audience
from models.base import Refused
from models.binding import ALPHABET
from models.gifts import HELD, Entitlement, Gift, GiftKind, GiftState, NewGift, NewPlace, Option
from models.house import house
from models.letters import Letter
from models.people import Account, Member, Person
from models.traces import trace

CODE = 8  # letters of a collection code: 40 bits
NAMES = ("title", "kind", "choose_by", "collect_from", "collect_until", "place", "hours")


@dataclass(frozen=True)
class Plan:
    """What opening a gift would mean."""

    people: int
    unbound: int  # who has no account here; they are handed it out by name
    least: int  # in fen, if everybody chose the cheapest that is left, and the dearest
    most: int
    over: tuple[int, ...]  # whom it would pass over the cap
    cap: int | None
    short: int  # so many would get nothing


def draft(session: Session, new: NewGift, by: Person, now: datetime) -> Gift:
    """Keep a gift for the officer to look at. One for birthdays is for those of the month in which it is collected."""
    gift = Gift(by_account=by.account.id, made_at=now, state=GiftState.DRAFT)
    _fill(gift, new)
    session.add(gift)
    session.flush()
    return gift


def _fill(gift: Gift, new: NewGift) -> None:
    for name in NAMES:
        setattr(gift, name, getattr(new, name))
    offers = gifts.read_offers(new.options)
    gift.options = [Option(title=each.title, fen=each.fen, stock=each.stock, taken=0) for each in offers]
    gift.choose_by = new.choose_by if len(offers) > 1 else None
    gift.year = new.collect_from.year
    gift.month = (gift.month or new.collect_from.replace(day=1)) if gift.kind is GiftKind.BIRTHDAY else None


def unopened(session: Session, number: int) -> Gift:
    """A gift that may still be changed freely."""
    gift = gifts.by_id(session, number, lock=True)
    if gift.state is not GiftState.DRAFT:
        raise Refused("gifts.opened_already")
    return gift


def edit(session: Session, number: int, new: NewGift) -> Gift:
    """Change a draft."""
    gift = unopened(session, number)
    for option in gift.options:
        session.delete(option)
    _fill(gift, new)
    session.flush()
    return gift


def address(session: Session, number: int, whom: Audience) -> Gift:
    """Choose for whom it is."""
    gift = unopened(session, number)
    gift.audience, gift.left_out = whom.kept(), []
    return gift


def turn_month(session: Session, number: int, by: int) -> Gift:
    """Give it to those whose birthday is kept in another month."""
    gift = unopened(session, number)
    if gift.month is None or abs(by) != 1:
        raise Refused("common.old_button")
    months = gift.month.year * 12 + gift.month.month - 1 + by
    gift.month, gift.left_out = date(months // 12, months % 12 + 1, 1), []
    return gift


def discard(session: Session, number: int, by: Person, now: datetime) -> None:
    """Throw a draft away."""
    gift = unopened(session, number)
    trace(session, by, "gifts.discarded", f"gift:{gift.id}", now)
    session.delete(gift)


def plan(session: Session, gift: Gift) -> Plan:
    """Who would be given it, what that costs, and whom it would pass over the cap."""
    meant = entitlements.recipients(session, gift)
    bound = set(session.scalars(select(Account.member_id).where(Account.member_id.is_not(None))))
    first, cap = gift.options[0], entitlements.cap_of(session, gift)
    had = entitlements.spent(session, gift)
    over = () if cap is None else tuple(number for number in meant if had.get(number, 0) + first.fen > cap)
    stocks = [option.stock for option in gift.options]
    room = None if None in stocks else sum(stock for stock in stocks if stock is not None)
    short = 0 if room is None else max(0, len(meant) - room)
    prices = [option.fen for option in gift.options]
    people = len(meant)
    return Plan(people, len(meant.keys() - bound), people * min(prices), people * max(prices), over, cap, short)


def leave_out(session: Session, number: int, by: Person, now: datetime) -> Gift:
    """Leave those out whom it would pass over the cap."""
    gift = unopened(session, number)
    over = plan(session, gift).over
    gift.left_out = sorted({*gift.left_out, *over})
    trace(session, by, "gifts.left_out", f"gift:{gift.id}", now, people=len(over))
    return gift


def open_up(session: Session, number: int, by: Person, now: datetime) -> Gift:
    """Give it: everybody meant gets their share, a code of their own, and a letter."""
    gift = unopened(session, number)
    today = house(session).local(now).date()
    if gift.collect_until < today or (gift.choose_by is not None and gift.choose_by < today):
        raise Refused("gifts.past")
    what = plan(session, gift)
    if not what.people:
        raise Refused("gifts.nobody")
    if what.over:
        raise Refused("gifts.over_cap", names=_names(session, what.over), count=len(what.over))
    if what.short:
        raise Refused("gifts.too_few", count=what.short)
    gift.state, gift.opened_at, gift.done = GiftState.OPEN, now, gift_days.passed(session, gift, now)
    broadcast = broadcasts.begin(session, f"gift:{gift.id}", by, now)
    gift.broadcast_id = broadcast.id
    count = _entitle(session, gift, entitlements.recipients(session, gift), now)
    if count > 1:
        broadcasts.watch(session, broadcast, by.account, now)
    trace(session, by, "gifts.opened", f"gift:{gift.id}", now, people=count)
    return gift


def _names(session: Session, numbers: tuple[int, ...]) -> list[str]:
    return [member.name for member in audiences.rows_of(session, numbers[:5])]


def _entitle(session: Session, gift: Gift, meant: dict[int, int | None], now: datetime) -> int:
    """Give shares to members who have none yet. Where there is one thing only, it is theirs at once."""
    first = gift.options[0]
    single = len(gift.options) == 1
    if not meant:
        return 0
    if single and not collecting.take(session, first, len(meant)):
        raise Refused("gifts.too_few", count=len(meant))
    rows = [
        {
            "gift_id": gift.id,
            "member_id": member,
            "option_id": first.id if single else None,
            "fen": first.fen,
            "birthday_year": year,
            "code": new_code(),
            "by_hand": False,
        }
        for member, year in meant.items()
    ]
    session.execute(insert(Entitlement), rows)  # should a code be there already, the whole unit is run again
    letters.post_all(
        session,
        f"gift:{gift.id}:open",
        audiences.rows_of(session, meant),
        "gifts.letter",
        now,
        broadcast_id=gift.broadcast_id,
        buttons=collecting.keyboard(gift),
        check="gifts.stands",
        subject_id=gift.id,
        **gifts.facts_of(gift),
    )
    return len(meant)


def new_code() -> str:
    """A code nobody guesses, with a figure and a letter in it, so that it is neither a number nor a word."""
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE))
        if not code.isdigit() and not code.isalpha():
            return code


def top_up(session: Session, number: int, by: Person, now: datetime) -> int:
    """Give shares to those who have come, or come back, since it was opened. Returns to how many."""
    gift = opened(session, number, lock=True)
    there = {
        mine.member_id: mine for mine in session.scalars(select(Entitlement).where(Entitlement.gift_id == gift.id))
    }
    had, cap, first = entitlements.spent(session, gift), entitlements.cap_of(session, gift), gift.options[0]
    new = {
        member: year
        for member, year in entitlements.recipients(session, gift).items()
        if (member not in there or there[member].withdrawn_at is not None)
        and (cap is None or had.get(member, 0) + first.fen <= cap)
    }
    if not new:
        raise Refused("gifts.nobody_new")
    _enough(session, gift, len(new))
    back = [there[member] for member in new if member in there]
    single = len(gift.options) == 1
    if single and back and not collecting.take(session, first, len(back)):
        raise Refused("gifts.too_few", count=len(new))
    for mine in back:
        mine.withdrawn_at, mine.fen, mine.option_id = None, first.fen, first.id if single else None
        mine.code = mine.code or new_code()
    _entitle(session, gift, {member: year for member, year in new.items() if member not in there}, now)
    session.flush()
    if gifts.SETTLE in gift.done:
        gift_days.settle(session, gift, now)
    trace(session, by, "gifts.topped_up", f"gift:{gift.id}", now, people=len(new))
    return len(new)


def opened(session: Session, number: int, *, lock: bool = False) -> Gift:
    """A gift that is being handed out."""
    gift = gifts.by_id(session, number, lock=lock)
    if gift.state is not GiftState.OPEN:
        raise Refused("gifts.not_open")
    return gift


def _enough(session: Session, gift: Gift, more: int = 0) -> None:
    """Whether the stock does for everybody who has a share, and so many more."""
    stocks = list(session.scalars(select(Option.stock).where(Option.gift_id == gift.id)))
    held = select(func.count()).where(Entitlement.gift_id == gift.id, HELD)
    missing = (session.scalar(held) or 0) + more - sum(stock or 0 for stock in stocks)
    if None not in stocks and missing > 0:
        raise Refused("gifts.too_few", count=missing)


def restock(session: Session, number: int, stock: int | None, by: Person, now: datetime) -> Option:
    """There are more or fewer of an option than was thought; never fewer than are promised."""
    option = session.get(Option, number)
    if option is None:
        raise Refused("gifts.unknown")
    gift = opened(session, option.gift_id, lock=True)
    enough = update(Option).where(Option.id == option.id)
    if stock is not None:
        enough = enough.where(Option.taken <= stock)
    changed = enough.values(stock=stock).returning(Option.id).execution_options(synchronize_session=False)
    if session.scalar(changed) is None:
        session.refresh(option)
        raise Refused("gifts.promised", count=option.taken)
    session.refresh(option)
    _enough(session, gift)
    trace(session, by, "gifts.restocked", f"gift:{gift.id}", now, option=option.id, stock=stock)
    return option


def move(session: Session, number: int, new: NewPlace, by: Person, now: datetime) -> int:
    """Another place or other days: all who have not collected it hear of it. Returns how many these are."""
    gift = opened(session, number, lock=True)
    names = ("collect_from", "collect_until", "place", "hours")
    if all(getattr(gift, name) == getattr(new, name) for name in names):
        raise Refused("gifts.not_changed")
    if new.collect_until < house(session).local(now).date():
        raise Refused("gifts.past")
    if gift.choose_by is not None and gift.choose_by >= new.collect_from:
        raise Refused("gifts.choose_too_late")
    for name in names:
        setattr(gift, name, getattr(new, name))
    gift.version += 1
    settled = [name for name in gift.done if name in (gifts.CHOOSE, gifts.SETTLE)]
    gift.done = [*settled, *(name for name in gift_days.passed(session, gift, now) if name not in settled)]
    waiting = entitlements.members_of(entitlements.shares(session, gift, Entitlement.given_at.is_(None)))
    letters.recall(session, "moved", Letter.subject_id == gift.id, Letter.text == "gifts.moved")
    letters.post_all(
        session,
        f"gift:{gift.id}:moved:{gift.version}",
        waiting,
        "gifts.moved",
        now,
        buttons=[[letters.button("gifts.view", gift.id)]],
        check="gifts.uncollected",
        subject_id=gift.id,
        **gifts.facts_of(gift),
    )
    trace(session, by, "gifts.moved", f"gift:{gift.id}", now, version=gift.version)
    return len(waiting)


def close(session: Session, number: int, by: Person, now: datetime) -> Gift:
    """Nothing more is handed out. Whoever could still have collected theirs is told that it is over."""
    gift = opened(session, number, lock=True)
    early = house(session).local(now).date() <= gift.collect_until
    waiting: list[Member] = entitlements.members_of(entitlements.shares(session, gift, Entitlement.given_at.is_(None)))
    gift.state, gift.closed_at = GiftState.CLOSED, now
    if early:
        key, facts = f"gift:{gift.id}:called_off", gifts.facts_of(gift)
        letters.post_all(session, key, waiting, "gifts.called_off", now, **facts)
    trace(session, by, "gifts.closed", f"gift:{gift.id}", now, left=len(waiting))
    return gift
