"""Reading an answer: what somebody typed or sent, as a value for the field that is being asked."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import PurePath
from typing import Any, Literal

from pydantic_core import to_jsonable_python

from bot import moments
from bot.context import Context
from bot.forms.core import Problem
from bot.forms.fields import Ask, Kind, files_of, is_long
from bot.forms.words import Sheet
from bot.incoming import Attachment
from bot.moments import numerals
from models import files, papers, photos
from models.base import Refused
from models.fields import Upload

FETCHABLE = 20 * 1024 * 1024  # bytes; Telegram gives a bot no larger file
_UNITS = "人|个|名|位|份|元|块|分|岁|步|张|件|本|次|天|组|队|people|persons?|places?|yuan"
_NUMBER = re.compile(rf"([+-]?)(\d{{1,15}}|\d{{1,3}}(?:,\d{{3}}){{1,4}})(\.\d{{1,6}})?\s?(?:{_UNITS})?")
_CHINESE_NUMBER = re.compile(rf"([{numerals.CN}百]{{1,7}})\s?(?:{_UNITS})?")
_SPOT = re.compile(r"(-?\d{1,2}(?:\.\d{1,10})?)\s*[,，\s]\s*(-?\d{1,3}(?:\.\d{1,10})?)")
_BETWEEN = re.compile(r"[,，、;；\n]+")
_EDGES = "\u200b\u200c\u200d\u2060\ufeff \n\t"


@dataclass(frozen=True)
class Taken:
    """A certain answer, as JSON."""

    value: Any


@dataclass(frozen=True)
class Guess:
    """What may be meant, as (value, end) in JSON; a tap decides."""

    options: list[list[str | None]]  # a single one needs only a yes
    doubt: str = ""  # why it is not certain, as bot/moments/ calls it
    rest: str = ""  # words that found no place


@dataclass(frozen=True)
class Half:
    """A day without the hour that is needed too."""

    day: str
    rest: str = ""


@dataclass(frozen=True)
class Find:
    """Part of a choice's name: show the choices that bear it; of several, some may be certain already."""

    text: str
    sure: tuple[Any, ...] = ()


Heard = Taken | Guess | Half | Find | Problem


def hear(context: Context, sheet: Sheet, ask: Ask, day: str | None = None) -> Heard:
    """What they sent as an answer to this question. Raises Fetch when the bytes of a file are needed.

    `day` is a day that is known already, so that an hour alone says the moment.
    """
    incoming = context.incoming
    if ask.kind in (Kind.PHOTO, Kind.UPLOAD):
        return _file(context, ask)
    if ask.kind is Kind.FILES:
        return Problem("wanted.files")  # what was sent has been taken by then
    if ask.kind is Kind.SPOT and incoming.spot is not None:
        return Taken({"latitude": incoming.spot[0], "longitude": incoming.spot[1]})
    text = tidy(incoming.phone or "" if incoming.sort == "contact" else incoming.text)
    if incoming.sort not in ("text", "contact"):
        return Problem(f"wanted.{ask.kind.value}")
    if is_blank(text):
        return Problem("blank")
    match ask.kind:
        case Kind.NUMBER:
            return _number(ask, text)
        case Kind.FLAG | Kind.CHOICE | Kind.PICK:
            return _choice(sheet, ask, text)
        case Kind.MOMENT | Kind.DAY:
            return _moment(context, ask, text, day)
        case Kind.SPOT:
            return _spot(text)
    return Taken(text if is_long(ask) else " ".join(text.split()))


