"""A column of a file of rows as texts, however many different ones there are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.data.files.byte_source import open_source
from nnrun.data.files.csv_file import open_csv
from nnrun.data.files.csv_form import CsvForm
from nnrun.data.files.csv_reader import CsvPart, CsvReader
from nnrun.data.files.data_files import DataFiles
from nnrun.data.files.json_lines import read_json_lines
from nnrun.data.files.jsonl_file import open_jsonl
from nnrun.data.files.parquet_file import open_parquet, read_parquet_texts
from nnrun.data.files.read_file import stat_file
from nnrun.data.files.table_file import TableFile
from nnrun.errors import ExperimentError, Problem

if TYPE_CHECKING:
    import polars as pl

_JSON_LINES, _PARQUET = (".jsonl", ".ndjson"), (".parquet",)


def is_csv(path: Path) -> bool:
    """Whether a file of rows is read as CSV, by its suffix."""
    return path.suffix.casefold() not in (*_JSON_LINES, *_PARQUET)


def open_any_table(files: DataFiles, path: Path, form: CsvForm) -> TableFile:
    """A file of rows, read by its suffix: `.jsonl`, `.ndjson`, `.parquet`, and anything else as CSV.

    Args:
        files: the files of the command.
        path: the file.
        form: how CSV is written.

    Raises:
        ExperimentError: there is no such file, or it cannot be read as such.
        StorageError: it has changed since it was first read.
    """
    suffix = path.suffix.casefold()
    if suffix in _JSON_LINES:
        return open_jsonl(files, path)
    return open_parquet(files, path) if suffix in _PARQUET else open_csv(files, path, form)


def read_texts(table: TableFile, column: str, form: CsvForm) -> Iterator[list[str]]:
    """The texts of a column, some rows at a time, without blanks around them.

    Args:
        table: a file of rows.
        column: the name of one of its columns.
        form: how CSV is written.

    Raises:
        ExperimentError: the file cannot be read, or a row has no text; told at the end, with the number of such rows.
    """
    suffix = table.paths[0].suffix.casefold()
    read_csv = partial(_csv_texts, form)
    read = _json_texts if suffix in _JSON_LINES else read_parquet_texts if suffix in _PARQUET else read_csv
    missing, first = 0, ""
    for path in table.paths:
        rows = 0
        for cells in read(path, column):
            texts = [text or "" for text in cells.to_list()]
            yield texts
            gaps = [row for row, text in enumerate(texts, start=rows + 1) if not text]
            first = first or (f"Row {gaps[0]} of {path.name}" if gaps else "")
            rows, missing = rows + len(texts), missing + len(gaps)
    if missing:
        others = f", {missing:,} such rows in all" if missing > 1 else ""
        message = f'{first} has no text in the column "{column}"{others}.'
        raise ExperimentError(Problem(message, hint="Fill it, or remove the row."))


def _csv_texts(form: CsvForm, path: Path, column: str) -> Iterator[pl.Series]:
    import polars as pl

    reader = CsvReader([CsvPart(path.name, partial(open_source, path), stat_file(path).st_size)], form)
    for rows in reader.rows([column]):
        yield rows.cells[column].cast(pl.String)


def _json_texts(path: Path, column: str) -> Iterator[pl.Series]:
    for block in read_json_lines(open_source(path)):
        yield block.cells(column, is_text=True)
