"""The files of JSON lines of a command, each column read when it is first used."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from nnrun.data.files.byte_source import open_source
from nnrun.data.files.cell_store import cell_file
from nnrun.data.files.column_builder import ColumnBuilder
from nnrun.data.files.csv_form import CsvForm
from nnrun.data.files.data_files import DataFiles
from nnrun.data.files.dates import FEW, DateColumns, DateKinds, are_dates
from nnrun.data.files.json_lines import JsonBlock, read_json_lines
from nnrun.data.files.table_column import TableColumn
from nnrun.data.files.table_file import TableFile, open_table
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.columns import DataFile


class JsonLinesFile(TableFile):
    """A file of JSON lines, or several as one table.

    The columns are the keys of all objects, in the order in which they first occur.

    Args:
        digests: the files, in the order of their rows.
        verify: raises StorageError where one of them has changed.
        folder: where the cells are kept on disk; None to hold them in memory.
        dates: the columns of dates, each with what numbers it becomes, of `dates.KINDS`.

    Raises:
        ExperimentError: a line is no object in JSON, or there is none.
    """

    def __init__(
        self,
        digests: Sequence[DataFile],
        verify: Callable[[], object],
        folder: Path | None = None,
        dates: DateKinds = (),
    ) -> None:
        super().__init__(digests, verify, folder)
        self._dates = DateColumns(dict(dates))
        self._keys = self._find_keys()
        self.names = self._dates.names(self._keys)

    def header_problems(self) -> list[Problem]:
        """Columns of dates that it does not have; an object has each key once."""
        return self._dates.find_absent(self._keys)

    def _find_keys(self) -> tuple[str, ...]:
        names: dict[str, Any] = {}  # in order
        for path in self.paths:
            for block in read_json_lines(open_source(path)):
                for row in block.rows:
                    names.update(row)
        if not names:
            raise ExperimentError(Problem(f"The file {self.name} is empty.", hint="Each line is an object in JSON."))
        return tuple(name for name in names if name)

    def _read(self, names: Sequence[str], precise: Collection[str], many: Collection[str]) -> dict[str, TableColumn]:
        """The columns; a value that is a list, an object or too large a number is an error."""
        return self._typed(dict.fromkeys(names), precise, many)

    def _typed(
        self, kinds: dict[str, bool | None], precise: Collection[str], many: Collection[str]
    ) -> dict[str, TableColumn]:
        """The columns; one in which a text follows a block of numbers is read once more.

        Args:
            kinds: whether each column has texts; None where that is not known.
            precise: the columns whose numbers have 64 bits.
            many: the columns of which many texts are kept.
        """
        file = cell_file(self._folder)
        builders = {
            name: ColumnBuilder(name, CsvForm(), is_text, precise=name in precise, many=name in many, file=file)
            for name, is_text in kinds.items()
        }
        anew: dict[str, bool | None] = {}
        for path in self.paths if kinds else ():
            for block in read_json_lines(open_source(path)):
                for name in builders.keys() - anew.keys():
                    if not self._take(builders[name], block):
                        anew[name] = True
        again = self._typed(anew, precise, many) if anew else {}
        return {name: again[name] if name in again else builder.finish() for name, builder in builders.items()}

    def _take(self, builder: ColumnBuilder, block: JsonBlock) -> bool:
        """Whether the cells of some rows could be added: not where they are texts and those before them numbers."""
        import polars as pl

        if builder.name in self._dates.parts:
            own = self._dates.column_of(builder.name)
            texts = {own: block.cells(own, is_text=True)}
            made = self._dates.numbers([builder.name], texts, lambda row: f"Line {block.line_of(row)}", block.name)
            cells = made[builder.name]
        else:
            cells = block.cells(builder.name, is_text=bool(builder.is_text))
        if cells.dtype == pl.String:
            if builder.is_text is False:
                return False
            builder.is_text = True
        builder.take(cells, block.line_of, block.name if len(self.paths) > 1 else "")
        return True


def guess_dates(path: Path) -> tuple[str, ...]:
    """The keys whose values are dates by the first rows of a file of JSON lines.

    Raises:
        ExperimentError: a line is no object in JSON.
    """
    block = next(read_json_lines(open_source(path)), None)
    rows = block.rows[:FEW] if block else []
    texts = {name: [row.get(name) for row in rows] for name in dict.fromkeys(name for row in rows for name in row)}
    return tuple(name for name, cells in texts.items() if name and are_dates(cells))


def open_jsonl(files: DataFiles, path: Path, dates: DateKinds = ()) -> JsonLinesFile:
    """A file of JSON lines, opened at the first call.

    Args:
        files: the files of the command.
        path: the file, or a pattern of several.
        dates: as for `JsonLinesFile`.

    Raises:
        ExperimentError: as for `JsonLinesFile`; or there is no such file, or it cannot be read.
        StorageError: the file has changed since it was first read.
    """
    return open_table(files, path, ("jsonl", dates), partial(JsonLinesFile, dates=dates))
