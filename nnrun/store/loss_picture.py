"""The losses of several runs by epoch in one picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnrun.plots.bands import draw_bands
from nnrun.plots.figure import Form
from nnrun.plots.style import Array
from nnrun.runs import layout
from nnrun.runs.metrics_file import read_metrics
from nnrun.store.differences import RunGroup

_MEASURES = ("val_loss", "loss")
_MOST_EPOCHS = 1000  # more than the picture has pixels


def draw_losses(groups: Sequence[RunGroup], form: Form) -> bytes:
    """A line for each run, or for the mean of runs that differ in the seed alone, in a band from the least to the most.

    It is the validation loss where all runs have one, the training loss elsewhere.

    Args:
        groups: the runs.
        form: the format of the file.

    Raises:
        StorageError: the metrics of a run cannot be read.
    """
    histories = [[read_metrics(run.folder / layout.METRICS) for run in group.runs] for group in groups]
    measure = next(
        (name for name in _MEASURES if all(name in history for runs in histories for history in runs)), _MEASURES[-1]
    )
    curves = [[history.get(measure, []) for history in runs] for runs in histories]
    last = max((len(curve) for runs in curves for curve in runs), default=0)
    epochs = np.unique(np.linspace(1, max(last, 1), _MOST_EPOCHS).round().astype(int))  # (epochs,)
    bands = np.stack([_band(runs, epochs) for runs in curves])  # (groups, 3, epochs)
    seeds = max(len(group.runs) for group in groups)
    note = "mean, least and greatest over the seeds" if seeds > 1 else ""
    names = [group.name for group in groups]
    return draw_bands(epochs, bands, names, "run", measure.replace("_", " "), note, "Loss by epoch", form=form)


def _band(curves: Sequence[Sequence[float]], epochs: Array) -> Array:
    """Least value, mean and greatest value of the curves at the epochs; NaN after the end of the shortest."""
    end = min(map(len, curves))
    known = epochs <= end
    values = np.array([np.asarray(curve)[epochs[known] - 1] for curve in curves])  # (curves, known epochs)
    band = np.full((3, len(epochs)), np.nan)
    band[:, known] = np.stack([values.min(axis=0), values.mean(axis=0), values.max(axis=0)])
    return band
