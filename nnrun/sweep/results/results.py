"""What a sweep came to, as its tables have it: trials by point, and the measure by which points are judged."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnrun.errors import StorageError
from nnrun.plots.scale import quantiles
from nnrun.sweep.results.configurations import Point, members_of, points_of
from nnrun.sweep.results.tables import OBJECTIVE, REACHED, TABLE, read_table
from nnrun.sweep.sweep_folder import SweepRecord, read_sweep_record

_JUDGED_BY = (OBJECTIVE, REACHED, "final_val_loss", "final_loss")

Row = Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Results:
    """What a sweep came to.

    Args:
        folder: the sweep's folder.
        record: what was asked, and how it ended.
        rows: of `trials.csv`.
        points: the points in the order of their first trials.
        members: the rows of each point.
        measure: the column by which points are judged; None where no trial has a number.
    """

    folder: Path
    record: SweepRecord
    rows: Sequence[Row]
    points: Sequence[Point]
    members: Sequence[Sequence[Row]]
    measure: str | None

    @property
    def reaching(self) -> bool:
        """Whether points are judged by the epoch at which their trials reached what they should."""
        return self.measure == REACHED

    @property
    def searched(self) -> bool:
        """Whether the trials were searched for, each a point of its own."""
        return self.record.search is not None

    @property
    def largest(self) -> bool:
        """Whether the largest number of the measure is the best, or the least."""
        return self.record.search is not None and self.record.search["objective"].startswith("max")

    @property
    def measure_name(self) -> str:
        """The measure in words."""
        if self.record.search is not None and self.measure == OBJECTIVE:
            return str(self.record.search["objective"])
        return f"first epoch of {self.record.reach}" if self.reaching else str(self.measure).replace("_", " ", 1)

    def values(self, point: Point) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """The numbers of a point's trials, infinite for those that never reached what they should; (trials,)."""
        return np.asarray(point.measures[self.measure] if self.measure else [], np.float64)

    def median(self, point: Point) -> float:
        """The middle of a point's numbers; not a number where it has none."""
        values = self.values(point)
        return float(quantiles(values, (0.5,))[0]) if len(values) else math.nan

    def ranking(self) -> list[int]:
        """The numbers of the points, the best first; those without a number last.

        Of a search those that were trained to their end come first, whatever a pruned one had come to.
        """
        cut = [self.searched and members[0]["status"] != "completed" for members in self.members]
        return sorted(range(len(self.points)), key=lambda i: (cut[i], *self._rank(self.points[i]), i))

    def _rank(self, point: Point) -> tuple[float, float, float]:
        values, median = self.values(point), self.median(point)
        finite = values[np.isfinite(values)]
        if not finite.size:
            return (math.inf, 0.0, math.inf)
        return (-median if self.largest else median, -finite.size / point.n, float(finite.mean()))


def read_results(folder: Path) -> Results:
    """The results of the sweep in `folder`.

    Raises:
        StorageError: it is no sweep's folder, or its tables cannot be read.
    """
    record = read_sweep_record(folder)
    rows = read_table(folder / TABLE) if (folder / TABLE).exists() else []
    try:
        points = points_of(rows, record.columns)
        members = members_of(rows, record.columns)
    except (KeyError, ValueError, TypeError) as error:
        raise StorageError(f"{folder / TABLE} is not the table of this sweep: {error}.") from error
    return Results(folder, record, rows, points, list(members.values()), _measure(points))


def _measure(points: Sequence[Point]) -> str | None:
    known = dict.fromkeys(name for point in points for name, values in point.measures.items() if values)
    return next((name for name in (*_JUDGED_BY, *known) if name in known), None)
