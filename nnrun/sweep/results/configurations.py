"""The trials of a sweep by configuration: those with the same settings but for the seeds and the fold."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import numpy as np

from nnrun.data.dataset import Array
from nnrun.experiment.repetitions import REPETITION_PATHS, is_repetition
from nnrun.runs import layout
from nnrun.sweep.results.labels import short_columns
from nnrun.sweep.results.summaries import Summaries, summarize_samples
from nnrun.sweep.results.tables import Row, read_table, write_table
from nnrun.sweep.results.trial_columns import SettingColumn, TrialColumns, columns_of_rows, columns_of_table, is_table
from nnrun.sweep.table.column_names import OBJECTIVE
from nnrun.sweep.table.trial_table import TrialTable

_MOST_KEYS = 2**62


@dataclass(frozen=True, eq=False)
class Configuration:
    """Trials that differ in their seeds and in the fold that validates them alone.

    Args:
        settings: their common settings, as text by path.
        number: its position among the configurations.
        trials: the positions of its different finished trials among all trials, (n,).
        numbers: the numbers of each measure, (n,): NaN for a trial that has none, infinite for one that never reached
            its target.
        repetitions: a number for the seeds and the fold of each trial, equal for equal ones, (n,); None where they are
            not among the settings.
    """

    settings: Mapping[str, str]
    number: int = 0
    trials: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    numbers: Mapping[str, Array] = field(default_factory=dict)
    repetitions: Array | None = None

    @property
    def n(self) -> int:
        """How many different trials are finished."""
        return len(self.trials)

    @cached_property
    def measures(self) -> dict[str, Array]:
        """The numbers of each measure, of the trials that have one."""
        return {measure: values[~np.isnan(values)] for measure, values in self.numbers.items()}

    @property
    def name(self) -> str:
        """The settings on one line; `all trials` where there is one configuration."""
        return self._named({path: path for path in self.settings})

    @property
    def short_name(self) -> str:
        """The name with no more of each path than distinguishes it from the others."""
        return self._named(short_columns([*self.settings, *REPETITION_PATHS]))

    def _named(self, labels: Mapping[str, str]) -> str:
        parts = [value if path == "variant" else f"{labels[path]}={value}" for path, value in self.settings.items()]
        return ", ".join(parts) or "all trials"


class Configurations(Sequence[Configuration]):
    """The configurations of a sweep, in the order of their first trials.

    What random trials or a list contain twice is trained to the same bits, which is one observation, not two: of equal
    trials the last one counts, at the place of the first.

    Args:
        trials: the trials.
        columns: the settings in which they differ.

    Raises:
        KeyError: the trials lack one of these settings.
    """

    def __init__(self, trials: TrialColumns, columns: Sequence[str]) -> None:
        self.all = trials
        self.paths = without_repetitions(columns)
        order = _different(_keys(trials, columns))
        number = _by_appearance(_keys(trials, self.paths)[order])
        self.trials = order[np.argsort(number, kind="stable")]  # those of each configuration behind one another
        self.bounds = np.append(0, np.cumsum(np.bincount(number)))  # (configurations + 1,)
        repeated = [path for path in REPETITION_PATHS if path in trials.settings]
        self._repetitions = _keys(trials, repeated) if repeated else None
        self._summaries: dict[str, Summaries] = {}

    def __len__(self) -> int:
        return len(self.bounds) - 1

    @overload
    def __getitem__(self, place: int) -> Configuration: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Configuration]: ...

    def __getitem__(self, place: int | slice) -> Configuration | Sequence[Configuration]:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        number = range(len(self))[place]
        trials = self.members(number)
        settings = {path: column.text(column.codes[trials[0]]) for path, column in self._columns()}
        numbers = {measure: values[trials] for measure, values in self.all.measures.items()}
        repetitions = None if self._repetitions is None else self._repetitions[trials]
        return Configuration(settings, number, trials, numbers, repetitions)

    def _columns(self) -> list[tuple[str, SettingColumn]]:
        return [(path, self.all.settings[path]) for path in self.paths]

    @property
    def counts(self) -> Array:
        """How many different trials each has, (configurations,)."""
        return np.diff(self.bounds)

    @property
    def repeated(self) -> bool:
        """Whether one of them has several trials."""
        return bool((self.counts > 1).any())

    def members(self, number: int) -> Array:
        """The positions of the trials of a configuration among all trials, (n,)."""
        return self.trials[self.bounds[number] : self.bounds[number + 1]]

    def codes(self, path: str) -> Array:
        """The position of each configuration's value of a setting among its values, (configurations,)."""
        return np.asarray(self.all.settings[path].codes[self.trials[self.bounds[:-1]]])

    def values(self, measure: str) -> tuple[Array, Array]:
        """The numbers of a measure, one configuration behind the other, and where each begins and the last ends."""
        found = self.all.measures[measure][self.trials]
        known = ~np.isnan(found)
        return found[known], np.append(0, np.cumsum(known))[self.bounds]

    def summaries(self, measure: str) -> Summaries:
        """The summary statistics of every configuration, computed once."""
        if measure not in self._summaries:
            self._summaries[measure] = summarize_samples(*self.values(measure))
        return self._summaries[measure]


