"""The Parquet files of a command, each column read when it is first used."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.data.files.cell_store import cell_file
from nnrun.data.files.column_builder import ColumnBuilder
from nnrun.data.files.csv_form import CsvForm
from nnrun.data.files.data_files import DataFiles
from nnrun.data.files.dates import FEW, DateKinds, are_dates
from nnrun.data.files.table_column import TableColumn
from nnrun.data.files.table_file import TableFile, open_table
from nnrun.errors import ExperimentError, Problem, listed

if TYPE_CHECKING:
    import polars as pl

    from nnrun.data.files.stored_cells import CellFile

_PIECE = 2**21  # rows that are read at a time
_FIRST_TEXTS, _TEXT_BYTES = 2**10, 2**24  # rows of texts that are read first, and bytes that all others have about
_SPLIT = "Write a column per number, or save the arrays as an npz file."
_REMEDIES = {
    "Binary": "Leave the column out by naming the others in inputs.",
    "List": _SPLIT,
    "Array": _SPLIT,
    "Struct": "Write a column per field.",
    "Duration": "Save it as a number, such as seconds.",
    "Time": "Save it as a number, such as hours.",
}


# The column of an index without a name, and the metadata in which pandas tells that.
_NO_NAME, _PANDAS = re.compile(r"__index_level_\d+__"), "pandas"


class ParquetFile(TableFile):
    """A Parquet file, or several with the same columns as one table.

    The arguments are those of a `TableFile`; a column of dates that `dates` does not name has the days since 1970-01-01
    (UTC). The index that pandas wrote stands before the other columns, as in its CSV files, and is left out without a
    name: at the end it would be taken for the target.

    Raises:
        ExperimentError: a file is no Parquet file, or has other columns than the first.
    """

    def _find_columns(self) -> tuple[str, ...]:
        with parquet_errors(str(self.paths[0])):
            index = _index_of_rows(self.paths[0])
        others = (name for name in self._schema if name not in index)
        return (*("" if _NO_NAME.fullmatch(name) else name for name in index if name in self._schema), *others)

    def _read(self, names: Sequence[str], precise: Collection[str], many: Collection[str]) -> dict[str, TableColumn]:
        """The columns; a type that is none of numbers, truth values and texts is an error."""
        stored = {own: self._schema[own] for own in map(self._dates.column_of, names)}
        problems = [problem for name, kind in stored.items() if (problem := find_unusable(self.name, name, kind))]
        if problems:
            raise ExperimentError(*problems)
        file = cell_file(self._folder)
        return {name: self._column(name, file, precise=name in precise, many=name in many) for name in names}

    def find_unread(self) -> dict[str, str]:
        """The columns of a type that is not read, each with that as a reason to leave it out."""
        kinds = {name: kind for name, kind in self._schema.items() if find_unusable(self.name, name, kind)}
        return {name: f"of the type {kind.base_type()}" for name, kind in kinds.items()}

    @cached_property
    def _schema(self) -> Mapping[str, pl.DataType]:
        schemas = []
        for path in self.paths:
            with parquet_errors(str(path)):
                schemas.append(_scan(path).collect_schema())
        for path, schema in zip(self.paths, schemas, strict=True):
            if schema != schemas[0]:
                different = [name for name in {**schemas[0], **schema} if schema.get(name) != schemas[0].get(name)]
                message = f"{path.name} and {self.name} must have the same columns. Different: {listed(different)}"
                raise ExperimentError(message)
        return schemas[0]

    def _column(self, name: str, file: CellFile | None, *, precise: bool, many: bool) -> TableColumn:
        own = self._dates.column_of(name)
        is_text = name not in self._dates.parts and has_texts(self._schema[own])
        builder = ColumnBuilder(name, CsvForm(), is_text, precise=precise, many=many, file=file, unit="row")
        self._fill(builder, own)
        if builder.begins_anew:  # a number is not finite: as texts they tell which, and where it is
            builder = ColumnBuilder(name, CsvForm(), True, many=many, file=file, unit="row")
            self._fill(builder, own)
        if not builder.rows:
            raise ExperimentError(f"The file {self.name} has no rows.")
        return builder.finish()

    def _fill(self, builder: ColumnBuilder, own: str) -> None:
        """Adds the cells of a stored column."""
        import polars as pl

        for path in self.paths:
            for start, stored in _pieces(path, own):
                is_date = builder.name in self._dates.parts
                cells = self._date_cells(builder.name, stored, start, path) if is_date else column_cells(stored)
                cells = cells.cast(pl.String) if builder.is_text else cells
                builder.take(cells, partial(add, start + 1), path.name if len(self.paths) > 1 else "")

    def _date_cells(self, name: str, stored: pl.Series, start: int, path: Path) -> pl.Series:
        own = self._dates.column_of(name)
        cells = column_cells(stored) if has_texts(stored.dtype) else stored
        return self._dates.numbers([name], {own: cells}, lambda row: f"Row {start + row + 1}", path.name)[name]


def guess_dates(path: Path) -> tuple[str, ...]:
    """The columns of dates of a Parquet file: by their type, or of texts that are dates by their first 2,000.

    Raises:
        ExperimentError: it is no Parquet file, or it is damaged.
    """
    import polars as pl

    first = first_cells(path)
    return tuple(name for name, cells in first.items() if cells.dtype != pl.String or are_dates(cells))


def first_cells(path: Path) -> dict[str, pl.Series]:
    """The first 2,000 cells of each column of texts or dates; errors are those of `guess_dates`."""
    import polars as pl

    with parquet_errors(str(path)):
        first = _scan(path).select(pl.col(pl.String, pl.Date, pl.Datetime)).head(FEW).collect()
    return {cells.name: cells for cells in first}


def _index_of_rows(path: Path) -> list[str]:
    """The columns that are the index of the rows by what pandas wrote beside them; none where it wrote nothing."""
    import polars as pl

    written = pl.read_parquet_metadata(path).get(_PANDAS, "{}")
    try:
        index = json.loads(written)["index_columns"]
    except (ValueError, LookupError, TypeError):
        return []
    if not isinstance(index, list):
        return []
    return [name for name in index if isinstance(name, str)]  # a range is an object, and has no column


def _scan(path: Path) -> pl.LazyFrame:
    """A file that is read when its cells are needed; signs in its path have no meaning."""
    import polars as pl

    return pl.scan_parquet(path, glob=False, hive_partitioning=False)


def _pieces(path: Path, column: str) -> Iterator[tuple[int, pl.Series]]:
    """The cells of a column, some million at a time, each with the position of the first."""
    import polars as pl

    with parquet_errors(str(path)):
        rows = _scan(path).select(pl.len()).collect().item()
        for start in range(0, rows, _PIECE):
            yield start, _scan(path).select(column).slice(start, _PIECE).collect().to_series()


def has_texts(kind: pl.DataType) -> bool:
    """Whether a column of a type that can be used has texts."""
    import polars as pl

    return not (kind.is_numeric() or kind in (pl.Boolean, pl.Null, pl.Date, pl.Datetime))


def find_unusable(file: str, name: str, kind: pl.DataType) -> Problem | None:
    """What keeps a column from being used by its type, if anything does.

    Args:
        file: the file's name.
        name: the column's name.
        kind: its type.
    """
    import polars as pl

    if not has_texts(kind) or kind in (pl.String, pl.Categorical, pl.Enum):
        return None
    written = str(kind.base_type())
    message = f'The column "{name}" of {file} has the type {written}, and a column has numbers or texts.'
    return Problem(message, hint=_REMEDIES.get(written))


def column_cells(cells: pl.Series) -> pl.Series:
    """The cells of a column of a type that can be used.

    Returns:
        Float64, the days since 1970-01-01 (UTC) of a date, or String without blanks around each text; null where a cell
        is missing, NaN or an empty text.
    """
    import polars as pl

    if cells.dtype in (pl.Date, pl.Datetime):
        return cells.cast(pl.Datetime("us")).dt.epoch("us").cast(pl.Float64) / 86_400e6
    if not has_texts(cells.dtype):
        return cells.cast(pl.Float64).fill_nan(None)
    return cells.cast(pl.String).str.strip_chars().replace("", None)


def read_parquet_texts(path: Path, column: str) -> Iterator[pl.Series]:
    """The cells of a column as texts without blanks around them, some megabytes at a time.

    Errors are those of `ParquetFile`.
    """
    import polars as pl

    with parquet_errors(str(path)):
        texts = _scan(path).select(pl.col(column).cast(pl.String))
        start, count = 0, _FIRST_TEXTS
        while len(cells := texts.slice(start, count).collect().to_series()):
            yield column_cells(cells)
            start += len(cells)
            count = min(2 * count, max(1, _TEXT_BYTES * len(cells) // max(1, int(cells.estimated_size()))))


@contextmanager
def parquet_errors(file: str) -> Iterator[None]:
    """Reports what polars cannot read as an ExperimentError about a Parquet file."""
    import polars as pl

    try:
        yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        reason = str(error).splitlines()[0].removeprefix("parquet: ").rstrip(".") if str(error) else "it cannot be read"
        raise ExperimentError(Problem(f"{file} is not a Parquet file, or it is damaged: {reason}.")) from error


def open_parquet(files: DataFiles, path: Path, dates: DateKinds = ()) -> ParquetFile:
    """A Parquet file, opened at the first call.

    Args:
        files: the files of the command.
        path: the file, or a pattern of several.
        dates: as for `TableFile`.

    Raises:
        ExperimentError: as for `ParquetFile`; or there is no such file, or it cannot be read.
        StorageError: the file has changed since it was first read.
    """
    return open_table(files, path, ("parquet", dates), partial(ParquetFile, dates=dates))
