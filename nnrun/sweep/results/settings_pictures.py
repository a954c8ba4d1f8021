"""The pictures of a sweep over two and more of its settings."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nnrun.data.dataset import Array
from nnrun.plots.picture import Picture
from nnrun.sweep.results.map_picture import is_mapped
from nnrun.sweep.results.sweep_scene import SweepScene

_MOST_CELLS = 30  # along each side
_LEAST_FILLED = 0.3  # of the cells
_MOST_LINES = 300
_MOST_AXES = 8


def settings_pictures(scene: SweepScene) -> Iterator[Picture]:
    """The measure over two or more settings: a heat map, a plane or parallel coordinates.

    Args:
        scene: the configurations.
    """
    yield from _SettingsScene(scene).pictures()


class _SettingsScene:
    """What the pictures over settings share."""

    def __init__(self, scene: SweepScene) -> None:
        self.scene = scene
        self.results = scene.results
        self.configurations = scene.configurations
        self.short = scene.short
        self.missing = scene.missing

    def pictures(self) -> Iterator[Picture]:
        """The picture that suits the number of settings."""
        columns = self.scene.varied()
        if len(columns) < 2:
            return
        if len(columns) == 2:
            numbers = [self.scene.numbers(column) for column in columns]
            sizes = [len(np.unique(self.scene.codes(column))) for column in columns]
            cells, small = math.prod(sizes), max(sizes) <= _MOST_CELLS
            if small and len(self.configurations) >= _LEAST_FILLED * cells:
                yield self._heat(*columns)
                return
            x, y = numbers
            filled = len(self.configurations) >= _LEAST_FILLED * cells
            if filled and is_mapped(self.scene, columns):
                return
            if x is not None and y is not None:
                yield self._plane(columns, x, y)
                return
        yield self._parallel(columns)

    def _ordered(self, column: str) -> list[str]:
        """The values of a setting: numbers sorted, others in order of appearance."""
        values = list(self.scene.texts[column])
        return values if self.scene.numbers(column) is None else sorted(values, key=float)

    def _heat(self, x: str, y: str) -> Picture:
        across, up = self._ordered(x), self._ordered(y)
        medians = np.full((len(up), len(across)), np.nan)
        counts = np.zeros(medians.shape, int)
        for configuration in self.configurations:
            cell = up.index(configuration.settings[y]), across.index(configuration.settings[x])
            medians[cell], counts[cell] = self.results.center(configuration), configuration.n
        arguments = {
            "medians": medians,
            "counts": counts,
            "x_names": [self.scene.texts[x][value] for value in across],
            "y_names": [self.scene.texts[y][value] for value in up],
            "x": self.short[x],
            "y": self.short[y],
            "measure": self.results.measure_name,
            "missing": self.missing,
            "title": self.scene.title(f"{self.results.measure_name} by {self.short[x]} and {self.short[y]}"),
        }
        return Picture("heat", arguments)

    def _plane(self, columns: Sequence[str], x: Array, y: Array) -> Picture:
        one, two = (self.short[column] for column in columns)
        arguments = {
            "x_values": x,
            "y_values": y,
            "values": self.results.centers,
            "x": one,
            "y": two,
            "measure": self.results.measure_name,
            "missing": self.missing,
            "title": self.scene.title(f"{self.results.measure_name} by {one} and {two}"),
            "largest": self.results.largest,
        }
        return Picture("plane", arguments)

    def _parallel(self, columns: Sequence[str]) -> Picture:
        count = len(self.configurations)
        order = np.array(self.scene.ranking)
        shown = order[np.unique(np.linspace(0, count - 1, min(count, _MOST_LINES)).astype(int))]
        notes = [f"{len(shown)} of {count:,} configurations, from the best to the worst"] if len(shown) < count else []
        if len(columns) > _MOST_AXES:
            notes.append(f"the first {_MOST_AXES} of {len(columns)} settings")
        arguments = {
            "settings": [self._axis(column, shown) for column in columns[:_MOST_AXES]],
            "values": self.results.centers[shown],
            "measure": self.results.measure_name,
            "missing": self.missing,
            "title": self.scene.title(f"{self.results.measure_name} by {len(columns)} settings"),
            "note": "; ".join(notes),
            "largest": self.results.largest,
        }
        return Picture("parallel", arguments)

    def _axis(self, column: str, shown: Array) -> dict[str, Any]:
        numbers = self.scene.numbers(column)
        if numbers is not None:
            return {"name": self.short[column], "values": numbers[shown], "labels": None}
        labels = tuple(self.scene.texts[column].values())
        places = {value: place for place, value in enumerate(self.scene.texts[column])}
        by_code = np.array([places[text] for text in self.results.trials.settings[column].texts], np.float64)
        return {"name": self.short[column], "values": by_code[self.scene.codes(column)][shown], "labels": labels}
