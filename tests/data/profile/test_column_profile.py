"""The profile of a column says what it holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables_by_hand import number, text

from nnrun.data.profile.column_profile import MOST_VALUES, profile_column
from nnrun.data.profile.raw_table import RawColumn

NUMBERS = st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6, width=32)), min_size=1, max_size=50)


def test_numbers_have_a_range_a_mean_and_a_standard_deviation() -> None:
    profile = profile_column(number("area", [1, 2, 2, 5, None]))
    assert (profile.missing, profile.distinct) == (1, 3)
    assert (profile.minimum, profile.maximum, profile.mean) == (1.0, 5.0, 2.5)
    assert profile.deviation == pytest.approx(1.5)


@given(NUMBERS)
def test_missing_cells_change_no_number(values: list[float | None]) -> None:
    known = [value for value in values if value is not None]
    with_gaps, without = profile_column(number("x", values)), profile_column(number("x", known))
    assert with_gaps.missing == len(values) - len(known)
    assert (with_gaps.distinct, with_gaps.minimum, with_gaps.mean) == (without.distinct, without.minimum, without.mean)


def test_huge_numbers_have_no_finite_standard_deviation() -> None:
    column = RawColumn("x", "input", "number", np.array([[1e300], [-1e300], [0.0]]))
    assert profile_column(column).deviation == np.inf


def test_a_column_without_any_value_has_no_range() -> None:
    profile = profile_column(number("x", [None, None]))
    assert (profile.missing, profile.distinct, profile.minimum, profile.mean) == (2, 0, None, None)


def test_texts_are_named_the_most_frequent_first() -> None:
    profile = profile_column(text("city", ["Rome", "Oslo", "Rome", None]))
    assert profile.frequent == (("Rome", 2), ("Oslo", 1))
    assert (profile.kind, profile.missing, profile.distinct, profile.mean) == ("text", 1, 2, None)


def test_of_many_texts_the_most_frequent_are_named() -> None:
    profile = profile_column(text("city", [f"c{i:03}" for i in range(100)] + ["c099"]))
    assert (profile.distinct, len(profile.frequent), profile.frequent[0]) == (100, MOST_VALUES, ("c099", 2))


def test_classes_that_are_numbers_are_named_by_them() -> None:
    labels = RawColumn("y", "target", "class", np.array([[0.0], [1.0], [1.0]], np.float32))
    assert profile_column(labels).frequent == (("1", 2), ("0", 1))


def test_images_have_a_range_over_all_their_numbers() -> None:
    pixels = RawColumn("pixels", "input", "image", np.arange(8, dtype=np.float32).reshape(2, 4), image=(2, 2))
    profile = profile_column(pixels)
    assert (profile.shape, profile.distinct, profile.minimum, profile.maximum) == ((4,), None, 0.0, 7.0)
