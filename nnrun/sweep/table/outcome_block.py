"""The row of the table for one trial, and the arrays that such rows are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nnrun.data.dataset import Array
from nnrun.sweep.plan.trial import Trial, written
from nnrun.sweep.results.outcome import TrialOutcome
from nnrun.sweep.table.trial_block import STATUSES, TrialBlock, curve_epochs

# What a history has beside the metrics.
_NO_METRICS = ("seconds", "learning_rate")
_MET = {None: -1, "not met": 0, "met": 1}


def block_of_one(
    trial: Trial,
    outcome: TrialOutcome,
    history: Mapping[str, Sequence[float]],
    most_epochs: int,
    weights: Mapping[str, Array] | None = None,
) -> TrialBlock:
    """The row of the table for a trial that was trained alone.

    Args:
        trial: the trial.
        outcome: its outcome.
        history: each metric with a number per epoch.
        most_epochs: the most epochs of any trial of the sweep.
        weights: its final weights by name, where they are kept.
    """
    return _block(trial.settings, outcome, history, most_epochs, weights or {})


def _block(
    settings: Mapping[str, Any],
    outcome: TrialOutcome,
    history: Mapping[str, Sequence[float]],
    most_epochs: int,
    weights: Mapping[str, Array],
) -> TrialBlock:
    points = curve_epochs(most_epochs)
    best = dict(outcome.best or {})
    names = [name for name in history if name not in _NO_METRICS]
    return TrialBlock(
        index=np.array([outcome.index], np.int64),
        settings={path: setting_column([value]) for path, value in settings.items()},
        status=np.array([STATUSES.index(outcome.status)], np.uint8),
        epochs=np.array([outcome.epochs or 0], np.int32),
        reached=np.array([outcome.reached or 0], np.int32),
        met=np.array([_MET[outcome.expectations]], np.int8),
        objective=_number(outcome.objective),
        final={name: _number(value) for name, value in (outcome.final or {}).items()},
        best={name: _number(value) for name, value in best.items() if name != "epoch"},
        best_epoch=np.array([int(best.get("epoch") or 0)], np.int32),
        seconds=_number(outcome.seconds),
        reason=np.array([outcome.reason or ""]),
        curve_epochs=points,
        curves={name: curve_at(np.array([history[name]], np.float64), points) for name in names},
        weights={name: values[None] for name, values in weights.items()},
        rungs={str(place): _number(value) for place, value in enumerate(outcome.rungs)},
        conditions={str(place): np.array([met], np.float32) for place, met in outcome.conditions.items()},
    )


def refused_block(index: int, settings: Mapping[str, Any], reason: str, most_epochs: int) -> TrialBlock:
    """The row of a trial whose settings make no valid experiment.

    Args:
        index: its number.
        settings: its settings by path.
        reason: what is wrong with them.
        most_epochs: the most epochs of any trial of the sweep.
    """
    return _block(settings, TrialOutcome(index, "failed", "", reason), {}, most_epochs, {})


def curve_at(values: Array, points: Array) -> Array:
    """Metrics at some epochs, NaN behind their last one; float32, (trials, points)."""
    found = np.full((len(values), len(points)), np.nan, np.float32)
    inside = points <= values.shape[1]
    found[:, inside] = values[:, points[inside] - 1]
    return found


def _number(value: float | None) -> Array:
    return np.array([np.nan if value is None else value], np.float64)


def setting_column(values: Sequence[Any]) -> Array:
    """The values of a setting as an array: whole numbers, numbers, or texts."""
    if all(type(value) is int and abs(value) < 2**63 for value in values):
        return np.array(values, np.int64)
    if all(type(value) is float for value in values):
        return np.array(values, np.float64)
    return np.array([written(value) for value in values])
