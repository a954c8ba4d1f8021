"""The map of a sweep: a measure over two numeric settings, a pixel for each pair of their values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnrun.data.dataset import Array
from nnrun.errors import ExperimentError, Problem, did_you_mean
from nnrun.plots.picture import PIXELS, Picture
from nnrun.plots.scale import quantiles
from nnrun.sweep.results.summaries import equal_sizes
from nnrun.sweep.results.sweep_scene import SweepScene
from nnrun.sweep.results.trial_columns import FAILED
from nnrun.sweep.sweep_record import in_words
from nnrun.sweep.table.column_names import REACHED

MOST_VALUES = 1_024  # of each axis
# A smaller grid is a table of colours, with its numbers.
_MORE_THAN = 8
_LEAST_FILLED = 0.3  # of the pixels
_DIVERGED, _NEVER, _NOTHING = 1, 2, 3  # the states of `nnrun.plots.map`, which loads matplotlib


@dataclass(frozen=True)
class MapRequest:
    """What a map shows.

    Args:
        x: the setting from left to right; by default a numeric one with many values.
        y: the setting from below to above, likewise.
        metric: the final metric, or `reached`; by default what ranks the configurations.
    """

    x: str | None = None
    y: str | None = None
    metric: str | None = None


def is_mapped(scene: SweepScene, columns: Sequence[str]) -> bool:
    """Whether these two settings have a map by default."""
    return set(_numeric(scene)) == set(columns)


def map_pictures(scene: SweepScene, request: MapRequest | None = None) -> Iterator[Picture]:
    """The map with its axes, and its pixels alone.

    Args:
        scene: the configurations of a sweep.
        request: what is mapped; without one there is a map where two numeric settings have more than 8 values each and
            were not drawn at random.

    Raises:
        ExperimentError: a requested setting or metric is unknown, has no numbers, or has too many values.
    """
    axes = _requested(scene, request) if request else _numeric(scene)
    measure = _measure(scene, request.metric if request else None)
    if len(axes) != 2 or measure is None:
        return
    x, y = axes
    arguments = _grid(scene, x, y, measure)
    if request is None and (arguments["states"] != _NOTHING).mean() < _LEAST_FILLED:
        return
    name = in_words(measure, scene.results.record)
    title = scene.title(f"{name} by {scene.short[x]} and {scene.short[y]}")
    arguments |= {"x": scene.short[x], "y": scene.short[y], "measure": name, "title": title}
    yield Picture("map", arguments)
    yield Picture("map", {**arguments, "pixels": True}, of=PIXELS)


def _numeric(scene: SweepScene) -> list[str]:
    """The numeric settings with so many values that their table would be too large, but not more than a map has."""
    found = []
    for column in scene.columns:
        numbers = scene.numbers(column)
        if numbers is not None and _MORE_THAN < len(np.unique(numbers)) <= MOST_VALUES:
            found.append(column)
    return found


def _requested(scene: SweepScene, request: MapRequest) -> list[str]:
    named = [_find(scene, name) if name else None for name in (request.x, request.y)]
    numeric = (column for column in scene.varied() if scene.numbers(column) is not None)
    others = [column for column in dict.fromkeys([*_numeric(scene), *numeric]) if column not in named]
    axes = [name or (others.pop(0) if others else None) for name in named]
    chosen = [axis for axis in axes if axis is not None]
    if len(chosen) < 2 or chosen[0] == chosen[1]:
        hint = f"Name both with --x and --y; the sweep has {_listed(scene)}."
        raise ExperimentError(Problem("A map needs two settings.", hint=hint))
    for column in chosen:
        numbers = scene.numbers(column)
        if numbers is None:
            raise ExperimentError(f"{column} has values that are no numbers, so it cannot be an axis of a map.")
        if (count := len(np.unique(numbers))) > MOST_VALUES:
            raise ExperimentError(f"{column} has {count:,} values, and an axis of a map has at most {MOST_VALUES:,}.")
    return chosen


def _listed(scene: SweepScene) -> str:
    return ", ".join(scene.columns) or "no settings but its seeds"


def _find(scene: SweepScene, name: str) -> str:
    """The setting of a path, or of the last parts of one."""
    found = [column for column in scene.columns if column == name or column.endswith(f".{name}")]
    if len(found) == 1:
        return found[0]
    hint = did_you_mean(name, scene.columns) or f"The sweep has {_listed(scene)}."
    message = f'The sweep has {"several settings" if found else "no setting"} "{name}".'
    raise ExperimentError(Problem(message, hint=hint))


def _measure(scene: SweepScene, metric: str | None) -> str | None:
    if metric is None:
        return scene.results.measure
    known = scene.results.trials.measures
    for name in (f"final_{metric}", metric):
        if name in known:
            return name
    names = [name.removeprefix("final_") for name in known]
    hint = did_you_mean(metric, names) or f"The sweep has {', '.join(names)}."
    raise ExperimentError(Problem(f'Unknown metric "{metric}".', hint=hint))


def _grid(scene: SweepScene, x: str, y: str, measure: str) -> dict[str, Any]:
    """The median of the trials of each pair of values, and what stands for those that have none."""
    trials, chosen = scene.results.trials, scene.configurations.trials
    (x_values, across), (y_values, up) = (_places(scene, column, chosen) for column in (x, y))
    cells = up * len(x_values) + across  # (trials,)
    order = np.argsort(cells, kind="stable")
    count = len(x_values) * len(y_values)
    bounds = np.searchsorted(cells[order], np.arange(count + 1))
    numbers = trials.measures[measure][chosen][order]
    medians = np.full(count, np.nan)
    for some, values in equal_sizes(np.where(np.isnan(numbers), np.inf, numbers), bounds):
        medians[some] = quantiles(values.T, (0.5,))[0]
    failed = np.diff(np.append(0, np.cumsum(trials.status[chosen][order] == FAILED))[bounds])
    sizes = np.diff(bounds)
    never = _NEVER if measure == REACHED else _DIVERGED
    states = np.where(np.isfinite(medians), 0, np.where(2 * failed >= sizes, _DIVERGED, never))
    states = np.where(sizes == 0, _NOTHING, states).astype(np.uint8)
    shape = (len(y_values), len(x_values))
    most = int(sizes.max())
    return {
        "values": medians.reshape(shape),
        "states": states.reshape(shape),
        "x_values": x_values,
        "y_values": y_values,
        "note": f"median of {most:,} trials" if most > 1 else "one trial each",
    }


def _places(scene: SweepScene, column: str, trials: Array) -> tuple[Array, Array]:
    """The values of a setting, ascending, and the place of each trial's value among them."""
    setting = scene.results.trials.settings[column]
    assert setting.numbers is not None
    return np.unique(setting.numbers[setting.codes[trials]], return_inverse=True)
