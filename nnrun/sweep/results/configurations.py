"""The trials of a sweep by point: what repetitions of the same settings say together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nnrun.sweep.plan.trial import SEED
from nnrun.sweep.results.statistics import summarize
from nnrun.sweep.results.tables import OBJECTIVE, REACHED, TABLE, read_table, write_table

_FINAL = "final_"


@dataclass(frozen=True)
class Point:
    """Trials that differ in their seeds alone.

    Args:
        settings: what they have in common, as text by path.
        n: how many different ones are finished.
        measures: the numbers of each measure; infinite for a trial that never reached what it should.
    """

    settings: Mapping[str, str]
    n: int = 0
    measures: dict[str, list[float]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its settings on one line; `all trials` where only the seed differs."""
        told = [value if path == "variant" else f"{path}={value}" for path, value in self.settings.items()]
        return ", ".join(told) or "all trials"


def read_points(folder: Path, columns: Sequence[str]) -> list[Point]:
    """The points of a sweep from its `trials.csv`, in the order of their first trials.

    Args:
        folder: the sweep's folder.
        columns: what sets its trials apart.

    Raises:
        StorageError: the table cannot be read.
    """
    return points_of(read_table(folder / TABLE), columns)


def points_of(rows: Iterable[Mapping[str, str]], columns: Sequence[str]) -> list[Point]:
    """The points of the rows of a `trials.csv`."""
    common = [column for column in columns if column != SEED]
    groups = members_of(rows, columns)
    return [_point(dict(zip(common, values, strict=True)), members) for values, members in groups.items()]


def members_of(
    rows: Iterable[Mapping[str, str]], columns: Sequence[str]
) -> dict[tuple[str, ...], list[Mapping[str, str]]]:
    """The rows of a `trials.csv` by the settings of their points, without the seed; of equal trials the last."""
    common = [column for column in columns if column != SEED]
    groups: dict[tuple[str, ...], list[Mapping[str, str]]] = {}
    # What random trials or a list give twice is trained to the same bits, which says no more than once.
    different = {tuple(row[column] for column in columns): row for row in rows}
    for row in different.values():
        groups.setdefault(tuple(row[column] for column in common), []).append(row)
    return groups


def _point(settings: Mapping[str, str], rows: Sequence[Mapping[str, str]]) -> Point:
    measures: dict[str, list[float]] = {}
    if REACHED in rows[0]:
        measures[REACHED] = [float(row[REACHED]) if row[REACHED] else math.inf for row in rows]
    for column in rows[0]:
        if column.startswith(_FINAL) or column == OBJECTIVE:
            values = [float(row[column]) for row in rows if row[column]]
            measures[column] = values
    return Point(settings, len(rows), measures)


def write_summary(path: Path, points: Sequence[Point], columns: Sequence[str]) -> None:
    """Writes `summary.csv`: a row for every point and measure.

    Raises:
        StorageError: the file could not be written.
    """
    common = [column for column in columns if column != SEED]
    header = [*common, "measure", "n", "reached", "median", "low", "high", "mean", "standard_deviation"]
    rows = [row for point in points for row in _rows(point, common)]
    write_table(path, header, rows)


def _rows(point: Point, common: Sequence[str]) -> Iterable[list[Any]]:
    for measure, values in point.measures.items():
        settings = [point.settings[column] for column in common]
        if not values:
            yield [*settings, measure, point.n, 0, *[None] * 5]
            continue
        s = summarize(values)
        numbers = (s.median, s.low, s.high, s.mean, s.deviation)
        yield [*settings, measure, point.n, s.finite, *(_cell(number) for number in numbers)]


def _cell(number: float | None) -> float | None:
    return float(f"{number:.10g}") if number is not None and math.isfinite(number) else None
