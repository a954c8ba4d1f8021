"""The results of a sweep, read from its tables: trials by configuration, and the measure that ranks them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from nnrun.data.dataset import Array
from nnrun.errors import StorageError
from nnrun.experiment.folds import FOLD_PATH
from nnrun.runs import layout
from nnrun.sweep.results.centers import Centers
from nnrun.sweep.results.configurations import Configuration, Configurations
from nnrun.sweep.results.tables import Row
from nnrun.sweep.results.trial_columns import TrialColumns, is_table, read_columns
from nnrun.sweep.sweep_record import SweepRecord, in_words, read_sweep_record
from nnrun.sweep.table.column_names import OBJECTIVE, REACHED

_RANKED_BY = (OBJECTIVE, REACHED, "final_val_loss", "final_loss")


@dataclass(frozen=True, eq=False)
class Results:
    """The results of a sweep.

    Args:
        folder: the sweep's folder.
        record: the sweep's record.
        trials: its trials.
        configurations: the configurations in the order of their first trials.
        measure: the column that ranks the configurations; None where no trial has a number.
    """

    folder: Path
    record: SweepRecord
    trials: TrialColumns
    configurations: Configurations
    measure: str | None

    @property
    def rows(self) -> Sequence[Row]:
        """The rows of `trials.csv`."""
        return self.trials.rows

    @property
    def reaching(self) -> bool:
        """Whether the measure is the epoch at which a trial reached its target."""
        return self.measure == REACHED

    @property
    def searched(self) -> bool:
        """Whether the trials are those of a search, each a configuration of its own."""
        return self.record.drawn_once

    @property
    def largest(self) -> bool:
        """Whether the largest number of the measure is the best, or the smallest."""
        return self._centers.largest

    @property
    def measure_name(self) -> str:
        """The measure in words."""
        return in_words(str(self.measure), self.record)

    @property
    def cross_validated(self) -> bool:
        """Whether the trials are the folds of one configuration."""
        return self.record.columns == (FOLD_PATH,)

    @property
    def averaged(self) -> bool:
        """Whether a configuration counts as the mean of its trials."""
        return self.center_name == "mean"

    @property
    def center_name(self) -> str:
        """As what a configuration counts: `median`, `mean`, `min` or `max`."""
        return self._centers.name

    def values(self, configuration: Configuration) -> Array:
        """The numbers of a configuration's trials, infinite for those that never reached their target; (trials,)."""
        return configuration.measures[self.measure] if self.measure else np.zeros(0)

    def center(self, configuration: Configuration) -> float:
        """The center of a configuration's numbers; NaN where it has none."""
        return float(self.centers[configuration.number])

    @property
    def centers(self) -> Array:
        """The centers of the configurations; NaN where one has none; (configurations,)."""
        return self._centers.values

    def count_status(self, status: int) -> Array:
        """How many different trials of each configuration have a status, (configurations,)."""
        return self._centers.count_status(status)

    def ranking(self) -> list[int]:
        """The numbers of the configurations, the best first; those without a number last."""
        return self._centers.ranking()

    @cached_property
    def _centers(self) -> Centers:
        record = self.record
        how = record.columns, record.ranked_by
        return Centers(self.configurations, self.measure, *how, drawn_once=record.drawn_once)


def read_results(folder: Path) -> Results:
    """The results of the sweep in `folder`.

    Raises:
        StorageError: it is not the folder of a sweep, or its tables cannot be read.
    """
    record = read_sweep_record(folder)
    try:
        trials = read_columns(folder, record)
        configurations = Configurations(trials, record.columns)
    except (KeyError, ValueError, TypeError) as error:
        path = folder / (layout.TRIALS_ARRAYS if is_table(folder) else layout.TRIALS_TABLE)
        raise StorageError(f"{path} is not the table of this sweep: {error}.") from error
    return Results(folder, record, trials, configurations, _measure(trials))


def _measure(trials: TrialColumns) -> str | None:
    known = [name for name, values in trials.measures.items() if not np.isnan(values).all()]
    return next((name for name in (*_RANKED_BY, *known) if name in known), None)
