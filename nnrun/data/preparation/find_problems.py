"""What is wrong with the section `data.prepare`, as far as it is known without a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nnrun.errors import Problem, did_you_mean, first_problems, listed
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.text.yaml_text import Document, ValuePath

_PREPARE: ValuePath = ("data", "prepare")
_NUMBER_STEPS = ("clip", "log")
_WORD_STEPS = ("words", "max_words")


def find_preparation_problems(document: Document, columns: Columns) -> list[Problem]:
    """What is wrong with the section `data.prepare` of a document that is valid by the schema.

    Args:
        document: the document.
        columns: the columns that the generator makes.

    Returns:
        A problem for a setting that is written twice, a column that is not there, an option that does not suit its
        column, or a range without numbers.
    """
    if not document.at(_PREPARE):
        return []
    return first_problems([*_general_problems(document, columns), *_column_problems(document, columns)])


def _general_problems(document: Document, columns: Columns) -> Iterator[Problem]:
    prepare: Mapping[str, Any] = document.at(_PREPARE)
    if "scale" in prepare and document.at(("data", "scale")) not in (None, "none"):
        message = '"scale" is set twice: in data and in data.prepare.'
        yield Problem(message, document.place((*_PREPARE, "scale")), "Leave one of them out.")
    yield from _step_problems(document, _PREPARE, prepare)
    free = [column.name for column in columns.inputs if column.text]
    numbers = [column.name for column in columns.inputs if not column.categories and not column.text]
    for step in _NUMBER_STEPS:
        if step in prepare and not numbers:
            message = f'"{step}" is for numbers, and every input column has texts.'
            yield Problem(message, document.place((*_PREPARE, step)), "Leave it out.")
    for step in _WORD_STEPS:
        if step in prepare and len(numbers) + len(free) == len(columns.inputs):
            message = f'"{step}" is for texts of a few kinds, and no input column has such.'
            yield Problem(message, document.place((*_PREPARE, step)), "Leave it out.")
    if prepare.get("balance", "none") != "none":
        yield from _balance_problems(document, columns)


def _balance_problems(document: Document, columns: Columns) -> Iterator[Problem]:
    place = document.place((*_PREPARE, "balance"))
    if document.at(("class_weight",)) is not None and document.at((*_PREPARE, "balance")) == "weights":
        yield Problem('"class_weight" and balance: weights both weight the classes.', place, "Leave one of them out.")
    whole = all(float(end).is_integer() for column in columns.targets for end in column.extent or ())
    if len(columns.targets) > 1 or not whole:
        hint = "Leave it out, or give each row a sample_weight."
        yield Problem('"balance" needs one target, and that a class label.', place, hint)


def _step_problems(document: Document, path: ValuePath, steps: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with steps whatever their columns are."""
    clip = steps.get("clip")
    if clip and clip[0] >= clip[1]:
        message = f'"clip" needs a smaller and a larger number. Received: [{clip[0]:g}, {clip[1]:g}]'
        yield Problem(message, document.place((*path, "clip")))
    elif clip and steps.get("log") and clip[1] <= 0:
        message = f'"log" needs numbers above 0, and "clip" leaves none. Received: [{clip[0]:g}, {clip[1]:g}]'
        yield Problem(message, document.place((*path, "clip")))
    words = steps.get("words")
    if "max_words" in steps and (words == "hash" or isinstance(words, Mapping)):
        message = '"max_words" is for words: onehot and words: integer; hash has as many buckets as it says.'
        yield Problem(message, document.place((*path, "max_words")), "Leave max_words out.")


def _column_problems(document: Document, columns: Columns) -> Iterator[Problem]:
    path: ValuePath = (*_PREPARE, "columns")
    inputs = {column.name: column for column in columns.inputs}
    targets = {column.name: column for column in columns.targets}
    for name, steps in (document.at(path) or {}).items():
        column = inputs.get(name) or targets.get(name)
        if column is None:
            names = [*inputs, *targets]
            hint = did_you_mean(name, names) or f"The columns are: {listed(names)}."
            yield Problem(f'There is no column "{name}".', document.key_place((*path, name)), hint)
            continue
        yield from _step_problems(document, (*path, name), steps)
        unsuitable = _unsuitable_in_target if name in targets else _unsuitable
        for step, reason, remedy in unsuitable(column, steps):
            yield Problem(reason, document.place((*path, name, step)), remedy)
        if name in targets and "scale" in steps and document.at(("data", "scale_targets")) not in (None, "none"):
            message = f'The scale of the target "{name}" is set twice: in data.scale_targets and here.'
            yield Problem(message, document.place((*path, name, "scale")), "Leave one of them out.")


_Unsuitable = tuple[str, str, str | None]


def _unsuitable(column: Column, steps: Mapping[str, Any]) -> Iterator[_Unsuitable]:
    """The steps that do not suit an input column, each with a reason and a remedy."""
    other: tuple[str, ...]
    kind, other = ("texts", _NUMBER_STEPS) if column.categories else ("numbers", _WORD_STEPS)
    if column.text:
        kind, other = "free texts", (*_NUMBER_STEPS, *_WORD_STEPS, "scale", "missing")
    for step in other:
        if step in steps:
            yield step, f'The column "{column.name}" has {kind}, and "{step}" is not for them.', "Leave it out."
    missing = steps.get("missing", "refuse")
    if column.categories and missing not in ("refuse", "drop", "indicator"):
        remedy = "Write missing: indicator, which gives missing cells a number of their own, or missing: drop."
        yield "missing", f'The column "{column.name}" has texts, which have no {_statistic(missing)}.', remedy
    if missing == "indicator" and not column.categories and column.shape != (1,):
        yield "missing", f'The column "{column.name}" has {column.width} numbers, and "indicator" is for one.', None


def _unsuitable_in_target(column: Column, steps: Mapping[str, Any]) -> Iterator[_Unsuitable]:
    """The same for a target column."""
    labels = column.is_label or column.categories
    for step in (*_WORD_STEPS, *((*_NUMBER_STEPS, "scale") if labels else ())):
        if step in steps:
            what = "a class label" if labels else "a number"
            remedy = "For labels as vectors write data: {one_hot: true}." if step == "words" else "Leave it out."
            yield step, f'The target "{column.name}" is {what}, and "{step}" is not for it.', remedy
    if steps.get("missing", "refuse") not in ("refuse", "drop"):
        yield "missing", f'A missing value of the target "{column.name}" cannot be filled in.', "Write missing: drop."


def _statistic(missing: Any) -> str:
    return "number" if isinstance(missing, Mapping) else str(missing)
