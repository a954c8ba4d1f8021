"""The profile of data as JSON: what `nnrun data --format json` prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrun.runs.record_file import finite

if TYPE_CHECKING:
    from nnrun.cli.data_page import DataPage, FirstRows
    from nnrun.data.profile.column_profile import ColumnProfile
    from nnrun.data.profile.row_cells import RowCells


def data_json(page: DataPage, plot: Path | None = None, out: Path | None = None) -> str:
    """The page as JSON, without a line end; a number that is not finite is null.

    Args:
        page: the page.
        plot: the picture that was drawn, if any.
        out: the file of rows that was written, if any.
    """
    profile = page.profile
    content = {
        "file": page.file,
        "rows": dict(profile.rows),
        "columns": [_column(column) for column in profile.columns],
        "classes": [
            {"target": one.target, "classes": list(one.classes), "rows": {p: list(n) for p, n in one.counts.items()}}
            for one in profile.classes
        ],
        "repeated_rows": profile.repeated,
        "shared_rows": dict(profile.shared),
        "suspicions": [vars(one) for one in profile.suspicions],
        "first_rows": {first.part: _first_rows(first) for first in page.first},
        "notes": list(page.notes),
        "plot": None if plot is None else str(plot),
        "out": None if out is None else str(out),
    }
    return json.dumps(content, indent=2)


def _column(column: ColumnProfile) -> dict[str, Any]:
    return {
        "name": column.name,
        "role": column.role,
        "type": column.kind,
        "shape": list(column.shape),
        "missing": column.missing,
        "distinct": column.distinct,
        "minimum": finite(column.minimum),
        "maximum": finite(column.maximum),
        "mean": finite(column.mean),
        "std": finite(column.deviation),
        "frequent": [{"value": value, "rows": rows} for value, rows in column.frequent],
    }


def _first_rows(first: FirstRows) -> dict[str, Any]:
    return {"raw": _cells(first.raw), "prepared": None if first.prepared is None else _cells(first.prepared)}


def _cells(cells: RowCells) -> dict[str, Any]:
    rows = [[finite(cell) if isinstance(cell, float) else cell for cell in row] for row in cells.rows]
    return {"columns": list(cells.header), "rows": rows}
