"""The order of the rows in every epoch: a function of the seed and the epoch alone."""

from __future__ import annotations

import numpy as np

# The numbers, at least, that one random stream is for: to make a stream takes as long as to draw a thousand of them.
_STREAM = 4096


def epochs_per_stream(rows: int) -> int:
    """How many epochs in a row draw their orders from one stream: ⌈4,096 / rows⌉.

    Args:
        rows: number of training rows, from 1.
    """
    return -(-_STREAM // rows)


def epoch_orders(seed: int, rows: int, first: int, count: int) -> np.ndarray:
    """The permutations of the rows for `count` epochs from `first` on.

    Keras's `fit` draws the same order for every epoch once a seed is set; here every epoch has its own, and any
    epoch's can be had without those of earlier streams. Stream b is `default_rng([seed, 2, b])`.

    Args:
        seed: the experiment's seed.
        rows: number of training rows.
        first: the first epoch, from 0.
        count: number of epochs.

    Returns:
        int32, (count, rows); each row holds 0 … rows − 1 once.
    """
    orders = np.empty((count, rows), np.int32)
    length = epochs_per_stream(rows)
    epoch = first
    while epoch < first + count:
        block, start = divmod(epoch, length)
        stop = min(length, start + first + count - epoch)
        rng = np.random.default_rng([seed, 2, block])
        drawn = np.empty((stop, rows), np.int32)
        drawn[:] = np.arange(rows)
        rng.permuted(drawn, axis=1, out=drawn)
        orders[epoch - first : epoch - first + stop - start] = drawn[start:]
        epoch += stop - start
    return orders


def rows_in_order(rows: int, count: int) -> np.ndarray:
    """The order of unshuffled epochs; int32, (count, rows)."""
    return np.tile(np.arange(rows, dtype=np.int32), (count, 1))
