"""The door: /start, /help, /cancel, /language, the officers' /desk, and /here, which makes a group the staff group."""

from bot import forms, menu
from bot.context import Context
from bot.dispatch import bind_buttons
from bot.router import ADMIN, ANYONE, ANYWHERE, GROUP, OFFICER, PRIVATE, Router
from bot.voice import Button, Keyboard
from models import facts
from models.traces import trace

router = Router("start")
FEW = 4  # buttons that stand one below the other; more of them stand two in a row
router.home("start.desk", order=90)


@router.command("start", who=ANYONE, where=PRIVATE, menu=False)
def start(context: Context) -> None:
    """Say hello and show what there is to do; somebody half-way through a form is taken back there."""
    if forms.current(context) is not None:
        forms.resume(context)
    elif context.person.member is None and not context.person.roles:
        context.say("start.stranger", buttons=[*(bind_buttons(context) or []), languages(context)])
    else:
        context.say("start.member", name=context.person.name, buttons=home(context))


@router.command("help", who=ANYONE, where=ANYWHERE)
def help_(context: Context) -> None:
    """List the commands this person may use."""
    if context.incoming.chat_type != "private":
        context.say("start.help_group", buttons=[[context.link("common.open_private", "start")]])
        return
    lines = [
        {"name": route.name, "line": menu.line(context.texts, route, context.language)}
        for route in menu.commands(context.registry, context.person)
    ]
    known = context.person.member is not None
    context.say("start.help", lines=lines, member=known, account_id=context.person.account.id)


@router.command("cancel", who=ANYONE, where=PRIVATE)
def cancel(context: Context) -> None:
    """Give up the form that is open."""
    forms.cancel(context)


@router.command("desk", who=OFFICER, where=PRIVATE)
def desk(context: Context) -> None:
    """Show the officers' desk."""
    context.say("start.desk", buttons=desk_buttons(context))


@router.button("start.desk", who=OFFICER, where=PRIVATE)
def back_to_desk(context: Context) -> None:
    """Go back to the desk."""
    context.show("start.desk", buttons=desk_buttons(context))


@router.button("start.home", who=ANYONE, where=PRIVATE)
def back_home(context: Context) -> None:
    """Go back to the first page."""
    context.show("start.member", name=context.person.name, buttons=home(context))


@router.command("here", who=ADMIN, where=GROUP, menu=False)
def here(context: Context) -> None:
    """Make this group the staff group."""
    facts.put(context.session, facts.STAFF_GROUP, context.incoming.chat_id)
    trace(context.session, context.person, "start.here", f"chat:{context.incoming.chat_id}", context.now)
    context.say("start.here", buttons=[[context.link("common.open_private", "start")]])


@router.button("start.language", who=ANYONE, where=PRIVATE, whose="own")
def language(context: Context, code: str) -> None:
    """Speak this language from now on."""
    context.person.account.language = context.texts.known(code)
    context.language = context.texts.known(code)
    context.refresh_menu(context.person.account)
    context.alert("start.language_set")
    if context.person.member is None and not context.person.roles:
        context.show("start.stranger", buttons=[*(bind_buttons(context) or []), languages(context)])
    else:
        context.show("start.member", name=context.person.name, buttons=home(context))


def home(context: Context) -> Keyboard:
    """What the capabilities have put on the first page for this person."""
    shown = [context.button(entry.button) for entry in context.registry.home if _admits(context, entry.button)]
    wide = 2 if len(shown) > FEW else 1
    return [*(shown[first : first + wide] for first in range(0, len(shown), wide)), languages(context)]


def _admits(context: Context, button: str) -> bool:
    return context.registry.buttons[button].who.admits(context.person)


def languages(context: Context) -> list[Button]:
    """The button to the other language, in that language."""
    other = "en" if context.language == "zh_CN" else "zh_CN"
    return [context.button("start.language", other, text=f"start.buttons.language_{other}")]


def desk_buttons(context: Context) -> Keyboard:
    """What the capabilities have put on the desk for this person, two in a row."""
    entries = [entry for entry in context.registry.entries if entry.who.admits(context.person)]
    buttons = [context.button(entry.button) for entry in entries]
    return [buttons[index : index + 2] for index in range(0, len(buttons), 2)]
