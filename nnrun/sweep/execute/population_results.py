"""What a population's arrays of metrics come to: the rows of the sweep's table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from nnrun.data.dataset import Array
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.threshold import Threshold
from nnrun.runs.judge.run_evidence import RunEvidence
from nnrun.runs.judge.verdicts import verdict_on
from nnrun.sweep.search.objective_tracker import ObjectiveTracker
from nnrun.sweep.table.outcome_block import curve_at, setting_column
from nnrun.sweep.table.trial_block import STATUSES, TrialBlock, curve_epochs
from nnrun.training.failures import divergence
from nnrun.training.population import Ends
from nnrun.training.program import LEARNING_RATE

_LOSSES = ("loss", "val_loss")


@dataclass(frozen=True, eq=False)
class MeasuredTrials:
    """The metrics of some trials over their epochs.

    Args:
        epochs: the number of epochs whose losses and weights are finite, int64, (trials,).
        finite: whether those are all, (trials,).
        history: each metric by name, float32, (trials, epochs), NaN behind the last finite epoch.
        reasons: why trials diverged, in words, by their positions.
    """

    epochs: Array
    finite: Array
    history: dict[str, Array]
    reasons: dict[int, str]

    def at(self, epochs: Array) -> dict[str, Array]:
        """Each metric at one epoch of each trial, NaN for those that diverged; float64, (trials,).

        Args:
            epochs: the epoch of each trial, from 1, (trials,).
        """
        rows, columns = np.arange(len(epochs)), np.maximum(epochs, 1) - 1
        found = {name: values[rows, columns].astype(np.float64) for name, values in self.history.items()}
        return {name: np.where(self.finite, values, np.nan) for name, values in found.items()}

    @property
    def best_epochs(self) -> Array:
        """The epoch, from 1, of the lowest validation loss, or of the lowest loss without a validation set."""
        losses = self.history.get("val_loss", self.history["loss"])  # (trials, epochs)
        known = losses if self.are_whole else np.where(np.isnan(losses), np.inf, losses)
        best: Array = np.argmin(known, axis=1) + 1
        return best

    @property
    def are_whole(self) -> bool:
        """Whether every trial has a number for every epoch."""
        return bool((self.epochs == self.history["loss"].shape[1]).all())


def measure(ends: Ends, names: Sequence[str]) -> MeasuredTrials:
    """The metrics of trials whose trainings have ended.

    Args:
        ends: how they ended.
        names: the metrics, without the learning rate.
    """
    epochs = ends.epochs.astype(np.int64) - ~ends.finite
    length = max(1, int(ends.epochs.max(initial=1)))
    history = {name: ends.logs[name][:, :length] for name in names}
    if (epochs < length).any():
        beyond = np.arange(length) >= epochs[:, None]  # (trials, epochs)
        history = {name: np.where(beyond, np.float32(np.nan), values) for name, values in history.items()}
    reasons = {trial: _reason(ends.logs, trial, int(epochs[trial])) for trial in np.flatnonzero(~ends.finite).tolist()}
    return MeasuredTrials(epochs, ends.finite, history, reasons)


def _reason(logs: Mapping[str, Array], trial: int, epochs: int) -> str:
    for name in _LOSSES:
        if name in logs and not np.isfinite(logs[name][trial, epochs]):
            return f"{name} became {logs[name][trial, epochs]} in epoch {epochs + 1}"
    return f"a weight became infinite or not a number in epoch {epochs + 1}"


def metric_names(logged: Sequence[str]) -> list[str]:
    """The names of what is logged without the learning rate."""
    return [name for name in logged if name != LEARNING_RATE]


def block_of(
    indices: Array,
    settings: Mapping[str, Sequence[Any]],
    variants: Sequence[Experiment],
    of: Array,
    measured: MeasuredTrials,
    *,
    test: Mapping[str, Array],
    seconds: float,
    parameters: int,
    most_epochs: int,
    reach: Threshold | None = None,
    tracker: ObjectiveTracker | None = None,
    weights: Mapping[str, Array] | None = None,
) -> TrialBlock:
    """The rows of the table for some trials.

    Args:
        indices: the numbers of the trials, (trials,).
        settings: the value of each setting for each trial, by its path.
        variants: the experiments; what they expect is judged.
        of: which of them each trial has, (trials,).
        measured: their metrics.
        test: the metrics on their test sets, (trials,) each.
        seconds: how long each took.
        parameters: the number of parameters of the model.
        most_epochs: the most epochs of any trial of the sweep.
        reach: the target of a trial.
        tracker: the objective of the search that they belong to, if any.
        weights: the final weights by name, each (trials, …), where they are kept.
    """
    final = {**measured.at(measured.epochs), **test}
    best = measured.best_epochs
    points = curve_epochs(most_epochs)
    conditions = _conditions(variants, of, final, measured, (seconds, parameters))
    objectives, rungs = _objectives(tracker, measured)
    failures = {i: divergence(variants[of[i]], why).problems[0].message for i, why in measured.reasons.items()}
    return TrialBlock(
        index=indices,
        settings={path: setting_column(values) for path, values in settings.items()},
        status=np.where(measured.finite, STATUSES.index("completed"), STATUSES.index("failed")).astype(np.uint8),
        epochs=measured.epochs.astype(np.int32),
        reached=_reached(reach, measured),
        met=_met(variants, of, final, measured.finite, conditions),
        objective=objectives,
        final=final,
        best=measured.at(best),
        best_epoch=np.where(measured.finite, best, 0).astype(np.int32),
        seconds=np.full(len(indices), seconds),
        reason=np.array([failures.get(i, "") for i in range(len(indices))]),
        curve_epochs=points,
        curves={name: curve_at(values, points) for name, values in measured.history.items()},
        weights=weights or {},
        rungs=rungs,
        conditions=conditions,
    )


def _reached(reach: Threshold | None, measured: MeasuredTrials) -> Array:
    """The first epoch at which each trial reached its target, 0 for never and for failed trials; int32, (trials,)."""
    values = measured.history.get(reach.metric) if reach else None
    if reach is None or values is None:
        return np.zeros(len(measured.epochs), np.int32)
    holds = reach.holds_each(values.astype(np.float64))  # (trials, epochs)
    return np.where(holds.any(axis=1) & measured.finite, np.argmax(holds, axis=1) + 1, 0).astype(np.int32)


def _conditions(
    variants: Sequence[Experiment],
    of: Array,
    final: Mapping[str, Array],
    measured: MeasuredTrials,
    facts: tuple[float, int],
) -> dict[str, Array]:
    """Whether each completed trial met each expectation that is not METRIC OP NUMBER, by its position.

    Args:
        variants, of, final, measured: as for `block_of`.
        facts: how long each trial took, and the number of parameters.
    """
    found: dict[str, Array] = {}
    for variant in np.unique(of):
        others = [(place, one) for place, one in enumerate(variants[variant].expect) if not one.threshold]
        for trial in np.flatnonzero((of == variant) & measured.finite) if others else ():
            evidence = _evidence(int(trial), final, measured, facts)
            for place, expectation in others:
                met = found.setdefault(str(place), np.full(len(of), np.nan, np.float32))
                met[trial] = verdict_on(expectation, evidence.value).met
    return found


def _evidence(
    trial: int, final: Mapping[str, Array], measured: MeasuredTrials, facts: tuple[float, int]
) -> RunEvidence:
    """What one trial is judged by, whose losses and weights are finite."""
    epochs = int(measured.epochs[trial])

    @cache
    def history() -> dict[str, list[float]]:
        return {name: values[trial, :epochs].tolist() for name, values in measured.history.items()}

    known = {name: float(values[trial]) for name, values in final.items()}
    return RunEvidence(known, epochs, *facts, history, weights=dict)


def _met(
    variants: Sequence[Experiment],
    of: Array,
    final: Mapping[str, Array],
    finite: Array,
    conditions: Mapping[str, Array],
) -> Array:
    """Whether each completed trial met what it expects: 1 or 0, -1 where that is nothing; int8, (trials,)."""
    met = np.full(len(finite), -1, np.int8)
    for variant in np.unique(of):
        one = variants[variant]
        if not one.expect:
            continue
        own = (of == variant) & finite
        nothing = np.full(len(finite), np.nan)
        holds = [
            expectation.threshold.holds_each(final.get(expectation.threshold.metric, nothing))
            if expectation.threshold
            else conditions.get(str(place), nothing) == 1
            for place, expectation in enumerate(one.expect)
        ]
        met[own] = np.logical_and.reduce(holds)[own]
    return met


def _objectives(tracker: ObjectiveTracker | None, measured: MeasuredTrials) -> tuple[Array, dict[str, Array]]:
    """The best value of the objective of a search, and that up to each epoch at which a pruner decides, by its place.

    NaN where there is none; float64, (trials,) each.
    """
    best, rungs = np.full(len(measured.epochs), np.nan), dict[str, Array]()
    if tracker is None:
        return best, rungs
    rungs = {str(place): best.copy() for place in range(len(tracker.rungs))}
    for trial in np.flatnonzero(measured.finite):
        history = {name: values[trial, : measured.epochs[trial]].tolist() for name, values in measured.history.items()}
        values = (tracker.best(history), *tracker.at_rungs(history, whole=True))
        for found, value in zip((best, *rungs.values()), values, strict=True):
            found[trial] = np.nan if value is None else value
    return best, rungs
