"""What a handful of numbers says: median with its interval, and whether two handfuls differ beyond chance.

Numbers may be infinite: a trial that never reached what it should is later than every other. The median, the rank test
and the effect size know only the order of the numbers, so they stay right.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

CONFIDENCE = 0.95
SIGNIFICANCE = 0.05

_RESAMPLES = 2_000
_SEED = 0
# Up to this product of sizes the test is exact: a table of so many sums is quick to fill.
_MOST_EXACT = 400
# Where the words for Cliff's delta begin: Romano et al. 2006, "Appropriate statistics for ordinal level data".
_EFFECTS = ((0.474, "large"), (0.33, "medium"), (0.147, "small"), (0.0, "negligible"))


@dataclass(frozen=True)
class Summary:
    """Numbers in a few numbers.

    Args:
        n: how many there are.
        finite: how many of them are finite.
        median: the middle; infinite where most are.
        low: the lower end of the 95 % interval of the median.
        high: its upper end.
        mean: of the finite ones; None where there is none.
        deviation: their standard deviation (n − 1); None for fewer than two.
    """

    n: int
    finite: int
    median: float
    low: float
    high: float
    mean: float | None
    deviation: float | None


def summarize(values: Sequence[float]) -> Summary:
    """The summary of at least one number, none of them NaN."""
    sample = np.sort(np.asarray(values, np.float64))  # (n,)
    finite = sample[np.isfinite(sample)]
    low, high = median_interval(sample)
    return Summary(
        n=len(sample),
        finite=len(finite),
        median=_medians(sample[None])[0],
        low=low,
        high=high,
        mean=float(finite.mean()) if len(finite) else None,
        deviation=float(finite.std(ddof=1)) if len(finite) > 1 else None,
    )


def median_interval(values: Sequence[float] | Array) -> tuple[float, float]:
    """The 95 % interval of the median by the percentile bootstrap: 2,000 resamples, always from the same seed.

    B. Efron, R. Tibshirani: An Introduction to the Bootstrap, chapter 13.
    """
    sample = np.asarray(values, np.float64)
    rng = np.random.default_rng(_SEED)
    drawn = rng.integers(0, len(sample), (_RESAMPLES, len(sample)))
    medians = np.sort(_medians(np.sort(sample[drawn], axis=1)))  # (resamples,)
    cut = round((1 - CONFIDENCE) / 2 * _RESAMPLES)
    return float(medians[cut]), float(medians[_RESAMPLES - 1 - cut])


def _medians(rows: Array) -> Array:
    """The median of each sorted row; (rows, n) to (rows,)."""
    middle = rows.shape[1] // 2
    upper = rows[:, middle]
    if rows.shape[1] % 2:
        return upper
    lower = rows[:, middle - 1]
    between: Array = np.where(lower == upper, lower, lower + upper)  # inf − inf never occurs
    return np.where(lower == upper, lower, between / 2)


@dataclass(frozen=True)
class RankTest:
    """Two samples held against each other.

    Args:
        p: how often chance alone sets two samples of one population at least as far apart; two-sided.
        delta: Cliff's delta: how much more often a number of the first is greater than one of the second than the
            other way round; −1 to 1.
        least: the smallest p that samples of these sizes have without ties, or p itself where ties make it smaller.
    """

    p: float
    delta: float
    least: float

    @property
    def effect(self) -> str:
        """The size of the difference in a word."""
        return next(word for start, word in _EFFECTS if abs(self.delta) >= start)

    @property
    def too_few(self) -> bool:
        """Whether samples of these sizes cannot differ beyond chance, however far apart they are."""
        return self.least >= SIGNIFICANCE


def compare(first: Sequence[float], second: Sequence[float]) -> RankTest:
    """The Mann–Whitney test of two samples, and Cliff's delta.

    With few numbers p is exact, given the ties; with many it is that of the normal distribution, corrected for ties
    and continuity (M. Hollander, D. A. Wolfe: Nonparametric Statistical Methods, section 4.1).

    Args:
        first: at least one number, none of them NaN.
        second: likewise.
    """
    n, m = len(first), len(second)
    ranks = _mid_ranks(np.asarray([*first, *second], np.float64))  # (n + m,)
    u = float(ranks[:n].sum() - n * (n + 1) / 2)
    p = _exact(ranks, n) if n * m <= _MOST_EXACT else _normal(ranks, n, m, u)
    clearest = 2 / math.comb(n + m, n)  # of all ways to divide the numbers, two set them farthest apart
    return RankTest(p=p, delta=2 * u / (n * m) - 1, least=min(p, clearest))


def holm(ps: Sequence[float]) -> list[float]:
    """The p of several comparisons, each as if it were the only one (S. Holm, 1979)."""
    order = sorted(range(len(ps)), key=lambda i: ps[i])
    adjusted, most = [0.0] * len(ps), 0.0
    for rank, i in enumerate(order):
        most = max(most, min(1.0, (len(ps) - rank) * ps[i]))
        adjusted[i] = most
    return adjusted


def _mid_ranks(values: Array) -> Array:
    """Ranks from 1; equal numbers share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: Array = ((last - counts + 1 + last) / 2)[inverse]
    return ranks


def _exact(ranks: Array, n: int) -> float:
    """The share of all ways to choose n of the ranks whose sum is as far from its mean or farther."""
    doubled = np.rint(2 * ranks).astype(int)  # whole numbers also where ranks are shared
    total = int(doubled.sum())
    ways = np.zeros((n + 1, total + 1))  # of choosing so many with such a sum
    ways[0, 0] = 1
    for rank in doubled:
        ways[1:, rank:] += ways[:-1, : total + 1 - rank].copy()
    sums = np.arange(total + 1)
    mean = n * total / len(ranks)
    shares = ways[n] / ways[n].sum()
    distances = np.abs(sums - mean)
    far = distances >= abs(int(doubled[:n].sum()) - mean) - 1e-9
    return min(1.0, float(shares[far].sum()))


def _normal(ranks: Array, n: int, m: int, u: float) -> float:
    _, counts = np.unique(ranks, return_counts=True)
    size = n + m
    ties = float((counts**3 - counts).sum())
    deviation = math.sqrt(n * m / 12 * (size + 1 - ties / (size * (size - 1))))
    if deviation == 0:
        return 1.0
    distance = max(0.0, abs(u - n * m / 2) - 0.5)
    return math.erfc(distance / deviation / math.sqrt(2))
