"""The `csv` generator: the rows of a CSV file."""

from __future__ import annotations

import numpy as np

from nnrun.data.columns import parse_csv
from nnrun.data.dataset import Array, Part, as_column, part_of
from nnrun.data.files.csv_column import CsvColumn
from nnrun.data.files.data_files import DataFiles
from nnrun.data.labels import one_hot
from nnrun.experiment.experiment import Component


def make_csv(generator: Component, files: DataFiles) -> Part:
    """The rows of a `csv` generator, in the order of the file.

    Returns:
        Numbers as float32 columns of one number. Of words, an input has a number for each different word in sorted
        order, 1 for the row's own and 0 for the others; a target has int32 labels, the words' positions in that order.

    Raises:
        ExperimentError: the file cannot be read or used.
    """
    table = parse_csv(generator, files)
    targets = {name: _target(table.columns[name]) for name in table.roles.targets}
    others = {name: _input(column) for name, column in table.columns.items() if name not in targets}
    return part_of(table.roles, others, targets)


def _input(column: CsvColumn) -> Array:
    if column.numbers is not None:
        return as_column(column.numbers)
    return one_hot(as_column(column.codes, np.intp), len(column.words))  # (rows, words)


def _target(column: CsvColumn) -> Array:
    return as_column(column.codes, np.int32) if column.numbers is None else as_column(column.numbers)
