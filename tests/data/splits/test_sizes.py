"""How many rows a split takes: a share rounded up, exact in decimal digits, or a count."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.data.splits.sizes import split_size, training_size, used_size
from nnrun.experiment.split_section import SplitRule

SHARES = st.integers(0, 999).map(lambda thousandths: thousandths / 1000)


@pytest.mark.parametrize(
    ("rows", "share", "apart"),
    [(10, 0.1, 1), (10, 0.9, 9), (7, 0.1, 1), (3, 0.01, 1), (10, 0.0, 0), (10**7, 0.3, 3 * 10**6), (10, 4, 4)],
)
def test_a_share_is_rounded_up_and_exact_where_floats_are_not(rows: int, share: float, apart: int) -> None:
    assert split_size(rows, share) == apart


@given(st.integers(1, 10**7), SHARES)
def test_a_share_below_one_is_at_most_the_rows_and_at_least_its_part(rows: int, share: float) -> None:
    assert share * rows - 1e-6 <= split_size(rows, share) <= rows


@given(st.integers(1, 10**5), SHARES)
def test_the_last_rows_are_as_many_as_fit_takes(rows: int, share: float) -> None:
    """Keras: `split_at = int(math.floor(batch_dim * (1.0 - validation_split)))`."""
    assert rows - split_size(rows, share, SplitRule("last")) == math.floor(rows * (1.0 - share))


def test_a_use_up_to_one_is_a_share_and_above_it_a_count() -> None:
    assert [used_size(50, use) for use in (0.1, 1, 1.0, 2, 50, 80, 0.001)] == [5, 50, 50, 2, 50, 50, 1]
    assert training_size(100, {"validation_split": 0.2, "test_split": 10, "use": 0.5}) == 35
