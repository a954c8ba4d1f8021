"""Whether runs lie within the band of others: an exact test, which needs no model of how they are distributed.

Let x₁ … xₙ be the numbers of the frozen runs and y₁ … yₖ those of k further runs. If the seed is all in which they
differ, they are exchangeable: whichever k of the n + k are called the further ones, a statistic T that knows nothing
but that division has the same distribution. So p, the share of the divisions whose T is at least that of the true one,
is at most α with a probability of at most α. Of one run all n + 1 divisions are tried, which is full conformal
prediction (V. Vovk, A. Gammerman, G. Shafer, Algorithmic Learning in a Random World, Springer 2005, chapter 2); of
several the true one and 999 random ones (E. Lehmann, J. Romano, Testing Statistical Hypotheses, 3rd edition, 15.2).

T decides only how well changes are found. It is the energy distance of both parts, 2 E|X − Y| − E|X − X'| − E|Y − Y'|
(G. Székely, M. Rizzo, Journal of Statistical Planning and Inference 143, 2013), after all numbers are decorrelated, so
that a run is noticed whose values are all ordinary and whose course is not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]

METHOD = "energy distance of decorrelated metrics and sizes of the weights, exact by exchangeability"

# The share of the identity in the matrix of correlations, so that it can be inverted.
_SHRINKAGE = 1e-3
# What differs by less, as a part of its size, is equal: rounding is not the course of a training.
_FLOOR = 1e-3
_TINY = 1e-30
_DIVISIONS = 999  # that are drawn for several runs


@dataclass(frozen=True)
class PredictionInterval:
    """An interval between two of the sorted numbers of n runs.

    Args:
        rank: how many numbers from either end its ends are, from 1.
        coverage: the probability with which a further number lies within it: (n + 1 − 2 rank) / (n + 1).
    """

    rank: int
    coverage: float

    @classmethod
    def of(cls, runs: int, level: float) -> PredictionInterval:
        """The narrowest interval with a coverage of 1 − level, else the widest that the runs allow."""
        rank = max(1, math.floor(level * (runs + 1) / 2 + 1e-9))
        return cls(rank, max(0.0, (runs + 1 - 2 * rank) / (runs + 1)))

    def ends(self, values: Array) -> Array:
        """The lower end, the median and the upper end of each column; (runs, columns) to (3, columns)."""
        ordered = np.sort(values, axis=0)
        return np.stack([ordered[self.rank - 1], np.median(values, axis=0), ordered[-self.rank]])


def least_level(runs: int) -> float:
    """The lowest level at which a band of so many runs can find anything: 1 / (n + 1)."""
    return 1 / (runs + 1)


def band_p_value(frozen: Array, runs: Array) -> float:
    """The p-value of some runs: the share of the divisions of all runs that set others as far apart as these.

    Args:
        frozen: the numbers of the frozen runs, (n, numbers); NaN where one is not known.
        runs: those of the runs, (k, numbers).

    Returns:
        At least 1 / (n + 1) for one run, 0.001 for several; 1 where no number is known of all.
    """
    values = decorrelated(np.vstack([frozen, runs]))
    count, taken = len(values), len(runs)
    if taken == 1:
        divisions = np.eye(count)[::-1]
    else:
        rng = np.random.default_rng(0)
        drawn = [rng.permutation(count) < taken for _ in range(_DIVISIONS)]
        divisions = np.array([np.arange(count) >= count - taken, *drawn], np.float64)
    statistics = energy_distances(values, divisions)
    return float((statistics >= statistics[0] - 1e-9 * abs(statistics[0])).mean())


def energy_distances(values: Array, divisions: Array) -> Array:
    """The energy distance of the two parts of each division.

    Args:
        values: (rows, numbers).
        divisions: 1 for the rows of the first part, 0 for those of the second, (divisions, rows).

    Returns:
        (divisions,).
    """
    squares = (values**2).sum(axis=1)
    distances = np.sqrt(np.maximum(squares[:, None] + squares - 2 * values @ values.T, 0))
    taken = divisions.sum(axis=1)
    left = len(values) - taken
    within = ((divisions @ distances) * divisions).sum(axis=1)
    across = divisions @ distances.sum(axis=1) - within
    others = distances.sum() - within - 2 * across
    found: Array = 2 * across / (taken * left) - within / taken**2 - others / left**2
    return found


def decorrelated(values: Array) -> Array:
    """The numbers of some runs, each turned and scaled so that it is uncorrelated with the others and as far spread.

    Numbers that are positive in all rows are taken by their logarithms: losses span decades. Those that are not known
    of all rows are left out.

    Args:
        values: (rows, numbers).

    Returns:
        (rows, known numbers).
    """
    known = values[:, np.isfinite(values).all(axis=0)]
    positive = (known > 0).all(axis=0)
    scaled = np.where(positive, np.log(np.maximum(known, _TINY)), known)
    floor = _FLOOR * np.where(positive, 1.0, np.abs(known).max(axis=0, initial=_TINY))
    centered = scaled - scaled.mean(axis=0)
    standard = centered / np.hypot(centered.std(axis=0), floor)
    correlations = standard.T @ standard / len(standard)
    sizes, axes = np.linalg.eigh((1 - _SHRINKAGE) * correlations + _SHRINKAGE * np.eye(len(correlations)))
    turned: Array = standard @ axes / np.sqrt(sizes)
    return turned
