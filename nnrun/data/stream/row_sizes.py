"""How many bytes rows have, so that as many are taken at a time as the memory is meant to hold."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nnrun.data.dataset import Part
from nnrun.data.files.stored_texts import StoredTexts
from nnrun.data.stream.row_source import RowSource
from nnrun.experiment.columns import Columns


class RowSizes:
    """The bytes of raw rows: numbers by their type, texts by their length.

    Args:
        source: the rows.
        least: the bytes that each has at least, such as those of its numbers once it is prepared.
    """

    def __init__(self, source: RowSource, least: int = 0) -> None:
        arrays: Sequence[Any] = source.arrays
        self._row: int = max(1, least, sum(each.dtype.itemsize * int(np.prod(each.shape[1:])) for each in arrays))
        self._texts: list[StoredTexts] = [each for each in arrays if isinstance(each, StoredTexts)]
        self._rows = source.rows

    @property
    def mean(self) -> int:
        """The mean of all rows."""
        return self._before(self._rows) // self._rows

    def stop(self, start: int, size: int) -> int:
        """The row behind the last of those from `start` on that have `size` bytes at most; one is always taken."""
        most = self._before(start) + size
        return bisect_right(range(self._rows + 1), most, start + 2, key=self._before) - 1

    def _before(self, row: int) -> int:
        return row * self._row + sum(texts.bytes_before(row) for texts in self._texts)


def prepared_bytes(columns: Columns) -> int:
    """The bytes of a row of prepared columns, all of them 32-bit numbers."""
    return 4 * sum(column.width for column in (*columns.inputs, *columns.targets))


def chunks(source: RowSource, size: int, least: int = 0) -> Iterator[tuple[int, Part]]:
    """All rows in chunks of about `size` bytes, each with the number of its first row, from 0; `least`: `RowSizes`."""
    sizes, start = RowSizes(source, least), 0
    while start < source.rows:
        stop = sizes.stop(start, size)
        yield start, source.take(slice(start, stop))
        start = stop
