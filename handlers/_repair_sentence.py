"""A repair said in one message: `报修 跑步机3号 跑带打滑`; and the choice of a machine, said with what is wrong."""

import re

from bot.context import Context
from bot.forms.core import Understood
from models import machines
from models.machines import Machine

PREFIX = re.compile(r"^\s*(?:报修|🔧|repair\b)\s*[:：,，]?\s*", re.IGNORECASE)
_EDGES = " \t\n,，;；。:：、|-—·"


def which(context: Context, text: str) -> Understood | None:
    """A machine by its name, and what is wrong with it; or a place. None: part of a name, to be looked for."""
    found, rest = find(context, text)
    if found is not None:
        return Understood({"machine": found.id, "wrong": rest or None})
    if any(text.strip().casefold() in machines.label(each).casefold() for each in machines.working(context.session)):
        return None
    return Understood({"machine": None, "place": text})


def find(context: Context, text: str) -> tuple[Machine | None, str]:
    """The one machine that is named in full, by its name or its own number, and the words that are left."""
    folded = text.casefold()
    named = [
        (machine, word)
        for machine in machines.working(context.session)
        for word in (machine.code or "", machine.name)
        if word and re.search(rf"(?<![0-9A-Za-z]){re.escape(word.casefold())}(?![0-9])", folded)
    ]
    longest = max((len(word) for _, word in named), default=0)
    best = {machine.id: (machine, word) for machine, word in named if len(word) == longest}
    if len(best) > 1:  # the same name in two places
        best = {key: pair for key, pair in best.items() if pair[0].place.casefold() in folded}
    if len(best) != 1:
        return None, text
    machine, word = next(iter(best.values()))
    rest = _without(_without(text, word), machine.place)
    return machine, rest.strip(_EDGES)


def _without(text: str, word: str) -> str:
    """The text with the first occurrence of a word taken out."""
    at = text.casefold().find(word.casefold())
    return text if at < 0 else f"{text[:at].rstrip(_EDGES)} {text[at + len(word) :].lstrip(_EDGES)}"
