"""The delimiter of a CSV file, guessed from its first rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from itertools import islice

from nnrun.data.files.csv_header import DELIMITERS

_FIRST_LINES = 20


def guess_delimiter(content: bytes) -> str:
    """The delimiter that gives the first rows of a file equally many cells, and the most; a comma if none does better.

    Blanks are the delimiter only where no other can be.

    Args:
        content: the first lines, UTF-8.
    """
    lines = list(islice(io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline=""), _FIRST_LINES))

    def fitness(delimiter: str) -> tuple[bool, int]:
        widths = _widths(lines, delimiter)
        return widths[0] > 1 and len(set(widths)) == 1, widths[0]

    best = max(DELIMITERS, key=fitness)
    return " " if not fitness(best)[0] and fitness(" ")[0] else best


def _widths(lines: Sequence[str], delimiter: str) -> list[int]:
    """How many cells each row has, the first at least; a row that may continue below the lines is left out."""
    try:
        rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
        widths = [len(list(filter(None, row)) if delimiter == " " else row) for row in rows]
    except csv.Error:
        return [0]
    return (widths[:-1] if len(lines) == _FIRST_LINES else widths) or [0]
