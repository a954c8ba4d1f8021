"""The order of streamed rows in an epoch: a bounded shuffle, a function of the seed and the epoch alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.epoch_order import epoch_orders
from nnrun.data.stream.row_file import Range

# A buffer is filled from this many places of the file.
_BLOCKS = 64


@dataclass(frozen=True)
class EpochOrder:
    """Which epoch it is.

    Args:
        seed: decides the order.
        epoch: the number of the epoch, from 0.
        shuffle: whether it has an order of its own.
    """

    seed: int
    epoch: int
    shuffle: bool


def epoch_buffers(order: EpochOrder, rows: int, buffer: int) -> Iterator[tuple[list[Range], Array]]:
    """The buffers of an epoch, each with the order of its rows.

    The file is cut into blocks, 64 to a buffer. The blocks are shuffled and fill one buffer after the other; each
    buffer is shuffled in itself. Rows that fit into one buffer have the order that they have in memory.

    Args:
        order: the epoch.
        rows: the number of rows.
        buffer: the number of rows of each buffer; the last one takes the rest.

    Returns:
        For each buffer the ranges of rows that fill it, and the order in which its rows are taken, int32.
    """
    if not order.shuffle:
        for start in range(0, rows, buffer):
            stop = min(rows, start + buffer)
            yield [(start, stop)], np.arange(stop - start, dtype=np.int32)
    elif rows <= buffer:
        yield [(0, rows)], epoch_orders(order.seed, rows, order.epoch, 1)[0]
    else:
        rng = np.random.default_rng([order.seed, 2, order.epoch, rows])
        block = -(-buffer // _BLOCKS)
        starts = block * rng.permutation(-(-rows // block))
        blocks = [(int(start), min(rows, int(start) + block)) for start in starts]
        for ranges in _filled(blocks, buffer):
            count = sum(stop - start for start, stop in ranges)
            yield ranges, rng.permutation(count).astype(np.int32)


def _filled(blocks: list[Range], buffer: int) -> Iterator[list[Range]]:
    """The blocks in lists of `buffer` rows; a block that does not fit goes on in the next list."""
    ranges: list[Range] = []
    free = buffer
    for first, stop in blocks:
        start = first
        while stop - start >= free:
            yield [*ranges, (start, start + free)]
            ranges, start, free = [], start + free, buffer
        if start < stop:
            ranges.append((start, stop))
            free -= stop - start
    if ranges:
        yield ranges
