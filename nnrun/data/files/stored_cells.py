"""The cells of columns that are too many for the memory, in a file without a name."""

from __future__ import annotations

import tempfile
import weakref
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from nnrun.data.dataset import Array
from nnrun.errors import Problem, StorageError


class CellFile:
    """A file that cells are appended to; the system frees its space when the process ends, however it ends.

    Args:
        folder: where it lies; on a disk with room for it.

    Raises:
        StorageError: the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with self._storage_errors():
            folder.mkdir(parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115
        weakref.finalize(self, self._file.close)
        self._end = 0

    def append(self, content: memoryview) -> int:
        """Appends bytes; returns where they begin.

        Raises:
            StorageError: the disk is full.
        """
        start = self._end
        with self._storage_errors():
            self._file.seek(start)
            rest = content
            while len(rest):
                rest = rest[self._file.write(rest) :]
        self._end += len(content)
        return start

    def read(self, start: int, size: int) -> bytes:
        """Some of the bytes.

        Raises:
            StorageError: the disk failed.
        """
        with self._storage_errors():
            self._file.seek(start)
            return bytes(self._file.read(size))  # without a buffer: pieces of other columns lie between

    @contextmanager
    def _storage_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            kept = "texts as they are, other cells with 4 bytes each"
            hint = f"Streamed data are kept in the folder {self.folder} while a command runs: {kept}."
            raise StorageError(Problem(f"The cells cannot be kept on disk: {reason}.", hint=hint)) from error


class StoredCells:
    """The cells of a column in a file; a range of rows is read when it is taken.

    It stands in a `Part` where an array would, as long as only ranges of rows are taken.

    Args:
        file: has the cells.
        dtype: their type.
    """

    def __init__(self, file: CellFile, dtype: np.dtype) -> None:
        self.file = file
        self.dtype = dtype
        self._rows = array("q", [0])  # the rows before each piece, and all of them at the end
        self._starts = array("q")
        self._ranks: Array | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, 1)."""
        return len(self), 1

    def __len__(self) -> int:
        return self._rows[-1]

    def append(self, cells: Array) -> None:
        """Appends cells, (cells,)."""
        self._starts.append(self.file.append(np.ascontiguousarray(cells).data.cast("B")))
        self._rows.append(self._rows[-1] + len(cells))

    def rank(self, ranks: Array) -> None:
        """From now on a cell is read as the rank of its number, and −1 as −1; ranks (numbers,)."""
        self._ranks = np.append(ranks, -1).astype(self.dtype)

    def __getitem__(self, rows: slice) -> Array:
        first, stop, _ = rows.indices(len(self))
        cells = np.empty(max(0, stop - first), self.dtype)  # (cells,)
        piece = int(np.searchsorted(self._rows, first, side="right")) - 1
        at = first
        while at < stop:
            begin, end = self._rows[piece], min(stop, self._rows[piece + 1])
            size = self.dtype.itemsize
            content = self.file.read(self._starts[piece] + (at - begin) * size, (end - at) * size)
            cells[at - first : end - first] = np.frombuffer(content, self.dtype)
            at, piece = end, piece + 1
        found = cells if self._ranks is None else self._ranks[cells]
        return found.reshape(-1, 1)  # (rows, 1)
