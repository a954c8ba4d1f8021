"""A table of as many columns as a line of the terminal holds."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from nnrun.cli.prediction_table import plain_table
from nnrun.cli.run_tables import in_words
from nnrun.errors import printable
from nnrun.number_text import ordinary_size

_BETWEEN = 3  # cells between two columns
_LONGEST = 32  # cells of a text
_WIDEST = 1000  # cells of a line where there is no terminal


def fitting_table(
    header: Sequence[str],
    rows: Sequence[Sequence[Any]],
    room: int | None,
    removable: Iterable[int] | None = None,
    *,
    exact: bool = False,
) -> tuple[list[str], list[str]]:
    """The lines of a table, and the names of the columns that have no room.

    Args:
        header: the name of each column.
        rows: a value per column; None where there is none.
        room: how many cells wide it may be; None for any width.
        removable: the columns that make room, in the order in which they are left out; by default all but the first
            one, from the last on.
        exact: whether every number is shown; by default, what is nothing but rounding beside the others of its column
            is 0.
    """
    names = [_clipped(name) for name in header]
    columns = [_column(values, exact=exact) for values in zip(*rows, strict=True)] or [[] for _ in names]
    widths = [max(map(cell_len, (name, *cells))) for name, cells in zip(names, columns, strict=True)]
    shown = list(range(len(names)))
    spare = iter(reversed(shown[1:]) if removable is None else removable)
    while sum(widths[i] + _BETWEEN for i in shown) - _BETWEEN > (room or _WIDEST) and (last := next(spare, None)):
        shown.remove(last)
    table = plain_table([])
    for i in shown:
        numeric = any(isinstance(row[i], int | float) for row in rows)
        table.add_column(Text(names[i]), justify="right" if numeric else "left", no_wrap=True)
    for cells in zip(*(columns[i] for i in shown), strict=True):
        table.add_row(*map(Text, cells))
    lines = _lines(table, room)
    return lines, [name for i, name in enumerate(names) if i not in shown]


def _lines(table: Any, room: int | None) -> list[str]:
    text = io.StringIO()
    Console(file=text, width=room or _WIDEST, color_system=None, highlight=False).print(table)
    return [line.rstrip() for line in text.getvalue().splitlines()]


def _column(values: Sequence[Any], *, exact: bool) -> list[str]:
    ordinary = 0.0 if exact else ordinary_size(value for value in values if isinstance(value, float))
    return [_clipped("–" if value is None else in_words(value, ordinary)) for value in values]


def _clipped(text: str) -> str:
    words = " ".join(printable(text).split())
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
