"""What the tables that scikit-learn ships have in common: named columns, and class names or number targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnrun.data.dataset import Array, Part, Source, as_column
from nnrun.data.generators.roles import plain_columns
from nnrun.experiment.columns import Column, Columns


def class_columns(inputs: Sequence[str], target: str, names: Sequence[str], rows: int) -> Columns:
    """Input columns of numbers and a target with named classes."""
    label = Column(target, categories=tuple(names), is_label=True)
    return Columns(plain_columns(inputs), (label,), rows, len(names))


def number_columns(inputs: Sequence[str], targets: Sequence[str], rows: int) -> Columns:
    """Input and target columns of numbers."""
    return Columns(plain_columns(inputs), plain_columns(targets), rows)


def table_source(columns: Columns, table: Any) -> Source:
    """The rows of a table that scikit-learn loaded, by the names of the columns.

    Args:
        columns: their names.
        table: what its `load_…` function returns: `data` (rows, inputs) and `target` (rows,) or (rows, targets).
    """
    targets: Array = table.target.reshape(len(table.data), -1)  # (rows, targets)
    dtype = "int32" if columns.targets[0].is_label else "float32"
    return Source(
        Part(
            {column.name: as_column(values) for column, values in zip(columns.inputs, table.data.T, strict=True)},
            {column.name: as_column(values, dtype) for column, values in zip(columns.targets, targets.T, strict=True)},
        )
    )
