"""Proposals: handed in with a form or in one message, seconded with one tap, asked for by name, taken back."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import BaseModel, Field

from bot import forms, lists
from bot.context import Context
from bot.router import MEMBER, PRIVATE, NotMine, Router
from bot.voice import Button, Keyboard
from handlers import _case_page as pages
from handlers import _proposal_sentence as sentence
from models import cases, filing, seconding
from models.base import Refused
from models.cases import UNANSWERED, Case, CaseState, Seat
from models.fields import Pick
from models.filing import NewProposal, NewSuggestion
from models.presets import Preset

router = Router("proposals")
router.home("proposals.browse", order=15)

FORMS = ("proposals.new", "proposals.suggest", "proposals.other", "proposals.other_seconded")
OPEN = tuple(state for state in CaseState if state not in cases.CLOSED)
INSIDE = (Seat.OFFICE, Seat.CHAIR, Seat.LEAD, Seat.CO)


class Colleagues(BaseModel):
    """Whom the author asks to second."""

    seconders: Annotated[list[int], Field(min_length=1, max_length=10), Pick(filing.colleagues, filing.colleague)]


class Number(BaseModel):
    """The number of a case."""

    number: Annotated[int, Field(ge=1)]


# The first page


@router.command("proposals", who=MEMBER, where=PRIVATE)
@router.button("proposals.browse", who=MEMBER, where=PRIVATE)
def browse(context: Context) -> None:
    """How many are open, and the ways to one's own, to those that look for seconders, and to a new one."""
    looking, mine = seconding.looking(context.session), filing.by_author(context.session, context.member)
    rows = [
        [context.button("proposals.begin")],
        [
            context.button("proposals.mine", text="proposals.buttons.mine_of", count=len(mine)),
            context.button("proposals.looking", text="proposals.buttons.looking_of", count=len(looking)),
        ],
        [context.button("proposals.find"), context.button("start.home")],
    ]
    context.show("proposals.front", buttons=rows, open=filing.open_count(context.session), looking=len(looking))


@router.button("proposals.mine", who=MEMBER, where=PRIVATE, whose="own")
def mine(context: Context, number: int = 1) -> None:
    """What one has handed in, open ones first."""
    _list(context, "proposals.mine", filing.by_author(context.session, context.member), number)


@router.button("proposals.looking", who=MEMBER, where=PRIVATE)
def looking(context: Context, number: int = 1) -> None:
    """What looks for seconders, those whose time ends first before the others."""
    _list(context, "proposals.looking", seconding.looking(context.session), number)


def _list(context: Context, name: str, found: list[Case], number: int) -> None:
    def row(case: Case) -> Button:
        rules = cases.preset_of(context.session, case)
        if rules.confidential:
            return context.button("cases.view", case.id, text="cases.sealed_row", number=case.id)
        facts = {"number": case.id, "title": case.title, "state": case.state.value, "preset": case.preset}
        return context.button("cases.view", case.id, text="proposals.row", kind=dict(rules.name), **facts)

    below = [[context.button("proposals.browse")]]
    lists.show(context, f"{name}_list", found, number, name, row, below=below)


@router.button("proposals.find", who=MEMBER, where=PRIVATE)
def find(context: Context) -> None:
    """Begin to look for one by its number."""
    forms.begin(context, "proposals.find")


@router.form("proposals.find", Number, who=MEMBER, where=PRIVATE, at_once=True)
def found(context: Context, new: Number, target_id: int | None) -> None:
    """Show it, if it is theirs to see."""
    _page(context, new.number)


# Handing in


@router.command("propose", who=MEMBER, where=PRIVATE)
@router.button("proposals.begin", who=MEMBER, where=PRIVATE)
def begin(context: Context) -> None:
    """Choose what it is: a proposal, a suggestion, or what else the settings know."""
    rows = []
    for kind in filing.kinds(context.session):
        rules = context.house.cases[kind]
        facts = {"preset": kind, "kind": dict(rules.name), "needed": rules.seconders}
        rows.append([context.button("proposals.kind", kind, text="proposals.buttons.kind_of", **facts)])
    context.show("proposals.which", buttons=[*rows, [context.button("proposals.browse")]])


