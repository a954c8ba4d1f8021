"""Colours and text that is fit to be drawn."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.plots.style import THEMES, Theme, blend, label_of, one_line


def lightness(color: str) -> float:
    """The relative luminance of WCAG 2, in [0, 1]."""
    parts = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((lightness(one), lightness(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_every_class_has_a_colour_of_its_own(theme: Theme) -> None:
    assert len({theme.color_of(number) for number in range(100)}) == 100


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_words_are_read_on_every_page(theme: Theme) -> None:
    assert contrast(theme.ink, theme.paper) >= 7
    assert contrast(theme.faint_ink, theme.paper) >= 4.5
    assert contrast(theme.warning, theme.paper) >= 4.5
    assert contrast(theme.training, theme.paper) >= 3
    assert contrast(theme.validation, theme.paper) >= 3


def test_a_blend_lies_between_its_two_colours() -> None:
    assert blend("#000000", "#ffffff", 0.0) == "#000000"
    assert blend("#000000", "#ff8000", 0.5) == "#804000"
    assert blend("#000000", "#ffffff", 1.0) == "#ffffff"


def test_a_class_that_is_a_number_is_called_a_class() -> None:
    assert label_of("3", "class") == "class 3"
    assert label_of("setosa", "class") == "setosa"


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
