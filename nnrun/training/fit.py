"""The `keras` engine: plain `fit` on the same batches, one epoch at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.rows import Rows
from nnrun.model.evaluate import scalars
from nnrun.training.failures import keras_errors
from nnrun.training.one_by_one_epochs import run_epochs
from nnrun.training.own_callbacks import BatchHooks
from nnrun.training.program import LEARNING_RATE, EpochChunk, log_names
from nnrun.training.state import State, put_state, take_state


class PlainFit:
    """Keras's `fit`, called once per epoch with the rows in the order of that epoch.

    Args:
        model: compiled, and built by `build_model`.
        batch_size: samples per gradient update.
        training: the training set.
        validation: the validation set, evaluated after every epoch, if any.
        trace: whether the weights are returned at every epoch.

    Attributes:
        callbacks: those that are shown every batch.
    """

    capacity = 1024

    def __init__(
        self,
        model: keras.Model,
        batch_size: int,
        training: Rows,
        validation: Rows | None,
        *,
        trace: bool,
    ) -> None:
        self.model = model
        self.batch_size = batch_size
        self.size = 1  # epochs of the next chunk; grows once its speed is known
        self.take_data(training, validation)
        self.names = log_names(model, validated=validation is not None)
        self.trace = trace
        self.callbacks: Sequence[keras.callbacks.Callback] = ()

    def take_data(self, training: Rows, validation: Rows | None) -> None:
        """Replaces the data by others of the same shapes and types."""
        self.training = training
        self.validation_rows = validation
        self.validation = validation.batch() if validation else None

    @property
    def kept_data(self) -> list[Array]:
        """The arrays that it keeps in memory."""
        return [*self.training.flat(), *(self.validation_rows.flat() if self.validation_rows else ())]

    def run(self, orders: Array, rates: Array | None = None) -> EpochChunk:
        """Trains for some epochs; the arguments are those of `Program.run`."""
        return run_epochs(self.model, self.names, self._epoch, orders, rates, trace=self.trace)

    def _epoch(self, order: Array) -> dict[str, float]:
        x, y, *weights = self.training.take(order).batch()
        rate = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))  # that of the first step
        before_average = _StateBeforeAverage()
        callbacks = [before_average] if self.model.optimizer.use_ema else []
        with keras_errors():
            history: Any = self.model.fit(
                x,
                y,
                sample_weight=weights[0] if weights else None,
                batch_size=self.batch_size,
                shuffle=False,
                verbose=0,
                validation_data=self.validation,
                callbacks=[*callbacks, *([BatchHooks(self.callbacks)] if self.callbacks else [])],
            )
        if before_average.state:
            put_state(self.model, before_average.state)
        row = scalars({name: np.asarray(values[-1]) for name, values in history.history.items()})
        return {**{name: float(value) for name, value in row.items()}, LEARNING_RATE: rate}


class _StateBeforeAverage(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Copies the state before `fit` ends and takes the averaged weights of `use_ema`, as only the last epoch should."""

    state: State | None = None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.state = take_state(self.model)
