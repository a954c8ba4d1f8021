"""The `table` generator: rows given inline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nnrun.data.dataset import Source, as_column
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.roles import (
    ROLE_ARGUMENTS,
    Roles,
    count_labels,
    find_roles,
    part_of,
    plain_columns,
    repetitions,
)
from nnrun.errors import shown
from nnrun.experiment.columns import Column, Columns


@dataclass(frozen=True)
class InlineTable:
    """A checked `table` generator."""

    columns: tuple[str, ...]
    rows: tuple[tuple[float, ...], ...]
    roles: Roles


def parse_table(given: GeneratorArguments) -> InlineTable:
    """Checks a `table` generator.

    Raises:
        ExperimentError: rows of unequal length, a cell that is no number, unknown or repeated columns; all at once.
    """
    columns = tuple(given["columns"])
    for position in repetitions(columns):
        given.add("columns", f'The column "{columns[position]}" is repeated.', at=(position,))
    for number, row in enumerate(given["rows"], start=1):
        _check_row(given, columns, number, row)
    roles = find_roles(given, columns)
    given.finish()
    rows = tuple(tuple(float(cell) for cell in row) for row in given["rows"])
    return InlineTable(columns, rows, roles)


def _columns(given: GeneratorArguments) -> Columns:
    table = parse_table(given)
    cells = {name: [row[table.columns.index(name)] for row in table.rows] for name in table.roles.targets}
    targets = tuple(Column(name, extent=(min(numbers), max(numbers))) for name, numbers in cells.items())
    classes = count_labels(next(iter(cells.values()))) if len(cells) == 1 else None
    return Columns(plain_columns(table.roles.inputs), targets, len(table.rows), classes)


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows as they are given, every column float32."""
    import numpy as np

    table = parse_table(given)
    cells = np.array(table.rows, dtype=np.float64)  # (rows, columns)
    columns = {name: as_column(cells[:, index]) for index, name in enumerate(table.columns)}
    return Source(part_of(table.roles, columns, columns))


def _check_row(given: GeneratorArguments, columns: tuple[str, ...], number: int, row: Sequence[Any]) -> None:
    if len(row) != len(columns):
        message = f"Row {number} must have {len(columns)} cells, one for each column. Received: {len(row)}"
        given.add("rows", message, at=(number - 1,))
    for position, (name, cell) in enumerate(zip(columns, row, strict=False)):
        if isinstance(cell, bool) or not isinstance(cell, int | float) or not _is_finite(cell):
            message = f'Row {number}, column "{name}": a cell is a finite number. Received: {shown(cell)}'
            given.add("rows", message, at=(number - 1, position))


def _is_finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:
        return False


TABLE = Generator(
    "table",
    "Rows given inline, one number per column.",
    {
        "columns": {
            "description": "The names of the columns, in the order of the cells.",
            "type": "array",
            "items": {"type": "string", "minLength": 1},
            "minItems": 2,
            "required": True,
        },
        "rows": {
            "description": "The rows, each a list with one number per column.",
            "type": "array",
            "items": {"type": "array"},
            "minItems": 1,
            "required": True,
        },
        **ROLE_ARGUMENTS,
    },
    _columns,
    _make,
)
