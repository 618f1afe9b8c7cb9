"""Assigning: a case is given to a department, and departments get people who answer for them."""

from bot import lists
from bot.context import Context
from bot.router import OFFICER, PRIVATE, Router
from bot.voice import Button
from handlers import _casework_pages as pages
from models import cases, desks, handling, staffing
from models.cases import Case, CaseState, Seat
from models.people import Member
from models.staffing import Department

router = Router("casework")

GIVEN = (CaseState.HANDLING, CaseState.SIGNING, CaseState.RELEASING)  # it is with a department already

pages.offer("casework.assign", (Seat.OFFICE,), (CaseState.ACCEPTED,), row=1)
pages.offer("casework.assign", (Seat.CHAIR,), (CaseState.REOPENED,), row=1)
pages.offer("casework.reassign", (Seat.OFFICE,), GIVEN, row=5)


@router.button("casework.assign", who=OFFICER, where=PRIVATE)
@router.button("casework.reassign", who=OFFICER, where=PRIVATE)
def assign(context: Context, case_id: int, turn: int, number: int = 1) -> None:
    """Choose the department that answers."""
    pages.lead(context, _mine(context, case_id, turn), number)


@router.button("casework.lead", who=OFFICER, where=PRIVATE)
def lead(context: Context, case_id: int, turn: int, unit_id: int, co: str = "") -> None:
    """This one; who else, and by when?"""
    case = _mine(context, case_id, turn)
    pages.assigning(context, case, unit_id, [each for each in pages.split(co) if each != unit_id])


@router.button("casework.co", who=OFFICER, where=PRIVATE)
def co(context: Context, case_id: int, turn: int, unit_id: int, co: str = "", number: int = 1) -> None:
    """Tick the departments that must sign."""
    case = _mine(context, case_id, turn)
    pages.co(context, case, unit_id, [each for each in pages.split(co) if each != unit_id], number)


@router.button("casework.send", who=OFFICER, where=PRIVATE)
def send(context: Context, case_id: int, turn: int, unit_id: int, co: str = "") -> None:
    """Give it to them; the author is promised a day."""
    others = pages.split(co)
    case = handling.assign(context.session, case_id, turn, unit_id, others, context.person, context.now)
    staffed = bool(desks.hands(context.session, case, case.unit_id))
    pages.decided(context, case, "assigned", staffed=staffed)


def _mine(context: Context, case_id: int, turn: int) -> Case:
    return pages.seated(context, case_id, turn, handling.ASSIGNED_BY)


# Who answers for a department


@router.button("casework.handlers", who=OFFICER, where=PRIVATE)
def handlers(context: Context, number: int = 1) -> None:
    """Every department, and who answers for it."""
    rows = staffing.departments(context.session)
    lists.show(
        context,
        "casework.handlers_list",
        rows,
        number,
        "casework.handlers",
        lambda each: _unit(context, each),
        below=[[context.button("casework.desk", text="casework.buttons.back")]],
        idle=sum(not each.handlers for each in rows),
    )


def _unit(context: Context, each: Department) -> Button:
    label = "casework.buttons.staffed" if each.handlers else "casework.buttons.idle"
    return context.button("casework.staff", each.unit.id, text=label, name=each.unit.name, who=list(each.handlers))


@router.button("casework.staff", who=OFFICER, where=PRIVATE)
def staff(context: Context, unit_id: int, number: int = 1, case_id: int = 0, turn: int = 0) -> None:
    """The people of a department: who answers for it?"""
    unit = staffing.by_id(context.session, unit_id)
    rows = staffing.members_of(context.session, unit_id)
    named = {member.id for member in cases.handlers_of(context.session, unit_id)}

    def button(member: Member) -> list[Button]:
        verb, label = ("dismiss", "named") if member.id in named else ("name", "unnamed")
        name = member.name
        at = (member.id, number, case_id, turn)
        return [context.button(f"casework.{verb}", *at, text=f"casework.buttons.{label}", name=name)]

    pages_ = max(1, -(-len(rows) // lists.PAGE))
    number = min(max(1, number), pages_)
    keyboard = [button(member) for member in rows[(number - 1) * lists.PAGE : number * lists.PAGE]]
    ways = [(name, number + step) for name, step in (("previous", -1), ("next", 1)) if 1 <= number + step <= pages_]
    if ways:
        turns = [(name, context.button("casework.staff", unit.id, to, case_id, turn)) for name, to in ways]
        keyboard.append([Button(context.plain(f"common.{name}"), made.data) for name, made in turns])
    if case_id:
        keyboard.append([context.button("casework.lead", case_id, turn, unit.id, text="casework.buttons.to_assign")])
    else:
        keyboard.append([context.button("casework.handlers", text="casework.buttons.back")])
    who = [member.name for member in rows if member.id in named]
    context.show("casework.staff", unit=unit.name, who=who, count=len(rows), buttons=keyboard)


@router.button("casework.name", who=OFFICER, where=PRIVATE)
def name(context: Context, member_id: int, number: int = 1, case_id: int = 0, turn: int = 0) -> None:
    """They answer for their department from now on."""
    member = staffing.name_handler(context.session, context.person, member_id, context.now)
    context.alert("casework.is_named", name=member.name)
    _again(context, member, number, case_id, turn)


@router.button("casework.dismiss", who=OFFICER, where=PRIVATE)
def dismiss(context: Context, member_id: int, number: int = 1, case_id: int = 0, turn: int = 0) -> None:
    """They answer for it no more."""
    member = staffing.dismiss_handler(context.session, context.person, member_id, context.now)
    context.alert("casework.is_dismissed", name=member.name)
    _again(context, member, number, case_id, turn)


def _again(context: Context, member: Member, number: int, case_id: int, turn: int) -> None:
    if member.unit_id is not None:
        staff(context, member.unit_id, number, case_id, turn)
