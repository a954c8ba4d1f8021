"""What is wrong with the section `data.window`, as far as it is known without a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nnrun.data.splits.key_columns import find_key_column
from nnrun.data.splits.sizes import held_out_sizes, used_size
from nnrun.data.windows.columns import chosen_columns
from nnrun.errors import Problem, did_you_mean, first_problems, listed
from nnrun.experiment.column_steps import balance_of, column_steps
from nnrun.experiment.columns import Columns
from nnrun.experiment.split_section import read_split
from nnrun.experiment.text.yaml_text import Document, ValuePath
from nnrun.experiment.window_section import SHORTER, WINDOW, Window, read_window, too_short

_WINDOW: ValuePath = ("data", WINDOW)
# Rules that leave the rows of a part in the order of their series.
_IN_ORDER = ("last", "order", "group", "column")


def find_window_problems(document: Document, columns: Columns) -> list[Problem]:
    """What is wrong with the windows of a document that is valid by the schema.

    Args:
        document: the document.
        columns: the columns that the generator makes.

    Returns:
        A problem for a column that is not there, a split or a preparation that breaks the order of the rows, or a part
        that is too short.
    """
    data = document.at(("data",)) or {}
    window = read_window(data)
    if window is None:
        return []
    problems = [*_column_problems(document, window, columns), *_order_problems(document, data)]
    if not problems:
        problems += [*_target_problems(document, window, columns), *_preparation_problems(document, window, columns)]
    return first_problems(problems or [*_short_parts(document, window, data, columns)])


def _column_problems(document: Document, window: Window, columns: Columns) -> Iterator[Problem]:
    known = {column.name: column for column in (*columns.targets, *columns.inputs)}
    for setting, names in (("inputs", window.inputs or ()), ("targets", window.targets or ())):
        for i, name in enumerate(names):
            place = document.place((*_WINDOW, setting, i)) or document.place((*_WINDOW, setting))
            if name not in known:
                hint = did_you_mean(name, [*known]) or f"The columns are: {listed([*known])}."
                yield Problem(f'There is no column "{name}".', place, hint)
            elif name in names[:i]:
                yield Problem(f'The column "{name}" is listed twice.', place)
    if window.group is not None and find_key_column(columns, window.group) is None:
        hint = did_you_mean(window.group, [*known]) or f"The columns are: {listed([*known])}."
        yield Problem(f'There is no column "{window.group}".', document.place((*_WINDOW, "group")), hint)


def _order_problems(document: Document, data: Mapping[str, Any]) -> Iterator[Problem]:
    if read_split(data).kind not in _IN_ORDER:
        message = "Windows need rows in order, and this split shuffles them: a window would have rows of several parts."
        hint = "Leave split out, which holds out the last rows, or write split: {order: COLUMN}"
        yield Problem(message, document.place(("data", "split")), hint)
    elif data.get("use", 1) != 1 and not read_split(data).in_time:
        message = "use draws some of the training rows, and windows need all of them in order."
        yield Problem(message, document.place(("data", "use")), "Leave use out, or split by time.")
    if data.get("stream"):
        message = "Windows are cut from rows in memory, and stream keeps them on disk."
        yield Problem(message, document.place(("data", "stream")), "Leave stream out.")


def _target_problems(document: Document, window: Window, columns: Columns) -> Iterator[Problem]:
    chosen = chosen_columns(columns, window, read_split(document.at(("data",))).column)
    place = document.place(_WINDOW)
    if not chosen.inputs:
        yield Problem("A window has no input column.", place, "Name them: inputs: [COLUMN]")
    for column in dict.fromkeys((*chosen.inputs, *chosen.targets)):
        if column.text or len(column.shape) > 1:
            has = "free texts" if column.text else f"rows of shape {column.shape}"
            yield Problem(f'The column "{column.name}" has {has}, and a window takes vectors.', place)
    learned = {column.name for column in columns.targets}
    for column in chosen.targets:
        if column.categories and column.name not in learned:
            message = f'The column "{column.name}" has texts, and is no target of the generator.'
            yield Problem(message, document.place((*_WINDOW, "targets")), f"Add it there: target: {column.name}")
        if window.steps > 1 and (column.is_label or column.categories or column.shape != (1,)):
            message = f'Several steps are predicted of numbers, and "{column.name}" is a class label or a vector.'
            yield Problem(message, document.place((*_WINDOW, "steps")), "Leave steps out.")


def _preparation_problems(document: Document, window: Window, columns: Columns) -> Iterator[Problem]:
    data = document.at(("data",))
    chosen = chosen_columns(columns, window, read_split(data).column)
    place = document.place(("data", "prepare"))
    gaps = [column.name for column in chosen.inputs if column_steps(data, column.name).missing == "drop"]
    gaps += [each.name for each in chosen.targets if column_steps(data, each.name, target=True).missing == "drop"]
    if gaps:
        message = f'missing: drop leaves rows out of the series, those without "{gaps[0]}".'
        yield Problem(message, place, "Fill them in: write missing: mean, or missing: median.")
    if balance_of(data) != "none":
        message = "balance chooses among the rows, and windows need all of them in order."
        yield Problem(message, document.place(("data", "prepare", "balance")), "Use class_weight: balanced.")


def _short_parts(document: Document, window: Window, data: Mapping[str, Any], columns: Columns) -> Iterator[Problem]:
    if columns.samples is None or read_split(data).kind == "column":
        return
    validation, test = held_out_sizes(columns.samples, data)
    training = used_size(max(0, columns.samples - validation - test), data.get("use", 1))
    for name, rows in (("training", training), ("validation", validation), ("test", test)):
        if (rows or name == "training") and not window.count(rows):
            yield Problem(too_short(name, rows, window), document.place((*_WINDOW, "length")), SHORTER)
