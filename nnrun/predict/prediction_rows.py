"""Predictions as a table: the inputs, the true targets where they are known, and the predicted values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from nnrun.data.dataset import Array
from nnrun.data.rows import flat_rows
from nnrun.experiment.experiment import Experiment, Output
from nnrun.predict.task import class_names, class_words, classes_from, count_steps, task_of

# The largest number of inputs that are columns; of wider inputs, such as images, the row's number is shown.
MOST_INPUTS = 16


@dataclass(frozen=True)
class PredictionTable:
    """A header and rows of plain values."""

    header: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def prediction_table(
    experiment: Experiment,
    columns: Sequence[str],
    inputs: Array,
    outputs: Sequence[Array],
    targets: Sequence[Array] | None = None,
) -> PredictionTable:
    """Puts inputs, targets and predictions side by side.

    Args:
        experiment: the experiment.
        columns: a name per input number.
        inputs: the input numbers in the data's own units, (rows, numbers).
        outputs: the predictions in the targets' own units, one (rows, …) array per output.
        targets: the targets in the same form, where they are known.

    Returns:
        The inputs, or the row's number where they are many; then for each output the true target, the value or the
        probabilities, and the most probable class; classes by their names in the data.
    """
    parts: list[tuple[str, Sequence[Any]]] = [("row", range(1, len(inputs) + 1))]
    if len(columns) <= MOST_INPUTS:
        parts = [(name, _plain(inputs[:, i])) for i, name in enumerate(columns)]
    for i, output in enumerate(experiment.outputs):
        parts.extend(_output_columns(experiment, output, outputs[i], targets[i] if targets else None))
    names, values = zip(*parts, strict=True)
    return PredictionTable(tuple(names), tuple(zip(*values, strict=True)))


def _output_columns(
    experiment: Experiment, output: Output, predictions: Array, targets: Array | None
) -> Iterator[tuple[str, Sequence[Any]]]:
    flat = flat_rows(predictions)  # (rows, units)
    task = task_of(experiment, output, flat.shape[1])
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
                yield f"true {target}", classes(targets, step)
            for unit, name in enumerate(names[-units:]):
                yield f"p({target}={name})", _plain(flat[:, step * units + unit])
            yield target, classes(flat, step)
        return
    true = {} if targets is None else dict(_numbers(output, targets, "true "))
    found = dict(_numbers(output, flat))
    if len(true) != len(found):  # the loss does not compare number by number
        yield from true.items()
    for name, values in found.items():
        if len(true) == len(found):
            yield f"true {name}", true[f"true {name}"]
        yield name, values


def _numbers(output: Output, values: Array, prefix: str = "") -> Iterator[tuple[str, Sequence[Any]]]:
    """Each number of an output's predictions or targets, by the name of its target column where it has one."""
    flat = flat_rows(values)  # (rows, numbers)
    for i, name in enumerate(_names(output, flat.shape[1], always=True)):
        yield f"{prefix}{name}", _plain(flat[:, i])


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
