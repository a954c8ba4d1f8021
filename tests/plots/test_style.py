"""Colours and text that is fit to be drawn."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from nnrun.plots.style import color_of, one_line


def test_every_class_has_a_colour_of_its_own() -> None:
    assert len({color_of(number) for number in range(100)}) == 100


@given(st.text(), st.integers(1, 50))
def test_text_becomes_one_line_of_visible_characters(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert not any(unicodedata.category(character).startswith("C") for character in line)
    assert "\n" not in line


def test_plain_text_stays_as_it_is() -> None:
    assert one_line("xor: 500 epochs, $$") == "xor: 500 epochs, $$"


def test_long_text_ends_in_dots() -> None:
    assert one_line("abcdefgh", 5) == "abcd…"
