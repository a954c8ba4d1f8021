"""Whether the targets are what the outputs and their losses can be compared with."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.rows import Rows
from nnrun.errors import ExperimentError, Problem
from nnrun.spec.catalog import load_catalog
from nnrun.spec.experiment import Experiment, Output
from nnrun.spec.shape_rules import shown_shape
from nnrun.spec.targets import FREE_LOSSES


def check_targets(experiment: Experiment, model: keras.Model, rows: Rows) -> None:
    """Holds each output's targets against its shape.

    Keras broadcasts a target that does not fit and takes a label that no unit stands for; both train nonsense.

    Raises:
        ExperimentError: with a problem for every output whose targets do not fit.
    """
    problems = []
    for output, tensor, targets in zip(experiment.outputs, model.outputs, rows.targets, strict=True):
        problem = _problem(output, tuple(tensor.shape[1:]), targets)
        if problem:
            problems.append(problem)
    if problems:
        raise ExperimentError(*problems)


def _problem(output: Output, shape: tuple[int | None, ...], targets: Array) -> Problem | None:
    entry = load_catalog().entry("losses", output.loss.name)
    if entry is None or entry.name in FREE_LOSSES:
        return None
    if entry.name.startswith("Sparse"):
        return _sparse_problem(output, shape, targets)
    if _same(shape, targets.shape[1:]):
        return None
    names = ", ".join(output.targets)
    target = f"its target ({names}) {shown_shape(targets.shape[1:])}"
    message = f'The output "{output.layer}" has the shape {shown_shape(shape)}, {target}.'
    return Problem(message, output.loss.place, _advice(output, shape, targets))


def _sparse_problem(output: Output, shape: tuple[int | None, ...], targets: Array) -> Problem | None:
    """Labels for a sparse loss are whole numbers from 0 to the number of units − 1, one per vector of units."""
    place, units = output.loss.place, shape[-1]
    if not _same(shape[:-1], targets.shape[1:]) and not _same((*shape[:-1], 1), targets.shape[1:]):
        received = f"Received targets of the shape {shown_shape(targets.shape[1:])}."
        message = f"{output.loss.name} takes one label for each vector of units. {received}"
        return Problem(message, place, "Leave out data.one_hot, or take categorical_crossentropy.")
    if (targets != np.floor(targets)).any():
        wrong = targets[targets != np.floor(targets)][0]
        return Problem(f"{output.loss.name} takes whole numbers as labels. Received: {wrong:g}", place)
    low, high = int(targets.min()), int(targets.max())
    if units is not None and (low < 0 or high >= units):
        message = (
            f'The labels go from {low} to {high}, the output "{output.layer}" has {units} units for 0 to {units - 1}.'
        )
        return Problem(message, place, f"Give the layer {_counted(high + 1)}." if low >= 0 else None)
    return None


def _same(shape: tuple[Any, ...], target: tuple[int, ...]) -> bool:
    if shape[-1:] == (1,) and len(shape) == len(target) + 1:
        shape = shape[:-1]
    return len(shape) == len(target) and all(s in (None, t) for s, t in zip(shape, target, strict=True))


def _advice(output: Output, shape: tuple[int | None, ...], targets: Array) -> str | None:
    labels = targets.dtype == np.int32 and targets.shape[1:] == (1,)
    if labels and "categorical" in output.loss.name.lower():
        return "For labels take sparse_categorical_crossentropy, or data: {one_hot: true}."
    if labels and shape[-1] != 1:
        return "For labels as vectors write data: {one_hot: true}."
    if len(shape) == 1 and targets.ndim == 2:
        return f"Give the layer {_counted(targets.shape[1])}."
    return None


def _counted(units: int) -> str:
    return "1 unit" if units == 1 else f"{units} units"
