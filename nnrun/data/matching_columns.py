"""Whether other rows have the columns of the training rows, and the codes of their texts as those have them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from nnrun.errors import Problem, listed, shown
from nnrun.experiment.allowed_cells import AllowedCells
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.experiment import Component
from nnrun.experiment.text.dump import dump_inline

if TYPE_CHECKING:  # NumPy waits until rows are made
    from nnrun.data.dataset import Array, Part


_WITH_ROLES = ("csv", "jsonl", "parquet", "table")  # generators whose arguments name the inputs and the target
Extent: TypeAlias = tuple[float, float]  # the smallest and the largest number


def find_mismatches(columns: Columns, other: Columns, generator: Component, allowed: AllowedCells) -> Iterator[Problem]:
    """A problem for each column in which other rows differ from those that are trained on.

    Args:
        columns: what the generator of the training rows makes.
        other: what the other generator makes.
        generator: that one.
        allowed: knows which columns may have new texts.
    """
    place, there = generator.place, {column.name for column in (*other.inputs, *other.targets, *other.keys)}
    for kind, ours, theirs in (("input", columns.inputs, other.inputs), ("target", columns.targets, other.targets)):
        known = {column.name: column for column in theirs}
        names = [column.name for column in ours]
        if set(names) != set(known):
            message = f"The {kind} columns must be those of the training rows, {listed(names)}."
            named = f"{'inputs' if kind == 'input' else 'target'}: {dump_inline(names if len(names) > 1 else names[0])}"
            hint = f"Add to its arguments: {named}" if generator.name in _WITH_ROLES and there >= {*names} else None
            yield Problem(f"{message} Received: {listed([*known])}", place, hint)
            continue
        for column in ours:
            may_be_new = kind == "input" and allowed.new_texts(column.name)
            if reason := _mismatch(column, known[column.name], may_be_new=may_be_new):
                yield Problem(f'The {kind} column "{column.name}" must be that of the training rows: {reason}', place)


def _mismatch(column: Column, other: Column, *, may_be_new: bool) -> str | None:
    if bool(column.categories) != bool(other.categories) or column.is_label != other.is_label:
        return f"{_kind(column)}. Received: {_kind(other)}"
    if column.text != other.text:
        return "texts that become numbers in the same way"
    if column.shape != other.shape and not column.categories:
        return f"of shape {column.shape}. Received: {other.shape}"
    new = () if may_be_new else _new_texts(column, other)
    return f"{listed([*column.categories])}. Received: {shown(new[0])}" if new else None


def _kind(column: Column) -> str:
    return "texts" if column.categories or column.text else "class labels" if column.is_label else "numbers"


def _new_texts(column: Column, other: Column) -> tuple[str, ...]:
    known = {*column.categories}
    return tuple(text for text in other.categories if text not in known)


def with_new_texts(columns: Columns, other: Columns, allowed: AllowedCells) -> Columns:
    """The columns with the new texts of other rows behind their own ones, so that every text has a code.

    Args:
        columns: what the generator of the training rows makes.
        other: what the other generator makes.
        allowed: knows which columns may have new texts.
    """
    known = {column.name: column for column in other.inputs if allowed.new_texts(column.name)}
    inputs = (
        replace(each, categories=each.categories + _new_texts(each, known[each.name])) if each.name in known else each
        for each in columns.inputs
    )
    return replace(columns, inputs=tuple(inputs))


def with_extents(columns: Columns, other: Columns) -> Columns:
    """The columns with the targets of other rows among the smallest and largest ones, so that a loss is held to them.

    Args:
        columns: what the generator of the training rows makes.
        other: what the other generator makes.
    """
    known = {column.name: column.extent for column in other.targets}
    targets = tuple(replace(each, extent=_joined(each.extent, known.get(each.name))) for each in columns.targets)
    return replace(columns, targets=targets, classes=_classes(columns, targets))


def _joined(extent: Extent | None, other: Extent | None) -> Extent | None:
    if extent is None or other is None:
        return extent
    return min(extent[0], other[0]), max(extent[1], other[1])


def _classes(columns: Columns, targets: Sequence[Column]) -> int | None:
    """The number of classes of labels from 0, with those of other rows; None where other targets are no such labels."""
    extent = targets[0].extent if len(targets) == 1 else None
    if columns.classes is None or extent is None or targets[0].categories:
        return columns.classes
    low, high = extent
    return max(columns.classes, int(high) + 1) if low == 0 and float(high).is_integer() else None


def matched(part: Part, columns: Columns, other: Columns) -> Part:
    """The rows with the columns in the order of the training rows, and their codes for texts.

    Args:
        part: raw rows of another generator.
        columns: what the generator of the training rows makes.
        other: what this one makes.
    """
    inputs = _in_order(part.inputs, columns.inputs, other.inputs)
    return replace(part, inputs=inputs, targets=_in_order(part.targets, columns.targets, other.targets))


def _in_order(values: dict[str, Array], columns: Sequence[Column], others: Sequence[Column]) -> dict[str, Array]:
    known = {column.name: column for column in others}
    return {column.name: _recoded(values[column.name], column, known[column.name]) for column in columns}


def _recoded(codes: Array, column: Column, other: Column) -> Array:
    """The codes of texts in the order of another column; -1, a missing text, stays."""
    if column.categories == other.categories:
        return codes
    import numpy as np

    position = {text: code for code, text in enumerate(column.categories)}
    table = np.array([*map(position.__getitem__, other.categories), -1], codes.dtype)
    return table[codes]