@router.button("proposals.kind", who=MEMBER, where=PRIVATE)
def begin_kind(context: Context, kind: str) -> None:
    """Begin one of this kind."""
    form, answers = _form(context, kind)
    forms.begin(context, form, answers=answers)


@router.message("text", who=MEMBER, where=PRIVATE, begins=sentence.BEGINS)
def said(context: Context) -> None:
    """A proposal in one message: its title in the first line, `附议 王强 陈静` anywhere in it."""
    form, answers, text = _spoken(context)
    forms.begin(context, form, answers=answers, text=text)


@router.message("photo", who=MEMBER, where=PRIVATE, begins=sentence.BEGINS)
@router.message("document", who=MEMBER, where=PRIVATE, begins=sentence.BEGINS)
def sent(context: Context) -> None:
    """The same as the words under a photo or a document."""
    form, answers, text = _spoken(context)
    forms.begin(context, form, answers={**answers, "files": [forms.paper(context, form, "files")]}, text=text)


def _spoken(context: Context) -> tuple[str, dict[str, Any], str]:
    text = context.incoming.text
    match = sentence.begun(text)
    if match is None:
        raise NotMine
    kind, words = match
    if sentence.names_seconders(context, words):
        kind = "proposal"  # nobody seconds a suggestion
    return *_form(context, kind), text if words else ""


def _form(context: Context, kind: str) -> tuple[str, dict[str, Any]]:
    """The form for a kind, and what it is given beforehand."""
    rules = _rules(context, kind)
    named = {"proposal": "proposals.new"} if rules.seconders else {"suggestion": "proposals.suggest"}
    other = "proposals.other_seconded" if rules.seconders else "proposals.other"
    return named.get(kind, other), {"preset": kind, "hideable": rules.hidden}


def _rules(context: Context, kind: str) -> Preset:
    if kind not in filing.kinds(context.session):
        raise Refused("proposals.no_such_kind")
    return context.house.cases[kind]


def alike(context: Context, answers: Mapping[str, Any]) -> tuple[str, Keyboard]:
    """Beside the review: open ones that are like it, to be seconded instead."""
    words = f"{answers.get('wrong') or ''}\n{answers.get('wish') or ''}"
    likest = filing.similar(context.session, answers.get("title") or "", words, by=context.person)
    if not likest:
        return "", []
    rows = [
        {"number": each.number, "title": each.title, "state": each.state.value, "seconds": each.seconds}
        for each in likest
    ]
    buttons = [[context.button("proposals.instead", each.number, number=each.number)] for each in likest]
    return context.html("proposals.alike", rows=rows), buttons


@router.form("proposals.new", NewProposal, who=MEMBER, where=PRIVATE, reader=sentence.proposal, aside=alike)
@router.form(
    "proposals.other_seconded",
    NewProposal,
    who=MEMBER,
    where=PRIVATE,
    texts="proposals.new",
    reader=sentence.proposal,
    aside=alike,
)
@router.form("proposals.suggest", NewSuggestion, who=MEMBER, where=PRIVATE, reader=sentence.suggestion, aside=alike)
@router.form(
    "proposals.other",
    NewSuggestion,
    who=MEMBER,
    where=PRIVATE,
    texts="proposals.suggest",
    reader=sentence.suggestion,
    aside=alike,
)
def finish(context: Context, new: NewSuggestion, target_id: int | None) -> None:
    """It is handed in; say where it is now and by when they hear."""
    _rules(context, new.preset)
    case = filing.hand_in(context.session, context.member, new.preset, new, context.now)
    names = new.seconders if isinstance(new, NewProposal) and case.state is CaseState.SECONDING else []
    _filed(context, case, seconding.reach(context.session, set(names) - {context.member.id}))


def _filed(context: Context, case: Case, asked: seconding.Asked) -> None:
    rows: Keyboard = []
    if case.state is CaseState.SECONDING:
        rows.append([context.button("proposals.share", case.id), context.button("proposals.ask", case.id)])
    rows.append([context.button("cases.view", case.id), context.button("proposals.browse")])
    context.show(
        "proposals.filed",
        buttons=rows,
        asked=[member.name for member in asked.reached],
        unreached=[member.name for member in asked.unreached],
        **cases.facts_of(context.session, case, Seat.AUTHOR),
    )


