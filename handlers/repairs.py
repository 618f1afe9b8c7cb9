"""Repairs: scan the code on a machine, say what is wrong, and hear when it works again; officers keep the machines."""

import io
from collections.abc import Sequence
from typing import Any

from PIL import Image

from bot import forms, lists
from bot.context import Context
from bot.pictures import Pictures
from bot.router import MEMBER, OFFICER, PRIVATE, NotMine, Router
from bot.voice import Button, Keyboard
from handlers._repair_sentence import PREFIX, find, which
from models import cases, files, machines, photos
from models.base import Refused
from models.cases import Case, Seat
from models.machines import Machine, NewMachine, NewMachines, NewRepair, Shape, Which

router = Router("repairs")
router.home("repairs.begin", order=32)
router.desk("repairs.machines", order=33)

PER_PAGE = 12  # codes on an A4 page
LARGEST = 10 * 1024 * 1024  # bytes of a photo


# Reporting


@router.command("repair", who=MEMBER, where=PRIVATE)
def command(context: Context) -> None:
    """Report something broken."""
    begin(context)


@router.button("repairs.begin", who=MEMBER, where=PRIVATE)
def begin(context: Context) -> None:
    """Choose the machine, or say where it is."""
    forms.begin(context, "repairs.which")


@router.form("repairs.which", Which, who=MEMBER, where=PRIVATE, reader=which, at_once=True)
def chosen(context: Context, new: Which, target_id: int | None) -> None:
    """Now what is wrong with it."""
    _report(context, new.machine, new.place, new.wrong)


@router.link("repair", who=MEMBER, where=PRIVATE)
@router.button("repairs.machine", who=MEMBER, where=PRIVATE)
def scanned(context: Context, machine_id: int) -> None:
    """The machine whose code was scanned; if nobody has reported it yet, what is wrong is asked at once."""
    _report(context, machine_id, None, None)


@router.button("repairs.other", who=MEMBER, where=PRIVATE)
def other_fault(context: Context, machine_id: int) -> None:
    """Report another fault of a machine that is being repaired."""
    _ask(context, machines.in_use(context.session, machine_id), None, None)


@router.message("text", who=MEMBER, where=PRIVATE, begins=("报修", "repair", "Repair", "🔧"))
@router.message("photo", who=MEMBER, where=PRIVATE, begins=("报修", "repair", "Repair", "🔧"))
def said(context: Context) -> None:
    """A repair in one message, or as the caption of a photo."""
    text = PREFIX.sub("", context.incoming.text, count=1).strip()
    if PREFIX.match(context.incoming.text) is None:
        raise NotMine
    photo = _photo(context)
    found, rest = find(context, text)
    if found is not None:
        _report(context, found.id, None, rest, photo)
    elif text:
        answers = {"machine": None, "wrong": text, "files": photo}
        forms.begin(context, "repairs.new", answers=answers)
    else:
        begin(context)


def _photo(context: Context) -> list[int]:
    attachment = context.incoming.attachment
    if attachment is None:
        return []
    if attachment.size > LARGEST:
        raise Refused("common.file_too_big")
    content = context.content()
    clean = context.beforehand("photo", lambda: photos.clean(content))
    return [files.keep(context.session, "photo.jpg", "image/jpeg", clean, context.now).id]


def _report(
    context: Context, machine_id: int | None, place: str | None, wrong: str | None, photo: Sequence[int] = ()
) -> None:
    """Ask what is wrong; if the machine is being repaired already, say so first."""
    machine = machines.in_use(context.session, machine_id) if machine_id is not None else None
    repairs = machines.open_repairs(context.session, machine) if machine else []
    if machine is not None and repairs:
        buttons = [[each] for each in _me_too(context, repairs)]
        if not wrong:
            other = context.button("repairs.other", machine.id)
            context.show("repairs.known", buttons=[*buttons, [other]], **_known(context, machine, repairs))
            return
        context.say("repairs.known", buttons=buttons or None, **_known(context, machine, repairs))
    _ask(context, machine, place, wrong, photo)


