"""Tables of rows for the tests of profiles, written by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnrun.data.profile.raw_table import Kind, RawColumn, RawTable, Role


def number(name: str, values: Sequence[float | None], role: Role = "input") -> RawColumn:
    """A column of numbers; None is a missing cell."""
    cells = [np.nan if value is None else value for value in values]
    return RawColumn(name, role, "number", np.array(cells, np.float32)[:, None])


def text(name: str, values: Sequence[str | None], role: Role = "input") -> RawColumn:
    """A column of texts, or of classes as a target; None is a missing cell."""
    categories = tuple(sorted({value for value in values if value is not None}))
    codes = [-1 if value is None else categories.index(value) for value in values]
    kind: Kind = "class" if role == "target" else "text"
    return RawColumn(name, role, kind, np.array(codes, np.int32)[:, None], categories)


def table(*columns: RawColumn, first: int = 1) -> RawTable:
    """Rows of these columns, numbered from `first` on."""
    return RawTable(columns, first + np.arange(len(columns[0].values)))
