"""`nnrun.predict`: the predictions of a trained run for rows as Python has them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nnrun.api.stored import AnyPath, Run, load
from nnrun.errors import ExperimentError, Problem, UsageError
from nnrun.machine import code_access, data_folders, keras_home

if TYPE_CHECKING:
    from nnrun.api.stored import Array, Predicted
    from nnrun.experiment.columns import Column
    from nnrun.runs.stored_weights import WhichWeights

# What messages call the rows.
_SOURCE = "rows"


def predict(
    run: AnyPath | Run,
    rows: Any,
    *,
    proba: bool = False,
    weights: WhichWeights = "kept",
    runs_dir: AnyPath | None = None,
    allow_code: bool = False,
) -> Predicted:
    """The predictions of a trained run for rows, prepared as its training data were.

    Args:
        run: the run, as `load` takes it.
        rows: a data frame or a mapping with an array per column, by name, in any order, other columns ignored; an array
            or a list of rows whose numbers and texts are in the order of the input columns; or a list of mappings. Of
            a run whose samples are windows every window of the rows is predicted, in the order of their series where
            the rows have names, else as one series in order; an array (samples, length, features) has the windows
            themselves.
        proba: whether to return the probabilities of the classes instead of the classes.
        weights: which weights, as for `Run.model`.
        runs_dir: the folder of all runs; by default `NNRUN_RUNS_DIR`, else `runs`.
        allow_code: whether to run the Python code that the run is made of; without it that is refused.

    Returns:
        Classes by their names in the data, (rows,), their probabilities, (rows, classes), or numbers in the units of
        the data, (rows, …); of a network with several outputs by the names of their targets.

    Raises:
        ExperimentError: a column is missing, a number or text cannot be used, or the run predicts no classes.
        StorageError: there is no such run, or a file of it is missing or damaged.
    """
    from nnrun.predict.new_rows.array_rows import array_rows
    from nnrun.predict.new_rows.new_rows import WantedColumn
    from nnrun.predict.new_rows.read_rows import refuse_unknown_indices
    from nnrun.predict.new_rows.series_keys import wanted_keys
    from nnrun.predict.new_rows.windowed_rows import windowed_rows
    from nnrun.runs.trained_files import read_trained

    folder = load(run, runs_dir=runs_dir).path
    code = code_access(allow_code)
    files = read_trained(folder, weights, keras_home=keras_home(), data_folders=data_folders(), code=code)
    experiment = files.experiment
    cut = experiment.columns.rows is not None and getattr(rows, "ndim", 2) == 3  # (samples, length, features)
    columns = (experiment.columns if cut else experiment.columns.of_rows).inputs
    arrays, wanted = _arrays(rows, columns), [WantedColumn(column) for column in columns]
    if not cut and not _is_in_order(rows):
        wanted += wanted_keys(experiment)
    given = array_rows(arrays, _SOURCE, experiment, wanted)
    given = given if cut else windowed_rows(given, experiment)
    refuse_unknown_indices(given, experiment, files.data.input_scaling)

    from nnrun.predict.prediction_arrays import prediction_arrays
    from nnrun.predict.trained_run import load_network

    outputs = load_network(files).predict(given.part)
    found = prediction_arrays(experiment, outputs, probabilities=proba)
    prefix = "p_" if proba else "predicted_"
    named = {name.removeprefix(prefix): array for name, array in found.items() if name.startswith(prefix)}
    if not named:
        raise ExperimentError(Problem(f"The run {folder} predicts no classes.", hint="Leave proba out."))
    return next(iter(named.values())) if len(experiment.outputs) == 1 else named


def _arrays(rows: Any, columns: Sequence[Column]) -> dict[str, Array]:
    """The rows as an array per column."""
    import numpy as np

    if isinstance(rows, str | os.PathLike) or not (hasattr(rows, "__iter__") or hasattr(rows, "to_numpy")):
        message = f"Rows are a data frame, a mapping, an array or a list. Received: {str(rows)[:80]}"
        raise UsageError(Problem(message, hint="Read a file first, as with pandas.read_csv."))
    if isinstance(rows, Mapping):
        return {str(name): _array(values) for name, values in rows.items()}
    if hasattr(rows, "columns") and hasattr(rows, "to_numpy"):  # a data frame, whose columns may be of several types
        return {str(name): _array(rows[name]) for name in rows.columns}
    if hasattr(rows, "to_numpy"):
        rows = rows.to_numpy()
    if isinstance(rows, np.ndarray) and rows.dtype.kind in "biuf":
        return _split(rows, columns)
    listed = rows.tolist() if isinstance(rows, np.ndarray) else list(rows)
    if listed and all(isinstance(row, Mapping) for row in listed):
        names = dict.fromkeys(name for row in listed for name in row)
        return {str(name): _array([row.get(name) for row in listed]) for name in names}
    if not _holds_texts(listed):
        return _split(_array(listed), columns)
    return _cells(listed, [column.name for column in columns])


def _is_in_order(rows: Any) -> bool:
    """Whether the cells of rows have no names: an array, or a list of lists."""
    if isinstance(rows, Mapping) or hasattr(rows, "columns"):
        return False
    return not (isinstance(rows, Sequence) and len(rows) and isinstance(rows[0], Mapping))


def _array(values: Any) -> Array:
    """An array of numbers, or of texts."""
    import numpy as np

    array = values.to_numpy() if hasattr(values, "to_numpy") else values
    try:
        array = np.asarray(array)
    except ValueError as error:
        raise ExperimentError(f"The {_SOURCE} must all have the same length.") from error
    return np.array(array.tolist()) if array.dtype.kind == "O" else array


def _holds_texts(rows: Iterable[Any]) -> bool:
    return any(isinstance(cell, str) for row in rows for cell in ([row] if isinstance(row, str) else _iterated(row)))


def _iterated(row: Any) -> Iterable[Any]:
    return row if isinstance(row, Sequence) else ()


def _cells(rows: Sequence[Any], names: Sequence[str]) -> dict[str, Array]:
    """Rows of numbers and texts, a cell for every input column."""
    cells = [[row] if isinstance(row, str) else [*row] for row in rows]
    for i, row in enumerate(cells):
        if len(row) != len(names):
            raise _wrong_width(f"row {i + 1}", len(row), len(names), names)
    return {name: _array([row[i] for row in cells]) for i, name in enumerate(names)}


def _split(rows: Array, columns: Sequence[Column]) -> dict[str, Array]:
    """The columns of an array of numbers, in which the input columns are side by side."""
    import numpy as np

    widths = [column.width for column in columns]
    flat = rows.reshape(len(rows), -1) if rows.ndim and len(rows) else rows
    if flat.ndim != 2 or flat.shape[1] != sum(widths):
        received = flat.shape[1] if flat.ndim == 2 else 0
        raise _wrong_width("A row", received, sum(widths), [column.name for column in columns])
    parts = np.split(flat, np.cumsum(widths)[:-1], axis=1)
    return {column.name: part for column, part in zip(columns, parts, strict=True)}


def _wrong_width(what: str, received: int, expected: int, names: Sequence[str]) -> ExperimentError:
    from nnrun.errors import listed

    message = f"{what[0].upper()}{what[1:]} must have {expected} numbers or texts. Received: {received}"
    return ExperimentError(Problem(message, hint=f"The input columns are {listed(names)}."))
