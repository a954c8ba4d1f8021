"""The same share of the training for every class: repeated rows, fewer rows, or sample weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nnrun.data.class_labels import label_names
from nnrun.data.dataset import Array, Part
from nnrun.data.rows import class_weights
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.column_steps import Balance


def balanced(training: Part, balance: Balance, rng: np.random.Generator) -> Part:
    """The training set with its classes balanced.

    `oversample` repeats rows of every class until it has as many as the largest, `undersample` leaves out rows until
    it has as many as the smallest, `weights` gives the class c of k classes the weight rows / (k · rows of c), as
    scikit-learn does.

    Args:
        training: the training set, its target not yet one-hot encoded.
        balance: the method.
        rng: draws the rows.

    Raises:
        ExperimentError: the data have no target, or not one, that is a class label.
    """
    if balance == "none":
        return training
    labels = class_labels_of(training)
    if balance == "weights":
        weights = class_weights(labels, "balanced")
        return replace(training, weights=weights if training.weights is None else training.weights * weights)
    if training.numbers is None:
        training = replace(training, numbers=1 + np.arange(training.rows))
    return training.take(balanced_rows(labels, balance, rng))


def class_labels_of(training: Part) -> Array:
    """The labels of the one target of training rows, int64 (rows,).

    Raises:
        ExperimentError: the data have no target, or not one, that is a class label.
    """
    name, *others = training.targets
    values = training.targets[name]  # (rows, 1)
    if others or values.shape[1:] != (1,) or (not label_names(training) and (values != np.floor(values)).any()):
        hint = "Leave balance out, or give each row a sample_weight."
        raise ExperimentError(Problem('"balance" needs one target, and that a class label.', hint=hint))
    return np.asarray(values[:, 0].astype(np.int64))


def balanced_rows(labels: Array, balance: Balance, rng: np.random.Generator) -> Array:
    """The training rows that balanced classes have, in their order: the positions of rows, some of them repeated.

    Args:
        labels: of each training row, (rows,).
        balance: `oversample` or `undersample`.
        rng: draws the rows.
    """
    names, counts = np.unique(labels, return_counts=True)
    groups = [np.flatnonzero(labels == name) for name in names]
    if balance == "undersample":
        chosen = [rng.choice(group, counts.min(), replace=False) for group in groups]
        return np.sort(np.concatenate(chosen))
    repeated = [rng.choice(group, counts.max() - len(group)) for group in groups]
    return np.concatenate([np.arange(len(labels)), *repeated])
