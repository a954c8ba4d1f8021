"""The data of an experiment as the code that makes the same columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import Any

from nnrun.data.files.file_glob import is_pattern
from nnrun.data.generators.csv import parse_csv
from nnrun.data.generators.function_arguments import parse_function
from nnrun.data.generators.generator import GeneratorArguments
from nnrun.data.generators.roles import ROLE_ARGUMENTS, Roles
from nnrun.data.generators.table import Cell, InlineTable, parse_table
from nnrun.data.generators.table_rows import TableRows
from nnrun.errors import Problem, listed
from nnrun.experiment.allowed_cells import AllowedCells
from nnrun.experiment.component import with_defaults
from nnrun.experiment.experiment import Experiment
from nnrun.export.column_code import DataCode, NoDataCode, cast, index_code, weight_code
from nnrun.export.function_code import function_code
from nnrun.export.python_text import Variables, call, comment, listed_code, number, statement, text
from nnrun.export.set_code import set_code
from nnrun.runs.relative_path import relative_path


def data_code(experiment: Experiment, variables: Variables, folder: Path) -> DataCode:
    """The code that makes the columns of an experiment.

    Args:
        experiment: the experiment.
        variables: the names of the program.
        folder: the folder that the program will lie in; the path of a data file is relative to it.

    Raises:
        NoDataCode: there is no such code for this generator.
    """
    generator = experiment.data.generator
    arguments = with_defaults(generator)
    match generator.name:
        case "function":
            return function_code(parse_function(GeneratorArguments(generator)), variables)
        case "table":
            allowed = AllowedCells(experiment.data.preparation)
            table = parse_table(GeneratorArguments(generator, allowed=allowed))
            return _table(table, gaps=bool(experiment.data.prepare))
        case "csv":
            return _csv(experiment, arguments, folder)
    found = set_code(generator.name, arguments, experiment.columns.generated)
    if found is None:
        raise NoDataCode(Problem(f"A script has no code for the data generator {generator.name}.", generator.place))
    return found


# table and csv


def _table(table: InlineTable, *, gaps: bool) -> DataCode:
    if all(isinstance(cell, int | float) for row in table.rows for cell in row):
        return _number_table(table)
    cells = listed_code(listed_code(map(_cell, row)) for row in table.rows)
    lines = statement("header = ", listed_code(map(text, table.columns)))
    lines += [*statement("rows = ", cells), "columns = dict(zip(header, zip(*rows)))  # the cells of each column"]
    texts = {name for name, column in table.columns.items() if column.texts}
    code = _by_name(texts, table.roles, gaps=gaps)
    return replace(code, lines=[*lines, *code.lines])


def _cell(cell: Cell) -> str:
    return text(cell) if isinstance(cell, str) else "None" if cell is None else number(cell)


def _number_table(table: InlineTable) -> DataCode:
    columns = tuple(table.columns)
    rows = listed_code(listed_code(map(_cell, row)) for row in table.rows)
    lines = [comment(", ".join(columns)), *statement("table = ", call("np.array", rows, "float"))]

    def array(wanted: Sequence[str], label: bool) -> str:
        return f"table[:, {index_code([columns.index(name) for name in wanted])}]" + cast(label=label)

    return DataCode(lines, array, weights=weight_code(table.roles, lambda name: f"table[:, {columns.index(name)}]"))


_READERS = {
    "numbers": [
        "def numbers(*names):",
        '    """Columns of numbers side by side."""',
        '    return np.array([columns[name] for name in names], float).T.astype("float32")',
    ],
    "one_hot": [
        "def one_hot(name):",
        '    """A column of texts, with a number for each different text in sorted order."""',
        "    texts = sorted(set(columns[name]))",
        '    return np.array([[cell == text for text in texts] for cell in columns[name]]).astype("float32")',
    ],
    "labels": [
        "def labels(name):",
        '    """A column of texts as class labels: their positions in sorted order."""',
        "    texts = sorted(set(columns[name]))",
        '    return np.array([[texts.index(cell)] for cell in columns[name]], "int32")',
    ],
}


# The same where cells may be missing.
_READERS_OF_GAPS = {
    "numbers": [
        "def numbers(*names):",
        '    """Columns of numbers side by side; a missing one is not a number."""',
        '    cells = [["nan" if cell in ("", None) else cell for cell in columns[name]] for name in names]',
        '    return np.array(cells, float).T.astype("float32")',
    ],
    "words": [
        "def words(name):",
        '    """A column of texts; a missing one is empty."""',
        '    return np.array([[cell or ""] for cell in columns[name]])',
    ],
    "labels": [
        "def labels(name):",
        '    """A column of texts as class labels, their positions in sorted order; a missing one is -1."""',
        '    texts = sorted({*columns[name]} - {"", None})',
        '    return np.array([[texts.index(cell) if cell else -1] for cell in columns[name]], "int32")',
    ],
}


def _plain_csv(experiment: Experiment) -> tuple[TableRows, Roles]:
    """The columns of a CSV file that Python's csv module alone can read."""
    generator = experiment.data.generator
    others = sorted({*generator.arguments} - {"path", "delimiter", *ROLE_ARGUMENTS})
    path = generator.arguments["path"]
    if others or is_pattern(Path(path)) or Path(path).suffix in (".gz", ".zst"):
        what = listed(others) if others else "a compressed file or several files"
        raise NoDataCode(Problem(f"A script has no code to read a CSV file with {what}.", generator.place))
    table = parse_csv(GeneratorArguments(generator, allowed=AllowedCells(experiment.data.preparation)))
    return table, table.roles


