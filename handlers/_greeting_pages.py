"""What officers see of greetings: the desk, one occasion, its words, who is left in peace."""

from collections.abc import Sequence
from typing import Any

from bot import lists
from bot.context import Context
from bot.voice import Button, Keyboard
from handlers.birthdays import facts_of
from models import audiences, birthdays, greetings, occasions, wordings
from models.calendar import Birthday
from models.occasions import Kind, Occasion
from models.people import Member
from models.wordings import Wish

ON_A_PAGE = 20  # people left in peace


def said(context: Context, names: Sequence[str | dict[str, Any]]) -> list[str]:
    """Titles in the reader's words."""
    return [name if isinstance(name, str) else context.plain(name["say"]) for name in names]


def title(context: Context, occasion: Occasion) -> str:
    """What the occasion is called."""
    return said(context, [greetings.title(occasion)])[0]


def desk(context: Context) -> None:
    """What there is to decide."""
    session, today = context.session, context.house.local(context.now).date()
    paused = greetings.paused(session)
    rows: Keyboard = [
        [context.button("greetings.month", today.year, today.month)],
        [
            context.button("greetings.code", occasions.BIRTHDAY, text="greetings.kinds.birthday"),
            context.button("greetings.code", occasions.ANNIVERSARY, text="greetings.kinds.anniversary"),
        ],
        [context.button("greetings.kind", name, text=f"greetings.lists.{name}") for name in ("festival", "season")],
        [context.button("greetings.kind", "own", text="greetings.lists.own"), context.button("greetings.resting")],
        [context.button("greetings.all", int(not paused), text=f"greetings.all.{'resume' if paused else 'pause'}")],
        [context.button("start.desk")],
    ]
    born = [each.member.name for each in birthdays.on_day(session, today) if not birthdays.peaceful(each.choice, today)]
    resting = len(birthdays.left_in_peace(session, today))
    context.show("greetings.desk", today=today, paused=paused, names=born[:20], resting=resting, buttons=rows)


def turn(context: Context, name: str, rows: Sequence[Occasion], number: int, below: Keyboard) -> None:
    """A page of occasions."""
    pages = max(1, -(-len(rows) // lists.PAGE))
    number = min(max(1, number), pages)
    part = rows[(number - 1) * lists.PAGE : number * lists.PAGE]
    buttons: Keyboard = [[_row(context, each)] for each in part]
    ends = [
        context.button("greetings.kind", name, at, text=f"common.{key}")
        for key, at in (("previous", number - 1), ("next", number + 1))
        if 1 <= at <= pages
    ]
    buttons += [ends] if ends else []
    context.show("greetings.list", name=name, count=len(rows), buttons=buttons + below)


def _row(context: Context, occasion: Occasion) -> Button:
    return context.button(
        "greetings.one", occasion.id, text="greetings.row", title=title(context, occasion), on=occasion.enabled
    )


def one(context: Context, occasion: Occasion) -> None:
    """One occasion."""
    number, on = occasion.id, int(not occasion.enabled)
    rows: Keyboard = [
        [context.button("greetings.words", number), context.button("greetings.hours", number)],
        [
            context.button("greetings.card", number, int(not occasion.card), text=f"greetings.cards.{occasion.card}"),
            context.button("greetings.whom", number),
        ],
    ]
    if not occasion.whom.everybody:
        rows[-1].append(context.button("greetings.everybody", number))
    if not occasion.personal:
        rows.append(
            [
                context.button(
                    "greetings.early", number, int(not occasion.early), text=f"greetings.earlies.{occasion.early}"
                )
            ]
        )
        if greetings.latest(context.session, occasion) is not None:
            rows[-1].append(context.button("greetings.watch", number))
    rows.append([context.button("greetings.switch", number, on, text=f"greetings.switches.{occasion.enabled}")])
    rows.append([context.button("greetings.desk")])
    day = None
    if occasion.calendar is not None and occasion.month is not None and occasion.day is not None:
        day = facts_of(Birthday(occasion.calendar, occasion.month, occasion.day))
    wishes = wordings.pool(context.session, occasion, context.language)
    context.show(
        "greetings.one",
        title=title(context, occasion),
        on=occasion.enabled,
        hour=occasion.at.hour,
        early=occasion.early,
        card=occasion.card,
        own=occasion.kind is Kind.OWN,
        birthday=day,
        personal=occasion.personal,
        wishes=len(wishes),
        whom=audiences.names_of(context.session, occasion.whom),
        people=audiences.count(context.session, occasion.whom).people,
        buttons=rows,
    )


def words(context: Context, occasion: Occasion, language: str) -> None:
    """All wishes in one language."""
    number, other = occasion.id, "en" if language == "zh_CN" else "zh_CN"
    wishes = wordings.pool(context.session, occasion, language)
    rows: Keyboard = []
    for at in range(0, len(wishes), 5):
        rows.append(
            [
                context.button("greetings.wish", number, language, each.code, text="greetings.number", number=index)
                for index, each in enumerate(wishes[at : at + 5], at + 1)
            ]
        )
    rows.append(
        [
            context.button("greetings.write", number, language),
            context.button("greetings.words", number, other, text=f"start.buttons.language_{other}"),
        ]
    )
    rows.append([context.button("greetings.one", number)])
    lines = [_text(context, language, each) for each in wishes]
    context.show("greetings.words", title=title(context, occasion), lines=lines, buttons=rows)


def wish(context: Context, occasion: Occasion, language: str, found: Wish) -> None:
    """One wish."""
    mine = (occasion.id, language, found.code)
    rows = [
        [context.button("greetings.sample", *mine)],
        [
            context.button("greetings.write", *mine, text="greetings.buttons.rewrite"),
            context.button("greetings.drop", *mine),
        ],
        [context.button("greetings.words", occasion.id, language, text="greetings.buttons.all_words")],
    ]
    text = _text(context, language, found)
    context.show("greetings.wish", title=title(context, occasion), text=text, buttons=rows)


def _text(context: Context, language: str, found: Wish) -> str:
    return found.said if isinstance(found.said, str) else context.texts.plain(found.said["say"], language, {})


def row(member: Member) -> dict[str, Any]:
    """A colleague as parameters of a button's label."""
    return {
        "called": member.name,
        "number": member.number,
        "unit": member.unit.name if member.unit else "",
        "left": False,
    }


def peace(context: Context, member: Member) -> None:
    """For how long somebody shall be left in peace."""
    buttons: Keyboard = [
        [
            context.button("greetings.rest", member.id, days, text="greetings.days", days=days)
            for days in birthdays.PAUSES[at : at + 2]
        ]
        for at in (0, 2)
    ]
    context.show("greetings.peace", name=member.name, buttons=[*buttons, [context.button("greetings.desk")]])


def resting(context: Context) -> None:
    """Who is left in peace."""
    found = birthdays.left_in_peace(context.session, context.house.local(context.now).date())
    buttons: Keyboard = [
        [context.button("greetings.again", member.id, text="greetings.again_one", name=member.name)]
        for member, _ in found[:ON_A_PAGE]
    ]
    lines = [{"name": member.name, "until": mine.paused_until} for member, mine in found[:ON_A_PAGE]]
    buttons += [[context.button("greetings.pause")], [context.button("greetings.desk")]]
    context.show("greetings.resting", lines=lines, count=len(found), buttons=buttons)
