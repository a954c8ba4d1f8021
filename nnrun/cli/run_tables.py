"""Tables of runs as text, JSON, CSV or Markdown."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from nnrun.cli.terminal import table, terminal_width
from nnrun.errors import printable
from nnrun.number_text import short

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
        writer.writerow(columns)
        writer.writerows([_plain(value) for value in row] for row in rows)
        return text.getvalue()
    if not rows:
        return ""
    cells = [[printable(in_words(value)) for value in row] for row in rows]
    if form == "md":
        lines = [columns, ["---"] * len(columns), *cells]
        return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)
    return "\n".join(table([list(columns), *cells], terminal_width())) + "\n"


def in_words(value: Any) -> str:
    """A value as people write it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return short(value)
    return ", ".join(map(in_words, value)) if isinstance(value, list | tuple) else str(value)


def _plain(value: Any) -> Any:
    """A value that reads back from CSV as it is."""
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return in_words(value) if isinstance(value, bool) else value
