"""What a file of rows with named columns offers, whatever its format."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Hashable, Sequence
from pathlib import Path
from typing import TypeVar

from nnrun.data.files.column_cache import ColumnCache
from nnrun.data.files.data_files import DataFiles
from nnrun.data.files.dates import DateColumns, DateKinds
from nnrun.data.files.file_glob import matching_files
from nnrun.data.files.read_file import stat_file
from nnrun.data.files.table_column import TableColumn
from nnrun.data.files.table_problems import find_header_problems
from nnrun.errors import Problem
from nnrun.experiment.columns import DataFile

T = TypeVar("T")


class TableFile(ABC):
    """A file, or several of the same columns as one table, whose columns are read when they are first used.

    Args:
        digests: the files, in the order of their rows.
        verify: raises StorageError where one of them has changed.
        folder: where the cells are kept on disk; None to hold them in memory.
        dates: the columns of dates, each with what numbers it becomes, of `dates.KINDS`.

    Attributes:
        paths: their paths.
        name: the name of the first in messages.
        names: the columns that have a name, and the numbers that dates become in place of theirs.
        looked_at: how many of the first rows are known, where the file is large and only checked; None for all.
        has_form: whether arguments of the generator say how its cells are written.
    """

    has_form = False

    def __init__(
        self,
        digests: Sequence[DataFile],
        verify: Callable[[], object],
        folder: Path | None = None,
        dates: DateKinds = (),
    ) -> None:
        self.digests = tuple(digests)
        self.paths = [Path(digest.path) for digest in digests]
        self.name = self.paths[0].name
        self.looked_at: int | None = None
        self._verify = verify
        self._folder = folder
        self._cache = ColumnCache()
        self._is_read = False
        self._dates = DateColumns(dict(dates))
        self._header = self._find_columns()
        self.names = self._dates.names([name for name in self._header if name])

    @abstractmethod
    def _find_columns(self) -> tuple[str, ...]:
        """The columns that are written in the file, in order."""

    def columns(
        self, names: Sequence[str], precise: Collection[str] = (), many: Collection[str] = ()
    ) -> dict[str, TableColumn]:
        """The named columns, each read once.

        Args:
            names: some of the names.
            precise: those whose numbers have 64 bits; 32 by default, which is what networks take.
            many: those of which up to 1,000,000 different texts are kept; 1,000 by default.

        Raises:
            ExperimentError: the file cannot be read as what it should be; with the place of what is wrong.
            StorageError: a file has changed since it was opened.
        """
        missing = self._cache.missing(names, precise, many)
        if missing or not self._is_read:
            found = self._read(missing, precise, many)
            self._verify()
            self._cache.add(found, precise, many)
            self._is_read = True
        return self._cache.take(names)

    @abstractmethod
    def _read(self, names: Sequence[str], precise: Collection[str], many: Collection[str]) -> dict[str, TableColumn]:
        """Reads columns; without any, what can be wrong with all rows is looked for."""

    def find_unread(self) -> dict[str, str]:
        """The columns that cannot be read, each with the reason; none where that is not known before."""
        return {}

    def find_name_among_cells(self, column: TableColumn) -> Problem | None:
        """A message for a column whose name is probably a cell of a file that begins with data; here none is."""
        return None

    def header_problems(self) -> list[Problem]:
        """The names that are repeated, and columns of dates that there are not."""
        return [*find_header_problems(self.names, self.name), *self._dates.find_absent(self._header)]


def open_table(
    files: DataFiles,
    path: Path,
    options: Hashable,
    make: Callable[[Sequence[DataFile], Callable[[], object], Path | None], T],
) -> T:
    """A file, or several as one table, opened at the first call with these options.

    Args:
        files: the files of the command.
        path: the file, or a pattern of several.
        options: what else the table depends on, the kind of file among it.
        make: makes it of the files in the order of their rows, of what raises StorageError where one has changed, and
            of the folder where its cells are kept on disk, None to hold them in memory.

    Raises:
        ExperimentError: there is no such file, or it is not a regular file or cannot be read.
        StorageError: a file has changed since it was first read.
    """
    paths = matching_files(path)

    def verify() -> list[DataFile]:
        return [files.digest(each) for each in paths]

    def opened(first: DataFile) -> T:
        size = sum(stat_file(each).st_size for each in paths)
        return make(verify(), verify, files.folder_of_cells(size))

    return files.opened(paths[0], (options, *paths), opened)
