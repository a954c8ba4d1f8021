"""Predictions as a table: the inputs, the targets where they are known, and beside each its prediction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import Any, Literal

import numpy as np

from nnrun.data.dataset import Array, Part
from nnrun.data.preparation.words import are_texts, texts_of
from nnrun.data.rows import flat_rows, part_from_points, plain_numbers
from nnrun.experiment.columns import Column, feature_names
from nnrun.experiment.experiment import Experiment, Output
from nnrun.predict.task import (
    class_names,
    class_words,
    classes_from,
    count_steps,
    is_any_crossentropy,
    is_binary,
    is_hinge,
    task_of,
)

# The largest number of inputs that are columns; of wider inputs, such as images, the row's number is shown.
MOST_INPUTS = 16

_Column = tuple[str, Sequence[Any]]
# Which probabilities of classes are columns: those that the network gives, those of each class, or none.
Probabilities = Literal["given", "each", "none"]


@dataclass(frozen=True)
class PredictionTable:
    """A header and rows of plain values.

    Args:
        header: the name of each column.
        rows: a value per column.
        inputs: how many columns after the first one are inputs.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    inputs: int = 0


def prediction_table(
    experiment: Experiment,
    numbers: Array,
    inputs: Array,
    outputs: Sequence[Array],
    targets: Sequence[Array] | None = None,
    texts: Mapping[str, Array] | None = None,
    order: Mapping[str, Sequence[Any]] | None = None,
) -> PredictionTable:
    """Puts inputs, targets and predictions side by side.

    Args:
        experiment: the experiment.
        numbers: the number of each row in the data, from 1, (rows,).
        inputs: the input numbers in the data's own units, (rows, numbers).
        outputs: the predictions in the targets' own units, one (rows, …) array per output.
        targets: the targets in the same form, where they are known.
        texts: the input columns of free texts, objects, each (rows, 1); they stand for the numbers.
        order: columns that stand before the inputs.

    Returns:
        `row`; the inputs, unless they are many; then for each target `y` the true `y`, `predicted_y`, and for values
        `error`, which is predicted minus true, for classes the probabilities; classes by their names in the data.
    """
    columns = experiment.columns.inputs
    rows = replace(part_from_points(columns, inputs, inputs.dtype), texts=dict(texts or {}))
    given = {**(order or {}), **_written_inputs(columns, rows)}
    columns_of = [_output_columns(experiment, *each) for each in _outputs(experiment, outputs, targets)]
    return _table(numbers, given, chain.from_iterable(columns_of))


def new_table(experiment: Experiment, rows: Part, outputs: Sequence[Array], *, probabilities: bool) -> PredictionTable:
    """Puts new rows beside their predictions; the columns are those of `prediction_table`, texts in one column.

    Args:
        experiment: the experiment.
        rows: the rows, not scaled; keys of windows stand before the inputs.
        outputs: as for `prediction_table`.
        probabilities: whether to add the probability of each class.
    """
    which: Probabilities = "each" if probabilities else "none"
    columns_of = [_output_columns(experiment, *each, which) for each in _outputs(experiment, outputs, None)]
    keys = {name: values[:, 0].tolist() for name, values in rows.keys.items()}
    inputs = keys | _written_inputs(experiment.columns.inputs, rows)
    numbers = np.arange(1, rows.rows + 1) if rows.numbers is None else rows.numbers
    return _table(numbers, inputs, chain.from_iterable(columns_of))


def _written_inputs(columns: Sequence[Column], rows: Part) -> dict[str, Sequence[Any]]:
    """The inputs as the data have them: texts, nothing for a missing number that is marked as such, and a column per
    number of wider columns; none where these are many.
    """
    one = [column.name in rows.texts or (column.is_one_cell and column.text is None) for column in columns]
    if sum(1 if single else column.width for single, column in zip(one, columns, strict=True)) > MOST_INPUTS:
        return {}
    found: dict[str, Sequence[Any]] = {}
    for column in columns:
        flat = flat_rows(rows.inputs[column.name])
        if column.name in rows.texts:
            found[column.name] = rows.texts[column.name][:, 0].tolist()
        elif column.categories and are_texts(column, flat):
            found[column.name] = texts_of(column, flat)
        elif column.has_indicator and np.isin(flat[:, 1], (0, 1)).all():
            pairs = zip(plain_numbers(flat[:, 0]), flat[:, 1], strict=True)
            found[column.name] = [None if missing else number for number, missing in pairs]
        else:
            names = feature_names([column])
            found |= {name: plain_numbers(flat[:, i]) for i, name in enumerate(names)}
    return found if len(found) <= MOST_INPUTS else {}  # points are given as numbers, even for texts


def _outputs(
    experiment: Experiment, outputs: Sequence[Array], targets: Sequence[Array] | None
) -> Iterator[tuple[Output, Array, Array | None]]:
    known: Sequence[Array | None] = targets or [None] * len(outputs)
    yield from zip(experiment.outputs, outputs, known, strict=True)


