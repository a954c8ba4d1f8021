"""Predictions as a table: the inputs, the targets where they are known, and beside each its prediction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.rows import flat_rows
from nnrun.experiment.experiment import Experiment, Output
from nnrun.predict.task import class_names, class_words, classes_from, count_steps, task_of

# The largest number of inputs that are columns; of wider inputs, such as images, the row's number is shown.
MOST_INPUTS = 16

_Column = tuple[str, Sequence[Any]]


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
    columns: Sequence[str],
    numbers: Array,
    inputs: Array,
    outputs: Sequence[Array],
    targets: Sequence[Array] | None = None,
) -> PredictionTable:
    """Puts inputs, targets and predictions side by side.

    Args:
        experiment: the experiment.
        columns: a name per input number.
        numbers: the number of each row in the data, from 1, (rows,).
        inputs: the input numbers in the data's own units, (rows, numbers).
        outputs: the predictions in the targets' own units, one (rows, …) array per output.
        targets: the targets in the same form, where they are known.

    Returns:
        `row`; the inputs, unless they are many; then for each target `y` the true `y`, `predicted_y`, and for values
        `error`, which is predicted minus true, for classes the probabilities; classes by their names in the data.
    """
    shown = columns if len(columns) <= MOST_INPUTS else ()
    parts: list[_Column] = [("row", _plain(numbers)), *((name, _plain(inputs[:, i])) for i, name in enumerate(shown))]
    for i, output in enumerate(experiment.outputs):
        parts.extend(_output_columns(experiment, output, outputs[i], targets[i] if targets else None))
    errors = [name for name, _ in parts if name.startswith(_ERROR)]
    names = ["error" if errors == [name] else name for name, _ in parts]
    rows = tuple(zip(*(values for _, values in parts), strict=True))
    return PredictionTable(tuple(_distinct(names)), rows, len(shown))


_ERROR = "error_"


def _distinct(names: Iterable[str]) -> list[str]:
    """The names, those that occur before with `_2`, `_3`, …, such as an input that is called error."""
    found: list[str] = []
    for name in names:
        variants = (name, *(f"{name}_{i}" for i in range(2, len(found) + 3)))
        found.append(next(variant for variant in variants if variant not in found))
    return found


def _output_columns(
    experiment: Experiment, output: Output, predictions: Array, targets: Array | None
) -> Iterator[_Column]:
    flat = flat_rows(predictions)  # (rows, units)
    task = task_of(experiment, output, predictions.shape[1:])
    steps = count_steps(task, predictions.shape[1:])
    units = flat.shape[1] // steps
    words = class_words(experiment, output)
    if task == "classes" or (task == "binary" and words):
        names = class_names(experiment, output, max(units, 2))

        def classes(values: Array, step: int) -> list[Any]:
            numbers = _plain(classes_from(task, values, steps)[step::steps])
            return [names[number] for number in numbers] if words else numbers

        for step, target in enumerate(_names(output, steps)):
            if targets is not None:
                yield target, classes(targets, step)
            yield f"predicted_{target}", classes(flat, step)
            for unit, name in enumerate(names[-units:]):
                yield f"p({target}={name})", _plain(flat[:, step * units + unit])
        return
    yield from _value_columns(output, flat, None if targets is None else flat_rows(targets), errors=task == "values")


def _value_columns(output: Output, flat: Array, targets: Array | None, *, errors: bool) -> Iterator[_Column]:
    """Each number of an output; the targets come first where the loss does not compare number by number."""
    true = {} if targets is None else dict(_numbers(output, targets))
    found = dict(_numbers(output, flat))
    compared = len(true) == len(found)
    if not compared:
        yield from ((name, _plain(values)) for name, values in true.items())
    for name, values in found.items():
        if compared:
            yield name, _plain(true[name])
        yield f"predicted_{name}", _plain(values)
        if compared and errors:
            yield f"{_ERROR}{name}", _plain(np.asarray(values - true[name].astype(values.dtype)))


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


def _plain(values: Array) -> list[Any]:
    """Plain numbers with no more digits than the array's type holds."""
    if values.dtype.kind in "iu":
        return [int(value) for value in values]
    return [float(str(value)) for value in values]
