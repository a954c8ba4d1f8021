"""The `table` generator: rows given inline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nnrun.data.dataset import Array, Source, as_column
from nnrun.data.files.cell_text import is_finite, is_number
from nnrun.data.files.table_column import MAX_INPUT_CATEGORIES, Stray, TableColumn
from nnrun.data.files.table_problems import POINT, find_unit, has_comma, how_to_bound
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.roles import ROLE_ARGUMENTS, Roles, count_labels, find_roles, part_of, repetitions
from nnrun.data.generators.text_limits import most_texts
from nnrun.errors import shown
from nnrun.experiment.columns import Column, Columns

Cell = float | str | None


@dataclass(frozen=True)
class InlineColumn:
    """The cells of a column, row by row: numbers or texts, and None where one is missing."""

    name: str
    cells: tuple[Cell, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The different texts in sorted order; none in a column of numbers."""
        return tuple(sorted({cell for cell in self.cells if isinstance(cell, str)}))

    @property
    def numbers(self) -> list[float]:
        """The numbers, without those that are missing."""
        return [cell for cell in self.cells if isinstance(cell, int | float)]

    def values(self, dtype: str = "float32") -> Array:
        """The cells, (rows, 1): numbers, NaN where one is missing; of texts int32 positions, -1 where one is missing.

        Args:
            dtype: the type of numbers.
        """
        if texts := self.texts:
            codes: dict[Cell, int] = {text: position for position, text in enumerate(texts)}
            return as_column([codes.get(cell, -1) for cell in self.cells], "int32")
        return as_column([float("nan") if cell is None else cell for cell in self.cells], dtype)


@dataclass(frozen=True)
class InlineTable:
    """A checked `table` generator."""

    columns: Mapping[str, InlineColumn]
    roles: Roles

    @property
    def rows(self) -> list[tuple[Cell, ...]]:
        """The cells row by row."""
        return list(zip(*(column.cells for column in self.columns.values()), strict=True))


def parse_table(given: GeneratorArguments) -> InlineTable:
    """Checks a `table` generator.

    Raises:
        ExperimentError: rows of unequal length, a cell that is neither number nor text, a column of both or with
            missing cells, unknown or repeated columns; all at once.
    """
    names = tuple(given["columns"])
    for position in repetitions(names):
        given.add("columns", f'The column "{names[position]}" is repeated.', at=(position,))
    for number, row in enumerate(given["rows"], start=1):
        _check_row(given, names, number, row)
    roles = find_roles(given, names)
    rows = [row for row in given["rows"] if len(row) == len(names)]
    columns = {name: InlineColumn(name, tuple(row[position] for row in rows)) for position, name in enumerate(names)}
    if len(rows) == len(given["rows"]):
        for position, name in enumerate(names):
            _check_column(given, roles, position, columns[name])
    given.finish()
    return InlineTable(columns, roles)


def _columns(given: GeneratorArguments) -> Columns:
    table = parse_table(given)
    targets = [table.columns[name] for name in table.roles.targets]
    classes = len(targets[0].texts) or count_labels(targets[0].numbers) if len(targets) == 1 else None
    inputs, keys = (
        tuple(Column(name, categories=table.columns[name].texts) for name in names)
        for names in (table.roles.inputs, table.roles.keys)
    )
    return Columns(
        inputs, tuple(map(_target, targets)), len(given["rows"]), classes, keys=keys, totals=_totals(targets)
    )


def _totals(targets: Sequence[InlineColumn]) -> tuple[float, float] | None:
    """The smallest and the largest sum of a row's targets, where they are several numbers."""
    if len(targets) < 2 or any(len(column.numbers) < len(column.cells) for column in targets):
        return None
    sums = [sum(row) for row in zip(*(column.numbers for column in targets), strict=True)]
    return min(sums), max(sums)


