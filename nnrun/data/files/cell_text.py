"""What the text of a cell says: a finite number, that a value is missing, or something else."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

# Signs for a missing value, in small letters.
_SIGNS = frozenset({"?", "na", "n/a", "#n/a", "nan", "null"})
# What says the same among numbers, and may be a value among texts; as missing count the numbers that are not finite.
_AMONG_NUMBERS = frozenset({"", "-", "nil", "none", "missing", "inf", "infinity"})


def is_number(text: str) -> bool:
    """Whether the text is a finite decimal number; Python's `float` would take 1_0 and ٣ as well."""
    if not text.isascii() or "_" in text:
        return False
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def is_missing(text: str) -> bool:
    """Whether the text says that a value is missing or not finite; a plus says neither, as in the classes + and -."""
    written = text.casefold().lstrip("+-")
    is_sign = written in _SIGNS or written in _AMONG_NUMBERS
    return (is_sign and not (text and set(text) == {"+"})) or _overflows(text)


def is_missing_sign(text: str) -> bool:
    """Whether the text says that a value is missing even where the other cells are texts."""
    return text.casefold() in _SIGNS


def _overflows(text: str) -> bool:
    """Whether the text is a number too large to be finite."""
    try:
        return text.isascii() and math.isinf(float(text))
    except ValueError:
        return False


def as_numbers(cells: pl.Series, decimal: str = ".") -> pl.Series:
    """The cells as numbers, null where one is none; the nearest number of 64 bits, as by Python's `float`.

    Args:
        cells: texts without blanks around them.
        decimal: the character between the whole part and the fraction; with a comma, a point is no part of a number.
    """
    import polars as pl

    if decimal != ".":
        pointless = pl.select(pl.when(cells.str.contains(".", literal=True)).then(None).otherwise(cells)).to_series()
        cells = pointless.str.replace(decimal, ".", literal=True)
    return cells.cast(pl.Float64, strict=False)
