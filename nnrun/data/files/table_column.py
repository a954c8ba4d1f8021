"""A column of a file of rows: numbers while every cell is one, else texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nnrun.data.dataset import Array, as_column
from nnrun.data.files.cell_text import is_missing

if TYPE_CHECKING:  # a file that no experiment names loads no polars
    import polars as pl

    from nnrun.data.files.stored_cells import StoredCells

MAX_CATEGORIES = 1_000  # of a column
MAX_INPUT_CATEGORIES = 100  # of an input, each of which is a number for the network
MAX_TEXTS = 1_000_000  # of a column that is no wider for them


@dataclass(frozen=True)
class Stray:
    """A text among the cells of a column that is no finite number.

    Args:
        line: the first line that has it.
        count: how many rows have it.
        file: the file of that line, where the rows come from several.
        unit: what is counted: `line`, or `row` in a file that is no text.
    """

    line: int
    count: int
    file: str = ""
    unit: str = "line"

    @property
    def where(self) -> str:
        """The line in words, to begin a sentence."""
        return f"{self.within[0].upper()}{self.within[1:]}"

    @property
    def within(self) -> str:
        """The line in words, within a sentence."""
        return f"{self.unit} {self.line} of {self.file}" if self.file else f"{self.unit} {self.line}"


@dataclass(frozen=True, eq=False)
class TableColumn:
    """The cells of one column, row by row.

    Args:
        name: the column's name.
        numbers: the cells as numbers of 32 or 64 bits, NaN for a missing one; None where a cell is something else.
        categories: the different texts in sorted order where they are few enough to be kept; empty for numbers.
        codes: the position of each cell in `categories`, −1 for a missing one, if there are any.
        strays: the different cells that are no finite numbers, "" for the missing ones; more than 1,000 only in part.
        rows: the number of cells.
        extent: the smallest and the largest number.
        labels: the different numbers, where they are whole and at most 1,000.
        stored: the cells themselves, where they are too many for the memory; `numbers` or `codes` is empty then.
    """

    name: str
    numbers: pl.Series | None
    categories: tuple[str, ...]
    codes: pl.Series | None
    strays: Mapping[str, Stray]
    rows: int
    extent: tuple[float, float] | None = None
    labels: frozenset[float] | None = None
    stored: StoredCells | None = None

    def __len__(self) -> int:
        return self.rows

    @property
    def is_unkept(self) -> bool:
        """Whether it has more different texts than are kept, or no value at all."""
        return self.numbers is None and self.codes is None

    @property
    def gap(self) -> tuple[str, Stray] | None:
        """The first cell that is missing: an empty one, or among numbers a sign for a missing number."""
        missing = [text for text in self.strays if is_missing(text)]
        only_missing = len(missing) == len(self.strays)
        return next(((t, self.strays[t]) for t in missing if t == "" or only_missing), None)

    @property
    def has_fractions(self) -> bool:
        """Whether one of its numbers has a decimal point, by the first thousand that are in memory."""
        if self.numbers is None:
            return any("." in text for text in self.categories if text not in self.strays)
        first = self.numbers.head(1_000)
        return self.labels is None and bool((first != first.floor()).any())

    @property
    def classes(self) -> int | None:
        """The number of classes of whole numbers that hold each of 0, 1, … at least once; None for any others."""
        labels = self.labels or frozenset()
        return len(labels) if len(labels) > 1 and labels == set(range(len(labels))) else None

    def values(self, *, precise: bool = False) -> Array:
        """The cells, float32 (rows, 1), or int32 (rows, 1) for the codes of texts; all are read into memory.

        Args:
            precise: whether numbers are float64, if they were read so.
        """
        if self.stored is not None:
            found = self.stored[:]
            return found if precise or found.dtype != "float64" else as_column(found)
        cells = self.codes if self.numbers is None else self.numbers
        if cells is None:
            raise ValueError(f"The texts of {self.name} have no codes")
        values = cells.to_numpy().reshape(-1, 1)  # (rows, 1)
        return values if precise or values.dtype != "float64" else as_column(values)
