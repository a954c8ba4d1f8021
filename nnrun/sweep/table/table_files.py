"""The tables of a sweep whose trials have no folders: `trials.csv` for people, `trials.npz` for programs."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from nnrun.runs import layout
from nnrun.runs.atomic import replace_with
from nnrun.runs.csv_cells import to_cell
from nnrun.sweep.table.array_parts import ArrayParts, NpzRows, write_array_parts
from nnrun.sweep.table.block_files import stored_files
from nnrun.sweep.table.joined_columns import CURVE_EPOCHS
from nnrun.sweep.table.table_cells import csv_columns
from nnrun.sweep.table.trial_block import CODE, TEXTS
from nnrun.sweep.table.trial_table import TrialTable

_ROWS = 2**15  # of `trials.csv` at once


def write_table_files(
    folder: Path, columns: Sequence[str], *, reaching: bool, rated: bool = False, finished: bool = True
) -> TrialTable:
    """Writes `trials.csv` and, of a finished sweep, `trials.npz`, which takes the place of the blocks; the table.

    Args:
        folder: the sweep's folder.
        columns: the settings in which the trials differ.
        reaching: whether the trials had a target.
        rated: whether they have an objective.
        finished: whether the sweep is finished, else its blocks stay.

    Raises:
        StorageError: a file could not be read or written.
    """
    table = TrialTable(stored_files(folder))
    if finished:
        write_array_parts(folder / layout.TRIALS_ARRAYS, _arrays(table))
        table = TrialTable(stored_files(folder)[:1])
    write_trials_csv(folder / layout.TRIALS_TABLE, table, columns, reaching=reaching, rated=rated)
    if finished:
        with suppress(OSError):  # what is left of them is equal to what the table has
            shutil.rmtree(folder / layout.BLOCKS)
    return table


def write_merged_files(
    folder: Path, files: Sequence[NpzRows], columns: Sequence[str], *, reaching: bool, rated: bool
) -> None:
    """Writes the tables of trials that lie in the tables of several sweeps.

    Args:
        folder: the folder of the new sweep.
        files: the tables.
        columns: the settings in which the trials differ.
        reaching: whether the trials had a target.
        rated: whether they have an objective.

    Raises:
        StorageError: a file could not be read or written.
    """
    write_array_parts(folder / layout.TRIALS_ARRAYS, _arrays(TrialTable(files)))
    write_trials_csv(folder / layout.TRIALS_TABLE, TrialTable.open(folder), columns, reaching=reaching, rated=rated)


def _arrays(table: TrialTable) -> dict[str, ArrayParts]:
    arrays: dict[str, ArrayParts] = {}
    for name, column in table.columns.items():
        ending = CODE if column.texts is not None else ""
        arrays[name + ending] = ArrayParts(column.dtype, (len(table), *column.tail), table.parts(name))
        if column.texts is not None:
            arrays[name + TEXTS] = ArrayParts(column.texts.dtype, column.texts.shape, [column.texts])
    epochs = table.curve_epochs
    return {**arrays, CURVE_EPOCHS: ArrayParts(epochs.dtype, epochs.shape, [epochs])}


def write_trials_csv(
    path: Path, table: TrialTable, columns: Sequence[str], *, reaching: bool, rated: bool = False
) -> None:
    """Writes `trials.csv`, a row per trial, with the columns that it has of trials with folders, but for `folder`.

    Args:
        path: the file.
        table: the trials.
        columns: the settings in which they differ.
        reaching: whether they had a target.
        rated: whether they have an objective.

    Raises:
        StorageError: the file could not be written.
    """
    cells = csv_columns(table, columns, reaching=reaching, rated=rated)

    def write(temporary: Path) -> None:
        with temporary.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(map(to_cell, cells))
            for start in range(0, len(table), _ROWS):
                writer.writerows(zip(*(read(start, start + _ROWS) for read in cells.values()), strict=True))

    replace_with(path, write)
