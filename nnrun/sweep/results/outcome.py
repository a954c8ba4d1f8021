"""What came of a trial, as the tables of a sweep tell it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nnrun.errors import Bug, TrainingError
from nnrun.experiment.expectations import Expectation
from nnrun.runs.record import RunRecord
from nnrun.runs.record_file import finite
from nnrun.sweep.search.objective_tracker import ObjectiveTracker

# What the process ends with where a model does not do what was expected of it.
NOT_MET = 1


@dataclass(frozen=True)
class TrialOutcome:
    """What came of a trial.

    Args:
        index: the trial's number.
        status: whether it was trained to its end.
        folder: its folder's path below that of the sweep.
        reason: why it failed or ended early.
        epochs: how many epochs were trained.
        reached: the epoch, from 1, at which it first reached what it was to reach; None if it never did.
        final: metric by name at the epoch whose weights the model has.
        best: metric by name at the best epoch, and `epoch`.
        seconds: how long it took.
        exit_status: what a process that trained it alone would end with.
        objective: what the objective of a search came to.
        rungs: what it had come to at each epoch at which a pruner looks, as far as those were reached.
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
    objective: float | None = None
    rungs: tuple[float | None, ...] = ()


def outcome_of(
    index: int,
    folder: Path,
    record: RunRecord,
    history: Mapping[str, Sequence[float]],
    reach: Expectation | None,
    sought: ObjectiveTracker | None = None,
) -> TrialOutcome:
    """What the record and the history of a finished trial say.

    Args:
        index: the trial's number.
        folder: its folder.
        record: its record, of a completed, pruned or failed run.
        history: each metric with a number per epoch.
        reach: what it was to reach.
        sought: what is measured of it where it belongs to a search.
    """
    completed, pruned = record.status == "completed", record.status == "pruned"
    seen = sought if completed or pruned else None
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
        objective=seen.best(history) if seen else None,
        rungs=seen.at_rungs(history, whole=completed) if seen else (),
    )


def _finite(metrics: Mapping[str, float | None]) -> dict[str, float | None]:
    """The metrics as they are read back from a record, None for a number that is not finite."""
    return {name: finite(value) for name, value in metrics.items()}


def by_loss(outcome: TrialOutcome) -> tuple[float, int]:
    """By what the best trial is chosen: the loss it ends with, on the validation rows where there are any."""
    final = outcome.final or {}
    loss = final.get("val_loss", final.get("loss"))
    return (math.inf if loss is None else loss, outcome.index)


def first_epoch(reach: Expectation, history: Mapping[str, Sequence[float]]) -> int | None:
    """The epoch, from 1, at which an expectation first holds; None where it never does."""
    values = history.get(reach.metric, ())
    return next((epoch for epoch, value in enumerate(values, 1) if reach.holds(value)), None)


def _exit_status(record: RunRecord, folder: Path) -> int:
    if record.status in ("completed", "pruned"):  # a pruned one was held against nothing
        return 0 if all(verdict.met for verdict in record.expectations) else NOT_MET
    return Bug.exit_status if (folder / "traceback.txt").exists() else TrainingError.exit_status
