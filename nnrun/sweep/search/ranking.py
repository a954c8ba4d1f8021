"""The trials of a search from the best to the worst."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from nnrun.sweep.plan.plan import SweepPlan
from nnrun.sweep.plan.trial import written
from nnrun.sweep.results.outcome import TrialOutcome, by_loss, trial_rank
from nnrun.sweep.results.outcomes import Outcomes
from nnrun.sweep.results.tables import write_table
from nnrun.sweep.sweep_record import BestTrial
from nnrun.sweep.table.column_names import OBJECTIVE, REACHED, epochs_column

# Completed trials come first, whatever a pruned one had reached.
_ORDER = ("completed", "pruned", "failed")


def best_trial(plan: SweepPlan, outcomes: Outcomes) -> BestTrial | None:
    """The best trial by `trial_rank`; None where no trial was completed."""
    objective = plan.settings.objective
    rank = trial_rank(objective, reaching=plan.reach is not None)
    best = outcomes.leading(objective, reaching=plan.reach is not None)
    if best is None or all(map(math.isinf, rank(best)[:-1])):
        return None
    position = plan.trials.position(best.index)
    if position is None:
        return None
    settings = plan.trials.settings(position)
    if objective is not None:
        return BestTrial(best.index, best.folder, best.objective, settings, objective.of_trial)
    if best.reached is not None:
        return BestTrial(best.index, best.folder, best.reached, settings, REACHED)
    measure = "val_loss" if "val_loss" in (best.final or {}) else "loss"
    return BestTrial(best.index, best.folder, by_loss(best)[0], settings, f"final_{measure}")


def write_ranking(path: Path, plan: SweepPlan, outcomes: Mapping[int, TrialOutcome]) -> None:
    """Writes the `summary.csv` of a search: a row per trial, the best first.

    Raises:
        StorageError: the file could not be written.
    """
    assert plan.search is not None
    rank = plan.search.tracker.objective.rank

    def key(outcome: TrialOutcome) -> tuple[int, float, int]:
        return _ORDER.index(outcome.status), rank(outcome.objective), outcome.index

    known = [outcome for index, outcome in outcomes.items() if index < len(plan.trials)]
    rows = []
    for place, outcome in enumerate(sorted(known, key=key), 1):
        settings = plan.trials.settings(outcome.index)
        values = [written(settings[column]) for column in plan.columns]
        rows.append([place, outcome.index, outcome.objective, *values, outcome.status, outcome.epochs, outcome.folder])
    header = ["rank", "index", OBJECTIVE, *plan.columns, "status", epochs_column(plan.columns), "folder"]
    write_table(path, header, rows)
