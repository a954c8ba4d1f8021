"""Epochs that are computed one after the other, with a return to Python between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import keras
import numpy as np

from nnrun.data.dataset import Array
from nnrun.training.program import EpochChunk

Order = TypeVar("Order")


def run_epochs(
    model: keras.Model,
    names: Sequence[str],
    epoch: Callable[[Order], dict[str, float]],
    orders: Iterable[Order],
    rates: Array | None,
    *,
    trace: bool,
) -> EpochChunk:
    """Trains for some epochs; ends early when a loss is not finite.

    Args:
        model: compiled.
        names: the names of the logs.
        epoch: trains for one epoch and returns its logs.
        orders: the order of the rows in each epoch.
        rates: the learning rate of each epoch, float32, (epochs,), if a schedule sets it.
        trace: whether the weights are returned at every epoch.
    """
    logs: list[dict[str, float]] = []
    weights: list[list[Array]] = []
    finite = True
    for i, order in enumerate(orders):
        if rates is not None:
            model.optimizer.learning_rate = rates[i]
        logs.append(epoch(order))
        weights.append([w.numpy() for w in model.weights] if trace else [])
        finite = all(np.isfinite(logs[-1][name]) for name in ("loss", "val_loss") if name in logs[-1])
        if not finite:
            break
    table = {name: np.array([row[name] for row in logs], np.float32) for name in names}
    return EpochChunk(len(logs), table, [np.stack(w) for w in zip(*weights, strict=True)], finite)
