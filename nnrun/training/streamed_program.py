"""Epochs over streamed rows: Keras's own steps in a compiled loop over the batches of one buffer after the other.

The loop is that of `Program`, so the arithmetic is the same; the metrics go on from buffer to buffer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

import keras
import tensorflow as tf

from nnrun.data.dataset import Array
from nnrun.data.rows import Rows
from nnrun.data.stream.epoch_buffers import EpochOrder
from nnrun.data.stream.streamed_rows import StreamedRows
from nnrun.model.evaluate import scalars
from nnrun.training.batches import fixed_batches, open_batches, slice_rows
from nnrun.training.failures import keras_errors, xla_errors
from nnrun.training.one_by_one_epochs import run_epochs
from nnrun.training.program import LEARNING_RATE, EpochChunk, log_names


class StreamedProgram:
    """The compiled loop over the batches of a buffer.

    Args:
        model: compiled, and built by `build_model`.
        batch_size: samples per gradient update; the last batch of an epoch takes the rest.
        training: the training set.
        validation: the validation set, evaluated after every epoch, if any.
        trace: whether the weights are returned at every epoch.
        xla: whether XLA compiles the loop.
        between: called after every buffer; an exception ends the training.
    """

    capacity = 1024

    def __init__(
        self,
        model: keras.Model,
        batch_size: int,
        training: StreamedRows,
        validation: StreamedRows | None,
        *,
        trace: bool,
        xla: bool,
        between: Callable[[], None] = lambda: None,
    ) -> None:
        self.model = model
        self.batch_size = batch_size
        self.training = training
        self.size = 1  # epochs of the next chunk; grows once its speed is known
        self.names = log_names(model, validated=validation is not None)
        self.trace = trace
        self.xla = xla
        self.between = between
        self.batch = training.empty.batch
        self.evaluation = StreamedEvaluation(model, batch_size, validation, xla=xla) if validation else None
        self.train_buffer = tf.function(self._train_buffer, jit_compile=xla, autograph=False)

    def run(self, orders: Sequence[EpochOrder], rates: Array | None = None) -> EpochChunk:
        """Trains for some epochs.

        Args:
            orders: the epochs.
            rates: the learning rate of each epoch, float32, (epochs,), if a schedule sets it.
        """
        return run_epochs(self.model, self.names, self._epoch, orders, rates, trace=self.trace)

    def _epoch(self, order: EpochOrder) -> dict[str, float]:
        rate = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))  # that of the first step
        self.model.reset_metrics()
        with xla_errors(self.model) if self.xla else nullcontext():
            for rows, positions in self.training.buffers(order):
                data = _shared(rows)
                del rows  # so that its memory is free before the next buffer is asked for
                self.train_buffer(data, tf.constant(positions))
                del data
                self.between()
            logs = _numbers(self.model)
            if self.evaluation:
                validated = self.evaluation.run(self.between)
                logs |= {f"val_{name}": value for name, value in validated.items()}
        return {**logs, LEARNING_RATE: rate}

    def _train_buffer(self, data: list[Any], order: Any) -> None:
        def shuffled(start: Any, size: Any) -> list[Any]:
            rows = tf.slice(order, [start], [size])  # (size,)
            return [tf.gather(array, rows) for array in data]  # each (size, …)

        @keras_errors()
        def train(arrays: list[Any]) -> Any:
            return self.model.train_step(self.batch(arrays))

        batches = fixed_batches if self.xla else partial(open_batches, whole=self.training.count)
        batches(data[0].shape[0], self.batch_size, shuffled, train)


class StreamedEvaluation:
    """The loss and the metrics of a compiled model on streamed rows.

    Args:
        model: compiled.
        batch_size: number of rows in a batch.
        rows: the rows.
        xla: whether XLA compiles the loop.
    """

    def __init__(self, model: keras.Model, batch_size: int, rows: StreamedRows, *, xla: bool = False) -> None:
        self.model = model
        self.batch_size = batch_size
        self.rows = rows
        self.xla = xla
        self.batch = rows.empty.batch
        self.test_buffer = tf.function(self._test_buffer, jit_compile=xla, autograph=False)

    def run(self, between: Callable[[], None] = lambda: None) -> dict[str, float]:
        """The numbers by name, the loss first; `between` is called after every buffer."""
        self.model.reset_metrics()
        for rows in self.rows.in_order():
            data = _shared(rows)
            del rows  # so that its memory is free before the next buffer is asked for
            self.test_buffer(data)
            del data
            between()
        return _numbers(self.model)

    def _test_buffer(self, data: list[Any]) -> None:
        def unshuffled(start: Any, size: Any) -> list[Any]:
            return [slice_rows(array, start, size) for array in data]  # each (size, …)

        @keras_errors()
        def test(arrays: list[Any]) -> Any:
            return self.model.test_step(self.batch(arrays))

        batches = fixed_batches if self.xla else partial(open_batches, whole=self.rows.count)
        batches(data[0].shape[0], self.batch_size, unshuffled, test)


def _numbers(model: keras.Model) -> dict[str, float]:
    """The metrics of the model as they are now, the loss first."""
    found = {name: float(value) for name, value in scalars(model.get_metrics_result()).items()}
    return {"loss": found["loss"], **found}


def _shared(rows: Rows) -> list[Any]:
    """Tensors on the memory of the arrays, which begin as TensorFlow requires; `tf.constant` would copy them."""
    from_dlpack = tf.experimental.dlpack.from_dlpack
    return [from_dlpack(array.__dlpack__()) if array.size else tf.constant(array) for array in rows.flat()]
