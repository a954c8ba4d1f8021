"""Keras's callbacks between the epochs of a chunk: each sees every epoch as it would in `fit`.

A chunk is computed first and looked at afterwards. The callbacks see it epoch by epoch, and the first epoch after which
one of them wants something else (an end, another learning rate) is where the chunk is cut. Weights they ask for are
not there any more; they get the number of the epoch, and the training finds the weights when they are wanted back.
What they remember follows from what they have seen, so a resumed training shows them its past again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from nnrun.data.dataset import Array
from nnrun.training.program import LEARNING_RATE

# Keras compares numbers as tensors of 32 bits; the same without TensorFlow takes a fiftieth of the time.
_ON_NUMBERS = {
    keras.ops.less: lambda a, b: np.float32(a) < np.float32(b),
    keras.ops.greater: lambda a, b: np.float32(a) > np.float32(b),
}


@dataclass(frozen=True)
class EpochVerdict:
    """What the callbacks want after a chunk.

    Args:
        epochs: how many of its epochs shall stay.
        rate: the learning rate from there on, if another one.
        stop: whether the training ends there.
    """

    epochs: int
    rate: float | None = None
    stop: bool = False


class _Optimizer:
    """The optimizer as it was at the epoch that is looked at."""

    def __init__(self) -> None:
        self.rate = np.float32(0)
        self.new_rate: float | None = None

    @property
    def learning_rate(self) -> Any:
        return self.rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self.new_rate = float(value)
        self.rate = np.float32(value)


class _WatchedModel:
    """The model as it was at the epoch that is looked at; its weights are told by that epoch's number, from 1."""

    def __init__(self, model: keras.Model) -> None:
        self.metrics = model.metrics
        self.optimizer = _Optimizer()
        self.stop_training = False
        self.epoch = 0
        self.restored: int | None = None

    def get_weights(self) -> int:
        return self.epoch

    def set_weights(self, epoch: int) -> None:
        self.restored = epoch


class Callbacks:
    """The callbacks of one training.

    Args:
        model: compiled.
        callbacks: in the order in which they look on.
    """

    def __init__(self, model: keras.Model, callbacks: Sequence[keras.callbacks.Callback] = ()) -> None:
        self.callbacks = callbacks
        self.seen = _WatchedModel(model)
        for callback in callbacks:
            callback.set_model(self.seen)
            callback.on_train_begin()

    def look(self, logs: Mapping[str, Array], first: int) -> EpochVerdict:
        """Lets them look at the epochs of a chunk, up to the first after which one wants something else.

        Args:
            logs: each metric by Keras's name and `learning_rate`, (epochs,).
            first: the epochs before this chunk.
        """
        count = len(logs["loss"])
        if not self.callbacks:
            return EpochVerdict(count)
        for i in range(count):
            self.show({name: float(values[i]) for name, values in logs.items()}, first + i)
            if self.seen.stop_training or self.seen.optimizer.new_rate is not None:
                return EpochVerdict(i + 1, self.seen.optimizer.new_rate, self.seen.stop_training)
        return EpochVerdict(count)

    def show(self, row: dict[str, float], epoch: int) -> None:
        """Shows them the metrics and `learning_rate` of an epoch, from 0."""
        self.seen.epoch = epoch + 1
        self.seen.optimizer.rate = np.float32(row.pop(LEARNING_RATE))
        self.seen.optimizer.new_rate = None
        for callback in self.callbacks:
            callback.on_epoch_end(epoch, row)
            operator = vars(callback).get("monitor_op")
            if operator in _ON_NUMBERS:
                vars(callback)["monitor_op"] = _ON_NUMBERS[operator]

    def end(self) -> int | None:
        """Ends their work; returns the epoch, from 1, whose weights one of them wants back."""
        for callback in self.callbacks:
            callback.on_train_end()
        return self.seen.restored

    def wanted(self) -> set[int]:
        """The epochs, from 1, whose weights may be wanted back."""
        weights = (getattr(callback, "best_weights", None) for callback in self.callbacks)
        return {epoch for epoch in weights if epoch is not None}
