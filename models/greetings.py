"""Greetings: who is greeted today, once, and never on another day.

Nothing is planned ahead: while the day lasts, what is due is asked of the calendar and of the roster. A row says that
an occasion's day of that year has come for somebody, so neither a restart nor a clock that jumps says it twice; the
letter is asked just before it goes whether it is still that day.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint, and_, extract, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import audiences, birthdays, broadcasts, facts, letters, occasions, quiet, wordings, workdays
from models.base import Base, Level, Privacy, Refused
from models.birthdays import Celebrant, Way
from models.broadcasts import Broadcast
from models.house import house
from models.letters import Grade, Letter, State
from models.occasions import EVENING, Coming, Kind, Occasion
from models.people import Account, Member, Person, by_id
from models.traces import trace
from models.upsert import insert_new
from models.wordings import Wish

PAUSED = "greetings.paused"  # the fact that nobody is greeted at all
TEXTS = ("greetings.birthday", "greetings.anniversary", "greetings.day", "greetings.group")
NEAR = timedelta(hours=36)  # of now: whatever lies on the same local day in any zone
MOODS = ("birthday_ink", "birthday_lanterns", "birthday_night")  # cards
THEMES = {  # of the card, where it is not the occasion's own name
    "laba": "winter",
    "little_new_year": "spring_festival",
    "spring_festival_eve": "spring_festival",
    "children": "summer",
    "party": "national",
    "army": "national",
    "qixi": "mid_autumn",
    "teachers": "autumn",
    "chongyang": "double_ninth",
    "winter_solstice": "winter",
}


class Greeting(Base):
    """That the day of an occasion has come for somebody, and with which words it was greeted."""

    __tablename__ = "greetings"
    __table_args__ = (UniqueConstraint("occasion_id", "member_id", "key"),)
    privacy = Privacy(Level.STAFF, whose="member_id", forget=True)

    id: Mapped[int] = mapped_column(primary_key=True)
    occasion_id: Mapped[int] = mapped_column(ForeignKey("occasions.id"))
    member_id: Mapped[int] = mapped_column(index=True)  # 0: everybody whom the occasion is for, or the group
    key: Mapped[str]  # the year in the occasion's own calendar; of the post in the group the day
    on: Mapped[date] = mapped_column(index=True)
    wish: Mapped[str]  # its code
    broadcast_id: Mapped[int | None] = mapped_column(ForeignKey("broadcasts.id"))


@dataclass(frozen=True)
class Said:
    """A greeting as a sentence with its facts, and its card."""

    text: str
    params: dict[str, Any]
    picture: tuple[str, dict[str, Any]] | None


def greet_due(session: Session, now: datetime) -> None:
    """Greet whoever is to be greeted by now and has not been."""
    local = house(session).local(now)
    if local.time() >= EVENING or facts.get(session, PAUSED):
        return
    today, known = local.date(), workdays.book(session)
    for occasion in occasions.enabled(session):
        if occasion.at > local.time():
            continue
        if occasion.kind is Kind.BIRTHDAY:
            _birthdays(session, occasion, today, now)
        elif occasion.kind is Kind.ANNIVERSARY:
            _anniversaries(session, occasion, today, now)
        elif (coming := occasions.comes_on(occasion, today, known)) is not None:
            _everybody(session, coming, today, now)
    _renew(session, today, now)


def _birthdays(session: Session, occasion: Occasion, today: date, now: datetime) -> None:
    willing = [each for each in birthdays.on_day(session, today) if _willing(each, today)]
    asked = _asked(session, occasion, [each.member for each in willing])
    for each in willing:
        if each.member.id in asked:
            _to_one(session, occasion, each.member, asked[each.member.id], each.key, each.year, today, now)
    _in_group(session, occasion, today, now, [each.member.name for each in willing if each.wants(Way.GROUP)])


def _willing(each: Celebrant, today: date) -> bool:
    return each.wants(Way.PRIVATE, Way.GROUP) and not birthdays.peaceful(each.choice, today)


def _anniversaries(session: Session, occasion: Occasion, today: date, now: datetime) -> None:
    """Of the day they came, from its first anniversary on; who came on 29 February has it on the 28th."""
    month, day = extract("month", Member.joined_on), extract("day", Member.joined_on)
    fits = and_(month == today.month, day == today.day)
    if (today.month, today.day) == (2, 28) and (today + timedelta(days=1)).month == 3:
        fits = or_(fits, and_(month == 2, day == 29))
    query = select(Member).where(fits, Member.left_on.is_(None)).order_by(Member.number)
    members = [member for member in session.scalars(query).unique() if member.joined_on and member.joined_on < today]
    for number, account in _asked(session, occasion, members).items():
        member = session.get_one(Member, number)
        if not _unwanted(session, occasion, number, today):
            _to_one(session, occasion, member, account, str(today.year), today.year, today, now)


def _asked(session: Session, occasion: Occasion, members: Collection[Member]) -> dict[int, Account]:
    """Of these members those whom the occasion is for and who can be written to."""
    wanted = {member.id for member in members}
    if wanted and not occasion.whom.everybody:
        wanted &= set(audiences.ids_of(session, occasion.whom))
    return birthdays.with_accounts(session, sorted(wanted))


def _to_one(
    session: Session,
    occasion: Occasion,
    member: Member,
    account: Account,
    key: str,
    year: int,
    today: date,
    now: datetime,
) -> None:
    """Greet one person, unless they have been for this year."""
    if _come(session, occasion, member.id, key) is not None:
        return
    wish = _wish(session, occasion, member.id, _language(session, account), member.id + year)
    number = _begin(session, occasion, member.id, key, today, wish)
    if number is not None:
        said = words(session, occasion, wish, today, member=member, turn=member.id + year)
        letters.post(
            session,
            f"{occasion.code}:{key}:m{member.id}",
            member,
            said.text,
            now,
            grade=Grade.PERISHABLE,
            expires_at=_evening(session, today),
            picture=said.picture,
            check="greetings.holds",
            subject_id=number,
            buttons=[[letters.button("greetings.settings")]],
            **said.params,
        )


def _in_group(session: Session, occasion: Occasion, today: date, now: datetime, names: list[str]) -> None:
    """One post a day for all who agreed, by name and nothing more."""
    group = facts.get(session, facts.STAFF_GROUP)
    if not names or group is None or _come(session, occasion, 0, today.isoformat()) is not None:
        return
    number = _begin(session, occasion, 0, today.isoformat(), today, None)
    if number is not None:
        letters.post(
            session,
            f"birthday:group:{today}",
            int(group),
            "greetings.group",
            now,
            grade=Grade.ONCE,
            expires_at=_evening(session, today),
            check="greetings.holds",
            subject_id=number,
            names=names,
        )


def _everybody(session: Session, coming: Coming, today: date, now: datetime) -> None:
    """Greet all whom an occasion is for: a broadcast, one card for each language."""
    occasion, key = coming.occasion, str(coming.year)
    if _come(session, occasion, 0, key) is not None:
        return
    here = house(session).language
    number = _begin(session, occasion, 0, key, today, _wish(session, occasion, 0, here, coming.year))
    if number is None:
        return
    broadcast = broadcasts.begin(session, f"{occasion.code}:{key}", None, now)
    session.get_one(Greeting, number).broadcast_id = broadcast.id
    asked = set(audiences.ids_of(session, occasion.whom)) - birthdays.unwilling(session, today)
    accounts = birthdays.with_accounts(session, sorted(asked))
    by_language: dict[str, list[int]] = {}
    for member_id, account in accounts.items():
        by_language.setdefault(_language(session, account), []).append(member_id)
    for language, members in by_language.items():
        wish = _wish(session, occasion, 0, language, coming.year, before=number)
        said = words(session, occasion, wish, coming.on)
        letters.post_all(
            session,
            f"{occasion.code}:{key}",
            audiences.rows_of(session, members),
            said.text,
            now,
            grade=Grade.PERISHABLE,
            expires_at=_evening(session, today),
            picture=said.picture,
            check="greetings.holds",
            subject_id=number,
            broadcast_id=broadcast.id,
            **said.params,
        )


def _come(session: Session, occasion: Occasion, member_id: int, key: str) -> Greeting | None:
    """The greeting for that year, if it has been."""
    query = select(Greeting).where(
        Greeting.occasion_id == occasion.id, Greeting.member_id == member_id, Greeting.key == key
    )
    return session.scalars(query).one_or_none()


def _begin(
    session: Session, occasion: Occasion, member_id: int, key: str, today: date, wish: Wish | None
) -> int | None:
    row = {"occasion_id": occasion.id, "member_id": member_id, "key": key, "on": today}
    made = insert_new(session, Greeting, [{**row, "wish": wish.code if wish else ""}], returning=Greeting.id)
    return made[0] if made else None


def _wish(
    session: Session, occasion: Occasion, member_id: int, language: str, turn: int, *, before: int | None = None
) -> Wish:
    """The words whose turn it is; not those of the last time."""
    query = select(Greeting.wish).where(
        Greeting.occasion_id == occasion.id, Greeting.member_id == member_id, Greeting.wish != ""
    )
    if before is not None:
        query = query.where(Greeting.id < before)
    last = session.scalars(query.order_by(Greeting.id.desc()).limit(1)).first()
    return wordings.choose(wordings.pool(session, occasion, language), turn, last)


def _language(session: Session, account: Account) -> str:
    return account.language or house(session).language


def _evening(session: Session, today: date) -> datetime:
    return datetime.combine(today, EVENING, house(session).zone)


def title(occasion: Occasion) -> str | dict[str, Any]:
    """What the occasion is called: words, or the sentence in the locale."""
    match occasion.kind:
        case Kind.OWN:
            return occasion.name
        case Kind.BIRTHDAY | Kind.ANNIVERSARY:
            return {"say": f"greetings.kinds.{occasion.kind}"}
        case Kind.FESTIVAL | Kind.TERM:
            return {"say": f"calendar.{occasion.kind}s.{occasion.theme}"}
    return {"say": f"calendar.{occasion.kind}.{occasion.theme}"}


def words(
    session: Session, occasion: Occasion, wish: Wish, on: date, *, member: Member | None = None, turn: int = 0
) -> Said:
    """How somebody, or everybody, is greeted with that wish. Nobody's age is told."""
    name = member.name if member else ""
    years = on.year - member.joined_on.year if member and member.joined_on else 1
    shown: dict[str, Any] = {"wish": wish.said, "name": name, "sign": {"say": "greetings.sign"}, "on": on}
    if occasion.kind is Kind.BIRTHDAY:
        card = MOODS[turn % len(MOODS)]
        return Said("greetings.birthday", {"name": name, "wish": wish.said}, (card, shown) if occasion.card else None)
    card = {Kind.DOG_DAYS: "summer", Kind.NINES: "winter"}.get(occasion.kind, "festival")
    if card == "festival":
        theme = THEMES.get(occasion.theme, occasion.theme)
        shown |= {"festival": occasion.words if occasion.kind is Kind.TERM else theme, "title": title(occasion)}
    if occasion.kind is Kind.ANNIVERSARY:
        shown["title"] = {"say": "greetings.card_years", "years": years}
        said = {"name": name, "years": years, "wish": wish.said}
        return Said("greetings.anniversary", said, (card, shown) if occasion.card else None)
    said = {"title": title(occasion), "wish": wish.said, "sober": occasion.sober, "on": on}
    return Said("greetings.day", said, (card, shown) if occasion.card else None)


