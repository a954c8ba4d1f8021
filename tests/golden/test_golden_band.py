"""The band: its level is kept whatever the distribution is, and a change of course is found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from nnrun.golden.golden_band import PredictionInterval, band_p_value, energy_distances, least_level


def curves(rng: np.random.Generator, count: int, rate: float = 1.0) -> np.ndarray:
    """Losses that fall at a rate from starts that are far apart, (count, 6)."""
    starts, epochs = rng.lognormal(0, 1, (count, 1)), np.arange(6)
    return np.asarray(starts * np.exp(-0.1 * rate * epochs) * rng.lognormal(0, 0.005, (count, 6)))


@pytest.mark.parametrize("kind", ["normal", "heavy tails", "two groups", "few values"])
def test_no_more_than_the_level_are_false_alarms_whatever_the_distribution(kind: str) -> None:
    rng = np.random.default_rng(0)
    draw = {
        "normal": lambda: rng.normal(size=(50, 8)) @ rng.normal(size=(8, 8)),
        "heavy tails": lambda: rng.standard_cauchy((50, 8)),
        "two groups": lambda: rng.normal(size=(50, 8)) + 100.0 * (rng.random((50, 1)) < 0.4),
        "few values": lambda: rng.integers(1, 3, (50, 8)).astype(float),
    }[kind]
    level, trials = 0.1, 500
    alarms = 0
    for _ in range(trials):
        values = draw()
        alarms += band_p_value(values[:-1], values[-1:]) <= level
    assert alarms <= binom.ppf(0.999, trials, level)


def test_a_curve_is_found_whose_values_are_all_ordinary_but_whose_course_is_not() -> None:
    rng = np.random.default_rng(1)
    frozen = curves(rng, 100)
    slow = curves(rng, 20, rate=0.5)
    low, _, high = PredictionInterval.of(100, 0.01).ends(frozen)
    inside = ((slow >= low) & (slow <= high)).all(axis=1)
    assert inside.mean() > 0.8
    assert np.mean([band_p_value(frozen, one[None]) <= 0.01 for one in slow]) == 1
    assert np.mean([band_p_value(frozen, one[None]) <= 0.01 for one in curves(rng, 20)]) <= 0.1


def test_the_lowest_p_value_is_the_least_level() -> None:
    frozen = curves(np.random.default_rng(2), 99)
    assert band_p_value(frozen, frozen[:1] * 1000) == least_level(99) == 0.01


def test_a_repeated_run_is_never_an_alarm() -> None:
    frozen = curves(np.random.default_rng(3), 99)
    assert min(band_p_value(frozen, one[None]) for one in frozen) > 0.01


def test_a_number_that_is_the_same_in_all_runs_may_not_change_and_rounding_is_no_change() -> None:
    frozen = np.column_stack([np.random.default_rng(4).normal(size=(99, 2)), np.ones(99)])
    ordinary = frozen.mean(axis=0)
    assert band_p_value(frozen, ordinary * [[1, 1, 1 - 6e-8]]) > 0.5
    assert band_p_value(frozen, ordinary * [[1, 1, 0.9]]) == 0.01


def test_numbers_that_are_not_known_of_all_are_left_out() -> None:
    frozen = curves(np.random.default_rng(5), 30)
    with_gaps = np.column_stack([frozen, np.full(30, np.nan)])
    assert band_p_value(with_gaps, with_gaps[3:4]) == band_p_value(frozen, frozen[3:4])
    assert band_p_value(np.full((30, 2), np.nan), np.full((1, 2), np.nan)) == 1


@given(st.permutations(range(12)))
def test_the_order_of_the_frozen_runs_does_not_matter(order: list[int]) -> None:
    values = curves(np.random.default_rng(6), 13)
    assert band_p_value(values[:12][order], values[12:]) == band_p_value(values[:12], values[12:])


def test_several_runs_together_are_noticed_where_one_alone_is_not() -> None:
    rng = np.random.default_rng(7)
    frozen, slow = curves(rng, 100), curves(rng, 10, rate=0.97)
    assert sum(band_p_value(frozen, one[None]) <= 0.01 for one in slow) < 5
    assert band_p_value(frozen, slow) <= 0.01


def test_of_several_runs_no_more_than_the_level_are_false_alarms() -> None:
    rng = np.random.default_rng(8)
    alarms = sum(band_p_value(rng.standard_cauchy((40, 4)), rng.standard_cauchy((5, 4))) <= 0.1 for _ in range(50))
    assert alarms <= binom.ppf(0.999, 50, 0.1)


@given(st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_the_energy_distance_is_that_of_its_definition(taken: int, seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=(10, 3))
    first, second = values[:taken], values[taken:]

    def mean_distance(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.mean([np.linalg.norm(x - y) for x in a for y in b]))

    expected = 2 * mean_distance(first, second) - mean_distance(first, first) - mean_distance(second, second)
    division = (np.arange(10) < taken).astype(float)[None]
    assert energy_distances(values, division) == pytest.approx([expected])


@given(st.integers(1, 5000), st.floats(0.001, 0.5))
def test_the_interval_is_the_narrowest_with_the_coverage(runs: int, level: float) -> None:
    interval = PredictionInterval.of(runs, level)
    assert interval.coverage == pytest.approx(max(0, 1 - 2 * interval.rank / (runs + 1)))
    assert interval.coverage >= 1 - level - 1e-9 or interval.rank == 1
    assert 1 - 2 * (interval.rank + 1) / (runs + 1) < 1 - level + 1e-9


def test_the_ends_of_the_interval_are_values_of_runs() -> None:
    values = np.arange(1.0, 200.0)[:, None]
    interval = PredictionInterval.of(199, 0.02)
    assert (interval.rank, interval.coverage) == (2, 0.98)
    assert interval.ends(values)[:, 0].tolist() == [2, 100, 198]
