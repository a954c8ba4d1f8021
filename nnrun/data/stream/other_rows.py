"""Rows of another generator, streamed with the columns of the training rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nnrun.data.dataset import Array, Part
from nnrun.data.matching_columns import matched
from nnrun.data.stream.row_source import RowSource
from nnrun.experiment.columns import Columns


@dataclass(frozen=True, eq=False)
class OtherRows:
    """Raw rows whose columns are put in the order of the training rows, a range at a time; a `RowSource`.

    Args:
        source: the rows.
        columns: what the generator of the training rows makes.
        other: what the generator of these rows makes.
    """

    source: RowSource
    columns: Columns
    other: Columns

    @property
    def rows(self) -> int:
        """The number of rows."""
        return self.source.rows

    @property
    def arrays(self) -> Sequence[Array]:
        """The columns of the source: other codes are as many bytes."""
        return self.source.arrays

    def take(self, rows: slice) -> Part:
        """The rows of a range, read into memory."""
        return matched(self.source.take(rows), self.columns, self.other)
