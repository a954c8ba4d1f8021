"""Weights of past epochs that may be wanted back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from nnrun.data.dataset import Array
from nnrun.training.state import State


@dataclass(frozen=True, eq=False)
class Replay:
    """Where to train from once more: the same state and the same batches give the same weights.

    Args:
        first: the epochs before.
        state: the state after these.
    """

    first: int
    state: State


# The weights, in the order of `model.weights`, or how to get them.
Keepsake = list[Array] | Replay


def keep(
    kept: Mapping[int, Keepsake], wanted: Iterable[int], find: Callable[[int], Keepsake | None]
) -> dict[int, Keepsake]:
    """The keepsakes of the epochs that are wanted after a chunk; the others are forgotten.

    Args:
        kept: those kept until now, by epoch from 1.
        wanted: epochs, from 1.
        find: the keepsake of an epoch of the chunk; None for any other.
    """
    found = {epoch: find(epoch) or kept.get(epoch) for epoch in wanted}
    return {epoch: keepsake for epoch, keepsake in found.items() if keepsake is not None}
