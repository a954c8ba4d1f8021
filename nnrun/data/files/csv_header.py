"""The names of the columns of a CSV file, from its first line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from nnrun.data.files.cell_text import clipped, is_number
from nnrun.data.files.csv_form import CsvForm
from nnrun.data.files.second_look import SecondLook
from nnrun.data.files.table_problems import HOW_TO_NAME
from nnrun.errors import ExperimentError, Problem, shown

DELIMITERS = (",", ";", "\t", "|")
_MOST_SHOWN = 8  # names of a header that is none
_MANY = 10  # numbers that rise or fall from column to column by chance in one header of millions


def read_header(name: str, content: bytes, form: CsvForm, fewest: int) -> tuple[tuple[str, ...], int]:
    """The names of the columns, and how many bytes of the text they take.

    Args:
        name: the file's name, for messages.
        content: the first rows.
        form: how the file is written.
        fewest: the fewest columns that it may have.

    Raises:
        ExperimentError: there are none.
    """
    look = SecondLook(name, content, form)
    first = next(look.rows(), None)
    if first is None:
        raise ExperimentError(Problem(f"The file {name} is empty.", hint="Its first line names columns."))
    cells = tuple(cell.strip() for cell in first[1])
    names = cells if form.names is None else _given(name, form.names, len(cells), first[0])
    if form.names is None and _is_data(names, form.decimal):
        received = ", ".join(map(clipped, names[:_MOST_SHOWN])) + ", …" * (len(names) > _MOST_SHOWN)
        message = f"The first line of {name} must name the columns. Received: {received}"
        raise ExperimentError(Problem(message, hint=f"{HOW_TO_NAME}."))
    end = look.taken
    if sum(map(bool, names)) < fewest and form.names is None:
        below = next(look.rows(), (0, []))[1]
        if len(below) >= fewest and all(cell.strip() and not is_number(cell.strip()) for cell in below):
            raise _title(name, " ".join(filter(None, cells)))
    if len(names) < fewest:
        others = [mark for mark in (*DELIMITERS, " ") if mark in cells[0]]
        runs = "; runs of blanks count as one" if others == [" "] else ""
        named = f"delimiter: {shown(others[0])}{runs}" if others else ""
        hint = f"If the file has another delimiter, write it: {named}" if named else None
        message = f"A CSV file has two columns or more. Received: {clipped(cells[0])}"
        raise ExperimentError(Problem(message, hint=hint))
    return names, end if form.names is None else 0


def _title(file: str, text: str) -> ExperimentError:
    """A first line that is one text, above a line of names."""
    message = f"The first line of {file} must name the columns, as the second one seems to. Received: {clipped(text)}"
    marks = [mark for mark in ("#", "%", "//") if text.startswith(mark)]
    comment = f", or add to the arguments: comment: {shown(marks[0])}" if marks else "."
    return ExperimentError(Problem(message, hint=f"Remove the lines above the names{comment}"))


def _given(file: str, names: tuple[str, ...], width: int, line: int) -> tuple[str, ...]:
    if names and len(names) != width:
        message = f"Line {line} of {file} has {width} cells, and columns names {len(names)}."
        raise ExperimentError(Problem(message, hint="Name every column of the file, in its order."))
    return names or tuple(f"column{i}" for i in range(1, width + 1))


def _is_data(names: Sequence[str], decimal: str) -> bool:
    """Whether a first line holds cells rather than names: numbers among its names that do not count or measure."""
    written = [name.replace(decimal, ".", 1) for name in names]
    numbers = [float(name) for name in written if name and is_number(name)]
    return bool(numbers) and not is_scale(numbers)


def is_scale(numbers: Sequence[float]) -> bool:
    """Whether numbers may name columns: counted from 0 or 1, years, evenly spaced, or many that rise or fall."""
    if any(numbers == list(range(start, start + len(numbers))) for start in (0, 1)):
        return True
    steps = [after - before for before, after in pairwise(numbers)]
    if not (all(step > 0 for step in steps) or all(step < 0 for step in steps)):
        return False
    are_years = all(number.is_integer() and 1800 <= number <= 2100 for number in numbers)
    evenly = len(numbers) > 2 and all(math.isclose(step, steps[0], rel_tol=1e-6) for step in steps)
    return are_years or evenly or len(numbers) >= _MANY
