"""A training at the end of a chunk, as named arrays: everything that a resumed training needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnrun.data.dataset import Array
from nnrun.training.state import State

# Each metric by name with a number per epoch; `seconds` among them.
History = dict[str, list[float]]


@dataclass(frozen=True, eq=False)
class Replay:
    """Weights as the way to compute them again: the same state and the same batches give the same weights.

    Args:
        first: the number of epochs before.
        state: the state after these.
    """

    first: int
    state: State


# The weights of a past epoch, in the order of `model.weights`, or how to compute them.
WeightSnapshot = list[Array] | Replay


@dataclass(frozen=True, eq=False)
class TrainingSnapshot:
    """Everything that a training has computed so far.

    Args:
        epochs: how many are done.
        state: weights, optimizer, metrics and seed generators.
        history: the metrics of every epoch.
        trace: each weight from its initial value on, (epochs + 1, …); empty for a training without one.
        weights: the weights of past epochs, counted from 1, that may be restored.
    """

    epochs: int
    state: State
    history: History
    trace: list[Array]
    weights: Mapping[int, WeightSnapshot]

    def arrays(self) -> dict[str, Array]:
        """The same as arrays, by group and name."""
        groups: dict[str, Mapping[str, Array]] = {
            "state": _numbered(self.state.values),
            "history": {name: np.array(values, np.float64) for name, values in self.history.items()},
            "trace": _numbered(self.trace),
        }
        for epoch, saved in self.weights.items():
            if isinstance(saved, Replay):
                groups[f"replay-{epoch}-{saved.first}"] = _numbered(saved.state.values)
            else:
                groups[f"weights-{epoch}"] = _numbered(saved)
        named = {f"{group}/{name}": array for group, members in groups.items() for name, array in members.items()}
        return {"epochs": np.array(self.epochs), **named}


def to_snapshot(arrays: Mapping[str, Array]) -> TrainingSnapshot:
    """The inverse of `TrainingSnapshot.arrays`.

    Raises:
        KeyError: an array is missing.
    """
    groups: dict[str, dict[str, Array]] = {"state": {}, "history": {}, "trace": {}}
    for path, array in arrays.items():
        group, _, name = path.partition("/")
        groups.setdefault(group, {})[name] = array
    weights: dict[int, WeightSnapshot] = {}
    for group, members in groups.items():
        kind, *numbers = group.split("-")
        if kind == "weights":
            weights[int(numbers[0])] = _listed(members)
        elif kind == "replay":
            weights[int(numbers[0])] = Replay(int(numbers[1]), State(tuple(_listed(members))))
    return TrainingSnapshot(
        epochs=int(arrays["epochs"]),
        state=State(tuple(_listed(groups["state"]))),
        history={name: values.tolist() for name, values in groups["history"].items()},
        trace=_listed(groups["trace"]),
        weights=weights,
    )


def _numbered(arrays: Sequence[Array]) -> dict[str, Array]:
    return {str(i): array for i, array in enumerate(arrays)}


def _listed(members: Mapping[str, Array]) -> list[Array]:
    return [members[str(i)] for i in range(len(members))]
