"""The count, mean, variance and range of columns in one pass over chunks of rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnrun.data.dataset import Array


@dataclass(frozen=True, eq=False)
class Moments:
    """The moments of the numbers of a column that are there, feature by feature.

    Args:
        count: how many they are, a number or an array of the shape of a row.
        mean: their mean, float64 of the shape of a row.
        squares: the sum of the squared deviations from it, float64 of the shape of a row.
        low: the smallest numbers, of the shape of a row; infinite where there are none.
        high: the largest numbers, of the shape of a row.
    """

    count: int | Array
    mean: Array
    squares: Array
    low: Array
    high: Array

    @property
    def deviation(self) -> Array:
        """The standard deviation, the square root of squares / count, of the shape of a row."""
        return np.sqrt(self.squares / self.count)


def moments(values: Array) -> Moments:
    """The moments of some rows, (rows, …), at least one; NaN where a number is missing."""
    numbers = values.astype(np.float64)
    gaps = np.isnan(numbers)
    if gaps.any():
        return _without_gaps(numbers, gaps)
    count = len(numbers)
    mean = numbers.mean(axis=0)
    squares = np.square(numbers - mean).sum(axis=0)
    return Moments(count, mean, squares, numbers.min(axis=0), numbers.max(axis=0))


def _without_gaps(numbers: Array, gaps: Array) -> Moments:
    count = (~gaps).sum(axis=0)
    mean = np.where(gaps, 0, numbers).sum(axis=0) / np.maximum(count, 1)
    squares = np.where(gaps, 0, np.square(numbers - mean)).sum(axis=0)
    low, high = np.where(gaps, np.inf, numbers).min(axis=0), np.where(gaps, -np.inf, numbers).max(axis=0)
    return Moments(count, mean, squares, low, high)


def repeated(values: Array, count: Array) -> Moments:
    """The moments of a row of numbers, each of which occurs `count` times, of the shape of the row."""
    low, high = (np.where(count > 0, values, end) for end in (np.inf, -np.inf))
    return Moments(count, np.where(count > 0, values, 0.0), np.zeros(np.shape(values)), low, high)


def merged(one: Moments | None, other: Moments) -> Moments:
    """The moments of the numbers of both.

    The sum of squares is that of Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing
    Sample Variances" (1979): it does not cancel where the mean is large.
    """
    if one is None:
        return other
    count = one.count + other.count
    some = np.maximum(count, 1)
    delta = other.mean - one.mean
    mean = one.mean + delta * (other.count / some)
    squares = one.squares + other.squares + delta**2 * (one.count * other.count / some)
    return Moments(count, mean, squares, np.minimum(one.low, other.low), np.maximum(one.high, other.high))
