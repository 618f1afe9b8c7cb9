"""Words and their marks, read as Telegram reads them."""

import html as stdlib_html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import entities, html, markdown
from sandbox.errors import ApiError

READ = [
    ("<b>你好</b>", "你好", [("bold", 0, 2)]),
    ("😀<i>😀</i>", "😀😀", [("italic", 2, 2)]),
    ("<u>a</u><ins>b</ins>", "ab", [("underline", 0, 2)]),
    ("<s>a</s><strike>b</strike><del>c</del>", "abc", [("strikethrough", 0, 3)]),
    ("<tg-spoiler>a</tg-spoiler>", "a", [("spoiler", 0, 1)]),
    ('<span class="tg-spoiler">a</span>', "a", [("spoiler", 0, 1)]),
    ("<b>a<i>b</i>c</b>", "abc", [("bold", 0, 1), ("bold", 1, 2), ("italic", 1, 1)]),
    ("<B>a</b>", "a", [("bold", 0, 1)]),
    ("<b>a</>", "a", [("bold", 0, 1)]),
    ("<b></b>x", "x", []),
    ("&lt;&gt;&amp;&quot;&nbsp;&#20013;&#x4E2D;", '<>&"&nbsp;中中', []),
    ("a &amp b", "a & b", []),
    ("<code>/help</code>", "/help", [("code", 0, 5)]),
    ("<blockquote>a</blockquote>", "a", [("blockquote", 0, 1)]),
    ("<blockquote expandable>a</blockquote>", "a", [("expandable_blockquote", 0, 1)]),
    ("  \n <b>a</b> \n", "a", [("bold", 0, 1)]),
    ("<b> a</b>", "a", [("bold", 0, 1)]),
    ("<b>a  </b>", "a", [("bold", 0, 1)]),
    ("看 https://example.com/a?b=1，好", "看 https://example.com/a?b=1，好", [("url", 2, 25)]),
    ("/start@staffhome_bot 你", "/start@staffhome_bot 你", [("bot_command", 0, 20)]),
    ("第1/2页 a/b", "第1/2页 a/b", []),
    ("@limei #健步走", "@limei #健步走", [("mention", 0, 6), ("hashtag", 7, 4)]),
    ("a@example.com", "a@example.com", [("email", 0, 13)]),
    ("a\rb\tc", "ab c", []),
]


@pytest.mark.parametrize(("source", "text", "marks"), READ)
def test_html_is_read_as_telegram_reads_it(source: str, text: str, marks: list[tuple[str, int, int]]) -> None:
    words = entities.read(source, "HTML", None)
    assert words.text == text
    assert [(mark["type"], mark["offset"], mark["length"]) for mark in words.entities] == marks


def test_links_code_blocks_and_mentions_carry_what_they_point_to() -> None:
    words = entities.read(
        '<a href="https://Example.com">a</a><a href="example.com/x">b</a><a href="nonsense">c</a>'
        '<a href="tg://user?id=5">d</a><pre><code class="language-python">e</code></pre>',
        "html",
        None,
    )
    assert words.entities == [
        {"type": "text_link", "offset": 0, "length": 1, "url": "https://example.com/"},
        {"type": "text_link", "offset": 1, "length": 1, "url": "http://example.com/x"},
        {"type": "text_mention", "offset": 3, "length": 1, "_user": 5},
        {"type": "pre", "offset": 4, "length": 1, "language": "python"},
    ]


WRONG = [
    ("中<x>a</x>", 'Unsupported start tag "x" at byte offset 3'),
    ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
    ("<b", "Unclosed start tag at byte offset 0"),
    ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
    ("<b>中</i>", 'Unmatched end tag at byte offset 6, expected "</b>", found "</i>"'),
    ("a</b>", "Unexpected end tag at byte offset 1"),
    ("<b>a</b", "Unclosed end tag at byte offset 4"),
    ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ('<a ="x">a</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
    ('<a href="x', "Unclosed start tag at byte offset 0"),
    ("<a href=", 'Unclosed start tag "a" at byte offset 0'),
    ("<a href=x/>a</a>", "Unexpected end of name token at byte offset 8"),
]


@pytest.mark.parametrize(("source", "why"), WRONG)
def test_bad_html_is_refused_in_telegrams_words(source: str, why: str) -> None:
    with pytest.raises(ApiError) as refused:
        entities.read(source, "HTML", None)
    assert refused.value.description == f"Bad Request: can't parse entities: {why}"


@given(st.text())
def test_any_escaped_text_comes_out_as_it_went_in(text: str) -> None:
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        return
    assert html.parse(stdlib_html.escape(text, quote=False)) == (text, [])


@given(st.text(alphabet="<>/b i&;\"'=a中😀", max_size=40))
def test_any_html_is_either_read_or_refused(source: str) -> None:
    try:
        text, marks = html.parse(source)
    except ApiError:
        return
    size = html.utf16(text)
    assert all(mark["offset"] >= 0 and 0 < mark["length"] <= size - mark["offset"] for mark in marks)


def mark(kind: str, offset: int, length: int, **more: object) -> dict[str, object]:
    return {"type": kind, "offset": offset, "length": length, **more}


def test_given_entities_are_put_in_order_and_what_only_telegram_marks_is_left_to_it() -> None:
    given = [mark("bold", 2, 2), mark("italic", 0, 2), mark("url", 0, 4), mark("bold", 1, 0), mark("brand_new", 0, 1)]
    assert entities.read("😀ab", None, given).entities == [mark("italic", 0, 2), mark("bold", 2, 2)]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (
            mark("bold", 2, 99),
            "entity beginning at UTF-16 offset 2 ends after the end of the text at UTF-16 offset 101",
        ),
        (mark("bold", 9, 1), "entity begins after the end of the text at UTF-16 offset 9"),
        (
            mark("bold", 0, 1),
            "entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 4",
        ),
        (mark("bold", 1, 2), "entity begins in a middle of a UTF-16 symbol at byte offset 4"),
        (mark("bold", -1, 2), "receive an entity with incorrect offset -1"),
        (mark("bold", 0, -2), "receive an entity with incorrect length -2"),
        (mark("text_link", 0, 2, url="nonsense"), "entity URL 'nonsense' is invalid: Wrong HTTP URL"),
    ],
)
def test_given_entities_that_do_not_fit_the_text_are_refused(given: dict[str, object], why: str) -> None:
    with pytest.raises(ApiError) as refused:
        entities.read("😀ab", None, [given])
    assert refused.value.description == f"Bad Request: {why}"


