"""What a generator will make, known before any row is made: its columns, their widths, the samples and the classes."""

from __future__ import annotations

import keyword
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nnrun.data.files.csv_column import MAX_WORDS, CsvColumn
from nnrun.data.files.csv_problems import find_header_problems, find_problem
from nnrun.data.files.data_files import CsvFile, DataFiles
from nnrun.errors import MOST_PROBLEMS, ExperimentError, Place, Problem, did_you_mean, first_problems, listed, shown
from nnrun.experiment.columns import Column, Columns, DataFile
from nnrun.experiment.component import with_defaults
from nnrun.experiment.experiment import Component
from nnrun.experiment.expressions import Distribution, Expression, ExpressionError, parse_definition, parse_distribution
from nnrun.experiment.schema.catalog import load_catalog

MAX_NUMBERS = 100_000_000
MAX_INPUT_WORDS = 100


@dataclass(frozen=True)
class Roles:
    """What the columns are for.

    Args:
        inputs: the input columns.
        targets: the target columns.
        weight: the column that says how much each row counts in the loss, if there is one.
    """

    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    weight: str | None


@dataclass(frozen=True)
class InlineTable:
    """A checked `table` generator."""

    columns: tuple[str, ...]
    rows: tuple[tuple[float, ...], ...]
    roles: Roles


@dataclass(frozen=True)
class Function:
    """A checked `function` generator.

    Args:
        samples: the number of rows.
        definitions: what each column is, in order; an expression uses only columns above it.
        roles: what the columns are for.
        noise: what is added to the targets that are no labels.
    """

    samples: int
    definitions: Mapping[str, Distribution | Expression]
    roles: Roles
    noise: Distribution | None

    def is_label(self, column: str) -> bool:
        """Whether the column is a target whose values are true or false."""
        definition = self.definitions[column]
        return column in self.roles.targets and isinstance(definition, Expression) and definition.is_truth


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


def locate(generator: Component, folder: Path) -> Component:
    """The generator with the path of its file made absolute, if it has one.

    Args:
        generator: its arguments have the types that the catalogue of generators names.
        folder: the absolute path of the folder that a path in the experiment is relative to.
    """
    if generator.name != "csv":
        return generator
    return replace(generator, arguments={**generator.arguments, "path": str(folder / generator.arguments["path"])})


def describe_columns(generator: Component, files: DataFiles | None = None) -> Columns:
    """The columns that a generator makes, without making a row.

    Args:
        generator: its arguments have the types that the catalogue of generators names; the path of a file is absolute.
        files: the files that were read already; takes those that are read here.

    Returns:
        The columns, the samples and the classes.

    Raises:
        ExperimentError: the arguments contradict one another or cannot be; all problems at once.
    """
    if generator.name not in _DESCRIBERS:
        hint = did_you_mean(generator.name, _DESCRIBERS) or f"The data generators are: {', '.join(_DESCRIBERS)}."
        raise ExperimentError(Problem(f'There is no data generator "{generator.name}".', generator.place, hint))
    columns = _DESCRIBERS[generator.name](generator, files or DataFiles())
    numbers = (columns.samples or 0) * sum(column.width for column in (*columns.inputs, *columns.targets))
    if numbers > MAX_NUMBERS:
        message = f"A generator makes at most {MAX_NUMBERS:,} numbers, rows times columns. Received: {numbers:,}"
        raise ExperimentError(Problem(message, generator.places.get("samples", generator.place)))
    return columns


def parse_table(generator: Component) -> InlineTable:
    """Checks a `table` generator.

    Raises:
        ExperimentError: rows of unequal length, a cell that is no number, unknown or repeated columns; all at once.
    """
    check = _Check(generator)
    columns = tuple(generator.arguments["columns"])
    for position in _repetitions(columns):
        check.add("columns", f'The column "{columns[position]}" is there twice.', at=(position,))
    for number, row in enumerate(generator.arguments["rows"], start=1):
        _check_row(check, columns, number, row)
    roles = _roles(check, columns)
    check.finish()
    rows = tuple(tuple(float(cell) for cell in row) for row in generator.arguments["rows"])
    return InlineTable(columns, rows, roles)


