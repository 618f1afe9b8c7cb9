"""Birthdays, as their owners see them: which day it is, and who may know. Officers' side: handlers/greetings.py."""

from typing import Any

from bot.context import Context
from bot.moments import birthdays as reader
from bot.router import MEMBER, PRIVATE, NotMine, Router
from bot.voice import Button, Keyboard
from models import birthdays
from models.base import Refused
from models.birthdays import Way
from models.calendar import Birthday, Leapless, Missing
from models.people import Calendar

SHORT = 12  # characters within which 生日 is followed by a day and nothing else

router = Router("greetings")
router.home("greetings.mine", order=30)


@router.command("birthdays", who=MEMBER, where=PRIVATE)
@router.button("greetings.mine", who=MEMBER, where=PRIVATE, whose="own")
def mine(context: Context) -> None:
    """Which birthday one keeps and how one is greeted; a date typed next changes it."""
    _page(context)


@router.button("greetings.settings", who=MEMBER, where=PRIVATE, whose="own")
def settings(context: Context) -> None:
    """The same, below the greeting it was pressed under: that is not to be written over."""
    _page(context, anew=True)


@router.button("greetings.way", who=MEMBER, where=PRIVATE, whose="own")
def way(context: Context, name: str) -> None:
    """Privately, in the group too, on festivals only, or not at all."""
    birthdays.prefer(context.session, context.member, name, context.now)
    context.alert("greetings.saved")
    _page(context)


@router.message("text", who=MEMBER, where=PRIVATE)
def said(context: Context) -> None:
    """A birthday in one message: `9月17` with the page open, `生日 农历八月十五` at any time."""
    text = context.incoming.text
    if text.strip().lower() in reader.BARE:
        _page(context)
        return
    told = reader.announced(text)
    if not told and not birthdays.looking(context.session, context.member, context.now):
        raise NotMine
    found = reader.read(text)
    if not found:
        if told and len(text) <= SHORT:
            raise Refused("greetings.not_a_day")
        raise NotMine  # 生日蛋糕券 200元 … tells of something else
    if len(found) == 1:
        birthdays.keep(context.session, context.member, found[0], context.now)
        _page(context, changed=True)
        return
    context.say("greetings.which", buttons=[[_offer(context, each)] for each in found])


@router.button("greetings.keep", who=MEMBER, where=PRIVATE, whose="own")
def keep(context: Context, calendar: str, month: int, day: int) -> None:
    """This is the birthday."""
    try:
        birthday = Birthday(Calendar(calendar), month, day)
    except ValueError:
        raise Refused("common.old_button") from None
    birthdays.keep(context.session, context.member, birthday, context.now)
    context.alert("greetings.saved")
    _page(context)


@router.button("greetings.roster", who=MEMBER, where=PRIVATE, whose="own")
def as_in_roster(context: Context) -> None:
    """The birthday is what the roster says."""
    birthdays.keep(context.session, context.member, None, context.now)
    context.alert("greetings.saved")
    _page(context)


@router.button("greetings.missing", who=MEMBER, where=PRIVATE, whose="own")
def missing(context: Context, name: str) -> None:
    """What is kept when the month has no such day."""
    birthdays.set_missing(context.session, context.member, name, context.now)
    context.alert("greetings.saved")
    _page(context)


@router.button("greetings.leapless", who=MEMBER, where=PRIVATE, whose="own")
def leapless(context: Context, name: str) -> None:
    """What is kept when the year has no such leap month."""
    birthdays.set_leapless(context.session, context.member, name, context.now)
    context.alert("greetings.saved")
    _page(context)


def facts_of(birthday: Birthday | None) -> dict[str, Any] | None:
    """A birthday as parameters of the sentence that names it."""
    if birthday is None:
        return None
    leap = birthday.calendar is Calendar.LUNAR_LEAP
    lunar = {"month": birthday.month, "day": birthday.day, "leap": leap}
    return {"solar": birthday.calendar is Calendar.SOLAR, "month": birthday.month, "day": birthday.day, "lunar": lunar}


def _page(context: Context, *, changed: bool = False, anew: bool = False) -> None:
    member = context.member
    chosen = birthdays.look(context.session, member, context.now)
    birthday = birthdays.of(member, chosen)
    own = chosen.month is not None
    today = context.house.local(context.now).date()
    ways = [
        _choice(context, chosen.way is each, "greetings.way", each.value, text=f"greetings.ways.{each}") for each in Way
    ]
    rows: Keyboard = [ways[:2], ways[2:]]
    if birthday is not None:
        rows += _rules(context, birthday)
    other = birthdays.as_lunar(member)
    if other is not None and other != birthday:
        rows.append([_offer(context, other, text="greetings.buttons.to_lunar")])
    if own:
        rows.append([context.button("greetings.roster")])
    rows.append([context.button("start.home")])
    (context.say if anew else context.show)(
        "greetings.mine",
        birthday=facts_of(birthday),
        own=own,
        changed=changed,
        next=birthdays.coming(birthday, today) if birthday else None,
        way=chosen.way.value,
        buttons=rows,
    )


def _rules(context: Context, birthday: Birthday) -> Keyboard:
    """What to choose for a day that not every year has."""
    rows: Keyboard = []
    solar = birthday.calendar is Calendar.SOLAR
    if (birthday.month, birthday.day) == (2, 29) if solar else birthday.day == 30:
        kind = "february" if solar else "thirtieth"
        rows.append(
            [
                _choice(
                    context, birthday.missing is each, "greetings.missing", each.value, text=f"greetings.{kind}.{each}"
                )
                for each in Missing
            ]
        )
    if birthday.calendar is Calendar.LUNAR_LEAP:
        rows.append(
            [
                _choice(
                    context, birthday.leapless is each, "greetings.leapless", each.value, text=f"greetings.leap.{each}"
                )
                for each in Leapless
            ]
        )
    return rows


def _offer(context: Context, birthday: Birthday, *, text: str = "greetings.this_day") -> Button:
    return context.button(
        "greetings.keep",
        birthday.calendar.value,
        birthday.month,
        birthday.day,
        text=text,
        birthday=facts_of(birthday),
    )


def _choice(context: Context, chosen: bool, name: str, *arguments: int | str, text: str) -> Button:
    button = context.button(name, *arguments, text=text)
    return Button(context.plain("people.chosen", label=button.label), button.data) if chosen else button
