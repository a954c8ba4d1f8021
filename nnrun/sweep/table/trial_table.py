"""The table of the trials of a sweep, from `trials.npz` or from the blocks of one that is not finished."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from nnrun.data.dataset import Array
from nnrun.sweep.table.array_parts import NpzRows
from nnrun.sweep.table.block_files import stored_files
from nnrun.sweep.table.joined_columns import join_columns, joined_epochs

# So much of a column is held at once.
_MOST_BYTES = 2**24


class TrialTable:
    """The trials of some files in the order of their numbers, read when they are needed.

    Of two trials with the same number the later one counts.

    Args:
        files: the files, the later ones last.
    """

    def __init__(self, files: Sequence[NpzRows]) -> None:
        self.files = files
        self.columns = join_columns(files)
        self.curve_epochs = joined_epochs(files)
        numbers = [file.read("index") for file in files]
        joined = np.concatenate([np.zeros(0, np.int64), *numbers])
        order = np.argsort(joined, kind="stable")  # of equal numbers the later one is the last
        ordered = joined[order]
        order = order[np.append(ordered[1:] != ordered[:-1], True)[: len(ordered)]]
        self.index = joined[order]  # (n,)
        starts = np.cumsum([0, *map(len, numbers)])
        self._file = (np.searchsorted(starts, order, side="right") - 1).astype(np.int32)
        self._row = order - starts[self._file]

    @classmethod
    def open(cls, folder: Path) -> TrialTable:
        """The table of the sweep in `folder`; a torn block is left out.

        Raises:
            StorageError: `trials.npz` cannot be read.
        """
        return cls(stored_files(folder))

    def __len__(self) -> int:
        return len(self.index)

    def names(self, group: str = "") -> list[str]:
        """The names of the columns of a group, such as `final/`, or of all columns."""
        return [name for name in self.columns if name.startswith(group)]

    def texts(self, name: str) -> Array | None:
        """The different texts of a column that holds their positions; None for a column of numbers, or for none."""
        return self.columns[name].texts if name in self.columns else None

    def read(self, name: str, start: int = 0, stop: int | None = None) -> Array:
        """Some rows of a column: numbers, or positions in `texts`.

        Args:
            name: its name, such as `final/loss`.
            start: the first row.
            stop: the row behind the last one; by default all that follow.

        Raises:
            KeyError: there is no such column.
            ValueError, OSError: a file was changed meanwhile.
        """
        column = self.columns[name]
        files, rows = self._file[start:stop], self._row[start:stop]
        found = np.full((len(rows), *column.tail), column.fill, column.dtype)
        order = np.argsort(files, kind="stable")
        bounds = np.flatnonzero(np.diff(files[order], prepend=-1, append=-1))
        for first, last in pairwise(bounds):
            places = order[first:last]  # of the rows that one file holds
            own = rows[places]
            low = int(own.min())
            values = column.read(self.files[files[places[0]]], low, int(own.max()) + 1)
            if values is not None:
                found[places] = values[own - low]
        return found

    def take(self, name: str, places: Array) -> Array:
        """Some rows of a column, without reading far more than these.

        Args:
            name: its name.
            places: the rows, ascending; (rows,).
        """
        column = self.columns[name]
        found = np.empty((len(places), *column.tail), column.dtype)
        step = self._step(name)
        for start in np.unique(places // step * step).tolist():
            inside = slice(*np.searchsorted(places, [start, start + step]))
            first = int(places[inside][0])
            found[inside] = self.read(name, first, int(places[inside][-1]) + 1)[places[inside] - first]
        return found

    def parts(self, name: str) -> Iterator[Array]:
        """A column in parts of some megabytes."""
        for start in range(0, len(self), step := self._step(name)):
            yield self.read(name, start, start + step)

    def _step(self, name: str) -> int:
        """How many rows of a column have some megabytes."""
        column = self.columns[name]
        wide = column.dtype.itemsize * int(np.prod(column.tail, dtype=np.int64))
        return max(1, _MOST_BYTES // max(wide, 1))
