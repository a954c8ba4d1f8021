"""Whole epochs as one TensorFlow program: Keras's own steps inside a loop over epochs and batches.

`fit` returns to Python after every batch, and on a small model spends nearly all its time between the steps. Here the
loop itself is part of the program: the arithmetic is that of `fit`, without the time in between. Data and the orders of
the rows are arguments, so one compiled program serves every training with the same shapes.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from nnrun.data.dataset import Array
from nnrun.data.rows import Rows, no_rows
from nnrun.model.evaluate import scalars
from nnrun.training.batches import fixed_batches, open_batches, slice_rows
from nnrun.training.failures import keras_errors, xla_errors

LEARNING_RATE = "learning_rate"

# The most numbers in the arrays of one call: orders of the rows as arguments, weights as results.
_MOST_NUMBERS = 2**22
# A call takes about a millisecond by itself, an epoch of the smallest models 40 nanoseconds.
_MOST_EPOCHS = 2**17


@dataclass(frozen=True, eq=False)
class EpochChunk:
    """The results of some epochs.

    Args:
        epochs: how many were computed; fewer than requested if a loss of the last one is not finite.
        logs: each metric by Keras's name, with `val_` for the validation set, and `learning_rate`,
            that of the first step, (epochs,).
        trace: each weight after every epoch, (epochs, …); empty if not requested.
        finite: whether every loss is finite.
    """

    epochs: int
    logs: dict[str, Array]
    trace: list[Array]
    finite: bool


class Program:
    """The compiled loop over epochs of one model on data of one shape.

    Args:
        model: compiled, and built by `build_model`.
        batch_size: samples per gradient update; the last batch of an epoch takes the rest.
        training: the training set.
        validation: the validation set, evaluated after every epoch, if any.
        trace: whether the weights are returned at every epoch.
        xla: whether XLA compiles the program.
        scheduled: whether every epoch is given its learning rate.
        epochs: the most epochs of one call.
        watched: whether a weight that is not finite ends the loop too, not only a loss.
    """

    def __init__(
        self,
        model: keras.Model,
        batch_size: int,
        training: Rows,
        validation: Rows | None,
        *,
        trace: bool,
        xla: bool,
        scheduled: bool = False,
        epochs: int = _MOST_EPOCHS,
        watched: bool = False,
    ) -> None:
        self.model = model
        self.watched = [w for w in model.weights if "float" in w.dtype] if watched else []
        self.batch_size = batch_size
        self.size = 1  # epochs of the next chunk; grows once its speed is known
        self.scheduled = scheduled
        self.batch = no_rows(training).batch
        self.validation_batch = no_rows(validation or training).batch
        self.rows = training.count
        self.validation_rows = validation.count if validation else 0
        self.traced = list(model.weights) if trace else []
        traced = sum(int(np.prod(w.shape)) for w in self.traced)
        self.capacity = max(1, min(epochs, _MOST_EPOCHS, _MOST_NUMBERS // self.rows, _MOST_NUMBERS // max(1, traced)))
        self.take_data(training, validation)
        self.names = log_names(model, validated=validation is not None)
        self.xla = xla
        self.compiled = tf.function(self.train, jit_compile=xla, autograph=False)

    def take_data(self, training: Rows, validation: Rows | None) -> None:
        """Replaces the data by others of the same shapes and types."""
        self.data = [tf.constant(a) for a in training.flat()]
        self.validation_data = [tf.constant(a) for a in (validation or no_rows(training)).flat()]

    @property
    def kept_data(self) -> list[Any]:
        """The arrays that it keeps in memory."""
        return [*self.data, *self.validation_data]

    def run(self, orders: Array, rates: Array | None = None) -> EpochChunk:
        """Trains for some epochs.

        Args:
            orders: the order of the rows in each epoch, int32, (epochs, rows), at most `capacity` epochs.
            rates: the learning rate of each epoch, float32, (epochs,), if the program is `scheduled`.
        """
        count = len(orders)
        if count < self.capacity:
            orders = np.concatenate([orders, np.zeros((self.capacity - count, self.rows), np.int32)])
        given = np.zeros(self.capacity, np.float32)
        if rates is not None:
            given[:count] = rates
        with xla_errors(self.model) if self.xla else nullcontext():
            done, finite, logs, trace = self.compiled(self.data, self.validation_data, orders, np.int32(count), given)
        epochs = int(done)
        table = {name: values.numpy()[:epochs] for name, values in zip(self.names, logs, strict=True)}
        return EpochChunk(epochs, table, [values.numpy()[:epochs] for values in trace], bool(finite))

    def trace(self) -> None:
        """Makes the graph without running it; raises what the parts of the model raise."""
        orders = np.zeros((self.capacity, self.rows), np.int32)
        rates = np.zeros(self.capacity, np.float32)
        self.compiled.get_concrete_function(self.data, self.validation_data, orders, np.int32(1), rates)

    def train(self, data: list[Any], validation: list[Any], orders: Any, count: Any, rates: Any) -> Any:
        """The program itself: a loop over epochs that ends early when a loss is not finite.

        Returns:
            The number of computed epochs, whether the last one is finite, each metric, (capacity,), and each traced
            weight, (capacity, …).
        """
        log_arrays = [tf.TensorArray(tf.float32, self.capacity, element_shape=()) for _ in self.names]
        traces = [tf.TensorArray(w.dtype, self.capacity, element_shape=w.shape) for w in self.traced]

        def more(epoch: Any, finite: Any, *_: Any) -> Any:
            return finite & (epoch < count)

        def one(epoch: Any, _: Any, log_arrays: list[Any], traces: list[Any]) -> Any:
            if self.scheduled:
                self.model.optimizer.learning_rate = rates[epoch]
            logs = self._epoch(data, validation, orders[epoch])
            log_arrays = [
                a.write(epoch, tf.cast(logs[n], tf.float32)) for a, n in zip(log_arrays, self.names, strict=True)
            ]
            traces = [a.write(epoch, w.value) for a, w in zip(traces, self.traced, strict=True)]
            losses = [tf.cast(logs[name], tf.float32) for name in ("loss", "val_loss") if name in logs]
            finite = tf.reduce_all(tf.math.is_finite(losses))
            for weight in self.watched:
                finite &= tf.reduce_all(tf.math.is_finite(weight.value))
            return epoch + 1, finite, log_arrays, traces

        start = [tf.constant(0), tf.constant(True), log_arrays, traces]
        done, finite, log_arrays, traces = tf.while_loop(more, one, start, parallel_iterations=1)
        return done, finite, [a.stack() for a in log_arrays], [a.stack() for a in traces]

    def _epoch(self, data: list[Any], validation: list[Any], order: Any) -> dict[str, Any]:
        """One epoch as `fit` computes it: the steps, then the evaluation of the validation set."""

        def shuffled(start: Any, size: Any) -> list[Any]:
            rows = tf.slice(order, [start], [size])  # (size,)
            return [tf.gather(array, rows) for array in data]  # each (size, …)

        def unshuffled(start: Any, size: Any) -> list[Any]:
            return [slice_rows(array, start, size) for array in validation]  # each (size, …)

        @keras_errors()
        def train(arrays: list[Any]) -> Any:
            return self.model.train_step(self.batch(arrays))

        @keras_errors()
        def validate(arrays: list[Any]) -> Any:
            return self.model.test_step(self.validation_batch(arrays))

        batches = fixed_batches if self.xla else open_batches
        rate = tf.convert_to_tensor(self.model.optimizer.learning_rate)  # that of the first step
        self.model.reset_metrics()
        batches(self.rows, self.batch_size, shuffled, train)
        logs = scalars(self.model.get_metrics_result())
        if self.validation_rows:
            self.model.reset_metrics()
            batches(self.validation_rows, self.batch_size, unshuffled, validate)
            results = scalars(self.model.get_metrics_result())
            logs.update({f"val_{name}": value for name, value in results.items()})
        logs[LEARNING_RATE] = rate
        return logs


def log_names(model: keras.Model, *, validated: bool) -> list[str]:
    """The names of the logs of an epoch, as in the history of `fit`, `loss` first."""
    names: Sequence[str] = list(scalars(model.get_metrics_result()))
    names = ["loss", *(name for name in names if name != "loss")]
    return [*names, *(f"val_{name}" for name in names if validated), LEARNING_RATE]