def _ask(
    context: Context, machine: Machine | None, place: str | None, wrong: str | None, photo: Sequence[int] = ()
) -> None:
    # Photos are not asked for: they come with the words, or at any moment before it is sent.
    answers: dict[str, object] = {"machine": machine.id if machine else None, "files": list(photo)}
    answers |= {name: said for name, said in (("place", place), ("wrong", wrong)) if said}
    forms.begin(context, "repairs.new", answers=answers)


def _me_too(context: Context, repairs: Sequence[Case]) -> list[Button]:
    """A button for each that one can join; one's own can be looked at."""
    return [
        context.button("cases.view", case.id, text="repairs.buttons.mine", number=case.id)
        if case.author_id == context.member.id
        else context.button("repairs.join", case.id, text="repairs.buttons.join_it", number=case.id)
        for case in repairs[:5]
    ]


def _known(context: Context, machine: Machine, repairs: Sequence[Case]) -> dict[str, Any]:
    """What is being repaired, as far as this person may read it; never by whom it was reported."""
    rows = []
    for case in repairs[:5]:
        seat = cases.seat_of(context.session, case, context.person)
        facts = cases.facts_of(context.session, case, seat or Seat.COLLEAGUE)
        keep = ("number", "filed_at", "state", "unit", "answer_by", "certain")
        rows.append({name: facts[name] for name in keep} | {"wrong": case.wrong if seat else ""})
    return {"rows": rows, **machines.facts_of(context.session, machine)}


@router.form("repairs.new", NewRepair, who=MEMBER, where=PRIVATE, whose="own")
def report(context: Context, new: NewRepair, target_id: int | None) -> None:
    """It is on its way to those who repair it."""
    case = machines.report(context.session, context.member, new, context.now)
    facts = cases.facts_of(context.session, case, Seat.AUTHOR)
    context.show("repairs.reported", buttons=[[context.button("cases.view", case.id)]], **facts)


@router.button("repairs.join", who=MEMBER, where=PRIVATE, whose="own")
def join(context: Context, case_id: int) -> None:
    """The same fault has met me too."""
    case = machines.join(context.session, context.member, case_id, context.now)
    context.alert("repairs.joined", number=case.id)
    half = forms.current(context)
    if half is not None and half.form == "repairs.new":
        context.session.delete(half)  # what they were about to report is in good hands
    context.show("repairs.joined_long", number=case.id, title=case.title, buttons=[[context.button("start.home")]])


# The machines


@router.button("repairs.machines", who=OFFICER, where=PRIVATE)
def manage(context: Context, number: int = 1) -> None:
    """All machines, the broken ones first."""
    rows = machines.managed(context.session)
    broken = sum(1 for machine, waiting in rows if waiting and machine.retired_at is None)
    below = [[context.button("repairs.add"), context.button("repairs.codes")], [context.button("start.desk")]]
    lists.show(
        context,
        "repairs.list",
        rows,
        number,
        "repairs.machines",
        lambda row: _row(context, *row),
        below=below,
        broken=broken,
    )


def _row(context: Context, machine: Machine, waiting: int) -> Button:
    shape = Shape.RETIRED if machine.retired_at is not None else Shape.BROKEN if waiting else Shape.FINE
    text = f"repairs.rows.{shape}"
    return context.button("repairs.desk", machine.id, text=text, name=machine.name, place=machine.place, count=waiting)


@router.button("repairs.desk", who=OFFICER, where=PRIVATE)
def desk(context: Context, machine_id: int) -> None:
    """One machine, what is being repaired on it, and what can be done."""
    _desk(context, machines.by_id(context.session, machine_id))


def _desk(context: Context, machine: Machine) -> None:
    number = machine.id
    repairs = machines.open_repairs(context.session, machine)
    rows: Keyboard = [
        [context.button("cases.view", case.id, text="repairs.buttons.open_one", number=case.id, title=case.title)]
        for case in repairs[:8]
    ]
    if machine.retired_at is None:
        rows.append([context.button("repairs.change", number), context.button("repairs.code", number)])
        rows.append([context.button("repairs.retire", number)])
    else:
        rows.append([context.button("repairs.restore", number)])
    rows.append([context.button("repairs.machines", 1)])
    facts = machines.facts_of(context.session, machine)
    url = context.url("repair", number)
    context.show("repairs.one", count=len(repairs), url=url, buttons=rows, **facts)


