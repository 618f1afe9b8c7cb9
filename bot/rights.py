"""The table of rights: every handler, who may use it, and in which kinds of chat; generated, never written by hand."""

from bot.app import discover
from bot.router import Place, Registry, Route, Who

ROLES = (Who.STRANGER, Who.MEMBER, Who.HANDLER, Who.DELEGATE, Who.OFFICER, Who.CHAIR, Who.ADMIN)
PLACES = (Place.PRIVATE, Place.STAFF, Place.FOREIGN)
SORTS = {"command": "/{}", "button": "button `{}`", "form": "form `{}`", "link": "link `{}`", "message": "a {}"}


def table(registry: Registry | None = None) -> str:
    """The table as Markdown: p in private, s in the staff group, f in a group that is not ours."""
    registry = registry or discover()
    lines = [
        "# Who may do what, where",
        "",
        "Made by `staffhome rights` from the handlers' own declarations; a test keeps it true. "
        "`p` in a private chat, `s` in the staff group, `f` in any other group, `·` nowhere. "
        "*Whose* says that only a person's own things can be touched; the domain function holds that.",
        "",
        "| handler | what it does | " + " | ".join(ROLES) + " | whose |",
        "|---" * (len(ROLES) + 3) + "|",
    ]
    for route in sorted(registry.routes, key=lambda route: (route.capability, route.sort, route.name)):
        cells = " | ".join(cell(route, role) for role in ROLES)
        what = (route.call.__doc__ or "").strip().split("\n")[0]
        lines.append(f"| {SORTS[route.sort].format(route.name)} | {what} | {cells} | {route.whose} |")
    return "\n".join(lines)


def cell(route: Route, role: Who) -> str:
    """Where somebody of this role may use the handler."""
    if not may(route.who, role):
        return "·"
    return "".join(place.value[0] for place in PLACES if route.where.admits(place)) or "·"


def may(wanted: Who, role: Who) -> bool:
    """Whether a person of this role (and no other) is admitted by the declaration."""
    if wanted is Who.ANYONE or wanted is role:
        return True
    if wanted in (Who.MEMBER, Who.KNOWN):
        return role is not Who.STRANGER
    return (wanted is Who.OFFICER and role in (Who.CHAIR, Who.ADMIN)) or (wanted is Who.CHAIR and role is Who.ADMIN)
