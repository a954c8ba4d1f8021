"""The rows of a generator as windows need them: their columns chosen, their series numbered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from nnrun.data.dataset import Array, Dataset, Part
from nnrun.data.splits.key_columns import key_values
from nnrun.data.windows.columns import key_columns
from nnrun.data.windows.cut import SERIES
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.experiment import DataSettings


def choose_rows_of_series(raw: Dataset, generated: Columns, chosen: Columns, settings: DataSettings) -> Dataset:
    """Raw data sets with the columns that windows are cut from, and the number of the series of each row.

    Args:
        raw: the parts as the generator makes them.
        generated: the columns that it makes.
        chosen: those that windows are cut from.
        settings: has the windows and the rule of the split.
    """

    def changed(part: Part | None) -> Part | None:
        if part is None:
            return None
        part = rows_of_series(part, generated, settings)
        inputs = {column.name: _values(part, column) for column in chosen.inputs}
        targets = {column.name: (part.inputs | part.targets)[column.name] for column in chosen.targets}
        return replace(part, inputs=inputs, targets=targets)

    training = changed(raw.training)
    assert training is not None
    sets: dict[str, Any] = {"validation": changed(raw.validation), "test": changed(raw.test)}
    return replace(raw, training=training, classes=chosen.classes, **sets)


def rows_of_series(part: Part, generated: Columns, settings: DataSettings) -> Part:
    """Rows in the order of their series, with their numbers and what orders and names them among their keys.

    Args:
        part: rows as the generator makes them.
        generated: the columns that it makes.
        settings: has the windows and the rule of the split.
    """
    if settings.split.kind == "group" and part.numbers is not None:  # whose rows are shuffled
        part = part.take(np.argsort(part.numbers))
    return replace(part, keys=part.keys | _named(part, generated, settings) | _series(part, generated, settings))


def _values(part: Part, column: Column) -> Array:
    """The values of a column; class labels that are no codes of texts as numbers."""
    values = (part.targets | part.inputs)[column.name]
    return values if column.categories else values.astype(np.float32, copy=False)


def _named(part: Part, generated: Columns, settings: DataSettings) -> dict[str, Array]:
    """The columns of the order and of the series, which may be inputs as well."""
    keys = key_columns(generated, settings)
    columns = [column for column in (keys.order, keys.series) if column is not None]
    return {column.name: key_values(part, column).reshape(-1, 1) for column in columns}


def _series(part: Part, generated: Columns, settings: DataSettings) -> dict[str, Array]:
    """The number of the series of each row; none for a single one.

    Rows of a group are a series, and where a column says the part of each row, rows that follow one another.
    """
    column = key_columns(generated, settings).series
    series = np.zeros(part.rows, np.int64)
    if column is not None:
        series = np.unique(key_values(part, column), return_inverse=True)[1]
    if settings.split.kind == "column" and part.numbers is not None:
        runs = np.cumsum(np.r_[0, np.diff(part.numbers) != 1])  # (rows,)
        series = np.unique(np.stack([series, runs]), axis=1, return_inverse=True)[1].ravel()
    return {SERIES: series.reshape(-1, 1)} if series.any() else {}
