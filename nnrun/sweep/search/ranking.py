"""The trials of a search from the best to the worst."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path

from nnrun.sweep.plan.plan import SweepPlan
from nnrun.sweep.plan.trial import written
from nnrun.sweep.results.outcome import TrialOutcome, by_loss
from nnrun.sweep.results.tables import OBJECTIVE, epochs_column, write_table
from nnrun.sweep.search.search import Search
from nnrun.sweep.sweep_record import BestTrial

Rank = Callable[[TrialOutcome], tuple[float, int]]

# Completed trials come first, whatever a pruned one had reached.
_ORDER = ("completed", "pruned", "failed")


def objective_rank(search: Search) -> Rank:
    """The sort key of the best trial of a search: the objective of a completed trial."""

    def rank(outcome: TrialOutcome) -> tuple[float, int]:
        value = outcome.objective if outcome.status == "completed" else None
        return (search.tracker.objective.rank(value), outcome.index)

    return rank


def best_trial(plan: SweepPlan, outcomes: Mapping[int, TrialOutcome]) -> BestTrial | None:
    """The best trial: of a search by its objective, else by the final loss; None where no trial was completed."""
    rank = objective_rank(plan.search) if plan.search else by_loss
    completed = [outcome for outcome in outcomes.values() if outcome.status == "completed"]
    best = min(completed, key=rank, default=None)
    if best is None or best.index not in plan.by_index or math.isinf(rank(best)[0]):
        return None
    settings = dict(plan.by_index[best.index].settings)
    if plan.search is not None:
        return BestTrial(best.index, best.folder, best.objective, settings, str(plan.search.tracker.objective))
    measure = "val_loss" if "val_loss" in (best.final or {}) else "loss"
    return BestTrial(best.index, best.folder, rank(best)[0], settings, f"final_{measure}")


def write_ranking(path: Path, plan: SweepPlan, outcomes: Mapping[int, TrialOutcome]) -> None:
    """Writes the `summary.csv` of a search: a row per trial, the best first.

    Raises:
        StorageError: the file could not be written.
    """
    assert plan.search is not None
    rank = plan.search.tracker.objective.rank

    def key(outcome: TrialOutcome) -> tuple[int, float, int]:
        return _ORDER.index(outcome.status), rank(outcome.objective), outcome.index

    known = [outcomes[trial.index] for trial in plan.trials if trial.index in outcomes]
    rows = []
    for place, outcome in enumerate(sorted(known, key=key), 1):
        settings = plan.trials[outcome.index].settings
        values = [written(settings[column]) for column in plan.columns]
        rows.append([place, outcome.index, outcome.objective, *values, outcome.status, outcome.epochs, outcome.folder])
    header = ["rank", "index", OBJECTIVE, *plan.columns, "status", epochs_column(plan.columns), "folder"]
    write_table(path, header, rows)
