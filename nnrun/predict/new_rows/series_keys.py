"""The cells by which the rows of a file are put into series and in order before windows are cut from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.files.cell_text import is_missing
from nnrun.data.splits.key_columns import moment_of
from nnrun.data.windows.columns import key_columns
from nnrun.errors import shown
from nnrun.experiment.experiment import Experiment
from nnrun.predict.new_rows.new_rows import Fault, WantedColumn

_EPOCH = np.datetime64("1970-01-01T00:00:00")


def wanted_keys(experiment: Experiment) -> list[WantedColumn]:
    """The columns that new rows must have beside those of a window: what orders them, and what names their series."""
    keys = key_columns(experiment.columns.generated, experiment.data)
    wanted = [WantedColumn(keys.order, "order")] if keys.order else []
    return [*wanted, *([WantedColumn(keys.series, "series")] if keys.series else [])]


def text_keys(wanted: WantedColumn, texts: Sequence[str], faults: list[Fault]) -> Array:
    """The cells of a column of texts; an empty one, or in a column of order one that is no date, is a fault.

    Args:
        wanted: the column.
        texts: its cells without blanks around them.
        faults: takes what is wrong with them.

    Returns:
        objects, (rows, 1).
    """
    name = wanted.column.name
    known = {text: moment_of(text) for text in {*texts}} if wanted.role == "order" else {}
    for row, text in enumerate(texts):
        if is_missing(text):
            faults.append(missing_key(row, wanted))
        elif text in known and known[text] is None:
            message = f'The column "{name}" orders the rows and takes dates in the form 2026-01-31.'
            faults.append(Fault(row, name, f"{message} Received: {shown(text)}"))
    return np.array(texts, object).reshape(-1, 1)


def number_keys(wanted: WantedColumn, numbers: Array, faults: list[Fault]) -> Array:
    """The cells of a column of numbers, float64 (rows, 1); one that is not finite is a fault."""
    for row in np.flatnonzero(~np.isfinite(numbers)):
        faults.append(missing_key(int(row), wanted))
    return np.asarray(numbers, np.float64).reshape(-1, 1)


def missing_key(row: int, wanted: WantedColumn) -> Fault:
    """A cell that does not say where its row stands."""
    name = wanted.column.name
    message = f'The column "{name}", {wanted.use}, is empty here.'
    return Fault(row, name, message, "Fill it in, or leave the row out.")


def places_in_order(cells: Array) -> Array:
    """The cells of a column of order as numbers, of dates the seconds since 1970, float64 (rows,)."""
    flat = cells[:, 0]
    if flat.dtype != object:
        return np.asarray(flat, np.float64)
    texts, positions = np.unique(flat.astype(str), return_inverse=True)
    moments = np.array([moment_of(text) for text in texts], "datetime64[us]")
    return ((moments - _EPOCH) / np.timedelta64(1, "s"))[positions]
