"""Rows as a network takes them: one array per input and output, the columns of each side by side."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from nnrun.data.dataset import Array, ColumnScale, Part
from nnrun.errors import ExperimentError

if TYPE_CHECKING:  # rows of a file that no experiment names need no experiment
    from nnrun.experiment.columns import Column
    from nnrun.experiment.experiment import ClassWeight, Experiment, Input


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows for a network: one array per input and one per output, all of the same length.

    Args:
        inputs: each (rows, …), as the network's inputs.
        targets: each (rows, …), as the network's outputs.
        weights: the sample weights, float32, (rows,); None where all are 1.
    """

    inputs: tuple[Array, ...]
    targets: tuple[Array, ...]
    weights: Array | None = None

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self.inputs[0])

    def take(self, rows: Array | slice) -> Rows:
        """The rows of the given numbers, in that order."""
        weights = None if self.weights is None else self.weights[rows]
        return Rows(tuple(a[rows] for a in self.inputs), tuple(a[rows] for a in self.targets), weights)

    def flat(self) -> tuple[Array, ...]:
        """All arrays: the inputs, the targets, and the weights where there are any."""
        return (*self.inputs, *self.targets, *(() if self.weights is None else (self.weights,)))

    def batch(self, arrays: Iterable[Any] | None = None) -> tuple[Any, ...]:
        """`(x, y)` or `(x, y, weights)` as Keras takes a batch: lists only where there are several inputs or outputs.

        Args:
            arrays: arrays or tensors in the order of `flat`; by default these rows' own.
        """
        listed = list(self.flat() if arrays is None else arrays)
        first, last = len(self.inputs), len(self.inputs) + len(self.targets)
        return (single(listed[:first]), single(listed[first:last]), *listed[last:])


def network_rows(experiment: Experiment, part: Part) -> Rows:
    """A part of the data as the experiment's network takes it."""
    return Rows(tuple(input_arrays(experiment, part)), tuple(target_arrays(experiment, part)), part.weights)


def training_rows(experiment: Experiment, part: Part) -> Rows:
    """The training set as the network takes it, its rows weighted by class where the experiment has class weights."""
    rows = network_rows(experiment, part)
    if experiment.class_weight is None:
        return rows
    by_class = class_weights(rows.targets[0], experiment.class_weight)
    return replace(rows, weights=by_class if rows.weights is None else rows.weights * by_class)


