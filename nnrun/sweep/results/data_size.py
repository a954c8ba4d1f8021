"""The picture of a sweep over the size of the training set: the measure over the training rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nnrun.plots.picture import Picture
from nnrun.runs import layout
from nnrun.runs.record import read_record
from nnrun.sweep.results.band import band_note, band_of
from nnrun.sweep.results.configurations import without_repetitions
from nnrun.sweep.results.labels import as_number, short_columns
from nnrun.sweep.results.results import Results

# The setting that says how much of the training set is used.
USE = "data.use"
_MOST_LINES = 10

Array = np.ndarray[Any, np.dtype[np.float64]]


def data_size_picture(results: Results) -> Picture | None:
    """The measure over the training rows, a line for each combination of the other settings.

    None where the trials do not differ in `data.use`, or nothing was measured.

    Raises:
        StorageError: the record of a trial cannot be read.
    """
    columns = without_repetitions(results.record.columns)
    if USE not in columns or not results.measure:
        return None
    others = [column for column in columns if column != USE]
    sizes = [_training_rows(results, i) for i in range(len(results.configurations))]
    known = sorted({size for size in sizes if size is not None})
    if len(known) < 2:
        return None
    lines: dict[str, Array] = {}
    for i, size in enumerate(sizes):
        configuration = results.configurations[i]
        values = results.values(configuration)
        if size is not None and len(values):
            name = _name(configuration.settings, others)
            band = lines.setdefault(name, np.full((3, len(known)), np.nan))
            band[:, known.index(size)] = band_of(values, averaged=results.averaged)
    shown = list(lines)[:_MOST_LINES]
    note = band_note(averaged=results.averaged) if results.configurations.repeated else "one trial each"
    few = f"; the first {_MOST_LINES} of {len(lines)} lines" if len(lines) > _MOST_LINES else ""
    arguments = {
        "epochs": np.array(known, np.float64),
        "bands": np.stack([lines[name] for name in shown]),
        "names": shown,
        "heading": ", ".join(short_columns(others).values()),
        "measure": results.measure_name,
        "note": f"{note}{few}",
        "title": f"{results.record.name}: {results.measure_name} by training rows",
        "x": "training rows",
    }
    return Picture("data_size", arguments)


def _training_rows(results: Results, configuration: int) -> int | None:
    """The number of training rows of a configuration; None where none of its trials has recorded it."""
    for place in results.configurations.members(configuration).tolist() if results.trials.table is None else ():
        trial = results.folder / results.rows[place]["folder"]
        found = read_record(trial).training_rows if (trial / layout.RECORD).exists() else None
        if found is not None:
            return found
    use = as_number(results.configurations[configuration].settings[USE])
    return int(use) if use is not None and use > 1 else None


def _name(settings: Mapping[str, str], columns: Sequence[str]) -> str:
    return ", ".join(settings[column] for column in columns) or "all trials"
