"""Axes: everything has room, and the ticks are round, few and told apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.plots.scales import Scale, linear_scale, positive_scale, tick_labels
from nnrun.plots.style import Array

numbers = st.lists(st.floats(allow_subnormal=True), max_size=20).map(np.array)
positive = st.lists(st.floats(1e-30, 1e30), min_size=1, max_size=20).map(np.array)


@given(numbers)
def test_every_finite_number_has_room(values: Array) -> None:
    for scale in (linear_scale(values), positive_scale(values)):
        places = scale.fraction(values[np.isfinite(values)])
        assert scale.low < scale.high
        assert (places >= -1e-9).all()
        assert (places <= 1 + 1e-9).all()


@given(numbers)
def test_ticks_are_few_ascending_and_on_the_axis(values: Array) -> None:
    for scale in (linear_scale(values), positive_scale(values), linear_scale(values, whole=True)):
        ticks = scale.ticks()
        assert len(ticks) <= 9
        assert ticks == sorted(ticks)
        assert all(-1e-9 <= place <= 1 + 1e-9 for place in scale.fraction(np.array(ticks)))


@given(positive)
def test_a_wide_range_of_positive_numbers_is_logarithmic(values: Array) -> None:
    assert positive_scale(values).logarithmic == bool(values.max() > 50 * values.min())


def test_zeros_do_not_hinder_a_logarithmic_scale_but_negative_numbers_do() -> None:
    assert positive_scale(np.array([0.0, 0.001, 1.0])).logarithmic
    assert not positive_scale(np.array([-1.0, 0.001, 1.0])).logarithmic


@given(st.integers(1, 200_000))
def test_epochs_get_whole_ticks(epochs: int) -> None:
    ticks = linear_scale(np.array([1, epochs]), margin=0.0, whole=True).ticks()
    assert ticks
    assert all(tick == int(tick) and 1 <= tick <= epochs for tick in ticks)


@pytest.mark.parametrize(
    ("ticks", "labels"),
    [
        ([0.0, 0.1, 0.2, 0.1 * 3], ["0", "0.1", "0.2", "0.3"]),
        ([1e-5, 1e-4, 0.001, 1.0], ["1e-5", "0.0001", "0.001", "1"]),
        ([0.0, 5e8, 1e9], ["0", "5e8", "1e9"]),
        ([0.99999991, 0.99999992], ["0.99999991", "0.99999992"]),
        ([1.0], ["1"]),
        ([0.1 * 3], ["0.3"]),
        ([], []),
    ],
)
def test_labels_are_short_but_tell_neighbours_apart(ticks: list[float], labels: list[str]) -> None:
    assert tick_labels(ticks) == labels


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_neighbouring_ticks_never_share_a_label(low: float, width: float) -> None:
    labels = tick_labels(Scale(low, low + width).ticks())
    assert len(set(labels)) == len(labels)
