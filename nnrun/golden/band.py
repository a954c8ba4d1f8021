"""Whether a run lies within the band of others: a conformal test, which needs no model of how they are distributed.

Let x₁ … xₙ be the numbers of the frozen runs and xₙ₊₁ those of a further run. If the seed is all in which they differ,
they are exchangeable, so the rank of any score that treats all n + 1 alike is uniform: p = #{i: sᵢ ≥ sₙ₊₁} / (n + 1) is
at most α with a probability of at most α (V. Vovk, A. Gammerman, G. Shafer, Algorithmic Learning in a Random World,
Springer 2005, chapter 2). The score decides only how well changes are found. Here it is the Mahalanobis distance from
the mean of all n + 1, by their correlations, so that a curve is noticed whose values are all ordinary and whose course
is not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]

METHOD = "full conformal prediction, Mahalanobis distance of metrics at the chosen epochs and sizes of the weights"

# The share of the identity in the matrix of correlations, so that it can be inverted.
_SHRINKAGE = 1e-3
# What differs by less, as a part of its size, is equal: rounding is not the course of a training.
_FLOOR = 1e-3
_TINY = 1e-30


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


def band_p_value(frozen: Array, run: Array) -> float:
    """The p-value of a run: the share of all runs, itself among them, that are as unusual as it is.

    Args:
        frozen: the numbers of the frozen runs, (n, numbers); NaN where one is not known.
        run: those of the run, (numbers,).

    Returns:
        At least 1 / (n + 1); 1 where no number is known of all runs.
    """
    scores = unusualness(np.vstack([frozen, run]))
    return float((scores >= scores[-1] * (1 - 1e-9)).mean())


def unusualness(values: Array) -> Array:
    """The squared Mahalanobis distance of each row from the mean of all rows; numbers not known of all are left out.

    Numbers that are positive in all rows are taken by their logarithms: losses span decades.

    Args:
        values: (rows, numbers).

    Returns:
        (rows,).
    """
    known = values[:, np.isfinite(values).all(axis=0)]
    positive = (known > 0).all(axis=0)
    scaled = np.where(positive, np.log(np.maximum(known, _TINY)), known)
    floor = _FLOOR * np.where(positive, 1.0, np.abs(known).max(axis=0, initial=_TINY))
    centered = scaled - scaled.mean(axis=0)
    standard = centered / np.hypot(centered.std(axis=0), floor)
    correlations = standard.T @ standard / len(standard)
    shrunk = (1 - _SHRINKAGE) * correlations + _SHRINKAGE * np.eye(len(correlations))
    distances: Array = (standard * np.linalg.solve(shrunk, standard.T).T).sum(axis=1)
    return distances
