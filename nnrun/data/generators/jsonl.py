"""The `jsonl` generator: the rows of a file of JSON lines."""

from __future__ import annotations

from pathlib import Path

from nnrun.data.dataset import Source
from nnrun.data.files.jsonl_file import open_jsonl
from nnrun.data.generators.date_arguments import DATES_ARGUMENT, name_parts, read_dates
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.roles import PATHS_ARGUMENT, ROLE_ARGUMENTS
from nnrun.data.generators.table_rows import TableRows, read_table, table_columns, table_source
from nnrun.experiment.columns import Columns


def _parse(given: GeneratorArguments) -> TableRows:
    name_parts(given)
    return read_table(given, lambda: open_jsonl(given.files, Path(given["path"]), read_dates(given)))


def _columns(given: GeneratorArguments) -> Columns:
    return table_columns(_parse(given))


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    return table_source(_parse(given), stream=resources.stream)


GENERATOR = Generator(
    "jsonl",
    "The rows of a file of JSON lines, an object a line, whose keys name the columns; a missing key is a missing cell. "
    "A text column is one-hot encoded as an input and becomes class labels as a target.",
    {**PATHS_ARGUMENT, **ROLE_ARGUMENTS, **DATES_ARGUMENT},
    _columns,
    _make,
    files=("path",),
    streams=True,
    link="https://jsonlines.org",
    example={"path": "flowers.jsonl"},
)
