"""An event said in one sentence: `周五下午3点 学术报告厅 健步走 30人 周四17点截止`; more lines tell more about it."""

from collections.abc import Sequence
from typing import Any

from bot import sentences
from bot.context import Context
from bot.forms.core import Understood
from bot.moments import Found

UNSAID = {"ends_at": None, "spot": None, "places": None, "closes_at": None, "photo": None}  # may well be left out


def understand(context: Context, text: str) -> Understood | None:
    """What is certain is filled in, what is doubtful is asked, no word is lost. None: this tells of no event.

    An event has a start and, with it, a place or a number of places.
    """
    first, _, about = text.strip().partition("\n")
    said = sentences.take_apart(first, context.now, context.house.zone)
    starts = [each for each in said.moments if each.role in (None, "start")]
    closes = [each for each in said.moments if each.role == "by"]
    if not starts or not (said.counts or said.places):
        return None
    answers: dict[str, Any] = {**UNSAID, "about": about.strip() or None}
    rest = [first[each.start : each.end] for each in said.moments if each.role == "end"]
    guesses = {}
    if len(starts) == 1 and starts[0].reading.certain:
        answers |= {"starts_at": starts[0].reading.value, "ends_at": starts[0].reading.end}
    elif len(starts) == 1 and starts[0].reading.options:
        guesses["starts_at"] = list(zip(starts[0].reading.options, starts[0].reading.ends, strict=True))
    else:
        rest += _words(first, starts)
    if len(closes) == 1 and closes[0].reading.certain:
        answers["closes_at"] = closes[0].reading.value
    else:
        rest += _words(first, closes)
    for name, found in (("places", said.counts), ("place", said.places), ("title", said.words)):
        if len(found) == 1:
            answers[name] = found[0]
        else:
            rest += map(str, found)
    return Understood(answers, guesses, " ".join(rest))


def _words(text: str, found: Sequence[Found]) -> list[str]:
    return [text[each.start : each.end] for each in found]