@letters.check("greetings.holds")
def holds(session: Session, letter: Letter, now: datetime) -> bool:
    """Whether it is still the day, and the reader still to be greeted. In the group only who still agrees is named."""
    greeting = session.get(Greeting, letter.subject_id)
    if greeting is None or not _lasts(session, greeting, now):
        return False
    occasion = session.get_one(Occasion, greeting.occasion_id)
    if letter.text == "greetings.group":
        willing = [each for each in birthdays.on_day(session, greeting.on) if _willing(each, greeting.on)]
        names = [each.member.name for each in willing if each.wants(Way.GROUP)]
        letter.params = {**letter.params, "names": names}
        return bool(names)
    return letter.member_id is not None and not _unwanted(session, occasion, letter.member_id, greeting.on)


def _lasts(session: Session, greeting: Greeting, now: datetime) -> bool:
    """Whether it is the greeting's day and hour, and officers have not stopped it."""
    occasion, local = session.get_one(Occasion, greeting.occasion_id), house(session).local(now)
    hours = occasion.at <= local.time() < EVENING
    return hours and local.date() == greeting.on and occasion.enabled and not facts.get(session, PAUSED)


def _unwanted(session: Session, occasion: Occasion, member_id: int, today: date) -> bool:
    """Whether somebody is not to be greeted: left in peace, or by their own wish."""
    mine = birthdays.chosen(session, by_id(session, member_id))
    way = mine.way if mine else Way.PRIVATE
    return birthdays.peaceful(mine, today) or way is Way.NOTHING or (occasion.personal and way is Way.FESTIVALS)


