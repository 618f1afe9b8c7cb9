"""The open book: what I have handed in, what waits for me, what is found, and the public board."""

from typing import Annotated

from pydantic import BaseModel, Field, field_validator

from bot import forms, lists
from bot.context import Context
from bot.router import HANDLER, KNOWN, MEMBER, OFFICER, PRIVATE, Router
from bot.voice import Button, Keyboard
from handlers import _case_page as pages
from models import case_views, cases
from models.base import Refused
from models.case_views import Search
from models.cases import CaseState
from models.people import Role, Unit
from models.publishing import board_facts

router = Router("openbook")
router.home("openbook.todo", order=17)

CARRIED = 30  # bytes of the words looked for that a button carries


class Wanted(BaseModel):
    """What somebody looks for among the cases: a number, or words."""

    words: Annotated[str, Field(min_length=1, max_length=CARRIED)]

    @field_validator("words")
    @classmethod
    def fits(cls, words: str) -> str:
        words = " ".join(words.replace(":", " ").replace("：", " ").split())
        if not words or len(words.encode()) > CARRIED:
            raise ValueError("openbook.too_many_words")
        return words


@router.button("openbook.mine", who=MEMBER, where=PRIVATE, whose="own")
def mine(context: Context, number: int = 1) -> None:
    """What one has handed in, and how it stands."""
    found = case_views.mine(context.session, context.member, context.now)
    below = [[context.button("openbook.supported")], [context.button("proposals.browse"), context.button("start.home")]]
    pages.listed(context, "openbook.list.mine", found, number, "openbook.mine", below=below)


@router.button("openbook.supported", who=MEMBER, where=PRIVATE, whose="own")
def supported(context: Context, number: int = 1) -> None:
    """What one has seconded or follows."""
    found = case_views.supported(context.session, context.member, context.now)
    below = [[context.button("openbook.mine")], [context.button("proposals.browse"), context.button("start.home")]]
    pages.listed(context, "openbook.list.supported", found, number, "openbook.supported", below=below)


@router.button("openbook.todo", who=HANDLER, where=PRIVATE, whose="seat")
def todo(context: Context, number: int = 1) -> None:
    """What waits for whoever looks, the most urgent first."""
    found = case_views.to_answer(context.session, context.person, context.now)
    below = [[context.button("openbook.find")], [context.button("start.home")]]
    pages.listed(context, "openbook.list.todo", found, number, "openbook.todo", below=below)


@router.button("openbook.find", who=KNOWN, where=PRIVATE)
def find(context: Context) -> None:
    """Look for a case: by number or words; officers also by state, by department, or what is overdue."""
    if not context.person.may(Role.OFFICER):
        forms.begin(context, "openbook.search")
        return
    ways = [
        [context.button("openbook.by_words")],
        [context.button("openbook.states"), context.button("openbook.units")],
        [context.button("openbook.late")],
        [context.button("casework.desk")],
    ]
    context.show("openbook.how", buttons=ways)


@router.button("openbook.by_words", who=KNOWN, where=PRIVATE)
def by_words(context: Context) -> None:
    """Begin to look for a number or for words."""
    forms.begin(context, "openbook.search")


@router.form("openbook.search", Wanted, who=KNOWN, where=PRIVATE, at_once=True)
def search(context: Context, new: Wanted, target_id: int | None) -> None:
    """Show what was found; a number opens its case at once."""
    number = case_views.number_in(new.words)
    if number is not None:
        wanted = Search(words=new.words)
        if case_views.find(context.session, context.person, wanted, context.now).ids == [number]:
            pages.show(context, *cases.for_reader(context.session, number, context.person))
            return
    found(context, 1, new.words)


@router.button("openbook.found", who=KNOWN, where=PRIVATE, whose="seat")
def found(context: Context, number: int, words: str) -> None:
    """A page of what was found."""
    if len(words.encode()) > CARRIED:
        raise Refused("common.old_button")
    rows = case_views.find(context.session, context.person, Search(words=words), context.now)
    below = [[context.button("openbook.by_words", text="openbook.again")], _out(context)]
    pages.listed(context, "openbook.list.found", rows, number, "openbook.found", words, below=below, words=words)


