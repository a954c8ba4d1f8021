"""Tables of runs as text, JSON, CSV or Markdown."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from nnrun.cli.terminal import GAP, table, terminal_width
from nnrun.errors import printable
from nnrun.number_text import short
from nnrun.runs.csv_cells import to_cell

FORMATS = ("table", "json", "csv", "md")


def formatted(columns: Sequence[str], rows: Sequence[Sequence[Any]], form: str) -> str:
    """A table in one of the formats, with a line end; numbers are shortened only for people.

    Args:
        columns: the heading of each column.
        rows: the values of each row; None where there is none.
        form: `table`, `json` (a list of objects), `csv` or `md`.
    """
    if form == "json":
        return json.dumps([dict(zip(columns, row, strict=True)) for row in rows], indent=2) + "\n"
    if form == "csv":
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([to_cell(column) for column in columns])
        writer.writerows([_plain(value) for value in row] for row in rows)
        return text.getvalue()
    if not rows:
        return ""
    heading, *cells = ([" ".join(in_words(value).split()) for value in row] for row in (columns, *rows))
    if form == "md":
        lines = [heading, ["---"] * len(columns), *cells]
        return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)
    return "\n".join(table([heading, *cells], terminal_width())) + "\n"


def fitting_columns(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
    """How many of the first columns a line of the terminal holds, at least one; all of them elsewhere."""
    width = terminal_width()
    table_rows = [columns, *([in_words(value) for value in row] for row in rows)]
    sizes = [max(map(len, cells)) for cells in zip(*table_rows, strict=True)]
    fitting = [i for i in range(1, len(sizes) + 1) if width is None or sum(sizes[:i]) + GAP * (i - 1) <= width]
    return max(fitting, default=1)


def in_words(value: Any, beside: float = 0.0) -> str:
    """A value as people write it, without control characters.

    Args:
        value: the value; None is nothing.
        beside: the ordinary size of the numbers beside it, as `number_text.short` takes it.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return short(value, beside=beside)
    if isinstance(value, list | tuple):
        return ", ".join('""' if item == "" else in_words(item) for item in value)
    return printable(str(value))


def setting_in_words(value: Any) -> str:
    """The value of a setting; an empty text and an empty list as they are written in YAML."""
    if value == "":
        return '""'
    return "[]" if value == [] else in_words(value)


def _plain(value: Any) -> Any:
    """A value that reads back from CSV as it is, but for texts that a spreadsheet would take for formulas."""
    if isinstance(value, list | tuple):
        value = " ".join(map(str, value))
    return in_words(value) if isinstance(value, bool) else to_cell(value)
