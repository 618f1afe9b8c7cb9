"""Cases: one page for each, whatever its kind; what stands on it follows from who looks."""

from pathlib import Path

from markupsafe import Markup

from bot import pieces
from bot.context import Context
from bot.router import KNOWN, MEMBER, PRIVATE, Router
from bot.voice import Button
from handlers import _case_page as pages
from models import case_pages, case_views, cases
from models.base import Refused
from models.cases import Case, Seat

router = Router("cases")

LEAF = 1800  # characters of a long text on one page


@router.link("case", who=KNOWN, where=PRIVATE)
@router.button("cases.view", who=KNOWN, where=PRIVATE, whose="seat")
def view(context: Context, case_id: int, origin: str = "") -> None:
    """One case, as far as it is for this person's eyes."""
    case, seat = cases.for_reader(context.session, case_id, context.person)
    pages.show(context, case, seat, origin)


@router.button("cases.text", who=KNOWN, where=PRIVATE, whose="seat")
def text(context: Context, case_id: int, number: int = 1, origin: str = "") -> None:
    """The words of a case in full, a page at a time."""
    case, seat = cases.for_reader(context.session, case_id, context.person)
    pages.open_to_chat(context, case)
    words = case_pages.texts_of(context.session, case, seat)
    html = context.html("cases.full", title=case.title, **words)
    _leaf(context, case, "cases.text", html, number, origin)


@router.button("cases.history", who=KNOWN, where=PRIVATE, whose="seat")
def history(context: Context, case_id: int, number: int = 1, origin: str = "") -> None:
    """What has happened to it, step by step."""
    case, seat = cases.for_reader(context.session, case_id, context.person)
    pages.open_to_chat(context, case)
    rows = case_pages.history(context.session, case, seat)
    facts = cases.facts_of(context.session, case, seat)
    _leaf(context, case, "cases.history", context.html("cases.past", rows=rows, **facts), number, origin)


def _has_names(context: Context, case: Case) -> bool:
    return context.person.member is not None and bool(cases.seconds_of(context.session, case))


pages.offer("cases.names", case_views.NAMES_FOR, row=80, turn=False, when=_has_names)


@router.button("cases.names", who=MEMBER, where=PRIVATE, whose="seat")
def names(context: Context, case_id: int, number: int = 1) -> None:
    """Who has seconded it; those who asked to be unnamed only for the office."""
    case, seat = cases.for_reader(context.session, case_id, context.person)
    pages.open_to_chat(context, case)
    found = case_views.names_of(context.session, case, seat)
    facts = cases.facts_of(context.session, case, seat)
    html = context.html("cases.seconders", rows=found.shown, unnamed=found.unnamed, **facts)
    _leaf(context, case, "cases.names", html, number, "")


@router.button("cases.files", who=KNOWN, where=PRIVATE, whose="seat")
def files(context: Context, case_id: int) -> None:
    """The photos and files that came with it, each as what it is."""
    case, seat = cases.for_reader(context.session, case_id, context.person)
    found = case_pages.attachments(context.session, case, seat)
    if not found:
        raise Refused("cases.no_files")
    plain = case.hidden and seat not in (Seat.AUTHOR, Seat.OFFICE, Seat.CHAIR)  # a file's name may give its author away
    for number, file in enumerate(found, 1):
        name = f"{context.plain('cases.file_plain', count=number)}{Path(file.name).suffix}" if plain else file.name
        photo = case_pages.as_photo(file.kind, file.content)
        context.say(
            "cases.file",
            photo=file.content if photo else None,
            document=None if photo else (name, file.content),
            name=name,
            number=case.id,
        )
    context.alert("cases.files_sent", count=len(found))


def _leaf(context: Context, case: Case, button: str, html: str, number: int, origin: str) -> None:
    """One page of a long text about a case, the way to the others, and back to the case."""
    leaves = pieces.pieces(html, LEAF)
    number = min(max(1, number), len(leaves))
    tail = pages.tail(pages.known(origin))
    turns = [
        Button(context.plain(f"common.{name}"), context.button(button, case.id, to, *tail).data)
        for name, to in (("previous", number - 1), ("next", number + 1))
        if 1 <= to <= len(leaves)
    ]
    back = context.button("cases.view", case.id, *tail, text="cases.back_to_case")
    words = Markup(leaves[number - 1])  # noqa: S704 (put into words above, and escaped there)
    context.show("cases.leaf", words=words, buttons=[*([turns] if turns else []), [back]])
