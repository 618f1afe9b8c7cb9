"""/me: what is stored about me, how I like to be spoken to, take it along, have it put right, be forgotten."""

import json
from datetime import date, datetime
from enum import Enum
from typing import Any

from bot import forms
from bot.context import Context
from bot.router import ANYONE, MEMBER, PRIVATE, Router
from bot.voice import Button, Keyboard
from models import me, sheets
from models.me import NewCorrection
from models.sheets import Cell, Sheet

router = Router("people")
router.home("people.me", order=20)

LINES = ("name", "number", "unit", "sex", "birthday", "joined_on", "phone", "kinds", "tags", "roles", "telegram")


@router.command("me", who=ANYONE, where=PRIVATE)
@router.button("people.me", who=ANYONE, where=PRIVATE, whose="own")
def page(context: Context) -> None:
    """Show what is stored, and the ways to change it."""
    other = "en" if context.language == "zh_CN" else "zh_CN"
    rows: Keyboard = [[context.button("people.quiet"), context.button("people.leads")]]
    speak = context.button("people.speak", other, text=f"start.buttons.language_{other}")
    if context.person.member is not None:
        rows = [[context.button("people.wrong")], [context.button("greetings.mine")], *rows, [speak]]
    else:
        rows = [[context.button("people.bind"), speak], *rows]
    rows.append([context.button("people.export"), context.button("people.erase")])
    context.show("people.mine", buttons=rows, **me.facts(context.session, context.person))


@router.button("people.speak", who=ANYONE, where=PRIVATE, whose="own")
def speak(context: Context, code: str) -> None:
    """Speak this language from now on."""
    context.language = context.person.account.language = context.texts.known(code)
    context.refresh_menu(context.person.account)
    context.alert("start.language_set")
    page(context)


@router.button("people.quiet", who=ANYONE, where=PRIVATE, whose="own")
def quiet(context: Context) -> None:
    """The quiet hours to choose from."""
    mine = me.night_of(context.person.account)
    rows = [[_choice(context, name == mine, "people.night", name, text=f"people.nights.{name}")] for name in me.NIGHTS]
    house = {"since": f"{context.house.quiet_from:%H:%M}", "until": f"{context.house.quiet_until:%H:%M}"}
    context.show("people.quiet", buttons=[*rows, [_back(context)]], **house)


@router.button("people.night", who=ANYONE, where=PRIVATE, whose="own")
def night(context: Context, name: str) -> None:
    """Choose quiet hours."""
    me.set_night(context.person.account, name)
    context.alert("people.saved")
    quiet(context)


@router.button("people.leads", who=ANYONE, where=PRIVATE, whose="own")
def leads(context: Context) -> None:
    """When to be reminded of an event; several are possible."""
    mine = me.leads_of(context.session, context.person.account)
    rows: Keyboard = [
        [
            _choice(context, lead in mine, "people.lead", lead, int(lead not in mine), text="people.lead", minutes=lead)
            for lead in me.LEADS[at : at + 2]
        ]
        for at in range(0, len(me.LEADS), 2)
    ]
    context.show("people.leads", leads=mine, buttons=[*rows, [_back(context)]])


@router.button("people.lead", who=ANYONE, where=PRIVATE, whose="own")
def lead(context: Context, minutes: int, on: int) -> None:
    """Choose a reminder, or not."""
    me.set_lead(context.session, context.person.account, minutes, bool(on), context.now)
    context.alert("people.saved")
    leads(context)


@router.button("people.wrong", who=MEMBER, where=PRIVATE, whose="own")
def begin_correction(context: Context) -> None:
    """Begin to say what is wrong."""
    forms.begin(context, "people.correct")


@router.form("people.correct", NewCorrection, who=MEMBER, where=PRIVATE, whose="own")
def correct(context: Context, new: NewCorrection, target_id: int | None) -> None:
    """Pass it to the officers."""
    me.correct(context.session, context.member, new, context.now)
    context.show("people.corrected", buttons=[[_back(context)]])


@router.button("people.export", who=ANYONE, where=PRIVATE, whose="own")
def export(context: Context) -> None:
    """Everything stored about me, as one file."""
    facts = me.facts(context.session, context.person)
    words = [[context.plain(f"people.export.{line}"), _said(context, line, facts)] for line in LINES]
    book = [Sheet(context.plain("people.export.sheet"), [["", ""], *words])]
    book += [
        Sheet(
            _table(context, each.table), [list(each.rows[0]), *([_cell(v) for v in row.values()] for row in each.rows)]
        )
        for each in me.holdings(context.session, context.person)
    ]
    content = sheets.write(book, context.house.zone)
    context.say("people.exported", document=(f"{context.plain('people.export.file')}.xlsx", content))


@router.button("people.erase", who=ANYONE, where=PRIVATE, whose="own")
def erase(context: Context) -> None:
    """What forgetting means, before anything is done."""
    rows = [[_back(context)], [context.button("people.erase_sure")]]
    context.show("people.erase", known=context.person.member is not None, buttons=rows)


@router.button("people.erase_sure", who=ANYONE, where=PRIVATE, whose="own")
def erase_sure(context: Context) -> None:
    """Ask once more."""
    context.show("people.erase_sure", buttons=[[_back(context)], [context.button("people.erase_now")]])


@router.button("people.erase_now", who=ANYONE, where=PRIVATE, whose="own")
def erase_now(context: Context) -> None:
    """Forget me."""
    context.refresh_menu(context.person.account)
    me.erase(context.session, context.person, context.now)
    context.show("people.erased")


def _choice(context: Context, chosen: bool, name: str, *arguments: int | str, text: str, **params: Any) -> Button:
    button = context.button(name, *arguments, text=text, **params)
    return Button(context.plain("people.chosen", label=button.label), button.data) if chosen else button


def _back(context: Context) -> Button:
    return context.button("people.me", text="people.back")


def _table(context: Context, name: str) -> str:
    key = f"people.tables.{name}"
    return context.plain(key) if context.texts.has(key) else name


def _said(context: Context, line: str, facts: dict[str, Any]) -> str:
    """One fact in words."""
    value = facts.get(line)
    if line == "birthday":
        return context.plain("people.birthday", **facts)
    if line == "sex" and value:
        return context.plain(f"people.sexes.{value}")
    if line == "roles":
        value = [context.plain(f"roles.names.{role}") for role in value or []]
    return "、".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _cell(value: Any) -> Cell:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return value if isinstance(value, str | int | float | date | datetime) else str(value or "")
