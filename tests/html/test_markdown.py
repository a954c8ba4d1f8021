"""Markdown in which nothing of a text is taken for markup, read back with a parser of GitHub's flavour."""

from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from nnrun.errors import printable
from nnrun.html.markdown import code, code_block, escaped, picture, table

TEXTS = st.text(max_size=60) | st.text("#`*_-+=1.)|\\[]()<>~&$!@: ab\n\t", max_size=20)


def parsed(markdown: str):
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)


def as_read(text: str) -> str:
    return " ".join(printable(" ".join(text.split())).split())


def inline_texts(tokens) -> list[str]:
    """The texts and codes of each inline element, comments left out."""
    return [
        "".join(child.content for child in token.children if child.type != "html_inline")
        for token in tokens
        if token.type == "inline"
    ]


@given(TEXTS)
def test_an_escaped_text_is_a_paragraph_with_this_text(text):
    if not text.split():
        return
    tokens = parsed(escaped(text))
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children
    assert {child.type for child in children} <= {"text", "text_special", "html_inline"}
    assert all(child.content == "<!-- -->" for child in children if child.type == "html_inline")
    assert as_read("".join(child.content for child in children if child.type != "html_inline")) == as_read(text)


@given(TEXTS)
def test_code_holds_its_text(text):
    if not text.split():
        assert code(text) == ""
        return
    (token,) = parsed(code(text))[1].children
    assert (token.type, as_read(token.content)) == ("code_inline", as_read(text))


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4))
def test_a_table_has_the_cells_that_it_was_given(rows):
    found = inline_texts(parsed("\n".join(table(("a", "b"), rows, codes=1))))
    assert list(map(as_read, found)) == ["a", "b", *(as_read(cell) for row in rows for cell in row)]


@given(st.text())
def test_a_block_of_code_holds_its_lines(text):
    lines = [printable(line) for line in text.splitlines()]
    (token,) = parsed("\n".join(code_block(text, "yaml")))
    assert (token.type, token.info) == ("fence", "yaml")
    assert token.content.split("\n")[:-1] == [line.replace("\0", "�") for line in lines]


@pytest.mark.parametrize("text", ["@someone", "#123", "https://example.org", "www.example.org"])
def test_no_text_becomes_a_link_or_a_mention_on_github(text):
    assert "<!-- -->" in escaped(text)


def test_long_cells_are_cut():
    assert "W" * 119 + "…" in table(("a",), [("W" * 500,)])[2]


def test_the_address_of_a_picture_is_one_address():
    (token,) = parsed(picture("a [b]", "plots/a (1).png"))[1].children
    assert (token.type, token.attrs["src"]) == ("image", "plots/a%20%281%29.png")
    assert unescape(token.content) == "a [b]" or token.content == r"a \[b\]"
