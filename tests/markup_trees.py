"""Random formatted texts, written as HTML and as MarkdownV2, and what Telegram makes of them.

The oracle knows nothing of our readers: it paints every UTF-16 unit of the text with the styles that lie on it, and
reads the marks off the paint.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

STYLES = ("bold", "italic", "underline", "strikethrough", "spoiler")
IN_ORDER = ["blockquote", "pre", "code", "text_link", *STYLES, "custom_emoji"]
ORDER = {kind: place for place, kind in enumerate(IN_ORDER)}
ORDER |= {"text_mention": ORDER["text_link"], "expandable_blockquote": ORDER["blockquote"]}
HTML_TAGS = {
    "bold": ("b", "strong"),
    "italic": ("i", "em"),
    "underline": ("u", "ins"),
    "strikethrough": ("s", "strike", "del"),
    "spoiler": ("tg-spoiler", 'span class="tg-spoiler"'),
    "code": ("code",),
    "pre": ("pre",),
    "blockquote": ("blockquote",),
    "expandable_blockquote": ("blockquote expandable",),
    "text_link": ('a href="https://Example.com/a?b=1&amp;c=2"', "a href='https://example.com/a?b=1&c=2' title=x"),
    "text_mention": ('a href="tg://user?id=5000000001"',),
    "custom_emoji": ('tg-emoji emoji-id="5368324170671202286"',),
}
MARKDOWN = {
    "bold": ("*", "*"),
    "italic": ("_", "_"),
    "underline": ("__", "__"),
    "strikethrough": ("~", "~"),
    "spoiler": ("||", "||"),
    "code": ("`", "`"),
    "pre": ("```\n", "```"),
    "text_link": ("[", "](https://Example.com/a?b=1&c=2)"),
    "text_mention": ("[", "](tg://user?id=5000000001)"),
    "custom_emoji": ("![", "](tg://emoji?id=5368324170671202286)"),
}
MORE: dict[str, dict[str, Any]] = {
    "text_link": {"url": "https://example.com/a?b=1&c=2"},
    "text_mention": {"_user": 5000000001},
    "custom_emoji": {"custom_emoji_id": "5368324170671202286"},
}
# Nothing that Telegram would find by itself: no / @ # and no name of a top-level domain.
LETTERS = (
    "ab Z\n\n  .!-_*[]()~`>+=|{}\\&;<\"'"
    + "中文，。"
    + "مرحبا"
    + "😀👩🏽\u200d🚀𝕏"
    + "e\u0301\u200b\u00a0\t\r\u202e\u0333"
)
TEXT = st.text(alphabet=st.sampled_from(LETTERS), min_size=0, max_size=12)


@dataclass(frozen=True)
class Node:
    """A formatted piece."""

    kind: str
    inside: tuple[Any, ...]  # nodes and strings
    way: int = 0  # which of the spellings


@dataclass
class Seen:
    """What comes out: the text and its marks."""

    text: str
    marks: list[dict[str, Any]] = field(default_factory=list)


def trees(kinds: list[str]) -> st.SearchStrategy[tuple[Any, ...]]:
    """Texts with pieces of these kinds in each other."""
    piece = st.recursive(
        TEXT,
        lambda inner: st.builds(
            Node, st.sampled_from(kinds), st.lists(inner, max_size=3).map(tuple), st.integers(0, 5)
        ),
        max_leaves=8,
    )
    return st.lists(piece, min_size=1, max_size=4).map(tuple)


# Written


def escaped_html(text: str, way: int) -> str:
    """Each of the ways in which HTML can hide a sign."""
    quick = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
    slow = {"&": "&#38;", "<": "&#x3C;", ">": "&#062;", '"': "&#x22"}
    return "".join((slow if way % 2 and sign != '"' else quick).get(sign, sign) for sign in text)


def html_tokens(parts: tuple[Any, ...]) -> list[tuple[str, str]]:
    """The tokens of the HTML: what sort each is, and how it is written."""
    tokens = []
    for part in parts:
        if isinstance(part, str):
            tokens.append(("text", escaped_html(part, len(part))))
        else:
            ways = HTML_TAGS[part.kind]
            tag = ways[part.way % len(ways)]
            name = tag.split()[0]
            closing = f"</{name}>" if part.way < 3 else f"</{name.upper()} >"
            tokens += [(f"open {name}", f"<{tag}>"), *html_tokens(part.inside), (f"close {name}", closing)]
    return tokens


def markdown(parts: tuple[Any, ...], inside: str = "") -> str:
    """The MarkdownV2; an empty bold keeps underscores apart, as Telegram's handbook advises."""
    out = ""
    for part in parts:
        if isinstance(part, str):
            special = "`\\" if inside in ("code", "pre") else "_*[]()~`>#+-=|{}.!\\"
            out += "".join(f"\\{sign}" if sign in special else sign for sign in part)
            continue
        begin, stop = MARKDOWN[part.kind]
        words = markdown(part.inside, part.kind)
        if "_" in begin:
            if inside not in ("code", "pre"):
                out += "**" if out.endswith("_") or not out else ""
            words += "**" * words.endswith("_")
        out += begin + words + stop
    return out


