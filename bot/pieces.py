"""Long texts in pieces that Telegram takes: cut where no tag is open, best between lines."""

import html
import re
from collections.abc import Iterator

_ATOM = re.compile(r"<(/?)([a-zA-Z][\w-]*)[^>]*>|&(?:#\d+|#x[0-9a-fA-F]+|\w+);|[^<&]|[<&]")
MORE = "…"


def length(text: str) -> int:
    """How many characters Telegram counts: code points, tags and escapes resolved."""
    if "<" not in text and "&" not in text:
        return len(text)
    return len(html.unescape(re.sub(r"<[^>]*>", "", text)))


def pieces(text: str, limit: int) -> list[str]:
    """The text in pieces of at most `limit` counted characters.

    A piece ends between lines where no tag is open; else anywhere where none is open; else what stands too long inside
    one tag is clipped there, and marked with an ellipsis.
    """
    if length(text) <= limit:
        return [text]
    found: list[str] = []
    piece: list[str] = []
    count = 0  # characters in it
    last = 0  # the place of the last of them
    open_tags = 0
    line_end = any_end = 0  # the latest places where it may be cut
    clipped = False
    for atom, tag, closing in _atoms(text):
        if not tag and not clipped:
            while count == limit and (cut := line_end or any_end):
                found.append("".join(piece[:cut]))
                piece, line_end, any_end = piece[cut:], 0, max(0, any_end - cut)
                count = length("".join(piece))
            if count == limit:
                piece[last], clipped = MORE, True
        if tag:
            open_tags += -1 if closing else 1
            clipped = clipped and open_tags > 0
        if tag or not clipped:
            piece.append(atom)
        if not tag and not clipped:
            count, last = count + 1, len(piece) - 1
        if open_tags == 0:
            any_end = len(piece)
            line_end = any_end if atom == "\n" else line_end
    found.append("".join(piece))
    return [each.strip("\n") for each in found if length(each.strip())]


def _atoms(text: str) -> Iterator[tuple[str, str, bool]]:
    """The text character by character, tags and escapes whole: the atom, the tag's name, whether it closes."""
    for match in _ATOM.finditer(text):
        yield match.group(), match.group(2) or "", bool(match.group(1))
