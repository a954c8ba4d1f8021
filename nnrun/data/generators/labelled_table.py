"""A file of rows with a column of texts that stand for themselves, such as paths, and a target column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nnrun.data.dataset import Array
from nnrun.data.files.cell_text import clipped
from nnrun.data.files.csv_form import CsvForm
from nnrun.data.files.table_column import MAX_CATEGORIES, MAX_TEXTS, TableColumn
from nnrun.data.files.table_file import TableFile
from nnrun.data.files.table_problems import Role, find_problem
from nnrun.data.files.table_texts import is_csv, open_any_table, read_texts
from nnrun.data.generators.csv_arguments import FORM_ARGUMENTS, checked_form
from nnrun.data.generators.generator import GeneratorArguments, JsonSchema
from nnrun.errors import did_you_mean, listed
from nnrun.experiment.columns import Column

# How a CSV file is written, as for the generator `csv`; dates have no use here.
TABLE_ARGUMENTS: Mapping[str, JsonSchema] = {
    name: {key: value for key, value in schema.items() if key != "default"}
    for name, schema in FORM_ARGUMENTS.items()
    if name != "dates"
}


@dataclass(frozen=True, eq=False)
class LabelledTable:
    """The checked columns of a file of rows.

    Args:
        file: the file.
        column: the column of the texts.
        target_cells: the target column.
        key_cells: the columns that only split the rows.
        form: how CSV is written.
    """

    file: TableFile
    column: str
    target_cells: TableColumn
    key_cells: tuple[TableColumn, ...]
    form: CsvForm = field(default_factory=CsvForm)

    @property
    def target(self) -> Column:
        """What is predicted: class labels where it has texts."""
        cells = self.target_cells
        return Column(cells.name, categories=cells.categories, is_label=cells.numbers is None, extent=cells.extent)

    @property
    def classes(self) -> int | None:
        """The number of classes; None where the target is a number."""
        return len(self.target_cells.categories) or self.target_cells.classes

    @property
    def keys(self) -> tuple[Column, ...]:
        """The columns that only split the rows."""
        return tuple(Column(cells.name, categories=cells.categories) for cells in self.key_cells)

    def texts(self) -> Iterator[list[str]]:
        """The texts, some rows at a time; errors are those of `read_texts`."""
        return read_texts(self.file, self.column, self.form)

    def labels(self) -> Array:
        """The values of the target, float32 or int32, (rows, 1)."""
        return self.target_cells.values()

    def key_values(self) -> dict[str, Array]:
        """The values of the columns that only split the rows, each (rows, 1)."""
        return {cells.name: cells.values(precise=True) for cells in self.key_cells}


def refuse_form(given: GeneratorArguments, what: str) -> None:
    """Adds a problem for each argument that says how a CSV file is written.

    Args:
        given: the arguments.
        what: what the path is instead, such as `a folder`.
    """
    for argument in TABLE_ARGUMENTS:
        if argument in given.component.arguments:
            given.add(argument, f"{argument} is for a CSV file, and the path is {what}.", "Leave it out.")


def read_labelled(given: GeneratorArguments, path: Path, default: str) -> LabelledTable:
    """Reads the target of a file of rows, and checks that it has the column of the texts.

    Args:
        given: the arguments, among them `column` and `target`.
        path: the file.
        default: the column of the texts where the arguments name none.

    Raises:
        ExperimentError: the file cannot be read, a column is missing, or the target cannot be used; all at once.
        StorageError: the file changed while it was read.
    """
    form = checked_form(given)
    if not is_csv(path):
        refuse_form(given, f"a {path.suffix} file")
    given.finish()
    table = open_any_table(given.files, path, form)
    column = given.values.get("column", default)
    others = [name for name in table.names if name not in (column, *given.split.sets_aside)]
    target = given.values.get("target", others[-1] if others else None)
    for argument, name in (("column", column), ("target", target)):
        if name is not None and name not in table.names:
            hint = did_you_mean(name, table.names) or f"The columns are: {listed([*map(clipped, table.names)])}."
            is_named = argument in given.component.arguments
            given.add(
                argument, f'There is no column "{name}".', hint if is_named else f"Name it: {argument}: …. {hint}"
            )
    if target is None or target == column:
        given.add("target", f'A target column is needed beside "{column}".')
    given.problems += table.header_problems()
    given.finish()
    keys = tuple(name for name in given.split.keys if name in table.names and name != target)
    cells = table.columns([str(target), *keys], keys, keys)
    for name, one in cells.items():
        role: Role = "target" if name == target else "key"
        most = MAX_CATEGORIES if name == target else MAX_TEXTS
        problem = table.find_name_among_cells(one) or find_problem(one, role, most, has_form=table.has_form)
        if problem:
            given.add("target" if name == target else "path", problem.message, problem.hint)
    given.finish()
    return LabelledTable(table, column, cells[str(target)], tuple(cells[name] for name in keys), form)
