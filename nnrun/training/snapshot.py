"""A training at the end of a chunk, as named arrays: all that it takes to go on from there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nnrun.data.dataset import Array
from nnrun.training.state import State
from nnrun.training.weight_snapshots import Keepsake, Replay

# Each metric by name with a number per epoch; `seconds` among them.
History = dict[str, list[float]]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """All that a training has brought about so far.

    Args:
        epochs: how many are done.
        state: weights, optimizer, metrics and seed generators.
        history: the metrics of every epoch.
        trace: each weight from its initial value on, (epochs + 1, …); empty for a training without one.
        keepsakes: weights of past epochs, from 1, that may be wanted back.
    """

    epochs: int
    state: State
    history: History
    trace: list[Array]
    keepsakes: Mapping[int, Keepsake]

    def arrays(self) -> dict[str, Array]:
        """The same as arrays, by group and name."""
        groups: dict[str, Mapping[str, Array]] = {
            "state": _numbered(self.state.values),
            "history": {name: np.array(values, np.float64) for name, values in self.history.items()},
            "trace": _numbered(self.trace),
        }
        for epoch, kept in self.keepsakes.items():
            if isinstance(kept, Replay):
                groups[f"replay-{epoch}-{kept.first}"] = _numbered(kept.state.values)
            else:
                groups[f"weights-{epoch}"] = _numbered(kept)
        named = {f"{group}/{name}": array for group, members in groups.items() for name, array in members.items()}
        return {"epochs": np.array(self.epochs), **named}


def to_snapshot(arrays: Mapping[str, Array]) -> Snapshot:
    """The snapshot whose `arrays` these are.

    Raises:
        KeyError: something is missing.
    """
    groups: dict[str, dict[str, Array]] = {"state": {}, "history": {}, "trace": {}}
    for path, array in arrays.items():
        group, _, name = path.partition("/")
        groups.setdefault(group, {})[name] = array
    keepsakes: dict[int, Keepsake] = {}
    for group, members in groups.items():
        kind, *numbers = group.split("-")
        if kind == "weights":
            keepsakes[int(numbers[0])] = _listed(members)
        elif kind == "replay":
            keepsakes[int(numbers[0])] = Replay(int(numbers[1]), State(tuple(_listed(members))))
    return Snapshot(
        epochs=int(arrays["epochs"]),
        state=State(tuple(_listed(groups["state"]))),
        history={name: values.tolist() for name, values in groups["history"].items()},
        trace=_listed(groups["trace"]),
        keepsakes=keepsakes,
    )


def _numbered(arrays: tuple[Array, ...] | list[Array]) -> dict[str, Array]:
    return {str(i): array for i, array in enumerate(arrays)}


def _listed(members: Mapping[str, Array]) -> list[Array]:
    return [members[str(i)] for i in range(len(members))]
