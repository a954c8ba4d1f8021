"""The last-value baseline of a forecast: the value to come is the last one of the window."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnrun.data.dataset import Array, Dataset
from nnrun.data.rows import flat_rows
from nnrun.experiment.columns import Columns
from nnrun.experiment.window_section import WINDOW, Window


def training_baseline(dataset: Dataset, targets: Sequence[str], window: Window) -> Array:
    """What the last-value baseline predicts for the training set, scaled as its targets are.

    Args:
        dataset: the data, whose samples are windows.
        targets: the names of the targets, which are numbers.
        window: how windows are cut.

    Returns:
        float32, (samples, targets · steps), not a number where a window does not hold the target.
    """
    assert dataset.columns is not None
    windows, scale = dataset.training.inputs[WINDOW], dataset.input_scaling.get(WINDOW)
    raw = flat_rows(windows if scale is None else scale.invert(windows))
    last = last_values(dataset.columns.of_rows, raw, targets, window.length)  # (samples, targets)
    columns = []
    for name, values in zip(targets, last.T, strict=True):
        steps = np.repeat(values[:, None], window.steps, axis=1)  # (samples, steps)
        columns.append(dataset.target_scaling[name].apply(steps) if name in dataset.target_scaling else steps)
    return np.concatenate(columns, axis=1, dtype=np.float32)


def last_values(rows: Columns, windows: Array, targets: Sequence[str], length: int) -> Array:
    """The last value of each target in a window, not a number where a window does not hold it.

    Args:
        rows: the columns of the rows of a window.
        windows: in the data's own units, (samples, length · features).
        targets: the names of the targets.
        length: the number of rows in a window.

    Returns:
        (samples, targets).
    """
    last = windows.reshape(len(windows), length, -1)[:, -1]  # (samples, features)
    starts = np.cumsum([0, *(column.width for column in rows.inputs)])
    known = {each.name: i for each, i in zip(rows.inputs, starts, strict=False) if not each.categories}
    missing = np.full(len(windows), np.nan)
    return np.stack([last[:, known[name]] if name in known else missing for name in targets], axis=1)
