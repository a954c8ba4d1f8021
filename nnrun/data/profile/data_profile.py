"""The profile of data: rows, columns, classes, repeated rows, and what looks wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from nnrun.data.profile.column_profile import ColumnProfile, profile_column
from nnrun.data.profile.raw_table import RawColumn, RawTable, joined
from nnrun.data.profile.repeated_rows import count_repeated, count_shared, row_keys
from nnrun.data.profile.suspicions import (
    Suspicion,
    imbalanced,
    shared_rows,
    suspicious_columns,
    torn_groups,
    untrained,
)

TRAINING = "training"
# The only part of a file that no experiment names.
WHOLE = "file"


@dataclass(frozen=True)
class ClassCounts:
    """The rows of each class of a target.

    Args:
        target: the target.
        classes: the names of the classes that occur.
        counts: of each part the rows of each class.
    """

    target: str
    classes: tuple[str, ...]
    counts: Mapping[str, tuple[int, ...]]

    @property
    def totals(self) -> tuple[int, ...]:
        """The rows of each class in all parts together."""
        return tuple(map(sum, zip(*self.counts.values(), strict=True)))


@dataclass(frozen=True)
class DataProfile:
    """What data hold, in their own units.

    Args:
        rows: the rows of each part, by its name.
        columns: the columns, over the rows of all parts.
        classes: of each target that is a class label the rows of each class.
        repeated: how many rows are equal to an earlier one.
        shared: of the validation and test set the rows that are in the training set too.
        suspicions: what should be looked at before training.
    """

    rows: Mapping[str, int]
    columns: tuple[ColumnProfile, ...]
    classes: tuple[ClassCounts, ...]
    repeated: int
    shared: Mapping[str, int]
    suspicions: tuple[Suspicion, ...]


def profile_data(tables: Mapping[str, RawTable]) -> DataProfile:
    """The profile of data.

    Args:
        tables: the parts by name: `training`, and `validation` and `test` where there are such; or one of any name.
    """
    whole = joined(tables)
    rows = {name: table.rows for name, table in tables.items()}
    columns = tuple(map(profile_column, whole.columns))
    classes = tuple(_class_counts(tables))
    keys = {name: row_keys(table) for name, table in tables.items()}
    shared = {name: count_shared(keys[name], keys[TRAINING]) for name in keys if TRAINING in keys and name != TRAINING}
    suspicions = [
        *suspicious_columns(whole, columns),
        *torn_groups(tables),
        *shared_rows(shared, rows),
        *(found for one in classes for found in _suspicious_classes(one)),
    ]
    return DataProfile(
        rows,
        columns,
        classes,
        count_repeated([key for part in keys.values() for key in part]),
        shared,
        tuple(suspicions),
    )


def _suspicious_classes(classes: ClassCounts) -> Iterator[Suspicion]:
    yield from imbalanced(classes.target, dict(zip(classes.classes, classes.totals, strict=True)))
    if TRAINING in classes.counts:
        trained = dict(zip(classes.classes, classes.counts[TRAINING], strict=True))
        yield from untrained(classes.target, trained)


def _class_counts(tables: Mapping[str, RawTable]) -> Iterator[ClassCounts]:
    first, *_ = tables.values()
    for i, column in enumerate(first.columns):
        if column.kind == "class":
            yield _counts_of(column, {name: table.columns[i] for name, table in tables.items()})


def _counts_of(column: RawColumn, parts: Mapping[str, RawColumn]) -> ClassCounts:
    found = {name: np.unique(part.known, return_counts=True) for name, part in parts.items()}
    values = np.unique(np.concatenate([values for values, _ in found.values()]))  # (classes,)
    counts = {}
    for name, (own, numbers) in found.items():
        each = dict(zip(own.tolist(), numbers.tolist(), strict=True))
        counts[name] = tuple(each.get(value, 0) for value in values.tolist())
    return ClassCounts(column.name, tuple(map(column.text_of, values.tolist())), counts)
