"""The rows of a file of any format with named columns, as a generator takes them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import cast

from nnrun.data.dataset import Array, Source
from nnrun.data.files.table_column import MAX_TEXTS, TableColumn
from nnrun.data.files.table_file import TableFile
from nnrun.data.files.table_problems import Role, find_problem
from nnrun.data.generators.date_arguments import hours_of_days
from nnrun.data.generators.generator import GeneratorArguments
from nnrun.data.generators.roles import Roles, find_roles, part_of
from nnrun.data.generators.text_limits import most_texts
from nnrun.errors import ExperimentError
from nnrun.experiment.columns import Column, Columns, DataFile


@dataclass(frozen=True, eq=False)
class TableRows:
    """The checked columns of a file.

    Args:
        columns: the columns that are used, by name.
        roles: what they are for.
        files: the file, or all of them in the order of their rows.
        looked_at: how many of the first rows are known, where the file is large and only checked; None for all.
    """

    columns: Mapping[str, TableColumn]
    roles: Roles
    files: tuple[DataFile, ...]
    looked_at: int | None = None


def read_table(given: GeneratorArguments, open_file: Callable[[], TableFile]) -> TableRows:
    """Reads and checks the columns that a generator uses of a file.

    Args:
        given: the arguments, among them `path` and those of `ROLE_ARGUMENTS`.
        open_file: opens the file.

    Raises:
        ExperimentError: the file cannot be read, or has no such columns or none that can be used; all at once.
        StorageError: the file changed while it was read.
    """
    try:
        table = _read(given, open_file())
    except ExperimentError as error:
        given.problems += [replace(problem, place=given.component.place_of("path")) for problem in error.problems]
    given.finish()
    return table


def _read(given: GeneratorArguments, file: TableFile) -> TableRows:
    """The columns that are used; what is wrong with the header and with them is added to `given`."""
    place = given.component.place_of("path")
    given.problems += [replace(problem, place=place) for problem in file.header_problems()]
    roles = find_roles(given, file.names)
    used = (*roles.inputs, *roles.targets, *((roles.weight,) if roles.weight else ()), *roles.keys)
    known = set(file.names)
    names = [name for name in dict.fromkeys(used) if name in known]
    most = {name: most_texts(given, roles, name) for name in names}
    columns = file.columns(names, roles.keys, [name for name in names if most[name] == MAX_TEXTS])
    has_points = any(column.has_fractions for column in columns.values())
    for name, column in columns.items():
        is_target = name in roles.targets
        others: Role = "weight" if name == roles.weight else "key" if name in roles.keys else "input"
        role: Role = "target" if is_target else others
        may_miss = name != roles.weight and given.allowed.missing(name, target=is_target)
        problem = file.find_name_among_cells(column) or find_problem(
            column, role, most[name], may_miss=may_miss, has_form=file.has_form, has_points=has_points
        )
        if problem:
            given.add("path", problem.message, problem.hint)
        elif name == roles.weight and column.numbers is None:
            given.add("sample_weight", f'The column "{name}" contains text, and sample weights are numbers.')
        elif name == roles.weight and column.extent and column.extent[0] < 0:
            given.add("sample_weight", f"A sample weight is a number from 0. Received: {column.extent[0]:g}")
    spare = set(hours_of_days(given, {name: column.extent for name, column in columns.items()}))
    inputs = tuple(name for name in roles.inputs if name not in spare)
    return TableRows(columns, replace(roles, inputs=inputs or roles.inputs), file.digests, file.looked_at)


def table_columns(table: TableRows) -> Columns:
    """What the columns of a file are, without making their arrays."""
    columns, (first, *others) = table.columns, table.roles.targets
    classes = None if others else len(columns[first].categories) or columns[first].classes
    is_whole = table.looked_at is None
    used = (*table.roles.inputs, *table.roles.targets)
    return Columns(
        tuple(_input_column(columns[name]) for name in table.roles.inputs),
        tuple(_target_column(columns[name]) for name in table.roles.targets),
        len(columns[first]) if is_whole else None,
        classes if is_whole else None,
        files=table.files if is_whole else (),
        totals=_totals([columns[name] for name in table.roles.targets]),
        looked_at=table.looked_at,
        keys=tuple(_input_column(columns[name]) for name in table.roles.keys),
        extents={name: found for name in used if (found := columns[name].extent)},
    )


def _totals(targets: Sequence[TableColumn]) -> tuple[float, float] | None:
    """The smallest and the largest sum of a row's targets, where they are several numbers in memory."""
    numbers = [column.numbers for column in targets if column.numbers is not None and column.stored is None]
    if len(targets) < 2 or len(numbers) < len(targets) or not len(numbers[0]):
        return None
    sums = reduce(operator.add, numbers)
    return float(cast(float, sums.min())), float(cast(float, sums.max()))


def _input_column(column: TableColumn) -> Column:
    return Column(column.name, categories=column.categories)


def _target_column(column: TableColumn) -> Column:
    return Column(column.name, categories=column.categories, is_label=column.numbers is None, extent=column.extent)


def table_source(table: TableRows, *, stream: bool = False) -> Source:
    """The rows in the order of the file: numbers are float32, and of a text the int32 position in sorted order.

    Args:
        table: the columns.
        stream: whether cells on disk stay there.
    """
    whole = {table.roles.weight, *table.roles.keys}

    def values(column: TableColumn) -> Array:
        on_disk = stream and column.stored is not None and column.name not in whole
        return cast(Array, column.stored) if on_disk else column.values()

    columns = {name: values(column) for name, column in table.columns.items()}
    keys = {name: table.columns[name].values(precise=True) for name in table.roles.keys}
    return Source(part_of(table.roles, columns, columns, keys))
