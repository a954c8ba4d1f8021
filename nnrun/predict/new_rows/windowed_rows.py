"""New rows as the windows that a network takes which was trained on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from nnrun.data.dataset import Array, Part
from nnrun.data.windows.columns import SeriesKeys, key_columns
from nnrun.data.windows.cut import SERIES, last_windows, rows_of_windows, windows_of
from nnrun.errors import ExperimentError, Place, Problem, listed
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.window_section import Window
from nnrun.predict.new_rows.new_rows import NewRows
from nnrun.predict.new_rows.series_keys import places_in_order

_MOST_NAMES = 5


def windowed_rows(rows: NewRows, experiment: Experiment, *, targets: bool = False) -> NewRows:
    """Every window of new rows; the rows themselves where the network takes rows.

    Args:
        rows: rows with the keys of `wanted_keys`; without keys they are a single series, in order.
        experiment: the experiment of the model.
        targets: whether the predicted rows must be among them.

    Returns:
        The windows of one series after the other, each series in order. Their keys are the series and, as
        `last_COLUMN`, the order of the last row of each window; numbers count the rows of a series from 1.

    Raises:
        ExperimentError: no series has as many rows as a window takes.
    """
    window, columns = experiment.data.window, experiment.columns.of_rows.inputs
    if window is None:
        return rows
    known = key_columns(experiment.columns.generated, experiment.data)
    part, positions = _in_series(rows.part, known)
    cut = windows_of(part, columns, window) if targets else last_windows(part, columns, window)
    span = window.span if targets else window.length
    if cut is None:
        raise _too_short(rows, window, span)
    last = rows_of_windows(part, span, window)[:, window.length - 1]  # (samples,)

    def locate(sample: int, column: str) -> Place | None:
        """The place of the last row of a window."""
        first = columns[0].name if column not in rows.part.targets else column
        return rows.locate(int(positions[last[sample]]), first)

    keys = dict(_keys_of_windows(part, last, known))
    return replace(rows, part=replace(cut, keys=keys), locate=locate, notes=(*_short_series(part, span, known),))


def _in_series(part: Part, known: SeriesKeys) -> tuple[Part, Array]:
    """The rows in the order of their series, each series numbered, and the position that each row had."""
    order, series, positions = known.order, known.series, np.arange(part.rows)
    if order is not None and order.name in part.keys:
        positions = np.argsort(places_in_order(part.keys[order.name]), kind="stable")
    found = part.take(positions)
    if series is not None and series.name in part.keys:
        values = found.keys[series.name][:, 0]
        numbers = np.unique(values.astype(str) if values.dtype == object else values, return_inverse=True)[1]
        return replace(found, keys=found.keys | {SERIES: numbers.reshape(-1, 1)}), positions
    return found, positions


def _keys_of_windows(part: Part, last: Array, known: SeriesKeys) -> Iterator[tuple[str, Array]]:
    for column, prefix in ((known.series, ""), (known.order, "last_")):
        if column is not None and column.name in part.keys:
            yield prefix + column.name, part.keys[column.name][last]


def _short_series(part: Part, span: int, known: SeriesKeys) -> Iterator[str]:
    """Says which series have no window."""
    column = known.series
    if column is None or column.name not in part.keys:
        return
    _, first, counts = np.unique(part.keys[SERIES][:, 0], return_index=True, return_counts=True)
    names = [str(part.keys[column.name][row, 0]) for row in first[counts < span]]
    if names:
        written = listed(names[:_MOST_NAMES]) + (f" and {len(names) - _MOST_NAMES:,} more" * (len(names) > _MOST_NAMES))
        yield f'Series of "{column.name}" without a prediction, as a window takes {span:,} rows: {written}.'


def _too_short(rows: NewRows, window: Window, needed: int) -> ExperimentError:
    count = rows.part.rows
    has = f"{rows.source} has {count:,} row{'s' * (count != 1)}"
    if rows.part.keys:
        has = f"No series of {rows.source} has so many rows"
    return ExperimentError(Problem(f"{has}, and a window of the model takes {needed:,} ({window.in_words})."))
