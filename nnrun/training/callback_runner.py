"""Runs Keras's callbacks after each chunk of epochs; every callback gets every epoch, as in `fit`.

A chunk is computed first, and its epochs are passed to the callbacks afterwards, one by one. The chunk is cut after the
first epoch at which a callback stops the training or changes the learning rate. The weights of that epoch no longer
exist; a callback that saves weights gets the number of the epoch instead, and the training finds the weights when they
are restored. The state of the callbacks follows from the epochs that they got, so a resumed training passes them its
history again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from nnrun.data.dataset import Array
from nnrun.training.own_callbacks import callback_errors, own_callbacks
from nnrun.training.program import LEARNING_RATE

# Keras compares numbers as 32-bit tensors; the same comparison without TensorFlow takes a fiftieth of the time.
_NUMPY_OPERATORS = {
    keras.ops.less: lambda a, b: np.float32(a) < np.float32(b),
    keras.ops.greater: lambda a, b: np.float32(a) > np.float32(b),
}


@dataclass(frozen=True)
class ChunkDecision:
    """What the callbacks decide after a chunk.

    Args:
        epochs: how many of its epochs remain.
        rate: the learning rate from there on, if it changes.
        stop: whether the training ends there.
    """

    epochs: int
    rate: float | None = None
    stop: bool = False


class _OptimizerView:
    """The optimizer as it was at the current epoch."""

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


class _ModelView:
    """The model as it was at the current epoch; the number of the epoch, from 1, stands for its weights."""

    def __init__(self, model: keras.Model) -> None:
        self.metrics = model.metrics
        self.optimizer = _OptimizerView()
        self.stop_training = False
        self.epoch = 0
        self.restored: int | None = None

    def get_weights(self) -> int:
        return self.epoch

    def set_weights(self, epoch: int) -> None:
        self.restored = epoch


class CallbackRunner:
    """The callbacks of one training.

    Args:
        model: compiled.
        callbacks: in the order in which they run. Those of the user's own get the model itself; chunks have one epoch
            then.
        params: what callbacks of the user's own find in their `params`.
    """

    def __init__(
        self,
        model: keras.Model,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        params: Mapping[str, Any] | None = None,
    ) -> None:
        self.model = model
        self.callbacks = callbacks
        self.own = own_callbacks(callbacks)
        self.view = _ModelView(model)
        for callback in callbacks:
            callback.set_model(model if callback in self.own else self.view)
            callback.set_params(dict(params or {}))
            with callback_errors(callback):
                callback.on_train_begin()

    def begin_chunk(self, first: int) -> None:
        """Tells the callbacks of the user's own that an epoch begins.

        Args:
            first: the number of epochs before it.
        """
        for callback in self.own:
            with callback_errors(callback):
                callback.on_epoch_begin(first)

    def end_chunk(self, logs: Mapping[str, Array], first: int) -> ChunkDecision:
        """Passes the epochs of a chunk to the callbacks, up to the first at which one of them intervenes.

        Args:
            logs: each metric by Keras's name and `learning_rate`, (epochs,).
            first: the number of epochs before this chunk.
        """
        count = len(logs["loss"])
        if not self.callbacks:
            return ChunkDecision(count)
        for i in range(count):
            self.end_epoch({name: float(values[i]) for name, values in logs.items()}, first + i)
            if self.view.stop_training or self.view.optimizer.new_rate is not None:
                return ChunkDecision(i + 1, self.view.optimizer.new_rate, self.view.stop_training)
        return ChunkDecision(count)

    def end_epoch(self, row: dict[str, float], epoch: int) -> None:
        """Passes the metrics and the `learning_rate` of an epoch, counted from 0, to the callbacks."""
        self.view.epoch = epoch + 1
        self.view.optimizer.rate = np.float32(row.pop(LEARNING_RATE))
        self.view.optimizer.new_rate = None
        for callback in self.callbacks:
            with callback_errors(callback):
                callback.on_epoch_end(epoch, row)
            operator = vars(callback).get("monitor_op")
            if operator in _NUMPY_OPERATORS:
                vars(callback)["monitor_op"] = _NUMPY_OPERATORS[operator]
        if self.own and self.model.stop_training:
            self.view.stop_training = True

    def end_training(self) -> int | None:
        """Ends the callbacks; returns the epoch, from 1, whose weights one of them restores."""
        for callback in self.callbacks:
            with callback_errors(callback):
                callback.on_train_end()
        return self.view.restored

    def saved_epochs(self) -> set[int]:
        """The epochs, from 1, whose weights a callback may restore."""
        weights = (getattr(callback, "best_weights", None) for callback in self.callbacks)
        return {epoch for epoch in weights if epoch is not None}