def _table(numbers: Array, inputs: Mapping[str, Sequence[Any]], outputs: Iterable[_Column]) -> PredictionTable:
    parts: list[_Column] = [("row", plain_numbers(numbers)), *inputs.items(), *outputs]
    errors = [name for name, _ in parts if name.startswith(_ERROR)]
    names = ["error" if errors == [name] else name for name, _ in parts]
    rows = tuple(zip(*(values for _, values in parts), strict=True))
    return PredictionTable(tuple(_distinct(names)), rows, len(inputs))


_ERROR = "error_"


def _distinct(names: Iterable[str]) -> list[str]:
    """The names, those that occur before with `_2`, `_3`, …, such as an input that is called error."""
    found: dict[str, None] = {}  # a set in order: there may be a column for each of many thousand classes
    for name in names:
        variants = chain([name], (f"{name}_{i}" for i in count(2)))
        found[next(variant for variant in variants if variant not in found)] = None
    return list(found)


def _output_columns(
    experiment: Experiment,
    output: Output,
    predictions: Array,
    targets: Array | None,
    probabilities: Probabilities = "given",
) -> Iterator[_Column]:
    flat = flat_rows(predictions)  # (rows, units)
    task = task_of(experiment, output, predictions.shape[1:])
    steps = count_steps(task, predictions.shape[1:])
    units = flat.shape[1] // steps
    words = class_words(experiment, output)
    if gives_classes(experiment, output, predictions.shape[1:], targets):
        names = class_names(experiment, output, max(units, 2))

        def classes(values: Array, step: int) -> list[Any]:
            numbers = plain_numbers(classes_from(task, values, steps)[step::steps])
            return [names[number] for number in numbers] if words else numbers

        for step, target in enumerate(_names(output, steps)):
            if targets is not None:
                yield target, classes(targets, step)
            yield f"predicted_{target}", classes(flat, step)
            given = flat[:, step * units : (step + 1) * units]  # (rows, units)
            yield from _probabilities(target, names, given, probabilities)
        return
    errors = task == "values" and not is_hinge(output.loss)  # whose targets 0 and 1 stand for -1 and 1
    yield from _value_columns(output, flat, None if targets is None else flat_rows(targets), errors=errors)


def _probabilities(target: str, names: Sequence[str], given: Array, which: Probabilities) -> Iterator[_Column]:
    """The probabilities of a target's classes.

    Args:
        target: the target.
        names: of the classes.
        given: (rows, classes), or (rows, 1) for the last of two classes.
        which: which ones are columns.
    """
    if which == "none":
        return
    if which == "each" and given.shape[1] == 1:
        given = np.concatenate([1 - given, given], axis=1)  # (rows, 2)
    for unit, name in enumerate(names[-given.shape[1] :]):
        yield f"p({target}={name})", plain_numbers(given[:, unit])


def gives_classes(experiment: Experiment, output: Output, shape: Sequence[int], targets: Array | None = None) -> bool:
    """Whether an output predicts classes, which are columns then, with their probabilities.

    Args:
        experiment: the experiment.
        output: the output.
        shape: its shape for a sample.
        targets: its targets, where they are known.
    """
    task = task_of(experiment, output, shape)
    is_named = bool(class_words(experiment, output))
    return task == "classes" or (task == "binary" and (is_named or has_plain_labels(experiment, output, targets)))


def has_plain_labels(experiment: Experiment, output: Output, targets: Array | None) -> bool:
    """Whether an output gives the probability of class 1, as far as its loss and its targets show."""
    if not (is_any_crossentropy(output.loss) or is_binary(output.loss)):
        return False  # a loss for values, beside a binary metric
    extents = [column.extent for column in experiment.columns.targets if column.name in output.targets]
    known = np.array([end for extent in extents if extent for end in extent]) if targets is None else targets
    return bool(((known == 0) | (known == 1)).all())


def _value_columns(output: Output, flat: Array, targets: Array | None, *, errors: bool) -> Iterator[_Column]:
    """Each number of an output; the targets come first where the loss does not compare number by number."""
    true = {} if targets is None else dict(_numbers(output, targets))
    found = dict(_numbers(output, flat))
    compared = len(true) == len(found)
    if not compared:
        yield from ((name, plain_numbers(values)) for name, values in true.items())
    for name, values in found.items():
        if compared:
            yield name, plain_numbers(true[name])
        yield f"predicted_{name}", plain_numbers(values)
        if compared and errors:
            yield f"{_ERROR}{name}", plain_numbers(np.asarray(values - true[name].astype(values.dtype)))


def _numbers(output: Output, flat: Array) -> Iterator[tuple[str, Array]]:
    """Each number of an output's predictions or targets, by the name of its target column where it has one."""
    for i, name in enumerate(_names(output, flat.shape[1], always=True)):
        yield name, flat[:, i]


def _names(output: Output, count: int, *, always: bool = False) -> list[str]:
    """A name for each of an output's numbers or labels: its target column where there is one, else its position."""
    joined = " ".join(output.targets)
    if len(output.targets) == count:
        return list(output.targets)
    return [joined] if count == 1 and not always else [f"{joined}[{i}]" for i in range(count)]
