"""Splits set rows apart, lose none, and double none."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nnrun.data.dataset import Part
from nnrun.data.splitting import split_rows
from nnrun.errors import ExperimentError

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
