"""MarkdownV2 parse mode, read the way Telegram reads it: every special character is a mark or must be escaped."""

from dataclasses import dataclass

from sandbox import errors
from sandbox.chats import Json
from sandbox.html import USER_LINK, checked_link, utf16

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
LITERAL = frozenset(("pre", "code"))  # nothing inside counts but the end


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
        self.line_start = True

    def read(self) -> tuple[str, list[Json]]:
        while self.at < len(self.source):
            letter = self.source[self.at]
            inside = self.open[-1].kind if self.open else ""
            if letter == "\\" and self._escapes(self.at + 1):
                self._keep(self.source[self.at + 1], 2)
            elif (inside in LITERAL and not self._starts(ENDS[inside])) or letter not in SPECIAL:
                self._keep(letter, 1)
            elif inside == "blockquote" and self._quote_ends():
                self._close_quote()
            elif inside in ENDS and self._starts(ENDS[inside]) and not self._longer(inside):
                self._close()
            else:
                self._begin(letter)
        if self.open and self.open[-1].kind == "blockquote":
            self._add(self.open.pop(), "blockquote")
        if self.open:
            left = self.open[-1]
            raise _wrong(
                f"Can't find end of {CALLED.get(left.kind, 'BlockQuote')} entity at byte offset {self._byte(left.at)}"
            )
        return "".join(self.clean), sorted(self.entities, key=lambda entity: (entity["offset"], -entity["length"]))

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
        self.line_start = letter == "\n"

    def _begin(self, letter: str) -> None:
        if letter == "\n":
            self._keep(letter, 1)
            return
        if letter == ">" and self.line_start:
            if any(opened.kind == "blockquote" for opened in self.open):
                self.at += 1  # the next line of the same quote
                self.line_start = False
                return
            if not self.open:
                self.open.append(_Open("blockquote", self.at, self.offset, len(self.clean)))
                self.at += 1
                self.line_start = False
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
        while end < len(self.source) and not self.source[end].isspace() and self.source[end] != "`":
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
        target = "".join(self.clean[opened.start :])
        if self._starts("("):
            begin = self.at
            self.at += 1
            letters = []
            while self.at < len(self.source) and self.source[self.at] != ")":
                if self.source[self.at] == "\\" and self._escapes(self.at + 1):
                    self.at += 1
                letters.append(self.source[self.at])
                self.at += 1
            if self.at >= len(self.source):
                raise _wrong(f"Can't find end of a URL at byte offset {self._byte(begin)}")
            self.at += 1
            target = "".join(letters)
        elif opened.kind == "custom_emoji":
            raise _wrong("Custom emoji entity must contain a tg://emoji URL")
        if opened.kind == "custom_emoji":
            number = target.removeprefix("tg://emoji?id=")
            if number == target or not number.isdecimal():
                raise _wrong("Custom emoji URL must have an emoji identifier")
            self._add(opened, "custom_emoji", custom_emoji_id=number)
        elif user := USER_LINK.match(target):
            self._add(opened, "text_mention", _user=int(user[1]))
        elif url := checked_link(target):
            self._add(opened, "text_link", url=url)

    def _quote_ends(self) -> bool:
        """A quote ends with the first line that does not begin with ">", or with "||" at the end of its last line."""
        after = self.at + (2 if self._starts("||") else 0)
        if after == self.at and self.source[self.at] != "\n":
            return False
        return after >= len(self.source) or (self.source[after] == "\n" and self.source[after + 1 : after + 2] != ">")

    def _close_quote(self) -> None:
        hidden = self._starts("||")
        self._add(self.open.pop(), "expandable_blockquote" if hidden else "blockquote")
        self.at += 2 if hidden else 0
        if not hidden:
            self._keep("\n", 1)

    def _add(self, opened: _Open, kind: str, **more: str | int) -> None:
        if self.offset > opened.offset:
            entity: Json = {"type": kind, "offset": opened.offset, "length": self.offset - opened.offset}
            self.entities.append(entity | more)


def _wrong(why: str) -> errors.ApiError:
    return errors.ENTITIES(why=why)
