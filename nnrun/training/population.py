"""Many trainings of one network as one call of one compiled program.

A loop over trainings around the loop over epochs: each training begins with its own weights, orders of the rows,
learning rate and, where they differ, data, and leaves its metrics and its weights in arrays. The arithmetic of each is
that of `Program` under XLA; what is saved is the way from Python and back, a hundred times as long as a small training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from nnrun.data.dataset import Array
from nnrun.data.rows import Rows, no_rows
from nnrun.training.failures import xla_errors
from nnrun.training.program import Program
from nnrun.training.state import variables

# The most numbers in the arguments and results of one call: 64 MB, and as much again while they are copied.
MOST_NUMBERS = 2**24
# The most trainings of one call, so that the calls of small networks stay short.
_MOST_TRAININGS = 4096


@dataclass(frozen=True, eq=False)
class Starts:
    """What some trainings begin with.

    Args:
        weights: the variables of the layers, each (trainings, …).
        orders: the order of the rows in each epoch, int32, (trainings, epochs, rows), or (1, epochs, rows) for all. It
            may have as many as a call takes; what follows the own ones is not read.
        epochs: the number of epochs of each, int32, (trainings,).
        rates: the learning rate of each, float32, (trainings,); None where a schedule of the optimizer decides it.
        data: for each training its training and validation set; one pair that all share.
    """

    weights: Sequence[Array]
    orders: Array
    epochs: Array
    rates: Array | None
    data: Sequence[tuple[Rows, Rows | None]]


@dataclass(frozen=True, eq=False)
class Ends:
    """How some trainings have ended.

    Args:
        epochs: how many epochs were computed, with the one that is not finite, int32, (trainings,).
        finite: whether every loss and weight is finite, (trainings,).
        logs: each metric by Keras's name, float32, (trainings, epochs); anything behind the last computed epoch.
        weights: the weights at the end in the order of `model.weights`, each (trainings, …).
    """

    epochs: Array
    finite: Array
    logs: dict[str, Array]
    weights: list[Array]


class Population:
    """The compiled loop over trainings.

    Args:
        model: compiled, built, and with the state of its optimizer, metrics and other variables before any training.
        own: the variables with which each training begins, those of `Starts.weights`.
        batch_size: samples per gradient update.
        training: a training set; all have its shapes.
        validation: a validation set, if there are any.
        epochs: the most epochs of a training.
        trainings: how many are to be computed in all; a call takes up to `capacity` of them.
        shared_data: whether all have the same data.
        one_order: whether all take the rows in the same orders.
        schedule: the learning rate of each epoch, float32, (epochs,), where it is set before every epoch.
    """

    def __init__(
        self,
        model: keras.Model,
        own: Sequence[Any],
        batch_size: int,
        training: Rows,
        validation: Rows | None,
        *,
        epochs: int,
        trainings: int,
        shared_data: bool,
        one_order: bool = False,
        schedule: Array | None = None,
    ) -> None:
        self.program = Program(
            model,
            batch_size,
            training,
            validation,
            trace=False,
            xla=True,
            scheduled=schedule is not None,
            epochs=epochs,
            watched=True,
        )
        self.program.capacity = epochs
        self.epochs = epochs
        self.shared_data = shared_data
        self.one_order = one_order
        self.schedule = np.zeros(epochs, np.float32) if schedule is None else schedule
        self.own = list(own)
        self.returned = list(model.weights)
        taken = {id(variable) for variable in own}
        self.others = [(v, v.numpy()) for v in variables(model) if id(v) not in taken]
        fitting = MOST_NUMBERS // self.numbers_of_one(training, validation)
        self.capacity = max(1, min(trainings, _MOST_TRAININGS, fitting))
        self.compiled = tf.function(self._run, jit_compile=True, autograph=False)

    def numbers_of_one(self, training: Rows, validation: Rows | None) -> int:
        """How many numbers the arguments and results of one training have."""
        sets = [] if self.shared_data else [*training.flat(), *(validation.flat() if validation else ())]
        arrays = [*sets, *self.own, *self.returned]
        orders = self.epochs * training.count if not self.one_order else 0
        return orders + self.epochs * len(self.program.names) + sum(int(np.prod(a.shape)) for a in arrays)

    def run(self, starts: Starts) -> Ends:
        """Computes up to `capacity` trainings."""
        count = len(starts.epochs)
        rates = np.zeros(count, np.float32) if starts.rates is None else starts.rates
        orders = starts.orders if self.one_order else self._padded(starts.orders)
        with xla_errors(self.program.model):
            done, finite, logs, weights = self.compiled(
                [self._padded(values) for values in starts.weights],
                orders,
                self._padded(starts.epochs),
                self._padded(rates),
                *self._stacked(starts.data),
                np.int32(count),
                self.schedule,
                rated=starts.rates is not None,
            )
        names = self.program.names
        return Ends(
            done.numpy()[:count],
            finite.numpy()[:count],
            {name: np.asarray(values)[:count] for name, values in zip(names, logs, strict=True)},
            [values.numpy()[:count] for values in weights],
        )

    def _padded(self, array: Array) -> Array:
        """An array of `capacity` trainings, the last ones zeros."""
        if len(array) == self.capacity:
            return array
        padded = np.zeros((self.capacity, *array.shape[1:]), array.dtype)
        padded[: len(array)] = array
        return padded

    def _stacked(self, data: Sequence[tuple[Rows, Rows | None]]) -> tuple[list[Array], list[Array]]:
        """The arrays of the training and the validation sets, each (capacity, rows, …), or (1, rows, …) for all."""
        training = [training.flat() for training, _ in data]
        validation = [(validation or no_rows(training)).flat() for training, validation in data]
        sets = [[np.stack(arrays) for arrays in zip(*part, strict=True)] for part in (training, validation)]
        if not self.shared_data:
            sets = [[self._padded(array) for array in arrays] for arrays in sets]
        return sets[0], sets[1]

    def _run(
        self,
        weights: list[Any],
        orders: Any,
        epochs: Any,
        rates: Any,
        training: list[Any],
        validation: list[Any],
        count: Any,
        schedule: Any,
        rated: bool,
    ) -> Any:
        """The program itself: a loop over trainings."""
        size, program = self.capacity, self.program
        log_arrays = [tf.TensorArray(tf.float32, size, element_shape=(self.epochs,)) for _ in program.names]
        ends = [tf.TensorArray(w.dtype, size, element_shape=w.shape) for w in self.returned]
        lengths = tf.TensorArray(tf.int32, size, element_shape=())
        finites = tf.TensorArray(tf.bool, size, element_shape=())

        def one(i: Any, lengths: Any, finites: Any, log_arrays: list[Any], ends: list[Any]) -> Any:
            for variable, value in self.others:
                variable.assign(value)
            for variable, values in zip(self.own, weights, strict=True):
                variable.assign(values[i])
            if rated:
                program.model.optimizer.learning_rate = rates[i]
            data = [array[0 if self.shared_data else i] for array in training]  # each (rows, …)
            held_out = [array[0 if self.shared_data else i] for array in validation]
            order = orders[i if not self.one_order else 0]  # (epochs, rows)
            done, finite, logs, _ = program.train(data, held_out, order, epochs[i], schedule)
            log_arrays = [a.write(i, values) for a, values in zip(log_arrays, logs, strict=True)]
            ends = [a.write(i, w.value) for a, w in zip(ends, self.returned, strict=True)]
            return i + 1, lengths.write(i, done), finites.write(i, finite), log_arrays, ends

        start = [tf.constant(0), lengths, finites, log_arrays, ends]
        result = tf.while_loop(lambda i, *_: i < count, one, start, parallel_iterations=1)
        _, lengths, finites, log_arrays, ends = result
        return lengths.stack(), finites.stack(), [a.stack() for a in log_arrays], [a.stack() for a in ends]
