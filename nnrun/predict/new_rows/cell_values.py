"""The cells of a column as the numbers that the network takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nnrun.data.class_labels import MAX_CLASSES
from nnrun.data.dataset import Array, as_column
from nnrun.data.files.cell_text import is_missing
from nnrun.data.predict_settings import not_one_hot
from nnrun.data.preparation.missing import fill_missing
from nnrun.data.preparation.words import encode_positions
from nnrun.data.rows import flat_rows
from nnrun.errors import did_you_mean, listed, shown
from nnrun.experiment.columns import Column
from nnrun.predict.new_rows.new_rows import Fault, WantedColumn


def number_fault(row: int, column: str, received: str, hint: str | None = None) -> Fault:
    """A cell that is no number."""
    return Fault(row, column, f'The column "{column}" takes a finite number. Received: {shown(received)}', hint)


def text_fault(row: int, column: Column, received: str) -> Fault:
    """A text that the training data did not have."""
    hint = did_you_mean(received, column.categories) or f"The texts are: {listed(column.categories)}."
    return Fault(row, column.name, f'The column "{column.name}" has no text {shown(received)}.', hint)


def position_of(wanted: WantedColumn, text: str) -> int | None:
    """The number of a cell of a text column: the class label of a target, the position of an input's text.

    Args:
        wanted: the column.
        text: the cell; empty for a missing one.

    Returns:
        None for a text that cannot be used.
    """
    column = wanted.column
    if wanted.is_target:
        return column.categories.index(text) if text in column.categories else None
    encoding = column.word_encoding
    if encoding.missing and text not in encoding.words and is_missing(text):
        return encoding.missing_position
    return encoding.position(text)


def free_texts(column: Column, texts: Sequence[str], faults: list[Fault]) -> Array:
    """The cells of a column of free texts, objects, (rows, 1); an empty one is a fault."""
    for row, text in enumerate(texts):
        if not text:
            faults.append(Fault(row, column.name, f'The column "{column.name}" has no text in this row.'))
    return np.array(texts, object).reshape(-1, 1)


def from_codes(wanted: WantedColumn, codes: Array) -> Array:
    """The values of a text column: numbers as its encoding has them, or class labels of a target.

    Args:
        wanted: the column.
        codes: the position of each cell, as `position_of` gives it, (rows,).
    """
    if wanted.is_target:
        return as_column(codes, "int32")
    return encode_positions(wanted.column.word_encoding, codes)


def from_numbers(wanted: WantedColumn, numbers: Array, faults: list[Fault]) -> Array:
    """The values of a column of numbers.

    Args:
        wanted: the column.
        numbers: float64, (rows, …), NaN where one is missing.
        faults: takes what is wrong with them.

    Returns:
        float32, (rows, …) of the column's shape; int32 (rows, 1) for class labels.
    """
    column = wanted.column
    numbers = _filled(column, numbers)
    with np.errstate(all="ignore"):
        values = numbers.astype(np.float32)  # what is too large becomes infinite
    flat = values.reshape(len(values), -1)
    for row in np.flatnonzero(~np.isfinite(flat).all(axis=1)):
        received = numbers.reshape(flat.shape)[row][~np.isfinite(flat[row])][0]
        faults.append(number_fault(int(row), column.name, f"{received:g}"))
    if wanted.is_target and column.is_label:
        faults.extend(_label_faults(column, flat[:, 0]))
        with np.errstate(all="ignore"):
            return as_column(flat[:, 0], "int32")
    if column.categories and not wanted.is_target and column.word_encoding.kind != "integer":
        faults.extend(_one_hot_faults(column, flat))
    return values.reshape(len(values), *column.shape)


def _filled(column: Column, numbers: Array) -> Array:
    """The numbers with what stands for missing ones; (rows, 1) of a column with an indicator become (rows, 2)."""
    if not column.fill or (column.has_indicator and flat_rows(numbers).shape[1] != 1):
        return numbers  # nothing may be missing, or the indicator is given
    shape = (1,) if column.has_indicator else column.shape
    fill = np.array(column.fill).reshape(shape)
    return fill_missing(numbers.reshape(-1, *shape), fill, indicator=column.has_indicator).astype(np.float64)


def _label_faults(column: Column, values: Array) -> Iterator[Fault]:
    wrong = (values < 0) | (values != np.floor(values)) | (values >= MAX_CLASSES)
    for row in np.flatnonzero(wrong & np.isfinite(values)):
        message = f'The column "{column.name}" takes class labels, whole numbers from 0. Received: {values[row]:g}'
        yield Fault(int(row), column.name, message)


def _one_hot_faults(column: Column, flat: Array) -> Iterator[Fault]:
    wrong = ~(((flat == 0) | (flat == 1)).all(axis=1) & (flat.sum(axis=1) == 1))
    for row in np.flatnonzero(wrong & np.isfinite(flat).all(axis=1)):
        yield Fault(int(row), column.name, not_one_hot(column), f"The texts are: {listed(column.categories)}.")
