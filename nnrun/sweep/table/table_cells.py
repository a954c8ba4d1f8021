"""The cells of `trials.csv`, from the table of a sweep whose trials have no folders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, overload

import numpy as np

from nnrun.runs.csv_cells import from_cell, to_cell
from nnrun.sweep.table.column_names import EXPECTATIONS, OBJECTIVE, REACHED, epochs_column
from nnrun.sweep.table.trial_block import BEST, FINAL, SETTINGS
from nnrun.sweep.table.trial_table import TrialTable

_MET = {-1: None, 0: "not met", 1: "met"}

# The cells of a column from a first row to that behind a last one.
Cells = Callable[[int, int], Sequence[Any]]


class LazyRows(Sequence[Mapping[str, str]]):
    """The rows of `trials.csv` as texts by column, made when they are needed.

    Args:
        count: the number of rows.
        cells: what reads each column.
    """

    def __init__(self, count: int, cells: Mapping[str, Cells]) -> None:
        self._rows = count
        self.cells = cells

    def __len__(self) -> int:
        return self._rows

    @overload
    def __getitem__(self, place: int) -> Mapping[str, str]: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Mapping[str, str]]: ...

    def __getitem__(self, place: int | slice) -> Mapping[str, str] | Sequence[Mapping[str, str]]:
        if isinstance(place, int):
            return self[range(self._rows)[place] : range(self._rows)[place] + 1][0]
        start, stop, step = place.indices(self._rows)
        columns = [map(_text, read(start, max(start, stop))) for read in self.cells.values()]
        rows = [dict(zip(self.cells, row, strict=True)) for row in zip(*columns, strict=True)]
        return rows[::step]


def _text(cell: Any) -> str:
    return "" if cell is None else from_cell(str(cell))


def csv_columns(table: TrialTable, columns: Sequence[str], *, reaching: bool, rated: bool) -> dict[str, Cells]:
    """What reads each column of `trials.csv`, by its header.

    Args:
        table: the trials.
        columns: the settings in which they differ.
        reaching: whether they had a target.
        rated: whether they have an objective.
    """
    cells: dict[str, Cells] = {"index": _whole(table, "index")}
    cells |= {column: _setting(table, SETTINGS + column) for column in columns}
    cells |= {"status": _setting(table, "status"), epochs_column(columns): _whole(table, "epochs")}
    cells |= {REACHED: _whole(table, "reached", nothing=0)} if reaching else {}
    expecting = "met" in table.columns and any((part >= 0).any() for part in table.parts("met"))
    cells |= {EXPECTATIONS: _met(table)} if expecting else {}
    cells |= {OBJECTIVE: _number(table, "objective")} if rated else {}
    cells |= {f"final_{name.removeprefix(FINAL)}": _number(table, name) for name in _measured(table, FINAL)}
    best = list(_measured(table, BEST))
    cells |= {"best_epoch": _whole(table, "best_epoch", nothing=0)} if best else {}
    cells |= {f"best_{name.removeprefix(BEST)}": _number(table, name) for name in best}
    return {**cells, "seconds": _number(table, "seconds"), "reason": _setting(table, "reason")}


def _measured(table: TrialTable, group: str) -> Iterator[str]:
    """The names of the columns of a group in which a trial has a number."""
    for name in table.names(group):
        if any(np.isfinite(part).any() for part in table.parts(name)):
            yield name


def _whole(table: TrialTable, name: str, nothing: int | None = None) -> Cells:
    def cells(start: int, stop: int) -> Sequence[Any]:
        values: list[int] = table.read(name, start, stop).tolist()
        return values if nothing is None else [None if value == nothing else value for value in values]

    return cells


def _number(table: TrialTable, name: str) -> Cells:
    def cells(start: int, stop: int) -> Sequence[Any]:
        values = table.read(name, start, stop)
        numbers = values.astype(object)
        numbers[~np.isfinite(values)] = None
        return list(numbers)

    return cells


def _setting(table: TrialTable, name: str) -> Cells:
    texts = table.texts(name)
    if texts is None:
        return _whole(table, name)
    known = [to_cell(text) for text in texts.tolist()]
    return lambda start, stop: [known[code] for code in table.read(name, start, stop).tolist()]


def _met(table: TrialTable) -> Cells:
    return lambda start, stop: [_MET[met] for met in table.read("met", start, stop).tolist()]
