"""Class labels as one-hot vectors, and logits as probabilities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnrun.data.dataset import Array, Part
from nnrun.errors import ExperimentError, Place, Problem

MAX_CLASSES = 10_000


def label_names(part: Part) -> list[str]:
    """The targets that are class labels by their type."""
    return [name for name, values in part.targets.items() if values.dtype == np.int32]


def count_classes(parts: Sequence[Part], name: str, at_least: int, place: Place | None = None) -> int:
    """Counts the classes of a target: its largest label + 1 over all parts.

    Args:
        parts: all rows.
        name: the target, labels or numbers, (rows, 1).
        at_least: the number of known classes, even where no row has them.
        place: the place of the generator.

    Returns:
        The number of classes.

    Raises:
        ExperimentError: a value is no whole number from 0, or too large for a label.
    """
    values = np.concatenate([part.targets[name] for part in parts])  # (rows, 1)
    wrong = values[(values < 0) | (values != np.floor(values)) | (values >= MAX_CLASSES)]
    if wrong.size:
        message = (
            f'"one_hot" needs class labels, whole numbers from 0 to {MAX_CLASSES - 1}. '
            f'Received: {wrong[0]:g} in the target "{name}"'
        )
        raise ExperimentError(Problem(message, place))
    return max(int(values.max()) + 1, at_least)


def one_hot(labels: Array, classes: int) -> Array:
    """The one-hot vectors of labels.

    Args:
        labels: whole numbers from 0 to classes - 1, shape (rows, 1).
        classes: the length of the vectors.

    Returns:
        The vectors, float32 of shape (rows, classes).
    """
    return np.equal(labels, np.arange(classes)).astype(np.float32)  # (rows, classes)


def probabilities(logits: Array, *, exclusive: bool) -> Array:
    """The probabilities that a crossentropy from logits compares with its targets.

    Args:
        logits: (…, units).
        exclusive: whether the units are exclusive classes: a softmax over them, else a sigmoid of each.

    Returns:
        The same shape and type.
    """
    if not exclusive:
        return np.asarray(0.5 * (1 + np.tanh(0.5 * logits)), logits.dtype)  # a sigmoid that does not overflow
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), logits.dtype)
