"""The one array of an npy file as the columns that new rows must have."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.files.array_header import read_header
from nnrun.errors import ExperimentError, Problem, listed
from nnrun.experiment.columns import Column, Columns

_MAGIC = b"\x93NUMPY"
_HINT = "An npy file is what numpy.save writes: one array of numbers or texts, its first axis the rows."


def is_npy(content: bytes) -> bool:
    """Whether a file begins as an npy file."""
    return content.startswith(_MAGIC)


def npy_columns(content: bytes, source: str, columns: Columns, *, evaluated: bool) -> dict[str, Array]:
    """The columns of an array: the input columns side by side, and the targets behind them.

    Args:
        content: the bytes of the file.
        source: the file as the user named it.
        columns: the columns as the model was trained with them.
        evaluated: whether the targets must be there.

    Returns:
        The array of each column, (rows, …): the whole array where it is the only column, else the cell of each column,
        or as many numbers as the network takes of it.

    Raises:
        ExperimentError: it is no npy file of numbers or texts, or its rows have another number of them.
    """
    array = _read(content, source)
    flat = array.reshape(len(array), -1)
    targets = {column.name: 1 for column in columns.targets}
    for behind in [targets] if evaluated else [{}, targets]:
        for widths in (_cells(columns.inputs), _numbers(columns.inputs)):
            if widths and sum(widths.values()) + len(behind) == flat.shape[1]:
                sizes = widths | behind
                parts = np.split(flat, np.cumsum([*sizes.values()])[:-1], axis=1)
                return {next(iter(sizes)): array} if len(sizes) == 1 else dict(zip(sizes, parts, strict=True))
    numbers = sum(_numbers(columns.inputs).values())
    names = listed([column.name for column in columns.inputs])
    message = f"A row of {source} must have {numbers:,} number{'s' * (numbers != 1)} ({names})"
    message += f", and the targets behind them ({listed([*targets])})" if evaluated else ""
    raise ExperimentError(f"{message}. Received: an array of shape {array.shape}")


def _read(content: bytes, source: str) -> Array:
    stream = io.BytesIO(content)
    try:
        header = read_header(stream)
        if header.bytes > len(content) - stream.tell():
            raise ValueError("it ends too early")
        if header.kind not in "biufUS":
            raise ValueError(f"it has the type {header.type_name}")
        if not header.shape or not header.shape[0]:
            raise ValueError(f"it has no rows, its shape is {header.shape}")
        stream.seek(0)
        found: Array = np.lib.format.read_array(stream, allow_pickle=False)
        return found
    except ValueError as error:
        raise ExperimentError(Problem(f"{source} is not an array that can be used: {error}.", hint=_HINT)) from error


def _cells(columns: Sequence[Column]) -> dict[str, int]:
    """A cell for each column; nothing where one has several."""
    return {column.name: 1 for column in columns} if all(column.is_one_cell for column in columns) else {}


def _numbers(columns: Sequence[Column]) -> dict[str, int]:
    """The numbers of each column."""
    return {column.name: column.width for column in columns}
