"""A gift said in one message: `端午粽子 6月10日前选 6月15-17日 工会办公室领`; a line more for each option."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from bot import moments
from bot.context import Context
from bot.forms.core import Understood
from bot.moments import Found
from models import gifts
from models.gifts import GiftKind

PREFIX = re.compile(r"^\s*(?:慰问(?:品)?|福利|🎁)\s*[:：]?\s*")
_HOURS = re.compile(r"\d{1,2}[:：]\d{2}\s*(?:-|–|—|~|到|至|to)\s*\d{1,2}[:：]\d{2}")
_DAYS = re.compile(
    r"\b(\d{1,2})\s*(?:-|–|to)\s*(\d{1,2})\s+((?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*)", re.I
)
_PLACE = re.compile(r"(?:在|到|去|地点\s*[:：]?|collect(?:ed)?\s+(?:at|in|from)\s+)?\s*(\S.*?)\s*(?:领取|领)", re.I)
_ENGLISH = re.compile(r"(?:collect(?:ed)?|pick\s*up|picked\s+up)\s+(?:at|in|from)\s+(?:the\s+)?(\S.*)", re.I)
_CHOOSE = re.compile(r"(?:请)?(?:选择|选好|选|choose|choice)(?:\s+by)?", re.I)
_FEASTS = (
    "春节",
    "元旦",
    "元宵",
    "清明",
    "五一",
    "端午",
    "中秋",
    "国庆",
    "重阳",
    "冬至",
    "腊八",
    "new year",
    "festival",
)
_EDGES = " \t\n,，;；。:：、|-—"


def understand(context: Context, text: str) -> Understood | None:
    """What is certain is filled in, what is doubtful is asked, no word is lost. None: this tells of no gift.

    A gift has days on which it is collected, and says so: 领, or "collect".
    """
    named = PREFIX.match(text) is not None
    first, _, more = PREFIX.sub("", text, count=1).strip().partition("\n")
    hours = _HOURS.search(first)
    line = _DAYS.sub(r"\1 \3 to \2 \3", first.replace(hours[0], "\n") if hours else first)
    line = re.sub(r",\s+(?=[a-z0-9])", "; ", line, flags=re.IGNORECASE)
    found = moments.find(line, context.now, context.house.zone)
    collecting = [each for each in found if each.role in (None, "start")]
    answers: dict[str, Any] = {"hours": hours[0] if hours else None}
    guesses: dict[str, Sequence[Any]] = {}
    rest = _days([each for each in found if each.role == "by"], ("choose_by", ""), answers, guesses, line)
    rest += _days(collecting, ("collect_from", "collect_until"), answers, guesses, line)
    left = list(line)
    for each in found:
        left[each.start : each.end] = "\n" * (each.end - each.start)
    words = [word for word in (part.strip(_EDGES) for part in _parts("".join(left))) if word]
    words = [word for word in words if not _CHOOSE.fullmatch(word)]
    if not named and not (len(collecting) == 1 and any(map(_place, words))):
        return None
    priced = [word for word in words if _offers(word)]
    places = [place for word in words if (place := _place(word))]
    others = [word for word in words if word not in priced and not _place(word)]
    titles = [word for word in others if not re.fullmatch(r"[\d\W]+", word)]
    rest += [word for word in others if word not in titles]
    rest += [line[each.start : each.end] for each in found if each.role == "end"]
    if not titles and len(priced) == 1:
        titles = [gifts.read_offers(priced[0])[0].title]  # 电影票 50元: what is given is its name
    for name, what in (("place", places), ("title", titles)):
        if len(what) == 1:
            answers[name] = what[0]
        else:
            rest += what
    if more.strip() and _offers(more):
        answers["options"] = more.strip()
        rest += priced
    elif len(priced) == 1:
        answers["options"] = priced[0]
        rest += [more.strip()] if more.strip() else []
    else:
        rest += [*priced, *([more.strip()] if more.strip() else [])]
    if "options" in answers and len(gifts.read_offers(answers["options"])) == 1 and "choose_by" not in guesses:
        answers.setdefault("choose_by", None)
    if kind := _kind(first):
        answers["kind"] = kind
    return Understood(answers, guesses, " ".join(rest))


def _parts(text: str) -> list[str]:
    """Pieces between marks; in Chinese a blank parts two things, and so does it around a price."""
    found = []
    for piece in re.split(r"[\n,，;；。|、]+", text):
        if _offers(piece.strip(_EDGES)):
            found.append(piece)
        elif re.search(r"[\u4e00-\u9fff]", piece):
            found += piece.split()
        else:
            found.append(piece)
    return found


def _days(
    found: Sequence[Found], names: tuple[str, str], answers: dict[str, Any], guesses: dict[str, Any], line: str
) -> list[str]:
    """Put a day, or the days from and until, where they belong; returns words that stay."""
    if len(found) != 1:
        return [line[each.start : each.end] for each in found]
    reading = found[0].reading
    first, last = names
    if reading.value is not None and not set(reading.doubts) - {"no_time"}:
        answers[first] = _day(reading.value)
        if last:
            answers[last] = _day(reading.end or reading.value)
    elif reading.options:
        guesses[first] = [(_day(each), None) for each in reading.options]
        if last:
            ends = [end or start for start, end in zip(reading.options, reading.ends, strict=True)]
            guesses[last] = [(_day(each), None) for each in ends]
    else:
        return [line[found[0].start : found[0].end]]
    return []


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _place(word: str) -> str | None:
    """Where it is collected, if these words say that."""
    match = _ENGLISH.fullmatch(word) or _PLACE.fullmatch(word)
    return match[1] if match else None


def _offers(text: str) -> bool:
    try:
        return bool(gifts.read_offers(text))
    except ValueError:
        return False


def _kind(text: str) -> GiftKind | None:
    """What it is for, if the words say so."""
    if "生日" in text or "birthday" in text.lower():
        return GiftKind.BIRTHDAY
    return GiftKind.FESTIVAL if any(feast in text.lower() for feast in _FEASTS) else None
