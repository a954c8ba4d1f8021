"""The columns of several files of trials as one: of one type and shape, with a common list of texts or of epochs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nnrun.data.dataset import Array
from nnrun.sweep.plan.trial import written
from nnrun.sweep.table.array_parts import NpzRows
from nnrun.sweep.table.trial_block import CODE, CURVES, TEXTS, WEIGHTS, curve_epochs

CURVE_EPOCHS = "curve_epochs"


@dataclass(frozen=True, eq=False)
class JoinedColumn:
    """A column of all trials.

    Args:
        dtype: its type.
        tail: the shape of a trial's part.
        fill: what a trial has whose file lacks the column.
        read: reads the rows of one file from a first one to that behind a last one; None where the file lacks it.
        texts: of a column of positions the texts, ascending, else None.
    """

    dtype: np.dtype[np.generic]
    tail: tuple[int, ...]
    fill: float
    read: Callable[[NpzRows, int, int], Array | None]
    texts: Array | None = None


def join_columns(files: Sequence[NpzRows]) -> dict[str, JoinedColumn]:
    """The columns of some files by name, without the endings of columns of texts; those of the first trials first."""
    ordered = sorted(files, key=lambda file: int(file.read("index").min(initial=2**63 - 1)))
    names = dict.fromkeys(name.removesuffix(CODE).removesuffix(TEXTS) for file in ordered for name in file.arrays)
    epochs = joined_epochs(files)
    return {name: _column(name, files, epochs) for name in names if name != CURVE_EPOCHS}


def joined_epochs(files: Sequence[NpzRows]) -> Array:
    """The epochs of the curves of all trials; int32, (points,)."""
    found = [file.read(CURVE_EPOCHS) for file in files if CURVE_EPOCHS in file.arrays]
    if found and all(np.array_equal(found[0], other) for other in found):
        return found[0]
    return curve_epochs(max((int(epochs[-1]) for epochs in found if len(epochs)), default=0))


def _column(name: str, files: Sequence[NpzRows], epochs: Array) -> JoinedColumn:
    if name.startswith(CURVES):
        return _curve(name, epochs)
    dtypes = {file.arrays[name].dtype for file in files if name in file.arrays}
    if len(dtypes) != 1 or any(name + CODE in file.arrays for file in files):
        return _text(name, files)
    if name.startswith(WEIGHTS):
        return _weights(name, files)
    return _plain(name, files)


def _plain(name: str, files: Sequence[NpzRows]) -> JoinedColumn:
    first = next(file.arrays[name] for file in files if name in file.arrays)

    def read(file: NpzRows, start: int, stop: int) -> Array | None:
        return file.read(name, start, stop) if name in file.arrays else None

    return JoinedColumn(first.dtype, first.shape[1:], np.nan if first.dtype.kind == "f" else 0, read)


def _text(name: str, files: Sequence[NpzRows]) -> JoinedColumn:
    """A column of texts; numbers among them, of other types in other files, are written as texts."""
    own = [_texts(name, file) for file in files]
    texts = np.unique(np.concatenate(own))
    dtype = np.dtype(np.uint8) if name == "status" else np.dtype(np.int32)
    if name == "status":
        texts = own[0]

    def read(file: NpzRows, start: int, stop: int) -> Array | None:
        if name + CODE in file.arrays:
            places = _places(texts, file.read(name + TEXTS))
            return np.asarray(places[file.read(name + CODE, start, stop)])
        if name not in file.arrays:
            return None
        values, codes = np.unique(file.read(name, start, stop), return_inverse=True)
        return np.asarray(_places(texts, _written(values))[codes])

    return JoinedColumn(dtype, (), 0, read, texts)


def _places(texts: Array, own: Array) -> Array:
    order = np.argsort(texts, kind="stable")
    return np.asarray(order[np.searchsorted(texts, own, sorter=order)])


def _texts(name: str, file: NpzRows) -> Array:
    if name + TEXTS in file.arrays:
        return file.read(name + TEXTS)
    return _written(np.unique(file.read(name))) if name in file.arrays else np.array([""])


def _written(values: Array) -> Array:
    return np.array([written(value) for value in values.tolist()], np.str_)


def _curve(name: str, epochs: Array) -> JoinedColumn:
    """Curves at the same epochs; at those that a file lacks, between two of its own, they are interpolated."""

    def read(file: NpzRows, start: int, stop: int) -> Array | None:
        if name not in file.arrays:
            return None
        values, own = file.read(name, start, stop), file.read(CURVE_EPOCHS)
        return values if np.array_equal(own, epochs) else _interpolated(values, own, epochs)

    return JoinedColumn(np.dtype(np.float32), (len(epochs),), np.nan, read)


def _interpolated(values: Array, own: Array, epochs: Array) -> Array:
    """Linear interpolation over the epochs; NaN behind the last own one; float32, (n, points)."""
    if not len(own):
        return np.full((len(values), len(epochs)), np.nan, np.float32)
    above = np.minimum(np.searchsorted(own, epochs), len(own) - 1)  # (points,)
    below = np.where(own[above] == epochs, above, np.maximum(above - 1, 0))
    share = (epochs - own[below]) / np.maximum(own[above] - own[below], 1)
    with np.errstate(invalid="ignore"):
        between = values[:, below] + share * (values[:, above] - values[:, below])
    exact = np.where(above == below, values[:, below], between)  # also where it is infinite
    return np.asarray(np.where(epochs <= own[-1], exact, np.nan), np.float32)


def _weights(name: str, files: Sequence[NpzRows]) -> JoinedColumn:
    """Weights in arrays of the largest shape, NaN where a trial's own are smaller or lacking."""
    found = [file.arrays[name] for file in files if name in file.arrays]
    axes = max(len(array.shape) for array in found)
    shapes = [(*array.shape[1:], *[1] * (axes - len(array.shape))) for array in found]
    tail = tuple(int(size) for size in np.max(np.array(shapes, np.int64).reshape(len(shapes), axes - 1), axis=0))
    whole = len(found) == len(files) and all(shape == tail for shape in shapes)
    dtype = found[0].dtype if whole or found[0].dtype.kind == "f" else np.dtype(np.float64)

    def read(file: NpzRows, start: int, stop: int) -> Array | None:
        if name not in file.arrays:
            return None
        values = file.read(name, start, stop)
        if values.shape[1:] == tail:
            return values
        padded = np.full((len(values), *tail), np.nan, dtype)
        padded[tuple(map(slice, values.shape)) + (0,) * (axes - values.ndim)] = values
        return padded

    return JoinedColumn(dtype, tail, np.nan if dtype.kind == "f" else 0, read)
