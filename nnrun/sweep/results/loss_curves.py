"""The losses of many trials at a few of their epochs, read quickly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nnrun.runs import layout
from nnrun.runs.metrics_file import read_metric
from nnrun.sweep.results.results import Results
from nnrun.sweep.results.tables import Row
from nnrun.sweep.table.trial_block import CURVES, STATUSES
from nnrun.sweep.table.trial_table import TrialTable

Array = np.ndarray[Any, np.dtype[np.float64]]

MOST_EPOCHS = 200
_LOSSES = ("val_loss", "loss")
# So many trials show the median and the tails of a configuration, and more would take long to read.
_MOST_TRIALS, _MOST_ROWS = 200, 2_000
_MOST_EPOCHS_READ = 5_000_000


@dataclass(frozen=True, eq=False)
class LossCurves:
    """The losses of the trials of some configurations.

    Args:
        epochs: at which epochs, (epochs,).
        losses: of each configuration, (trials that have losses, epochs); infinite behind the end of a failed trial.
        most: of how many trials of each configuration they are at most.
    """

    epochs: Array
    losses: Sequence[Array]
    most: int


def loss_curves(results: Results, members: Sequence[Array]) -> LossCurves:
    """The losses of the trials of some configurations, on the validation set where there is one.

    Args:
        results: the results of the sweep.
        members: the positions of the trials of each configuration.

    Raises:
        StorageError: the metrics of a trial cannot be read.
    """
    table = results.trials.table
    if table is not None:
        return LossCurves(table.curve_epochs, [_table_losses(table, places) for places in members], _MOST_ROWS)
    last = max((int(results.trials.epochs[places].max(initial=0)) for places in members), default=0)
    if not last:
        return LossCurves(np.zeros(0), [], 0)
    epochs = chosen_epochs(last)
    most = max(10, min(_MOST_TRIALS, _MOST_EPOCHS_READ // (last * len(members))))
    chosen = [[results.rows[place] for place in places[:most]] for places in members]
    return LossCurves(np.array(epochs), [read_losses(results.folder, rows, epochs) for rows in chosen], most)


def _table_losses(table: TrialTable, places: Array) -> Array:
    """The losses of some trials of a table, of many every so many; (trials, epochs)."""
    name = next((CURVES + loss for loss in _LOSSES if CURVES + loss in table.columns), None)
    if name is None:
        return np.zeros((0, 0))
    places = np.sort(places)[np.unique(np.linspace(0, len(places) - 1, min(len(places), _MOST_ROWS)).astype(np.int64))]
    values = table.take(name, places).astype(np.float64)
    failed = table.take("status", places) == STATUSES.index("failed")
    known = np.where(np.isnan(values), 0, np.arange(values.shape[1]))
    last = np.maximum.accumulate(known, axis=1)  # of the epochs until then the last one with a loss
    kept = np.take_along_axis(values, last, axis=1)
    beyond = np.isnan(values) & failed[:, None]
    return np.where(beyond | np.isnan(kept), math.inf, kept)


def chosen_epochs(last: int) -> list[int]:
    """At most 200 epochs from 1 to the last one, evenly spaced."""
    return sorted({round(epoch) for epoch in np.linspace(1, last, min(last, MOST_EPOCHS)).tolist()})


def read_losses(folder: Path, rows: Sequence[Row], epochs: Sequence[int]) -> Array:
    """The loss of each trial at some epochs, on the validation set where there is one.

    After its last epoch a trial keeps its final loss; a failed trial, and one whose loss is not a number, has an
    infinite loss.

    Args:
        folder: the sweep's folder.
        rows: the trials' rows of `trials.csv`; a trial without metrics, or without an epoch, is left out.
        epochs: the epochs, from 1.

    Returns:
        (trials that have losses, epochs).

    Raises:
        StorageError: a file cannot be read, or is not a table of metrics.
    """
    files = [(folder / row["folder"] / layout.METRICS, row["status"] == "failed") for row in rows]
    found = [losses for path, failed in files if (losses := _losses(path, epochs, failed))]
    values = np.array(found, np.float64).reshape(len(found), len(epochs))
    return np.where(np.isnan(values), math.inf, values)


def _losses(path: Path, epochs: Sequence[int], failed: bool) -> list[float]:
    if not path.is_file():
        return []
    found, last = read_metric(path, _LOSSES, epochs)
    return [math.inf if failed and epoch > last else loss for epoch, loss in zip(epochs, found, strict=False)]
