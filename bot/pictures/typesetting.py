"""Setting words in a picture: SVG breaks no lines, so they are measured, broken and made to fit here.

A line never begins with a closing mark nor ends with an opening one (避头尾), a Latin word stays whole where it can,
and words that are too many for their box become smaller and at last end in "…". A character without a glyph is not
drawn as a box: it is `Missing`, and the words are then better said as text.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from math import cos, radians, sin
from threading import Lock
from typing import Literal

from markupsafe import Markup
from PIL import ImageFont
from pylopdf_fonts_zh_cn import sans_path, serif_path

Face = Literal["sans", "serif"]
FILES: dict[Face, str] = {"sans": str(sans_path()), "serif": str(serif_path())}
FAMILIES: dict[Face, str] = {"sans": "Noto Sans SC", "serif": "Noto Serif SC"}
EM = 1000  # the fonts' own units, so that what is measured is not rounded
LONGEST = 1000  # characters that are looked at; no picture has room for more
TOFU = "\U0010ffff"  # never a character: drawn as the font draws what it lacks
NEVER_FIRST = set("，。、；：！？）》〉」』】〕’”…—～·%％‰℃°,.;:!?)]}•")
NEVER_LAST = set("（《〈「『【〔‘“([{￥¥$#＃@№")
PAUSES = set("，。；！？：、…")
_PIECE = re.compile(r"\n|[^\S\n]+|[^\s“‘\u2e80-\U0010ffff]+|.", re.DOTALL)
_APOSTROPHE = re.compile("(?<=[A-Za-z])’(?=[A-Za-z])")  # these fonts draw it as wide as a Chinese quotation mark


class Missing(Exception):
    """A character for which the font has no glyph, or which cannot be set rightly."""


@dataclass(frozen=True)
class Block:
    """Words broken into lines of one size, ready to be put somewhere."""

    lines: tuple[str, ...]
    size: float
    width: float  # of the widest line
    face: Face
    leading: float  # from line to line, in sizes
    spacing: float  # between characters, in sizes

    @property
    def height(self) -> float:
        """From the first baseline to the last."""
        return (len(self.lines) - 1) * self.leading * self.size

    def at(self, x: float, y: float, fill: str, anchor: str = "start", bold: float = 0, opacity: float = 1) -> Markup:
        """The words with their first baseline at y. `bold` thickens the strokes, for the fonts have one weight."""
        space = self.spacing * self.size
        style = Markup('font-family="{}" font-size="{:.1f}" fill="{}" text-anchor="{}"').format(
            FAMILIES[self.face], self.size, fill, anchor
        )
        if space:
            style += Markup(' letter-spacing="{:.1f}"').format(space)
        if opacity < 1:
            style += Markup(' opacity="{}"').format(opacity)
        if bold:
            style += Markup(' stroke="{}" stroke-width="{:.2f}" stroke-linejoin="round"').format(fill, bold * self.size)
        return Markup("\n").join(
            Markup('<text x="{:.1f}" y="{:.1f}" {}>{}</text>').format(
                x, y + index * self.leading * self.size, style, line
            )
            for index, line in enumerate(self.lines)
        )

    def about(
        self, x: float, y: float, fill: str, anchor: str = "start", bold: float = 0, opacity: float = 1
    ) -> Markup:
        """The words with their middle at y."""
        return self.at(x, y - self.height / 2 + 0.37 * self.size, fill, anchor, bold, opacity)


def block(
    words: object,
    width: float,
    size: float,
    lines: int = 1,
    least: float | None = None,
    face: Face = "serif",
    leading: float = 1.5,
    spacing: float = 0,
    even: bool = False,
    tall: float = 0,
) -> Block:
    """Fit words into `lines` lines of `width`, if need be smaller, but not under `least`; then "…" ends them.

    `tall` instead of `lines` is the room for all lines together: the smaller the words, the more lines. Where there is
    room for it the lines break at the pauses of the sentence. `even` makes them about equally long, as centred words
    should be.
    """
    text = clean(str(words), face)
    smallest = size if least is None else least
    pieces = _pieces(text)
    phrases = _phrases(pieces) if lines > 1 or tall else pieces
    while True:
        room = width / size
        if tall:
            lines = max(1, int(tall / (leading * size)))
        broken, whole = _break(pieces, room, lines, face, spacing)
        if whole or size <= smallest:
            break
        size = max(smallest, size * 0.95)
    if not whole:
        broken[-1] = _shorten(broken[-1], room, face, spacing)
    else:
        if all(measure(phrase.rstrip(), face, spacing) <= room for phrase in phrases):
            by_phrase, whole = _break(phrases, room, lines, face, spacing)
            pieces, broken = (phrases, by_phrase) if whole else (pieces, broken)
        if even and len(broken) > 1:
            broken = _even(pieces, room, len(broken), face, spacing)
    widest = max((measure(line, face, spacing) for line in broken), default=0)
    return Block(tuple(broken), size, widest * size, face, leading, spacing)


def clean(text: str, face: Face = "serif") -> str:
    """What can be drawn of it: no emoji, nothing invisible; `Missing` if a character of a word would be lost."""
    kept = []
    text = _APOSTROPHE.sub("'", unicodedata.normalize("NFC", text[:LONGEST]))
    for char in text:
        kind = unicodedata.category(char)
        if char in "\n\u2028\u2029":
            kept.append("\n")
        elif kind in ("Zs", "Cc"):
            kept.append(" ")
        elif kind == "Cf" or "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef":
            continue  # joiners, marks of direction, which shape of an ideograph or of an emoji is meant
        elif kind in ("Mn", "Mc", "Me", "Cs"):
            raise Missing  # a mark that is no part of a letter has no place of its own
        elif has_glyph(char, face):
            kept.append(char)
        elif kind not in ("So", "Sk"):
            raise Missing
    return re.sub(r" *\n[\s]*", "\n", re.sub(" +", " ", "".join(kept))).strip()


def measure(line: str, face: Face, spacing: float = 0) -> float:
    """How wide a line is, in sizes."""
    return sum(advance(char, face) for char in line) + spacing * max(0, len(line) - 1)


def _pieces(text: str) -> list[str]:
    """What must not be parted: words with the marks that belong to them; blanks and new lines by themselves."""
    pieces: list[str] = []
    opened = False
    for piece in _PIECE.findall(text):
        blank = piece.isspace()
        joined = pieces and not pieces[-1].isspace() and (opened or piece[0] in NEVER_FIRST)
        if joined and not blank:
            pieces[-1] += piece
        else:
            pieces.append(piece)
        opened = not blank and piece[-1] in NEVER_LAST
    return pieces


def _phrases(pieces: list[str]) -> list[str]:
    """The same in longer breaths, from one Chinese pause to the next: where a reader would break the line."""
    phrases = [""]
    for piece in pieces:
        if piece == "\n":
            phrases += ["\n", ""]
        else:
            phrases[-1] += piece
            if piece[-1] in PAUSES:
                phrases.append("")
    return [phrase for phrase in phrases if phrase]


def _break(pieces: list[str], room: float, most: int, face: Face, spacing: float) -> tuple[list[str], bool]:
    """At most so many lines, and whether everything found its place; the last one is too long if not."""
    lines: list[str] = []
    line = ""

    def fits(words: str) -> bool:
        return measure(words, face, spacing) <= room

    for index, piece in enumerate(pieces):
        if piece != "\n" and fits((line + piece).rstrip()):
            line = (line + piece).lstrip()
            continue
        if len(lines) == most - 1:
            return [*lines, line + "".join(pieces[index:]).replace("\n", " ")], False
        if line.strip():
            lines.append(line.rstrip())
        line = "" if piece.isspace() else piece
        while not fits(line):  # a word longer than a line
            cut = max(1, next((n for n in range(1, len(line)) if not fits(line[: n + 1])), len(line)))
            if cut == len(line) or len(lines) == most - 1:
                return [*lines, line + "".join(pieces[index + 1 :]).replace("\n", " ")], False
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, *([line.rstrip()] if line.strip() else [])], True


def _even(pieces: list[str], room: float, count: int, face: Face, spacing: float) -> list[str]:
    """The same number of lines in the narrowest box."""
    widths = (measure(piece.rstrip(), face, spacing) for piece in pieces)
    narrow, wide = max([room / 2, *(width for width in widths if width <= room)]), room  # parts no word for it
    best = _break(pieces, room, count, face, spacing)[0]
    for _ in range(7):
        middle = (narrow + wide) / 2
        broken, whole = _break(pieces, middle, count, face, spacing)
        if whole and len(broken) == count:
            best, wide = broken, middle
        else:
            narrow = middle
    return best


def _shorten(line: str, room: float, face: Face, spacing: float) -> str:
    """As much of it as there is room for, and "…"."""
    used, end = advance("…", face) + spacing, 0
    for char in line:
        used += advance(char, face) + spacing
        if used - spacing > room:
            break
        end += 1
    return line[:end].rstrip(" ，。、；：,.;:·…—") + "…"


@cache
def _font(face: Face, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FILES[face], size, layout_engine=ImageFont.Layout.BASIC)


_FREETYPE = Lock()  # a face is no thread's own


@lru_cache(maxsize=30_000)
def advance(char: str, face: Face) -> float:
    """How far a character moves the pen, in sizes."""
    with _FREETYPE:
        return float(_font(face, EM).getlength(char)) / EM


@lru_cache(maxsize=30_000)
def has_glyph(char: str, face: Face) -> bool:
    """Whether the font draws the character as itself, and not as the box for what it lacks."""
    with _FREETYPE:
        font = _font(face, 32)
        return char.isspace() or bytes(font.getmask(char)) != bytes(font.getmask(TOFU))


def round_about(count: int, radius: float, start: float = -90) -> list[tuple[float, float, float]]:
    """x, y and angle of so many points on a circle: petals, rays, the rim of a seal."""
    angles = [start + 360 * index / count for index in range(count)]
    return [(radius * cos(radians(angle)), radius * sin(radians(angle)), angle) for angle in angles]
