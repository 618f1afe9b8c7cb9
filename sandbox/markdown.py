"""MarkdownV2 parse mode, read the way Telegram reads it: every special character is a mark or must be escaped."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from sandbox import errors
from sandbox.chats import Json
from sandbox.html import SPACE, USER_LINK, checked_link, emoji_id, utf16
from sandbox.nesting import QUOTES, order

SPECIAL = frozenset("_*[]()~`>#+-=|{}.!\n")
# The mark, what it makes, and what Telegram calls it when its end is missing. Longer marks come first.
PAIRS = (
    ("```", "pre", "Pre"),
    ("`", "code", "Code"),
    ("__", "underline", "Underline"),
    ("_", "italic", "Italic"),
    ("*", "bold", "Bold"),
    ("~", "strikethrough", "Strikethrough"),
    ("||", "spoiler", "Spoiler"),
    ("![", "custom_emoji", "CustomEmoji"),
    ("[", "text_link", "TextUrl"),
)
ENDS = {"text_link": "]", "custom_emoji": "]"} | {kind: mark for mark, kind, _ in PAIRS[:7]}
CALLED = {kind: called for _, kind, called in PAIRS}
LITERAL = frozenset(("pre", "code"))  # nothing inside counts but `
EMOJI_LINK = re.compile(r"(?P<scheme>tg:(?://)?)?(?P<host>emoji(?=[/?#]|$))?/?(?:\?(?P<query>[^#]*))?")


@dataclass
class _Open:
    """A mark that waits for its end."""

    kind: str
    at: int  # in the source
    offset: int  # in UTF-16 units of the clean text
    start: int  # in characters of the clean text
    language: str = ""


def parse(source: str) -> tuple[str, list[Json]]:
    """The clean text and its entities; raises ApiError where Telegram would refuse."""
    return _Reader(source).read()


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.clean: list[str] = []  # one character each
        self.offset = 0
        self.open: list[_Open] = []
        self.entities: list[Json] = []
        self.line_start = True  # a quote may begin here
        self.quoted = False

    def read(self) -> tuple[str, list[Json]]:
        while self.at < len(self.source):
            letter = self.source[self.at]
            inside = self.open[-1].kind if self.open else ""
            if letter == "\\" and self._escapes(self.at + 1):
                self._keep(self.source[self.at + 1], 2)
            elif letter not in SPECIAL or (inside in LITERAL and letter != "`"):
                self._keep(letter, 1)
            elif self.quoted and letter == "\n" and not self._starts("\n>"):
                self._close_quote()
            elif inside in QUOTES and self._folds():
                self.open[-1].kind = "expandable_blockquote"
                self.at += 2
            elif inside in ENDS and self._starts(ENDS[inside]) and not self._longer(inside):
                self._close()
            else:
                self._begin(letter)
        if self.open and self.open[-1].kind in QUOTES:
            self._add(self.open[-1], self.open.pop().kind)
        if self.open:
            raise self._unfinished()
        return "".join(self.clean), sorted(self.entities, key=order)

    def _unfinished(self) -> errors.ApiError:
        left = self.open[-1]
        called = "PreCode" if left.language else CALLED[left.kind]
        return _wrong(f"Can't find end of {called} entity at byte offset {self._byte(left.at)}")

    def _starts(self, mark: str) -> bool:
        return self.source.startswith(mark, self.at)

    def _longer(self, inside: str) -> bool:
        """A double underscore inside italics opens an underline rather than ending the italics."""
        return inside == "italic" and self._starts("__")

    def _escapes(self, at: int) -> bool:
        return at < len(self.source) and 0 < ord(self.source[at]) <= 126

    def _byte(self, at: int) -> int:
        return len(self.source[:at].encode())

    def _keep(self, letter: str, width: int) -> None:
        self.clean.append(letter)
        self.offset += utf16(letter)
        self.at += width
        self.line_start = self.line_start and letter == "\r"

    def _begin(self, letter: str) -> None:
        if letter == "\n":
            self._keep(letter, 1)
            self.line_start = True
            if self.quoted:  # the next line of the same quote
                self.at += 1
                self.line_start = False
            return
        if letter == ">" and self.line_start and not self.quoted:
            self.open.append(_Open("blockquote", self.at, self.offset, len(self.clean)))
            self.at += 1
            self.line_start = False
            self.quoted = True
            return
        for mark, kind, _ in PAIRS:
            if self._starts(mark):
                opened = _Open(kind, self.at, self.offset, len(self.clean))
                self.at += len(mark)
                if kind == "pre":
                    opened.language = self._language()
                self.open.append(opened)
                return
        raise _wrong(f"Character '{letter}' is reserved and must be escaped with the preceding '\\'")

    def _language(self) -> str:
        """The word after ``` names the language, unless the block ends right there; one line feed is skipped."""
        end = self.at
        while end < len(self.source) and self.source[end] not in SPACE + "`":
            end += 1
        language = ""
        if end != self.at and end < len(self.source) and self.source[end] != "`":
            language = self.source[self.at : end]
            self.at = end
        for feed in ("\r\n", "\n\r", "\n", "\r"):
            if self._starts(feed):
                self.at += len(feed)
                break
        return language

    def _close(self) -> None:
        opened = self.open.pop()
        self.at += len(ENDS[opened.kind])
        if opened.kind in ("text_link", "custom_emoji"):
            self._close_link(opened)
        elif opened.language:
            self._add(opened, "pre", language=opened.language)
        else:
            self._add(opened, opened.kind)

    def _close_link(self, opened: _Open) -> None:
        emoji = opened.kind == "custom_emoji"
        target = "".join(self.clean[opened.start :])
        if self._starts("("):
            target = self._target("a custom emoji URL" if emoji else "a URL")
        elif emoji:
            raise _wrong("Custom emoji entity must contain a tg://emoji URL")
        if emoji:
            self._add(opened, "custom_emoji", custom_emoji_id=_emoji(target))
        elif user := USER_LINK.match(target):
            self._add(opened, "text_mention", _user=int(user[1]))
        elif url := checked_link(target):
            self._add(opened, "text_link", url=url)

    def _target(self, called: str) -> str:
        """What stands in the round brackets."""
        self.at += 1
        begin = self.at
        letters = []
        while self.at < len(self.source) and self.source[self.at] != ")":
            if self.source[self.at] == "\\" and self._escapes(self.at + 1):
                self.at += 1
            letters.append(self.source[self.at])
            self.at += 1
        if self.at >= len(self.source):
            raise _wrong(f"Can't find end of {called} at byte offset {self._byte(begin)}")
        self.at += 1
        return "".join(letters)

    def _folds(self) -> bool:
        """Two bars at the very end of a quote fold it up."""
        if not self._starts("||"):
            return False
        after = self.at + 2 + self.source.startswith("\r", self.at + 2)
        rest = self.source[after : after + 2]
        return rest[:1] in ("", "\n") and rest != "\n>"

    def _close_quote(self) -> None:
        """A quote ends with the line that is not followed by another ">"; the line feed belongs to it."""
        if self.open[-1].kind not in QUOTES:
            raise self._unfinished()
        quote = self.open.pop()
        self._keep("\n", 1)
        self.line_start = True
        self.quoted = False
        self._add(quote, quote.kind)

    def _add(self, opened: _Open, kind: str, **more: str | int) -> None:
        if self.offset > opened.offset:
            entity: Json = {"type": kind, "offset": opened.offset, "length": self.offset - opened.offset}
            self.entities.append(entity | more)


def _emoji(target: str) -> str:
    """The identifier in an address like tg://emoji?id=1."""
    found = EMOJI_LINK.match(target.lower())
    assert found  # every part is optional
    if not found["scheme"]:
        raise _wrong("Custom emoji URL must have scheme tg")
    if found["host"] is None:
        raise _wrong('Custom emoji URL must have host "emoji"')
    ids = [value for name, value in parse_qsl(found["query"] or "", keep_blank_values=True) if name == "id"]
    if not ids:
        raise _wrong("Custom emoji URL must have an emoji identifier")
    return emoji_id(ids[0])


def _wrong(why: str) -> errors.ApiError:
    return errors.ENTITIES(why=why)
