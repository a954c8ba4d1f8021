"""The CSV files of a command, each column read when it is first used."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.data.files.byte_source import open_source
from nnrun.data.files.cell_text import is_missing
from nnrun.data.files.csv_form import CsvForm
from nnrun.data.files.csv_reader import LARGE, CsvPart, CsvReader
from nnrun.data.files.data_files import DataFiles
from nnrun.data.files.dates import FEW, are_dates
from nnrun.data.files.file_glob import matching_files
from nnrun.data.files.read_file import stat_file
from nnrun.data.files.table_column import TableColumn
from nnrun.data.files.table_file import TableFile, open_table
from nnrun.data.files.table_problems import date_as_name, find_name_among_cells
from nnrun.errors import Problem
from nnrun.experiment.columns import DataFile

if TYPE_CHECKING:
    import polars as pl

FIRST_BYTES = 2**20  # of the text of a large file that a check reads


class CsvFile(TableFile):
    """A CSV file, or several with the same header as one table.

    Args:
        digests: the files, in the order of their rows.
        verify: raises StorageError where one of them has changed.
        folder: where the cells are kept on disk; None to hold them in memory.
        form: how they are written.
        most: about how many bytes of the text are read; by default all.

    Raises:
        ExperimentError: there is no such file, it cannot be read, or has no header.
    """

    has_form = True

    def __init__(
        self,
        digests: Sequence[DataFile],
        verify: Callable[[], object],
        folder: Path | None = None,
        *,
        form: CsvForm,
        most: int | None = None,
    ) -> None:
        self._form = form
        self._most = most
        super().__init__(digests, verify, folder, form.dates)

    def _find_columns(self) -> tuple[str, ...]:
        return self._reader.header

    @cached_property
    def _reader(self) -> CsvReader:
        return CsvReader([_part(path) for path in self.paths], self._form, folder=self._folder)

    def _read(self, names: Sequence[str], precise: Collection[str], many: Collection[str]) -> dict[str, TableColumn]:
        columns = self._reader.columns(names, precise, many, self._most)
        self.looked_at = None if self._most is None else self._reader.looked_at
        return columns

    def find_name_among_cells(self, column: TableColumn) -> Problem | None:
        """A message for a column whose name is also one of its cells, or a date as all of them are.

        None where a column of numbers has a word for a name: the first line holds names then, and none is repeated.
        """
        if any(map(_has_word_for_name, self._cache.known)):
            return None
        dates = are_dates([column.name]) and column.numbers is None and are_dates(column.strays)
        return find_name_among_cells(column, self.name) or (date_as_name(column.name, self.name) if dates else None)


def _has_word_for_name(column: TableColumn) -> bool:
    return column.numbers is not None and column.name[:1].isalpha() and not is_missing(column.name)


def _part(path: Path) -> CsvPart:
    return CsvPart(path.name, partial(open_source, path), stat_file(path).st_size)


def first_cells(path: Path, form: CsvForm) -> dict[str, pl.Series]:
    """The first 2,000 cells of each column as texts, those of dates as they are written.

    Args:
        path: the file.
        form: how it is written.

    Raises:
        ExperimentError: it cannot be read as such.
    """
    reader = CsvReader([_part(path)], replace(form, dates=()))
    first = next(reader.rows(reader.names), None)
    return {name: cells.head(FEW) for name, cells in first.cells.items()} if first else {}


def open_csv(files: DataFiles, path: Path, form: CsvForm | None = None) -> CsvFile:
    """A CSV file, opened at the first call.

    Args:
        files: the files of the command.
        path: the file, or a pattern of several.
        form: how it is written; by default as most are.

    Raises:
        ExperimentError: as for `CsvFile`.
        StorageError: the file has changed since it was first read.
    """
    form = form or CsvForm()
    paths = matching_files(path)
    if files.in_part and sum(stat_file(each).st_size for each in paths) > LARGE:
        digests = [DataFile(str(each), "") for each in paths]
        return files.begun(("csv", form, *paths), lambda: CsvFile(digests, list, form=form, most=FIRST_BYTES))
    return open_table(files, path, ("csv", form), partial(CsvFile, form=form))
