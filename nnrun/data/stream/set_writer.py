"""Writes a set of streamed rows, and keeps a sample of it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from nnrun.data.dataset import Array, Part
from nnrun.data.rows import Rows
from nnrun.data.stream.aligned_memory import AlignedMemory
from nnrun.data.stream.moments import Moments, merged, moments
from nnrun.data.stream.row_file import RowFile
from nnrun.data.stream.streamed_rows import BUFFER_BYTES, StreamedRows, buffer_rows

# A sample has so many rows at most, and about so many bytes.
SAMPLE_ROWS, SAMPLE_BYTES = 10_000, 2**23


class SampleTaker:
    """Collects the first rows of a set, whose order is random where the split is.

    Args:
        most: how many rows.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._below = sys.maxsize  # whether rows at other positions are among the first is not known yet
        self._parts: list[Part] = []
        self._positions: list[Array] = []

    def take(self, part: Part, positions: Array) -> None:
        """Takes those of some rows that are among the first of the set, as far as is known."""
        first = np.flatnonzero(positions < self._below)
        if not first.size:
            return
        self._parts.append(part.take(first))
        self._positions.append(positions[first])
        if sum(map(len, self._positions)) >= 2 * self._most:
            kept = np.sort(np.concatenate(self._positions))[: self._most]
            self._parts, self._positions, self._below = [self.sample()], [kept], int(kept[-1])

    def sample(self) -> Part:
        """The first rows of the set, in its order."""
        return joined(self._parts).take(np.argsort(np.concatenate(self._positions))[: self._most])


def sample_rows(row_bytes: int) -> int:
    """The most rows of a sample, by the bytes of a row."""
    return min(SAMPLE_ROWS, max(1, SAMPLE_BYTES // row_bytes))


def joined(parts: list[Part]) -> Part:
    """The rows of several parts, one behind the other."""
    first = parts[0]
    if len(parts) == 1:
        return first
    return Part(
        {name: np.concatenate([part.inputs[name] for part in parts]) for name in first.inputs},
        {name: np.concatenate([part.targets[name] for part in parts]) for name in first.targets},
        None if first.weights is None else np.concatenate([p.weights for p in parts if p.weights is not None]),
        None,
        None if first.numbers is None else np.concatenate([p.numbers for p in parts if p.numbers is not None]),
    )


class SetWriter:
    """Writes the rows of a set as the network takes them.

    Args:
        folder: where the file lies.
        count: the number of rows.
        batch_size: the rows of a batch.
        memory: that of the buffers.
        size: the bytes of a buffer.
    """

    def __init__(
        self, folder: Path, count: int, batch_size: int, memory: AlignedMemory, size: int = BUFFER_BYTES
    ) -> None:
        self.folder = folder
        self.count = count
        self.batch_size = batch_size
        self.memory = memory
        self.size = size
        self._file: RowFile | None = None
        self._targets: list[Moments] = []

    def write(self, rows: Rows, positions: Array) -> None:
        """Writes rows at their positions in the set.

        Raises:
            StorageError: the disk is full.
        """
        if self._file is None:
            self._file = RowFile(self.folder, self.count, rows, self.memory)
        self._file.write(positions, rows)
        found = [moments(values) for values in rows.targets]
        self._targets = list(map(merged, self._targets, found)) if self._targets else found

    def finish(self) -> StreamedRows:
        """The rows, all of which are written."""
        if self._file is None:
            raise ValueError("no row was written")
        constant = tuple(bool(np.array_equal(each.low, each.high)) for each in self._targets)
        return StreamedRows(self._file, buffer_rows(self._file.row_bytes, self.batch_size, self.size), constant)
