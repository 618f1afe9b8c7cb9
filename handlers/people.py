"""Who is who: strangers are recognised in three ways, officers find a colleague and help with the binding."""

import re
from typing import Annotated

from pydantic import BaseModel, Field

from bot import forms, lists
from bot.context import Context
from bot.router import ANYONE, OFFICER, PRIVATE, STRANGER, Garbled, Router
from bot.voice import Button, Keyboard
from models import binding, letters, me, roles
from models import people as model
from models.base import Refused
from models.binding import NewClaim, Outcome
from models.people import Member, Role

router = Router("people")
router.daily("03:10", binding.forget_old)
router.home("people.bind", order=0)

WHO_AND_NUMBER = re.compile(
    r"(?:我是|我叫)?\s*([^\W\d_]{2,12})[\s,，、]*(?:工号)?\s*[:：]?\s*([A-Za-z]{0,4}[0-9]{3,12})\s*"
)


class Search(BaseModel):
    """Whom an officer looks for."""

    query: Annotated[str, Field(min_length=1, max_length=40)]


@router.button("people.bind", who=STRANGER, where=PRIVATE)
def bind(context: Context) -> None:
    """The ways to be recognised, the quickest first."""
    context.say("people.how", buttons=[[Button(context.plain("people.share"), contact=True)]])
    context.say("people.how_else", buttons=[[context.button("people.ask")]])


@router.message("contact", who=ANYONE, where=PRIVATE)
def shared(context: Context) -> None:
    """Recognise somebody by the number of their own phone."""
    phone, owner = context.incoming.phone or "", context.incoming.phone_owner
    binding.by_phone(context.session, context.person, phone, owner, context.now)
    welcome(context)


@router.link("bind", who=ANYONE, where=PRIVATE)
@router.command("bind", who=STRANGER, where=PRIVATE)
def code(context: Context, text: str = "") -> None:
    """Recognise somebody by the code an officer gave them."""
    if context.person.member is not None:
        raise Refused("common.bound_already")
    if not text:
        bind(context)
        return
    outcome = binding.redeem(context.session, context.person, text, context.now)
    if outcome is Outcome.BOUND:
        welcome(context)
    else:
        context.say(f"people.code_{outcome.value}", buttons=[[context.button("people.bind")]])


@router.message("text", who=STRANGER, where=PRIVATE)
def typed(context: Context) -> None:
    """A stranger's words: a code, or a name and number in one message; to anything else, how to be recognised."""
    text = context.incoming.text
    if binding.looks_like_code(text):
        code(context, text)
    elif said := WHO_AND_NUMBER.fullmatch(text):
        forms.begin(context, "people.ask", answers={"name": said[1], "number": said[2]})
    else:
        context.say("people.who_are_you", buttons=[[context.button("people.bind")]])


@router.button("people.ask", who=STRANGER, where=PRIVATE)
def begin_claim(context: Context) -> None:
    """Begin to say who one is, for an officer to look at."""
    forms.begin(context, "people.ask")


@router.form("people.ask", NewClaim, who=STRANGER, where=PRIVATE)
def claim(context: Context, new: NewClaim, target_id: int | None) -> None:
    """Pass it to the officers. The answer is the same whoever was named."""
    binding.claim(context.session, context.person, new, context.now)
    context.show("people.asked")


@router.button("people.agree", who=OFFICER, where=PRIVATE)
def agree(context: Context, claim_id: int, move: int = 0) -> None:
    """Yes, that is this colleague."""
    wanted = binding.open_claim(context.session, context.person, claim_id).account.wanted
    onward = letters.button(*(wanted or "").split(":")) if _wanted(context, wanted) else None
    what = binding.decide(context.session, context.person, claim_id, True, context.now, move=bool(move), onward=onward)
    context.refresh_menu(what.account)
    context.show("people.agreed", name=what.name, number=what.number, buttons=_after_claim(context))


@router.button("people.deny", who=OFFICER, where=PRIVATE)
def deny(context: Context, claim_id: int) -> None:
    """No, it is not."""
    what = binding.decide(context.session, context.person, claim_id, False, context.now)
    context.show("people.denied", name=what.name, number=what.number, buttons=_after_claim(context))


@router.button("people.claims", who=OFFICER, where=PRIVATE)
def claims(context: Context, number: int = 1) -> None:
    """Who waits to be recognised."""
    lists.show(
        context,
        "people.waiting",
        binding.claims(context.session),
        number,
        "people.claims",
        lambda each: context.button("people.claim", each.id, text="people.rows.claim", called=each.name, at=each.at),
        below=[[context.button("roster.desk")]],
    )


