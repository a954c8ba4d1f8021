"""Short labels for settings and their values, for pictures and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nnrun.experiment.folds import FOLD, FOLD_PATH
from nnrun.experiment.repetitions import is_repetition

_DIGITS = (3, 5, 8, 17)
# The tables' own columns; a layer may have the same name.
_RESERVED = ("trial", "trials", "rank", "status", "epochs", "seconds", "reason")


def short_columns(columns: Sequence[str]) -> dict[str, str]:
    """The last part of each path, with as many parts before it as distinguish it from the others."""
    return {column: _short_column(column, columns) for column in columns}


def _short_column(column: str, columns: Sequence[str]) -> str:
    if column == FOLD_PATH:
        return FOLD
    if is_repetition(column):  # "weights" alone could be those of a layer
        return column
    parts = column.split(".")
    for length in range(1, len(parts)):
        end = ".".join(parts[-length:])
        if end not in _RESERVED and sum(other == end or other.endswith(f".{end}") for other in columns) == 1:
            return end
    return column


def short_values(settings: Sequence[Mapping[str, str]], columns: Sequence[str]) -> dict[str, dict[str, str]]:
    """A short text for each value of each column: numbers with as few digits as distinguish all settings.

    Args:
        settings: the values of each configuration or trial by column.
        columns: the columns to label.
    """
    values = {column: dict.fromkeys(some[column] for some in settings) for column in columns}
    different = len({tuple(some[column] for column in columns) for some in settings})
    for digits in _DIGITS:
        labels = {column: {value: _rounded(value, digits) for value in values[column]} for column in columns}
        distinct = {tuple(labels[column][some[column]] for column in columns) for some in settings}
        if len(distinct) == different:
            return labels
    return {column: {value: value for value in values[column]} for column in columns}


def labels_of(values: Sequence[str]) -> dict[str, str]:
    """A short text for each value of a setting: numbers with as few digits as distinguish them."""
    for digits in _DIGITS:
        labels = {value: _rounded(value, digits) for value in values}
        if len(set(labels.values())) == len(labels):
            break
    return labels


def _rounded(value: str, digits: int) -> str:
    number = as_number(value)
    return value if number is None or value.lstrip("-").isdecimal() else f"{number:.{digits}g}"


def as_number(value: str) -> float | None:
    """The finite number that a text stands for; None where it stands for none."""
    try:
        number = float(value)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None
