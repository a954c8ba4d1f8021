"""What streamed rows are read from: a part in memory, or rows in a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from nnrun.data.dataset import Array, Part

# The bytes of the rows that are prepared at a time.
CHUNK_BYTES = 2**24


class RowSource(Protocol):
    """Raw rows in the order of the data. A `Part` is one."""

    @property
    def rows(self) -> int:
        """The number of rows."""

    @property
    def arrays(self) -> Sequence[Array]:
        """The input and target columns; those whose rows are in a file stand there as such."""

    def take(self, rows: slice) -> Part:
        """The rows of a range, read into memory."""
