"""The texts of rows in a file without a name, where they are too many for the memory."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.files.stored_cells import CellFile


class StoredTexts:
    """Texts in a file; a range of rows is read when it is taken.

    They stand in a `Part` where an array would, as long as only ranges of rows are taken.

    Args:
        folder: where the file lies; on a disk with room for it.

    Raises:
        StorageError: the folder cannot be written.
    """

    dtype = np.dtype(object)

    def __init__(self, folder: Path) -> None:
        self._file = CellFile(folder)
        self._ends = array("q", [0])  # of the rows before each, and of all at the end

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, 1)."""
        return len(self), 1

    def __len__(self) -> int:
        return len(self._ends) - 1

    def append(self, texts: Sequence[str]) -> None:
        """Appends the texts of some rows.

        Raises:
            StorageError: the disk is full.
        """
        written = [text.encode() for text in texts]
        self._file.append(memoryview(b"".join(written)))
        for content in written:
            self._ends.append(self._ends[-1] + len(content))

    def bytes_before(self, row: int) -> int:
        """The bytes of the texts before a row."""
        return self._ends[row]

    def __getitem__(self, rows: slice) -> Array:
        first, stop, _ = rows.indices(len(self))
        texts = np.empty((max(0, stop - first), 1), object)  # (rows, 1)
        start = self._ends[first]
        content = self._file.read(start, self._ends[max(first, stop)] - start)
        for row in range(first, stop):
            texts[row - first, 0] = content[self._ends[row] - start : self._ends[row + 1] - start].decode()
        return texts
