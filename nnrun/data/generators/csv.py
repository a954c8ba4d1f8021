"""The `csv` generator: the rows of a CSV file."""

from __future__ import annotations

from pathlib import Path

from nnrun.data.dataset import Source
from nnrun.data.files.csv_file import open_csv
from nnrun.data.generators.csv_arguments import FORM_ARGUMENTS, checked_form
from nnrun.data.generators.date_arguments import name_parts
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.roles import PATHS_ARGUMENT, ROLE_ARGUMENTS
from nnrun.data.generators.table_rows import TableRows, read_table, table_columns, table_source
from nnrun.experiment.columns import Columns


def parse_csv(given: GeneratorArguments) -> TableRows:
    """Reads and checks the file of a `csv` generator; errors are those of `read_table`."""
    form = checked_form(given)
    name_parts(given)
    return read_table(given, lambda: open_csv(given.files, Path(given["path"]), form))


def _columns(given: GeneratorArguments) -> Columns:
    return table_columns(parse_csv(given))


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    return table_source(parse_csv(given), stream=resources.stream)


GENERATOR = Generator(
    "csv",
    "The rows of a CSV file, which may be compressed (.gz, .zst), or of several with the same columns; a text column "
    "is one-hot encoded as an input and becomes class labels as a target.",
    {
        **PATHS_ARGUMENT,
        **ROLE_ARGUMENTS,
        **FORM_ARGUMENTS,
    },
    _columns,
    _make,
    files=("path",),
    streams=True,
    example={"path": "flowers.csv"},
)
