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

# Of a target whose numbers are looked at before any row is made, and of an input.
_MOST_BYTES, _MOST_OF_INPUT = 2**28, 2**24
_FEWEST_BITS = {"f": 64, "i": 32, "u": 32}  # of numbers of which those of 32 bits may not tell all apart


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
        extents=_extents(table) if files else {},
        totals=_totals(table) if len(targets) == 1 and len(first.shape) == 1 and first.width > 1 else None,
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
    values = [] if column.categories or _is_large(table, name) else _values(table, name)
    return replace(column, is_label=bool(column.categories), extent=(min(values), max(values)) if values else None)


def _is_large(table: ArrayTable, name: str) -> bool:
    return table.file.headers[table.training[name]].bytes > _MOST_BYTES


def _extents(table: ArrayTable) -> dict[str, tuple[float, float]]:
    """The smallest and the largest number of each column that is not large, where its numbers may be too near."""
    import numpy as np

    found: dict[str, tuple[float, float]] = {}
    for name in (*table.roles.inputs, *table.roles.targets):
        header = table.file.headers[table.training[name]]
        may_be_near = header.kind in _FEWEST_BITS and header.size * 8 >= _FEWEST_BITS[header.kind]
        if may_be_near and header.bytes <= _MOST_OF_INPUT:
            values = table.file.array(table.training[name])
            finite = values[np.isfinite(values)]
            found |= {name: (float(finite.min()), float(finite.max()))} if finite.size else {}
    return found


def _totals(table: ArrayTable) -> tuple[float, float] | None:
    """The smallest and the largest sum of a row of the target, an array of several numbers a row, if all are finite."""
    import numpy as np

    (name,) = table.roles.targets
    if _is_large(table, name):
        return None
    with np.errstate(invalid="ignore"):
        sums = table.file.array(table.training[name]).sum(axis=1, dtype=np.float64)  # (rows,)
    return (float(sums.min()), float(sums.max())) if len(sums) and np.isfinite(sums).all() else None


def _values(table: ArrayTable, name: str) -> list[float]:
    """The different numbers of a column of the rows and of the test set, but for missing ones."""
    import numpy as np

    sets = [table.training, *([table.test] if table.test else [])]
    values = np.unique(np.concatenate([table.file.array(each[name]).astype(np.float64).ravel() for each in sets]))
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
