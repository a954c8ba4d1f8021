"""The weights that a network starts from: those of another run, held against the digest that they must have."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.errors import ExperimentError, Problem, StorageError, listed
from nnrun.experiment.start_section import StartSettings
from nnrun.runs.record import read_record
from nnrun.runs.stored_weights import StoredWeights, read_weights

if TYPE_CHECKING:
    from nnrun.runs.arrays import Array

_MOVED = "Restore that run, or name it where it is now: --set start.run=PATH. To start from these: --start-from RUN"


def read_start_weights(start: StartSettings) -> StoredWeights:
    """The weights of the run and the epoch, of the layers that get them.

    Args:
        start: the settings; its run is a folder.

    Raises:
        ExperimentError: the folder is not that of a run, it has not stored these weights, they are damaged, one of the
            layers has none, or they do not have the expected digest.
    """
    folder = Path(start.run)
    try:
        found = read_weights(folder, read_record(folder), start.epoch)
    except (ExperimentError, StorageError) as error:
        place = start.place if isinstance(error, StorageError) else start.epoch_place
        raise ExperimentError(*(replace(problem, place=place) for problem in error.problems)) from error
    arrays = {name: array for name, array in found.arrays.items() if start.takes(layer_of(name))}
    _refuse_layers_without(start, found)
    if start.sha256 not in (None, digest_of(arrays)):
        message = f"The weights of {folder} are not those that the run was started from: they have changed."
        raise ExperimentError(Problem(message, start.place, _MOVED))
    return StoredWeights(found.path, found.epoch, arrays)


def layer_of(name: str) -> str:
    """The layer of a weight, such as `dense` of `dense/kernel`."""
    return name.partition("/")[0]


def digest_of(arrays: Mapping[str, Array]) -> str:
    """The SHA-256 of named arrays, in hexadecimal digits."""
    import numpy as np

    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _refuse_layers_without(start: StartSettings, found: StoredWeights) -> None:
    known = list(dict.fromkeys(map(layer_of, found.arrays)))
    for layer in start.layers or ():
        if layer not in known:
            message = f'The run {start.run} has no weights of a layer "{layer}".'
            hint = f"Its layers with weights are {listed(known)}."
            raise ExperimentError(Problem(message, start.layers_place, hint))
