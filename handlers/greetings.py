"""Greetings, as officers see them: what comes this month, the words of each occasion, whom it is for, who has peace."""

from typing import Annotated

from pydantic import BaseModel, Field, field_validator

from bot import forms, lists
from bot.context import Context
from bot.moments import birthdays as reader
from bot.router import OFFICER, PRIVATE, Router
from bot.voice import Keyboard
from handlers import _greeting_pages as pages
from models import almanac, audiences, birthdays, broadcasts, greetings, occasions, people, wordings
from models.audiences import Audience, Unknown
from models.base import Refused
from models.fields import Given
from models.occasions import Kind, Occasion
from models.wordings import NewWording

router = Router("greetings")
router.desk("greetings.desk", order=30)
router.tick(greetings.greet_due)

KINDS = {"festival": (Kind.FESTIVAL,), "season": (Kind.TERM, Kind.DOG_DAYS, Kind.NINES), "own": (Kind.OWN,)}


class Wished(NewWording):
    """A wish, and where it belongs."""

    language: Annotated[str, Given()] = ""
    code: Annotated[str, Given()] = ""  # of the one that it replaces


class NewDay(BaseModel):
    """One of the institute's own days."""

    name: Annotated[str, Field(min_length=2, max_length=30)]
    day: Annotated[str, Field(max_length=reader.LONGEST)]

    @field_validator("day")
    @classmethod
    def is_a_day(cls, said: str) -> str:
        found = reader.read(said)
        if len(found) != 1:
            raise ValueError("greetings.which_day" if found else "greetings.not_a_day")
        return said


class ForWhom(BaseModel):
    """Whom an occasion is for, as it is typed: `@女职工 @光电子实验室`."""

    whom: Annotated[str, Field(max_length=200)]


class Colleague(BaseModel):
    """Somebody to be left in peace."""

    query: Annotated[str, Field(min_length=1, max_length=40)]


@router.button("greetings.desk", who=OFFICER, where=PRIVATE)
def desk(context: Context) -> None:
    """All there is to decide about greetings."""
    pages.desk(context)


