"""One message is enough: a sentence taken apart into moments, head-counts and the words between them.

Nothing is guessed: what is not surely one thing stays among the words, and a form asks about it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot import moments
from bot.moments import Found

_COUNT = re.compile(
    r"(?:名额|限额?|限报|人数|上限|最多|共)\s*[:：]?\s*(?P<a>\d{1,6})\s*(?:人|名|位|个)?(?:名额)?(?!\d)"
    r"|(?<![\d.:：/-])(?P<b>\d{1,6})\s*(?:个名额|名额|人|名|位)(?!民|员|事|生|气|字|称|单)"
    r"|(?<![\d.:/-])(?P<c>\d{1,6})\s*(?:people|places|persons|seats|pax)\b",
    re.IGNORECASE,
)
_BREAKS = re.compile(r"[\n,，;；。|、]+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_PLACE = re.compile(
    r"(?:地点|地址|集合地点|在|@|于)\s*[:：]?\s*(?P<said>.+)"
    r"|(?P<shaped>.*(?:厅|室|馆|楼|园|场|中心|门|层|礼堂|食堂|操场|园区|基地|会所|校区|大厦|车站|地铁站|\d{3,4}))"
    r"|(?:at|in)\s+(?:the\s+)?(?P<at>.+)"
    r"|(?P<english>.*\b(?:hall|room|gym|park|building|canteen|gate|lab|auditorium|stadium))",
    re.IGNORECASE,
)
_EDGES = " \t\n,，;；。:：、|-—"


@dataclass(frozen=True)
class Sentence:
    """What a sentence holds, in the order in which it was said."""

    moments: tuple[Found, ...]
    counts: tuple[int, ...]
    places: tuple[str, ...]  # words that can only be where something is
    words: tuple[str, ...]  # the rest


def take_apart(text: str, now: datetime, zone: ZoneInfo) -> Sentence:
    """Find what is surely a moment, a head-count or a place; the rest stays as words, none is dropped."""
    found = moments.find(text, now, zone)
    left = list(text)
    for each in found:
        left[each.start : each.end] = "\n" * (each.end - each.start)
    between = "".join(left)
    counts = []

    def count(match: re.Match[str]) -> str:
        counts.append(int(match["a"] or match["b"] or match["c"]))
        return "\n"

    between = _COUNT.sub(count, between)
    places, words = [], []
    for chunk in _chunks(between):
        match = _PLACE.fullmatch(chunk)
        if match:
            places.append(next(part for part in match.groups() if part).strip(_EDGES))
        else:
            words.append(chunk)
    return Sentence(tuple(found), tuple(counts), tuple(places), tuple(words))


def _chunks(text: str) -> Iterator[str]:
    """Pieces between marks; in Chinese a blank parts two things, in English it does not."""
    for piece in _BREAKS.split(text):
        for chunk in piece.split() if _HAN.search(piece) else [piece]:
            if stripped := chunk.strip(_EDGES):
                yield stripped
