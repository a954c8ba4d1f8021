"""What a cross-validation prints at its end: the metrics of every fold, their mean, and failed expectations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnrun.errors import listed
from nnrun.number_text import short
from nnrun.runs import layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nnrun.sweep.results.tables import Row
    from nnrun.sweep.sweep_end import Sweep

_MOST_NAMED = 5
_MOST_FOLDS = 20


def fold_rows(trials: Sequence[Row]) -> list[list[str]]:
    """The metrics of every fold, of very many the first, and their mean ± standard deviation, behind a header.

    Args:
        trials: the rows of `trials.csv`, one per fold.
    """
    from nnrun.experiment.folds import FOLD_PATH
    from nnrun.sweep.results.cross_validation import fold_metrics

    metrics = fold_metrics(trials)
    rows = [["fold", *(metric.name for metric in metrics)]]
    for i, trial in enumerate(trials[:_MOST_FOLDS]):
        values = [metric.values[i] for metric in metrics]
        rows.append([trial[FOLD_PATH], *(trial["status"] if value is None else short(value) for value in values)])
    if len(trials) > _MOST_FOLDS:
        rows.append(["…", *("" for _ in metrics)])
    return [*rows, ["mean", *(metric.center for metric in metrics)]]


def failed_means(done: Sweep) -> list[str]:
    """The configurations whose means over the folds failed their expectations, in a line."""
    failed = [
        name for name, verdicts in done.record.expectations.items() if not all(verdict.met for verdict in verdicts)
    ]
    if not failed or len(done.record.expectations) == 1:
        return []
    of = f"{len(failed)} of {len(done.record.expectations)} configurations"
    return [f"{of} failed their expectations on the mean of the folds: {listed(failed, _MOST_NAMED)}"]


def read_trials(done: Sweep) -> list[dict[str, str]]:
    """The rows of its `trials.csv`."""
    from nnrun.sweep.results.tables import read_table

    return read_table(done.folder / layout.TRIALS_TABLE)
