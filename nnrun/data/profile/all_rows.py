"""All rows of data for a file: as a table in the data's own units, or as the arrays that the network receives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nnrun.data.dataset import Array, Part
from nnrun.data.profile.raw_table import RawTable
from nnrun.data.profile.row_cells import raw_cells


def all_rows(tables: Mapping[str, RawTable]) -> tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]:
    """The header and the rows of all parts: `row`, `part`, then every column; None for a missing cell.

    Args:
        tables: the parts by name.
    """
    cells = {name: raw_cells(table, table.rows, whole=True) for name, table in tables.items()}
    first, *_ = cells.values()
    rows = ((row[0], name, *row[1:]) for name, part in cells.items() for row in part.rows)
    return (first.header[0], "part", *first.header[1:]), rows


def part_arrays(prepared: Mapping[str, Part], raw: Mapping[str, RawTable]) -> dict[str, Array]:
    """The arrays of all parts by name: `training/NAME` for each column, `training/row`, `training/sample_weight`.

    Args:
        prepared: the parts by name, as the network receives them.
        raw: the same parts in the data's own units.
    """
    found: dict[str, Array] = {}
    for name, part in prepared.items():
        found[f"{name}/row"] = np.asarray(raw[name].numbers if part.numbers is None else part.numbers)
        found |= {f"{name}/{column}": values for column, values in (part.inputs | part.targets).items()}
        if part.weights is not None:
            found[f"{name}/sample_weight"] = part.weights
    return found