def rows_digest(training: Rows, validation: Rows | None) -> str:
    """The SHA-256 of the training and validation set, in hexadecimal digits."""
    digest = hashlib.sha256()
    for rows in (training, validation):
        for array in rows.flat() if rows else ():
            digest.update(f"{array.dtype} {array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def class_weights(targets: Array, weights: ClassWeight) -> Array:
    """The weight of each row by its class, as `fit(class_weight=…)` has it.

    `balanced` gives the class c of k classes the weight rows / (k · rows of c), as scikit-learn does.

    Args:
        targets: labels, (rows,) or (rows, 1), or one-hot vectors, (rows, classes).
        weights: by label; a label that is not named has the weight 1.

    Returns:
        float32, (rows,).
    """
    one_hot = targets.ndim > 1 and targets.shape[-1] > 1
    labels = np.argmax(targets, axis=-1) if one_hot else np.round(targets.reshape(len(targets)))  # (rows,)
    names, inverse, counts = np.unique(labels.astype(np.int64), return_inverse=True, return_counts=True)
    if weights == "balanced":
        table = len(labels) / (len(names) * counts)  # (classes,)
    else:
        table = np.array([weights.get(int(name), 1.0) for name in names])
    return table[inverse].astype(np.float32)


def input_shapes(experiment: Experiment) -> list[tuple[int, ...]]:
    """The shape of a row of each array of `input_arrays`."""
    known = {column.name: column for column in experiment.columns.inputs}
    groups = ([known[name] for name in entry.columns] for entry in experiment.inputs)
    return [group[0].shape if len(group) == 1 else (sum(column.width for column in group),) for group in groups]


def input_arrays(experiment: Experiment, part: Part) -> list[Array]:
    """One array for each input of the experiment's network, as `stack_columns` gives them."""
    return [stack_columns(part.inputs, entry.columns) for entry in experiment.inputs]


def target_arrays(experiment: Experiment, part: Part) -> list[Array]:
    """One array for each output of the experiment's network, as `stack_columns` gives them."""
    return [stack_columns(part.targets, output.targets) for output in experiment.outputs]


def stack_columns(columns: Mapping[str, Array], names: Sequence[str]) -> Array:
    """The named columns side by side.

    Returns:
        (rows, sum of the widths), int32 where all of them are labels and float32 elsewhere; a lone column as it is.

    Raises:
        ExperimentError: several columns are named, and one of them has several dimensions.
    """
    if len(names) == 1:
        return columns[names[0]]
    arrays = [columns[name] for name in names]  # each (rows, width)
    if any(array.ndim > 2 for array in arrays):
        shapes = ", ".join(f"{name} {array.shape[1:]}" for name, array in zip(names, arrays, strict=True))
        raise ExperimentError(f"Columns can be concatenated only where each row is a vector. Received: {shapes}")
    dtype = np.int32 if all(array.dtype == np.int32 for array in arrays) else np.float32
    return np.concatenate(arrays, axis=-1, dtype=dtype, casting="same_kind")  # (rows, sum of widths)


def single(items: list[Any]) -> Any:
    """The only item, or the list where there are several: how Keras takes inputs, outputs, losses and metrics."""
    return items[0] if len(items) == 1 else items


def no_rows(rows: Rows) -> Rows:
    """Rows of the same shapes and types, none of them."""
    return rows.take(np.empty(0, np.int64))


def flat_rows(values: Array) -> Array:
    """Each row as a vector, also where there is no row; (rows, …) to (rows, numbers)."""
    return values.reshape(len(values), int(np.prod(values.shape[1:])))


def plain_numbers(values: Array) -> list[Any]:
    """Plain numbers with no more digits than the array's type holds."""
    if values.dtype.kind in "iu":
        return [int(value) for value in values]
    return [float(str(value)) for value in values]


def input_scale(experiment: Experiment, entry: Input, scales: Mapping[str, ColumnScale]) -> ColumnScale | None:
    """The scale of the columns that an input of the network takes, or None where none of them is scaled."""
    widths = {column.name: column.width for column in experiment.columns.inputs}
    return join_scales(scales, entry.columns, widths)


def join_scales(
    scales: Mapping[str, ColumnScale], columns: Sequence[str], widths: Mapping[str, int] | None = None
) -> ColumnScale | None:
    """The scale of columns that are side by side, or None where none of them is scaled.

    Args:
        scales: the scale of each column that is scaled.
        columns: the names of the columns.
        widths: how many numbers they have; by default 1.
    """
    if not any(column in scales for column in columns):
        return None
    if len(columns) == 1:
        return scales[columns[0]]
    known = widths or {}
    sizes = [known.get(column, 1) for column in columns]
    found = [
        scales.get(column, ColumnScale(np.zeros(size), np.ones(size)))
        for column, size in zip(columns, sizes, strict=True)
    ]

    def joined(values: Sequence[Array | None], default: float) -> Array | None:
        if all(each is None for each in values):
            return None
        return np.concatenate(
            [np.full(size, default) if each is None else each for size, each in zip(sizes, values, strict=True)]
        )

    return ColumnScale(
        np.concatenate([s.offset for s in found]),
        np.concatenate([s.factor for s in found]),
        joined([s.low for s in found], -np.inf),
        joined([s.high for s in found], np.inf),
        joined([s.log for s in found], False),
        joined([s.fill for s in found], np.nan),
    )


def unscaled(part: Part, inputs: Mapping[str, ColumnScale], targets: Mapping[str, ColumnScale]) -> Part:
    """The part in the data's own units."""

    def undo(columns: Mapping[str, Array], scales: Mapping[str, ColumnScale]) -> dict[str, Array]:
        return {name: scales[name].invert(values) if name in scales else values for name, values in columns.items()}

    return replace(part, inputs=undo(part.inputs, inputs), targets=undo(part.targets, targets))


def point_arrays(experiment: Experiment, points: ArrayLike) -> list[Array]:
    """One array for each input of the experiment's network, from points as `part_from_points` takes them."""
    return input_arrays(experiment, part_from_points(experiment.columns.inputs, points))


def part_from_points(columns: Sequence[Column], points: ArrayLike, dtype: DTypeLike = np.float32) -> Part:
    """Points given as rows of numbers, as a part without targets.

    Args:
        columns: the input columns, in the order of their numbers in every point.
        points: each as many numbers as the columns have together.
        dtype: the type of the numbers.
    """
    table = np.asarray(points, dtype)  # (points, numbers)
    inputs, start = {}, 0
    for column in columns:
        width = int(np.prod(column.shape))
        inputs[column.name] = table[:, start : start + width].reshape(-1, *column.shape)
        start += width
    return Part(inputs, {})
