"""The `table` generator: rows given inline."""

from __future__ import annotations

import numpy as np

from nnrun.data.columns import parse_table
from nnrun.data.dataset import Part, as_column, part_of
from nnrun.experiment.experiment import Component


def make_table(generator: Component) -> Part:
    """The rows of a `table` generator, every column float32.

    Raises:
        ExperimentError: the table is not well-formed.
    """
    table = parse_table(generator)
    cells = np.array(table.rows, dtype=np.float64)  # (rows, columns)
    columns = {name: as_column(cells[:, index]) for index, name in enumerate(table.columns)}
    return part_of(table.roles, columns, columns)
