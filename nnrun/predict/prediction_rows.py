"""The predictions of a run as a table: the points, the true targets where they are known, and the answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from nnrun.data.dataset import Array
from nnrun.data.rows import flat_rows
from nnrun.experiment.experiment import Experiment, Output
from nnrun.predict.task import class_names, class_words, classes_from, task_of

# The most input numbers that a row shows; wider inputs, such as images, are named by their row.
MOST_INPUTS = 16


@dataclass(frozen=True)
class PredictionTable:
    """A header and rows of plain values."""

    header: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def prediction_table(
    experiment: Experiment,
    columns: Sequence[str],
    points: Array,
    answers: Sequence[Array],
    truth: Sequence[Array] | None = None,
) -> PredictionTable:
    """Puts points and answers side by side.

    Args:
        experiment: the experiment.
        columns: a name per input number.
        points: the input values as the data have them, (rows, numbers).
        answers: what the network says in the targets' own units, one (rows, …) array per output.
        truth: the targets in the same form, where they are known.

    Returns:
        The inputs, or the row's number where they are many; then for each output the true target, the value or the
        probabilities, and the most probable class; classes that are words in the data by their words.
    """
    parts: list[tuple[str, Sequence[Any]]] = [("row", range(1, len(points) + 1))]
    if len(columns) <= MOST_INPUTS:
        parts = [(name, _plain(points[:, i])) for i, name in enumerate(columns)]
    for i, output in enumerate(experiment.outputs):
        parts.extend(_answer_columns(experiment, output, answers[i], truth[i] if truth else None))
    names, values = zip(*parts, strict=True)
    return PredictionTable(tuple(names), tuple(zip(*values, strict=True)))


def _answer_columns(
    experiment: Experiment, output: Output, answers: Array, truth: Array | None
) -> Iterator[tuple[str, Sequence[Any]]]:
    flat = flat_rows(answers)  # (rows, units)
    units = flat.shape[1]
    task = task_of(experiment, output, units)
    target = " ".join(output.targets)
    words = class_words(experiment, output)
    if task == "classes" or (task == "binary" and words):
        names = class_names(experiment, output, max(units, 2))

        def classes(values: Array) -> list[Any]:
            numbers = _plain(classes_from(task, values))
            return [names[number] for number in numbers] if words else numbers

        if truth is not None:
            yield f"true {target}", classes(truth)
        for unit, name in enumerate(names[-units:]):
            yield f"p({target}={name})", _plain(flat[:, unit])
        yield target, classes(flat)
        return
    true = {} if truth is None else dict(_numbers(output, truth, "true "))
    found = dict(_numbers(output, flat))
    if len(true) != len(found):  # compared otherwise than number by number
        yield from true.items()
    for name, values in found.items():
        if len(true) == len(found):
            yield f"true {name}", true[f"true {name}"]
        yield name, values


def _numbers(output: Output, values: Array, prefix: str = "") -> Iterator[tuple[str, Sequence[Any]]]:
    """Each number of an output's answers or targets, by the name of its target column where it has one."""
    flat = flat_rows(values)  # (rows, numbers)
    count, target = flat.shape[1], " ".join(output.targets)
    names = list(output.targets) if len(output.targets) == count else [f"{target}[{i}]" for i in range(count)]
    for i, name in enumerate(names):
        yield f"{prefix}{name}", _plain(flat[:, i])


def _plain(values: Array) -> list[Any]:
    """Plain numbers with no more digits than the array's type holds."""
    if values.dtype.kind in "iu":
        return [int(value) for value in values]
    return [float(str(value)) for value in values]
