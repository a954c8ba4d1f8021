"""Where the rows that windows predict stand: in which series, and there the number of each or the order column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nnrun.data.dataset import Array, Part
from nnrun.data.rows import plain_numbers
from nnrun.data.windows.columns import key_columns
from nnrun.experiment.columns import Column
from nnrun.experiment.experiment import Experiment
from nnrun.predict.new_rows.series_keys import places_in_order


def order_cells(experiment: Experiment, part: Part) -> dict[str, Sequence[Any]]:
    """The cells of the columns of series and order by their names, of the first row that each window predicts."""
    keys = key_columns(experiment.columns.generated, experiment.data)
    columns = [column for column in (keys.series, keys.order) if column is not None and column.name in part.keys]
    return {column.name: _cells(column, part.keys[column.name][:, 0]) for column in columns}


def _cells(column: Column, values: Array) -> list[Any]:
    """The cells of a column from their numbers, (samples,)."""
    return [column.categories[int(code)] for code in values] if column.categories else plain_numbers(values)


def order_places(experiment: Experiment, part: Part) -> Array:
    """Where the rows stand in their order: of dates seconds since 1970, without an order column their numbers.

    Returns:
        (samples,).
    """
    column = key_columns(experiment.columns.generated, experiment.data).order
    if column is None or column.name not in part.keys:
        numbers = 1 + np.arange(part.rows) if part.numbers is None else part.numbers
        return np.asarray(numbers, np.float64)
    values = part.keys[column.name]  # (samples, 1)
    if column.categories:
        values = np.array(column.categories, object)[values]
    return places_in_order(values)
