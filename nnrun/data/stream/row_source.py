"""What streamed rows are read from: a part in memory, or rows in a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from nnrun.data.dataset import Part

# The bytes of the rows that are prepared at a time.
CHUNK_BYTES = 2**24


class RowSource(Protocol):
    """Raw rows in the order of the data. A `Part` is one."""

    @property
    def rows(self) -> int:
        """The number of rows."""

    def take(self, rows: slice) -> Part:
        """The rows of a range, read into memory."""


def chunks(source: RowSource, size: int) -> Iterator[tuple[int, Part]]:
    """All rows in chunks of about `size` bytes, each with the number of its first row, from 0."""
    first = source.take(slice(0, 1))
    columns = [*first.inputs.values(), *first.targets.values()]
    step = max(1, size // max(1, sum(values.nbytes for values in columns)))
    for start in range(0, source.rows, step):
        yield start, source.take(slice(start, min(source.rows, start + step)))
