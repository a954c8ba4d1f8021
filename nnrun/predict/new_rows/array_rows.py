"""New rows from arrays: one per column, or one per input of the network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.files.cell_text import is_missing
from nnrun.data.files.dates import DateColumns
from nnrun.data.predict_settings import date_kinds, text_among
from nnrun.errors import ExperimentError, Problem, did_you_mean, first_problems, listed
from nnrun.experiment.columns import Column
from nnrun.experiment.experiment import Experiment
from nnrun.predict.new_rows.cell_values import free_texts, from_codes, from_numbers, position_of, text_fault
from nnrun.predict.new_rows.new_rows import Fault, NewRows, WantedColumn, part_of_columns, refuse_faults
from nnrun.predict.new_rows.series_keys import number_keys, text_keys


def array_rows(
    arrays: Mapping[str, Array],
    source: str,
    experiment: Experiment,
    wanted: Sequence[WantedColumn],
    weight: str | None = None,
) -> NewRows:
    """The rows of named arrays.

    Args:
        arrays: by the name of a column, (rows,), (rows, numbers) or of the column's shape, texts for a text column; or
            by the name of an input of the network, (rows, …) as it takes them.
        source: the file as the user named it, or what else the arrays are from.
        experiment: the experiment of the model.
        wanted: the columns that the rows must have.
        weight: the array of the sample weights, used where it is there.

    Raises:
        ExperimentError: an array is missing, has another shape or type, or a number or text that cannot be used.
    """
    columns = {**arrays, **_divided(arrays, source, experiment), **_dated(arrays, source, experiment)}
    names = [each.column.name for each in wanted]
    missing = [_missing(each, arrays, source, experiment) for each in wanted if each.column.name not in columns]
    if missing:
        raise ExperimentError(*first_problems(missing))
    used = {name: np.asarray(columns[name]) for name in (*names, *([weight] if weight in columns else []))}
    _check_lengths(used, source)
    faults: list[Fault] = []
    values = [_values(each, used[each.column.name], source, faults) for each in wanted]
    weights = None
    if weight is not None and weight in used:
        weights = _values(WantedColumn(Column(weight)), used[weight], source, faults)[:, 0]
    refuse_faults(faults, source, lambda row, column: None)
    entries = {entry.name for entry in experiment.inputs if entry.name in arrays}
    dates = date_kinds(experiment.data.generator)
    ignored = tuple(name for name in arrays if name not in used and name not in entries and name not in dates)
    return NewRows(part_of_columns(wanted, values, weights), source, ignored)


def _divided(arrays: Mapping[str, Array], source: str, experiment: Experiment) -> dict[str, Array]:
    """The columns of the arrays that are named as inputs of the network."""
    known = {column.name: column for column in experiment.columns.inputs}
    found: dict[str, Array] = {}
    for entry in experiment.inputs:
        if entry.name not in arrays or all(name in arrays for name in entry.columns):
            continue
        values, widths = np.asarray(arrays[entry.name]), [known[name].width for name in entry.columns]
        flat = values.reshape(len(values), -1) if values.ndim and len(values) else values
        if flat.ndim != 2 or flat.shape[1] != sum(widths):
            shape = [sum(widths)] if len(widths) > 1 else known[entry.columns[0]].shape
            raise _wrong_shape(entry.name, source, shape, values)
        ends = np.cumsum(widths)
        parts = np.split(flat, ends[:-1], axis=1)
        found |= dict(zip(entry.columns, parts, strict=True))
    return found


def _dated(arrays: Mapping[str, Array], source: str, experiment: Experiment) -> dict[str, Array]:
    """The numbers that columns of dates become, where the arrays have dates and not these numbers."""
    dates = DateColumns(date_kinds(experiment.data.generator))
    found = {own: np.asarray(arrays[own]) for own in dates.kinds if own in arrays}
    found = {own: values for own, values in found.items() if values.dtype.kind in "MUO"}
    if not found:
        return {}
    import polars as pl

    names = [name for name, (own, _) in dates.parts.items() if own in found and (name == own or name not in arrays)]
    cells = {own: pl.Series(own, _moments(values)) for own, values in found.items()}
    numbers = dates.numbers(names, cells, lambda row: f"Row {row + 1}", source)
    return {name: values.to_numpy() for name, values in numbers.items()}


def _moments(values: Array) -> Any:
    """Dates as polars takes them; a missing text is none."""
    if values.dtype.kind == "M":
        return values.astype("datetime64[us]")
    return [None if is_missing(text) else text.strip() for text in values.astype(str).ravel().tolist()]


def _missing(wanted: WantedColumn, arrays: Mapping[str, Array], source: str, experiment: Experiment) -> Problem:
    name = wanted.column.name
    if wanted.is_key:
        hint = did_you_mean(name, arrays) or f"The arrays are: {listed([*arrays])}."
        return Problem(f'{source} has no array "{name}", {wanted.use}.', hint=hint)
    names = listed([column.name for column in experiment.columns.inputs])
    inputs = listed([entry.name for entry in experiment.inputs])
    hint = did_you_mean(name, arrays) or f"Name an array per column ({names}) or per input of the model ({inputs})."
    return Problem(f'{source} has no array "{name}".', hint=hint)


def _check_lengths(arrays: Mapping[str, Array], source: str) -> None:
    for name, values in arrays.items():
        if values.ndim == 0 or not len(values):
            raise ExperimentError(f'The array "{name}" of {source} has no rows.')
    first, *others = arrays
    for name in others:
        if len(arrays[name]) != len(arrays[first]):
            rows = f'"{first}" has {len(arrays[first]):,} rows and "{name}" has {len(arrays[name]):,}'
            raise ExperimentError(f"The arrays of {source} must have equally many rows: {rows}.")


def _values(wanted: WantedColumn, values: Array, source: str, faults: list[Fault]) -> Array:
    column, numbers = wanted.column, 1 if wanted.is_target else wanted.column.width
    flat = values.reshape(len(values), -1)
    if wanted.is_key:
        return _keys(wanted, flat, source, faults)
    if column.text and values.dtype.kind in "OUS" and flat.shape[1] == 1:
        return free_texts(column, [_text(cell, ()) for cell in flat[:, 0].tolist()], faults)
    if values.dtype.kind not in "biufUS":
        message = f'The array "{column.name}" of {source} has the type {values.dtype}.'
        raise ExperimentError(Problem(message, hint="An array has numbers, or texts for a text column."))
    is_cell = flat.shape[1] == 1 != numbers and column.categories
    if column.categories and (is_cell or wanted.is_target or values.dtype.kind in "US"):
        return from_codes(wanted, _codes(wanted, flat, source, faults))
    if values.dtype.kind in "US":
        message = f'The array "{column.name}" of {source} has texts, and the column takes numbers.'
        raise ExperimentError(message)
    one_cell = numbers == 1 or column.has_indicator
    allowed = {(numbers,), column.shape, *([(), (1,)] if one_cell else [])}
    if values.shape[1:] not in allowed:
        raise _wrong_shape(column.name, source, column.shape, values)
    return from_numbers(wanted, flat.astype(np.float64), faults)


def _keys(wanted: WantedColumn, flat: Array, source: str, faults: list[Fault]) -> Array:
    """The cells of a column that says where the rows stand, (rows, 1); dates as days since 1970."""
    if flat.shape[1] != 1:
        raise _wrong_shape(wanted.column.name, source, (1,), flat)
    cells = flat[:, 0]
    if cells.dtype.kind == "M":
        cells = (cells - np.datetime64("1970-01-01")) / np.timedelta64(1, "D")  # NaN where there is none
    if cells.dtype.kind in "biuf":
        return number_keys(wanted, cells, faults)
    if wanted.column.categories:
        return text_keys(wanted, [_text(cell, ()) for cell in cells.tolist()], faults)
    message = f'The array "{wanted.column.name}" of {source} has texts, and the column takes numbers.'
    raise ExperimentError(message)


def _codes(wanted: WantedColumn, flat: Array, source: str, faults: list[Fault]) -> Array:
    """The position of each cell of a text column, (rows,)."""
    column = wanted.column
    if flat.shape[1] != 1:
        raise _wrong_shape(column.name, source, (1,), flat)
    position = cache(lambda text: position_of(wanted, text))
    codes = np.zeros(len(flat), np.intp)
    for row, cell in enumerate(flat[:, 0].tolist()):
        text = _text(cell, column.categories)
        found = position(text)
        codes[row] = -1 if found is None else found
        if found is None:
            faults.append(text_fault(row, column, text))
    return codes


def _text(cell: Any, texts: Sequence[str]) -> str:
    if isinstance(cell, bytes):
        return cell.decode(errors="replace").strip()
    return cell.strip() if isinstance(cell, str) else text_among(cell, texts)


def _wrong_shape(name: str, source: str, shape: Iterable[int], values: Array) -> ExperimentError:
    expected = ["rows", *map(str, shape)]
    message = f'The array "{name}" of {source} must have the shape ({", ".join(expected)}).'
    return ExperimentError(f"{message} Received: {values.shape}")