def _renew(session: Session, today: date, now: datetime) -> None:
    """Let letters of today go that surely did not, because the clock or the zone had said that it was another day."""
    waits = and_(Letter.state == State.DUE, Letter.due_at > now)
    died = and_(Letter.state == State.DEAD, Letter.cause.in_(("expired", "untrue", "quiet")), Letter.doubts == 0)
    near = Letter.due_at.between(now - NEAR, now + NEAR)
    query = select(Letter, Greeting).join(Greeting, Greeting.id == Letter.subject_id)
    query = query.where(or_(waits, died), near, Letter.text.in_(TEXTS), Greeting.on == today)
    lasting: dict[int, bool] = {}
    for letter, greeting in session.execute(query.order_by(Letter.id)).all():
        if greeting.id not in lasting:
            lasting[greeting.id] = _lasts(session, greeting, now)
        if lasting[greeting.id] and holds(session, letter, now) and not _at_night(session, letter, now):
            letter.state, letter.cause, letter.due_at = State.DUE, None, now
            letter.expires_at = _evening(session, today)
            session.info["letters"] = True


def _at_night(session: Session, letter: Letter, now: datetime) -> bool:
    account = session.scalars(select(Account).where(Account.member_id == letter.member_id)).first()
    return letter.member_id is not None and quiet.night(now, house(session), account) is not None


