"""Summary statistics of many samples at once: the median with its interval, mean and standard deviation of each.

The interval is that of the percentile bootstrap. The median of a resample is a number of the sorted sample, or lies in
the middle between two of them, at places that depend on the size of the sample alone. So they are drawn once for each
size, and no resample is ever made.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

CONFIDENCE = 0.95
RESAMPLES = 2_000
_SEED = 0
# Up to this size of a sample the resamples are drawn number by number.
_MOST_DRAWN = 200
_MOST_AT_ONCE = 2**20  # numbers
# The places of the ends of an interval among the sorted medians of the resamples.
_LOW, _HIGH = (round((RESAMPLES - 1) * share) for share in ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2))


@dataclass(frozen=True)
class Summary:
    """Summary statistics of a sample.

    Args:
        n: the size of the sample.
        finite: how many of its numbers are finite.
        median: the median; infinite where most numbers are.
        low: the lower end of the 95 % confidence interval of the median.
        high: its upper end.
        mean: the mean of the finite numbers; None where there is none.
        deviation: their standard deviation (n − 1); None for fewer than two.
    """

    n: int
    finite: int
    median: float
    low: float
    high: float
    mean: float | None
    deviation: float | None


@dataclass(frozen=True, eq=False)
class Summaries:
    """Summary statistics of many samples, (samples,) each; NaN where a sample has no such number.

    Args:
        n: the sizes of the samples.
        finite: how many numbers of each are finite.
        median: the medians.
        low: the lower ends of their intervals.
        high: the upper ends.
        mean: the means of the finite numbers.
        deviation: their standard deviations (n − 1).
    """

    n: Array
    finite: Array
    median: Array = field(init=False)
    low: Array = field(init=False)
    high: Array = field(init=False)
    mean: Array = field(init=False)
    deviation: Array = field(init=False)

    def __post_init__(self) -> None:
        for name in ("median", "low", "high", "mean", "deviation"):
            object.__setattr__(self, name, np.full(len(self.n), np.nan))

    def __getitem__(self, sample: int) -> Summary:
        mean, deviation = (float(values[sample]) for values in (self.mean, self.deviation))
        return Summary(
            n=int(self.n[sample]),
            finite=int(self.finite[sample]),
            median=float(self.median[sample]),
            low=float(self.low[sample]),
            high=float(self.high[sample]),
            mean=None if np.isnan(mean) else mean,
            deviation=None if np.isnan(deviation) else deviation,
        )


def summarize(values: Sequence[float] | Array) -> Summary:
    """The summary statistics of at least one number, none of them NaN."""
    return summarize_samples(np.asarray(values, np.float64), np.array([0, len(values)]))[0]


def summarize_samples(values: Array, bounds: Array) -> Summaries:
    """The summary statistics of samples that lie one behind the other.

    Args:
        values: the numbers of all samples, none of them NaN; (numbers,).
        bounds: where each begins, and where the last one ends; (samples + 1,).
    """
    finite = np.diff(np.append(0, np.cumsum(np.isfinite(values)))[bounds])
    found = Summaries(np.diff(bounds), finite)
    for samples, rows in equal_sizes(values, bounds):
        ordered = np.sort(rows, axis=1)  # (samples, n)
        found.median[samples] = _middle(ordered)
        found.low[samples], found.high[samples] = _intervals(ordered)
        for count in np.unique(finite[samples][finite[samples] > 0]):
            alike = finite[samples] == count
            own = ordered[alike, :count]
            found.mean[samples[alike]] = own.mean(axis=1)
            if count > 1:
                found.deviation[samples[alike]] = own.std(axis=1, ddof=1)
    return found


def equal_sizes(values: Array, bounds: Array) -> Iterator[tuple[Array, Array]]:
    """The samples that are not empty, some of the same size at a time.

    Args:
        values: the numbers of all samples; (numbers,).
        bounds: where each begins, and where the last one ends; (samples + 1,).

    Yields:
        The positions of some samples, and their numbers, (samples, n).
    """
    sizes = np.diff(bounds)
    order = np.argsort(sizes, kind="stable")
    for alike in np.split(order, np.flatnonzero(np.diff(sizes[order])) + 1):
        size = int(sizes[alike[0]]) if len(alike) else 0
        for start in range(0, len(alike) if size else 0, step := max(1, _MOST_AT_ONCE // max(size, 1))):
            samples = alike[start : start + step]
            yield samples, values[bounds[samples][:, None] + np.arange(size)]


def median_interval(values: Sequence[float] | Array) -> tuple[float, float]:
    """The 95 % interval of the median by the percentile bootstrap: 2,000 resamples, always from the same seed.

    Its ends are medians of resamples, never a number between two of them, since one of the two may be infinite.
    B. Efron, R. Tibshirani: An Introduction to the Bootstrap, chapter 13.
    """
    summary = summarize(values)
    return summary.low, summary.high


def _middle(ordered: Array) -> Array:
    size = ordered.shape[1]
    return _between(ordered[:, (size - 1) // 2], ordered[:, size // 2])


def _between(low: Array, high: Array) -> Array:
    return np.asarray(np.where(low == high, low, (low + high) / 2))


def _intervals(ordered: Array) -> tuple[Array, Array]:
    """The ends of the intervals of sorted samples of one size, (samples, n); (samples,) each."""
    size = ordered.shape[1]
    if size == 1:  # a bootstrap needs two
        return ordered[:, 0], ordered[:, 0]
    low, high, counts = _median_places(size)
    ends = np.empty((2, len(ordered)))
    for start in range(0, len(ordered), step := max(1, _MOST_AT_ONCE // len(counts))):
        own = ordered[start : start + step]
        medians = _between(own[:, low], own[:, high])  # (samples, places)
        order = np.argsort(medians, axis=1, kind="stable")
        below = np.cumsum(counts[order], axis=1)
        for end, place in zip(ends, (_LOW, _HIGH), strict=True):
            chosen = np.take_along_axis(order, np.argmax(below > place, axis=1)[:, None], axis=1)
            end[start : start + step] = np.take_along_axis(medians, chosen, axis=1)[:, 0]
    return ends[0], ends[1]


@functools.lru_cache(maxsize=1024)
def _median_places(size: int) -> tuple[Array, Array, Array]:
    """Between which numbers of a sorted sample the medians of its resamples lie: two places, and how often.

    Up to 200 numbers the places are those of SciPy's bootstrap with the same generator. Of more the two middle ones of
    `size` uniform numbers are drawn, which have beta distributions (H. A. David, H. N. Nagaraja: Order Statistics,
    section 2.3).
    """
    rng = np.random.default_rng(_SEED)
    below, above = (size - 1) // 2, size // 2
    if size <= _MOST_DRAWN:
        drawn = np.partition(rng.integers(0, size, (RESAMPLES, size)), (below, above), axis=1)  # (resamples, size)
        pairs = drawn[:, [below, above]]
    else:
        low = rng.beta(below + 1, size - below, RESAMPLES)
        high = low if below == above else low + (1 - low) * rng.beta(1, size - below - 1, RESAMPLES)
        pairs = np.minimum(np.stack([low, high], axis=1) * size, size - 1).astype(np.int64)
    places, counts = np.unique(pairs, axis=0, return_counts=True)
    return places[:, 0], places[:, 1], counts
