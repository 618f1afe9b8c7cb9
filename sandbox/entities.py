"""Words and their marks: what a text looks like after Telegram has read it.

Everything a person or the bot writes passes through here: it is cleaned and trimmed as Telegram does, its marks are
read (HTML, or a list of entities), and links, commands, mentions and hashtags are found. Offsets and lengths count
UTF-16 units; limits count characters.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from sandbox import errors, html, markdown
from sandbox.chats import Json
from sandbox.errors import ApiError

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
RAW_LIMIT = 32768  # bytes
ENTITY_LIMIT = 100

# Telegram turns control characters into blanks and drops \r and what turns the direction of writing.
CLEANING = dict.fromkeys((*range(9), 9, 11, 12, *range(14, 32)), " ") | dict.fromkeys((13, *range(8232, 8239)))
DIRTY = re.compile("[\x00-\x09\x0b-\x1f\u2028-\u202e]")

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
NOT_INSIDE = frozenset(("code", "pre", "text_link", "text_mention"))


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
    if DIRTY.search(text):
        text, entities = _cleaned(text, entities)
    text, entities = _trimmed(text, entities)
    if source and not text:
        raise errors.TEXT_BLANK()
    return Words(text, _with_found(text, entities)[:ENTITY_LIMIT])


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
    """The caller's own entities, those outside of the text cut off."""
    size, kept = html.utf16(text), []
    for entity in entities:
        offset, length = entity.get("offset"), entity.get("length")
        if not isinstance(offset, int) or not isinstance(length, int) or not isinstance(entity.get("type"), str):
            raise errors.ENTITIES_JSON()
        length = min(length, size - offset)
        if offset < 0 or length <= 0:
            continue
        mark = {**entity, "length": length}
        if mark["type"] == "text_mention":
            mark["_user"] = int((mark.pop("user", None) or {}).get("id", 0))
        kept.append(mark)
    return sorted(kept, key=lambda entity: (entity["offset"], -entity["length"]))


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
    for entity in entities:
        entity.pop("_language", None)
    if not MAYBE_FOUND.search(text):
        return entities
    closed = [(e["offset"], e["offset"] + e["length"]) for e in entities if e["type"] in NOT_INSIDE]
    found = []
    for match in FOUND_ALONE.finditer(text):
        kind, words = match.lastgroup or "", match[0]
        if kind == "url":
            words = words.rstrip(".,:;?!)'\"")
        elif kind == "hashtag" and words[1:].isdecimal():
            continue
        offset = html.utf16(text[: match.start()])
        length = html.utf16(words)
        if not any(offset < end and start < offset + length for start, end in closed):
            found.append({"type": kind, "offset": offset, "length": length})
    if not found:
        return entities
    return sorted(entities + found, key=lambda entity: (entity["offset"], -entity["length"]))