@router.button("repairs.add", who=OFFICER, where=PRIVATE)
def begin_adding(context: Context) -> None:
    """Begin to put machines on the list."""
    forms.begin(context, "repairs.add")


@router.form("repairs.add", NewMachines, who=OFFICER, where=PRIVATE)
def added(context: Context, new: NewMachines, target_id: int | None) -> None:
    """They are on the list; their codes can be printed."""
    found = machines.add(context.session, machines.read_lines(new.lines), context.person, context.now)
    buttons = [[context.button("repairs.codes")], [context.button("repairs.machines", 1)]]
    rows = [{"name": each.name, "place": each.place, "code": each.code or ""} for each in found.new]
    known = [machines.label(each) for each in found.known]
    context.show("repairs.added", rows=rows, known=known, buttons=buttons)


@router.button("repairs.change", who=OFFICER, where=PRIVATE)
def begin_change(context: Context, machine_id: int) -> None:
    """Begin to call it something else."""
    machine = machines.by_id(context.session, machine_id)
    answers = {"name": machine.name, "place": machine.place, "code": machine.code}
    forms.begin(context, "repairs.change", target_id=machine.id, answers=answers)


@router.form("repairs.change", NewMachine, who=OFFICER, where=PRIVATE)
def changed(context: Context, new: NewMachine, target_id: int) -> None:
    """It is called so from now on."""
    machine = machines.change(context.session, target_id, new, context.person, context.now)
    context.alert("repairs.saved")
    _desk(context, machine)


@router.button("repairs.retire", who=OFFICER, where=PRIVATE)
def retire(context: Context, machine_id: int) -> None:
    """It is no longer there."""
    machine = machines.retire(context.session, machine_id, context.person, context.now)
    context.alert("repairs.retired", name=machine.name)
    _desk(context, machine)


@router.button("repairs.restore", who=OFFICER, where=PRIVATE)
def restore(context: Context, machine_id: int) -> None:
    """It is there again."""
    machine = machines.restore(context.session, machine_id, context.person, context.now)
    context.alert("repairs.restored", name=machine.name)
    _desk(context, machine)


# The codes


@router.button("repairs.codes", who=OFFICER, where=PRIVATE)
def codes(context: Context) -> None:
    """The codes of all machines, on A4 pages to print and cut."""
    found = machines.working(context.session)
    if not found:
        raise Refused("repairs.no_machines")
    _print(context, found)


@router.button("repairs.code", who=OFFICER, where=PRIVATE)
def code(context: Context, machine_id: int) -> None:
    """The code of one machine."""
    _print(context, [machines.in_use(context.session, machine_id)])


def _print(context: Context, found: Sequence[Machine]) -> None:
    cells = [
        {"name": each.name, "place": each.place, "code": each.code or "", "link": context.url("repair", each.id)}
        for each in found
    ]
    pictures, language = Pictures(context.texts), context.language
    content = context.beforehand("codes", lambda: sheet(pictures, cells, language))
    name = f"{context.plain('repairs.codes_file')}.pdf"
    context.say("repairs.codes_made", count=len(cells), pages=-(-len(cells) // PER_PAGE), document=(name, content))


def sheet(pictures: Pictures, cells: Sequence[dict[str, str]], language: str) -> bytes:
    """The pages as one PDF. Refused (`repairs.odd_name`) for a name that the house's fonts cannot draw."""
    pages = []
    for first in range(0, len(cells), PER_PAGE):
        drawn = pictures.draw("repair_codes", {"cells": cells[first : first + PER_PAGE]}, language)
        if drawn is None:
            raise Refused("repairs.odd_name", names=[cell["name"] for cell in cells[first : first + PER_PAGE]])
        pages.append(Image.open(io.BytesIO(drawn)))
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=200)
    return out.getvalue()
