"""Scales: the rule of when one is logarithmic, where numbers lie, and the round numbers on them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnrun.plots.log_rule import may_span_decades
from nnrun.plots.scale import Scale, chosen_by_decades, is_logarithmic, quantiles, roomy_scale, scale_of

numbers = st.lists(st.floats(-1e6, 1e6) | st.just(np.inf), min_size=1, max_size=9)


@given(numbers, st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]))
def test_a_quantile_is_that_of_numpy_and_infinite_beside_an_infinite_number(values, share):
    found = quantiles(np.array(values), (share,))[0]
    finite = np.nan_to_num(np.array(values), posinf=1e300)
    expected = np.quantile(finite, share)
    assert np.isinf(found) if expected > 1e100 else found == pytest.approx(expected)


@given(numbers)
def test_every_number_has_its_place_on_a_scale(values):
    shares = scale_of(np.array(values)).share(np.array(values))
    assert (np.isnan(shares) == np.isinf(values)).all()
    assert ((shares[np.isfinite(values)] >= 0) & (shares[np.isfinite(values)] <= 1)).all()


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=5), st.booleans(), st.booleans())
def test_every_number_has_room_in_its_order_and_ticks_are_few(values, decades, zeros):
    scale = roomy_scale(np.array(values), decades=decades, zeros=zeros)
    shares = scale.share(np.sort(values))
    assert ((shares >= 0) & (shares <= 1)).all()
    assert (np.diff(shares) >= 0).all()
    ticks = scale.ticks()
    assert len(ticks) <= 16
    assert all(scale.low <= tick <= scale.high for tick in ticks)


def test_rounding_alone_is_no_slope():
    scale = roomy_scale(np.array([0.6733668, 0.6733669]))
    assert scale.high - scale.low > 0.5


@pytest.mark.parametrize(
    ("scale", "ticks"),
    [
        (Scale(0, 1), [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (Scale(1, 500), [100, 200, 300, 400, 500]),
        (Scale(0.004, 1.1, logarithmic=True), [0.01, 0.03, 0.1, 0.3, 1]),
        (Scale(1e-9, 1, logarithmic=True), [1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1]),
        (Scale(1e-30, 1, logarithmic=True), [1e-30, 1e-26, 1e-22, 1e-18, 1e-14, 1e-10, 1e-6, 1e-2]),
        (Scale(2, 2), [2]),
    ],
)
def test_ticks_are_round(scale, ticks):
    assert scale.ticks() == pytest.approx(ticks)


def test_numbers_over_fifty_times_the_least_are_logarithmic_but_not_settings_drawn_evenly():
    even = np.linspace(0.001, 1, 50)
    assert is_logarithmic(even)
    assert not chosen_by_decades(even)
    assert chosen_by_decades(np.geomspace(0.001, 1, 50))
    assert not is_logarithmic(np.array([1.0, 50.0]))
    assert not is_logarithmic(np.array([-1.0, 1e-3, 1.0]), zeros=True)


def test_a_zero_keeps_dots_on_a_linear_scale_and_a_line_leaves_a_logarithmic_one_at_its_end():
    values = np.array([0.0, 0.001, 1.0])
    assert not is_logarithmic(values)
    assert not is_logarithmic(np.array([0.0, 100.0]), zeros=True)
    scale = roomy_scale(values, zeros=True)
    assert scale.logarithmic
    assert scale.share(values)[0] == 0


def test_losses_and_learning_rates_may_be_logarithmic():
    assert all(map(may_span_decades, ("loss", "val_loss", "price_loss", "learning_rate")))
    assert not any(map(may_span_decades, ("accuracy", "mae")))
