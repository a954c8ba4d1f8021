"""New rows from files whose cells have types of their own: Parquet, and JSON lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

from nnrun.data.dataset import Array
from nnrun.data.files.byte_source import source_of_bytes
from nnrun.data.files.dates import DateColumns
from nnrun.data.files.json_lines import read_json_lines
from nnrun.data.files.parquet_file import column_cells, find_unusable, parquet_errors
from nnrun.data.predict_settings import date_kinds
from nnrun.errors import ExperimentError, Problem, did_you_mean, first_problems, listed
from nnrun.experiment.experiment import Experiment
from nnrun.predict.new_rows.array_rows import array_rows
from nnrun.predict.new_rows.new_rows import NewRows, WantedColumn

if TYPE_CHECKING:
    import polars as pl

_PARQUET, _OBJECT = b"PAR1", b"{"


def is_table(content: bytes) -> bool:
    """Whether a file begins as one of Parquet or JSON lines."""
    return content.startswith(_PARQUET) or content.lstrip()[:1] == _OBJECT


def table_rows(
    content: bytes, source: str, experiment: Experiment, wanted: Sequence[WantedColumn], weight: str | None = None
) -> NewRows:
    """The rows of a file of Parquet or JSON lines; the columns are found by their names, in any order.

    Args:
        content: the bytes of the file.
        source: the file as the user named it.
        experiment: the experiment of the model.
        wanted: the columns that the rows must have.
        weight: the column of the sample weights, used where the file has it.

    Raises:
        ExperimentError: the file is damaged, a column is missing or of another type, or a cell cannot be used.
    """
    dates = DateColumns(date_kinds(experiment.data.generator))
    names = [*(dates.column_of(each.column.name) for each in wanted), *([weight] if weight else [])]
    read = _read_parquet if content.startswith(_PARQUET) else _read_json_lines
    known, cells = read(content, source, names, dates)
    missing = [name for name in names if name not in known and name != weight]
    if missing:
        raise ExperimentError(*first_problems([_missing(name, known, source) for name in missing]))
    arrays = {name: _array(values) for name, values in cells.items()}
    rows = array_rows(arrays, source, experiment, wanted, weight)
    return replace(rows, ignored=tuple(name for name in known if name not in names))


def _read_parquet(
    content: bytes, source: str, names: Sequence[str], dates: DateColumns
) -> tuple[list[str], dict[str, pl.Series]]:
    """The columns of the file, and the cells of those that are named; of dates as such."""
    import polars as pl

    with parquet_errors(source):
        schema = pl.read_parquet_schema(BytesIO(content))
        used = [name for name in dict.fromkeys(names) if name in schema]
        problems = [problem for name in used if (problem := find_unusable(source, name, schema[name]))]
        if problems:
            raise ExperimentError(*problems)
        frame = pl.read_parquet(BytesIO(content), columns=used) if used else pl.DataFrame()
        kept = [name for name in used if name in dates.kinds and schema[name] in (pl.Date, pl.Datetime)]
        return list(schema), {name: frame[name] if name in kept else column_cells(frame[name]) for name in used}


def _read_json_lines(
    content: bytes, source: str, names: Sequence[str], dates: DateColumns
) -> tuple[list[str], dict[str, pl.Series]]:
    """The same of JSON lines, which have dates as texts."""
    import polars as pl

    blocks = list(read_json_lines(source_of_bytes(source, content)))
    known = list(dict.fromkeys(name for block in blocks for row in block.rows for name in row))
    cells = {}
    for name in [name for name in dict.fromkeys(names) if name in known]:
        parts = [block.cells(name, is_text=False) for block in blocks]
        if any(part.dtype == pl.String for part in parts):
            parts = [block.cells(name, is_text=True) for block in blocks]
        cells[name] = pl.concat(parts)
    return known, cells


def _array(cells: pl.Series) -> Array:
    """Numbers as float64 with NaN for a missing one, texts with an empty one, dates as such, (rows,)."""
    import numpy as np
    import polars as pl

    if cells.dtype in (pl.Date, pl.Datetime):
        return cells.dt.replace_time_zone(None).to_numpy() if cells.dtype == pl.Datetime else cells.to_numpy()
    return np.array(cells.fill_null("").to_list()) if cells.dtype == pl.String else cells.to_numpy()


def _missing(name: str, known: Sequence[str], source: str) -> Problem:
    hint = did_you_mean(name, known) or f"The columns are: {listed([*known])}."
    return Problem(f'{source} has no column "{name}".', hint=hint)
