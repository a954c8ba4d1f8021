"""The CSV files of a command, each column read when it is first used."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path

from nnrun.data.files.byte_source import open_source
from nnrun.data.files.csv_form import CsvForm
from nnrun.data.files.csv_reader import LARGE, CsvPart, CsvReader
from nnrun.data.files.data_files import DataFiles
from nnrun.data.files.file_glob import matching_files
from nnrun.data.files.read_file import stat_file
from nnrun.data.files.table_column import TableColumn
from nnrun.data.files.table_file import TableFile, open_table
from nnrun.data.files.table_problems import find_header_problems
from nnrun.errors import Problem
from nnrun.experiment.columns import DataFile

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

    def __init__(
        self,
        digests: Sequence[DataFile],
        verify: Callable[[], object],
        folder: Path | None = None,
        *,
        form: CsvForm,
        most: int | None = None,
    ) -> None:
        super().__init__(digests, verify, folder)
        self._reader = CsvReader([_part(path) for path in self.paths], form, folder=folder)
        self.names = self._reader.names
        self._most = most

    def _read(self, names: Sequence[str], precise: Collection[str], many: Collection[str]) -> dict[str, TableColumn]:
        columns = self._reader.columns(names, precise, many, self._most)
        self.looked_at = None if self._most is None else self._reader.looked_at
        return columns

    def header_problems(self) -> list[Problem]:
        """The names that the header repeats, and columns of dates that it does not have."""
        return [*find_header_problems(self.names, self.name), *self._reader.dates.find_absent(self._reader.header)]


def _part(path: Path) -> CsvPart:
    return CsvPart(path.name, partial(open_source, path), stat_file(path).st_size)


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