def _target(column: InlineColumn) -> Column:
    if texts := column.texts:
        return Column(column.name, categories=texts, is_label=True)
    return Column(column.name, extent=(min(column.numbers), max(column.numbers)))


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows as they are given: numbers float32, texts int32 positions."""
    table = parse_table(given)
    columns = {name: column.values() for name, column in table.columns.items()}
    keys = {name: table.columns[name].values("float64") for name in table.roles.keys}
    return Source(part_of(table.roles, columns, columns, keys))


def _check_row(given: GeneratorArguments, columns: tuple[str, ...], number: int, row: Sequence[Any]) -> None:
    if len(row) != len(columns):
        message = f"Row {number} must have {len(columns)} cells, one for each column. Received: {len(row)}"
        given.add("rows", message, at=(number - 1,))
    for position, (name, cell) in enumerate(zip(columns, row, strict=False)):
        is_known = cell is None or _is_text(cell) or (isinstance(cell, int | float) and is_finite(cell))
        if isinstance(cell, bool) or not is_known:
            message = f'Row {number}, column "{name}": a cell is a finite number, a text or null. Received: '
            hint = "Put a word into quotes." if isinstance(cell, bool) else "A missing cell is null." * (cell == "")
            given.add("rows", message + shown(cell), hint or None, at=(number - 1, position))


def _is_text(cell: Any) -> bool:
    return isinstance(cell, str) and cell.strip() != ""


def _check_column(given: GeneratorArguments, roles: Roles, position: int, column: InlineColumn) -> None:
    """Adds what keeps a column from being used."""
    texts = [row for row, cell in enumerate(column.cells) if isinstance(cell, str)]
    numbers = [row for row, cell in enumerate(column.cells) if isinstance(cell, int | float) and type(cell) is not bool]
    if texts and numbers:
        few, kind, other = (
            (texts, "a text", "numbers") if len(texts) <= len(numbers) else (numbers, "a number", "texts")
        )
        message = f'Row {few[0] + 1}, column "{column.name}": the other cells are {other}, and this one is {kind}. '
        hint = "Numbers that name categories stand in quotes, all of them."
        given.add("rows", f"{message}Received: {shown(column.cells[few[0]])}", hint, at=(few[0], position))
        return
    used = (*roles.inputs, *roles.targets, *roles.keys, roles.weight)
    if column.name not in used:
        return
    if column.name == roles.weight and texts:
        given.add("sample_weight", f'The column "{column.name}" contains text, and sample weights are numbers.')
    if texts and all(map(has_comma, column.texts)):
        message = f'Row {texts[0] + 1}, column "{column.name}": a number has a comma, which makes it a text. '
        given.add("rows", f"{message}Received: {shown(column.cells[texts[0]])}", POINT, at=(texts[0], position))
    elif problem := find_unit(_as_in_a_file(column)):
        given.add("rows", problem.message, problem.hint, at=(texts[0], position))
    _check_missing(given, roles, position, column)
    most = most_texts(given, roles, column.name)
    if len(column.texts) > most:
        message = f'The column "{column.name}" has {len(column.texts)} different texts; at most {most:,} are possible.'
        remedy = how_to_bound(column.name) if most == MAX_INPUT_CATEGORIES else None
        given.add("columns", message, remedy, at=(position,))


def _as_in_a_file(column: InlineColumn) -> TableColumn:
    """The column as a file would have it, with its texts that are no numbers."""
    strays: dict[str, Stray] = {}
    for row, cell in enumerate(column.cells, start=1):
        if isinstance(cell, str) and not is_number(cell):
            before = strays.get(cell, Stray(row, 0, unit="row"))
            strays[cell] = replace(before, count=before.count + 1)
    return TableColumn(column.name, None, column.texts, None, strays, len(column.cells))


def _check_missing(given: GeneratorArguments, roles: Roles, position: int, column: InlineColumn) -> None:
    gaps = [row for row, cell in enumerate(column.cells) if cell is None]
    is_target, is_weight = column.name in roles.targets, column.name == roles.weight
    if len(gaps) == len(column.cells):
        given.add("rows", f'The column "{column.name}" has no value in any row.', at=(0, position))
    elif gaps and (is_weight or not given.allowed.missing(column.name, target=is_target)):
        remedy = "drop" if is_target else "indicator" if column.texts else "mean"
        how = f", or write data: {{prepare: {{columns: {{{column.name}: {{missing: {remedy}}}}}}}}}" * (not is_weight)
        others = f", {len(gaps)} such rows in all" if len(gaps) > 1 else ""
        message = f'Row {gaps[0] + 1} has no value in the column "{column.name}"{others}.'
        given.add("rows", message, f"Fill it in{how}.", at=(gaps[0], position))


GENERATOR = Generator(
    "table",
    "Rows given inline; a column has numbers or texts.",
    {
        "columns": {
            "description": "The names of the columns, in the order of the cells.",
            "type": "array",
            "items": {"type": "string", "minLength": 1},
            "minItems": 2,
            "required": True,
        },
        "rows": {
            "description": "The rows, each a list with one cell per column: a number, a text or null where it is "
            "missing.",
            "type": "array",
            "items": {"type": "array"},
            "minItems": 1,
            "required": True,
        },
        **ROLE_ARGUMENTS,
    },
    _columns,
    _make,
    example={"columns": ["x", "y"], "rows": [[0, 0], [1, 2], [2, 4]]},
)