def read_configurations(
    folder: Path, columns: Sequence[str], *, reaching: bool = False, rated: bool = False
) -> Configurations:
    """The configurations of a sweep from its table, in the order of their first trials.

    Args:
        folder: the sweep's folder.
        columns: the settings in which its trials differ.
        reaching: whether its trials have a target; of trials with folders `trials.csv` says it.
        rated: whether they have an objective; likewise.

    Raises:
        StorageError: the table cannot be read.
    """
    if is_table(folder):
        trials = columns_of_table(TrialTable.open(folder), columns, reaching=reaching, rated=rated)
        return Configurations(trials, columns)
    return configurations_of(read_table(folder / layout.TRIALS_TABLE), columns)


def configurations_of(rows: Sequence[Row], columns: Sequence[str]) -> Configurations:
    """The configurations of the rows of a `trials.csv`."""
    return Configurations(columns_of_rows(rows, columns), columns)


def paired(one: Configuration, two: Configuration, measure: str) -> tuple[Array, Array] | None:
    """The numbers of two configurations in pairs of the same seed and fold.

    Returns:
        The numbers of the one and of the other, of each pair that has two; None where the configurations were not
        trained with the same seeds and folds, each of them once, or no pair has two numbers.
    """
    if one.repetitions is None or two.repetitions is None or one.n != two.n:
        return None
    here, there = np.argsort(one.repetitions), np.argsort(two.repetitions)  # (n,)
    same = one.repetitions[here]
    if (same != two.repetitions[there]).any() or (same[1:] == same[:-1]).any():
        return None
    first, second = one.numbers[measure][here], two.numbers[measure][there]
    known = ~(np.isnan(first) | np.isnan(second))
    return (first[known], second[known]) if known.any() else None


def without_repetitions(columns: Sequence[str]) -> list[str]:
    """The settings that tell configurations apart, among those in which trials differ."""
    return [column for column in columns if not is_repetition(column)]


def _keys(trials: TrialColumns, paths: Sequence[str]) -> Array:
    """A number for each trial, the same for the same values of some settings, (trials,)."""
    keys, count = np.zeros(len(trials), np.int64), 1
    for path in paths if len(trials) else ():
        column = trials.settings[path]
        if count * len(column.values) >= _MOST_KEYS:
            keys = np.unique(keys, return_inverse=True)[1]
            count = len(trials)
        keys = keys * len(column.values) + column.codes
        count *= len(column.values)
    return keys


def _different(keys: Array) -> Array:
    """The positions of different trials in the order in which they first appear, of equal ones the last."""
    _, first, places = np.unique(keys, return_index=True, return_inverse=True)
    if len(first) == len(keys):
        return np.arange(len(keys))
    last = np.zeros(len(first), np.int64)
    last[places] = np.arange(len(keys))
    return last[np.argsort(first)]


def _by_appearance(keys: Array) -> Array:
    """The same numbers as 0, 1, … in the order in which they first appear."""
    _, first, places = np.unique(keys, return_index=True, return_inverse=True)
    ranks = np.empty(len(first), np.int64)
    ranks[np.argsort(first)] = np.arange(len(first))
    return ranks[places]


def write_summary(
    path: Path, configurations: Configurations, ranking: Sequence[int] = (), centers: Array | None = None
) -> None:
    """Writes `summary.csv`: a row for every configuration and measure.

    Args:
        path: the file.
        configurations: the configurations.
        ranking: their numbers, the best first, where an objective ranks them; else they are in their order.
        centers: the center of the objective of each, NaN where it has none, (configurations,).

    Raises:
        StorageError: the file could not be written.
    """
    header = [*configurations.paths, "measure", "n", "reached", "median", "low", "high", "mean", "standard_deviation"]
    if centers is None:
        write_table(path, header, _rows(configurations, range(len(configurations))))
        return
    places = [(place, _cell(centers[i])) for place, i in enumerate(ranking, 1)]
    each = len(configurations.all.measures)
    rows = ([*places[i // each], *row] for i, row in enumerate(_rows(configurations, ranking)))
    write_table(path, ["rank", OBJECTIVE, *header], rows)


def _rows(configurations: Configurations, order: Sequence[int]) -> Iterator[list[Any]]:
    columns = [(configurations.codes(path), configurations.all.settings[path].texts) for path in configurations.paths]
    summaries = {measure: configurations.summaries(measure) for measure in configurations.all.measures}
    counts = configurations.counts.tolist()
    for i in order:
        n, settings = counts[i], [texts[codes[i]] for codes, texts in columns]
        for measure, every in summaries.items():
            if not every.n[i]:
                yield [*settings, measure, n, 0, *[None] * 5]
            elif every.n[i] == 1:
                number = _cell(every.median[i])
                yield [*settings, measure, n, int(every.finite[i]), *[number] * 4, None]
            else:
                numbers = (every.median[i], every.low[i], every.high[i], every.mean[i], every.deviation[i])
                yield [*settings, measure, n, int(every.finite[i]), *map(_cell, numbers)]


def _cell(number: float) -> float | None:
    return float(f"{number:.10g}") if math.isfinite(number) else None
