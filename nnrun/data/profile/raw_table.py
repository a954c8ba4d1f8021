"""Rows in the data's own units, column by column: what a profile is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from nnrun.data.dataset import Array, Part
from nnrun.data.rows import flat_rows
from nnrun.experiment.columns import Column, Columns

Role = Literal["input", "split", "target", "weight"]
Kind = Literal["number", "text", "class", "vector", "image"]


@dataclass(frozen=True, eq=False)
class RawColumn:
    """A column of some rows.

    Args:
        name: its name.
        role: what it is for; `split` for a column that only splits the rows.
        kind: what its values are.
        values: (rows, …): numbers, not a number where a cell is missing; of a text or class column with categories
            their positions, (rows, 1), −1 where a cell is missing.
        categories: the different texts; of classes that are numbers, none.
        image: height and width of the grey image whose pixels a row holds.
        is_free: whether its texts are free ones, each of several words.
    """

    name: str
    role: Role
    kind: Kind
    values: Array
    categories: tuple[str, ...] = ()
    image: tuple[int, ...] = ()
    is_free: bool = False

    @property
    def missing(self) -> Array:
        """Whether each row has no value, (rows,)."""
        if self.categories:
            return np.asarray(self.values[:, 0] < 0)
        return np.asarray(np.isnan(flat_rows(self.values)).any(axis=1))

    @property
    def known(self) -> Array:
        """The values of the rows that have one, (known rows, …)."""
        return self.values[~self.missing]

    def text_of(self, value: float) -> str:
        """A value of a text or class column in words."""
        if self.categories:
            return self.categories[int(value)]
        return str(int(value)) if float(value).is_integer() else f"{value:g}"


@dataclass(frozen=True, eq=False)
class RawTable:
    """Some rows: a part of the data, or all of a file.

    Args:
        columns: the columns.
        numbers: the number of each row in the data, from 1, (rows,).
    """

    columns: tuple[RawColumn, ...]
    numbers: Array

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.numbers)


def raw_table(columns: Columns, part: Part) -> RawTable:
    """A part of the data before it is prepared, as a table.

    Args:
        columns: the columns of the generator.
        part: its rows; texts as positions among the categories.
    """
    numbers = part.numbers if part.numbers is not None else 1 + np.arange(part.rows)
    weights = () if part.weights is None else (RawColumn("sample_weight", "weight", "number", _rows(part.weights)),)
    return RawTable((*_columns(columns, part), *weights), numbers)


def joined(tables: Mapping[str, RawTable]) -> RawTable:
    """The rows of all parts below one another, in the order of the data where it is known."""
    parts = list(tables.values())
    numbers = np.concatenate([part.numbers for part in parts])  # (rows,)
    order = np.argsort(numbers, kind="stable") if len(np.unique(numbers)) == len(numbers) else np.arange(len(numbers))
    columns = (
        replace(column, values=np.concatenate([part.columns[i].values for part in parts])[order])
        for i, column in enumerate(parts[0].columns)
    )
    return RawTable(tuple(columns), numbers[order])


def _columns(columns: Columns, part: Part) -> Iterator[RawColumn]:
    for column in columns.inputs:
        yield _input(column, part.inputs[column.name])
    for column in columns.keys:
        yield replace(_input(column, part.keys[column.name]), role="split")
    for column in columns.targets:
        kind: Kind = "class" if column.is_label or columns.classes is not None else "number"
        values = part.targets[column.name]
        yield RawColumn(column.name, "target", kind if column.width == 1 else "vector", values, column.categories)


def _input(column: Column, values: Array) -> RawColumn:
    if column.categories:
        free = column.text is not None
        return RawColumn(column.name, "input", "text", values, column.categories, is_free=free)
    kind: Kind = "image" if column.image else "number" if column.shape == (1,) else "vector"
    return RawColumn(column.name, "input", kind, values, image=column.image)


def _rows(values: Array) -> Array:
    return values.reshape(-1, 1)
