"""The roster: an admin sends the office's own file, sees what it would do, and says yes. Officers see how it stands."""

from itertools import groupby

from bot import lists
from bot.context import Context
from bot.router import ADMIN, OFFICER, PRIVATE, Router
from bot.voice import Keyboard
from models import binding, roster, roster_views, sheets
from models.base import Refused
from models.people import Member
from models.roster import Import, Plan, Read
from models.sheets import Cell, Sheet

router = Router("roster")
router.daily("03:20", roster.forget_files)
router.desk("roster.desk", order=80)

FEW = 15  # problems told in the message; all of them are in the file
NAMES = 30  # leavers named in the preview


@router.message("document", who=ADMIN, where=PRIVATE, endings=sheets.ENDINGS)
def arrive(context: Context) -> None:
    """Show what a personnel file would do, before it does anything."""
    attachment = context.incoming.attachment
    assert attachment is not None
    if attachment.size > sheets.SIZE:
        raise Refused("sheets.too_big", megabytes=sheets.SIZE // 1024 // 1024)
    content = context.content()
    plan, kept = roster.look(
        context.session, context.person, content, attachment.name, context.now, read=_outside(context)
    )
    context.say("roster.preview", buttons=_answers(context, plan, kept), **plan.counts())
    if plan.errors or plan.reading.doubts:
        _problems(context, plan)


@router.button("roster.load", who=ADMIN, where=PRIVATE, whose="own")
def load(context: Context, import_id: int, leave: int, sure: int) -> None:
    """Yes: do it."""
    plan, demoted = roster.load(
        context.session,
        context.person,
        import_id,
        context.now,
        leave=bool(leave),
        sure=bool(sure),
        read=_outside(context),
    )
    for account in demoted:
        context.refresh_menu(account)
    counts = plan.counts() | {"left": len(plan.leavers) if leave else 0}
    context.show("roster.loaded", buttons=[[context.button("roster.unbound"), context.button("roster.desk")]], **counts)


@router.button("roster.leave", who=ADMIN, where=PRIVATE, whose="own")
def leave(context: Context, import_id: int) -> None:
    """So many would leave: is that meant?"""
    plan = roster.waiting(context.session, context.person, import_id, context.now, read=_outside(context))
    yes = context.button("roster.load", import_id, 1, 1, text="roster.buttons.leave_sure", left=len(plan.leavers))
    only = context.button("roster.load", import_id, 0, 0, text="roster.buttons.load_only")
    context.show(
        "roster.leave_sure", buttons=[[only], [yes], [context.button("roster.drop", import_id)]], **plan.counts()
    )


@router.button("roster.drop", who=ADMIN, where=PRIVATE, whose="own")
def drop(context: Context, import_id: int) -> None:
    """No: forget the file."""
    roster.drop(context.session, context.person, import_id)
    context.show("roster.dropped", buttons=[[context.button("roster.desk")]])


@router.button("roster.desk", who=OFFICER, where=PRIVATE)
def desk(context: Context) -> None:
    """How the roster stands, and what can be done with it."""
    waiting = len(binding.claims(context.session))
    rows: Keyboard = [[context.button("people.find"), context.button("roster.unbound")]]
    if waiting:
        rows.insert(0, [context.button("people.claims", 1, text="roster.claims", count=waiting)])
    if ADMIN.admits(context.person):
        rows.append([context.button("roster.how"), context.button("roster.export")])
    rows.append([context.button("start.desk")])
    context.show("roster.stands", waiting=waiting, buttons=rows, **vars(roster_views.standing(context.session)))


@router.button("roster.how", who=ADMIN, where=PRIVATE)
def how(context: Context) -> None:
    """How a roster comes in."""
    context.show("roster.how", buttons=[[context.button("roster.desk")]])


@router.button("roster.unbound", who=OFFICER, where=PRIVATE)
def unbound(context: Context, number: int = 1) -> None:
    """How many of each department have not come to the bot yet."""
    people = roster_views.unbound(context.session)
    units = [(found[0].unit, len(found)) for _, each in groupby(people, _unit) if (found := list(each))]
    lists.show(
        context,
        "roster.missing",
        units,
        number,
        "roster.unbound",
        lambda row: context.button(
            "roster.names",
            row[0].id if row[0] else 0,
            text="roster.unit",
            unit=row[0].name if row[0] else "",
            people=row[1],
        ),
        below=[[context.button("roster.export_unbound"), context.button("roster.desk")]],
        people=len(people),
    )


@router.button("roster.names", who=OFFICER, where=PRIVATE)
def names(context: Context, unit_id: int, number: int = 1) -> None:
    """Who of one department has not come yet."""
    rows = [member for member in roster_views.unbound(context.session) if (member.unit_id or 0) == unit_id]
    unit = rows[0].unit.name if rows and rows[0].unit else ""
    below = [[context.button("roster.unbound", 1)]]
    lists.lines(context, "roster.named", rows, number, "roster.names", unit_id, below=below, unit=unit)


@router.button("roster.export_unbound", who=OFFICER, where=PRIVATE)
def export_unbound(context: Context) -> None:
    """The same as a spreadsheet."""
    head = [context.plain(f"roster.fields.{field}") for field in ("unit", "number", "name")]
    rows = [[_unit(member), member.number, member.name] for member in roster_views.unbound(context.session)]
    title = context.plain("roster.file_unbound")
    content = sheets.write([Sheet(title, [head, *rows])])
    context.say("roster.exported", people=len(rows), document=(f"{title}.xlsx", content))


@router.button("roster.export", who=ADMIN, where=PRIVATE)
def export(context: Context) -> None:
    """The whole roster as a file that can be sent back after corrections."""
    head = [context.plain(f"roster.fields.{field}") for field in roster_views.FIELDS]

    def words(kind: str, value: str) -> str:
        return context.plain(f"roster.words.{kind}.{value}")

    rows = roster_views.export(context.session, context.person, words, context.now)
    title = context.plain("roster.file")
    content = sheets.write([Sheet(title, [head, *rows])])
    context.say("roster.exported", people=len(rows), document=(f"{title}.xlsx", content))


def _outside(context: Context) -> Read:
    """A file is opened while no transaction is open."""
    return lambda content, name: context.beforehand("sheets", lambda: sheets.read(content, name))


def _unit(member: Member) -> str:
    return member.unit.name if member.unit else ""


def _answers(context: Context, plan: Plan, kept: Import | None) -> Keyboard:
    """The ways to say yes, and no; a file with errors can only be sent again."""
    if kept is None:
        return [[context.button("roster.desk")]]
    work = len(plan.new) + len(plan.changed)
    rows: Keyboard = []
    if plan.partial:
        rows.append([context.button("roster.leave", kept.id, left=len(plan.leavers))])
    elif plan.leavers:
        text = "roster.buttons.load_all"
        rows.append([context.button("roster.load", kept.id, 1, 0, text=text, work=work, left=len(plan.leavers))])
    if not plan.leavers:
        rows.append([context.button("roster.load", kept.id, 1, 0, work=work)])
    elif work:
        only = context.button("roster.load", kept.id, 0, 0, text="roster.buttons.load_only")
        rows.insert(0 if plan.partial else 1, [only])
    return [*rows, [context.button("roster.drop", kept.id)]]


def _problems(context: Context, plan: Plan) -> None:
    """The first problems as text, all of them as a file."""
    found = [("error", each) for each in plan.errors] + [("doubt", each) for each in plan.reading.doubts]
    head = [context.plain(f"roster.problem_columns.{name}") for name in ("kind", "row", "column", "what", "value")]
    rows: list[list[Cell]] = [
        [
            context.plain(f"roster.kinds.{kind}"),
            each.row,
            each.column,
            context.plain(f"roster.problems.{each.code}", other=each.other),
            each.value,
        ]
        for kind, each in found
    ]
    title = context.plain("roster.file_problems")
    lines = [{"kind": kind, **vars(each)} for kind, each in found[:FEW]]
    context.say("roster.problems_found", lines=lines, count=len(found), few=FEW)
    context.say("roster.all_problems", document=(f"{title}.xlsx", sheets.write([Sheet(title, [head, *rows])])))
