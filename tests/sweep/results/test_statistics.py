"""The statistics checked against SciPy's and against recorded ones, and the laws that they keep."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from nnrun.sweep.results.statistics import compare, compare_pairs, holm
from nnrun.sweep.results.summaries import median_interval, summarize

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


# The depression scores in R's help on `wilcox.test` (Hollander & Wolfe, table 3.1): V = 40, p = 0.03906.
HAMILTON_BEFORE = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
HAMILTON_AFTER = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
# The heights of plants in SciPy's documentation of `wilcoxon`: W- = 24, p = 0.041259765625.
MAIZE = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75]


def test_the_paired_test_has_the_published_results():
    scores = compare_pairs(HAMILTON_BEFORE, HAMILTON_AFTER)
    assert scores.p == pytest.approx(20 / 512)
    assert scores.delta == pytest.approx((40 - 5) / 45)
    plants = compare_pairs(MAIZE, [0] * len(MAIZE))
    assert plants.p == pytest.approx(0.041259765625, rel=1e-12)
    assert plants.delta == pytest.approx((96 - 24) / 120)


@pytest.mark.parametrize(
    ("first", "second", "p", "delta"),
    [
        ([1, 2, 3, 4, 5, 6], [2, 4, 6, 8, 10, 12], 2 / 64, -1.0),  # one of 64 signs, and its opposite
        ([5, 5, 5], [5, 5, 5], 1.0, 0.0),
        ([1, 0, 0, 0], [0, 1, 1, 1], 10 / 16, -0.5),  # four ties of rank 2.5: 1 of 4 or fewer, and the other side
        ([7, 7, 9, 9], [7, 7, 8, 8], 2 / 4, 1.0),  # two pairs are equal, and two remain
        ([math.inf] * 3, [math.inf, 5, 6], 2 / 4, 1.0),  # never and never are equal
        ([math.inf, 1, 1], [9, 2, 3], 1.0, 0.0),  # never is later than all: ranks 3 against 1 and 2
    ],
)
def test_the_paired_test_of_few_pairs_is_that_of_the_hand(first, second, p, delta):
    test = compare_pairs(first, second)
    assert (test.p, test.delta, test.pairs) == (pytest.approx(p), pytest.approx(delta), len(first))


@pytest.mark.parametrize("n", [6, 20, 50])
def test_pairs_without_ties_have_scipys_exact_p(n):
    rng = np.random.default_rng(n)
    one, two = rng.normal(size=n), rng.normal(0.3, size=n)
    assert compare_pairs(one, two).p == pytest.approx(stats.wilcoxon(one, two, method="exact").pvalue)


def test_pairs_with_ties_and_zeros_have_the_p_of_all_signs():
    one, two = [1, 2, 2, 3, 5, 7, 7, 1], [2, 4, 3, 3, 3, 8, 9, 4]
    kept = [(a, b) for a, b in zip(one, two, strict=True) if a != b]
    method = stats.PermutationMethod(n_resamples=2**12)
    assert compare_pairs(one, two).p == pytest.approx(stats.wilcoxon(*zip(*kept, strict=True), method=method).pvalue)


@pytest.mark.parametrize("most", [3, 30, 3000])
def test_many_pairs_with_ties_have_scipys_normal_p(most):
    rng = np.random.default_rng(most)
    one, two = rng.integers(0, most, 120), rng.integers(0, most, 120) + most // 20
    expected = stats.wilcoxon(one, two, method="asymptotic", correction=True)
    assert compare_pairs(one, two).p == pytest.approx(expected.pvalue)


def test_five_pairs_are_too_few_and_six_are_not():
    assert compare_pairs(range(5), range(1, 6)).too_few
    assert not compare_pairs(range(6), range(1, 7)).too_few


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=15))
def test_the_paired_test_turned_round_is_the_same(pairs):
    one, two = zip(*pairs, strict=True)
    here, there = compare_pairs(one, two), compare_pairs(two, one)
    assert here.p == pytest.approx(there.p)
    assert here.delta == pytest.approx(-there.delta)
    assert 0 < here.least <= here.p <= 1
