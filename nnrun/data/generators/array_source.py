"""The columns and the rows of checked arrays, whether a file or a function has them."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from nnrun.data.dataset import Array, Part, Source, as_column
from nnrun.data.files.array_file import StoredArrays
from nnrun.data.generators.array_columns import numbers_of
from nnrun.data.generators.array_table import ArrayTable
from nnrun.data.generators.roles import count_labels, part_of
from nnrun.experiment.columns import Column, Columns, DataFile

# Of a target whose numbers are looked at before any row is made.
_MOST_BYTES = 2**28


def columns_of(table: ArrayTable, files: tuple[DataFile, ...] = ()) -> Columns:
    """The columns that arrays are.

    Args:
        table: the arrays.
        files: the files that they are read from.
    """
    targets = tuple(_target(table, name) for name in table.roles.targets)
    first = targets[0]
    classes = None
    if len(targets) == 1 and first.shape == (1,) and (first.categories or first.extent):
        classes = len(first.categories) or count_labels(_values(table, first.name))
    return Columns(
        tuple(table.column(name) for name in table.roles.inputs),
        targets,
        table.rows,
        classes,
        table.test is not None,
        files,
        keys=tuple(table.column(name) for name in table.roles.keys),
    )


def source_of(table: ArrayTable, streamed: StoredArrays | None = None) -> Source:
    """The rows in their order, and those of the test set.

    Numbers and truth values are float32 of the array's shape, (rows, …); texts have int32 codes, (rows, 1), the
    positions in their sorted order.

    Args:
        table: the arrays.
        streamed: what the arrays are read from in parts; None where they are taken as they are.
    """
    sets = range(1 if table.test is None else 2)
    rows, *test = (_part(table, position, streamed) for position in sets)
    return Source(rows, test[0] if test else None)


def _target(table: ArrayTable, name: str) -> Column:
    column = table.column(name)
    is_large = table.file.headers[table.training[name]].bytes > _MOST_BYTES
    values = [] if column.categories or is_large else _values(table, name)
    return replace(column, is_label=bool(column.categories), extent=(min(values), max(values)) if values else None)


def _values(table: ArrayTable, name: str) -> list[float]:
    """The different numbers of a column of the rows, but for missing ones."""
    import numpy as np

    values = np.unique(table.file.array(table.training[name]).astype(np.float64))
    return [float(value) for value in values[np.isfinite(values)]]


def _part(table: ArrayTable, position: int, streamed: StoredArrays | None) -> Part:
    arrays = table.training if position == 0 else table.test or {}

    def values(name: str) -> Array:
        if name in table.texts:
            return as_column(table.texts[name].codes[position], "int32")
        is_key = name in table.roles.keys
        if streamed and name != table.roles.weight and not is_key:
            from nnrun.data.files.array_stream import ArrayStream

            return cast(Array, ArrayStream(streamed, arrays[name], table.column(name).shape))
        return numbers_of(table.file.array(arrays[name]), table.column(name), "float64" if is_key else "float32")

    columns = {name: values(name) for name in arrays}
    return part_of(table.roles, columns, columns, {name: columns[name] for name in table.roles.keys if name in columns})
