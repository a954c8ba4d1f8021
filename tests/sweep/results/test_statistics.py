"""The statistics checked against SciPy's and against recorded ones, and the laws that they keep."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from nnrun.sweep.results.statistics import compare, holm, median_interval, summarize

NUMBERS = st.lists(st.integers(0, 12), min_size=1, max_size=12)
WITH_NEVER = st.lists(st.one_of(st.integers(1, 50).map(float), st.just(math.inf)), min_size=1, max_size=40)


def test_the_statistics_are_those_that_were_recorded_before_scipy_computed_them():
    rows = json.loads((Path(__file__).parent / "recorded_statistics.json").read_text())
    for row in rows:
        first, second = ([float(x) for x in row[name]] for name in ("first", "second"))
        test = compare(first, second)
        assert (test.p, test.delta, test.least) == pytest.approx((row["p"], row["delta"], row["least"]), rel=1e-9)
        for now, before in zip(vars(summarize(first)).values(), row["summary"], strict=True):
            assert now == (before if before is None else pytest.approx(float(before), rel=1e-12))
    assert len(rows) == 120


@pytest.mark.parametrize(("n", "m"), [(3, 3), (5, 8), (10, 20)])
def test_a_small_sample_without_ties_has_scipys_exact_p(n, m):
    rng = np.random.default_rng(n)
    one, two = rng.normal(size=n), rng.normal(0.5, size=m)
    expected = stats.mannwhitneyu(one, two, method="exact")
    assert compare(one, two).p == pytest.approx(expected.pvalue)
    assert (compare(one, two).delta + 1) / 2 * n * m == pytest.approx(expected.statistic)


@pytest.mark.parametrize("most", [3, 30, 3000])
def test_a_large_sample_with_ties_has_scipys_normal_p(most):
    rng = np.random.default_rng(most)
    one, two = rng.integers(0, most, 40), rng.integers(0, most, 60) + most // 20
    expected = stats.mannwhitneyu(one, two, method="asymptotic")
    assert compare(one, two).p == pytest.approx(expected.pvalue)


def test_a_small_sample_with_ties_has_the_p_of_all_permutations():
    one, two = [1, 2, 2, 3, 5], [2, 3, 3, 5, 5, 7]
    method = stats.PermutationMethod(n_resamples=10_000)
    assert compare(one, two).p == pytest.approx(stats.mannwhitneyu(one, two, method=method).pvalue)


def test_the_largest_exact_test_is_exact():
    one, two = np.arange(20.0), np.arange(20.0) + 3.5
    assert compare(one, two).p == pytest.approx(stats.mannwhitneyu(one, two, method="exact").pvalue)


@given(NUMBERS, NUMBERS)
def test_the_comparison_turned_round_says_the_same(one, two):
    here, there = compare(one, two), compare(two, one)
    assert here.p == pytest.approx(there.p)
    assert here.delta == pytest.approx(-there.delta)
    assert 0 < here.least <= here.p <= 1


@given(NUMBERS, NUMBERS)
def test_cliffs_delta_counts_who_is_greater(one, two):
    greater = sum((a > b) - (a < b) for a in one for b in two) / (len(one) * len(two))
    assert compare(one, two).delta == pytest.approx(greater)


@given(WITH_NEVER)
def test_the_median_is_numpys_and_lies_in_its_interval(values):
    summary = summarize(values)
    assert summary.median == np.median(values)
    assert summary.low <= summary.median <= summary.high
    assert summary.finite == sum(math.isfinite(value) for value in values)


def test_mean_and_deviation_are_those_of_the_finite_ones():
    summary = summarize([1.0, 3.0, math.inf])
    assert (summary.n, summary.finite, summary.mean, summary.deviation) == (3, 2, 2.0, math.sqrt(2))
    alone = summarize([math.inf])
    assert (alone.mean, alone.deviation, alone.median) == (None, None, math.inf)


def test_the_interval_is_the_same_every_time_and_that_of_scipys_bootstrap():
    values = np.random.default_rng(0).normal(size=101)
    low, high = median_interval(values)
    assert (low, high) == median_interval(values)
    theirs = stats.bootstrap((values,), np.median, method="percentile", rng=np.random.default_rng(1))
    assert (low, high) == pytest.approx(tuple(theirs.confidence_interval), abs=0.06)


def test_the_interval_holds_the_true_median_about_as_often_as_it_says():
    rng = np.random.default_rng(3)
    intervals = [median_interval(rng.normal(size=31)) for _ in range(200)]
    assert 0.90 <= sum(low <= 0 <= high for low, high in intervals) / 200 <= 0.99


def test_three_against_three_are_too_few_to_tell_and_four_against_four_are_not():
    assert compare([1, 2, 3], [4, 5, 6]).too_few
    assert not compare([1, 2, 3, 4], [5, 6, 7, 8]).too_few
    assert not compare([1, 1, 1, 1], [2, 3, 4]).too_few  # one way of 35


def test_enough_trials_that_are_all_alike_differ_by_nothing_and_are_not_too_few():
    comparison = compare([math.inf] * 10, [math.inf] * 10)
    assert (comparison.p, comparison.delta, comparison.too_few) == (1.0, 0.0, False)


def test_holms_p_are_at_least_the_single_ones_and_in_their_order():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5]) == [0.5]