def tidy(text: str) -> str:
    """What was typed without signs no database should see: control characters and halves of characters."""
    text = text.replace("\r\n", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    kept = "".join(sign for sign in text if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs"))
    return kept.strip(_EDGES).strip()


def is_blank(text: str) -> bool:
    """Whether there is nothing to see in it."""
    return all(unicodedata.category(sign)[0] in "ZC" for sign in text)


def _number(ask: Ask, text: str) -> Heard:
    plain = numerals.plain(text).text.strip()
    chinese = _CHINESE_NUMBER.fullmatch(plain)
    if chinese:
        found = numerals.number(chinese[1])
        plain = plain if found is None else str(found)
    match = _NUMBER.fullmatch(plain)
    if match is None:
        return Problem("number")
    sign, whole, part = match[1], match[2].replace(",", ""), match[3] or ""
    if ask.type is int:
        if part.strip(".0"):
            return Problem("whole_number")
        if int(whole) >= 2**31:  # no column holds more
            return Problem("number_too_large")
        return Taken(int(sign + whole))
    value = Decimal(sign + whole + part)
    return Taken(str(value) if ask.type is Decimal else float(value))


def _choice(sheet: Sheet, ask: Ask, text: str) -> Heard:
    offers = sheet.offers(ask)
    names = {_fold(offer.label): offer.value for offer in offers}
    one = _fold(text)
    if not ask.several:
        if one in names:
            return Taken(names[one])
    else:
        parts = [_fold(part) for part in _BETWEEN.split(text) if part.strip()]
        if one in names:
            return Taken([names[one]])
        if ask.kind is Kind.PICK and not all(part in names for part in parts):
            parts = [word for part in parts for word in ([part] if part in names else part.split())]
        if parts and all(part in names for part in parts):
            return Taken(list(dict.fromkeys(names[part] for part in parts)))
        open_ = [part for part in parts if part not in names]
        if ask.kind is Kind.PICK and len(parts) > 1 and any(open_[0] in name for name in names):
            return Find(open_[0][:60], tuple(names[part] for part in parts if part in names))
    if ask.kind is Kind.PICK and any(one in name for name in names):
        return Find(text[:60])
    return Problem("choose")


def bears(label: str, text: str) -> bool:
    """Whether a choice's name holds what was typed."""
    return _fold(text) in _fold(label)


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip(_EDGES).strip()


def _moment(context: Context, ask: Ask, text: str, day: str | None) -> Heard:
    """A moment or a day as people say it; what is doubtful comes back as choices, and all of it wants a tap.

    With `day` (ISO) known, an hour alone is enough.
    """
    zone = context.house.zone
    reading = None
    if day is not None:
        midnight = datetime.combine(date.fromisoformat(day), time(), zone)
        reading = moments.read(text, midnight, zone, expect="clock")
        if "extra_day" in reading.doubts or not (reading.value or reading.options):
            reading = None  # they named a day after all
    if reading is None:
        expect: Literal["moment", "day"] = "day" if ask.kind is Kind.DAY else "moment"
        reading = moments.read(text, context.now, zone, expect=expect)
    cases = [(reading.value, reading.end)] if reading.value else list(zip(reading.options, reading.ends, strict=True))
    doubt = next((code for code in reading.doubts if code != "unread"), "")
    if not cases:
        return Problem(f"form.doubts.{doubt or 'unread'}")
    if ask.kind is Kind.DAY:
        days = [value.astimezone(zone).date() if isinstance(value, datetime) else value for value, _ in cases]
        return Guess([[_iso(found), None] for found in dict.fromkeys(days)], doubt, reading.rest)
    timed = [(value, end) for value, end in cases if isinstance(value, datetime)]
    if not timed:
        only = cases[0][0]
        return Half(_iso(only), reading.rest) if len(cases) == 1 else Problem("form.doubts.no_time")
    return Guess(
        [[_iso(value), _iso(end) if isinstance(end, datetime) else None] for value, end in timed], doubt, reading.rest
    )


def _iso(value: date) -> str:
    return str(to_jsonable_python(value))


def _spot(text: str) -> Heard:
    match = _SPOT.fullmatch(unicodedata.normalize("NFKC", text))
    if match is None:
        return Problem("wanted.spot")
    return Taken({"latitude": float(match[1]), "longitude": float(match[2])})


def _file(context: Context, ask: Ask) -> Heard:
    """Keep the photo or document they sent. Everything that can be refused without the bytes is refused first."""
    attachment = context.incoming.attachment
    upload = None if ask.kind is Kind.PHOTO else ask.mark(Upload)
    if attachment is None or (upload is None and not attachment.kind.startswith("image/")):
        return Problem(f"wanted.{ask.kind.value}")
    if upload and upload.kinds and PurePath(attachment.name.lower()).suffix not in upload.kinds:
        return Problem("ending", {"kinds": list(upload.kinds)})
    limit = min(upload.limit, FETCHABLE) if upload else FETCHABLE
    too_large = Problem("too_large", {"limit": limit // (1024 * 1024)})
    if attachment.size > limit:
        return too_large
    try:
        content = context.content()
        if len(content) > limit:
            return too_large
        return Taken(_keep(context, attachment, content, upload is None))
    except Refused as no:
        return Problem(no.code, no.params)


def hear_paper(context: Context, ask: Ask) -> Taken | Problem:
    """Keep one of the several photos and documents a question takes. Raises Fetch when its bytes are needed.

    Everything that can be refused without the bytes is refused first.
    """
    attachment, mark = context.incoming.attachment, files_of(ask)
    if attachment is None:
        return Problem("wanted.files")
    name = papers.named(tidy(attachment.name))
    photo = context.incoming.sort == "photo"
    if not photo and mark.kinds and PurePath(name.lower()).suffix not in mark.kinds:
        return Problem("ending", {"kinds": list(mark.kinds)})
    limit = min(mark.limit, FETCHABLE)
    too_large = Problem("too_large", {"limit": limit // (1024 * 1024)})
    if attachment.size > limit:
        return too_large
    try:
        content = context.content()
        if len(content) > limit:
            return too_large
        # Several may wait to be taken in one unit, so each has its own place.
        key = f"paper:{attachment.file_id}"
        clean = context.beforehand(key, lambda: papers.clean(name, attachment.kind, content))
        return Taken(files.keep(context.session, clean.name, clean.kind, clean.content, context.now).id)
    except Refused as no:
        return Problem(no.code, no.params)


def _keep(context: Context, attachment: Attachment, content: bytes, photo: bool) -> int:
    if photo:
        name = f"{PurePath(attachment.name).stem or 'photo'}.jpg"
        clean = context.beforehand("photo", lambda: photos.clean(content))
        return files.keep(context.session, tidy(name), "image/jpeg", clean, context.now).id
    return files.keep(context.session, tidy(attachment.name), attachment.kind, content, context.now).id