def pause_all(session: Session, by: Person, now: datetime, *, on: bool) -> None:
    """Greet nobody until it is lifted; what was due meanwhile is not made up for on another day."""
    facts.put(session, PAUSED, on)
    trace(session, by, "greetings.all_paused" if on else "greetings.all_resumed", "greetings", now)


def paused(session: Session) -> bool:
    """Whether nobody is greeted."""
    return bool(facts.get(session, PAUSED))


def latest(session: Session, occasion: Occasion) -> Broadcast | None:
    """How the last sending to everybody goes."""
    query = select(Greeting.broadcast_id).where(Greeting.occasion_id == occasion.id, Greeting.member_id == 0)
    number = session.scalars(query.order_by(Greeting.id.desc()).limit(1)).first()
    return session.get(Broadcast, number) if number is not None else None


def sample(session: Session, number: int, language: str, code: str, by: Person, now: datetime) -> None:
    """Send a greeting to the officer who asks, as the others will get it."""
    occasion = occasions.by_id(session, number)
    wish = wordings.by_code(session, occasion, language, code)
    if occasion.personal and by.member is None:
        raise Refused("common.bind_first")
    today = house(session).local(now).date()
    said = words(session, occasion, wish, today, member=by.member if occasion.personal else None, turn=int(code[1:]))
    key = f"greetings:sample:{occasion.id}:{code}:{by.account.id}:{now:%Y-%m-%dT%H:%M:%S}"
    letters.post(session, key, by.account, said.text, now, urgent=True, picture=said.picture, **said.params)
