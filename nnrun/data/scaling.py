"""Scaling of columns, fitted on the training rows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nnrun.data.dataset import Array, ColumnScale
from nnrun.experiment.experiment import Scaling


def fit_scales(columns: dict[str, Array], scaling: Scaling) -> dict[str, ColumnScale]:
    """Fits a scale to every column.

    `standard` brings each feature to mean 0 and standard deviation 1, `minmax` to the range from 0 to 1. A constant
    feature becomes 0.

    Args:
        columns: the training rows, each column (rows, ...).
        scaling: `none`, `standard` or `minmax`.

    Returns:
        The scale of each column; none for `none`.
    """
    if scaling == "none":
        return {}
    return {name: _fit(values.astype(np.float64), scaling) for name, values in columns.items()}


def apply_scales(columns: dict[str, Array], scales: dict[str, ColumnScale]) -> dict[str, Array]:
    """The columns, those with a scale scaled."""
    return {name: scales[name].apply(values) if name in scales else values for name, values in columns.items()}


def units(scales: Mapping[str, ColumnScale]) -> dict[str, float | None]:
    """The size of one scaled unit of each column in the column's own unit: its standard deviation or its range.

    Returns:
        None for a column of several numbers with scales of their own.
    """
    return {name: float(1 / s.factor.flat[0]) if np.ptp(s.factor) == 0 else None for name, s in scales.items()}


def _fit(values: Array, scaling: Scaling) -> ColumnScale:
    low, high = values.min(axis=0), values.max(axis=0)  # (...) the shape of a row
    constant = low == high
    # The mean of equal numbers can miss them by a rounding, their minimum cannot.
    offset = np.where(constant | (scaling == "minmax"), low, values.mean(axis=0))
    spread = high - low if scaling == "minmax" else values.std(axis=0)
    return ColumnScale(offset, 1.0 / np.where(constant, 1.0, spread))