NESTED = [
    ("<i>a<b>b</b></i>", [("italic", 0, 1), ("bold", 1, 1), ("italic", 1, 1)]),
    ("<b>a<b>b</b></b>", [("bold", 0, 2)]),
    ('<a href="a.com">a<a href="b.com">b</a></a>', [("text_link", 0, 2)]),
    ("<code>a<b>b</b></code>", [("code", 0, 2)]),
    ("<b>a<code>b</code>c</b>", [("bold", 0, 1), ("code", 1, 1), ("bold", 2, 1)]),
    ("<b>go to /help now</b>", [("bold", 0, 6), ("bot_command", 6, 5), ("bold", 6, 5), ("bold", 12, 3)]),
    ('<a href="a.com">a<blockquote>b</blockquote></a>', [("blockquote", 1, 1)]),
    ("<blockquote>a<code>b</code></blockquote>", [("blockquote", 0, 2), ("code", 1, 1)]),
    ("a<b> \n </b>b", []),
    ("a<code> </code>b", [("code", 1, 1)]),
    ("a<b> b <i> c</i></b>", [("bold", 2, 2), ("bold", 5, 1), ("italic", 5, 1)]),
]


@pytest.mark.parametrize(("source", "marks"), NESTED)
def test_marks_in_marks_are_joined_cut_and_left_out_as_telegram_does(
    source: str, marks: list[tuple[str, int, int]]
) -> None:
    words = entities.read(source, "HTML", None)
    assert [(mark["type"], mark["offset"], mark["length"]) for mark in words.entities] == marks


MARKDOWN = [
    ("*你好*", "你好", [("bold", 0, 2)]),
    (
        "_a_ __b__ ~c~ ||d|| `e`",
        "a b c d e",
        [("italic", 0, 1), ("underline", 2, 1), ("strikethrough", 4, 1), ("spoiler", 6, 1), ("code", 8, 1)],
    ),
    ("*a _b_ c*", "a b c", [("bold", 0, 2), ("bold", 2, 3), ("italic", 2, 1)]),
    (r"1\. a\_b \\", "1. a_b \\", []),
    ("```python\nx=1```", "x=1", [("pre", 0, 3)]),
    ("`*a*`", "*a*", [("code", 0, 3)]),
    (r"[a](https://example\.com/\))", "a", [("text_link", 0, 1)]),
    ("[a](tg://user?id=5)", "a", [("text_mention", 0, 1)]),
    (">a\n>b\nc", "a\nb\nc", [("blockquote", 0, 4)]),
    (">a\n>b||", "a\nb", [("expandable_blockquote", 0, 3)]),
    ("x\n>a", "x\na", [("blockquote", 2, 1)]),
]


@pytest.mark.parametrize(("source", "text", "marks"), MARKDOWN)
def test_markdown_is_read_as_telegram_reads_it(source: str, text: str, marks: list[tuple[str, int, int]]) -> None:
    words = entities.read(source, "MarkdownV2", None)
    assert words.text == text
    assert [(mark["type"], mark["offset"], mark["length"]) for mark in words.entities] == marks


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("a.", r"Character '.' is reserved and must be escaped with the preceding '\'"),
        ("a|b", r"Character '|' is reserved and must be escaped with the preceding '\'"),
        ("a>b", r"Character '>' is reserved and must be escaped with the preceding '\'"),
        ("中*a", "Can't find end of Bold entity at byte offset 3"),
        ("_a__", "Can't find end of Underline entity at byte offset 2"),
        ("[a](b", "Can't find end of a URL at byte offset 4"),
        ("![a]", "Custom emoji entity must contain a tg://emoji URL"),
    ],
)
def test_bad_markdown_is_refused_in_telegrams_words(source: str, why: str) -> None:
    with pytest.raises(ApiError) as refused:
        entities.read(source, "MarkdownV2", None)
    assert refused.value.description == f"Bad Request: can't parse entities: {why}"


@given(st.text(alphabet="_*[]()~`>|!\\\n.a中😀", max_size=40))
def test_any_markdown_is_either_read_or_refused(source: str) -> None:
    try:
        text, marks = markdown.parse(source)
    except ApiError:
        return
    size = html.utf16(text)
    assert all(mark["offset"] >= 0 and 0 < mark["length"] <= size - mark["offset"] for mark in marks)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs"])))
def test_any_escaped_markdown_comes_out_as_it_went_in(text: str) -> None:
    escaped = "".join(f"\\{letter}" if letter in "_*[]()~`>#+-=|{}.!\\" else letter for letter in text)
    assert markdown.parse(escaped) == (text, [])