def parse_function(generator: Component) -> Function:
    """Checks a `function` generator.

    Raises:
        ExperimentError: a column's name or definition is wrong, samples are missing, roles are unclear; all at once.
    """
    check = _Check(generator)
    entry = load_catalog().entry("generators", "function")
    reserved = entry.arguments if entry else {}
    columns = tuple(name for name in generator.arguments if name not in reserved)
    definitions = {name: _definition(check, columns, index) for index, name in enumerate(columns)}
    roles = _roles(check, columns)
    samples = _samples(check, definitions)
    noise = _noise(check)
    whole = {name: definition for name, definition in definitions.items() if definition is not None}
    function = Function(samples, whole, roles, noise)
    if noise and not check.problems and all(function.is_label(name) for name in roles.targets):
        check.add("noise", "Noise is added to targets that are numbers. These are class labels.")
    check.finish()
    return function


def parse_csv(generator: Component, files: DataFiles) -> CsvTable:
    """Reads and checks the file of a `csv` generator.

    Raises:
        ExperimentError: the file cannot be read, is no CSV, or has no such columns or none that can be used; all at
            once.
        StorageError: the file changed while it was read.
    """
    check = _Check(generator)
    arguments = with_defaults(generator)
    _check_delimiter(check, arguments["delimiter"])
    try:
        table = _read_csv(check, files.csv(Path(arguments["path"]), arguments["delimiter"]))
    except ExperimentError as error:
        check.problems += [replace(problem, place=check.generator.place_of("path")) for problem in error.problems]
    check.finish()
    return table


class _Check:
    """Gathers the problems of one generator, each with its place."""

    def __init__(self, generator: Component) -> None:
        self.generator = generator
        self.problems: list[Problem] = []

    def add(self, argument: str, message: str, hint: str | None = None, at: tuple[int, ...] = ()) -> None:
        """A problem of an argument, or of the item at a position of it."""
        self.problems.append(Problem(message, self.generator.place_of(argument, *at), hint))

    @property
    def is_full(self) -> bool:
        """Whether there are more problems than are told."""
        return len(self.problems) > MOST_PROBLEMS

    def add_expression(self, argument: str, text: str, error: ExpressionError, hint: str | None) -> None:
        place = self.generator.place_of(argument)
        if place:
            place = _inside(place, text, error.column)
        self.problems.append(Problem(f'In "{argument}": {error.message}', place, hint))

    def finish(self) -> None:
        if self.problems:
            raise ExperimentError(*first_problems(self.problems))


def _inside(place: Place, text: str, column: int) -> Place:
    """The place of a character of `text`, whose value begins at `place`, perhaps after a quote."""
    start = place.column - 1
    if place.text[start : start + 1] in ("'", '"'):
        start += 1
    # A value with escapes or over several lines does not stand there letter by letter.
    return replace(place, column=start + column + 1) if place.text.startswith(text, start) else place


def _repetitions(names: Sequence[str]) -> list[int]:
    """The positions of the names that stand before as well."""
    first = {name: position for position, name in reversed(list(enumerate(names)))}
    return [position for position, name in enumerate(names) if position > first[name]]


