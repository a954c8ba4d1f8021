"""Streamed rows: a set of the data on disk, read buffer by buffer."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from nnrun.data.dataset import Array
from nnrun.data.rows import Rows
from nnrun.data.stream.epoch_buffers import EpochOrder, epoch_buffers
from nnrun.data.stream.row_file import Range, RowFile

# The bytes of a buffer; three of them are in memory at a time: that of the training, and those that are read meanwhile.
BUFFER_BYTES = 2**25
_AHEAD = 2


@dataclass(frozen=True, eq=False)
class StreamedRows:
    """The rows of a training, validation or test set.

    Args:
        file: has them.
        buffer: the number of rows of a buffer, a multiple of the batch size.
        constant: for each output whether all its targets are equal.
    """

    file: RowFile
    buffer: int
    constant: tuple[bool, ...] = ()

    @property
    def count(self) -> int:
        """The number of rows."""
        return self.file.count

    @property
    def empty(self) -> Rows:
        """Rows of the same shapes and types, none of them."""
        return self.file.empty

    def in_order(self) -> Iterator[Rows]:
        """All rows in the order of the file, buffer by buffer."""
        return (rows for rows, _ in self.buffers(EpochOrder(0, 0, shuffle=False)))

    def buffers(self, order: EpochOrder) -> Iterator[tuple[Rows, Array]]:
        """The buffers of an epoch, each with the order of its rows; the next two are read meanwhile.

        One thread reads, and the order does not depend on it. Memory is used again once nothing refers to its buffer.
        """
        with ThreadPoolExecutor(1) as reader:
            yield from _read_ahead(reader, self.file, epoch_buffers(order, self.count, self.buffer))


def _read_ahead(
    reader: ThreadPoolExecutor, file: RowFile, buffers: Iterable[tuple[list[Range], Array]]
) -> Iterator[tuple[Rows, Array]]:
    waiting: deque[tuple[Future[Rows], Array]] = deque()
    for ranges, order in buffers:
        waiting.append((reader.submit(file.read, ranges), order))
        if len(waiting) > _AHEAD:
            yield _first(waiting)
    while waiting:
        yield _first(waiting)


def _first(waiting: deque[tuple[Future[Rows], Array]]) -> tuple[Rows, Array]:
    future, order = waiting.popleft()
    return future.result(), order


def buffer_rows(row_bytes: int, batch_size: int, size: int = BUFFER_BYTES) -> int:
    """The number of rows of a buffer: whole batches, at least one.

    Args:
        row_bytes: the bytes of a row.
        batch_size: the rows of a batch.
        size: the bytes of a buffer.
    """
    return batch_size * max(1, size // max(1, row_bytes * batch_size))


@dataclass(frozen=True, eq=False)
class StreamedSets:
    """All the rows of an experiment whose `Dataset` holds a sample of each set alone.

    Args:
        training: the training set.
        validation: the validation set, if any.
        test: the test set, if any.
    """

    training: StreamedRows
    validation: StreamedRows | None = None
    test: StreamedRows | None = None
