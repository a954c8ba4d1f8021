"""Rows that are equal are counted, within the data and between the parts."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from tables_by_hand import number, table, text

from nnrun.data.profile.raw_table import RawColumn
from nnrun.data.profile.repeated_rows import count_repeated, count_shared, row_keys

ROWS = st.lists(st.tuples(st.sampled_from([0.0, 1.0, 2.5]), st.sampled_from(["a", "b"])), min_size=1, max_size=30)


@given(ROWS)
def test_a_row_is_repeated_where_an_earlier_one_has_the_same_cells(rows: list[tuple[float, str]]) -> None:
    keys = row_keys(table(number("x", [x for x, _ in rows]), text("y", [y for _, y in rows], "target")))
    assert count_repeated(keys) == sum(count - 1 for count in Counter(rows).values())


@given(ROWS, ROWS)
def test_a_row_is_shared_where_the_other_part_has_it(
    one: list[tuple[float, str]], other: list[tuple[float, str]]
) -> None:
    codes = ("a", "b")
    keys = [
        row_keys(table(number("x", [x for x, _ in r]), number("y", [codes.index(y) for _, y in r])))
        for r in (one, other)
    ]
    assert count_shared(*keys) == sum(row in other for row in one)


def test_zeros_of_both_signs_are_equal_and_so_are_missing_cells() -> None:
    keys = row_keys(table(number("x", [0.0, -0.0, None, None])))
    assert count_repeated(keys) == 2


def test_the_weight_of_a_row_does_not_count() -> None:
    weights = RawColumn("w", "weight", "number", number("w", [1, 2]).values)
    assert count_repeated(row_keys(table(number("x", [3, 3]), weights))) == 1
