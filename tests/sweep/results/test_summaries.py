"""Summary statistics of many samples at once: those of each alone, with the intervals of SciPy's bootstrap."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from nnrun.sweep.results.summaries import RESAMPLES, _median_places, median_interval, summarize, summarize_samples

NUMBERS = st.one_of(st.floats(-1e6, 1e6), st.just(math.inf))


@pytest.mark.parametrize("n", [2, 3, 10, 31, 200])
@pytest.mark.parametrize("never", [0, 3])
def test_up_to_200_numbers_the_interval_is_scipys_to_the_last_bit(n, never):
    values = np.sort(np.random.default_rng(n).normal(size=n))
    values[n - n * never // 10 :] = np.inf
    rng = np.random.default_rng(0)
    with np.errstate(invalid="ignore"):
        drawn = stats.bootstrap((values,), np.median, n_resamples=RESAMPLES, method="percentile", rng=rng)
    ends = np.quantile(drawn.bootstrap_distribution, [0.025, 0.975], method="nearest")
    assert median_interval(values) == tuple(ends)


@pytest.mark.parametrize("n", [1000, 1001])
def test_medians_of_larger_resamples_are_distributed_as_scipys(n):
    values = np.arange(n, dtype=float)
    drawn = stats.bootstrap((values,), np.median, method="percentile", rng=np.random.default_rng(1))
    low, high, counts = _median_places(n)
    assert counts.sum() == RESAMPLES
    medians = np.repeat((values[low] + values[high]) / 2, counts)
    assert stats.ks_2samp(medians, drawn.bootstrap_distribution).pvalue > 0.01


def test_a_million_numbers_have_a_narrow_interval_around_their_median():
    values = np.random.default_rng(0).normal(size=1_000_000)
    low, high = median_interval(values)
    assert low < np.median(values) < high
    width = 2 * 1.96 * math.sqrt(math.pi / 2 / len(values))  # of the normal approximation
    assert high - low == pytest.approx(width, rel=0.1)


@given(st.lists(st.lists(NUMBERS, max_size=12), max_size=12))
def test_samples_together_have_the_statistics_of_each_alone(samples):
    bounds = np.cumsum([0, *map(len, samples)])
    together = summarize_samples(np.array([x for sample in samples for x in sample]), bounds)
    for i, sample in enumerate(samples):
        if sample:
            assert together[i] == summarize(sample)
        else:
            assert (together.n[i], together.finite[i], math.isnan(together.median[i])) == (0, 0, True)
