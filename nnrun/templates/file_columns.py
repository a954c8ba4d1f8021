"""A file of rows without an experiment: what reads it, how it is written, and its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from nnrun.data.files.byte_source import open_source
from nnrun.data.files.csv_file import open_csv
from nnrun.data.files.csv_form import CsvForm
from nnrun.data.files.data_files import DataFiles
from nnrun.data.files.dates import DateKinds
from nnrun.data.files.form_guess import GuessedForm, guess_form
from nnrun.data.files.table_column import MAX_CATEGORIES
from nnrun.data.files.table_file import TableFile
from nnrun.data.files.table_problems import find_comma, find_numbers, find_too_large
from nnrun.data.profile.file_table import file_table, unkept_texts
from nnrun.data.profile.raw_table import RawTable
from nnrun.errors import ExperimentError, Problem
from nnrun.templates.template import generator_of

_HEAD = 2**20  # bytes that say how a file is written
_ONE_ARRAY = "Write an experiment with the generator npy, as in: npy: {inputs: x.npy, target: y.npy}"


@dataclass(frozen=True, eq=False)
class FileRows:
    """The rows of a file.

    Args:
        generator: what reads the file.
        table: its rows.
        form: how it is written.
        left_out: the columns that are not read, each with the reason.
        mixed: the columns of texts that are meant as numbers, each with what is wrong with it.
        problems: what else is wrong with the file.
        test: the rows of its test set, if it has one.
        are_usual: whether its arrays have names by which the generator knows what they are for.
    """

    generator: str
    table: RawTable
    form: GuessedForm = field(default_factory=GuessedForm)
    left_out: Mapping[str, str] = field(default_factory=dict)
    mixed: Mapping[str, Problem] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    test: RawTable | None = None
    are_usual: bool = False


def read_file_rows(file: Path) -> FileRows:
    """The rows of a file.

    Args:
        file: its absolute path; by its suffix a Parquet file, one of JSON lines, an npz file, or any other a CSV file.

    Raises:
        ExperimentError: it cannot be read, or is not what its suffix says.
    """
    generator = generator_of(file)
    if generator == "npy":
        message = f"{file.name} has one array, so it has no target beside the inputs."
        raise ExperimentError(Problem(message, hint=_ONE_ARRAY))
    if generator == "npz":
        from nnrun.data.profile.array_tables import npz_tables

        arrays = npz_tables(file)
        return FileRows(generator, arrays.rows, left_out=arrays.left_out, test=arrays.test, are_usual=arrays.are_usual)
    form, table = _open_table(generator, file)
    problems = table.header_problems()
    if problems:
        raise ExperimentError(*problems)
    unread = table.find_unread()
    columns = table.columns([name for name in table.names if name not in unread], precise=table.names)
    if not columns:
        raise ExperimentError(f"{file.name} has no column of numbers or texts.")
    unkept = dict.fromkeys(unkept_texts(columns), f"more than {MAX_CATEGORIES:,} different texts")
    mixed = {
        name: problem
        for name, column in columns.items()
        if (problem := find_too_large(column) or find_numbers(column, "target"))
    }
    may_be = not any(column.has_fractions for column in columns.values())
    wrong = [
        problem
        for column in columns.values()
        if (problem := table.find_name_among_cells(column) or find_comma(column, may_be_decimal=may_be))
    ]
    return FileRows(generator, file_table(columns), form, unread | unkept, mixed, tuple(wrong))


def _open_table(generator: str, file: Path) -> tuple[GuessedForm, TableFile]:
    """How a file is written, and the file."""
    if generator == "parquet":
        from nnrun.data.files import parquet_file

        dates = parquet_file.guess_dates(file)
        return GuessedForm(dates=dates), parquet_file.open_parquet(DataFiles(), file, _as_numbers(dates))
    if generator == "jsonl":
        from nnrun.data.files import jsonl_file

        dates = jsonl_file.guess_dates(file)
        return GuessedForm(dates=dates), jsonl_file.open_jsonl(DataFiles(), file, _as_numbers(dates))
    with closing(open_source(file)) as source:
        guessed = guess_form(source.read(_HEAD))
    return guessed, open_csv(DataFiles(), file, csv_form(guessed))


def csv_form(guessed: GuessedForm) -> CsvForm:
    """The guess as the reader takes it."""
    return CsvForm(
        guessed.delimiter,
        decimal=guessed.decimal,
        comment=guessed.comment,
        encoding=guessed.encoding,
        names=guessed.columns or None,
        missing=frozenset(guessed.missing),
        dates=_as_numbers(guessed.dates),
    )


def _as_numbers(dates: Sequence[str]) -> DateKinds:
    return tuple((name, "number") for name in dates)