@router.button("people.claim", who=OFFICER, where=PRIVATE)
def look_at_claim(context: Context, claim_id: int) -> None:
    """One claim beside the roster."""
    what = binding.open_claim(context.session, context.person, claim_id)
    match = binding.match(context.session, what)
    answers = [
        context.button(name, *arguments, text=text, **params)
        for name, arguments, text, params in binding.answers(what, match)
    ]
    buttons = [answers, [context.button("people.claims", 1)]]
    context.show("people.letters.claim", buttons=buttons, **vars(match))


@router.button("people.find", who=OFFICER, where=PRIVATE)
def begin_search(context: Context) -> None:
    """Begin to look for a colleague."""
    forms.begin(context, "people.find")


@router.form("people.find", Search, who=OFFICER, where=PRIVATE, at_once=True)
def search(context: Context, new: Search, target_id: int | None) -> None:
    """The colleagues whose name, number or phone it is."""
    found = model.find(context.session, new.query)
    buttons: Keyboard = [[_row(context, member)] for member in found[: lists.PAGE]]
    buttons.append([context.button("people.find"), context.button("roster.desk")])
    context.show("people.found", query=new.query, count=len(found), more=len(found) > lists.PAGE, buttons=buttons)


@router.command("find", who=OFFICER, where=PRIVATE)
def find(context: Context, query: str = "") -> None:
    """Look for a colleague by name, number or phone."""
    if query.strip():
        search(context, Search(query=query.strip()[:40]), None)
    else:
        begin_search(context)


@router.button("people.member", who=OFFICER, where=PRIVATE)
def member(context: Context, member_id: int) -> None:
    """One colleague, and what can be done for them."""
    found = model.by_id(context.session, member_id)
    account = binding.account_of(context.session, found)
    rows: Keyboard = []
    if found.left_on is None:
        rows = [[context.button("people.unbind" if account else "people.code", found.id)]]
        if context.person.may(Role.ADMIN):
            rows.append([context.button("roles.of", found.id)])
    rows.append([context.button("people.find"), context.button("roster.desk")])
    held = sorted(roles.held(context.session, found))
    bound_at = account.bound_at if account else None
    facts = {"name": found.name, "number": found.number, "unit": found.unit.name if found.unit else None}
    context.show(
        "people.one",
        bound=account is not None,
        bound_at=bound_at,
        left=found.left_on,
        roles=held,
        buttons=rows,
        **facts,
    )


@router.button("people.code", who=OFFICER, where=PRIVATE)
def issue(context: Context, member_id: int) -> None:
    """A one-time code for a colleague, to be read out or passed on."""
    made = binding.issue_code(context.session, context.person, member_id, context.now)
    found = model.by_id(context.session, member_id)
    shown = "-".join(made[at : at + 3] for at in range(0, len(made), 3))
    buttons = [[context.button("people.member", member_id)]]
    context.show("people.code_for", name=found.name, code=shown, url=context.url("bind", made), buttons=buttons)


@router.button("people.unbind", who=OFFICER, where=PRIVATE)
def ask_unbind(context: Context, member_id: int) -> None:
    """Ask before a colleague's account is taken away."""
    found = model.by_id(context.session, member_id)
    buttons = [[context.button("people.unbind_now", member_id)], [context.button("people.member", member_id)]]
    context.show("people.unbind_sure", name=found.name, buttons=buttons)


@router.button("people.unbind_now", who=OFFICER, where=PRIVATE)
def unbind(context: Context, member_id: int) -> None:
    """Take it away; they hear of it."""
    account = binding.unbind(context.session, context.person, member_id, context.now)
    context.refresh_menu(account)
    context.alert("people.unbound")
    member(context, member_id)


def welcome(context: Context) -> None:
    """Say hello, show once what is stored, and offer to go on with what they had wanted."""
    account = context.person.account
    context.person = model.person_of(context.session, account, context.house.admins)
    context.refresh_menu(account)
    context.say("people.bound", name=context.member.name, clear=True)
    wanted = _wanted(context, account.wanted)
    account.wanted = None
    buttons = [*([[wanted]] if wanted else []), [context.button("start.home", text="people.buttons.right")]]
    buttons[-1].append(context.button("people.wrong"))
    context.say("people.stored", buttons=buttons, **me.facts(context.session, context.person))


def _wanted(context: Context, data: str | None) -> Button | None:
    """The button they had pressed before we knew them, once more."""
    name, *parts = (data or "").split(":")
    if name not in context.registry.buttons:
        return None
    try:
        button = context.button(name, *parts)
    except Garbled:
        return None
    return Button(context.plain("people.go_on", label=button.label), button.data)


def _row(context: Context, found: Member) -> Button:
    unit = found.unit.name if found.unit else ""
    return context.button(
        "people.member",
        found.id,
        text="people.rows.member",
        called=found.name,
        number=found.number,
        unit=unit,
        left=found.left_on is not None,
    )


def _after_claim(context: Context) -> Keyboard:
    return [[context.button("people.claims", 1)]] if binding.claims(context.session) else []
