"""Splits that leave no row for training are refused; the others lose no row and double none."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nnrun.data.dataset import Part
from nnrun.data.splits import find_split_problems, split_rows, split_size
from nnrun.errors import ExperimentError
from nnrun.experiment.columns import Column, Columns
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
    assert split_size(rows, share) == apart


@given(st.integers(1, 10**7), SHARES)
def test_a_share_below_one_is_at_most_the_rows_and_at_least_its_part(rows: int, share: float) -> None:
    assert share * rows - 1e-6 <= split_size(rows, share) <= rows


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
    words = "The splits leave no row for training: of {} rows, {} are for validation and {} for the test."
    smaller = "For example: validation_split: 0.2, test_split: 0.2"
    assert told("test_split: 0.5, validation_split: 0.5", samples=10) == [(words.format(10, 5, 5), smaller, 54)]
    assert told("validation_split: 0.9", samples=1) == [(words.format(1, 1, 0), "Leave the split out.", 60)]
    assert told("test_split: 0.01", samples=1) == [(words.format(1, 0, 1), "Leave the split out.", 54)]


@given(SHARES, SHARES)
def test_shares_of_one_in_all_leave_no_row_of_any_number(validation: float, test: float) -> None:
    settings = f"validation_split: {validation}, test_split: {test}"
    apart = [split_size(1000, share) for share in (validation, test)]
    assert bool(told(settings)) == bool(told(settings, samples=1000)) == (sum(apart) >= 1000)


SHARES = st.integers(0, 99).map(lambda percent: percent / 100)


def numbered(rows: int) -> Part:
    numbers = np.arange(rows).reshape(-1, 1)
    return Part({"x": numbers}, {"y": -numbers})


def split(rows: int, validation: float, test: float, seed: int = 0) -> list[list[int]]:
    """The row numbers of the three parts."""
    parts = split_rows(numbered(rows), validation, test, np.random.default_rng(seed))
    return [part.inputs["x"][:, 0].tolist() if part else [] for part in parts]


def test_a_tenth_of_ten_thousand_is_a_thousand() -> None:
    assert [len(part) for part in split(10_000, 0.1, 0)] == [9000, 1000, 0]
    assert [len(part) for part in split(10_000, 0.1, 0.2)] == [7000, 1000, 2000]


@given(st.integers(1, 300), SHARES, SHARES, st.integers(0, 5))
def test_the_parts_hold_every_row_once(rows: int, validation: float, test: float, seed: int) -> None:
    try:
        parts = split(rows, validation, test, seed)
    except ExperimentError:
        assume(False)
    assert sorted(itertools.chain(*parts)) == list(range(rows))
    assert [bool(part) for part in parts] == [True, validation > 0, test > 0]


@given(st.integers(4, 2000), st.sampled_from([0.125, 0.25, 0.5, 0.75]))
def test_the_training_part_has_as_many_rows_as_in_keras(rows: int, share: float) -> None:
    assert len(split(rows, share, 0)[0]) == math.floor(rows * (1 - share))


def test_decimal_shares_are_exact() -> None:
    assert len(split(10, 0.9, 0)[0]) == 1


def test_inputs_and_targets_stay_together() -> None:
    for part in split_rows(numbered(20), 0.2, 0.2, np.random.default_rng(0)):
        assert part is not None
        assert np.array_equal(part.inputs["x"], -part.targets["y"])


def test_sorted_rows_are_shuffled_before_they_are_split() -> None:
    training, validation, _ = split(1000, 0.2, 0)
    assert 300 < np.mean(validation) < 700
    assert training != sorted(training)


def test_rows_without_a_split_keep_their_order() -> None:
    assert split(9, 0, 0)[0] == list(range(9))


def test_the_validation_share_does_not_change_the_test_part() -> None:
    assert split(50, 0, 0.2)[2] == split(50, 0.5, 0.2)[2]


@pytest.mark.parametrize(("rows", "validation", "test"), [(1, 0.1, 0), (10, 0.5, 0.5), (2, 0.1, 0.1)])
def test_a_split_leaves_a_row_for_training(rows: int, validation: float, test: float) -> None:
    with pytest.raises(ExperimentError, match=f"no row for training: of {rows} rows"):
        split(rows, validation, test)
