"""The order of the rows in every epoch: a function of the seed and the epoch alone."""

from __future__ import annotations

import numpy as np

# Epochs that share one random stream. Drawing their orders together costs a tenth of a stream for each.
_BLOCK = 64


def epoch_orders(seed: int, rows: int, first: int, count: int) -> np.ndarray:
    """The permutations of the rows for `count` epochs from `first` on.

    Keras's `fit` draws the same order for every epoch once a seed is set; here every epoch has its own, and any
    epoch's can be had without those before it.

    Args:
        seed: the experiment's seed.
        rows: number of training rows.
        first: the first epoch, from 0.
        count: number of epochs.

    Returns:
        int32, (count, rows); each row holds 0 … rows − 1 once.
    """
    orders = np.empty((count, rows), np.int32)
    epoch = first
    while epoch < first + count:
        block, start = divmod(epoch, _BLOCK)
        stop = min(_BLOCK, start + first + count - epoch)
        rng = np.random.default_rng([seed, 2, block])
        drawn = np.broadcast_to(np.arange(rows, dtype=np.int32), (stop, rows))
        drawn = rng.permuted(drawn, axis=1)  # (stop, rows)
        orders[epoch - first : epoch - first + stop - start] = drawn[start:]
        epoch += stop - start
    return orders


def rows_in_order(rows: int, count: int) -> np.ndarray:
    """The order of unshuffled epochs; int32, (count, rows)."""
    return np.tile(np.arange(rows, dtype=np.int32), (count, 1))
