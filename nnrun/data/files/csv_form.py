"""How a CSV file is written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CsvForm:
    """How a CSV file is written.

    Args:
        delimiter: the character between two cells; a blank stands for one or several.
        quote: the character around a cell that holds delimiters or line ends; empty where there is none.
        decimal: the character between the whole part of a number and its fraction.
        comment: what a line begins with that holds no cells; empty where there are no such lines.
        encoding: the encoding of the text, by Python's name.
        names: the names of the columns where the first line holds cells; empty where they are numbered.
        missing: the texts of cells that stand for a missing value, beside the empty one.
        dates: the columns of dates, each with what numbers it becomes, of `dates.KINDS`.
    """

    delimiter: str = ","
    quote: str = '"'
    decimal: str = "."
    comment: str = ""
    encoding: str = "utf-8"
    names: tuple[str, ...] | None = None
    missing: frozenset[str] = frozenset()
    dates: tuple[tuple[str, str], ...] = ()
