"""How marks may lie in each other: Telegram's rules for marks that overlap, touch, nest or cover only blanks.

Styles (bold, italic, …) may overlap freely; they are joined where they touch and cut wherever another mark begins, or
where a link, a mention or a quote ends. Links, mentions, custom emoji and code never overlap: the one that begins
first, or reaches further, stays. Nothing styles code.
"""

from collections.abc import Iterable
from itertools import pairwise

from sandbox import errors
from sandbox.chats import Json

STYLES = ("bold", "italic", "underline", "strikethrough", "spoiler")
QUOTES = frozenset(("blockquote", "expandable_blockquote"))
CODE = frozenset(("code", "pre"))
MEANT = frozenset(("text_link", "text_mention")) | CODE  # these may stand on blanks
RANK = {"blockquote": 0, "expandable_blockquote": 0, "pre": 11, "code": 20, "text_link": 49, "text_mention": 49}
RANK |= {style: 90 + place for place, style in enumerate(STYLES)} | {"custom_emoji": 99}
FOUND = 50  # the rank of what nobody marked: links, commands, mentions
FARTHEST = 1_000_000
BLANK = frozenset((0x20, 0x0A))


def order(mark: Json) -> tuple[int, int, int]:
    """Telegram's order: by place, the longer first, and those of the same extent by kind."""
    return mark["offset"], -mark["length"], RANK.get(mark["type"], FOUND)


def end(mark: Json) -> int:
    """Where the mark ends, in UTF-16 units."""
    return int(mark["offset"] + mark["length"])


def valid(text: str, marks: list[Json]) -> list[Json]:
    """The caller's marks without the empty ones; raises ApiError where one lies outside of the text."""
    for mark in marks:
        for field in ("offset", "length"):
            if not 0 <= mark[field] <= FARTHEST:
                raise errors.ENTITY_OUT_OF_RANGE(field=field, value=mark[field])
    marks = fixed([mark for mark in marks if mark["length"]])
    if not marks:
        return marks
    starts, byte, unit = {}, 0, 0
    for letter in text:
        starts[unit] = byte
        byte += len(letter.encode())
        unit += 1 + (letter > "\uffff")
    starts[unit] = byte
    for place in sorted({mark["offset"] for mark in marks} | {end(mark) for mark in marks}):
        ending = [mark for mark in reversed(marks) if end(mark) == place]
        if place > unit and ending:
            raise errors.ENTITY_ENDS_LATE(start=ending[-1]["offset"], end=place)
        if place > unit or (place == unit and not ending):
            raise errors.ENTITY_BEGINS_LATE(start=place)
        if place not in starts:
            byte = starts[place + 1]
            raise (
                errors.ENTITY_ENDS_INSIDE(start=ending[0]["offset"], byte=byte)
                if ending
                else errors.ENTITY_BEGINS_INSIDE(byte=byte)
            )
    return marks


def fixed(marks: list[Json]) -> list[Json]:
    """The marks as they may stand together, in order."""
    if not marks:
        return marks
    marks = sorted(marks, key=order)
    quotes = _apart(mark for mark in marks if mark["type"] in QUOTES)
    solid = _apart(mark for mark in marks if mark["type"] not in QUOTES and mark["type"] not in STYLES)
    solid = [mark for mark in solid if all(_within(mark, quote) for quote in quotes)]
    return joined(marks, sorted(solid + quotes, key=order))


def with_found(marks: list[Json], found: list[Json]) -> list[Json]:
    """The marks, and what was found in the text where nothing solid lies."""
    taken = [mark for mark in marks if mark["type"] not in STYLES]
    solid = [mark for mark in taken if mark["type"] not in QUOTES]
    quotes = [mark for mark in taken if mark["type"] in QUOTES]
    new = [
        mark
        for mark in _apart(sorted(found, key=order))
        if all(_clear(mark, other) for other in solid) and all(_within(mark, quote) for quote in quotes)
    ]
    return joined(marks, sorted(taken + new, key=order)) if new else marks


def joined(marks: list[Json], solid: list[Json]) -> list[Json]:
    """The styles among the marks, joined and cut, together with the solid marks."""
    reaches: list[tuple[str, int, int]] = []
    for style in STYLES:
        begin = stop = -1
        for mark in marks:
            if mark["type"] == style:
                if mark["offset"] > stop:
                    begin = mark["offset"]
                elif reaches:
                    reaches.pop()
                stop = max(stop, end(mark))
                reaches.append((style, begin, stop))
    if not reaches:
        return solid
    cuts = {begin for _, begin, _ in reaches}
    cuts.update(mark["offset"] for mark in solid)
    cuts.update(end(mark) for mark in solid)
    closed = [mark for mark in solid if mark["type"] in CODE]
    pieces = []
    for style, begin, stop in reaches:
        edges = [begin, *sorted(cut for cut in cuts if begin < cut < stop), stop]
        for left, right in pairwise(edges):
            piece = {"type": style, "offset": left, "length": right - left}
            if all(_clear(piece, mark) for mark in closed):
                pieces.append(piece)
    return sorted(solid + pieces, key=order)


def without_blanks(text: str, marks: list[Json]) -> list[Json]:
    """The marks without the blanks they begin with; what covers only blanks is no mark, unless it means something."""
    if not marks:
        return marks
    units = memoryview(text.encode("utf-16-le", "surrogatepass")).cast("H")
    kept = []
    for mark in marks:
        if mark["type"] in MEANT:
            kept.append(mark)
            continue
        begin, stop = mark["offset"], end(mark)
        while begin < stop and units[begin] in BLANK:
            if mark["type"] in QUOTES and any(o["offset"] == begin for o in marks if o["type"] in MEANT):
                break  # the quote holds fast to what it begins with
            begin += 1
        if not all(unit in BLANK for unit in units[begin:stop]):
            kept.append({**mark, "offset": begin, "length": stop - begin})
    return kept


def _apart(marks: Iterable[Json]) -> list[Json]:
    """Of marks in order, those that begin behind the end of the one before."""
    kept: list[Json] = []
    for mark in marks:
        if not kept or mark["offset"] >= end(kept[-1]):
            kept.append(mark)
    return kept


def _clear(mark: Json, other: Json) -> bool:
    return end(mark) <= int(other["offset"]) or end(other) <= int(mark["offset"])


def _within(mark: Json, quote: Json) -> bool:
    """Whether the mark lies wholly in the quote, or wholly outside."""
    return _clear(mark, quote) or (int(quote["offset"]) <= mark["offset"] and end(mark) <= end(quote))
