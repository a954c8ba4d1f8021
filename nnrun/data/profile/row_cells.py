"""Rows as cells: numbers with the digits of their type, texts as the data have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from nnrun.data.dataset import Array, Part
from nnrun.data.profile.raw_table import RawColumn, RawTable
from nnrun.data.rows import flat_rows, plain_numbers
from nnrun.experiment.columns import Column, feature_names
from nnrun.number_text import short

# The most numbers of a row's vector that are shown one by one.
MOST_NUMBERS = 16

Named = tuple[str, list[Any]]


@dataclass(frozen=True)
class RowCells:
    """Some rows as cells.

    Args:
        header: the name of each column: `row`, inputs, targets, and `sample_weight` where there is one.
        rows: a cell per column; None for a missing one.
        inputs: how many columns after the first one are inputs.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    inputs: int


def raw_cells(table: RawTable, most: int, *, whole: bool = False) -> RowCells:
    """The first rows of a table, in the data's own units.

    Args:
        table: the rows.
        most: how many rows.
        whole: whether every number of a wide vector has a column, or the vector one that tells its range.
    """
    inputs = [named for c in table.columns if c.role == "input" for named in _raw(c, most, whole)]
    others = [named for c in table.columns if c.role != "input" for named in _raw(c, most, whole)]
    return _cells(table.numbers[:most], inputs, others)


def prepared_cells(part: Part, numbers: Array, columns: Mapping[str, Column], most: int) -> RowCells:
    """The first rows of a part as the network receives them.

    Args:
        part: the rows.
        numbers: the number of each row in the data, from 1, (rows,), where the part does not know it.
        columns: what is known of each column by its name.
        most: how many rows.
    """

    def named(arrays: Mapping[str, Array]) -> list[Named]:
        return [found for name, a in arrays.items() for found in _vector(name, a[:most], columns.get(name), False)]

    weights = [] if part.weights is None else [("sample_weight", plain_numbers(part.weights[:most]))]
    numbers = numbers if part.numbers is None else part.numbers
    return _cells(numbers[:most], named(part.inputs), [*named(part.targets), *weights])


def _cells(numbers: Array, inputs: Sequence[Named], others: Sequence[Named]) -> RowCells:
    columns = [("row", plain_numbers(numbers)), *inputs, *others]
    header, cells = zip(*columns, strict=True)
    return RowCells(header, tuple(zip(*cells, strict=True)), len(inputs))


def _raw(column: RawColumn, most: int, whole: bool) -> Iterator[Named]:
    values, missing = column.values[:most], column.missing[:most]
    if column.kind in ("text", "class"):
        yield column.name, [None if gap else _text(column, v) for v, gap in zip(values[:, 0], missing, strict=True)]
    elif column.kind == "number":
        yield column.name, [None if gap else v for v, gap in zip(plain_numbers(values[:, 0]), missing, strict=True)]
    else:
        yield from _vector(column.name, values, None, whole)


def _text(column: RawColumn, value: Any) -> Any:
    return column.text_of(value) if column.categories or value != int(value) else int(value)


def _vector(name: str, values: Array, column: Column | None, whole: bool) -> Iterator[Named]:
    """A column per number, or one that tells the range of a wide row."""
    flat = flat_rows(values)  # (rows, numbers)
    width = flat.shape[1]
    if width > MOST_NUMBERS and not whole:
        yield name, [f"{width:,} numbers, {short(row.min())} … {short(row.max())}" for row in flat]
        return
    known = feature_names([column]) if column else []
    names = known if len(known) == width else feature_names([Column(name, width)])
    for i, one in enumerate(islice(names, width)):
        yield one, plain_numbers(np.asarray(flat[:, i]))
