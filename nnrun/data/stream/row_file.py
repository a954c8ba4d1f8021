"""Rows on disk as a network takes them: written once in any order, read in ranges.

The file has no name: the system frees its space when the process ends, however it ends. It is read into buffers and not
mapped, since mapped pages count as memory of the process.
"""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.rows import Rows, no_rows
from nnrun.data.stream.aligned_memory import AlignedMemory
from nnrun.errors import Problem, StorageError

# A range of rows: the first one, and the one behind its last.
Range = tuple[int, int]


class RowFile:
    """A fixed number of rows, array by array, each row of an array behind the other.

    Args:
        folder: where the file lies; on a disk with room for it.
        count: the number of rows.
        like: rows of the same shapes and types.
        memory: takes the rows that are read; by default memory of its own.

    Raises:
        StorageError: the folder cannot be written.
    """

    def __init__(self, folder: Path, count: int, like: Rows, memory: AlignedMemory | None = None) -> None:
        self.count = count
        self.empty = no_rows(like)
        self._sizes = [array.dtype.itemsize * int(np.prod(array.shape[1:])) for array in self.empty.flat()]
        self._starts = [count * sum(self._sizes[:i]) for i in range(len(self._sizes))]
        self._folder = folder
        self._memory = memory or AlignedMemory()
        with self._storage_errors():
            folder.mkdir(parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115
        weakref.finalize(self, self._file.close)

    @property
    def row_bytes(self) -> int:
        """The bytes of a row, all arrays together."""
        return sum(self._sizes)

    def write(self, positions: Array, rows: Rows) -> None:
        """Writes rows.

        Args:
            positions: the position of each row in the file, (rows,).
            rows: the rows.

        Raises:
            StorageError: the disk is full.
        """
        order = np.argsort(positions, kind="stable")
        runs = np.split(order, 1 + np.flatnonzero(np.diff(positions[order]) != 1))  # rows that lie side by side
        with self._storage_errors():
            for array, size, start in zip(rows.flat(), self._sizes, self._starts, strict=True):
                view = np.ascontiguousarray(array[order]).data.cast("B")
                done = 0
                for run in runs:
                    self._file.seek(start + int(positions[run[0]]) * size)
                    self._write(view[done : done + len(run) * size])
                    done += len(run) * size

    def _write(self, view: memoryview) -> None:
        while len(view):
            view = view[self._file.write(view) :]

    def read(self, ranges: Sequence[Range]) -> Rows:
        """The rows of the ranges, one range behind the other.

        Raises:
            StorageError: the disk failed.
        """
        count = sum(stop - first for first, stop in ranges)
        arrays = []
        with self._storage_errors():
            for empty, size, start in zip(self.empty.flat(), self._sizes, self._starts, strict=True):
                array = self._memory.array((count, *empty.shape[1:]), empty.dtype)
                view = array.data.cast("B") if array.size else memoryview(b"")
                done = 0
                for first, stop in ranges:
                    self._read(start + first * size, view[done : done + (stop - first) * size])
                    done += (stop - first) * size
                arrays.append(array)
        return _like(self.empty, arrays)

    def _read(self, start: int, view: memoryview) -> None:
        self._file.seek(start)
        while len(view):
            count = self._file.readinto(view)
            if not count:
                raise OSError("the file is shorter than it was")
            view = view[count:]

    @contextmanager
    def _storage_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            size = f"{self.count * self.row_bytes / 2**30:,.1f} GB"
            hint = f"Streamed data take {size} in the folder {self._folder} while a command runs."
            raise StorageError(Problem(f"The rows cannot be kept on disk: {reason}.", hint=hint)) from error


def _like(empty: Rows, arrays: Sequence[Array]) -> Rows:
    first, last = len(empty.inputs), len(empty.inputs) + len(empty.targets)
    weights = None if empty.weights is None else arrays[last]
    return Rows(tuple(arrays[:first]), tuple(arrays[first:last]), weights)
