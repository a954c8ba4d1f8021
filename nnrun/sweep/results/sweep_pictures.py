"""The pictures of a sweep, chosen by the settings in which its trials differ."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nnrun.plots.picture import Picture
from nnrun.plots.scale import quantiles
from nnrun.sweep.plan.trial import SEED
from nnrun.sweep.results.labels import as_number, short_columns, short_values
from nnrun.sweep.results.loss_curves import chosen_epochs, read_losses
from nnrun.sweep.results.results import Results, read_results
from nnrun.sweep.results.tables import epochs_column

_MOST_ROWS = 20
_MOST_CURVES = 10
# So many trials show the median and the tails of a configuration, and more would take long to read.
_MOST_TRIALS = 200
_MOST_EPOCHS_READ = 5_000_000
_MOST_CELLS = 30  # along each side
_LEAST_FILLED = 0.3  # of the cells
_MOST_LINES = 300
_MOST_AXES = 8
_BAND = (0.1, 0.5, 0.9)

Array = np.ndarray[Any, np.dtype[np.float64]]


def sweep_pictures(folder: Path) -> list[Picture]:
    """The pictures of the sweep in `folder`, from its tables and the metrics of its trials.

    Raises:
        StorageError: it is no sweep's folder, or a file cannot be read.
    """
    return list(choose_pictures(read_results(folder)))


def choose_pictures(results: Results) -> Iterator[Picture]:
    """The pictures of a sweep.

    The distribution of the measure for each configuration; learning curves; for two settings a heat map, or a scatter
    plot where they were drawn at random; for three and more, parallel coordinates.

    Raises:
        StorageError: the metrics of a trial cannot be read.
    """
    scene = _SweepScene(results)
    if results.measure:
        yield scene.distribution()
    yield from scene.curves()
    if results.measure and len(results.configurations) > 1:
        yield from scene.settings()


class _SweepScene:
    """The configurations of a sweep with short names."""

    def __init__(self, results: Results) -> None:
        self.results = results
        self.configurations = results.configurations
        self.columns = [column for column in results.record.columns if column != SEED]
        self.short = short_columns(self.columns)
        self.texts = short_values([configuration.settings for configuration in self.configurations], self.columns)
        self.ranking = results.ranking()
        self.missing = "never" if results.reaching else "no number"

    @property
    def heading(self) -> str:
        """The settings in the names of configurations."""
        return ", ".join(self.short.values())

    def name(self, configuration: int) -> str:
        """The values of a configuration's settings."""
        settings = self.configurations[configuration].settings
        return ", ".join(self.texts[column][settings[column]] for column in self.columns) or "all trials"

    def title(self, what: str) -> str:
        """A title with the experiment's name before it."""
        return f"{self.results.record.name}: {what}"

    def distribution(self) -> Picture:
        """The measure of every trial, by configuration."""
        count = len(self.configurations)
        shown = list(range(count)) if count <= _MOST_ROWS else self.ranking[:_MOST_ROWS]
        few = f", the best {_MOST_ROWS} of {count:,} configurations" if count > _MOST_ROWS else ""
        arguments = {
            "values": [self.results.values(self.configurations[i]) for i in shown],
            "counts": [self.configurations[i].n for i in shown],
            "failed": [sum(row["status"] == "failed" for row in self.results.members[i]) for i in shown],
            "pruned": [all(row["status"] == "pruned" for row in self.results.members[i]) for i in shown],
            "names": [self.name(i) for i in shown],
            "heading": self.heading,
            "measure": self.results.measure_name,
            "title": self.title(f"{self.results.measure_name}{few}"),
        }
        return Picture("distribution", arguments)

    def curves(self) -> Iterator[Picture]:
        """The losses of the configurations; of many, the best and the worst."""
        shown, few = list(range(len(self.configurations))), ""
        if len(shown) > _MOST_CURVES:
            half = _MOST_CURVES // 2
            shown = [*self.ranking[:half], *self.ranking[-half:]]
            few = f"; the {half} best and the {half} worst of {len(self.configurations):,} configurations"
        members = [self.results.members[i] for i in shown]
        column = epochs_column(self.results.record.columns)
        last = max((int(row[column] or 0) for rows in members for row in rows), default=0)
        if not last:
            return
        epochs = chosen_epochs(last)
        most = max(10, min(_MOST_TRIALS, _MOST_EPOCHS_READ // (last * len(shown))))
        losses = [read_losses(self.results.folder, rows[:most], epochs) for rows in members]
        drawn = [i for i, values in enumerate(losses) if len(values)]
        if not drawn:
            return
        several = max(len(values) for values in losses) > 1
        note = "median of the trials, and the middle 80% of them" if several else "one trial each"
        first = f"; of each configuration the first {most} trials" if max(map(len, members)) > most else ""
        arguments = {
            "epochs": np.array(epochs),
            "bands": np.stack([quantiles(losses[i], _BAND) for i in drawn]),
            "names": [self.name(shown[i]) for i in drawn],
            "heading": self.heading,
            "measure": "validation loss" if self._validates() else "loss",
            "note": f"{note}{few}{first}",
            "title": self.title("learning curves"),
        }
        yield Picture("curves", arguments)

    def _validates(self) -> bool:
        return any("final_val_loss" in configuration.measures for configuration in self.configurations)

    def settings(self) -> Iterator[Picture]:
        """The measure over two or more settings."""
        columns = [column for column in self.columns if len(self.texts[column]) > 1]
        if len(columns) < 2:
            return
        if len(columns) == 2:
            numbers = [self._numbers(column) for column in columns]
            cells = math.prod(len(self.texts[column]) for column in columns)
            small = max(len(self.texts[column]) for column in columns) <= _MOST_CELLS
            if small and len(self.configurations) >= _LEAST_FILLED * cells:
                yield self._heat(*columns)
                return
            x, y = numbers
            if x is not None and y is not None:
                yield self._plane(columns, x, y)
                return
        yield self._parallel(columns)

    def _numbers(self, column: str) -> Array | None:
        """A setting's value at each configuration; None where some are not numbers."""
        found = [as_number(configuration.settings[column]) for configuration in self.configurations]
        return None if None in found else np.array(found, np.float64)

    def _ordered(self, column: str) -> list[str]:
        """The values of a setting: numbers sorted, others in order of appearance."""
        values = list(self.texts[column])
        return values if self._numbers(column) is None else sorted(values, key=float)

    def _medians(self) -> Array:
        return np.array([self.results.median(configuration) for configuration in self.configurations])

    def _heat(self, x: str, y: str) -> Picture:
        across, up = self._ordered(x), self._ordered(y)
        medians = np.full((len(up), len(across)), np.nan)
        counts = np.zeros(medians.shape, int)
        for configuration in self.configurations:
            cell = up.index(configuration.settings[y]), across.index(configuration.settings[x])
            medians[cell], counts[cell] = self.results.median(configuration), configuration.n
        arguments = {
            "medians": medians,
            "counts": counts,
            "x_names": [self.texts[x][value] for value in across],
            "y_names": [self.texts[y][value] for value in up],
            "x": self.short[x],
            "y": self.short[y],
            "measure": self.results.measure_name,
            "missing": self.missing,
            "title": self.title(f"{self.results.measure_name} by {self.short[x]} and {self.short[y]}"),
        }
        return Picture("heat", arguments)

    def _plane(self, columns: Sequence[str], x: Array, y: Array) -> Picture:
        one, two = (self.short[column] for column in columns)
        arguments = {
            "x_values": x,
            "y_values": y,
            "values": self._medians(),
            "x": one,
            "y": two,
            "measure": self.results.measure_name,
            "missing": self.missing,
            "title": self.title(f"{self.results.measure_name} by {one} and {two}"),
            "largest": self.results.largest,
        }
        return Picture("plane", arguments)

    def _parallel(self, columns: Sequence[str]) -> Picture:
        count = len(self.configurations)
        order = np.array(self.ranking)
        shown = order[np.unique(np.linspace(0, count - 1, min(count, _MOST_LINES)).astype(int))]
        notes = [f"{len(shown)} of {count:,} configurations, from the best to the worst"] if len(shown) < count else []
        if len(columns) > _MOST_AXES:
            notes.append(f"the first {_MOST_AXES} of {len(columns)} settings")
        arguments = {
            "settings": [self._axis(column, shown) for column in columns[:_MOST_AXES]],
            "values": self._medians()[shown],
            "measure": self.results.measure_name,
            "missing": self.missing,
            "title": self.title(f"{self.results.measure_name} by {len(columns)} settings"),
            "note": "; ".join(notes),
            "largest": self.results.largest,
        }
        return Picture("parallel", arguments)

    def _axis(self, column: str, shown: Array) -> dict[str, Any]:
        numbers = self._numbers(column)
        if numbers is not None:
            return {"name": self.short[column], "values": numbers[shown], "labels": None}
        places = {value: place for place, value in enumerate(self.texts[column])}
        codes = np.array([places[configuration.settings[column]] for configuration in self.configurations], np.float64)
        labels = tuple(self.texts[column].values())
        return {"name": self.short[column], "values": codes[shown], "labels": labels}
