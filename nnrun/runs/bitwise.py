"""Whether two trainings gave the same result, bit for bit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.errors import ResumeError
from nnrun.runs import layout
from nnrun.runs.arrays import read_arrays
from nnrun.runs.checkpoint import find_checkpoint

if TYPE_CHECKING:
    from nnrun.runs.arrays import Array

_GROUPS = ("epochs", "state", "history", "trace")


def training_result(folder: Path) -> dict[str, Array]:
    """Everything that a training computes, as arrays: weights, optimizer, random generators, metrics; not its duration.

    Raises:
        StorageError, ResumeError: the run in `folder` is not complete.
    """
    found = find_checkpoint(folder)
    if found is None:
        raise ResumeError(f"{folder} has no checkpoint.")
    computed = {
        name: array
        for name, array in found.checkpoint.arrays.items()
        if name.partition("/")[0] in _GROUPS and name != "history/seconds"
    }
    return computed | {f"weights/{name}": array for name, array in read_arrays(folder / layout.WEIGHTS).items()}


def different_arrays(first: Mapping[str, Array], second: Mapping[str, Array]) -> list[str]:
    """The names of the arrays that are not the same, bit for bit, or that are missing in one of the two."""
    names = dict.fromkeys([*first, *second])
    return [name for name in names if name not in first or name not in second or not _same(first[name], second[name])]


def _same(first: Array, second: Array) -> bool:
    return first.dtype == second.dtype and first.shape == second.shape and first.tobytes() == second.tobytes()