@router.button("openbook.states", who=OFFICER, where=PRIVATE)
def states(context: Context) -> None:
    """The states there are, with how many cases in each."""
    buttons = [
        context.button("openbook.state", 1, state.value, text="openbook.of_state", state=state.value, count=count)
        for state, count in case_views.states(context.session, context.person).items()
    ]
    rows = [buttons[index : index + 2] for index in range(0, len(buttons), 2)]
    context.show("openbook.which_state", count=len(buttons), buttons=[*rows, [context.button("openbook.find")]])


@router.button("openbook.state", who=OFFICER, where=PRIVATE)
def of_state(context: Context, number: int, state: str) -> None:
    """The cases in one state."""
    if state not in list(CaseState):
        raise Refused("common.old_button")
    rows = case_views.find(context.session, context.person, Search(state=CaseState(state)), context.now)
    below = [[context.button("openbook.states")]]
    pages.listed(context, "openbook.list.state", rows, number, "openbook.state", state, below=below, state=state)


@router.button("openbook.units", who=OFFICER, where=PRIVATE)
def units(context: Context, number: int = 1) -> None:
    """The departments that have cases, those with most first."""
    lists.show(
        context,
        "openbook.which_unit",
        case_views.units(context.session, context.person),
        number,
        "openbook.units",
        lambda row: context.button("openbook.unit", 1, row[0].id, text="openbook.of_unit", unit=row[0].name, n=row[1]),
        below=[[context.button("openbook.find")]],
    )


@router.button("openbook.unit", who=OFFICER, where=PRIVATE)
def of_unit(context: Context, number: int, unit_id: int) -> None:
    """The cases that one department leads or works on."""
    unit = context.session.get(Unit, unit_id)
    if unit is None:
        raise Refused("common.old_button")
    rows = case_views.find(context.session, context.person, Search(unit_id=unit_id), context.now)
    below = [[context.button("openbook.units")]]
    pages.listed(context, "openbook.list.unit", rows, number, "openbook.unit", unit_id, below=below, unit=unit.name)


@router.button("openbook.late", who=OFFICER, where=PRIVATE)
def late(context: Context, number: int = 1) -> None:
    """What is overdue."""
    rows = case_views.find(context.session, context.person, Search(overdue=True), context.now)
    below = [[context.button("casework.desk")]]
    pages.listed(context, "openbook.list.late", rows, number, "openbook.late", below=below)


@router.link("openbook", who=KNOWN, where=PRIVATE)
@router.button("openbook.board", who=KNOWN, where=PRIVATE)
def board(context: Context, year: int = 0) -> None:
    """How many there are and what became of them: for everybody, and without anybody's name."""
    this = context.house.local(context.now).year
    year = year if 2000 < year <= this else this
    shown = case_views.board(context.session, context.now, year)
    before = case_views.board(context.session, context.now, year - 1)
    years = [context.button("openbook.board", year - 1, text="openbook.year", year=year - 1)] if before.received else []
    if year < this:
        years.append(context.button("openbook.board", year + 1, text="openbook.year", year=year + 1))
    rows: Keyboard = [[context.button("openbook.published", text="openbook.published_n", count=shown.published)]]
    if context.person.member is not None:
        rows.append([context.button("openbook.mine"), context.button("openbook.find")])
    rows += [years] if years else []
    context.show(
        "openbook.page", buttons=[*rows, _out(context)], now=context.now, this=year == this, **board_facts(shown)
    )


@router.button("openbook.published", who=KNOWN, where=PRIVATE)
def published(context: Context, number: int = 1) -> None:
    """The answers that everybody may read, the newest first."""
    rows = case_views.published(context.session, context.now)
    below = [[context.button("openbook.board")]]
    pages.listed(context, "openbook.list.published", rows, number, "openbook.published", below=below)


def _out(context: Context) -> list[Button]:
    return [context.button("start.home")]
