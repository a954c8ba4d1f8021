"""The outcome of a trial: the facts of its record and history that go into the tables of a sweep."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from nnrun.errors import Bug, TrainingError
from nnrun.experiment.objective import Objective
from nnrun.experiment.threshold import Threshold
from nnrun.runs import layout
from nnrun.runs.record import RunRecord
from nnrun.runs.record_file import finite
from nnrun.sweep.search.objective_tracker import ObjectiveTracker

# The exit status where a model failed an expectation.
NOT_MET = 1

# A trial is better than those of a higher rank; the last number is its index.
Rank = tuple[float, ...]


@dataclass(frozen=True)
class TrialOutcome:
    """The outcome of a trial.

    Args:
        index: the trial's number.
        status: whether it was trained to the end, failed, or was ended early by a pruner.
        folder: its folder's path below that of the sweep.
        reason: why it failed or ended early.
        epochs: how many epochs were trained.
        reached: the epoch, from 1, at which it first reached its target; None if it never did.
        final: metric by name at the epoch whose weights the model has.
        best: metric by name at the best epoch, and `epoch`.
        seconds: how long it took.
        exit_status: the exit status of a process that had trained it alone.
        expectations: whether it met all that its experiment expects; None where that is nothing, or was not checked.
        objective: the best value of a search's objective.
        conditions: whether it met each expectation that is not METRIC OP NUMBER, by its position.
        rungs: the best value up to each epoch at which a pruner decides, as far as those were reached.
        lost: whether it failed with its process or for lack of memory, so that resuming the sweep trains it again.
    """

    index: int
    status: Literal["completed", "failed", "pruned"]
    folder: str
    reason: str | None = None
    epochs: int | None = None
    reached: int | None = None
    final: Mapping[str, float | None] | None = None
    best: Mapping[str, float | None] | None = None
    seconds: float | None = None
    exit_status: int = 0
    expectations: Literal["met", "not met"] | None = None
    objective: float | None = None
    rungs: tuple[float | None, ...] = ()
    conditions: Mapping[int, bool] = field(default_factory=dict)
    lost: bool = False


def outcome_of(
    index: int,
    folder: Path,
    record: RunRecord,
    history: Mapping[str, Sequence[float]],
    reach: Threshold | None,
    tracker: ObjectiveTracker | None = None,
) -> TrialOutcome:
    """The outcome of a finished trial.

    Args:
        index: the trial's number.
        folder: its folder.
        record: its record, of a completed, pruned or failed run.
        history: each metric with a number per epoch.
        reach: its target.
        tracker: the objective of the search that it belongs to, if any.
    """
    completed, pruned = record.status == "completed", record.status == "pruned"
    measured = tracker if completed or pruned else None
    return TrialOutcome(
        index=index,
        status="completed" if completed else "pruned" if pruned else "failed",
        folder=f"{folder.parent.name}/{folder.name}",
        reason=record.reason,
        epochs=len(history.get("loss", ())),
        reached=first_epoch(reach, history) if reach and (completed or pruned) else None,
        final=_finite(record.final_metrics),
        best=_finite(record.best_metrics),
        seconds=record.seconds,
        exit_status=_exit_status(record, folder),
        expectations=_expectations(record) if completed else None,
        objective=measured.best(history) if measured else None,
        rungs=measured.at_rungs(history, whole=completed) if measured else (),
        conditions={i: one.met for i, one in enumerate(record.expectations) if completed and not one.is_plain},
        lost=record.status == "interrupted",
    )


def _finite(metrics: Mapping[str, float | None]) -> dict[str, float | None]:
    """The metrics as they are read back from a record, None for a number that is not finite."""
    return {name: finite(value) for name, value in metrics.items()}


def by_loss(outcome: TrialOutcome) -> Rank:
    """The sort key of the best trial: its final loss, on the validation set where there is one."""
    final = outcome.final or {}
    loss = final.get("val_loss", final.get("loss"))
    return (math.inf if loss is None else loss, outcome.index)


def by_reach(outcome: TrialOutcome) -> Rank:
    """The sort key of the best trial of a sweep with a target: the epoch at which it reached it, then its loss."""
    return (math.inf if outcome.reached is None else outcome.reached, *by_loss(outcome))


def trial_rank(objective: Objective | None, *, reaching: bool) -> Callable[[TrialOutcome], Rank]:
    """The sort key of the best trial, by what ranks the configurations too: objective, epoch of the target, or loss.

    Args:
        objective: the objective of the sweep, if any.
        reaching: whether the sweep has a target.
    """
    if objective is not None:
        return objective_rank(objective)
    return by_reach if reaching else by_loss


def objective_rank(objective: Objective) -> Callable[[TrialOutcome], Rank]:
    """The sort key of the best trial of a sweep with an objective: that of a completed trial."""

    def rank(outcome: TrialOutcome) -> Rank:
        value = outcome.objective if outcome.status == "completed" else None
        return (objective.rank(value), outcome.index)

    return rank


def first_epoch(reach: Threshold, history: Mapping[str, Sequence[float]]) -> int | None:
    """The epoch, from 1, at which an expectation first holds; None where it never does."""
    return reach.first_epoch(history.get(reach.metric, ()))


def _expectations(record: RunRecord) -> Literal["met", "not met"] | None:
    if not record.expectations:
        return None
    return "met" if all(verdict.met for verdict in record.expectations) else "not met"


def _exit_status(record: RunRecord, folder: Path) -> int:
    if record.status in ("completed", "pruned"):  # the expectations of a pruned trial are not checked
        return 0 if all(verdict.met for verdict in record.expectations) else NOT_MET
    return Bug.exit_status if (folder / layout.TRACEBACK).exists() else TrainingError.exit_status
