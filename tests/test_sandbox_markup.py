"""HTML and MarkdownV2 with generated text: read as Telegram reads them, and refused at the right byte."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from telegram import Chat, Message, MessageEntity

from sandbox import entities
from sandbox.errors import ApiError
from tests import markup_trees as trees
from tests.markup_trees import Node

KINDS = list(trees.HTML_TAGS)
INLINE = list(trees.MARKDOWN)
MANY = settings(max_examples=300, deadline=None)
WHY = "Bad Request: can't parse entities: "


def refusal(source: str, mode: str) -> str:
    """Why Telegram does not read this; nothing if it does."""
    try:
        entities.read(source, mode, None)
    except ApiError as wrong:
        assert wrong.code == 400  # noqa: PT017 - reading it is as good
        return wrong.description.removeprefix(WHY)
    return ""


def read(source: str, mode: str) -> trees.Seen:
    try:
        words = entities.read(source, mode, None)
    except ApiError as wrong:
        if wrong.description == "Bad Request: text must be non-empty":
            return trees.Seen("")
        raise
    return trees.Seen(words.text, words.entities)


def written(tokens: list[tuple[str, str]]) -> str:
    return "".join(text for _, text in tokens)


@MANY
@given(trees.trees(KINDS))
def test_any_nested_html_shows_what_telegram_shows(parts: tuple[Any, ...]) -> None:
    expected = trees.expected(parts)
    assume(len(expected.marks) <= entities.ENTITY_LIMIT)
    assert read(written(trees.html_tokens(parts)), "HTML") == expected


@MANY
@given(trees.trees(INLINE))
def test_any_nested_markdown_shows_what_telegram_shows(parts: tuple[Any, ...]) -> None:
    parts = writable(parts)
    assert read(trees.markdown(parts), "MarkdownV2") == trees.expected(parts)


def writable(parts: tuple[Any, ...], inside: str = "") -> tuple[Any, ...]:
    """The same without what MarkdownV2 has no way to write: nothing marked, marks in code, bold in bold."""
    out: list[Any] = []
    for part in parts:
        if isinstance(part, str):
            out.append(part)
        elif part.kind == inside:
            out += writable(part.inside, inside)
        elif words := plain(part):
            deeper = (words,) if part.kind in ("code", "pre") else writable(part.inside, part.kind)
            out.append(Node(part.kind, deeper))
    return tuple(out)


def plain(part: Any) -> str:
    return part if isinstance(part, str) else "".join(plain(inner) for inner in part.inside)


LINE = st.text(alphabet=st.sampled_from("ab 中😀.-_>|"), min_size=1, max_size=8)


@MANY
@given(st.lists(st.tuples(st.booleans(), st.lists(LINE, min_size=1, max_size=3)), min_size=1, max_size=4), st.data())
def test_markdown_quotes_reach_to_the_end_of_their_last_line(
    blocks: list[tuple[bool, list[str]]], data: st.DataObject
) -> None:
    source, parts = [], []
    for place, (quoted, lines) in enumerate(blocks):
        feed = "\n" if place < len(blocks) - 1 else ""
        shown = [trees.markdown((line,)) for line in lines]
        if quoted:
            folded = data.draw(st.booleans())
            # Two quotes in a row are one, unless something stands between them.
            between = "**" if place and blocks[place - 1][0] else ""
            source.append(between + "\n".join(f">{line}" for line in shown) + ("||" if folded else "") + feed)
            kind = "expandable_blockquote" if folded else "blockquote"
            parts.append(Node(kind, ("\n".join(lines) + feed,)))
        else:
            source.append("\n".join(shown) + feed)
            parts.append("\n".join(lines) + feed)
    text = "".join(source)
    if "\n**>" in text:  # the line before belongs to the quote before, and ends it
        assert text.count("**") == sum(a[0] and b[0] for a, b in pairwise(blocks))
    assert read(text, "MarkdownV2") == trees.expected(tuple(parts))


# Broken


def stack_says(tokens: list[tuple[str, str]]) -> str:
    """What a reader that only counts tags complains of."""
    byte, waiting = 0, []
    for sort, text in tokens:
        verb, _, name = sort.partition(" ")
        if sort == "strange":
            return f'Unsupported start tag "{name_of(text)}" at byte offset {byte}'
        if verb == "cut":
            return f"Unclosed {name} tag at byte offset {byte}"
        if verb == "open":
            waiting.append(name)
        elif verb == "close":
            if not waiting:
                return f"Unexpected end tag at byte offset {byte}"
            wanted = waiting.pop()
            if wanted != name:
                return f'Unmatched end tag at byte offset {byte}, expected "</{wanted}>", found "</{name}>"'
        byte += len(text.encode())
    return f'Can\'t find end tag corresponding to start tag "{waiting[-1]}"' if waiting else ""


def name_of(tag: str) -> str:
    return tag.strip("<>").split()[0].lower()


@MANY
@given(trees.trees(KINDS), st.data())
def test_broken_html_is_refused_at_the_right_byte(parts: tuple[Any, ...], data: st.DataObject) -> None:
    tokens = trees.html_tokens(parts)
    at = data.draw(st.integers(0, len(tokens)))
    how = data.draw(st.sampled_from(["strange", "end", "delete", "cut start", "cut end", "swap"]))
    if how == "strange":
        tag = data.draw(st.sampled_from(["<x>", "<Div class='a'>", "<中>", "<br/>", "<1>", "<h1 >"]))
        tokens.insert(at, ("strange", tag))
    elif how == "end":
        name = data.draw(st.sampled_from(["b", "i", "zz", "blockquote"]))
        tokens.insert(at, (f"close {name}", f"</{name}>"))
    elif how.startswith("cut"):
        tokens = [*tokens[:at], (how, "<b" if how == "cut start" else "</b")]
        assume(
            how == "cut start"
            or sum(sort[:4] == "open" for sort, _ in tokens) > sum(sort[:5] == "close" for sort, _ in tokens)
        )
    else:
        tags = [place for place, (sort, _) in enumerate(tokens) if sort != "text"]
        assume(len(tags) >= 2)
        one = data.draw(st.sampled_from(tags))
        if how == "delete":
            del tokens[one]
        else:
            two = data.draw(st.sampled_from(tags))
            tokens[one], tokens[two] = tokens[two], tokens[one]
    known = stack_says(tokens)
    found = refusal(written(tokens), "HTML")
    assert found == known or (not known and found == "Bad Request: text must be non-empty")


@MANY
@given(trees.trees(INLINE), st.sampled_from("()>#+-=|{}.!]"), st.text("a中😀 ", max_size=3))
def test_a_reserved_sign_in_markdown_is_named(parts: tuple[Any, ...], sign: str, tail: str) -> None:
    source = trees.markdown(writable(parts)) + "a" + sign + tail
    assert (
        refusal(source, "MarkdownV2") == f"Character '{sign}' is reserved and must be escaped with the preceding '\\'"
    )


CALLED = {
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
    "code": "Code",
    "pre": "Pre",
    "text_link": "TextUrl",
    "text_mention": "TextUrl",
    "custom_emoji": "CustomEmoji",
}


@MANY
@given(trees.trees(INLINE), st.sampled_from(INLINE), st.text("a中😀 ", max_size=3))
def test_a_mark_without_an_end_in_markdown_is_found_where_it_begins(
    parts: tuple[Any, ...], kind: str, tail: str
) -> None:
    head = trees.markdown(writable(parts)) + "a"
    source = head + trees.MARKDOWN[kind][0] + tail
    wanted = f"Can't find end of {CALLED[kind]} entity at byte offset {len(head.encode())}"
    assert refusal(source, "MarkdownV2") == wanted


@MANY
@given(trees.trees(INLINE), st.sampled_from(["[a](b", "![a](tg://emoji?id=1"]), st.text("a中😀\\", max_size=3))
def test_an_address_without_an_end_in_markdown_is_found_where_it_begins(
    parts: tuple[Any, ...], link: str, tail: str
) -> None:
    head = trees.markdown(writable(parts)) + "a"
    called = "a URL" if link.startswith("[") else "a custom emoji URL"
    byte = len(head.encode()) + link.index("(") + 1
    assert refusal(head + link + tail, "MarkdownV2") == f"Can't find end of {called} at byte offset {byte}"


PIECES = [
    *"<>/&;#x'\"= \n\t\r\0*_~`|[]()!>\\中😀a1",
    *(
        "<b>",
        "</b>",
        "<pre>",
        "<code class=",
        "language-",
        "<a href=",
        "tg://user?id=",
        "&#xD83D;",
        "&#38",
        "<tg-emoji",
    ),
    *(
        "<blockquote",
        " expandable",
        "<span class=tg-spoiler>",
        "```",
        "||",
        "__",
        "**",
        "![",
        "](tg://emoji?id=",
        "\n>",
    ),
    *("https://a.com/", "@limei", "/help", "#中", "a@b.cn", "\u202e", "\u0333", "\ud83d", "\udfff", "\U0010ffff"),
]


@settings(max_examples=1000, deadline=None)
@given(
    st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=30).map("".join)),
    st.sampled_from(["HTML", "MarkdownV2", None]),
)
def test_any_text_at_all_is_read_or_refused(source: str, mode: str | None) -> None:
    try:
        words = entities.read(source, mode, None)
    except ApiError as wrong:
        assert wrong.code == 400  # noqa: PT017 - reading it is as good
        return
    words.text.encode()
    size = len(words.text.encode("utf-16-le")) // 2
    assert words.text == words.text.strip(" \n") or words.entities
    edges = [0]
    for letter in words.text:
        edges.append(edges[-1] + len(letter.encode("utf-16-le")) // 2)
    for mark in words.entities:
        assert 0 <= mark["offset"] < mark["offset"] + mark["length"] <= size
        assert {mark["offset"], mark["offset"] + mark["length"]} <= set(edges)
    assert [mark["offset"] for mark in words.entities] == sorted(mark["offset"] for mark in words.entities)


@MANY
@given(
    st.text(alphabet=st.sampled_from("ab 中😀\n"), min_size=1, max_size=20),
    st.lists(
        st.fixed_dictionaries(
            {
                "type": st.sampled_from([*KINDS, "url", "brand_new"]),
                "offset": st.integers(-1, 25),
                "length": st.integers(-1, 25),
                "url": st.sampled_from(["https://a.com", "nonsense", 5, None]),
                "user": st.sampled_from([{"id": 5}, {"id": "x"}, {}, None, 3]),
                "custom_emoji_id": st.sampled_from(["5", "x", None]),
            }
        ),
        max_size=6,
    ),
)
def test_any_given_marks_are_taken_or_refused_and_stand_as_they_are_the_second_time(
    text: str, given: list[dict[str, Any]]
) -> None:
    try:
        words = entities.read(text, None, given)
    except ApiError as wrong:
        assert wrong.code == 400  # noqa: PT017 - reading it is as good
        return
    again = [{**mark, "user": {"id": mark.get("_user")}} for mark in words.entities]
    assert entities.read(words.text, None, again).entities == words.entities


# There and back


def written_by_the_library(seen: trees.Seen, mode: str) -> str:
    message = Message(
        1,
        datetime.now(UTC),
        Chat(5, "private"),
        text=seen.text,
        entities=[MessageEntity.de_json(mark, None) for mark in seen.marks],
    )
    return message.text_html if mode == "HTML" else message.text_markdown_v2


@MANY
@given(trees.trees([kind for kind in KINDS if kind != "text_mention"]))
def test_what_the_library_writes_as_html_for_a_message_reads_as_the_same_message(parts: tuple[Any, ...]) -> None:
    seen = trees.expected(parts)
    assume(seen.text)
    assert read(written_by_the_library(seen, "HTML"), "HTML") == seen


@MANY
@given(trees.trees([kind for kind in INLINE if kind not in ("text_mention", "pre")]))
def test_what_the_library_writes_as_markdown_for_a_message_reads_as_the_same_message(parts: tuple[Any, ...]) -> None:
    seen = trees.expected(parts)
    # The library's own limits: the first word of a block reads as its language, and underscores may meet.
    edges = [
        edge
        for mark in seen.marks
        if mark["type"] in ("italic", "underline")
        for edge in (mark["offset"], mark["offset"] + mark["length"])
    ]
    assume(seen.text and len(set(edges)) == len(edges))
    assert read(written_by_the_library(seen, "MarkdownV2"), "MarkdownV2") == seen


@pytest.mark.parametrize("mode", ["HTML", "MarkdownV2"])
def test_deep_nesting_breaks_nothing(mode: str) -> None:
    deep = "<b><i>" * 2000 + "a" + "</i></b>" * 2000 if mode == "HTML" else "*_" * 2000 + "a" + "_*" * 2000
    shown = [(mark["type"], mark["length"]) for mark in entities.read(deep, mode, None).entities]
    assert shown == [("bold", 1), ("italic", 1)]
