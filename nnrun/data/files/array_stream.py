"""An array in a file whose rows are read in ranges, one behind the other."""

from __future__ import annotations

import weakref
from contextlib import ExitStack
from typing import IO

import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.files.array_file import StoredArrays, damage, not_arrays

_SKIPPED = 4096  # rows at a time


class ArrayStream:
    """The numbers of an array as float32; a range of its rows is read when it is taken.

    It stands in a `Part` where an array would, as long as only ranges of rows are taken. Ranges in the order of the
    file are read in one pass, even of a compressed file; a range before the last one begins a new pass.

    Args:
        file: has the array.
        name: the name of the array.
        shape: the shape of a row of its column.

    Raises:
        ExperimentError: its rows do not lie one behind the other.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, file: StoredArrays, name: str, shape: tuple[int, ...]) -> None:
        self.file = file
        self.name = name
        self.shape = (file.headers[name].shape[0], *shape)
        self._open = ExitStack()
        weakref.finalize(self, self._open.close)
        self._begin()

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice) -> Array:
        first, stop, _ = rows.indices(len(self))
        if first < self._row:
            self._begin()
        with damage(self.file.path_of(self.name)):
            while self._row < first:
                self._take(min(first - self._row, _SKIPPED))
            return self._take(stop - first)

    def _begin(self) -> None:
        """Opens the array at its first row."""
        self._open.close()
        self._stream: IO[bytes] = self._open.enter_context(self.file.open(self.name))
        self._row = 0
        with damage(self.file.path_of(self.name)):
            version = np.lib.format.read_magic(self._stream)
            read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            _, by_columns, self._stored = read(self._stream)
        if by_columns:
            raise not_arrays(
                self.file.path_of(self.name), f'the rows of its array "{self.name}" do not lie one behind the other'
            )

    def _take(self, count: int) -> Array:
        """The next rows, (count, …)."""
        wanted = count * int(np.prod(self.shape[1:])) * self._stored.itemsize
        content = self._stream.read(wanted)
        if len(content) < wanted:
            raise EOFError(f'its array "{self.name}" ends too early')
        self._row += count
        with np.errstate(all="ignore"):
            return np.frombuffer(content, self._stored).reshape(count, *self.shape[1:]).astype(self.dtype, copy=False)
