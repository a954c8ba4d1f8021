"""Settings and their values in few letters, for pictures and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_DIGITS = (3, 5, 8, 17)
# What tables call their own columns; a layer may be called so too.
_TAKEN = ("trial", "trials", "rank", "status", "epochs", "seconds", "reason")


def short_columns(columns: Sequence[str]) -> dict[str, str]:
    """Each path without what stands before its last part, or as much of it as tells it from the others."""
    return {column: _short_column(column, columns) for column in columns}


def _short_column(column: str, columns: Sequence[str]) -> str:
    parts = column.split(".")
    for length in range(1, len(parts)):
        end = ".".join(parts[-length:])
        if end not in _TAKEN and sum(other == end or other.endswith(f".{end}") for other in columns) == 1:
            return end
    return column


def short_values(settings: Sequence[Mapping[str, str]], columns: Sequence[str]) -> dict[str, dict[str, str]]:
    """For each column a short text for each of its values: numbers with as few digits as tell all settings apart.

    Args:
        settings: the values of each point or trial by column.
        columns: those that are named.
    """
    values = {column: dict.fromkeys(some[column] for some in settings) for column in columns}
    different = len({tuple(some[column] for column in columns) for some in settings})
    for digits in _DIGITS:
        found = {column: {value: _rounded(value, digits) for value in values[column]} for column in columns}
        told = {tuple(found[column][some[column]] for column in columns) for some in settings}
        if len(told) == different:
            return found
    return {column: {value: value for value in values[column]} for column in columns}


def _rounded(value: str, digits: int) -> str:
    number = as_number(value)
    return value if number is None or value.lstrip("-").isdecimal() else f"{number:.{digits}g}"


def as_number(value: str) -> float | None:
    """The number that a value is, if it is one that has a place on an axis."""
    try:
        number = float(value)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None
