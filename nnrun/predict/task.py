"""The task of an output: to classify into several classes or into two, or to predict values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from nnrun.data.class_labels import probabilities
from nnrun.data.dataset import Array
from nnrun.data.rows import flat_rows
from nnrun.experiment.experiment import Component, Experiment, Output
from nnrun.network.loss_domains import HINGES

Task = Literal["classes", "binary", "values"]


def task_of(experiment: Experiment, output: Output, shape: Sequence[int]) -> Task:
    """The task, from the loss, the metrics and the shape of an output for a sample.

    Several units under a categorical loss or one-hot targets are classes; one unit, or one for the target of each step,
    under a binary loss or metric is a binary class; all else are values. So are the outputs of a hinge, which separates
    classes at 0 and not, as probabilities do, at 0.5.
    """
    units, steps = int(np.prod(shape)), int(np.prod(shape[:-1]))
    one_each = units == steps and len(output.targets) == steps
    speaks_of_binary = not is_hinge(output.loss) and any(map(is_binary, (output.loss, *output.metrics)))
    if (units == 1 or one_each) and (is_any_crossentropy(output.loss) or speaks_of_binary):
        return "binary"
    is_categorical = _speaks_of("categorical", output.loss) or is_any_crossentropy(output.loss)
    if units > 1 and (experiment.data.one_hot or is_categorical):
        return "classes"
    return "values"


def without_logits(output: Output, predictions: Array) -> Array:
    """An output's predictions, (…, units), as probabilities where its loss takes logits."""
    if not output.loss.arguments.get("from_logits"):
        return predictions
    return probabilities(predictions, exclusive=_speaks_of("categorical", output.loss))


def count_steps(task: Task, shape: Sequence[int]) -> int:
    """How many labels a sample has: one per step, where an output of the shape (…, units) is classes."""
    return 1 if task == "values" else int(np.prod(shape[:-1]))


def classes_from(task: Task, values: Array, steps: int = 1) -> Array:
    """The class of each step of each row, from one-hot targets, labels or probabilities.

    Args:
        task: of the output.
        values: (rows, units) or, with several steps, (rows, steps, units), or labels without the last axis.
        steps: the number of labels of a row.

    Returns:
        int64 (rows · steps,).
    """
    flat = flat_rows(values)  # (rows, steps · units)
    flat = flat.reshape(len(values) * steps, flat.shape[1] // steps)  # (rows · steps, units); there may be no row
    if flat.shape[1] > 1:
        return np.asarray(np.argmax(flat, axis=1))
    if task == "binary":
        return (flat[:, 0] > 0.5).astype(np.int64)
    return flat[:, 0].astype(np.int64)


def class_words(experiment: Experiment, output: Output) -> tuple[str, ...]:
    """The names of the classes of an output's targets; none where the data have numbers, or other texts for each."""
    columns = experiment.columns.targets
    found = {column.categories for column in columns if column.name in output.targets}
    return found.pop() if len(found) == 1 else ()


def class_names(experiment: Experiment, output: Output, classes: int) -> list[str]:
    """A name per class: its name in the data, or its number where it has none."""
    words = class_words(experiment, output)[:classes]
    return [*words, *map(str, range(len(words), classes))]


def is_any_crossentropy(loss: Component) -> bool:
    """Whether a loss is the cross-entropy that suits the targets, whichever it is."""
    return loss.class_name == "crossentropy"


def is_hinge(loss: Component) -> bool:
    """Whether a loss compares the sign of an output with -1 and 1, or with 0 and 1 in their place."""
    return loss.class_name in HINGES


def is_binary(component: Component) -> bool:
    """Whether a loss or metric compares with the labels 0 and 1, as its name says."""
    return _speaks_of("binary", component)


def _speaks_of(word: str, component: Component) -> bool:
    return word in component.class_name.lower()
