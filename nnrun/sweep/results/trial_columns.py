"""The trials of a sweep by column, from `trials.csv` or from the table of a sweep without folders of trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from nnrun.data.dataset import Array
from nnrun.experiment.repetitions import REPETITION_PATHS
from nnrun.runs import layout
from nnrun.sweep.plan.trial import written
from nnrun.sweep.results.labels import as_number
from nnrun.sweep.results.tables import Row, read_table
from nnrun.sweep.sweep_record import SweepRecord
from nnrun.sweep.table.column_names import OBJECTIVE, REACHED, epochs_column
from nnrun.sweep.table.table_cells import LazyRows, csv_columns
from nnrun.sweep.table.trial_block import FINAL, SETTINGS, STATUSES
from nnrun.sweep.table.trial_table import TrialTable

COMPLETED, FAILED, PRUNED = range(len(STATUSES))
_FINAL = "final_"


@dataclass(frozen=True, eq=False)
class SettingColumn:
    """A setting of all trials.

    Args:
        codes: the position of each trial's value in `values`, (trials,).
        values: the different values, numbers or texts, (values,).
    """

    codes: Array
    values: Array

    def text(self, code: int) -> str:
        """A value as `trials.csv` has it."""
        return written(self.values[code].item())

    @cached_property
    def texts(self) -> list[str]:
        """All values as `trials.csv` has them."""
        return [written(value) for value in self.values.tolist()]

    @cached_property
    def numbers(self) -> Array | None:
        """The values as numbers, float64, (values,); None where some are none."""
        if self.values.dtype.kind != "U":
            return self.values.astype(np.float64)
        found = [as_number(text) for text in self.values.tolist()]
        return None if None in found else np.array(found, np.float64)


@dataclass(frozen=True, eq=False)
class TrialColumns:
    """The trials of a sweep.

    Args:
        rows: the rows of `trials.csv`, made when they are needed.
        header: its columns.
        settings: the settings in which the trials differ, by path.
        status: positions in `STATUSES`, (trials,).
        epochs: how many epochs were trained, (trials,).
        measures: the numbers of each measure, float64, (trials,): NaN where a trial has none, infinite where it never
            reached its target.
        reasons: why trials failed or ended early, empty where they did not.
        table: where the curves are, of a sweep without folders of trials.
    """

    rows: Sequence[Row]
    header: Sequence[str]
    settings: Mapping[str, SettingColumn]
    status: Array
    epochs: Array
    measures: Mapping[str, Array]
    reasons: SettingColumn
    table: TrialTable | None = None

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def have_reasons(self) -> bool:
        """Whether there is a reason for how a trial ended that was not pruned."""
        given = np.array([bool(text) for text in self.reasons.texts])
        return bool(len(self) and (given[self.reasons.codes] & (self.status != PRUNED)).any())

    def first_rows(self, count: int) -> Sequence[Row]:
        """The rows of the trials with the lowest numbers, ascending."""
        if self.table is None:
            return sorted(self.rows, key=lambda row: int(row["index"]))[:count]
        return self.rows[:count]


def is_table(folder: Path) -> bool:
    """Whether the trials of a sweep are rows of a table and have no folders."""
    return (folder / layout.TRIALS_ARRAYS).exists() or (folder / layout.BLOCKS).is_dir()


def read_columns(folder: Path, record: SweepRecord) -> TrialColumns:
    """The trials of the sweep in `folder`.

    Raises:
        StorageError: a table cannot be read.
        KeyError, ValueError: it is not that of this sweep.
    """
    if is_table(folder):
        reaching, rated = record.reach is not None, record.ranked_by is not None
        return columns_of_table(TrialTable.open(folder), record.columns, reaching=reaching, rated=rated)
    path = folder / layout.TRIALS_TABLE
    return columns_of_rows(read_table(path) if path.exists() else [], record.columns)


def columns_of_rows(rows: Sequence[Row], columns: Sequence[str]) -> TrialColumns:
    """The trials of the rows of a `trials.csv`.

    Args:
        rows: the rows.
        columns: the settings in which the trials differ.

    Raises:
        KeyError, ValueError: the rows are not those of such trials.
    """
    header = list(rows[0]) if rows else []
    epochs = epochs_column(columns)
    paths = dict.fromkeys([*columns, *(path for path in REPETITION_PATHS if path in header)])
    measured = [name for name in header if name.startswith(_FINAL) or name == OBJECTIVE]
    measures = {REACHED: _numbers(rows, REACHED, np.inf)} if REACHED in header else {}
    measures |= {name: _numbers(rows, name, np.nan) for name in measured}
    return TrialColumns(
        rows=rows,
        header=header,
        settings={path: _coded([row[path] for row in rows]) for path in paths if rows},
        status=np.array([STATUSES.index(row["status"]) for row in rows], np.uint8),
        epochs=_numbers(rows, epochs, 0).astype(np.int64) if epochs in header else np.zeros(len(rows), np.int64),
        measures=measures,
        reasons=_coded([row.get("reason", "") for row in rows]),
    )


def columns_of_table(table: TrialTable, columns: Sequence[str], *, reaching: bool, rated: bool = False) -> TrialColumns:
    """The trials of a table, with the measures that its `trials.csv` has.

    Args:
        table: the trials.
        columns: the settings in which they differ.
        reaching: whether they had a target.
        rated: whether they have an objective.

    Raises:
        KeyError: the table lacks a setting.
    """
    cells = csv_columns(table, columns, reaching=reaching, rated=rated)
    measures: dict[str, Array] = {}
    for name in cells:
        if name == REACHED:
            reached = table.read("reached")
            measures[name] = np.where(reached > 0, reached, np.inf)
        elif name == OBJECTIVE or name.startswith(_FINAL):
            stored = FINAL + name.removeprefix(_FINAL) if name != OBJECTIVE else OBJECTIVE
            values = table.read(stored)
            measures[name] = np.where(np.isfinite(values), values, np.nan)
    return TrialColumns(
        rows=LazyRows(len(table), cells),
        header=list(cells),
        settings={path: _column(table, SETTINGS + path) for path in columns} if len(table) else {},
        status=table.read("status") if len(table) else np.zeros(0, np.uint8),
        epochs=table.read("epochs") if len(table) else np.zeros(0, np.int64),
        measures=measures,
        reasons=_column(table, "reason") if len(table) else _coded([]),
        table=table,
    )


def _column(table: TrialTable, name: str) -> SettingColumn:
    texts = table.texts(name)
    if texts is not None:
        return SettingColumn(table.read(name), texts)
    values, codes = np.unique(table.read(name), return_inverse=True)
    return SettingColumn(codes, values)


def _coded(texts: Sequence[str]) -> SettingColumn:
    """A column of texts, its values in the order in which they appear."""
    places: dict[str, int] = {}
    codes = np.array([places.setdefault(text, len(places)) for text in texts], np.int64)
    return SettingColumn(codes, np.array(list(places), np.str_))


def _numbers(rows: Sequence[Row], column: str, missing: float) -> Array:
    return np.array([float(row[column]) if row[column] else missing for row in rows], np.float64)
