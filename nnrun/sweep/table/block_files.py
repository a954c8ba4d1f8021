"""The blocks of a running sweep: a file each, whole or not there, so that nothing is lost with a killed process."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from nnrun.data.dataset import Array
from nnrun.errors import Problem, StorageError
from nnrun.runs import layout
from nnrun.runs.arrays import to_bytes
from nnrun.runs.atomic import write_bytes
from nnrun.runs.storage_errors import storage_errors
from nnrun.sweep.table.array_parts import NpzRows
from nnrun.sweep.table.trial_block import TrialBlock, from_arrays, to_arrays

_DIGITS = 12  # of the digest in a file's name


def write_block(folder: Path, block: TrialBlock) -> Path:
    """Writes a block of trials into a file of its own, durably; its path.

    The name begins with a number, so that of two blocks with the same trial the later one is known, and ends with a
    digest, so that two processes never write the same file.

    Args:
        folder: the sweep's folder.
        block: at least one trial.

    Raises:
        StorageError: the file could not be written.
    """
    blocks = folder / layout.BLOCKS
    with storage_errors("create", blocks):
        blocks.mkdir(exist_ok=True)
    number = max((_number(path) for path in block_paths(folder)), default=0) + 1
    data = to_bytes(to_arrays(block))
    digest = hashlib.sha256(data).hexdigest()[:_DIGITS]
    path = blocks / f"{number:06}-{block.index.min()}-{block.index.max()}-{digest}.npz"
    write_bytes(path, data)
    return path


def block_paths(folder: Path) -> list[Path]:
    """The files of the blocks of a sweep, in the order in which they were written."""
    found = (folder / layout.BLOCKS).glob("[0-9]*-*-*-*.npz")
    return sorted(found, key=lambda path: (_number(path), path.name))


def _number(path: Path) -> int:
    return int(path.name.partition("-")[0])


def stored_files(folder: Path) -> list[NpzRows]:
    """The files that hold the trials of a sweep: `trials.npz` first, then the blocks; a torn block is left out.

    Raises:
        StorageError: `trials.npz` cannot be read.
    """
    path = folder / layout.TRIALS_ARRAYS
    files = []
    if path.exists():
        with storage_errors("read", path):
            try:
                files.append(NpzRows(path))
            except ValueError as error:
                raise StorageError(Problem(f"{path} is not the table of a sweep: {error}.")) from error
    for block in block_paths(folder):
        with suppress(ValueError, OSError):
            files.append(NpzRows(block, verify=True))
    return files


def read_blocks(folder: Path) -> Iterator[TrialBlock]:
    """The blocks of a sweep in the order in which they were written; a torn one is left out."""
    for path in block_paths(folder):
        with suppress(ValueError, OSError, KeyError):
            file = NpzRows(path, verify=True)
            yield from_arrays({name: file.read(name) for name in file.arrays})


def finished_indices(folder: Path) -> Array:
    """The numbers of the finished trials of a sweep, ascending; int64, (trials,).

    Raises:
        StorageError: `trials.npz` cannot be read.
    """
    found = [file.read("index") for file in stored_files(folder)]
    return np.unique(np.concatenate([np.zeros(0, np.int64), *found]))
