"""The losses and metrics of several runs by epoch, each in one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nnrun.plots.bands import draw_bands
from nnrun.plots.figure import Form
from nnrun.plots.style import Array
from nnrun.runs import layout
from nnrun.runs.metrics_file import read_metrics
from nnrun.store.differences import RunGroup

History = Mapping[str, Sequence[float]]
_MEASURES = ("val_loss", "loss")
_NOT_DRAWN = ("epoch", "seconds")
_MOST_PICTURES = 8
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
    histories = _histories(groups)
    shared = _shared(histories)
    measure = next((name for name in _MEASURES if name in shared), _MEASURES[-1])
    return _draw(groups, histories, measure, "Loss by epoch", form)


def draw_shared(groups: Sequence[RunGroup]) -> dict[str, bytes]:
    """A picture, as SVG, for the loss and every metric that all of the runs have, by its name; at most eight.

    Args:
        groups: the runs.

    Raises:
        StorageError: the metrics of a run cannot be read.
    """
    histories = _histories(groups)
    shared = [name for name in _shared(histories) if name not in _NOT_DRAWN][:_MOST_PICTURES]
    return {name: _draw(groups, histories, name, f"{name.replace('_', ' ')} by epoch", "svg") for name in shared}


def _histories(groups: Sequence[RunGroup]) -> list[list[History]]:
    return [[read_metrics(run.folder / layout.METRICS) for run in group.runs] for group in groups]


def _shared(histories: Sequence[Sequence[History]]) -> list[str]:
    """The columns that all runs have, in the order of the first one."""
    every = [history for runs in histories for history in runs]
    return [name for name in every[0] if all(name in history for history in every)]


def _draw(
    groups: Sequence[RunGroup], histories: Sequence[Sequence[History]], measure: str, title: str, form: Form
) -> bytes:
    curves = [[history.get(measure, []) for history in runs] for runs in histories]
    last = max((len(curve) for runs in curves for curve in runs), default=0)
    epochs = np.unique(np.linspace(1, max(last, 1), _MOST_EPOCHS).round().astype(int))  # (epochs,)
    bands = np.stack([_band(runs, epochs) for runs in curves])  # (groups, 3, epochs)
    seeds = max(len(group.runs) for group in groups)
    note = "mean, least and greatest over the seeds" if seeds > 1 else ""
    names = [group.name for group in groups]
    return draw_bands(epochs, bands, names, "run", measure.replace("_", " "), note, title, form=form)


def _band(curves: Sequence[Sequence[float]], epochs: Array) -> Array:
    """Least value, mean and greatest value of the curves at the epochs; NaN after the end of the shortest."""
    end = min(map(len, curves))
    known = epochs <= end
    values = np.array([np.asarray(curve)[epochs[known] - 1] for curve in curves])  # (curves, known epochs)
    band = np.full((3, len(epochs)), np.nan)
    band[:, known] = np.stack([values.min(axis=0), values.mean(axis=0), values.max(axis=0)])
    return band
