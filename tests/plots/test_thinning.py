"""Fewer points, but never without a spike."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nnrun.plots.thinning import thin_line, thin_rows

series = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=300)


@given(series, st.integers(4, 60))
def test_ends_and_extremes_of_a_line_survive(values: list[float], limit: int) -> None:
    x, y = thin_line(np.arange(len(values)), np.array(values), limit)
    assert len(y) <= limit
    assert (y.min(), y.max()) == (min(values), max(values))
    assert (y[0], y[-1]) == (values[0], values[-1])
    assert (x[0], x[-1]) == (0, len(values) - 1)


@given(series, st.integers(4, 60))
def test_what_stays_are_points_of_the_line_in_their_order(values: list[float], limit: int) -> None:
    x, y = thin_line(np.arange(len(values)), np.array(values), limit)
    assert (np.diff(x) > 0).all()
    assert y.tolist() == [values[place] for place in x]


def test_a_single_spike_in_a_long_line_survives() -> None:
    values = np.zeros(100_000)
    values[54_321] = 1.0
    x, y = thin_line(np.arange(100_000), values)
    assert len(y) <= 2000
    assert x[y.argmax()] == 54_321


def test_a_short_line_keeps_every_point() -> None:
    x, _ = thin_line(np.arange(2000), np.random.default_rng(0).random(2000))
    assert len(x) == 2000


def test_points_that_are_not_finite_are_left_out() -> None:
    x, y = thin_line(np.arange(4), np.array([1.0, np.inf, np.nan, 2.0]))
    assert x.tolist() == [0, 3]
    assert y.tolist() == [1.0, 2.0]


@given(st.integers(0, 500), st.integers(2, 100))
def test_rows_are_thinned_evenly_from_the_first_to_the_last(count: int, limit: int) -> None:
    rows = thin_rows(count, limit)
    assert len(rows) == min(count, limit)
    assert rows.tolist() == sorted(set(rows.tolist()))
    if count:
        assert (rows[0], rows[-1]) == (0, count - 1)
        assert np.diff(rows).max(initial=0) - np.diff(rows).min(initial=count) <= 1