@router.button("proposals.instead", who=MEMBER, where=PRIVATE, whose="seat")
def instead(context: Context, case_id: int) -> None:
    """Second the one that is like it; their own words stay until they say what becomes of them."""
    case = seconding.second(context.session, context.member, case_id, context.now)
    rows = [[context.button("cases.view", case.id)]]
    if (draft := forms.current(context)) is not None and draft.form in FORMS:
        rows = [[context.button("proposals.keep_on"), context.button("proposals.drop")], *rows]
    context.show("proposals.seconded_instead", buttons=rows, number=case.id, kept=len(rows) > 1)


@router.button("proposals.keep_on", who=MEMBER, where=PRIVATE, whose="own")
def keep_on(context: Context) -> None:
    """Go on with their own after all."""
    if not forms.resume(context):
        browse(context)


@router.button("proposals.drop", who=MEMBER, where=PRIVATE, whose="own")
def drop(context: Context) -> None:
    """Let their own go: the other one says it."""
    forms.drop(context, *FORMS)
    browse(context)


# Seconding


@router.link("second", who=MEMBER, where=PRIVATE, whose="seat")
def open_shared(context: Context, case_id: int) -> None:
    """What a shared card leads to: the case, with the button to second it."""
    _page(context, seconding.now_under(context.session, case_id))


@router.button("proposals.second", who=MEMBER, where=PRIVATE, whose="seat")
def second(context: Context, case_id: int) -> None:
    """Put one's name under it."""
    _second(context, case_id, hidden=False)


@router.button("proposals.second_hidden", who=MEMBER, where=PRIVATE, whose="seat")
def second_hidden(context: Context, case_id: int) -> None:
    """The same, with the name known to the office only."""
    _second(context, case_id, hidden=True)


def _second(context: Context, case_id: int, hidden: bool) -> None:
    case = seconding.second(context.session, context.member, case_id, context.now, hidden=hidden)
    context.alert("proposals.seconded_hidden" if hidden else "proposals.seconded")
    _page(context, case.id)


@router.button("proposals.take_back", who=MEMBER, where=PRIVATE, whose="seat")
def take_back(context: Context, case_id: int) -> None:
    """Take one's name away again."""
    case = seconding.take_back(context.session, context.member, case_id, context.now)
    context.alert("proposals.taken_back")
    _page(context, case.id)


@router.button("proposals.follow", who=MEMBER, where=PRIVATE, whose="seat")
def follow(context: Context, case_id: int) -> None:
    """Hear how it goes on."""
    seconding.follow(context.session, context.member, case_id, context.now)
    context.alert("proposals.followed")
    _page(context, case_id)


@router.button("proposals.unfollow", who=MEMBER, where=PRIVATE, whose="seat")
def unfollow(context: Context, case_id: int) -> None:
    """Hear no more of it."""
    seconding.unfollow(context.session, context.member, case_id, context.now)
    context.alert("proposals.unfollowed")
    _page(context, case_id)


@router.button("proposals.share", who=MEMBER, where=PRIVATE, whose="seat")
def share(context: Context, case_id: int) -> None:
    """A card to be passed on to colleagues, with a button that leads to seconding it."""
    case, _ = cases.for_reader(context.session, case_id, context.person)
    if case.state is not CaseState.SECONDING or not case.shared:
        raise Refused("proposals.not_looking")
    link = context.url("second", case.id)
    facts = cases.facts_of(context.session, case, Seat.COLLEAGUE)
    words = context.plain("proposals.share_words", title=case.title)
    onward = Button(
        context.plain("proposals.buttons.pass_on"), url=f"https://t.me/share/url?url={quote(link)}&text={quote(words)}"
    )
    context.alert("proposals.how_to_share")
    seconds = seconding.count(context.session, case)
    buttons = [[context.link("proposals.buttons.look", "second", case.id)], [onward]]
    context.say("proposals.card", buttons=buttons, seconds=seconds, url=link, **facts)


