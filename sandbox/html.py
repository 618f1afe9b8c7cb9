"""HTML parse mode, read the way Telegram reads it: its tags, its entities, its complaints with their byte offsets."""

import re
from dataclasses import dataclass

from sandbox import errors
from sandbox.chats import Json
from sandbox.nesting import order

KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
CHARACTER = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([a-zA-Z]+));?")
SURROGATE = re.compile("[\ud800-\udfff]")
LONGEST_NUMBER = 9  # of the characters of a numeric reference, without the semicolon
SPACE = " \t\r\n\0\v"
EMOJI_ID = re.compile(r"[1-9][0-9]{0,18}")
USER_LINK = re.compile(r"tg:(?://)?(?:user/?\?id=|openmessage/?\?user_id=)([1-9]\d{0,15})$", re.IGNORECASE)
LINK = re.compile(r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?P<host>[^\s/?#@]+)(?P<rest>[/?#]\S*)?$", re.IGNORECASE)


@dataclass
class _Open:
    """A tag that waits for its end."""

    tag: str
    argument: str
    offset: int  # in UTF-16 units of the clean text
    start: int  # in characters of the clean text


def utf16(text: str) -> int:
    """How long Telegram thinks the text is: emoji and rare characters count twice."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse(source: str) -> tuple[str, list[Json]]:
    """The clean text and its entities; raises ApiError where Telegram would refuse."""
    return _Reader(source).read()


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.clean: list[str] = []
        self.characters = 0
        self.offset = 0
        self.open: list[_Open] = []
        self.entities: list[Json] = []

    def read(self) -> tuple[str, list[Json]]:
        while self.at < len(self.source):
            tag = self.source.find("<", self.at)
            end = len(self.source) if tag < 0 else tag
            if end > self.at:
                self._keep(unescape(self.source[self.at : end]))
                self.at = end
            elif self.source.startswith("</", tag):
                self._end_tag()
            else:
                self._start_tag()
        if self.open:
            raise _wrong(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        text = "".join(self.clean)
        if "&#" in self.source and SURROGATE.search(text):
            raise _wrong(
                "Text contains invalid Unicode characters after decoding HTML entities, "
                "check for unmatched surrogate code units"
            )
        for entity in self.entities:
            entity.pop("_language", None)
        return text, sorted(self.entities, key=order)

    def _keep(self, text: str) -> None:
        self.clean.append(text)
        self.characters += len(text)
        self.offset += utf16(text)

    def _byte(self, at: int) -> int:
        return len(self.source[:at].encode())

    def _peek(self) -> str:
        """The next character; the end of the text counts as a blank, as a C string's zero does."""
        return self.source[self.at] if self.at < len(self.source) else "\0"

    def _skip_spaces(self) -> None:
        while self.at < len(self.source) and self.source[self.at] in SPACE:
            self.at += 1

    def _word(self, stops: str) -> str:
        begin = self.at
        while self._peek() not in stops:
            self.at += 1
        return _small(self.source[begin : self.at])

    def _start_tag(self) -> None:
        begin = self.at
        self.at += 1
        tag = self._word(SPACE + ">")
        if self.at >= len(self.source):
            raise _wrong(f"Unclosed start tag at byte offset {self._byte(begin)}")
        if tag not in KINDS:
            raise _wrong(f'Unsupported start tag "{tag}" at byte offset {self._byte(begin)}')
        argument = ""
        while self._peek() != ">":
            self._skip_spaces()
            if self._peek() == ">":
                break
            name = self._word(SPACE + "=>/\"'")
            if not name:
                raise _wrong(f'Empty attribute name in the tag "{tag}" at byte offset {self._byte(begin)}')
            self._skip_spaces()
            if self._peek() == "=":
                self.at += 1
                argument = _argument(tag, name, self._value(tag, begin)) or argument
            elif self.at >= len(self.source):
                raise _wrong(f'Unclosed start tag "{tag}" at byte offset {self._byte(begin)}')
            elif tag == "blockquote" and name == "expandable":
                argument = "expandable"
        if tag == "span" and argument != "spoiler":
            raise _wrong(f'Tag "span" must have class "tg-spoiler" at byte offset {self._byte(begin)}')
        self.at += 1
        self.open.append(_Open(tag, argument, self.offset, self.characters))

    def _value(self, tag: str, begin: int) -> str:
        """An attribute's value, in quotes or a bare word."""
        self._skip_spaces()
        if self.at >= len(self.source):
            raise _wrong(f'Unclosed start tag "{tag}" at byte offset {self._byte(begin)}')
        quote = self._peek()
        start = self.at
        if quote in "\"'":
            end = self.source.find(quote, start + 1)
            if end < 0 or end + 1 >= len(self.source):
                raise _wrong(f"Unclosed start tag at byte offset {self._byte(begin)}")
            self.at = end + 1
            return unescape(self.source[start + 1 : end])
        while (mark := self._peek()) in ".-" or (mark.isascii() and mark.isalnum()):
            self.at += 1
        if self._peek() not in SPACE + ">":
            raise _wrong(f"Unexpected end of name token at byte offset {self._byte(start)}")
        if self.at >= len(self.source):
            raise _wrong(f"Unclosed start tag at byte offset {self._byte(begin)}")
        return _small(self.source[start : self.at])

    def _end_tag(self) -> None:
        begin = self.at
        if not self.open:
            raise _wrong(f"Unexpected end tag at byte offset {self._byte(begin)}")
        self.at += 2
        tag = self._word(SPACE + ">")
        self._skip_spaces()
        if self._peek() != ">":
            raise _wrong(f"Unclosed end tag at byte offset {self._byte(begin)}")
        opened = self.open.pop()
        if tag and tag != opened.tag:
            raise _wrong(
                f'Unmatched end tag at byte offset {self._byte(begin)}, expected "</{opened.tag}>", found "</{tag}>"'
            )
        self.at += 1
        if self.offset > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        entity: Json = {
            "type": KINDS[opened.tag],
            "offset": opened.offset,
            "length": self.offset - opened.offset,
        }
        if opened.tag == "a":
            inside = "".join(self.clean)[opened.start :]
            if not self._link(entity, opened.argument or inside):
                return
        elif opened.tag == "blockquote" and opened.argument:
            entity["type"] = "expandable_blockquote"
        elif opened.tag == "tg-emoji":
            entity["custom_emoji_id"] = emoji_id(opened.argument)
        elif opened.tag in ("pre", "code"):
            # <pre><code class="language-x"> is one block of that language, and it needs both tags.
            twin = self.entities[-1] if self.entities else None
            if (
                twin
                and {twin["type"], opened.tag} == {"pre", "code"}
                and "language" not in twin
                and (twin["offset"], twin["length"]) == (entity["offset"], entity["length"])
            ):
                language = opened.argument or twin.pop("_language", "")
                if language:
                    twin |= {"type": "pre", "language": language}
                    return
            if opened.argument:
                entity["_language"] = opened.argument
        self.entities.append(entity)

    @staticmethod
    def _link(entity: Json, target: str) -> bool:
        """Turn the entity into a link or a mention; False when there is no telling what it points to."""
        if user := USER_LINK.match(target):
            entity |= {"type": "text_mention", "_user": int(user[1])}
            return True
        url = checked_link(target)
        if url:
            entity["url"] = url
        return bool(url)


def _argument(tag: str, name: str, value: str) -> str:
    """The one attribute of each tag that means something."""
    if (tag, name) in (("a", "href"), ("tg-emoji", "emoji-id")):
        return value
    if (tag, name) == ("code", "class") and value.startswith("language-"):
        return value.removeprefix("language-")
    if (tag, name) == ("span", "class") and value.startswith("tg-"):
        return value.removeprefix("tg-")
    return "expandable" if (tag, name) == ("blockquote", "expandable") else ""


def checked_link(target: str) -> str:
    """The address as Telegram keeps it, or nothing when it is none."""
    found = LINK.match(target)
    if not found:
        return ""
    scheme = (found["scheme"] or "http").lower()
    host = found["host"].lower()
    if scheme in ("tg", "ton", "tonsite"):
        return target
    if scheme not in ("http", "https", "ftp") or ("." not in host and host.split(":")[0] != "localhost"):
        return ""
    rest = found["rest"] or ""
    return f"{scheme}://{host}{'' if rest.startswith('/') else '/'}{rest}"


def emoji_id(number: str) -> str:
    """The identifier of a custom emoji; raises ApiError if it is none."""
    if not EMOJI_ID.fullmatch(number):
        raise _wrong("Invalid custom emoji identifier specified")
    return number


def unescape(text: str) -> str:
    """Replace &lt; &gt; &amp; &quot; and numbers; everything else stays as it was written."""
    return CHARACTER.sub(_character, text) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    hexadecimal, decimal, name = found.groups()
    if name:
        return NAMED.get(name, found[0])
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    if code == 0 or code >= 0x10FFFF or len(found[0].removesuffix(";")) > LONGEST_NUMBER:
        return found[0]
    return chr(code)


def _small(word: str) -> str:
    """Small letters, of the plain alphabet only."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in word)


def _wrong(why: str) -> errors.ApiError:
    return errors.ENTITIES(why=why)
