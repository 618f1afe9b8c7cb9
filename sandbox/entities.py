"""Words and their marks: what a text looks like after Telegram has read it.

Everything a person or the bot writes passes through here: it is cleaned and trimmed as Telegram does, its marks are
read (HTML, or a list of entities), and links, commands, mentions and hashtags are found. Offsets and lengths count
UTF-16 units; limits count characters.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from sandbox import errors, html, markdown, nesting
from sandbox.chats import Json
from sandbox.errors import ApiError

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
RAW_LIMIT = 32768  # bytes
ENTITY_LIMIT = 100

# Telegram turns control characters into blanks and drops \r and what turns the direction of writing.
# It also drops three lines and rings that combine with the letter before (they were used to write over other lines).
OVERWRITING = (0x30A, 0x333, 0x33F)
CLEANING: dict[int, str | None] = dict.fromkeys((*range(10), 11, 12, *range(14, 32)), " ")
CLEANING |= dict.fromkeys((13, *OVERWRITING, *range(8232, 8239)))
DIRTY = re.compile("[\x00-\x09\x0b-\x1f\u030a\u0333\u033f\u2028-\u202e]")

FOUND_ALONE = re.compile(
    r"(?P<url>(?:https?|ftp|tg)://[^\s<>\"'“”，。；！？、（）《》]+|"
    r"(?<![\w@./:-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:com|org|net|cn|me|io|edu|gov|info|dev|app|ru|top|xyz)"
    r"(?![\w-])(?:[/?#][^\s<>\"'“”，。；！？、（）《》]*)?)"
    r"|(?P<email>(?<![\w.@-])[\w.+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+)"
    r"|(?P<bot_command>(?<![\w/<>])/[a-z0-9_]{1,64}(?:@[a-z0-9_]{3,32})?(?![\w/<>]))"
    r"|(?P<mention>(?<!\w)@[a-z0-9_]{3,32}(?!\w))"
    r"|(?P<hashtag>(?<![\w#])#\w{1,256}(?!\w))",
    re.IGNORECASE,
)
MAYBE_FOUND = re.compile(r"[/@#.]")


@dataclass
class Words:
    """A text and its marks, ready to be shown."""

    text: str
    entities: list[Json]

    def fields(self, name: str) -> Json:
        """The two fields of a message: ``text``/``entities`` or ``caption``/``caption_entities``."""
        fields: Json = {name: self.text}
        if self.entities:
            fields["entities" if name == "text" else f"{name}_entities"] = self.entities
        return fields


def written(text: str) -> Words:
    """What a person typed: no marks of their own, but links and commands are found."""
    clean = _trimmed(text.translate(CLEANING), [])
    return Words(clean[0], _with_found(*clean))


def read(source: str, parse_mode: str | None, given: list[Json] | None) -> Words:
    """What the bot wrote, before any limit on its length is looked at."""
    try:
        size = len(source.encode())
    except UnicodeEncodeError as wrong:
        raise errors.NOT_UTF8() from wrong
    if size > RAW_LIMIT:
        raise errors.TEXT_RAW_TOO_LONG()
    mode = (parse_mode or "").lower()
    if mode == "html":
        text, entities = html.parse(source)
    elif mode == "markdownv2":
        text, entities = markdown.parse(source)
    elif mode in ("", "none"):
        text, entities = source, _given(source, given or [])
    else:
        raise errors.PARSE_MODE()
    entities = nesting.fixed(entities)
    if DIRTY.search(text):
        text, entities = _cleaned(text, entities)
    text, entities = _trimmed(text, nesting.fixed(nesting.without_blanks(text, entities)))
    if source and not text:
        raise errors.TEXT_BLANK()
    return Words(text, _with_found(text, _few(entities)))


def limited(words: Words, limit: int, refusal: ApiError) -> Words:
    """The same words, or the refusal when there are too many of them."""
    if len(words.text) > limit:
        raise refusal
    return words


def from_json(value: Any) -> list[Json] | None:
    """The ``entities`` parameter, which travels as JSON text."""
    if value in (None, ""):
        return None
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as wrong:
            raise errors.ENTITIES_JSON() from wrong
    if not isinstance(value, list) or not all(isinstance(entity, dict) for entity in value):
        raise errors.ENTITIES_JSON()
    return value


def _given(text: str, entities: list[Json]) -> list[Json]:
    """The caller's own entities, as far as a caller may mark anything; links are found without help."""
    kept = []
    for entity in entities:
        kind, offset, length = (entity.get(name) for name in ("type", "offset", "length"))
        if type(offset) is not int or type(length) is not int or not isinstance(kind, str):
            raise errors.ENTITIES_JSON()
        if kind not in nesting.RANK:
            continue
        mark: Json = {"type": kind, "offset": offset, "length": length}
        if kind == "text_link":
            url = str(entity.get("url") or "")
            mark["url"] = html.checked_link(url)
            if not mark["url"]:
                raise errors.ENTITY_URL(url=url)
        elif kind == "text_mention":
            user = entity.get("user")
            number = user.get("id") if isinstance(user, dict) else None
            mark["_user"] = number if isinstance(number, int) else 0
        elif kind == "custom_emoji":
            mark["custom_emoji_id"] = html.emoji_id(str(entity.get("custom_emoji_id") or ""))
        elif kind == "pre" and entity.get("language"):
            mark["language"] = str(entity["language"])
        kept.append(mark)
    return nesting.valid(text, kept)


def _few(entities: list[Json]) -> list[Json]:
    """The first hundred; styles are given up before links and code."""
    if len(entities) <= ENTITY_LIMIT:
        return entities
    important = sorted(entities, key=lambda entity: entity["type"] in nesting.STYLES)
    return sorted(important[:ENTITY_LIMIT], key=nesting.order)


def _cleaned(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Drop what Telegram drops and move the marks accordingly."""
    clean = text.translate(CLEANING)
    if len(clean) == len(text):
        return clean, entities

    def moved(position: int) -> int:
        before = text.encode("utf-16-le")[: position * 2].decode("utf-16-le", "ignore")
        return html.utf16(before.translate(CLEANING))

    shifted = []
    for entity in entities:
        start, end = moved(entity["offset"]), moved(entity["offset"] + entity["length"])
        if end > start:
            shifted.append({**entity, "offset": start, "length": end - start})
    return clean, shifted


def _trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Cut blanks off both ends; at the beginning only as far as no mark reaches."""
    text = text.rstrip(" \n")
    size = html.utf16(text)
    first = min((entity["offset"] for entity in entities), default=size)
    blank = len(text) - len(text.lstrip(" \n"))
    cut = min(blank, first)
    kept = []
    for entity in entities:
        length = min(entity["length"], size - entity["offset"])
        if length > 0:
            kept.append({**entity, "offset": entity["offset"] - cut, "length": length})
    return text[cut:], kept


def _with_found(text: str, entities: list[Json]) -> list[Json]:
    """Add links, commands, mentions and hashtags that nobody marked."""
    if not MAYBE_FOUND.search(text):
        return entities
    found = []
    for match in FOUND_ALONE.finditer(text):
        kind, words = match.lastgroup or "", match[0]
        if kind == "url":
            words = words.rstrip(".,:;?!)'\"")
        elif kind == "hashtag" and words[1:].isdecimal():
            continue
        offset = html.utf16(text[: match.start()])
        found.append({"type": kind, "offset": offset, "length": html.utf16(words)})
    return nesting.without_blanks(text, nesting.with_found(entities, found)) if found else entities
