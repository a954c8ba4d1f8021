"""Checks that outputs and losses suit the targets, now that the data exist."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.rows import Rows
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.class_weight import not_labels
from nnrun.experiment.experiment import Experiment, Layer, Output
from nnrun.network.axes import Shape, shown_shape
from nnrun.network.label_problems import label_problem, whole_number_problem
from nnrun.network.loss_domains import domain_problem
from nnrun.network.loss_warnings import ratio_problems, reach_problem
from nnrun.network.target_values import TargetValues
from nnrun.network.targets import compared_by, is_sparse, one_label_each, same_shape, shape_problem, total_problem
from nnrun.number_text import short


def check_targets(experiment: Experiment, model: keras.Model, rows: Rows) -> None:
    """Checks the targets of each output against its shape and its loss.

    Keras broadcasts targets of another shape and accepts labels that have no unit; both train nonsense.

    Raises:
        ExperimentError: with a problem for every output whose targets do not match.
    """
    problems = []
    for output, tensor, targets in zip(experiment.outputs, model.outputs, rows.targets, strict=True):
        problem = _problem(output, tuple(tensor.shape[1:]), targets)
        if problem:
            problems.append(problem)
    weighted = experiment.class_weight is not None and len(rows.targets) == 1
    if weighted and (rows.targets[0] != np.floor(rows.targets[0])).any():
        problems.append(not_labels(", ".join(experiment.outputs[0].targets)))
    if problems:
        raise ExperimentError(*problems)


def target_warnings(experiment: Experiment, rows: Rows) -> list[Problem]:
    """A warning for each output whose targets do not suit its last activation in their mean, or its loss."""
    layers = {layer.name: layer for layer in experiment.layers}
    warnings = []
    for output, targets in zip(experiment.outputs, rows.targets, strict=True):
        mean = float(targets.mean())
        if reach_problem(layers, output, TargetValues(mean, mean)):
            warnings.append(reach_problem(layers, output, TargetValues(float(targets.min()), float(targets.max()))))
    warnings += [_total_problem(layers, *each) for each in zip(experiment.outputs, rows.targets, strict=True)]
    for output, targets in zip(experiment.outputs, rows.targets, strict=True):
        warnings += ratio_problems(output, ", ".join(output.targets)) if (targets == 0).any() else ()
    return [warning for warning in warnings if warning]


def _total_problem(layers: Mapping[str, Layer], output: Output, targets: Array) -> Problem | None:
    """Targets that add up to something else than 1 where the loss or the last activation is for probabilities."""
    loss = compared_by(output.loss, targets.shape[1:], targets.shape[1:])
    if loss is None or targets.ndim != 2 or targets.shape[1] < 2 or not len(targets):
        return None
    totals = targets.sum(axis=1, dtype=np.float64)  # (rows,)
    return total_problem(layers, output, loss, (float(totals.min()), float(totals.max())))


def _problem(output: Output, shape: Shape, targets: Array) -> Problem | None:
    target = targets.shape[1:]
    loss = compared_by(output.loss, shape, target)
    if loss is None:
        return None
    if is_sparse(loss):
        return _sparse_problem(output, shape, targets)
    if not same_shape(shape, target):
        return shape_problem(output, shape, target, _advice(output, shape, targets))
    if not targets.size:
        return None
    return domain_problem(output, loss, TargetValues(float(targets.min()), float(targets.max())))


def _sparse_problem(output: Output, shape: Shape, targets: Array) -> Problem | None:
    """Labels for a sparse loss are whole numbers from 0 to the number of units − 1, one per vector of units."""
    place, units = output.loss.place, shape[-1]
    if not one_label_each(shape, targets.shape[1:]):
        received = f"Received targets of the shape {shown_shape(targets.shape[1:])}."
        message = f"{output.loss.name} takes one label for each vector of units. {received}"
        return Problem(message, place, "Leave out data.one_hot, or write loss: categorical_crossentropy.")
    if (targets != np.floor(targets)).any():
        return whole_number_problem(output, short(float(targets[targets != np.floor(targets)][0])))
    counted = targets[targets != output.loss.arguments.get("ignore_class")]
    if units is None or not counted.size or (counted.min() >= 0 and counted.max() < units):
        return None
    return label_problem(output, TargetValues(int(counted.min()), int(counted.max())), units)


def _advice(output: Output, shape: Shape, targets: Array) -> str | None:
    labels = targets.dtype == np.int32 and targets.shape[1:] == (1,)
    if labels and "Categorical" in output.loss.class_name:
        return "For labels write loss: sparse_categorical_crossentropy, or data: {one_hot: true}."
    if labels and shape[-1] != 1:
        return "For labels as vectors write data: {one_hot: true}."
    if len(shape) == 1 and targets.ndim == 2:
        return f"Write units: {targets.shape[1]}."
    return None
