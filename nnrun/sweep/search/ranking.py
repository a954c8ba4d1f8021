"""The trials of a search from the best to the worst, and what a sweep's record says of a search."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nnrun.errors import ExperimentError, Problem
from nnrun.sweep.plan.plan import SweepPlan
from nnrun.sweep.plan.trial import written
from nnrun.sweep.results.outcome import TrialOutcome
from nnrun.sweep.results.tables import OBJECTIVE, epochs_column, write_table
from nnrun.sweep.search.search import Search

Rank = Callable[[TrialOutcome], tuple[float, int]]

# Those that were trained to their end come first, whatever a pruned one had come to.
_ORDER = ("completed", "pruned", "failed")


def objective_rank(search: Search) -> Rank:
    """By what the best trial of a search is chosen: its objective, if it was trained to its end."""

    def rank(outcome: TrialOutcome) -> tuple[float, int]:
        value = outcome.objective if outcome.status == "completed" else None
        return (search.sought.objective.rank(value), outcome.index)

    return rank


def best_trial(plan: SweepPlan, outcomes: Mapping[int, TrialOutcome]) -> dict[str, Any] | None:
    """The best trial of a search: number, folder, objective and settings; None where none was trained to its end."""
    if plan.search is None or not outcomes:
        return None
    rank = objective_rank(plan.search)
    best = min(outcomes.values(), key=rank)
    if math.isinf(rank(best)[0]) or best.index >= len(plan.trials):
        return None
    settings = dict(plan.trials[best.index].settings)
    return {"index": best.index, "folder": best.folder, "objective": best.objective, "settings": settings}


def write_ranking(path: Path, plan: SweepPlan, outcomes: Mapping[int, TrialOutcome]) -> None:
    """Writes the `summary.csv` of a search: a row per trial, the best first.

    Raises:
        StorageError: the file could not be written.
    """
    assert plan.search is not None
    rank = plan.search.sought.objective.rank

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


def search_terms(plan: SweepPlan) -> dict[str, str] | None:
    """What a sweep's record says of how its trials are searched for; None where they are not."""
    return plan.search.settings.terms if plan.search else None


def refuse_without_optuna(plan: SweepPlan) -> None:
    """Refuses a search where Optuna is not installed.

    Raises:
        ExperimentError: with the place of the search.
    """
    if plan.search is not None and importlib.util.find_spec("optuna") is None:
        key = plan.search.settings.drawn[0].key
        raise ExperimentError(
            Problem("A search draws with Optuna, which is not installed.", key, "pip install 'nnrun[optuna]'")
        )


def optuna_version(plan: SweepPlan) -> dict[str, str]:
    """The version of Optuna where it draws the trials; none elsewhere."""
    return {"optuna": importlib.metadata.version("optuna")} if plan.search is not None else {}
