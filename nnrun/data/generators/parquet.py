"""The `parquet` generator: the rows of a Parquet file."""

from __future__ import annotations

from pathlib import Path

from nnrun.data.dataset import Source
from nnrun.data.files.parquet_file import open_parquet
from nnrun.data.generators.date_arguments import DATES_ARGUMENT, name_parts, read_dates
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.roles import PATHS_ARGUMENT, ROLE_ARGUMENTS
from nnrun.data.generators.table_rows import TableRows, read_table, table_columns, table_source
from nnrun.experiment.columns import Columns


def _parse(given: GeneratorArguments) -> TableRows:
    name_parts(given)
    return read_table(given, lambda: open_parquet(given.files, Path(given["path"]), read_dates(given)))


def _columns(given: GeneratorArguments) -> Columns:
    return table_columns(_parse(given))


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    return table_source(_parse(given), stream=resources.stream)


GENERATOR = Generator(
    "parquet",
    "The rows of a Parquet file, its columns numbers, truth values or texts; a text column is one-hot encoded as an "
    "input and becomes class labels as a target.",
    {**PATHS_ARGUMENT, **ROLE_ARGUMENTS, **DATES_ARGUMENT},
    _columns,
    _make,
    files=("path",),
    streams=True,
    link="https://parquet.apache.org",
    example={"path": "flowers.parquet"},
)
