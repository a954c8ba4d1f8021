"""Missing cells: NaN in numbers, -1 in the codes of texts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from nnrun.data.dataset import Array, Part
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.column_steps import ColumnSteps


def missing_rows(values: Array) -> Array:
    """Which rows of a column have a missing cell, (rows,)."""
    gaps = np.isnan(values) if values.dtype.kind == "f" else values < 0
    return np.asarray(gaps.reshape(len(values), -1).any(axis=1))


def gaps_in(part: Part, names: Iterable[str]) -> Array:
    """Which rows have a missing cell in one of the named columns, (rows,)."""
    columns = part.inputs | part.targets
    gaps = [missing_rows(columns[name]) for name in names if name in columns]
    return np.logical_or.reduce(gaps) if gaps else np.zeros(part.rows, bool)


def no_row_left() -> ExperimentError:
    """The error of a data set whose rows are all left out."""
    hint = "Fill missing cells instead: write missing: mean, or missing: median."
    return ExperimentError(Problem("Every row of a data set has a missing cell, and is left out.", hint=hint))


def without_missing(part: Part, names: Iterable[str]) -> Part:
    """The part without the rows that have a missing cell in one of the named columns.

    Raises:
        ExperimentError: no row is left.
    """
    found = gaps_in(part, names)
    if not found.any():
        return part
    if found.all():
        raise no_row_left()
    if part.numbers is None:
        part = replace(part, numbers=1 + np.arange(part.rows))
    return part.take(np.flatnonzero(~found))


def fit_fill(name: str, values: Array, steps: ColumnSteps) -> Array | None:
    """What stands for the missing numbers of a column: a constant, the mean or the median of those that are there.

    Args:
        name: the column.
        values: the training rows, (rows, ...), NaN where a number is missing.
        steps: what is done to the column.

    Returns:
        float64, of the shape of a row; None where no number may be missing.

    Raises:
        ExperimentError: every number of the training set is missing.
    """
    if steps.missing in ("refuse", "drop"):
        return None
    if steps.missing == "constant":
        return np.full(values.shape[1:], steps.constant)
    if np.isnan(values).all(axis=0).any():
        raise no_number(name)
    statistic = np.nanmedian if steps.missing == "median" else np.nanmean
    return np.asarray(statistic(values.astype(np.float64), axis=0))  # the shape of a row


def no_number(name: str) -> ExperimentError:
    """The error of a column whose numbers are all missing."""
    hint = "Leave the column out, or fill in a constant: missing: {constant: 0}"
    return ExperimentError(Problem(f'The column "{name}" has no number in the training set.', hint=hint))


def fill_missing(values: Array, fill: Array, *, indicator: bool) -> Array:
    """A column whose missing numbers are filled in, perhaps with a number beside each that says whether it was.

    Args:
        values: (rows, ...), NaN where a number is missing.
        fill: of the shape of a row.
        indicator: whether the column, (rows, 1), gets a second number: 1 where the first was missing, else 0.

    Returns:
        float32 of the same shape, or (rows, 2).
    """
    gaps = np.isnan(values)
    with np.errstate(over="ignore"):  # what is too large becomes infinite, which is told with its row
        filled = np.where(gaps, fill, values).astype(np.float32)
    return np.concatenate([filled, gaps.astype(np.float32)], axis=1) if indicator else filled
