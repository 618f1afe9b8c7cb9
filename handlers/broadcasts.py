"""Broadcasts: the one message in which an officer sees many letters go out, and stops or resumes them."""

from bot.context import Context, Painting, Words
from bot.router import OFFICER, PRIVATE, Router
from bot.voice import Keyboard
from models import broadcasts
from models.broadcasts import Broadcast

router = Router("broadcasts")


@router.painter("broadcasts")
def paint(painting: Painting, number: int) -> None:
    """How far it is, as it moves."""
    broadcast = broadcasts.by_id(painting.session, number)
    facts = broadcasts.facts_of(painting.session, broadcast, painting.now)
    painting.paint("broadcasts.progress", buttons=_buttons(painting, broadcast, bool(facts["over"])), **facts)


@router.button("broadcasts.hold", who=OFFICER, where=PRIVATE)
def hold(context: Context, number: int) -> None:
    """Stop what has not gone yet."""
    _shown(context, broadcasts.hold(context.session, number, context.person, context.now))


@router.button("broadcasts.resume", who=OFFICER, where=PRIVATE)
def resume(context: Context, number: int) -> None:
    """Go on."""
    _shown(context, broadcasts.resume(context.session, number, context.person, context.now))


def _shown(context: Context, broadcast: Broadcast) -> None:
    facts = broadcasts.facts_of(context.session, broadcast, context.now)
    context.alert("broadcasts.is_held" if broadcast.held else "broadcasts.goes_on", waiting=facts["waiting"])
    context.show("broadcasts.progress", buttons=_buttons(context, broadcast, bool(facts["over"])), **facts)


def _buttons(words: Words, broadcast: Broadcast, over: bool) -> Keyboard | None:
    if over:
        return None
    return [[words.button("broadcasts.resume" if broadcast.held else "broadcasts.hold", broadcast.id)]]
