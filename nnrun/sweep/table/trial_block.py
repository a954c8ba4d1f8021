"""A block of finished trials as arrays, and the names that these have in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnrun.data.dataset import Array

STATUSES = ("completed", "failed", "pruned")
FAILED = STATUSES.index("failed")
MOST_POINTS = 64

SETTINGS, FINAL, BEST, CURVES, WEIGHTS, RUNGS = "settings/", "final/", "best/", "curves/", "weights/", "rungs/"
CONDITIONS = "conditions/"
# A column of texts is stored as the position of each in a list of the different ones.
CODE, TEXTS = "/code", "/texts"

_SCALARS = ("index", "epochs", "reached", "met", "objective", "best_epoch", "seconds", "curve_epochs")
_GROUPS = ("settings", "final", "best", "curves", "weights", "rungs", "conditions")


@dataclass(frozen=True, eq=False)
class TrialBlock:
    """The results of n trials, in any order.

    Args:
        index: their numbers, int64, (n,).
        settings: the settings in which the trials of the sweep differ, by path, (n,) each: int64 or float64 where all
            are such numbers, else texts as `written` gives them.
        status: positions in `STATUSES`, uint8, (n,).
        epochs: how many epochs were trained, int32, (n,).
        reached: the epoch, from 1, at which a trial first reached its target; 0 for never; int32, (n,).
        met: whether it met what its experiment expects: 1 or 0, −1 where that is nothing; int8, (n,).
        objective: the best value of a search's objective, float64, (n,); NaN where there is none.
        final: each metric at the epoch whose weights the model has, float64, (n,); NaN where there is none.
        best: each metric at the best epoch, likewise.
        best_epoch: the best epoch, from 1; 0 where there is none; int32, (n,).
        seconds: how long a trial took, float64, (n,).
        reason: why it failed or ended early, texts, (n,); empty where it did not.
        curve_epochs: the epochs of the curves, `curve_epochs` of the most epochs that a trial of the sweep has; int32,
            (points,).
        curves: each metric at these epochs, float32, (n, points); NaN after a trial's last epoch.
        weights: the final weights by the names of `weights.npz`, (n, …) each; none where they are not kept.
        rungs: the best value of the objective up to the epochs at which a pruner decides, by their places `0`, `1`, …;
            float64, (n,) each, NaN where there is none.
        conditions: whether a trial met each expectation that is not METRIC OP NUMBER, by its position `0`, `1`, …: 1 or
            0; float32, (n,) each, NaN where that was not judged.
    """

    index: Array
    settings: Mapping[str, Array]
    status: Array
    epochs: Array
    reached: Array
    met: Array
    objective: Array
    final: Mapping[str, Array]
    best: Mapping[str, Array]
    best_epoch: Array
    seconds: Array
    reason: Array
    curve_epochs: Array
    curves: Mapping[str, Array]
    weights: Mapping[str, Array] = field(default_factory=dict)
    rungs: Mapping[str, Array] = field(default_factory=dict)
    conditions: Mapping[str, Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.index)


def curve_epochs(epochs: int) -> Array:
    """At most 64 epochs from 1 to the last one, evenly spaced on a log scale and rounded; int32, (points,).

    Args:
        epochs: the last epoch, from 1; below it no epochs are left.
    """
    if epochs < 1:
        return np.zeros(0, np.int32)
    spaced = np.rint(np.geomspace(1, epochs, MOST_POINTS)).astype(np.int32)  # (64,)
    return np.unique(spaced)


def to_arrays(block: TrialBlock) -> dict[str, Array]:
    """The arrays of a block by the names that they have in a file, such as `final/loss`."""
    arrays = {name: np.asarray(getattr(block, name)) for name in _SCALARS}
    arrays |= {f"status{CODE}": np.asarray(block.status, np.uint8), f"status{TEXTS}": np.array(STATUSES)}
    arrays |= _coded("reason", block.reason)
    for group in _GROUPS:
        for name, values in getattr(block, group).items():
            column = f"{group}/{name}"
            arrays |= _coded(column, values) if group == "settings" and values.dtype.kind in "US" else {column: values}
    return arrays


def from_arrays(arrays: Mapping[str, Array]) -> TrialBlock:
    """The block that was stored as these arrays.

    Raises:
        KeyError: an array is missing.
    """
    groups: dict[str, dict[str, Array]] = {group: {} for group in _GROUPS}
    for column in dict.fromkeys(name.removesuffix(CODE).removesuffix(TEXTS) for name in arrays):
        group, _, name = column.partition("/")
        if name:
            groups[group][name] = arrays[column] if column in arrays else _decoded(column, arrays)
    fields: dict[str, Any] = {**groups, **{name: arrays[name] for name in _SCALARS}}
    return TrialBlock(**fields, status=arrays[f"status{CODE}"], reason=_decoded("reason", arrays))


def _coded(column: str, values: Array) -> dict[str, Array]:
    texts, codes = np.unique(np.asarray(values, np.str_), return_inverse=True)
    return {column + CODE: codes.astype(np.int32), column + TEXTS: texts}


def _decoded(column: str, arrays: Mapping[str, Array]) -> Array:
    return np.asarray(arrays[column + TEXTS][arrays[column + CODE]])
