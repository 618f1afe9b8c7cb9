"""A draft rule put out for comment in one message: `征求意见 食堂管理办法 12月10日截止`, and its words below."""

import re
from datetime import date, datetime
from typing import Any

from bot import moments
from bot.context import Context
from bot.forms.core import Understood

BEGINS = ("征求意见", "For comment", "for comment")
PREFIX = re.compile(r"^\s*(?:征求意见|for comment\b)\s*[:：,，]?\s*", re.IGNORECASE)
CLAUSE = re.compile(
    r"^\s*(第\s*[零〇一二三四五六七八九十百\d]+\s*[章节条款项](?:\s*第\s*[零〇一二三四五六七八九十百\d]+\s*[条款项])*"
    r"|(?:article|clause|section|art\.)\s*\d+(?:\.\d+)*)\s*[:：,，.。、]?\s*",
    re.IGNORECASE,
)
_EDGES = " \t\n,，;；。:：、|-—"


def understand(context: Context, text: str) -> Understood:
    """The title and the last day in the first line, the draft below; whatever is not said is asked."""
    first, _, rest = PREFIX.sub("", text, count=1).strip().partition("\n")
    closes = [each for each in moments.find(first, context.now, context.house.zone) if each.role in ("by", "end")]
    answers: dict[str, Any] = {}
    guesses: dict[str, Any] = {}
    title = first
    if len(closes) == 1:
        reading = closes[0].reading
        if reading.value is not None and not set(reading.doubts) - {"no_time"}:
            answers["closes_on"] = _day(reading.value)
        elif reading.options:
            guesses["closes_on"] = [(_day(each), None) for each in reading.options]
        if answers or guesses:
            title = first[: closes[0].start].rstrip(_EDGES) + " " + first[closes[0].end :].lstrip(_EDGES)
    if title.strip(_EDGES):
        answers["title"] = " ".join(title.strip(_EDGES).split())
    if rest.strip():
        answers["text"] = rest.strip()
    return Understood(answers, guesses)


def comment(context: Context, text: str) -> Understood:
    """A whole comment: the clause if it begins with one, the words; named unless it is changed."""
    found = CLAUSE.match(text)
    words = text[found.end() :].strip() if found else text
    if found is None or len(words) < 2:
        return Understood({"words": text, "clause": None, "hidden": False})
    return Understood({"words": words, "clause": " ".join(found[1].split()), "hidden": False})


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value
