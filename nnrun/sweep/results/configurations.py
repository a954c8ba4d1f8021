"""The trials of a sweep by configuration: those with the same settings but for the seed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nnrun.runs import layout
from nnrun.sweep.plan.trial import SEED
from nnrun.sweep.results.labels import short_columns
from nnrun.sweep.results.statistics import summarize
from nnrun.sweep.results.tables import OBJECTIVE, REACHED, Row, read_table, write_table

_FINAL = "final_"


@dataclass(frozen=True)
class Configuration:
    """Trials that differ in their seeds alone.

    Args:
        settings: their common settings, as text by path.
        n: how many different trials are finished.
        measures: the numbers of each measure; infinite for a trial that never reached its target.
        seeds: the seeds of the finished trials; none where seeds are not among the settings.
        by_seed: the numbers of each measure by seed.
    """

    settings: Mapping[str, str]
    n: int = 0
    measures: dict[str, list[float]] = field(default_factory=dict)
    seeds: frozenset[str] = frozenset()
    by_seed: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The settings on one line; `all trials` where only the seed differs."""
        return self._named({path: path for path in self.settings})

    @property
    def short_name(self) -> str:
        """The name with no more of each path than distinguishes it from the others."""
        return self._named(short_columns([*self.settings, SEED]))

    def _named(self, labels: Mapping[str, str]) -> str:
        parts = [value if path == "variant" else f"{labels[path]}={value}" for path, value in self.settings.items()]
        return ", ".join(parts) or "all trials"


def read_configurations(folder: Path, columns: Sequence[str]) -> list[Configuration]:
    """The configurations of a sweep from its `trials.csv`, in the order of their first trials.

    Args:
        folder: the sweep's folder.
        columns: the settings in which its trials differ.

    Raises:
        StorageError: the table cannot be read.
    """
    return configurations_of(read_table(folder / layout.TRIALS_TABLE), columns)


def configurations_of(rows: Iterable[Row], columns: Sequence[str]) -> list[Configuration]:
    """The configurations of the rows of a `trials.csv`."""
    common = _without_seed(columns)
    groups = members_of(rows, columns)
    return [_configuration(dict(zip(common, values, strict=True)), members) for values, members in groups.items()]


def pairs_by_seed(one: Configuration, two: Configuration, measure: str) -> tuple[list[float], list[float]] | None:
    """The numbers of two configurations in pairs of the same seed.

    Returns:
        The numbers of the one and of the other, of each seed that has a number in both; None where the configurations
        were not trained with the same seeds, each of them once, or no seed has two numbers.
    """
    if not one.seeds or one.seeds != two.seeds or not len(one.seeds) == one.n == two.n:
        return None
    first, second = one.by_seed[measure], two.by_seed[measure]
    common = [seed for seed in first if seed in second]
    return ([first[seed] for seed in common], [second[seed] for seed in common]) if common else None


def members_of(rows: Iterable[Row], columns: Sequence[str]) -> dict[tuple[str, ...], list[Row]]:
    """The rows of a `trials.csv` by their settings without the seed; of equal trials the last."""
    common = _without_seed(columns)
    groups: dict[tuple[str, ...], list[Row]] = {}
    # What random trials or a list contain twice is trained to the same bits, which is one observation, not two.
    different = {tuple(row[column] for column in columns): row for row in rows}
    for row in different.values():
        groups.setdefault(tuple(row[column] for column in common), []).append(row)
    return groups


def _without_seed(columns: Sequence[str]) -> list[str]:
    return [column for column in columns if column != SEED]


def _configuration(settings: Mapping[str, str], rows: Sequence[Row]) -> Configuration:
    numbers: dict[str, list[tuple[Row, float]]] = {}
    if REACHED in rows[0]:
        numbers[REACHED] = [(row, float(row[REACHED]) if row[REACHED] else math.inf) for row in rows]
    for column in rows[0]:
        if column.startswith(_FINAL) or column == OBJECTIVE:
            numbers[column] = [(row, float(row[column])) for row in rows if row[column]]
    measures = {measure: [number for _, number in some] for measure, some in numbers.items()}
    if SEED not in rows[0]:
        return Configuration(settings, len(rows), measures)
    by_seed = {measure: {row[SEED]: number for row, number in some} for measure, some in numbers.items()}
    return Configuration(settings, len(rows), measures, frozenset(row[SEED] for row in rows), by_seed)


def write_summary(path: Path, configurations: Sequence[Configuration], columns: Sequence[str]) -> None:
    """Writes `summary.csv`: a row for every configuration and measure.

    Raises:
        StorageError: the file could not be written.
    """
    common = _without_seed(columns)
    header = [*common, "measure", "n", "reached", "median", "low", "high", "mean", "standard_deviation"]
    write_table(path, header, (row for configuration in configurations for row in _rows(configuration, common)))


def _rows(configuration: Configuration, common: Sequence[str]) -> Iterable[list[Any]]:
    settings = [configuration.settings[column] for column in common]
    for measure, values in configuration.measures.items():
        if not values:
            yield [*settings, measure, configuration.n, 0, *[None] * 5]
            continue
        s = summarize(values)
        numbers = (s.median, s.low, s.high, s.mean, s.deviation)
        yield [*settings, measure, configuration.n, s.finite, *(_cell(number) for number in numbers)]


def _cell(number: float | None) -> float | None:
    return float(f"{number:.10g}") if number is not None and math.isfinite(number) else None
