"""What the text of a cell says: a finite number, that a value is missing, or something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

# Signs for a missing value, in small letters.
_SIGNS = frozenset({"?", "na", "n/a", "#n/a", "nan", "null"})
# What says the same among numbers, and may be a value among texts; as missing count the numbers that are not finite.
_AMONG_NUMBERS = frozenset({"", "-", "nil", "none", "missing", "inf", "infinity"})


# From here on a number of 32 bits, which networks take, is infinite.
_TOO_LARGE = 2.0**128 - 2.0**103
_MOST_SHOWN = 40  # characters


def clipped(text: str) -> str:
    """At most 40 characters of a cell or name."""
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def is_number(text: str) -> bool:
    """Whether the text is a decimal number, finite in 32 bits; Python's `float` would take 1_0 and ٣ as well."""
    if not text.isascii() or "_" in text:
        return False
    try:
        return is_finite(float(text))
    except ValueError:
        return False


def is_finite(number: float) -> bool:
    """Whether a number is finite in 32 bits."""
    return abs(number) < _TOO_LARGE


def is_missing(text: str) -> bool:
    """Whether the text says that a value is missing or not finite; a plus says neither, as in the classes + and -."""
    written = text.casefold().lstrip("+-")
    is_sign = written in _SIGNS or written in _AMONG_NUMBERS
    return (is_sign and not (text and set(text) == {"+"})) or overflows(text)


def is_missing_sign(text: str) -> bool:
    """Whether the text says that a value is missing even where the other cells are texts; there, Na is sodium."""
    return text.casefold() in _SIGNS and text != "Na"


def overflows(text: str) -> bool:
    """Whether the text is a number too large to be finite in 32 bits, or infinite."""
    try:
        return text.isascii() and abs(float(text)) >= _TOO_LARGE
    except ValueError:
        return False


def is_too_large(text: str) -> bool:
    """Whether the text is a number in digits that is infinite in 32 bits."""
    return overflows(text) and any(map(str.isdigit, text))


def all_finite(numbers: pl.Series) -> bool:
    """Whether no number is missing or not finite in 32 bits, found in one pass where they are ordinary."""
    return not numbers.null_count() and (numbers.abs().sum() < _TOO_LARGE or bool(are_finite(numbers).all()))


def are_finite(numbers: pl.Series) -> pl.Series:
    """Which numbers are finite in 32 bits; one that is missing is not."""
    return (numbers.abs() < _TOO_LARGE).fill_null(False)


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
