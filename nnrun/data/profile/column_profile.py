"""The profile of one column: its type, range, mean, missing and different values."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.profile.raw_table import Kind, RawColumn, Role

# How many of the most frequent texts or classes a profile names.
MOST_VALUES = 20


@dataclass(frozen=True)
class ColumnProfile:
    """What a column holds, over the rows of all parts.

    Args:
        name: its name.
        role: what it is for.
        kind: what its values are.
        shape: the shape of a row.
        missing: how many rows have no value.
        distinct: how many different values there are; None for vectors and images.
        minimum: the smallest number; None for texts, and where there is no value.
        maximum: the largest number.
        mean: the mean of the numbers.
        deviation: their standard deviation, with the number of values as divisor.
        frequent: the most frequent texts or classes, each with the number of its rows, the most frequent first.
    """

    name: str
    role: Role
    kind: Kind
    shape: tuple[int, ...]
    missing: int
    distinct: int | None
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    deviation: float | None = None
    frequent: tuple[tuple[str, int], ...] = ()


def profile_column(column: RawColumn, most: int | None = MOST_VALUES) -> ColumnProfile:
    """The profile of a column.

    Args:
        column: the column, of one row or more.
        most: how many of its texts or classes are named; None for all.
    """
    known = column.known
    missing, shape = len(column.values) - len(known), tuple(column.values.shape[1:])
    profile = ColumnProfile(column.name, column.role, column.kind, shape, missing, None)
    if column.kind in ("text", "class"):
        return _of_categories(profile, column, known, most)
    if column.kind == "number":
        profile = replace(profile, distinct=count_distinct(known))
    return _of_numbers(profile, known) if known.size else profile


def count_distinct(values: Array, axis: int | None = None) -> int:
    """How many different values there are, or along an axis how many different vectors."""
    # np.unique loads numpy.ma, which takes a tenth of `nnrun new`, unless it counts how often each value occurs.
    return len(np.unique(values, return_counts=True, axis=axis)[0])


def _of_categories(profile: ColumnProfile, column: RawColumn, known: Array, most: int | None) -> ColumnProfile:
    values, counts = np.unique(known, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:most]
    frequent = tuple((column.text_of(values[i]), int(counts[i])) for i in order)
    return replace(profile, distinct=len(values), frequent=frequent)


def _of_numbers(profile: ColumnProfile, known: Array) -> ColumnProfile:
    with np.errstate(over="ignore", invalid="ignore"):  # of the squares of huge numbers
        mean, deviation = known.mean(dtype=np.float64), known.std(dtype=np.float64)
    low, high = float(known.min()), float(known.max())
    return replace(profile, minimum=low, maximum=high, mean=float(mean), deviation=float(deviation))