@router.button("greetings.month", who=OFFICER, where=PRIVATE)
def month(context: Context, year: int = 0, number: int = 0) -> None:
    """What comes this month: whose birthday on which day, and which occasions."""
    today = context.house.local(context.now).date()
    if not (2000 < year < 2100 and 1 <= number <= 12):
        year, number = today.year, today.month
    before, after = (year * 12 + number - 1 + by for by in (-1, 1))
    turn = [
        context.button("greetings.month", month // 12, month % 12 + 1, text=f"greetings.buttons.{name}")
        for name, month in (("month_before", before), ("month_after", after))
    ]
    days = almanac.month(context.session, year, number)
    rows = [
        {"on": day.on, "titles": pages.said(context, day.occasions), **vars(day)} for day in days if day.on.year == year
    ]
    buttons = [turn, [context.button("greetings.desk")]]
    context.show("greetings.month", year=year, number=number, rows=rows, today=today, buttons=buttons)


@router.button("greetings.kind", who=OFFICER, where=PRIVATE)
def kind(context: Context, name: str, number: int = 1) -> None:
    """The occasions of one kind."""
    if name not in KINDS:
        raise Refused("common.old_button")
    rows = occasions.of_kinds(context.session, *KINDS[name])
    below = [[context.button("greetings.add_own")]] if name == "own" else []
    below.append([context.button("greetings.desk")])
    pages.turn(context, name, rows, number, below)


@router.button("greetings.code", who=OFFICER, where=PRIVATE)
def of_code(context: Context, code: str) -> None:
    """Birthdays, or anniversaries."""
    if code not in (occasions.BIRTHDAY, occasions.ANNIVERSARY):
        raise Refused("common.old_button")
    pages.one(context, occasions.by_code(context.session, code))


@router.button("greetings.one", who=OFFICER, where=PRIVATE)
def one(context: Context, number: int) -> None:
    """One occasion, and what can be decided about it."""
    pages.one(context, occasions.by_id(context.session, number))


@router.button("greetings.switch", who=OFFICER, where=PRIVATE)
def switch(context: Context, number: int, on: int) -> None:
    """Greet it, or not."""
    pages.one(context, occasions.switch(context.session, number, context.person, context.now, on=bool(on)))


@router.button("greetings.card", who=OFFICER, where=PRIVATE)
def card(context: Context, number: int, on: int) -> None:
    """With a card, or with words alone."""
    pages.one(context, occasions.set_card(context.session, number, on=bool(on)))


@router.button("greetings.early", who=OFFICER, where=PRIVATE)
def early(context: Context, number: int, on: int) -> None:
    """On the last working day before a holiday, or on the day itself."""
    pages.one(context, occasions.set_early(context.session, number, on=bool(on)))


@router.button("greetings.hours", who=OFFICER, where=PRIVATE)
def hours(context: Context, number: int) -> None:
    """The hours to choose from."""
    occasion = occasions.by_id(context.session, number)
    choices = [
        context.button("greetings.hour", number, hour, text="greetings.hour", hour=hour) for hour in occasions.HOURS
    ]
    rows = [choices[:4], choices[4:], [context.button("greetings.one", number)]]
    context.show("greetings.which_hour", title=pages.title(context, occasion), buttons=rows)


@router.button("greetings.hour", who=OFFICER, where=PRIVATE)
def hour(context: Context, number: int, which: int) -> None:
    """From this hour of the day."""
    pages.one(context, occasions.set_hour(context.session, number, which, context.person, context.now))


@router.button("greetings.whom", who=OFFICER, where=PRIVATE)
def whom(context: Context, number: int) -> None:
    """Begin to say whom it is for."""
    forms.begin(context, "greetings.whom", target_id=occasions.by_id(context.session, number).id)


@router.form("greetings.whom", ForWhom, who=OFFICER, where=PRIVATE, at_once=True)
def addressed(context: Context, new: ForWhom, target_id: int) -> None:
    """It is for these."""
    said = new.whom if new.whom.startswith(("@", "＠")) else f"@{new.whom}"
    found, rest = audiences.read(context.session, said.replace("＠", "@"))
    if isinstance(found, Unknown) or found is None or rest.strip():
        names = found.names if isinstance(found, Unknown) else (new.whom,)
        raise Refused("notices.unknown_names", names=list(names))
    pages.one(context, occasions.address(context.session, target_id, found, context.person, context.now))


@router.button("greetings.everybody", who=OFFICER, where=PRIVATE)
def everybody(context: Context, number: int) -> None:
    """It is for all."""
    pages.one(context, occasions.address(context.session, number, Audience(), context.person, context.now))


# Words


@router.button("greetings.words", who=OFFICER, where=PRIVATE)
def words(context: Context, number: int, language: str = "") -> None:
    """All wishes of an occasion in one language."""
    pages.words(context, occasions.by_id(context.session, number), _language(context, language))


@router.button("greetings.wish", who=OFFICER, where=PRIVATE)
def wish(context: Context, number: int, language: str, code: str) -> None:
    """One wish, and what can be done with it."""
    occasion = occasions.by_id(context.session, number)
    language = _language(context, language)
    found = wordings.by_code(context.session, occasion, language, code)
    pages.wish(context, occasion, language, found)


@router.button("greetings.sample", who=OFFICER, where=PRIVATE)
def sample(context: Context, number: int, language: str, code: str) -> None:
    """Send it to oneself, with its card, as the others will get it."""
    greetings.sample(context.session, number, _language(context, language), code, context.person, context.now)
    context.alert("greetings.sample_sent")


@router.button("greetings.write", who=OFFICER, where=PRIVATE)
def write(context: Context, number: int, language: str, code: str = "") -> None:
    """Begin to write a wish, or other words for one."""
    occasion, language = occasions.by_id(context.session, number), _language(context, language)
    if code:
        wordings.by_code(context.session, occasion, language, code)
    given = {"language": language, "code": code}
    forms.begin(context, "greetings.write", target_id=number, answers=given)


@router.form("greetings.write", Wished, who=OFFICER, where=PRIVATE, at_once=True)
def written(context: Context, new: Wished, target_id: int) -> None:
    """The words are there."""
    occasion, by, now = occasions.by_id(context.session, target_id, lock=True), context.person, context.now
    if new.code:
        found = wordings.change(context.session, occasion, new.language, new.code, new, by, now)
    else:
        found = wordings.add(context.session, occasion, new.language, new, by, now)
    pages.wish(context, occasion, new.language, found)


@router.button("greetings.drop", who=OFFICER, where=PRIVATE)
def drop(context: Context, number: int, language: str, code: str) -> None:
    """Leave a wish out."""
    occasion, language = occasions.by_id(context.session, number, lock=True), _language(context, language)
    wordings.drop(context.session, occasion, language, code, context.person, context.now)
    context.alert("greetings.dropped")
    pages.words(context, occasion, language)


def _language(context: Context, language: str) -> str:
    return context.texts.known(language or context.language)


# The institute's own days, and how a sending goes


@router.button("greetings.add_own", who=OFFICER, where=PRIVATE)
def begin_day(context: Context) -> None:
    """Begin to add one of the institute's own days."""
    forms.begin(context, "greetings.add_own")


@router.form("greetings.add_own", NewDay, who=OFFICER, where=PRIVATE)
def add_day(context: Context, new: NewDay, target_id: int | None) -> None:
    """It is greeted from now on."""
    (day,) = reader.read(new.day)
    pages.one(context, occasions.add_own(context.session, new.name, day, context.person, context.now))


@router.button("greetings.watch", who=OFFICER, where=PRIVATE)
def watch(context: Context, number: int) -> None:
    """See how far the last sending is."""
    occasion: Occasion = occasions.by_id(context.session, number)
    found = greetings.latest(context.session, occasion)
    if found is None:
        raise Refused("greetings.not_sent_yet")
    broadcasts.watch(context.session, found, context.person.account, context.now)
    context.alert("greetings.shown_below")


# Peace


@router.button("greetings.all", who=OFFICER, where=PRIVATE)
def pause_all(context: Context, on: int) -> None:
    """Greet nobody until it is lifted, or greet again."""
    greetings.pause_all(context.session, context.person, context.now, on=bool(on))
    pages.desk(context)


@router.button("greetings.pause", who=OFFICER, where=PRIVATE)
def begin_pause(context: Context) -> None:
    """Begin to look for a colleague who shall be left in peace."""
    forms.begin(context, "greetings.pause")


@router.form("greetings.pause", Colleague, who=OFFICER, where=PRIVATE, at_once=True)
def pause_whom(context: Context, new: Colleague, target_id: int | None) -> None:
    """Who is meant."""
    found = [member for member in people.find(context.session, new.query) if member.left_on is None]
    if len(found) == 1:
        pages.peace(context, found[0])
        return
    buttons: Keyboard = [
        [context.button("greetings.peace", each.id, text="people.rows.member", **pages.row(each))]
        for each in found[: lists.PAGE]
    ]
    buttons.append([context.button("greetings.pause"), context.button("greetings.desk")])
    context.show("greetings.who", query=new.query, count=len(found), more=len(found) > lists.PAGE, buttons=buttons)


@router.button("greetings.peace", who=OFFICER, where=PRIVATE)
def peace(context: Context, member_id: int) -> None:
    """For how long; the colleague is not told."""
    pages.peace(context, people.by_id(context.session, member_id))


@router.button("greetings.rest", who=OFFICER, where=PRIVATE)
def rest(context: Context, member_id: int, days: int) -> None:
    """They are left in peace."""
    birthdays.leave_in_peace(context.session, member_id, days, context.person, context.now)
    context.alert("greetings.rests")
    pages.resting(context)


@router.button("greetings.again", who=OFFICER, where=PRIVATE)
def again(context: Context, member_id: int) -> None:
    """They are greeted again."""
    birthdays.greet_again(context.session, member_id, context.person, context.now)
    context.alert("greetings.greeted_again")
    pages.resting(context)


@router.button("greetings.resting", who=OFFICER, where=PRIVATE)
def resting(context: Context) -> None:
    """Who is left in peace."""
    pages.resting(context)