# Read by paint


def units(text: str) -> list[int]:
    """The text in UTF-16 units."""
    raw = text.encode("utf-16-le")
    return [int.from_bytes(raw[at : at + 2], "little") for at in range(0, len(raw), 2)]


def cleaned(text: str, marks: list[list[Any]]) -> tuple[str, list[list[Any]]]:
    """Without what Telegram drops, and without marks of nothing else."""
    gone = [unit in (0x0D, 0x202E, 0x333) for unit in units(text)]
    moved = [[kind, begin - sum(gone[:begin]), stop - sum(gone[:stop])] for kind, begin, stop in marks]
    clean = "".join(" " if sign == "\t" else sign for sign in text if sign not in "\r\u202e\u0333")
    return clean, [mark for mark in moved if mark[1] < mark[2]]


def flat(parts: tuple[Any, ...], text: str = "") -> tuple[str, list[list[Any]]]:
    """The text and [kind, begin, end] of each piece that holds anything."""
    marks = []
    for part in parts:
        if isinstance(part, str):
            text += part
        else:
            begin = len(units(text))
            text, deeper = flat(part.inside, text)
            marks += deeper
            if len(units(text)) > begin:
                marks.append([part.kind, begin, len(units(text))])
    return text, marks


def expected(parts: tuple[Any, ...]) -> Seen:
    """What Telegram shows."""
    text, marks = flat(parts)
    text, kept = cleaned(text, painted(text, marks))
    kept = painted(text, stripped(text, kept))
    tail = len(units(text.rstrip(" \n")))
    kept = [[kind, begin, min(stop, tail)] for kind, begin, stop in kept if begin < tail]
    text = text.rstrip(" \n")
    head = 0
    while head < len(text) and text[head] in " \n" and all(begin > head for _, begin, _ in kept):
        head += 1
    rows = sorted([begin - head, head - stop, ORDER[kind], kind] for kind, begin, stop in kept)
    shown = [
        {"type": kind, "offset": begin, "length": -stop - begin, **MORE.get(kind, {})} for begin, stop, _, kind in rows
    ]
    return Seen(text[head:], shown)


def painted(text: str, marks: list[list[Any]]) -> list[list[Any]]:
    """The marks after joining, cutting and dropping."""
    length = len(units(text))
    taken: list[list[Any]] = []
    for quoting in (True, False):
        colour = [False] * length
        for mark in sorted(marks, key=lambda mark: (mark[1], -mark[2], ORDER[mark[0]])):
            kind, begin, stop = mark
            if kind in STYLES or (quoting != ("quote" in kind)) or any(colour[begin:stop]):
                continue
            colour[begin:stop] = [True] * (stop - begin)
            taken.append(mark)
    quotes = [mark for mark in taken if "quote" in mark[0]]
    solid = [
        mark
        for mark in taken
        if "quote" not in mark[0]
        and all(len({begin <= unit < stop for unit in range(mark[1], mark[2])}) == 1 for _, begin, stop in quotes)
        and not any(mark[1] < begin and stop < mark[2] for _, begin, stop in quotes)
    ]
    solid += quotes
    paint = {style: [False] * length for style in STYLES}
    for kind, begin, stop in marks:
        if kind in STYLES:
            paint[kind][begin:stop] = [True] * (stop - begin)
    cuts = {0, length} | {edge for _, begin, stop in solid for edge in (begin, stop)}
    for style in STYLES:
        cuts |= {at for at in range(length) if paint[style][at] and (at == 0 or not paint[style][at - 1])}
    for kind, begin, stop in solid:
        if kind in ("code", "pre"):
            for style in STYLES:
                paint[style][begin:stop] = [False] * (stop - begin)
    pieces: list[list[Any]] = []
    for style in STYLES:
        edges = sorted(cuts | {at for at in range(1, length) if paint[style][at] != paint[style][at - 1]})
        pieces += [[style, left, right] for left, right in pairwise(edges) if paint[style][left]]
    return solid + pieces


def stripped(text: str, marks: list[list[Any]]) -> list[list[Any]]:
    """Without the blanks in front, and without marks of nothing but blanks."""
    blank = [unit in (0x20, 0x0A) for unit in units(text)]
    meant = [mark for mark in marks if mark[0] in ("code", "pre", "text_link", "text_mention")]
    kept = list(meant)
    for mark in marks:
        if mark in meant:
            continue
        kind, begin, stop = mark
        held = {other[1] for other in meant} if "quote" in kind else set()
        while begin < stop and blank[begin] and begin not in held:
            begin += 1
        if not all(blank[begin:stop]):
            kept.append([kind, begin, stop])
    return kept