@router.button("proposals.ask", who=MEMBER, where=PRIVATE, whose="seat")
def ask(context: Context, case_id: int) -> None:
    """Begin to name colleagues who shall be asked."""
    case, seat = cases.for_reader(context.session, case_id, context.person)
    if seat is not Seat.AUTHOR:
        raise Refused("cases.unknown")
    if case.state is not CaseState.SECONDING:
        raise Refused("proposals.not_looking")
    forms.begin(context, "proposals.ask", target_id=case.id)


@router.form("proposals.ask", Colleagues, who=MEMBER, where=PRIVATE, whose="seat", at_once=True)
def asked(context: Context, new: Colleagues, target_id: int) -> None:
    """Each of them gets one letter with one button."""
    found = seconding.ask_by_name(context.session, target_id, context.person, new.seconders, context.now)
    names = [member.name for member in found.reached]
    unreached = [member.name for member in found.unreached]
    row = [context.button("proposals.share", target_id), context.button("cases.view", target_id)]
    context.show("proposals.asked_them", buttons=[row], asked=names, unreached=unreached)


# Taking back


@router.button("proposals.withdraw", who=MEMBER, where=PRIVATE, whose="seat")
def withdraw(context: Context, case_id: int, turn: int) -> None:
    """Ask once more before it is taken back."""
    case, seat = cases.for_reader(context.session, case_id, context.person)
    if seat is not Seat.AUTHOR:
        raise Refused("cases.unknown")
    rows = [[context.button("proposals.withdraw_now", case_id, turn)], [context.button("cases.view", case_id)]]
    seconds = seconding.count(context.session, case)
    context.show(
        "proposals.withdraw_sure", buttons=rows, seconds=seconds, **cases.facts_of(context.session, case, seat)
    )


@router.button("proposals.withdraw_now", who=MEMBER, where=PRIVATE, whose="seat")
def withdraw_now(context: Context, case_id: int, turn: int) -> None:
    """Take it back."""
    case = filing.withdraw(context.session, case_id, context.person, context.now, turn=turn)
    context.show("proposals.withdrawn", buttons=[[context.button("proposals.browse")]], number=case.id)


def _page(context: Context, number: int) -> None:
    case, seat = cases.for_reader(context.session, number, context.person)
    pages.show(context, case, seat)


# What stands under a case for its author and its readers


def _shared(context: Context, case: Case) -> bool:
    return case.shared


def _free(context: Context, case: Case) -> bool:
    """Whether they may put their name under it."""
    return case.shared and context.person.member is not None and not _seconded(context, case)


def _seconded(context: Context, case: Case) -> bool:
    member = context.person.member
    return member is not None and seconding.seconds(context.session, case, member)


def _follows(context: Context, case: Case) -> bool:
    member = context.person.member
    return member is not None and seconding.follows(context.session, case, member)


def _may_follow(context: Context, case: Case) -> bool:
    return context.person.member is not None and not _follows(context, case)


pages.offer("proposals.second", (Seat.COLLEAGUE,), OPEN, row=10, turn=False, when=_free)
pages.offer("proposals.second_hidden", (Seat.COLLEAGUE,), OPEN, row=10, turn=False, when=_free)
pages.offer("proposals.second", INSIDE, (CaseState.SECONDING,), row=10, turn=False, when=_free)
pages.offer("proposals.take_back", (Seat.SECONDER, *INSIDE), OPEN, row=10, turn=False, when=_seconded)
pages.offer("proposals.share", (Seat.AUTHOR,), (CaseState.SECONDING,), row=10, turn=False, when=_shared)
pages.offer("proposals.ask", (Seat.AUTHOR,), (CaseState.SECONDING,), row=10, turn=False, when=_shared)
pages.offer(
    "proposals.share", (Seat.SECONDER, Seat.COLLEAGUE), (CaseState.SECONDING,), row=11, turn=False, when=_shared
)
pages.offer("proposals.follow", (Seat.COLLEAGUE,), OPEN, row=11, turn=False, when=_may_follow)
pages.offer("proposals.unfollow", (Seat.COLLEAGUE,), OPEN, row=11, turn=False, when=_follows)
pages.offer("proposals.withdraw", (Seat.AUTHOR,), UNANSWERED, row=90)