def _csv(experiment: Experiment, arguments: Mapping[str, Any], folder: Path) -> DataCode:
    table, roles = _plain_csv(experiment)
    texts = {name for name, column in table.columns.items() if column.categories}
    path = relative_path(str(arguments["path"]), folder)
    delimiter = arguments["delimiter"]
    if delimiter.isspace() and delimiter != "\t":
        cells = "([cell for cell in row if cell] for row in reader if any(row))"
    else:
        cells = "([cell.strip() for cell in row] for row in reader if any(cell.strip() for cell in row))"
    reader = call("csv.reader", "file", **({} if delimiter == "," else {"delimiter": text(delimiter)}))
    opened = f'with open({_file_code(path)}, encoding="utf-8-sig", newline="") as file:'
    lines = [opened, *statement("reader = ", reader, "    "), f"    header, *rows = {cells}"]
    lines.append("columns = dict(zip(header, zip(*rows)))  # the cells of each column by its name")
    code = _by_name(texts, roles, gaps=bool(experiment.data.prepare))
    return replace(code, lines=[*lines, *code.lines], imports=("import csv", "from pathlib import Path"))


def _by_name(texts: Set[str], roles: Roles, *, gaps: bool) -> DataCode:
    """The code that takes columns from `columns`, the cells of each by its name; perhaps cells are missing."""
    lines: list[str] = []
    used = [name for name in (*roles.inputs, *roles.targets) if name in texts]
    needed = {"numbers"} if any(n not in texts for n in (*roles.inputs, *roles.targets, roles.weight)) else set()
    words = "words" if gaps else "one_hot"
    needed |= {"labels" if name in roles.targets else words for name in used}
    for name, function in (_READERS_OF_GAPS if gaps else _READERS).items():
        lines += ["", "", *function] if name in needed else []

    def array(wanted: Sequence[str], label: bool) -> str:
        parts: list[str] = []
        plain: list[str] = []
        for name in [*wanted, None]:
            if name is not None and name not in texts:
                plain.append(text(name))
                continue
            if plain:
                parts.append(f"numbers({', '.join(plain)})")
                plain = []
            if name is not None:
                parts.append(f"{'labels' if name in roles.targets else 'one_hot'}({text(name)})")
        return parts[0] if len(parts) == 1 else f"np.concatenate([{', '.join(parts)}], axis=1)" + cast(label=label)

    def raw(name: str) -> str:
        reader = "labels" if name in roles.targets and name in texts else words if name in texts else "numbers"
        return f"{reader}({text(name)})"

    weights = None if roles.weight is None else f"numbers({text(roles.weight)})[:, 0]"
    return DataCode([*lines, "", ""], array, weights=weights, raw=raw if gaps else None)


def _file_code(path: str) -> str:
    """The path of a data file, from where the program lies."""
    return text(path) if Path(path).is_absolute() else f"Path(__file__).parent / {text(path)}"
