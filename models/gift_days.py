"""What happens to a gift by itself: the last day to choose, the reminders, the end."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import collecting, entitlements, gifts, letters, rounds
from models.gifts import CHOOSE, END, HELD, LAST, SETTLE, SOON, Entitlement, Gift, GiftState, Option
from models.house import house
from models.letters import Letter
from models.people import Member, Role

MORNING, NOON = time(9), time(12)
BEFORE_END = timedelta(days=2)  # when those who have not collected theirs are reminded first


def moments(session: Session, gift: Gift) -> list[tuple[str, datetime]]:
    """What happens to a gift by itself, and when, in order."""
    zone, day = house(session).zone, timedelta(days=1)
    found = []
    if gift.choose_by is not None:
        found.append((CHOOSE, datetime.combine(gift.choose_by, MORNING, zone)))
        found.append((SETTLE, datetime.combine(gift.choose_by + day, time(), zone)))
    if gift.collect_until - BEFORE_END >= gift.collect_from:
        found.append((SOON, datetime.combine(gift.collect_until - BEFORE_END, MORNING, zone)))
    found.append((LAST, datetime.combine(gift.collect_until, NOON, zone)))
    found.append((END, datetime.combine(gift.collect_until + day, MORNING, zone)))
    return found


def passed(session: Session, gift: Gift, now: datetime) -> list[str]:
    """Which of its moments are behind us."""
    return [name for name, at in moments(session, gift) if at <= now]


def follow(session: Session, now: datetime) -> None:
    """Do what is due for every gift: remind, settle, tell the officers of the end; late, but each only once.

    Of two reminders that were both missed only the later one goes out.
    """
    for number in list(session.scalars(select(Gift.id).where(Gift.state == GiftState.OPEN).order_by(Gift.id))):
        if not _due(session, session.get_one(Gift, number), now):
            continue
        gift = gifts.by_id(session, number, lock=True)
        due = _due(session, gift, now) if gift.state is GiftState.OPEN else []
        if SETTLE in due:
            settle(session, gift, now)
        if due:
            _remind(session, gift, due[-1], now)
            gift.done = [*gift.done, *due]


def settle(session: Session, gift: Gift, now: datetime) -> int:
    """Who did not choose gets the first thing that is left and within their cap, and hears which. Returns how many."""
    options = list(
        session.scalars(
            select(Option)
            .where(Option.gift_id == gift.id)
            .order_by(Option.id)
            .with_for_update(of=Option)
            .execution_options(populate_existing=True)
        )
    )
    cap, had = entitlements.cap_of(session, gift), entitlements.spent(session, gift)
    got: dict[int, list[Member]] = {option.id: [] for option in options}
    for mine in entitlements.shares(session, gift, Entitlement.option_id.is_(None), Entitlement.given_at.is_(None)):
        room = None if cap is None else cap - had.get(mine.member_id, 0) + mine.fen
        for option in options:
            if option.left != 0 and (room is None or option.fen <= room):
                option.taken += 1
                mine.option_id, mine.option, mine.fen = option.id, option, option.fen
                got[option.id].append(mine.member)
                break
    session.flush()
    for option in options:
        facts = {**gifts.facts_of(gift), "option": option.title}
        _tell(session, gift, f"settled:{option.id}", got[option.id], "gifts.settled", now, **facts)
    return sum(map(len, got.values()))


def _due(session: Session, gift: Gift, now: datetime) -> list[str]:
    return [name for name in passed(session, gift, now) if name not in gift.done]


def _remind(session: Session, gift: Gift, what: str, now: datetime) -> None:
    facts = gifts.facts_of(gift)
    evening = datetime.combine(gift.collect_until, time(23, 59), house(session).zone)
    if what == CHOOSE:
        waiting = entitlements.members_of(entitlements.shares(session, gift, Entitlement.option_id.is_(None)))
        midnight = dict(moments(session, gift))[SETTLE]
        more = {"buttons": collecting.keyboard(gift), "check": "gifts.undecided", "expires_at": midnight}
        _tell(session, gift, CHOOSE, waiting, "gifts.choose_today", now, **more, **facts)
    elif what in (SOON, LAST):
        waiting = entitlements.members_of(entitlements.shares(session, gift, Entitlement.given_at.is_(None)))
        more = {"check": "gifts.uncollected", "expires_at": evening, "last": what == LAST}
        _tell(session, gift, f"{what}:{gift.collect_until}", waiting, "gifts.reminder", now, **more, **facts)
    elif what == END:
        counts = entitlements.counts(session, gift)
        people, given = sum(each.people for each in counts), sum(each.given for each in counts)
        signed = sum(each.signed for each in counts)
        more = {"left": people - given, "given": given, "unsigned": given - signed}
        more["buttons"] = [[letters.button("gifts.desk", gift.id)]]
        rounds.tell(
            session, Role.OFFICER, f"gift:{gift.id}:end:{gift.collect_until}", "gifts.ended", now, **more, **facts
        )


def _tell(session: Session, gift: Gift, why: str, to: Sequence[Member], text: str, now: datetime, **more: Any) -> None:
    """The same letter to many about one gift, once for every why."""
    given = {"buttons": [[letters.button("gifts.code", gift.id)]], "check": "gifts.stands", **more}
    letters.post_all(session, f"gift:{gift.id}:{why}", to, text, now, subject_id=gift.id, **given)


# Just before a letter goes


def _of(session: Session, letter: Letter) -> Entitlement | None:
    query = select(Entitlement).where(
        Entitlement.gift_id == letter.subject_id, Entitlement.member_id == letter.member_id, HELD
    )
    mine = session.scalars(query).one_or_none()
    return mine if mine is not None and mine.gift.state is GiftState.OPEN else None


@letters.check("gifts.stands")
def stands(session: Session, letter: Letter, now: datetime) -> bool:
    """Whether they still have a share of it; the letter tells of place and days as they are by now."""
    mine = _of(session, letter)
    if mine is None:
        return False
    letter.params = {**letter.params, **letters.plain(gifts.facts_of(mine.gift))}
    return True


@letters.check("gifts.uncollected")
def uncollected(session: Session, letter: Letter, now: datetime) -> bool:
    """Whether they have not collected it meanwhile."""
    mine = _of(session, letter)
    return mine is not None and mine.given_at is None and stands(session, letter, now)


@letters.check("gifts.undecided")
def undecided(session: Session, letter: Letter, now: datetime) -> bool:
    """Whether they have not chosen meanwhile."""
    mine = _of(session, letter)
    return mine is not None and mine.option_id is None and stands(session, letter, now)


@letters.check("gifts.unsigned")
def unsigned(session: Session, letter: Letter, now: datetime) -> bool:
    """Whether it was not taken back, and not signed for on paper."""
    mine = session.get(Entitlement, letter.subject_id)
    return mine is not None and mine.given_at is not None and mine.signed_at is None
