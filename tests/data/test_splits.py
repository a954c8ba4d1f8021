"""The shares set apart, held against the rows that there are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.data.columns import Column, Columns
from nnrun.data.splits import find_split_problems, rows_apart
from nnrun.experiment.text.yaml_text import parse_document

SHARES = st.integers(0, 999).map(lambda thousandths: thousandths / 1000)


def told(settings: str, samples: int | None = None, own_test: bool = False) -> list[tuple[str, str | None, int]]:
    document = parse_document(f"data: {{generator: {{mnist: {{samples: 9}}}}, {settings}}}\n", "x.yaml")
    problems = find_split_problems(document, Columns((Column("x"),), samples=samples, own_test=own_test))
    return [(p.message, p.hint, p.place.column if p.place else 0) for p in problems]


@pytest.mark.parametrize(
    ("rows", "share", "apart"),
    [(10, 0.1, 1), (10, 0.9, 9), (7, 0.1, 1), (3, 0.01, 1), (10, 0.0, 0), (10**7, 0.3, 3 * 10**6)],
)
def test_a_share_is_rounded_up_and_exact_where_floats_are_not(rows: int, share: float, apart: int) -> None:
    assert rows_apart(rows, share) == apart


@given(st.integers(1, 10**7), SHARES)
def test_a_share_below_one_is_at_most_the_rows_and_at_least_its_part(rows: int, share: float) -> None:
    assert share * rows - 1e-6 <= rows_apart(rows, share) <= rows


def test_splits_that_leave_a_row_are_no_problem() -> None:
    assert told("validation_split: 0.5, test_split: 0.4", samples=10) == []
    assert told("validation_split: 0.5, test_split: 0.4") == []
    assert told("validation_split: 0.9", samples=10, own_test=True) == []
    assert told("test_split: 0, validation_split: 0", samples=1, own_test=True) == []


def test_a_set_with_a_test_part_of_its_own_has_no_test_split() -> None:
    message = "The data generator mnist has a test set of its own. Received: test_split: 0.25"
    assert told("test_split: 0.25", samples=9, own_test=True) == [(message, "Leave test_split out.", 54)]


def test_the_generator_may_be_a_name() -> None:
    document = parse_document("data: {generator: fashion_mnist, test_split: 0.25}\n", "x.yaml")
    (problem,) = find_split_problems(document, Columns((), own_test=True))
    assert problem.message.startswith("The data generator fashion_mnist has")


def test_splits_that_leave_no_row_point_at_the_test_split_if_there_is_one() -> None:
    words = "The splits leave no row for training: of {} rows, {} go to validation and {} to the test."
    assert told("test_split: 0.5, validation_split: 0.5", samples=10) == [(words.format(10, 5, 5), None, 54)]
    assert told("validation_split: 0.9", samples=1) == [(words.format(1, 1, 0), None, 60)]
    assert told("test_split: 0.01", samples=1) == [(words.format(1, 0, 1), None, 54)]


@given(SHARES, SHARES)
def test_shares_of_one_in_all_leave_no_row_of_any_number(validation: float, test: float) -> None:
    settings = f"validation_split: {validation}, test_split: {test}"
    apart = [rows_apart(1000, share) for share in (validation, test)]
    assert bool(told(settings)) == bool(told(settings, samples=1000)) == (sum(apart) >= 1000)
