"""The `csv` generator: the rows of a CSV file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from nnrun.data.dataset import Array, Source, as_column
from nnrun.data.files.csv_column import MAX_CATEGORIES, CsvColumn
from nnrun.data.files.csv_problems import find_header_problems, find_name_among_cells, find_problem
from nnrun.data.files.data_files import CsvFile
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.roles import ROLE_ARGUMENTS, Roles, count_labels, find_roles, part_of
from nnrun.errors import ExperimentError, shown
from nnrun.experiment.columns import Column, Columns, DataFile

MAX_INPUT_CATEGORIES = 100


@dataclass(frozen=True, eq=False)
class CsvTable:
    """A checked `csv` generator and what its file holds.

    Args:
        columns: the columns that are used, by name.
        roles: what they are for.
        file: the file.
    """

    columns: Mapping[str, CsvColumn]
    roles: Roles
    file: DataFile


def parse_csv(given: GeneratorArguments) -> CsvTable:
    """Reads and checks the file of a `csv` generator.

    Raises:
        ExperimentError: the file cannot be read, is no CSV, or has no such columns or none that can be used; all at
            once.
        StorageError: the file changed while it was read.
    """
    _check_delimiter(given, given["delimiter"])
    try:
        table = _read_csv(given, given.files.csv(Path(given["path"]), given["delimiter"]))
    except ExperimentError as error:
        given.problems += [replace(problem, place=given.component.place_of("path")) for problem in error.problems]
    given.finish()
    return table


def _columns(given: GeneratorArguments) -> Columns:
    table = parse_csv(given)
    columns, (first, *others) = table.columns, table.roles.targets
    classes = None if others else len(columns[first].categories) or count_labels(columns[first].numbers or ())
    return Columns(
        tuple(_input_column(columns[name]) for name in table.roles.inputs),
        tuple(_target_column(columns[name]) for name in table.roles.targets),
        len(columns[first]),
        classes,
        files=(table.file,),
    )


def _input_column(column: CsvColumn) -> Column:
    return Column(column.name, len(column.categories) or 1, categories=column.categories)


def _target_column(column: CsvColumn) -> Column:
    extent = (min(column.numbers), max(column.numbers)) if column.numbers else None
    return Column(column.name, categories=column.categories, is_label=column.numbers is None, extent=extent)


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows in the order of the file.

    Numbers are float32 columns. A text column is one-hot encoded as an input, its texts in sorted order; as a target it
    has int32 labels, the positions of its texts in that order.
    """
    table = parse_csv(given)
    targets = {name: _target(table.columns[name]) for name in table.roles.targets}
    others = {name: _input(column) for name, column in table.columns.items() if name not in targets}
    return Source(part_of(table.roles, others, targets))


def _input(column: CsvColumn) -> Array:
    from nnrun.data.class_labels import one_hot

    if column.numbers is not None:
        return as_column(column.numbers)
    return one_hot(as_column(column.codes, "intp"), len(column.categories))  # (rows, categories)


def _target(column: CsvColumn) -> Array:
    return as_column(column.codes, "int32") if column.numbers is None else as_column(column.numbers)


def _check_delimiter(given: GeneratorArguments, delimiter: str) -> None:
    if len(delimiter) != 1 or delimiter in '"\r\n':
        hint = 'A tab is written "\\t", in double quotes.' if delimiter.casefold() in ("\\t", "tab") else None
        given.add("delimiter", f"The delimiter is one character, and no quote. Received: {shown(delimiter)}", hint)
        given.finish()


def _read_csv(given: GeneratorArguments, file: CsvFile) -> CsvTable:
    """The columns that are used; what is wrong with the header and with them is added to `given`."""
    names = file.names
    place = given.component.place_of("path")
    given.problems += [replace(problem, place=place) for problem in find_header_problems(names, file.path.name)]
    roles = find_roles(given, names)
    used = (*roles.inputs, *roles.targets, *((roles.weight,) if roles.weight else ()))
    known = set(names)
    columns = file.columns([name for name in dict.fromkeys(used) if name in known])
    for name, column in columns.items():
        role = ("target", MAX_CATEGORIES) if name in roles.targets else ("input", MAX_INPUT_CATEGORIES)
        problem = find_name_among_cells(column, file.path.name) or find_problem(column, *role)
        if problem:
            given.add("path", problem.message, problem.hint)
        elif name == roles.weight and column.categories:
            given.add("sample_weight", f'The column "{name}" contains text, and sample weights are numbers.')
    return CsvTable(columns, roles, file.digest)


CSV = Generator(
    "csv",
    "The rows of a CSV file in UTF-8 whose first line names the columns; a text column is one-hot encoded as an input "
    "and becomes class labels as a target.",
    {
        "path": {
            "description": "The file, in or below the folder of the experiment file and relative to it.",
            "type": "string",
            "minLength": 1,
            "required": True,
        },
        **ROLE_ARGUMENTS,
        "delimiter": {
            "description": 'The character between two cells; a tab is "\\t", and " " stands for one blank or several.',
            "type": "string",
            "default": ",",
        },
    },
    _columns,
    _make,
    file="path",
)
