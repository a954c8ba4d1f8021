"""Predictions as named arrays, for an npz file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from nnrun.data.dataset import Array
from nnrun.experiment.experiment import Experiment, Output
from nnrun.predict.prediction_rows import has_plain_labels
from nnrun.predict.task import class_names, class_words, classes_from, count_steps, task_of


def prediction_arrays(
    experiment: Experiment, outputs: Sequence[Array], keys: Mapping[str, Array] | None = None, *, probabilities: bool
) -> dict[str, Array]:
    """The predictions of every output by name.

    Args:
        experiment: the experiment.
        outputs: per output, (rows, …) in the data's units.
        keys: of windows, what says where they stand: numbers, or texts as objects, (rows, 1).
        probabilities: whether to add the probabilities of classes.

    Returns:
        `predicted_y` for the target y, or for all targets of an output with `_` between them: the numbers, (rows, …),
        or the classes, (rows,) or (rows, steps), by their names in the data; `p_y`, (rows, …, classes); and the keys,
        (rows,).
    """
    given = {name: _plain(values[:, 0]) for name, values in (keys or {}).items()}
    pairs = zip(experiment.outputs, outputs, strict=True)
    found = (_arrays(experiment, output, each, probabilities) for output, each in pairs)
    return given | {name: array for arrays in found for name, array in arrays}


def _plain(values: Array) -> Array:
    return values.astype(str) if values.dtype == object else values


def _arrays(
    experiment: Experiment, output: Output, predictions: Array, probabilities: bool
) -> Iterator[tuple[str, Array]]:
    target = "_".join(output.targets)
    task, words = task_of(experiment, output, predictions.shape[1:]), class_words(experiment, output)
    if task == "values" or (task == "binary" and not words and not has_plain_labels(experiment, output, None)):
        yield f"predicted_{target}", predictions
    else:
        steps = count_steps(task, predictions.shape[1:])
        codes = classes_from(task, predictions, steps)  # (rows · steps,)
        names = class_names(experiment, output, max(predictions.shape[-1], 2))
        found = np.array(names)[codes] if words else codes
        yield f"predicted_{target}", found.reshape(len(predictions), steps) if steps > 1 else found
        if probabilities:
            both = task == "binary"
            yield f"p_{target}", np.concatenate([1 - predictions, predictions], axis=-1) if both else predictions
