"""The steps of one pass over rows, inside a TensorFlow program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

# Returns the arrays of a batch from its first row and its size; processes a batch.
Take = Callable[[Any, Any], list[Any]]
Step = Callable[[list[Any]], Any]


def open_batches(rows: int, batch_size: int, take: Take, step: Step, *, whole: int | None = None) -> None:
    """The steps of one pass, traced once, for batches whose size is known where `fit` knows it: where all have it.

    With known sizes TensorFlow chooses other kernels here and there, and divides by multiplying, as in the gradient of
    a mean over the batch: the last bits differ. The step is a function of its own, as that of `fit` is: TensorFlow
    rewrites products with constants, such as those of gelu, in the order in which it finds the operations.

    Args:
        rows: the number of rows.
        batch_size: the rows of a batch; the last one takes the rest.
        take: gives the arrays of a batch.
        step: processes them.
        whole: the number of rows of an epoch where these are a part of it.
    """

    step = tf.function(step, autograph=False)

    def one(start: Any) -> Any:
        if (whole or rows) % batch_size == 0:
            step(take(start, batch_size))
        else:
            step(take(start, _any_size(tf.minimum(batch_size, rows - start))))
        return (start + batch_size,)

    if rows <= batch_size:
        one(tf.constant(0))
    else:
        tf.while_loop(lambda start: start < rows, one, [tf.constant(0)], parallel_iterations=1)


def fixed_batches(rows: int, batch_size: int, take: Take, step: Step) -> None:
    """The same steps for XLA, which needs every size: one trace for full batches, one for the rest."""
    full = rows - rows % batch_size

    def one(start: Any) -> Any:
        step(take(start, batch_size))
        return (start + batch_size,)

    if full > batch_size:
        tf.while_loop(lambda start: start < full, one, [tf.constant(0)], parallel_iterations=1)
    elif full:
        one(tf.constant(0))
    if full < rows:
        step(take(tf.constant(full), rows - full))


def slice_rows(array: Any, start: Any, size: Any) -> Any:
    """`size` rows of an array from `start` on."""
    rest = array.shape[1:]
    return tf.slice(array, [start, *([0] * len(rest))], [size, *rest])


def _any_size(size: Any) -> Any:
    """The number of rows of a batch, hidden from TensorFlow's optimizers: that of a single batch is a constant."""
    return tf.raw_ops.PlaceholderWithDefault(input=size, shape=[])
