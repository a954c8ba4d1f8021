"""Tables on the terminal; that of the predictions shows the columns and rows that fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich import box
from rich.cells import cell_len
from rich.console import JustifyMethod
from rich.table import Table as RichTable
from rich.text import Text

from nnrun.cli.run_tables import in_words
from nnrun.errors import printable
from nnrun.number_text import ordinary_size
from nnrun.runs import layout

if TYPE_CHECKING:
    from nnrun.predict.prediction_rows import PredictionTable

_MOST_ROWS = 20
_BETWEEN = 3  # cells between two columns


def prediction_table(
    predictions: PredictionTable, room: int, whole: str = f"in {layout.PREDICTIONS}", *, probabilities: bool = False
) -> tuple[RichTable, str]:
    """The table, and a line about the rows and columns that do not fit, or an empty one.

    Args:
        predictions: the points and their predictions.
        room: how many cells wide the table may be.
        whole: where all of them are; the end of a sentence.
        probabilities: whether inputs make room for the probabilities of classes.
    """
    columns = [_column(values) for values in zip(*predictions.rows[:_MOST_ROWS], strict=True)]
    rows = list(zip(*columns, strict=True))
    header = [printable(name) for name in predictions.header]
    widths = [max(map(cell_len, cells)) + _BETWEEN for cells in zip(header, *rows, strict=True)]
    inputs = range(1, predictions.inputs + 1)
    removable = [i for i in reversed(inputs) if probabilities]
    shown = _fitting(header, widths, room, inputs, removable)
    table = plain_table([header[i] for i in shown], justify="right")
    for row in rows:
        table.add_row(*(Text(row[i]) for i in shown))
    hidden = ((len(predictions.rows) - len(rows), "row"), (len(header) - len(shown), "column"))
    more = " and ".join(f"{count:,} {what}{'s' * (count > 1)}" for count, what in hidden if count)
    return table, f"… and {more} more {whole}" if more else ""


def _fitting(
    header: Sequence[str], widths: Sequence[int], room: int, inputs: range, removable: Sequence[int]
) -> list[int]:
    """The columns to show: all; without removable ones; without probabilities; with fewer inputs; the last ones."""
    shown = list(range(len(header)))

    def is_wide() -> bool:
        return len(shown) > 2 and sum(widths[i] for i in shown) - _BETWEEN > room

    for i in removable:
        if is_wide():
            shown.remove(i)
    if is_wide():
        shown = [i for i in range(len(header)) if not header[i].startswith("p(")]
    while is_wide():
        last_input = max((at for at, i in enumerate(shown) if i in inputs), default=-2)
        del shown[last_input]
    return shown


def plain_table(columns: Sequence[str], justify: JustifyMethod = "left") -> RichTable:
    """An empty table without lines around it."""
    table = RichTable(box=box.SIMPLE, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(Text(printable(column)), justify=justify, no_wrap=True)
    return table


def _column(values: Sequence[Any]) -> list[str]:
    """The cells of a column; what is nothing but rounding beside its other numbers is 0."""
    ordinary = ordinary_size(value for value in values if isinstance(value, float))
    return [in_words(value, ordinary) for value in values]
