"""The `table` generator: rows given inline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nnrun.data.files.data_files import DataFiles
from nnrun.data.generators.generator import Generator, GeneratorCheck, Resources
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
from nnrun.experiment.columns import Columns
from nnrun.experiment.experiment import Component

if TYPE_CHECKING:
    from nnrun.data.dataset import Source


@dataclass(frozen=True)
class InlineTable:
    """A checked `table` generator."""

    columns: tuple[str, ...]
    rows: tuple[tuple[float, ...], ...]
    roles: Roles


def parse_table(generator: Component) -> InlineTable:
    """Checks a `table` generator.

    Raises:
        ExperimentError: rows of unequal length, a cell that is no number, unknown or repeated columns; all at once.
    """
    check = GeneratorCheck(generator)
    columns = tuple(generator.arguments["columns"])
    for position in repetitions(columns):
        check.add("columns", f'The column "{columns[position]}" is repeated.', at=(position,))
    for number, row in enumerate(generator.arguments["rows"], start=1):
        _check_row(check, columns, number, row)
    roles = find_roles(check, columns)
    check.finish()
    rows = tuple(tuple(float(cell) for cell in row) for row in generator.arguments["rows"])
    return InlineTable(columns, rows, roles)


def _columns(generator: Component, files: DataFiles) -> Columns:
    table = parse_table(generator)
    names = table.roles.targets
    position = table.columns.index(names[0])
    classes = count_labels(row[position] for row in table.rows) if len(names) == 1 else None
    return Columns(plain_columns(table.roles.inputs), plain_columns(names), len(table.rows), classes)


def _make(generator: Component, resources: Resources) -> Source:
    """The rows as they are given, every column float32."""
    import numpy as np

    from nnrun.data.dataset import Source, as_column

    table = parse_table(generator)
    cells = np.array(table.rows, dtype=np.float64)  # (rows, columns)
    columns = {name: as_column(cells[:, index]) for index, name in enumerate(table.columns)}
    return Source(part_of(table.roles, columns, columns))


def _check_row(check: GeneratorCheck, columns: tuple[str, ...], number: int, row: Sequence[Any]) -> None:
    if len(row) != len(columns):
        message = f"Row {number} must have {len(columns)} cells, one for each column. Received: {len(row)}"
        check.add("rows", message, at=(number - 1,))
    for position, (name, cell) in enumerate(zip(columns, row, strict=False)):
        if isinstance(cell, bool) or not isinstance(cell, int | float) or not _is_finite(cell):
            message = f'Row {number}, column "{name}": a cell is a finite number. Received: {shown(cell)}'
            check.add("rows", message, at=(number - 1, position))


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
