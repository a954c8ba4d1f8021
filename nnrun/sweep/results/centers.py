"""What stands for the trials of each configuration, and the order of the configurations by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from nnrun.data.dataset import Array
from nnrun.experiment.folds import FOLD_PATH
from nnrun.experiment.objective import Objective
from nnrun.plots.scale import quantiles
from nnrun.sweep.results.configurations import Configurations, write_summary
from nnrun.sweep.results.summaries import equal_sizes
from nnrun.sweep.results.trial_columns import COMPLETED
from nnrun.sweep.table.column_names import OBJECTIVE, REACHED

# Of values (configurations, trials).
_CENTERS: dict[str, Callable[[Array], Array]] = {
    "median": lambda values: quantiles(values.T, (0.5,))[0],
    "mean": lambda values: values.mean(axis=1),
    "min": lambda values: values.min(axis=1),
    "max": lambda values: values.max(axis=1),
}


def center_name(columns: Sequence[str], measure: str | None, objective: Objective | None) -> str:
    """Which center stands for the trials of a configuration: that of the objective, else the median.

    Of folds it is the mean, as scikit-learn has it, but for the epoch of a target, which may never be reached.

    Args:
        columns: the settings in which the trials differ.
        measure: what is compared.
        objective: the objective of the sweep, if any.

    Returns:
        `median`, `mean`, `min` or `max`.
    """
    if measure == OBJECTIVE and objective is not None and objective.center:
        return objective.center
    return "mean" if FOLD_PATH in columns and measure != REACHED else "median"


class Centers:
    """The centers of the configurations by a measure.

    Of an objective a trial that has no number is worse than all others.

    Args:
        configurations: the configurations.
        measure: what is compared; None where no trial has a number.
        columns: the settings in which the trials differ.
        objective: the objective of the sweep, if any.
        drawn_once: whether the trials are those of a search, each a configuration of its own.
    """

    def __init__(
        self,
        configurations: Configurations,
        measure: str | None,
        columns: Sequence[str],
        objective: Objective | None,
        *,
        drawn_once: bool = False,
    ) -> None:
        self.configurations = configurations
        self.measure = measure
        self.name = center_name(columns, measure, objective)
        self.largest = measure == OBJECTIVE and objective is not None and objective.largest
        self.drawn_once = drawn_once

    @cached_property
    def values(self) -> Array:
        """The center of each configuration; NaN where it has none, (configurations,)."""
        found = np.full(len(self.configurations), np.nan)
        for some, values in self._samples():
            found[some] = _CENTERS[self.name](values)
        return np.where(np.isinf(found), np.nan, found) if self.measure == OBJECTIVE else found

    def ranking(self) -> list[int]:
        """The numbers of the configurations, the best first; those without a number last.

        A configuration with a fold that has no number comes behind those whose mean is that of all folds.
        Of a search the completed trials come before the pruned ones, whatever these had reached.
        """
        counts, finite = self.configurations.counts, np.zeros(len(self.configurations), np.int64)
        means = np.full(len(counts), np.inf)
        for some, values in self._samples():
            known = np.isfinite(values)  # (configurations, trials)
            finite[some] = known.sum(axis=1)
            with np.errstate(invalid="ignore"):
                means[some] = np.where(known, values, 0.0).sum(axis=1) / known.sum(axis=1)
        measured = (finite > 0) & ~np.isnan(self.values)
        centers = np.where(measured, -self.values if self.largest else self.values, np.inf)
        pruned = self.count_status(COMPLETED) < counts if self.drawn_once else np.zeros(len(counts), bool)
        incomplete = ~measured | ((self.name == "mean") & (finite < counts))
        share = np.where(measured, -finite / counts, 0.0)
        order = np.lexsort((np.where(measured, means, np.inf), share, centers, incomplete, pruned))
        ranked: list[int] = order.tolist()
        return ranked

    def count_status(self, status: int) -> Array:
        """How many different trials of each configuration have a status, (configurations,)."""
        configurations = self.configurations
        found = np.cumsum(configurations.all.status[configurations.trials] == status)
        return np.diff(np.append(0, found)[configurations.bounds])

    def _samples(self) -> Iterator[tuple[Array, Array]]:
        """Some configurations with as many numbers at a time, and their numbers, (configurations, trials)."""
        if self.measure is None:
            return iter(())
        if self.measure != OBJECTIVE:
            return equal_sizes(*self.configurations.values(self.measure))
        numbers = self.configurations.all.measures[OBJECTIVE][self.configurations.trials]
        worst = -np.inf if self.largest else np.inf
        return equal_sizes(np.where(np.isnan(numbers), worst, numbers), self.configurations.bounds)


def write_ranked_summary(
    path: Path, configurations: Configurations, columns: Sequence[str], objective: Objective | None
) -> None:
    """Writes `summary.csv`, with an objective the best configuration first, with ranks and centers.

    Args:
        path: the file.
        configurations: the configurations.
        columns: the settings in which the trials differ.
        objective: the objective of the sweep, if any.

    Raises:
        StorageError: the file could not be written.
    """
    if objective is None or OBJECTIVE not in configurations.all.measures:
        write_summary(path, configurations)
        return
    centers = Centers(configurations, OBJECTIVE, columns, objective)
    write_summary(path, configurations, centers.ranking(), centers.values)
