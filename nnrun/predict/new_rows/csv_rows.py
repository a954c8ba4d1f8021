"""New rows from CSV text: columns by name in any order, texts and numbers as in training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.files.byte_source import ByteSource, source_of_bytes
from nnrun.data.files.cell_text import are_finite, as_numbers, clipped, is_missing, is_too_large, overflows
from nnrun.data.files.csv_blocks import Block, read_blocks
from nnrun.data.files.csv_delimiter import guess_delimiter
from nnrun.data.files.csv_form import CsvForm
from nnrun.data.files.csv_place import cell_place, line_text
from nnrun.data.files.csv_reader import CsvPart, CsvReader, CsvRows
from nnrun.data.files.numerals import is_quantity
from nnrun.data.files.table_problems import PLAIN, POINT, TOO_LARGE, has_comma
from nnrun.errors import MOST_PROBLEMS, ExperimentError, Place, Problem, did_you_mean, first_problems, listed
from nnrun.experiment.columns import feature_names
from nnrun.predict.new_rows.cell_values import (
    free_texts,
    from_codes,
    from_numbers,
    number_fault,
    position_of,
    text_fault,
)
from nnrun.predict.new_rows.new_rows import Fault, NewRows, WantedColumn, part_of_columns, refuse_faults
from nnrun.predict.new_rows.series_keys import number_keys, text_keys

if TYPE_CHECKING:
    import polars as pl

_FILL = "Fill the cell, or remove its row."


@dataclass(frozen=True, eq=False)
class _Cells:
    """The columns of the file that are used.

    Args:
        file: the file.
        blocks: its rows, some at a time.
        texts: every cell of each column, without blanks around it; null where it is empty.
    """

    file: CsvReader
    blocks: Sequence[CsvRows]
    texts: Mapping[str, pl.Series]

    def line(self, row: int) -> int:
        """The line in which a row begins."""
        for block in self.blocks:
            if row < block.rows:
                break
            row -= block.rows
        return block.line_of(row)

    def place(self, row: int, column: str) -> Place:
        """The place of a cell."""
        return _place(self.file, self.line(row), self.file.position(column))


def csv_rows(
    content: bytes,
    source: str,
    wanted: Sequence[WantedColumn],
    weight: str | None = None,
    form: CsvForm | None = None,
) -> NewRows:
    """The rows of a CSV file.

    A column stands under its own name, or under the names of its numbers, such as `color=red` and `pixels[0]`.

    Args:
        content: the bytes of the file.
        source: the file as the user named it.
        wanted: the columns that the rows must have.
        weight: the column of the sample weights, used where the file has it.
        form: how the training data are written; its delimiter is used where it separates columns that are wanted.

    Raises:
        ExperimentError: a column is missing or repeated, or a cell cannot be used; with the place of each.
    """
    form = form or CsvForm()
    opened = partial(source_of_bytes, source, content)
    form = replace(form, delimiter=_delimiter(opened(), wanted, form))
    reader = CsvReader([CsvPart(source, opened, len(content))], form, fewest=1)
    groups = _groups(reader, wanted)
    used = [name for names in groups.values() for name in names]
    weights = [weight] if weight is not None and weight in reader.names else []
    cells = _read(reader, list(dict.fromkeys([*used, *weights])))

    def locate(row: int, column: str) -> Place:
        return cells.place(row, groups.get(column, (column,))[0])

    faults: list[Fault] = []
    values = [_values(each, groups[each.column.name], cells, faults) for each in wanted]
    weight_values = [_numbers(name, cells, faults).astype(np.float32) for name in weights]
    refuse_faults(faults, source, locate)
    ignored = tuple(name for name in reader.names if name not in cells.texts)
    return NewRows(part_of_columns(wanted, values, next(iter(weight_values), None)), source, ignored, locate)


def _read(reader: CsvReader, names: Sequence[str]) -> _Cells:
    import polars as pl

    blocks = list(reader.rows(names))
    texts = {name: pl.concat([rows.cells[name] for rows in blocks]) for name in names}
    return _Cells(reader, blocks, texts)


def _place(reader: CsvReader, line: int, position: int = 0) -> Place:
    text = line_text(reader.parts[0].open(), reader.form, line)
    return cell_place(reader.name, text, reader.form, line, position)


def _delimiter(opened: ByteSource, wanted: Sequence[WantedColumn], form: CsvForm) -> str:
    """The delimiter of the training data where it separates wanted columns, else the one that suits the text best."""
    names = {name for each in wanted for name in (each.column.name, *feature_names([each.column]))}
    content = next(read_blocks(opened, form), Block(b"", 1)).content
    first = content[: content.find(b"\n") % (len(content) + 1)].decode()
    cells = {cell.strip().strip('"') for cell in first.split(form.delimiter)}
    is_fit = form.names is not None or (len(cells) > 1 and cells & names)
    return form.delimiter if is_fit else guess_delimiter(content)


def _groups(reader: CsvReader, wanted: Sequence[WantedColumn]) -> dict[str, tuple[str, ...]]:
    """The columns of the file that each wanted column consists of: itself, or one for each of its numbers.

    Raises:
        ExperimentError: one is missing or repeated.
    """
    header = set(reader.names)
    groups: dict[str, tuple[str, ...]] = {}
    problems = []
    for each in wanted:
        name, parts = each.column.name, tuple(feature_names([each.column]))
        whole = _is_one_cell(each) and (name in header or each.role != "input")
        groups[name] = (name,) if whole or not header >= {*parts} else parts
        if not header >= {*groups[name]} or (groups[name] == (name,) and not _is_one_cell(each)):
            problems.append(_missing(reader, each, _place(reader, 1)))
        for part in groups[name]:
            if reader.names.count(part) > 1:
                place = _place(reader, 1, reader.position(part))
                problems.append(Problem(f'The column "{part}" is repeated.', place))
    if problems:
        raise ExperimentError(*first_problems(problems))
    return groups


def _is_one_cell(wanted: WantedColumn) -> bool:
    return wanted.role != "input" or wanted.column.is_one_cell


def _missing(reader: CsvReader, wanted: WantedColumn, place: Place) -> Problem:
    """A message for a column that is not there."""
    names, column = [*map(clipped, reader.names)], wanted.column
    hint = did_you_mean(column.name, names) or f"The columns are: {listed(names)}."
    if not _is_one_cell(wanted):
        numbers = f"{column.name}[0] to {column.name}[{column.width - 1}]"
        hint = f"It has {column.width} numbers: name them {numbers}, or use an .npz file with one array."
    if wanted.is_key:
        return Problem(f'There is no column "{column.name}", {wanted.use}.', place, hint)
    return Problem(f'There is no column "{column.name}".', place, hint)


def _values(wanted: WantedColumn, names: Sequence[str], cells: _Cells, faults: list[Fault]) -> Array:
    if wanted.is_key:
        return _keys(wanted, cells, faults)
    if wanted.column.text and names == (wanted.column.name,):
        return free_texts(wanted.column, cells.texts[wanted.column.name].fill_null("").to_list(), faults)
    if wanted.column.categories and names == (wanted.column.name,):
        return from_codes(wanted, _codes(wanted, cells, faults))
    columns = [_numbers(name, cells, faults, gaps=bool(wanted.column.fill)) for name in names]
    return from_numbers(wanted, np.stack(columns, axis=1), faults)  # (rows, names)


def _keys(wanted: WantedColumn, cells: _Cells, faults: list[Fault]) -> Array:
    """The cells of a column that says where the rows stand, (rows, 1)."""
    name = wanted.column.name
    if wanted.column.categories and not cells.texts[name].dtype.is_float():
        return text_keys(wanted, cells.texts[name].fill_null("").to_list(), faults)
    return number_keys(wanted, _numbers(name, cells, faults), faults)


def _numbers(name: str, cells: _Cells, faults: list[Fault], *, gaps: bool = False) -> Array:
    """The cells of a column of numbers, float64 (rows,); what is none becomes a fault, and 0.

    Args:
        name: the column of the file.
        cells: its cells.
        faults: takes what is wrong with them.
        gaps: whether a cell may be missing; it becomes NaN.
    """
    texts = cells.texts[name]
    numbers = texts if texts.dtype.is_float() else as_numbers(texts, cells.file.form.decimal)
    wrong = ~are_finite(numbers)
    if gaps:
        unknown = ((row, str(texts[row] or "")) for row in wrong.arg_true())
        missing = [row for row, text in unknown if is_missing(text) and not overflows(text)]
        numbers = numbers.scatter(missing, math.nan)
        wrong = wrong.scatter(missing, False)
    for row in wrong.arg_true().head(MOST_PROBLEMS + 1):
        text = str(texts[row] or "")
        faults.append(number_fault(row, name, clipped(text), _remedy(text)))
    return numbers.set(wrong, 0.0).to_numpy()


def _remedy(text: str) -> str | None:
    """What to do about a text that is no number."""
    if is_too_large(text):
        return TOO_LARGE
    if has_comma(text):
        return POINT
    return _FILL if is_missing(text) else PLAIN if is_quantity(text) else None


def _codes(wanted: WantedColumn, cells: _Cells, faults: list[Fault]) -> Array:
    """The position of each cell of a text column, (rows,); a text that has none is a fault."""
    import polars as pl

    texts = cells.texts[wanted.column.name].fill_null("")
    different = texts.unique().to_list()
    found = [position_of(wanted, text) for text in different]
    positions = pl.Series([-1 if position is None else position for position in found], dtype=pl.Int64)
    codes = texts.replace_strict(different, positions, return_dtype=pl.Int64)
    for row in (codes < 0).arg_true().head(MOST_PROBLEMS + 1):
        faults.append(text_fault(row, wanted.column, clipped(texts[row])))
    return codes.to_numpy()
