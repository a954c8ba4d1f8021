"""Rows as a network takes them: one array per input and output, the columns of each side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nnrun.data.arrange import stack_inputs, stack_targets
from nnrun.data.dataset import Array, Part, Scale
from nnrun.spec.columns import Column
from nnrun.spec.experiment import Experiment


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows for a network: one array per input and one per output, all of the same length.

    Args:
        inputs: each (rows, …), as the network's inputs.
        targets: each (rows, …), as the network's outputs.
    """

    inputs: tuple[Array, ...]
    targets: tuple[Array, ...]

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self.inputs[0])

    def take(self, rows: Array | slice) -> Rows:
        """The rows of the given numbers, in that order."""
        return Rows(tuple(a[rows] for a in self.inputs), tuple(a[rows] for a in self.targets))

    def flat(self) -> tuple[Array, ...]:
        """All arrays, the inputs first."""
        return (*self.inputs, *self.targets)


def network_rows(experiment: Experiment, part: Part) -> Rows:
    """A part of the data as the experiment's network takes it."""
    inputs = stack_inputs(part, [entry.columns for entry in experiment.inputs])
    targets = stack_targets(part, [output.targets for output in experiment.outputs])
    return Rows(tuple(inputs), tuple(targets))


def as_batch(arrays: Iterable[Any], inputs: int) -> tuple[Any, Any]:
    """`(x, y)` as Keras takes a batch: lists only where there are several inputs or outputs."""
    listed = list(arrays)
    x, y = listed[:inputs], listed[inputs:]
    return single(x), single(y)


def single(items: list[Any]) -> Any:
    """The only item, or the list where there are several: how Keras takes inputs, outputs, losses and metrics."""
    return items[0] if len(items) == 1 else items


def no_rows(rows: Rows) -> Rows:
    """Rows of the same shapes and types, none of them."""
    return rows.take(np.empty(0, np.int64))


def flat_rows(values: Array) -> Array:
    """Each row as a vector, also where there is no row; (rows, …) to (rows, numbers)."""
    return values.reshape(len(values), int(np.prod(values.shape[1:])))


def join_scales(scales: Mapping[str, Scale], columns: Sequence[str]) -> Scale | None:
    """The scale of columns that are side by side, or None where none of them is scaled."""
    if not any(column in scales for column in columns):
        return None
    if len(columns) == 1:
        return scales[columns[0]]
    found = [scales.get(column, Scale(np.zeros(1), np.ones(1))) for column in columns]
    return Scale(np.concatenate([s.offset for s in found]), np.concatenate([s.factor for s in found]))


def unscaled(part: Part, inputs: Mapping[str, Scale], targets: Mapping[str, Scale]) -> Part:
    """The part in the data's own units."""

    def undo(columns: Mapping[str, Array], scales: Mapping[str, Scale]) -> dict[str, Array]:
        return {name: scales[name].invert(values) if name in scales else values for name, values in columns.items()}

    return Part(undo(part.inputs, inputs), undo(part.targets, targets))


def part_from_points(columns: Sequence[Column], points: ArrayLike) -> Part:
    """Points given as rows of numbers, as a part without targets.

    Args:
        columns: the input columns, whose numbers stand side by side in every point.
        points: each as many numbers as the columns have together.
    """
    table = np.asarray(points, np.float32)  # (points, numbers)
    inputs, start = {}, 0
    for column in columns:
        width = int(np.prod(column.shape))
        inputs[column.name] = table[:, start : start + width].reshape(-1, *column.shape)
        start += width
    return Part(inputs, {})
