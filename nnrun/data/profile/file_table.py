"""The columns of a data file as a table, each with its missing cells."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nnrun.data.files.table_column import TableColumn
from nnrun.data.profile.raw_table import Kind, RawColumn, RawTable


def file_table(columns: Mapping[str, TableColumn]) -> RawTable:
    """The rows of a file; a column of more than 1,000 different texts, whose cells are not kept, is left out.

    Args:
        columns: the columns by name, of one row or more.
    """
    rows = max(map(len, columns.values()))
    unkept = unkept_texts(columns)
    kept = (_column(column) for name, column in columns.items() if name not in unkept)
    return RawTable(tuple(kept), 1 + np.arange(rows))


def unkept_texts(columns: Mapping[str, TableColumn]) -> list[str]:
    """The columns of more than 1,000 different texts."""
    return [name for name, column in columns.items() if column.is_unkept]


def _column(column: TableColumn) -> RawColumn:
    kind: Kind = "text" if column.numbers is None else "number"
    return RawColumn(column.name, "input", kind, column.values(precise=True), column.categories)
