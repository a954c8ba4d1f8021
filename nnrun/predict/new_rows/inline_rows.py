"""New rows written on the command line, `[[0.3, red], [0.5, blue]]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnrun.data.predict_settings import Sample, read_samples
from nnrun.data.rows import part_from_points
from nnrun.errors import ExperimentError, Place, Problem, first_problems, shown
from nnrun.experiment.columns import Columns
from nnrun.experiment.text.yaml_text import Document, parse_document
from nnrun.predict.new_rows.cell_values import free_texts, from_numbers
from nnrun.predict.new_rows.new_rows import Fault, NewRows, WantedColumn, part_of_columns, refuse_faults


def inline_rows(text: str, source: str, columns: Columns, dates: Mapping[str, str] | None = None) -> NewRows:
    """The rows of a text in YAML or JSON: a list of rows, each a list with a cell for every input column, in order.

    Args:
        text: a cell is a number, a text of a text column, a date, or null for a missing cell; a row of a single cell
            may be the cell itself.
        source: the name of the option.
        columns: the columns of the training data.
        dates: the columns of dates, each with what it becomes, of `dates.KINDS`.

    Raises:
        ExperimentError: the text is not such a list, or a cell cannot be used; with the place of each.
    """
    document = parse_document(text, source)
    if not isinstance(document.value, list) or not document.value:
        hint = "For example: --rows '[[0.3, 1], [0.5, 2]]'"
        message = f"Rows are a list of lists. Received: {shown(document.value)}"
        raise ExperimentError(Problem(message, document.place(()), hint))
    points, problems = _points(document, columns, dates)
    if problems and not _points(parse_document(f"[{text}]", source), columns, dates)[1]:
        message = f"Rows are a list of lists. Received: {shown(document.value)}"
        raise ExperimentError(Problem(message, document.place(()), f"For one row write [{text.strip()}]"))
    if problems:
        raise ExperimentError(*problems)

    def locate(row: int, column: str) -> Place | None:
        return document.place((row,))

    wanted = [WantedColumn(column) for column in columns.inputs]
    faults: list[Fault] = []
    given = part_from_points(columns.inputs, points, "float64").inputs
    values = [from_numbers(each, given[each.column.name], faults) for each in wanted]
    rows = [row if isinstance(row, list) else [row] for row in document.value]
    for position, column in enumerate(columns.inputs):
        if column.text and all(len(row) == len(wanted) and isinstance(row[position], str) for row in rows):
            values[position] = free_texts(column, [row[position].strip() for row in rows], faults)
    refuse_faults(faults, source, locate)
    return NewRows(part_of_columns(wanted, values), source, locate=locate)


def _points(
    document: Document, columns: Columns, dates: Mapping[str, str] | None
) -> tuple[tuple[Sample, ...], list[Problem]]:
    """The rows, and what is wrong with them."""
    problems = first_problems(_not_cells(document))
    return () if problems else read_samples(document, columns, problems, (), dates), problems


def _not_cells(document: Document) -> list[Problem]:
    """The cells that are neither numbers nor texts."""
    wrong = []
    for i, row in enumerate(document.value):
        cells: list[tuple[tuple[int, ...], Any]] = [((i,), row)]
        if isinstance(row, list):
            cells = [((i, k), cell) for k, cell in enumerate(row)]
        for path, cell in cells:
            if isinstance(cell, bool) or not isinstance(cell, int | float | str | None):
                hint = "Texts such as true need quotes." if isinstance(cell, bool) else None
                message = f"A cell is a number or a text. Received: {shown(cell)}"
                wrong.append(Problem(message, document.place(path), hint))
    return wrong
