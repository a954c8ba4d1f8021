"""The samples that an experiment predicts after training, as numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from nnrun.data.files.dates import HOW_TO_WRITE, DateColumns, numbers_of_date
from nnrun.errors import Place, Problem, did_you_mean, first_problems, listed, shown
from nnrun.experiment.columns import Column, Columns, feature_names
from nnrun.experiment.data_generators import WITH_DATES
from nnrun.experiment.experiment import Component, Experiment
from nnrun.experiment.text.yaml_text import Document, ValuePath
from nnrun.experiment.text_encoding import TextEncoding

Sample = tuple[float, ...]
Cell = float | str | None

_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_AFTER_TRAINING = "Leave predict out, and use: nnrun predict RUN --rows"
# The numbers of a cell that only what is fitted tells; `fitted_samples` has them after the training.
_UNKNOWN = math.nan


def read_samples(
    document: Document,
    columns: Columns,
    problems: list[Problem],
    within: ValuePath = ("predict",),
    dates: Mapping[str, str] | None = None,
) -> tuple[Sample, ...]:
    """The samples of the setting `predict`, or of another list of them.

    A sample has a number for every number that the network takes, or a cell for every column: the text of a text
    column, which is encoded, a date of a column of dates, null for a missing cell, and the number of any other.

    Args:
        document: the experiment, valid by its schema.
        columns: the columns of the data; without input columns where those are not known.
        problems: takes what is wrong with the samples.
        within: the path of the list of samples.
        dates: the columns of dates, each with what it becomes, of `dates.KINDS`.

    Returns:
        Each as many numbers as the input columns have together, NaN for one that is known after the training alone.
    """
    samples: list[Sample] = []
    wrong: list[Problem] = []
    groups = _groups(columns.inputs, dates or {})
    for i, written in enumerate(document.at(within) or () if columns.inputs else ()):
        cells = written if isinstance(written, list) else [written]
        path = (*within, i)
        places = [document.place((*path, k) if isinstance(written, list) else path) for k in range(len(cells))]
        samples.append(_sample(cells, groups, [document.place(path), *places], wrong))
    problems += first_problems(wrong)
    return tuple(samples)


def fitted_samples(experiment: Experiment) -> Experiment:
    """An experiment whose columns are fitted, with the numbers of all cells of its setting `predict`."""
    groups = _groups(experiment.columns.inputs, date_kinds(experiment.data.generator))
    written = [each if isinstance(each, list) else [each] for each in experiment.resolved.get("predict", [])]
    samples = tuple(_sample(cells, groups, [None] * (1 + len(cells)), []) for cells in written)
    return replace(experiment, predict=samples)


def date_kinds(generator: Component) -> Mapping[str, str]:
    """The columns of dates of a generator, each with what it becomes."""
    kinds: Mapping[str, str] = generator.arguments.get("dates", {}) if generator.name in WITH_DATES else {}
    return kinds


@dataclass(frozen=True)
class _Group:
    """The columns that a cell of the data becomes.

    Args:
        name: the column of the data.
        columns: these columns, several for the parts of a date.
        parts: of a date what each of them is.
    """

    name: str
    columns: tuple[Column, ...]
    parts: tuple[str, ...] = ()


def _groups(columns: Sequence[Column], dates: Mapping[str, str]) -> list[_Group]:
    parts = DateColumns(dates).parts
    found: list[_Group] = []
    for column in columns:
        own, part = parts.get(column.name, (column.name, None))
        if part is not None and found and found[-1].name == own:
            last = found.pop()
            found.append(_Group(own, (*last.columns, column), (*last.parts, part)))
        else:
            found.append(_Group(own, (column,), () if part is None else (part,)))
    return found


def _sample(
    cells: Sequence[Cell], groups: Sequence[_Group], places: Sequence[Place | None], wrong: list[Problem]
) -> Sample:
    columns = [column for group in groups for column in group.columns]
    width = sum(column.width for column in columns)
    has_texts = any(column.categories or column.text or column.has_indicator for column in columns)
    has_dates = any(group.parts for group in groups)
    numbers = [float(cell) for cell in cells if isinstance(cell, int | float)]
    by_column = len(numbers) < len(cells) or ((has_texts or has_dates) and len(cells) != width)
    for each in (groups, [_Group(column.name, (column,)) for column in columns]):
        if by_column and len(cells) == len(each):
            pairs = zip(each, cells, places[1:], strict=True)
            return tuple(number for group, cell, place in pairs for number in _numbers(group, cell, place, wrong))
    if len(cells) == width == len(numbers):
        wrong += _code_problems(columns, numbers, places)
        return tuple(numbers)
    needed = f"{width} number{'s' * (width != 1)} ({listed(feature_names(columns))})"
    if has_texts or has_dates:
        kinds = "a number or text" if not has_dates else "a number, text or date" if has_texts else "a number or date"
        needed += f", or {kinds} for each column ({listed([group.name for group in groups])})"
    wrong.append(Problem(f"A sample to predict has {needed}. Received: {len(cells)}", places[0]))
    return ()


def _code_problems(
    columns: Sequence[Column], numbers: Sequence[float], places: Sequence[Place | None]
) -> Iterator[Problem]:
    """A problem for each text column whose numbers are those of no text."""
    start = 0
    for column in columns:
        own, place = numbers[start : start + column.width], places[0] if column.width > 1 else places[start + 1]
        start += column.width
        if not column.categories:
            continue
        encoding, hint = column.word_encoding, f"The texts are: {listed(column.categories)}."
        if encoding.kind == "integer" and not (own[0].is_integer() and 0 <= own[0] < encoding.positions):
            message = f'The column "{column.name}" takes one of its texts, or its number from 0 to'
            yield Problem(f"{message} {encoding.positions - 1}. Received: {own[0]:g}", place, hint)
        if encoding.kind != "integer" and sorted(own) != [*[0.0] * (len(own) - 1), 1.0]:
            yield Problem(not_one_hot(column), place, hint)


def not_one_hot(column: Column) -> str:
    """What is wrong with numbers of a text column that stand for no text."""
    return f'The column "{column.name}" takes one of its texts, or a 1 for it and 0 for each of the others.'


def _numbers(group: _Group, cell: Cell, place: Place | None, wrong: list[Problem]) -> Sample:
    """The numbers of one cell of the data."""
    if group.parts and isinstance(cell, str):
        found = numbers_of_date(cell, group.parts)
        if found is None:
            message = f'The column "{group.name}" takes a date. Received: {shown(cell)}'
            wrong.append(Problem(message, place, HOW_TO_WRITE))
            return ()
        each = zip(group.columns, found, strict=True)
        return tuple(number for column, part in each for number in _cell(column, part, place, wrong))
    if cell is not None and len(group.columns) > 1:
        message = f'The column "{group.name}" takes a date. Received: {shown(cell)}'
        wrong.append(Problem(message, place, HOW_TO_WRITE))
        return ()
    return tuple(number for column in group.columns for number in _cell(column, cell, place, wrong))


def text_among(cell: float | str, texts: Sequence[str]) -> str:
    """The text that a cell means: itself, or the way in which one of the texts writes the number; 1 means `1` or `1.0`.

    Args:
        cell: a text or a number.
        texts: the texts of a column.
    """
    if isinstance(cell, str):
        return cell
    whole = math.isfinite(cell) and cell == int(cell)
    ways = [str(int(cell)), f"{int(cell)}.0"] if whole else []
    return next((way for way in (*ways, repr(cell), f"{cell:g}") if way in texts), f"{cell:g}")


def _cell(column: Column, cell: Cell, place: Place | None, wrong: list[Problem]) -> Sample:
    """The numbers of the cell of one column."""
    if column.text:
        return _free_text(column, column.text, cell, place, wrong)
    if cell is None and column.missing in ("refuse", "drop"):
        hint = f"Write data: {{prepare: {{columns: {{{column.name}: {{missing: …}}}}}}}}" * (column.missing == "refuse")
        wrong.append(Problem(f'The column "{column.name}" takes no missing cell.', place, hint or None))
        return ()
    if not column.categories:
        return _number(column, cell, place, wrong)
    encoding = column.word_encoding
    if not encoding.is_fitted:
        return (_UNKNOWN,) * column.width
    text = "" if cell is None else text_among(cell, column.categories)
    position = encoding.missing_position if cell is None else encoding.position(text)
    if position is None:
        hint = did_you_mean(text, column.categories) or f"The texts are: {listed(column.categories)}."
        wrong.append(Problem(f'The column "{column.name}" has no text {shown(text)}.', place, hint))
    if encoding.kind == "integer":
        return (float(position or 0),)
    return tuple(float(i == position) for i in range(encoding.positions))


def _number(column: Column, cell: Cell, place: Place | None, wrong: list[Problem]) -> Sample:
    """The number of a cell, with the one beside it that says whether it is missing."""
    if isinstance(cell, str) or not column.is_one_cell:
        message = f'The column "{column.name}" takes a number. Received: {shown(cell)}'
        wrong.append(Problem(message, place, _as_number(cell) if isinstance(cell, str) else None))
        return ()
    number = cell
    if number is None:
        number = column.fill[0] if column.fill else _UNKNOWN
    return (float(number), float(cell is None)) if column.has_indicator else (float(number),)


def _as_number(text: str) -> str | None:
    """How a number in quotes, or with a comma, is to be written; None for other texts."""
    written = text.strip()
    if _NUMBER.fullmatch(written.replace(",", ".", 1)) is None:
        return None
    return f"Write {written.replace(',', '.', 1)}, without quotes."


def _free_text(column: Column, encoding: TextEncoding, cell: Cell, place: Place | None, wrong: list[Problem]) -> Sample:
    """The numbers of a cell of free text."""
    from nnrun.data.preparation.texts import encode_texts

    if not isinstance(cell, str):
        wrong.append(Problem(f'The column "{column.name}" takes a text. Received: {shown(cell)}', place))
    elif not encoding.vocabulary:
        message = f'Which numbers the texts of the column "{column.name}" become is known after training.'
        wrong.append(Problem(message, place, _AFTER_TRAINING))
    else:
        return tuple(encode_texts(encoding, [cell])[0].tolist())
    return ()
