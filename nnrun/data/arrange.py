"""Columns brought together into the arrays that a network takes and gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nnrun.data.dataset import Array, Part
from nnrun.errors import ExperimentError


def stack_inputs(part: Part, groups: Sequence[Sequence[str]]) -> list[Array]:
    """One array for each input of a network.

    Args:
        part: the rows.
        groups: for each input of the network, the names of its input columns.

    Returns:
        For each group its columns side by side, (rows, sum of the widths); a lone column as it is.

    Raises:
        ExperimentError: a group joins a column of several dimensions with another one.
    """
    return [_stack(part.inputs, group) for group in groups]


def stack_targets(part: Part, groups: Sequence[Sequence[str]]) -> list[Array]:
    """One array for each output of a network.

    Args:
        part: the rows.
        groups: for each output of the network, the names of its target columns.

    Returns:
        For each group its columns side by side, (rows, sum of the widths), int32 where all of them are labels and
        float32 elsewhere; a lone column as it is.
    """
    return [_stack(part.targets, group) for group in groups]


def _stack(columns: Mapping[str, Array], group: Sequence[str]) -> Array:
    if len(group) == 1:
        return columns[group[0]]
    arrays = [columns[name] for name in group]  # each (rows, width)
    if any(array.ndim > 2 for array in arrays):
        shapes = ", ".join(f"{name} {array.shape[1:]}" for name, array in zip(group, arrays, strict=True))
        raise ExperimentError(f"Columns can be concatenated only where each row is a vector. Received: {shapes}")
    dtype = np.int32 if all(array.dtype == np.int32 for array in arrays) else np.float32
    return np.concatenate(arrays, axis=-1, dtype=dtype, casting="same_kind")  # (rows, sum of widths)
