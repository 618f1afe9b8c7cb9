"""Cases: one page for each, whatever its kind; what stands on it follows from who looks."""

from bot.context import Context
from bot.router import MEMBER, PRIVATE, Router
from handlers import _case_page as pages
from models import cases

router = Router("cases")


@router.link("case", who=MEMBER, where=PRIVATE)
@router.button("cases.view", who=MEMBER, where=PRIVATE, whose="seat")
def view(context: Context, case_id: int) -> None:
    """One case, as far as it is for this person's eyes."""
    case, seat = cases.for_reader(context.session, case_id, context.person)
    pages.show(context, case, seat)
