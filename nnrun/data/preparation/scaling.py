"""Scales of columns, fitted on the training rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from nnrun.data.dataset import Array, ColumnScale
from nnrun.experiment.column_steps import ColumnSteps
from nnrun.experiment.experiment import Scaling


def fit_scale(values: Array, steps: ColumnSteps, fill: Array | None = None) -> ColumnScale | None:
    """Fits the scale of a column; the numbers are filled in, clipped and as logarithms first.

    `standard` brings each feature to mean 0 and standard deviation 1, `minmax` to the range from 0 to 1, `robust` to
    median 0 and interquartile range 1 as scikit-learn's `RobustScaler`. A constant feature becomes 0.

    Args:
        values: the training rows, (rows, ...).
        steps: what is done to the column.
        fill: what stands for missing numbers, of the shape of a row.

    Returns:
        The scale; None where nothing is done.
    """
    if is_unscaled(steps) and fill is None:
        return None
    plain = plain_scale(values.shape[1:], steps, fill)
    return plain if steps.scale == "none" else _fit(plain, values.astype(np.float64), steps.scale)


def is_unscaled(steps: ColumnSteps) -> bool:
    """Whether the numbers of a column stay as they are, once they are filled in."""
    return steps.scale == "none" and steps.clip is None and not steps.log


def plain_scale(shape: tuple[int, ...], steps: ColumnSteps, fill: Array | None = None) -> ColumnScale:
    """What is done to a column before it is scaled; fits nothing.

    Args:
        shape: that of a row.
        steps: what is done to the column.
        fill: what stands for missing numbers, of the shape of a row.
    """
    low, high = (None, None) if steps.clip is None else (np.full(shape, end) for end in steps.clip)
    log = np.full(shape, True) if steps.log else None
    return ColumnScale(np.zeros(shape), np.ones(shape), low, high, log, fill)


def with_indicator(scale: ColumnScale) -> ColumnScale:
    """The scale of a column, (1,), and of an unscaled second number beside it."""

    def joined(values: Array | None, other: float | bool) -> Array | None:
        return None if values is None else np.append(values, other)

    return ColumnScale(
        np.append(scale.offset, 0.0),
        np.append(scale.factor, 1.0),
        joined(scale.low, -np.inf),
        joined(scale.high, np.inf),
        joined(scale.log, False),
        joined(scale.fill, 0.0),
    )


def apply_scales(columns: dict[str, Array], scales: dict[str, ColumnScale]) -> dict[str, Array]:
    """The columns, those with a scale scaled."""
    return {name: scales[name].apply(values) if name in scales else values for name, values in columns.items()}


def units(scales: Mapping[str, ColumnScale]) -> dict[str, float | None]:
    """The size of one scaled unit of each column in the column's own unit: its standard deviation or its range.

    Returns:
        None for a column of logarithms, or of several numbers with scales of their own.
    """

    def unit(scale: ColumnScale) -> float | None:
        return float(1 / scale.factor.flat[0]) if np.ptp(scale.factor) == 0 and scale.log is None else None

    return {name: unit(scale) for name, scale in scales.items()}


def _fit(plain: ColumnScale, values: Array, scaling: Scaling) -> ColumnScale:
    values = plain.before_scaling(values)
    if scaling == "robust":
        return robust_scale(plain, *np.percentile(values, (25, 50, 75), axis=0))
    low, high = values.min(axis=0), values.max(axis=0)  # (...) the shape of a row
    linear = scale_of(scaling, low, high, values.mean(axis=0), values.std(axis=0))
    return replace(plain, offset=linear.offset, factor=linear.factor)


def robust_scale(plain: ColumnScale, first: Array, middle: Array, third: Array) -> ColumnScale:
    """The scale to median 0 and interquartile range 1, from the quartiles of each feature, of the shape of a row."""
    return replace(plain, offset=middle, factor=1.0 / np.where(third == first, 1.0, third - first))


def scale_of(scaling: Scaling, low: Array, high: Array, mean: Array, deviation: Array) -> ColumnScale:
    """The scale of a column by what is known of its training rows.

    Args:
        scaling: `standard` or `minmax`.
        low: the smallest number of each feature, of the shape of a row, and so for the others.
        high: the largest number.
        mean: the mean.
        deviation: the standard deviation.
    """
    constant = low == high
    # The mean of equal numbers can miss them by a rounding, their minimum cannot.
    offset = np.where(constant | (scaling == "minmax"), low, mean)
    spread = high - low if scaling == "minmax" else deviation
    return ColumnScale(offset, 1.0 / np.where(constant, 1.0, spread))
