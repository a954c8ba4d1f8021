"""A column of a CSV file: numbers while every cell is one, else texts."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MAX_CATEGORIES = 1_000

# Ways to write that a value is missing, in small letters; as are the numbers that are not finite.
_MISSING = frozenset({"", "?", "-", "na", "n/a", "#n/a", "nan", "nil", "none", "null", "missing", "inf", "infinity"})


@dataclass(frozen=True)
class Stray:
    """A text among the cells of a column that is no finite number.

    Args:
        line: the first line that has it.
        count: how many rows have it.
    """

    line: int
    count: int


@dataclass(frozen=True, eq=False)
class CsvColumn:
    """The cells of one column, row by row.

    Args:
        name: the column's name.
        numbers: the cells as numbers; None where one of them is no finite number.
        categories: the different texts in sorted order where they are at most 1,000; empty for numbers.
        codes: the position of each cell in `categories`, if there are any.
        strays: the different cells that are no finite numbers, an empty one among them; more than 1,000 only in part.
        rows: the number of cells.
    """

    name: str
    numbers: array[float] | None
    categories: tuple[str, ...]
    codes: array[int]
    strays: Mapping[str, Stray]
    rows: int

    def __len__(self) -> int:
        return self.rows

    @property
    def gap(self) -> tuple[str, Stray] | None:
        """The first cell that is missing: an empty one, or among numbers a sign for a missing number."""
        missing = [text for text in self.strays if is_missing(text)]
        only_missing = len(missing) == len(self.strays)
        return next(((t, self.strays[t]) for t in missing if t == "" or only_missing), None)


class ColumnBuilder:
    """Collects the cells of one column: as numbers while all are numbers, as texts while those are few."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.numbers: array[float] | None = array("d")
        self.known: dict[str, int] = {}
        self.codes: array[int] | None = array("H")
        self.strays: dict[str, Stray] = {}
        self.rows = 0

    def take(self, cells: Sequence[str], lines: Sequence[int]) -> None:
        """Adds cells, each with its line."""
        self.rows += len(cells)
        numbers = _as_numbers(cells)
        if numbers is None:
            self.numbers = None
            self._note_strays([cell.strip() for cell in cells], lines)
        elif self.numbers is not None:
            self.numbers.extend(numbers)
        if self.codes is not None:
            known = self.known
            self.codes.extend([known.setdefault(cell.strip(), len(known)) for cell in cells])
            if len(known) > MAX_CATEGORIES:
                self.codes = None

    def _note_strays(self, cells: Sequence[str], lines: Sequence[int]) -> None:
        for text, count in Counter(cells).items():
            before = self.strays.get(text)
            if before:
                self.strays[text] = Stray(before.line, before.count + count)
            elif len(self.strays) <= MAX_CATEGORIES and not is_number(text):
                self.strays[text] = Stray(lines[cells.index(text)], count)

    def finish(self) -> CsvColumn:
        """The column of all cells taken."""
        if self.numbers is not None or self.codes is None:
            return CsvColumn(self.name, self.numbers, (), array("H"), self.strays, self.rows)
        categories = tuple(sorted(self.known))
        position = {text: i for i, text in enumerate(categories)}
        order = [position[text] for text in self.known]
        codes = array("H", [order[code] for code in self.codes])
        return CsvColumn(self.name, None, categories, codes, self.strays, self.rows)


def is_number(text: str) -> bool:
    """Whether the text is a finite decimal number."""
    return _as_numbers([text]) is not None


def is_missing(text: str) -> bool:
    """Whether the text says that a value is missing or not finite; a plus says neither, as in the classes + and -."""
    return (text.casefold().lstrip("+-") in _MISSING and not (text and set(text) == {"+"})) or _overflows(text)


def _overflows(text: str) -> bool:
    """Whether the text is a number too large to be finite."""
    try:
        return text.isascii() and math.isinf(float(text))
    except ValueError:
        return False


def _as_numbers(cells: Sequence[str]) -> array[float] | None:
    """The cells as numbers, or None where one is no finite decimal number; Python's `float` would take 1_0 and ٣."""
    joined = "".join(cells)
    if not joined.isascii() or "_" in joined:
        return None
    try:
        numbers = array("d", map(float, cells))
    except ValueError:
        return None
    return numbers if all(map(math.isfinite, numbers)) else None