def _listed(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _roles(check: _Check, columns: tuple[str, ...]) -> Roles:
    """What each column is for, checked."""
    arguments = check.generator.arguments
    weight: str | None = arguments.get("sample_weight")
    free = [name for name in dict.fromkeys(columns) if name != weight]
    targets = _listed(arguments.get("target", free[-1:]))
    inputs = _listed(arguments.get("inputs", [name for name in free if name not in targets]))
    known = set(columns)
    weights = (weight,) if weight is not None else ()
    for argument, names in (("inputs", inputs), ("target", targets), ("sample_weight", weights)):
        for position, name in enumerate(names):
            if name not in known and not check.is_full:
                hint = did_you_mean(name, columns) or f"The columns are: {listed(columns) or 'none'}."
                check.add(argument, f'There is no column "{name}".', hint, at=(position,))
        for position in _repetitions(names):
            check.add(argument, f'The column "{names[position]}" is named twice.', at=(position,))
    both = set(inputs) & set(targets)
    argument, chosen = ("inputs", inputs) if "inputs" in arguments else ("target", targets)
    for name in dict.fromkeys(name for name in chosen if name in both):
        check.add(argument, f'The column "{name}" is both an input and a target.', at=(chosen.index(name),))
    if weight in {*inputs, *targets}:
        check.add("sample_weight", f'The column "{weight}" is an input or a target, and cannot weigh the rows.')
    if not inputs or not targets:
        received = ", ".join(columns) or "none"
        check.add("columns", f"At least one input column and one target column are needed. Received: {received}")
    return Roles(inputs, targets, weight)


def _check_delimiter(check: _Check, delimiter: str) -> None:
    if len(delimiter) != 1 or delimiter in '"\r\n':
        hint = 'A tab is written "\\t", in double quotes.' if delimiter.casefold() in ("\\t", "tab") else None
        check.add("delimiter", f"The delimiter is one character, and no quote. Received: {shown(delimiter)}", hint)
        check.finish()


def _read_csv(check: _Check, file: CsvFile) -> CsvTable:
    """The columns that are used; what is wrong with the header and with them goes to `check`."""
    names = file.names
    place = check.generator.place_of("path")
    check.problems += [replace(problem, place=place) for problem in find_header_problems(names, file.path.name)]
    roles = _roles(check, names)
    used = (*roles.inputs, *roles.targets, *((roles.weight,) if roles.weight else ()))
    columns = file.columns([name for name in dict.fromkeys(used) if name in names])
    for name, column in columns.items():
        problem = find_problem(
            column, *(("target", MAX_WORDS) if name in roles.targets else ("input", MAX_INPUT_WORDS))
        )
        if problem:
            check.add("path", problem.message, problem.hint)
        elif name == roles.weight and column.words:
            check.add("sample_weight", f'The column "{name}" holds words, and the weights of rows are numbers.')
    return CsvTable(columns, roles, file.digest)


def _check_row(check: _Check, columns: tuple[str, ...], number: int, row: Sequence[Any]) -> None:
    if len(row) != len(columns):
        message = f"Row {number} must have {len(columns)} cells, one for each column. Received: {len(row)}"
        check.add("rows", message, at=(number - 1,))
    for position, (name, cell) in enumerate(zip(columns, row, strict=False)):
        if isinstance(cell, bool) or not isinstance(cell, int | float) or not _is_finite(cell):
            message = f'Row {number}, column "{name}": a cell is a finite number. Received: {shown(cell)}'
            check.add("rows", message, at=(number - 1, position))


def _is_finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:
        return False


def _definition(check: _Check, columns: tuple[str, ...], index: int) -> Distribution | Expression | None:
    name = columns[index]
    if not name.isidentifier() or keyword.iskeyword(name) or not unicodedata.is_normalized("NFKC", name):
        check.add(name, f"A column of a function has a plain name of letters, digits and _. Received: {name}")
    text = str(check.generator.arguments[name])
    if check.is_full:
        return None
    try:
        return parse_definition(text, columns[:index])
    except ExpressionError as error:
        check.add_expression(name, text, error, _order_hint(columns, index, text[error.column :]) or error.hint)
        return None


def _order_hint(columns: tuple[str, ...], index: int, rest: str) -> str | None:
    """The hint when `rest` begins with a column that is not above the one being defined."""
    word = re.match(r"\w*", rest)
    if word is None or word.group() not in columns[index:]:
        return None
    where = "the column itself" if word.group() == columns[index] else "defined below"
    return f'"{word.group()}" is {where}; a column uses the columns above it.'


def _samples(check: _Check, definitions: Mapping[str, Distribution | Expression | None]) -> int:
    asked: int | None = check.generator.arguments.get("samples")
    grids = [
        int(definition.arguments[2])
        for definition in definitions.values()
        if isinstance(definition, Distribution) and definition.name == "grid"
    ]
    points = math.prod(grids)
    if not grids and asked is None and None not in definitions.values():
        check.add("samples", 'The data generator function needs the argument "samples", the number of rows.')
    if grids and asked is not None and asked != points:
        check.add("samples", f"The grid has {points} points. Received: {asked} samples", "Leave samples out.")
    return points if grids else asked or 0


def _noise(check: _Check) -> Distribution | None:
    noise: float | str = with_defaults(check.generator)["noise"]
    if not isinstance(noise, str):
        return Distribution("normal", (0.0, float(noise))) if noise else None
    try:
        distribution = parse_distribution(noise, ())
    except ExpressionError as error:
        check.add_expression("noise", noise, error, error.hint)
        return None
    if distribution is None or distribution.name not in ("normal", "uniform"):
        allowed = "a standard deviation, normal(mean, stddev) or uniform(low, high)"
        check.add("noise", f"Noise is {allowed}. Received: {noise}")
    return distribution


def _describe_table(generator: Component) -> Columns:
    table = parse_table(generator)
    return Columns(_plain(table.roles.inputs), _plain(table.roles.targets), len(table.rows), _table_classes(table))


def _table_classes(table: InlineTable) -> int | None:
    """The classes of a lone target that holds each of 0, 1, … once at least, and at least these two."""
    if len(table.roles.targets) > 1:
        return None
    position = table.columns.index(table.roles.targets[0])
    return _count_labels(row[position] for row in table.rows)


def _count_labels(numbers: Iterable[float]) -> int | None:
    values = set(numbers)
    return len(values) if len(values) > 1 and values == set(range(len(values))) else None


def _describe_csv(generator: Component, files: DataFiles) -> Columns:
    table = parse_csv(generator, files)
    columns = table.columns
    inputs = tuple(Column(name, len(columns[name].words) or 1, (), columns[name].words) for name in table.roles.inputs)
    targets = tuple(Column(name, words=columns[name].words) for name in table.roles.targets)
    samples = len(columns[table.roles.targets[0]])
    return Columns(inputs, targets, samples, _csv_classes(table), files=(table.file,))


def _csv_classes(table: CsvTable) -> int | None:
    """The classes of a lone target: its words, or its numbers by the rule for tables."""
    if len(table.roles.targets) > 1:
        return None
    target = table.columns[table.roles.targets[0]]
    return len(target.words) or _count_labels(target.numbers or ())


def _describe_function(generator: Component) -> Columns:
    function = parse_function(generator)
    labels = len(function.roles.targets) == 1 and function.is_label(function.roles.targets[0])
    return Columns(
        _plain(function.roles.inputs), _plain(function.roles.targets), function.samples, 2 if labels else None
    )


def _plain(names: Sequence[str]) -> tuple[Column, ...]:
    return tuple(Column(name) for name in names)


def _describe_points(generator: Component, features: int, classes: int) -> Columns:
    """The columns x1, x2, … and class of a toy set."""
    samples: int = with_defaults(generator)["samples"]
    if samples < classes:
        check = _Check(generator)
        check.add("samples", f"Each of the {classes} classes needs a row. Received: {samples} samples")
        check.finish()
    inputs = tuple(Column(f"x{number}") for number in range(1, features + 1))
    return Columns(inputs, (Column("class"),), samples, classes)


def _describe_blobs(generator: Component) -> Columns:
    arguments = with_defaults(generator)
    return _describe_points(generator, arguments["features"], arguments["centers"])


def _describe_images(generator: Component, side: int, target: str, *, own_test: bool) -> Columns:
    arguments = with_defaults(generator)
    shape = tuple(arguments["shape"])
    pixels = side * side
    if math.prod(shape) != pixels:
        check = _Check(generator)
        hint = f"For example: [{pixels}], [{side}, {side}] or [{side}, {side}, 1]"
        check.add("shape", f"The shape must hold the {pixels} pixels of an image. Received: {list(shape)}", hint)
        check.finish()
    image = Column("pixels", pixels, shape if len(shape) > 1 else ())
    return Columns((image,), (Column(target),), arguments["samples"], 10, own_test)


_DESCRIBERS: Mapping[str, Callable[[Component, DataFiles], Columns]] = {
    "table": lambda generator, files: _describe_table(generator),
    "function": lambda generator, files: _describe_function(generator),
    "csv": _describe_csv,
    "moons": lambda generator, files: _describe_points(generator, 2, 2),
    "circles": lambda generator, files: _describe_points(generator, 2, 2),
    "blobs": lambda generator, files: _describe_blobs(generator),
    "spirals": lambda generator, files: _describe_points(generator, 2, with_defaults(generator)["arms"]),
    "digits": lambda generator, files: _describe_images(generator, 8, "digit", own_test=False),
    "mnist": lambda generator, files: _describe_images(generator, 28, "digit", own_test=True),
    "fashion_mnist": lambda generator, files: _describe_images(generator, 28, "class", own_test=True),
}
