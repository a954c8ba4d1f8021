"""The losses of many trials at a few of their epochs, read quickly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nnrun.runs import layout
from nnrun.runs.metrics_file import read_metric
from nnrun.sweep.results.tables import Row

Array = np.ndarray[Any, np.dtype[np.float64]]

MOST_EPOCHS = 200
_LOSSES = ("val_loss", "loss")


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
