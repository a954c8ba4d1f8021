"""Windows of a series: samples of several rows, cut within a data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nnrun.data.dataset import Array, Dataset, Part
from nnrun.data.splits.rules import ranks_within
from nnrun.data.windows.columns import windowed_columns
from nnrun.data.windows.scaling import repeated_scaling, window_scaling
from nnrun.errors import ExperimentError, Place, Problem
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.window_section import SHORTER, WINDOW, Window, too_short

# The key that numbers the series of the rows of a part.
SERIES = "(series)"


def cut_windows(dataset: Dataset, rows: Columns, window: Window, place: Place | None = None) -> Dataset:
    """The windows of each data set; none has rows of two of them.

    Args:
        dataset: prepared rows in the order of their series; `SERIES` among the keys where there are several.
        rows: the columns of these rows, with all that was fitted.
        window: how windows are cut.
        place: the place of the setting.

    Returns:
        The samples; each set's `numbers` are those of the first row that is predicted.

    Raises:
        ExperimentError: a data set has fewer rows than a window takes.
    """
    parts = {"training": dataset.training, "validation": dataset.validation, "test": dataset.test}
    cut: dict[str, Part | None] = {}
    for name, part in parts.items():
        cut[name] = part and windows_of(part, rows.inputs, window)
        if part and not cut[name]:
            raise ExperimentError(Problem(too_short(name, part.rows, window), place, SHORTER))
    training = cut["training"]
    assert training is not None
    return replace(
        dataset,
        training=training,
        validation=cut["validation"],
        test=cut["test"],
        input_scaling=window_scaling(dataset.input_scaling, rows.inputs),
        target_scaling=repeated_scaling(dataset.target_scaling, window),
        row_scaling=(dataset.input_scaling, dataset.target_scaling),
        columns=windowed_columns(rows, window),
    )


def windows_of(part: Part, columns: Sequence[Column], window: Window) -> Part | None:
    """The windows of a part.

    Args:
        part: prepared rows in the order of their series.
        columns: the input columns, whose numbers stand side by side in each row of a window.
        window: how windows are cut.

    Returns:
        The samples: the input `window`, float32 (samples, length, features), each target of (samples, steps), or of its
        own shape for a single step; weights, keys and numbers are those of the first row that is predicted. None where
        no series is long enough.
    """
    positions = rows_of_windows(part, window.span, window)  # (samples, span)
    if not len(positions):
        return None
    numbers = 1 + np.arange(part.rows) if part.numbers is None else part.numbers
    taken, predicted = positions[:, : window.length], positions[:, window.length - 1 + window.horizon :]

    def cut(rows: Part, original: Part | None) -> Part:
        targets = {
            name: values[predicted[:, 0]] if window.steps == 1 else values[predicted].reshape(len(predicted), -1)
            for name, values in rows.targets.items()
        }
        keys = {name: values[predicted[:, 0]] for name, values in rows.keys.items() if name != SERIES}
        weights = None if rows.weights is None else rows.weights[predicted[:, 0]]
        inputs = {WINDOW: side_by_side(rows, columns)[taken]}  # (samples, length, features)
        return Part(inputs, targets, weights, original, numbers[predicted[:, 0]], keys)

    return cut(part, part.original and cut(part.original, None))


def last_windows(part: Part, columns: Sequence[Column], window: Window) -> Part | None:
    """Every window of rows whose next rows need not be there.

    Args:
        part: rows in the order of their series.
        columns: the input columns.
        window: how windows are cut.

    Returns:
        The samples, without targets; `numbers` are those of the first row that is predicted, counted from
        the first row of its series. None where no series is long enough.
    """
    taken = rows_of_windows(part, window.length, window)  # (samples, length)
    if not len(taken):
        return None
    series = _series(part)  # (rows,)
    first = ranks_within(series)[taken[:, 0]]  # (samples,)
    return Part({WINDOW: side_by_side(part, columns)[taken]}, {}, numbers=first + window.length + window.horizon)


def rows_of_windows(part: Part, span: int, window: Window) -> Array:
    """The positions of the rows of every window, one series after the other, (windows, span).

    Args:
        part: rows in the order of their series.
        span: how many rows a window has.
        window: has the stride.
    """
    series = _series(part)  # (rows,)
    order = np.argsort(series, kind="stable")
    ends = np.cumsum(np.unique(series, return_counts=True)[1])
    first = [0, *ends[:-1]]
    found = [np.arange(start, end - span + 1, window.stride) for start, end in zip(first, ends, strict=True)]
    return order[np.concatenate(found)[:, None] + np.arange(span)]


def _series(part: Part) -> Array:
    """The number of the series of each row, (rows,)."""
    return part.keys[SERIES][:, 0] if SERIES in part.keys else np.zeros(part.rows, np.int64)


def side_by_side(rows: Part, columns: Sequence[Column]) -> Array:
    """The numbers of the input columns of each row, float32 (rows, features)."""
    return np.concatenate([rows.inputs[column.name] for column in columns], axis=1, dtype=np.float32)
