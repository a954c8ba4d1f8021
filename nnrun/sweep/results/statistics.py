"""Rank tests of the trials of two configurations, with their effect sizes.

Numbers may be infinite: a trial that never reached its target is later than every other. The tests and the effect
sizes depend on the order of the numbers or of their differences alone, so they stay right. SciPy is imported where it
computes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

SIGNIFICANCE = 0.05

# Up to this product of sizes the test is exact: a table of so many sums is quick to fill.
_MOST_EXACT = 400
# Up to so many pairs the paired test is exact, as in SciPy.
_MOST_EXACT_PAIRS = 50
# Where the words for Cliff's delta begin: Romano et al. 2006, "Appropriate statistics for ordinal level data".
_EFFECTS = ((0.474, "large"), (0.33, "medium"), (0.147, "small"), (0.0, "negligible"))


@dataclass(frozen=True)
class RankTest:
    """The result of a rank test of two samples, or of the pairs of two samples.

    Args:
        p: the two-sided p-value.
        delta: the effect size, −1 to 1: Cliff's delta, how much more often a number of the first is greater than one of
            the second than the other way round; of pairs the matched-pairs rank-biserial correlation.
        least: the smallest p that samples of these sizes have without ties, or p itself where ties make it smaller.
        pairs: the number of pairs; None where the samples are not paired.
    """

    p: float
    delta: float
    least: float
    pairs: int | None = None

    @property
    def effect(self) -> str:
        """How large Cliff's delta is in a word."""
        return next(word for start, word in _EFFECTS if abs(self.delta) >= start)

    @property
    def too_few(self) -> bool:
        """Whether no difference between samples of these sizes would be statistically significant."""
        return self.least >= SIGNIFICANCE


def compare(first: Sequence[float] | Array, second: Sequence[float] | Array) -> RankTest:
    """The Mann–Whitney test of two samples, and Cliff's delta.

    With few numbers p is exact, given the ties; with many it is that of the normal distribution, corrected for ties
    and continuity (M. Hollander, D. A. Wolfe: Nonparametric Statistical Methods, section 4.1).

    Args:
        first: at least one number, none of them NaN.
        second: likewise.
    """
    from scipy import stats

    n, m = len(first), len(second)
    ranks = stats.rankdata(np.concatenate([first, second]))  # (n + m,)
    u = float(ranks[:n].sum() - n * (n + 1) / 2)
    if n * m <= _MOST_EXACT:
        p = _exact(ranks, n)
    else:
        p = float(stats.mannwhitneyu(first, second, method="asymptotic").pvalue)
    clearest = 2 / math.comb(n + m, n)  # of all ways to divide the numbers, two set them farthest apart
    return RankTest(p=p, delta=2 * u / (n * m) - 1, least=min(p, clearest))


def compare_pairs(first: Sequence[float] | Array, second: Sequence[float] | Array) -> RankTest:
    """The Wilcoxon signed-rank test of paired numbers, and the matched-pairs rank-biserial correlation.

    The differences that are not 0 are ranked by their size (F. Wilcoxon 1945), an infinite one above all others, two
    infinite numbers as equal. With W+ and W−, the sums of the ranks of the positive and the negative ones, the
    correlation is (W+ − W−) / (W+ + W−) (D. S. Kerby 2014, "The simple difference formula"). Up to 50 pairs p is exact,
    given the ties; with more it is that of the normal distribution, corrected for ties and continuity (M. Hollander,
    D. A. Wolfe: Nonparametric Statistical Methods, section 3.1).

    Args:
        first: at least one number, none of them NaN.
        second: the number of the same pair for each of them.
    """
    from scipy import stats

    one, two = np.asarray(first, np.float64), np.asarray(second, np.float64)  # (n,)
    equal = one == two  # also two infinite numbers, whose difference is NaN
    differences = one[~equal] - two[~equal]  # (pairs that differ,)
    least = min(1.0, 2.0 ** (1 - len(one)))  # of all signs, two set the samples farthest apart
    if not len(differences):
        return RankTest(p=1.0, delta=0.0, least=least, pairs=len(one))
    ranks = stats.rankdata(abs(differences))
    if len(differences) <= _MOST_EXACT_PAIRS:
        p = _exact_signs(ranks, differences > 0)
    else:
        ranked = np.sign(differences) * ranks  # finite numbers of the same ranks
        p = float(stats.wilcoxon(ranked, method="asymptotic", correction=True).pvalue)
    delta = float(ranks @ np.sign(differences) / ranks.sum())
    return RankTest(p=p, delta=delta, least=least, pairs=len(one))


def holm(ps: Sequence[float]) -> list[float]:
    """The p-values of several comparisons, corrected for their number by the method of S. Holm (1979)."""
    order = np.argsort(ps, kind="stable")
    factors = np.arange(len(ps), 0, -1)
    corrected = np.empty(len(ps))
    corrected[order] = np.maximum.accumulate(np.minimum(1.0, factors * np.asarray(ps)[order]))
    return [float(p) for p in corrected]


def _exact(ranks: Array, n: int) -> float:
    """The share of all ways to choose n of the ranks whose sum is as far from its mean or farther.

    SciPy's exact test knows no ties, and its permutation test cannot visit all ways to divide forty numbers.
    """
    doubled = np.rint(2 * ranks).astype(int)  # whole numbers also where ranks are shared
    total = int(doubled.sum())
    ways = np.zeros((n + 1, total + 1))  # of choosing so many with such a sum
    ways[0, 0] = 1
    for rank in doubled:
        ways[1:, rank:] += ways[:-1, : total + 1 - rank].copy()
    mean = n * total / len(ranks)
    far = np.abs(np.arange(total + 1) - mean) >= abs(int(doubled[:n].sum()) - mean) - 1e-9
    return min(1.0, float((ways[n] / ways[n].sum())[far].sum()))


def _exact_signs(ranks: Array, positive: Array) -> float:
    """The share of all signs of the ranks whose positive sum is as far from its mean or farther.

    SciPy's exact test knows no ties, and its permutation test cannot visit all 2^50 signs.
    """
    doubled = np.rint(2 * ranks).astype(int)  # whole numbers also where ranks are shared
    total = int(doubled.sum())
    ways = np.zeros(total + 1)  # to have such a positive sum
    ways[0] = 1
    for rank in doubled:
        ways[rank:] += ways[: total + 1 - rank].copy()
    far = abs(2 * np.arange(total + 1) - total) >= abs(2 * int(doubled[positive].sum()) - total)
    return min(1.0, float((ways / ways.sum())[far].sum()))
