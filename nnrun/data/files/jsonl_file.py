"""The files of JSON lines of a command, each column read when it is first used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrun.data.files.byte_source import open_source
from nnrun.data.files.cell_store import cell_file
from nnrun.data.files.cell_text import clipped, is_number
from nnrun.data.files.column_builder import ColumnBuilder
from nnrun.data.files.csv_form import CsvForm
from nnrun.data.files.data_files import DataFiles
from nnrun.data.files.dates import FEW, DateKinds, are_dates
from nnrun.data.files.json_lines import JsonBlock, read_json_lines
from nnrun.data.files.table_column import TableColumn
from nnrun.data.files.table_file import TableFile, open_table
from nnrun.errors import ExperimentError, Problem, shown

if TYPE_CHECKING:
    import polars as pl


_UNQUOTED = "Write numbers without quotes. Those that name categories need a letter."


@dataclass
class _Values:
    """What the values of a column are: whether some are plain numbers, or words, and the first number in quotes."""

    has_numbers: bool = False
    has_words: bool = False
    quoted: tuple[int, str, str] | None = None


class _QuotedNumbers:
    """Columns of texts whose values are numbers, some of them in quotes: together they would become categories."""

    def __init__(self) -> None:
        self._found: defaultdict[str, _Values] = defaultdict(_Values)

    def note(self, column: str, block: JsonBlock) -> None:
        """Looks at the values of some rows."""
        found = self._found[column]
        for row, value in enumerate([] if found.has_words else (row.get(column) for row in block.rows)):
            if isinstance(value, str) and value.strip():
                found.has_words |= not is_number(value.strip())
                found.quoted = found.quoted or (block.line_of(row), block.name, clipped(value))
            else:
                found.has_numbers |= isinstance(value, int | float) and not isinstance(value, bool)

    def refuse(self, others: Collection[str]) -> None:
        """Refuses the first of these columns.

        Args:
            others: columns that are not known yet.

        Raises:
            ExperimentError: there is one; with the line of the first number in quotes.
        """
        for column, found in self._found.items():
            if found.quoted and found.has_numbers and not found.has_words and column not in others:
                line, file, text = found.quoted
                message = f'Line {line} of {file} has a number as a text in the column "{column}", others are plain.'
                raise ExperimentError(Problem(f"{message} Received: {shown(text)}", hint=_UNQUOTED))


class JsonLinesFile(TableFile):
    """A file of JSON lines, or several as one table.

    The columns are the keys of all objects, in the order in which they first occur. The arguments are those of a
    `TableFile`.

    Raises:
        ExperimentError: a line is no object in JSON, or there is none.
    """

    def _find_columns(self) -> tuple[str, ...]:
        names: dict[str, Any] = {}  # in order
        for path in self.paths:
            for block in read_json_lines(open_source(path)):
                for row in block.rows:
                    names.update(row)
        if not names:
            raise ExperimentError(Problem(f"The file {self.name} is empty.", hint="Each line is an object in JSON."))
        return tuple(filter(None, names))

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
        quoted = _QuotedNumbers()
        for path in self.paths if kinds else ():
            for block in read_json_lines(open_source(path)):
                for name in builders.keys() - anew.keys():
                    if not self._take(builders[name], block, quoted):
                        anew[name] = True
        quoted.refuse(anew)
        again = self._typed(anew, precise, many) if anew else {}
        return {name: again[name] if name in again else builder.finish() for name, builder in builders.items()}

    def _take(self, builder: ColumnBuilder, block: JsonBlock, quoted: _QuotedNumbers) -> bool:
        """Whether the cells of some rows could be added: not where they are texts and those before them numbers.

        Nor where a number is not finite in 32 bits: as a text it tells which one, and its line.
        """
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
            quoted.note(builder.name, block)
        builder.take(cells, block.line_of, block.name if len(self.paths) > 1 else "")
        return not builder.begins_anew


def guess_dates(path: Path) -> tuple[str, ...]:
    """The keys whose values are dates by the first rows of a file of JSON lines.

    Raises:
        ExperimentError: a line is no object in JSON.
    """
    return tuple(name for name, cells in first_cells(path).items() if name and are_dates(cells))


def first_cells(path: Path) -> dict[str, pl.Series]:
    """The first 2,000 values of each key whose values are texts; errors are those of `guess_dates`."""
    import polars as pl

    block = next(read_json_lines(open_source(path)), None)
    rows = block.rows[:FEW] if block else []
    values = {name: [row.get(name) for row in rows] for name in dict.fromkeys(name for row in rows for name in row)}
    texts = {name: cells for name, cells in values.items() if set(map(type, cells)) <= {str, type(None)}}
    return {name: pl.Series(name, cells, pl.String) for name, cells in texts.items()}


def open_jsonl(files: DataFiles, path: Path, dates: DateKinds = ()) -> JsonLinesFile:
    """A file of JSON lines, opened at the first call.

    Args:
        files: the files of the command.
        path: the file, or a pattern of several.
        dates: as for `TableFile`.

    Raises:
        ExperimentError: as for `JsonLinesFile`; or there is no such file, or it cannot be read.
        StorageError: the file has changed since it was first read.
    """
    return open_table(files, path, ("jsonl", dates), partial(JsonLinesFile, dates=dates))
