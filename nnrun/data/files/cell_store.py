"""The cells of a column that is read block by block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from nnrun.data.dataset import Array
    from nnrun.data.files.stored_cells import CellFile, StoredCells

_PIECE = 2**18  # cells that are counted at a time


def cell_file(folder: Path | None) -> CellFile | None:
    """A file for cells in a folder; None to hold them in memory. No NumPy is loaded for these."""
    if folder is None:
        return None
    from nnrun.data.files.stored_cells import CellFile

    return CellFile(folder)


class CellStore:
    """Cells of one type. Many go at once to where they stay; joined at the end, memory would hold them twice.

    Args:
        room: about how many cells there will be, if they are many; no NumPy is loaded for few.
        file: takes them where they are too many for the memory; `stored` has them then.
    """

    def __init__(self, room: int | None = None, file: CellFile | None = None) -> None:
        self._room = room
        self._file = file
        self.stored: StoredCells | None = None
        self._few: pl.Series | None = None
        self._many: Array | None = None
        self._count = 0
        self._counts: Counter[int] = Counter()  # of those on disk, as they are added

    def add(self, cells: pl.Series) -> None:
        """Adds cells, none of them null."""
        if self._file is not None:
            self._store(cells.to_numpy(), self._file)
            return
        if self._room is None:
            self._few = cells if self._few is None else self._few.extend(cells)
            return
        import numpy as np

        added = cells.to_numpy()  # (cells,)
        end = self._count + len(added)
        if self._many is None:
            self._many = np.empty(max(self._room, end), added.dtype)
        elif end > len(self._many):
            grown = np.empty(end + end // 4, added.dtype)
            grown[: self._count] = self._many[: self._count]
            self._many = grown
        self._many[self._count : end] = added
        self._count = end

    def _store(self, cells: Array, file: CellFile) -> None:
        from nnrun.data.files.stored_cells import StoredCells

        self.stored = self.stored or StoredCells(file, cells.dtype)
        self.stored.append(cells)
        if cells.dtype.kind == "i":
            self._add_counts(cells)

    def count(self) -> Mapping[int, int]:
        """How often each code from 0 occurs."""
        if self._few is not None:
            return dict(self._few.value_counts(name="count").iter_rows())
        if self._many is not None:
            for start in range(0, self._count, _PIECE):
                self._add_counts(self._many[start : min(start + _PIECE, self._count)])
        return self._counts

    def _add_counts(self, codes: Array) -> None:
        import numpy as np

        found = np.bincount(codes[codes >= 0])
        self._counts.update({int(code): int(found[code]) for code in np.flatnonzero(found)})

    def rank(self, ranks: Sequence[int]) -> None:
        """From now on every code is the rank of that code, and −1 stays."""
        import polars as pl

        if self.stored is not None:
            import numpy as np

            self.stored.rank(np.array(ranks))
        elif self._few is not None:
            table, last = pl.Series([*ranks, -1], dtype=pl.Int32), len(ranks)
            self._few = table.gather(pl.select(pl.when(self._few < 0).then(last).otherwise(self._few)).to_series())
        elif self._many is not None:
            import numpy as np

            codes = self._many[: self._count]
            np.take(np.array([*ranks, -1], codes.dtype), codes, out=codes, mode="wrap")  # −1 is the last

    def take(self) -> pl.Series | None:
        """All cells, if there are any; the store is empty afterwards."""
        import polars as pl

        cells = self._few if self._many is None else pl.Series(self._many[: self._count])
        self._few = self._many = self.stored = None
        return cells
