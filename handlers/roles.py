"""Roles: an admin finds a colleague and switches what they may do; it holds at their next press."""

from bot.context import Context
from bot.router import ADMIN, PRIVATE, Router
from bot.voice import Button, Keyboard
from models import binding, people, roles
from models.people import Member, Role

# Nothing asks for the others yet; who holds one can be freed of it.
OFFERED = (Role.OFFICER, Role.CHAIR, Role.HANDLER, Role.ADMIN)

router = Router("roles")
router.desk("roles.list", order=90, who=ADMIN)


@router.button("roles.list", who=ADMIN, where=PRIVATE)
def list_(context: Context) -> None:
    """Who holds a role."""
    found = roles.holders(context.session)
    lines = [{"name": member.name, "number": member.number, "roles": held} for member, held in found]
    buttons: Keyboard = [
        [context.button("roles.of", member.id, text="roles.row", called=member.name)] for member, _ in found[:20]
    ]
    buttons += [[context.button("people.find", text="roles.buttons.find")], [context.button("start.desk")]]
    context.show("roles.all", lines=lines, buttons=buttons)


@router.button("roles.of", who=ADMIN, where=PRIVATE)
def of(context: Context, member_id: int) -> None:
    """One colleague's roles, each to be given or taken with a tap."""
    _show(context, people.by_id(context.session, member_id))


@router.button("roles.give", who=ADMIN, where=PRIVATE)
def give(context: Context, member_id: int, role: str) -> None:
    """Give a role."""
    member = roles.grant(context.session, context.person, member_id, role, context.now)
    context.alert("roles.given", name=member.name, role=role)
    _changed(context, member)


@router.button("roles.take", who=ADMIN, where=PRIVATE)
def take(context: Context, member_id: int, role: str) -> None:
    """Take a role away."""
    member = roles.withdraw(context.session, context.person, member_id, role, context.now)
    context.alert("roles.taken", name=member.name, role=role)
    _changed(context, member)


def _changed(context: Context, member: Member) -> None:
    account = binding.account_of(context.session, member)
    if account is not None:
        context.refresh_menu(account)
    if context.person.member is not None and context.person.member.id == member.id:
        context.person = people.person_of(context.session, context.person.account, context.house.admins)
    _show(context, member)


def _show(context: Context, member: Member) -> None:
    held = roles.held(context.session, member)
    # Counsellors read confidential cases: where there is such a kind, somebody must be one.
    confidential = any(kind.confidential for kind in context.house.cases.values())
    offered = (*OFFERED, Role.COUNSELLOR) if confidential else OFFERED
    buttons: Keyboard = [
        [context.button("roles.take" if role in held else "roles.give", member.id, role.value, role=role.value)]
        for role in roles.GIVEN
        if role in offered or role in held
    ]
    buttons.append([Button(context.plain("roles.back"), "roles.list")])
    bound = binding.account_of(context.session, member) is not None
    context.show("roles.one", name=member.name, number=member.number, roles=sorted(held), bound=bound, buttons=buttons)
