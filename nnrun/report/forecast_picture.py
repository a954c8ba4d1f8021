"""The picture of a forecast: the predictions of windows against their series."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from nnrun.data.dataset import Array, Dataset, Part
from nnrun.data.rows import flat_rows, stack_columns, unscaled
from nnrun.data.windows.baseline import last_values
from nnrun.data.windows.columns import key_columns
from nnrun.experiment.columns import Column
from nnrun.experiment.experiment import Experiment, Output
from nnrun.experiment.window_section import Window
from nnrun.predict.order_cells import order_places
from nnrun.predict.predictor import Predictions

_MOST_PANELS, _MOST_STEPS = 4, 3


@dataclass(frozen=True, eq=False)
class _Forecast:
    """A forecast of windows.

    Args:
        experiment: the experiment.
        dataset: its data.
        output: the output that predicts values.
        true: its targets in the data's own units, (samples, targets · steps).
        predicted: its predictions, of the same shape.
        judged: the samples that are predicted.
        window: how they are cut.
    """

    experiment: Experiment
    dataset: Dataset
    output: Output
    true: Array
    predicted: Array
    judged: Predictions
    window: Window

    @property
    def series(self) -> Column | None:
        """The column whose values are different series."""
        return key_columns(self.experiment.columns.generated, self.experiment.data).series


def forecast_arguments(
    experiment: Experiment, dataset: Dataset, output: Output, true: Array, predicted: Array, judged: Predictions
) -> dict[str, Any]:
    """What `draw_forecast` takes: some steps of some targets of some series; and their number in all, `total`.

    Args:
        experiment: an experiment whose samples are windows.
        dataset: its data.
        output: an output that predicts values.
        true: its targets in the data's own units, (samples, …).
        predicted: its predictions, (samples, …).
        judged: the samples that are predicted.
    """
    window, order = experiment.data.window, key_columns(experiment.columns.generated, experiment.data).order
    assert window is not None
    forecast = _Forecast(experiment, dataset, output, flat_rows(true), flat_rows(predicted), judged, window)
    part = dataset.evaluated[1]
    places = order_places(experiment, part)
    series = [*_series(part, places, forecast.series)]
    targets = len(output.targets)
    shown = series[: max(1, _MOST_PANELS // targets)]
    panels = [
        _panel(forecast, places, rows, name, target)
        for name, rows in shown
        for target in range(min(targets, _MOST_PANELS))
    ]
    steps = shown_steps(window)
    columns = ("places", "true", "predicted", "last", "before", "before_values")
    return {
        "names": [panel["name"] for panel in panels],
        "counts": [len(panel["places"]) for panel in panels],
        "before_counts": [len(panel["before"]) for panel in panels],
        **{name: np.concatenate([panel[name] for panel in panels]) for name in columns},
        "x": order.name if order else "row",
        "part": judged.part,
        "aheads": [window.horizon + step for step in steps],
        "shifts": [step // window.stride for step in steps],
        "dates": bool(order and order.categories),
        "total": len(series) * targets,
    }


def shown_steps(window: Window) -> list[int]:
    """The steps that are drawn, from 0: the first, the last, and those between them, as far as windows begin there."""
    known = range(0, window.steps, window.stride)
    chosen = np.linspace(0, len(known) - 1, min(_MOST_STEPS, len(known))).round().astype(int)
    return [known[i] for i in chosen]


def _series(part: Part, places: Array, column: Column | None) -> Iterator[tuple[str, Array]]:
    """The series of windows that stand one after the other: what each is called, and the positions of its windows."""
    if column is not None and column.name in part.keys:
        values = part.keys[column.name][:, 0]
        for value in dict.fromkeys(values.tolist()):
            named = column.categories[int(value)] if column.categories else f"{value:g}"
            yield f"{column.name} {named}", np.flatnonzero(values == value)
        return
    starts = [0, *(1 + np.flatnonzero(np.diff(places) < 0)), len(places)]
    for start, end in pairwise(starts):
        yield "", np.arange(start, end)


def _panel(forecast: _Forecast, places: Array, rows: Array, series: str, target: int) -> dict[str, Any]:
    """The lines of a target of a series."""
    window, names = forecast.window, forecast.output.targets
    columns = [target * window.steps + step for step in shown_steps(window)]
    before = _before(forecast, series, rows)
    values = [flat_rows(stack_columns(part.targets, names))[:, columns[0]] for part in before]
    last = last_values(
        forecast.experiment.columns.of_rows, forecast.judged.inputs[rows], [names[target]], window.length
    )
    return {
        "name": f"{names[target]}, {series}" if series else names[target],
        "before": np.concatenate([*(order_places(forecast.experiment, part) for part in before), np.zeros(0)]),
        "before_values": np.concatenate([*values, np.zeros(0)]),
        "places": places[rows],
        "true": forecast.true[rows][:, columns],
        "predicted": forecast.predicted[rows][:, columns],
        "last": last[:, 0],
    }


def _before(forecast: _Forecast, series: str, rows: Array) -> list[Part]:
    """The last samples of a series before those that are predicted, in the data's own units."""
    dataset, data, judged = forecast.dataset, forecast.experiment.data, forecast.judged.part
    own = data.test is not None or (dataset.test is not None and not data.test_split and data.split.kind != "column")
    if judged == "training" or (own if judged == "test" else data.validation is not None):
        return []
    between = dataset.validation if judged == "test" and data.validation is None else None
    found: list[Part] = []
    for part in (each for each in (between, dataset.training) if each is not None):
        own_rows = _same_series(part, series, forecast)
        count = min(len(rows) - sum(each.rows for each in found), len(own_rows))
        taken = part.take(own_rows[len(own_rows) - count :])
        found.insert(0, unscaled(taken, {}, dataset.target_scaling))
    return found


def _same_series(part: Part, series: str, forecast: _Forecast) -> Array:
    """The positions of the windows of a series in another part; none where it is not known which these are."""
    if forecast.series is None:
        return np.arange(part.rows)
    known = _series(part, np.zeros(part.rows), forecast.series)
    return next((rows for name, rows in known if name == series), np.zeros(0, np.int64))
