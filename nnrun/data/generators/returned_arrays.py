"""What a function of the user's own returns, as named arrays with the headers that arrays in files have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nnrun.data.dataset import Array
from nnrun.data.files.array_header import ArrayHeader
from nnrun.data.generators.generator import GeneratorArguments

_FORMS = "Return (x, y), a mapping of columns, a data frame, or a pair of these, for training and test."


@dataclass(frozen=True, eq=False)
class ReturnedArrays:
    """The arrays of a result.

    Args:
        arrays: by name.
        headers: the shape and type of each.
        training: the array of each column of the rows.
        test: the array of each column of the test set; None without one.
    """

    arrays: Mapping[str, Array]
    headers: Mapping[str, ArrayHeader]
    training: Mapping[str, str]
    test: Mapping[str, str] | None

    def array(self, name: str) -> Array:
        """An array, (rows, …)."""
        return self.arrays[name]


def returned_arrays(given: GeneratorArguments, result: Any) -> ReturnedArrays:
    """The arrays of a result.

    Args:
        given: takes the problems.
        result: arrays (x, y), a mapping from names to arrays, a data frame of pandas or polars, or two of these.

    Raises:
        ExperimentError: it is something else, or an array has items that are neither numbers nor texts.
    """
    sets = list(result) if _is_pair(result) else [result]
    columns = [_columns(given, each) for each in sets]
    if len(columns) == 2 and set(columns[0]) != set(columns[1]):
        given.add("callable", "The training set and the test set of the function must have the same columns.")
    given.finish()
    names = [{name: name for name in columns[0]}, *({name: f"{name} (test)" for name in each} for each in columns[1:])]
    arrays = {names[i][column]: values for i, each in enumerate(columns) for column, values in each.items()}
    headers = {name: ArrayHeader(a.shape, a.dtype.kind, a.dtype.itemsize) for name, a in arrays.items()}
    return ReturnedArrays(arrays, headers, names[0], names[1] if len(names) > 1 else None)


def _is_pair(result: Any) -> bool:
    return isinstance(result, tuple | list) and len(result) == 2 and all(map(_is_set, result))


def _is_set(value: Any) -> bool:
    return isinstance(value, tuple | Mapping) or _is_frame(value)


def _is_frame(value: Any) -> bool:
    return hasattr(value, "columns") and hasattr(value, "to_numpy")


def _columns(given: GeneratorArguments, rows: Any) -> dict[str, Array]:
    if isinstance(rows, Mapping):
        named = dict(rows)
    elif _is_frame(rows):
        named = {name: rows[name].to_numpy() for name in rows.columns}
    elif isinstance(rows, tuple | list) and len(rows) == 2:
        named = dict(zip(("x", "y"), rows, strict=True))
    else:
        given.add("callable", f"The function returns rows in no known form. Received: {type(rows).__name__}", _FORMS)
        given.finish()
    return {str(name): _array(given, str(name), values) for name, values in named.items()}


def _array(given: GeneratorArguments, name: str, values: Any) -> Array:
    """The array of a column; objects that are all texts or all numbers become such, missing ones empty or NaN."""
    import numpy as np

    if isinstance(values, np.ma.MaskedArray):  # NumPy would take the values under the mask
        unmasked = values.data.astype(object)
        unmasked[np.ma.getmaskarray(values)] = None
        values = unmasked
    try:
        array = np.asarray(values.to_numpy() if hasattr(values, "to_numpy") else values)
    except ValueError as error:
        given.add("callable", f'The column "{name}" must have rows of one shape: {error}')
        return np.zeros((1, 1))
    if array.dtype.kind != "O":
        return array.astype(str) if array.dtype.kind == "T" else array
    cells = [None if _is_missing(cell) else cell for cell in array.reshape(-1)]
    if all(cell is None or isinstance(cell, str) for cell in cells) and any(cells):
        return np.array(["" if cell is None else cell for cell in cells]).reshape(array.shape)
    try:
        return np.array([np.nan if cell is None else float(cell) for cell in cells]).reshape(array.shape)
    except (TypeError, ValueError):
        wrong = next(cell for cell in cells if cell is not None and not isinstance(cell, int | float))
        received = f"{type(wrong).__name__}, {str(wrong)[:60]}"
        given.add("callable", f'The column "{name}" must hold numbers alone, or texts alone. Received: {received}')
        return np.zeros((len(array), 1))


def _is_missing(cell: Any) -> bool:
    """Whether a cell of a data frame is empty: None, NaN, or what pandas has for it."""
    if isinstance(cell, float):  # NumPy's are Python's, too
        return cell != cell
    return cell is None or type(cell).__name__ in ("NAType", "NaTType")
