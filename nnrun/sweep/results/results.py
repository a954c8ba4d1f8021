"""The results of a sweep, read from its tables: trials by configuration, and the measure that ranks them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnrun.errors import StorageError
from nnrun.plots.scale import quantiles
from nnrun.runs import layout
from nnrun.sweep.results.configurations import Configuration, configurations_of, members_of
from nnrun.sweep.results.tables import OBJECTIVE, REACHED, Row, read_table
from nnrun.sweep.sweep_record import SweepRecord, read_sweep_record

_RANKED_BY = (OBJECTIVE, REACHED, "final_val_loss", "final_loss")


@dataclass(frozen=True, eq=False)
class Results:
    """The results of a sweep.

    Args:
        folder: the sweep's folder.
        record: the sweep's record.
        rows: the rows of `trials.csv`.
        configurations: the configurations in the order of their first trials.
        members: the rows of each configuration.
        measure: the column that ranks the configurations; None where no trial has a number.
    """

    folder: Path
    record: SweepRecord
    rows: Sequence[Row]
    configurations: Sequence[Configuration]
    members: Sequence[Sequence[Row]]
    measure: str | None

    @property
    def reaching(self) -> bool:
        """Whether the measure is the epoch at which a trial reached its target."""
        return self.measure == REACHED

    @property
    def searched(self) -> bool:
        """Whether the trials are those of a search, each a configuration of its own."""
        return self.record.search is not None

    @property
    def largest(self) -> bool:
        """Whether the largest number of the measure is the best, or the smallest."""
        return self.record.search is not None and self.record.search.objective.startswith("max")

    @property
    def measure_name(self) -> str:
        """The measure in words."""
        if self.record.search is not None and self.measure == OBJECTIVE:
            return self.record.search.objective
        return f"first epoch of {self.record.reach}" if self.reaching else str(self.measure).replace("_", " ", 1)

    def values(self, configuration: Configuration) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """The numbers of a configuration's trials, infinite for those that never reached their target; (trials,)."""
        return np.asarray(configuration.measures[self.measure] if self.measure else [], np.float64)

    def median(self, configuration: Configuration) -> float:
        """The median of a configuration's numbers; NaN where it has none."""
        values = self.values(configuration)
        return float(quantiles(values, (0.5,))[0]) if len(values) else math.nan

    def ranking(self) -> list[int]:
        """The numbers of the configurations, the best first; those without a number last.

        Of a search the completed trials come before the pruned ones, whatever these had reached.
        """
        pruned = [self.searched and members[0]["status"] != "completed" for members in self.members]
        order = range(len(self.configurations))
        return sorted(order, key=lambda i: (pruned[i], *self._rank(self.configurations[i]), i))

    def _rank(self, configuration: Configuration) -> tuple[float, float, float]:
        values, median = self.values(configuration), self.median(configuration)
        finite = values[np.isfinite(values)]
        if not finite.size:
            return (math.inf, 0.0, math.inf)
        return (-median if self.largest else median, -finite.size / configuration.n, float(finite.mean()))


def read_results(folder: Path) -> Results:
    """The results of the sweep in `folder`.

    Raises:
        StorageError: it is not the folder of a sweep, or its tables cannot be read.
    """
    record = read_sweep_record(folder)
    path = folder / layout.TRIALS_TABLE
    rows = read_table(path) if path.exists() else []
    try:
        configurations = configurations_of(rows, record.columns)
        members = members_of(rows, record.columns)
    except (KeyError, ValueError, TypeError) as error:
        raise StorageError(f"{path} is not the table of this sweep: {error}.") from error
    return Results(folder, record, rows, configurations, list(members.values()), _measure(configurations))


def _measure(configurations: Sequence[Configuration]) -> str | None:
    known = dict.fromkeys(name for one in configurations for name, values in one.measures.items() if values)
    return next((name for name in (*_RANKED_BY, *known) if name in known), None)
