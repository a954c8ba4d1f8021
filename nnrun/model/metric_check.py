"""Finds the metrics that cannot compare the outputs with the targets."""

from __future__ import annotations

import keras
import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.rows import Rows
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.experiment import Component, Experiment
from nnrun.model.components import build_component
from nnrun.network.axes import shown_shape


def check_metrics(experiment: Experiment, model: keras.Model, rows: Rows) -> None:
    """Computes each metric on outputs of zeros.

    Args:
        experiment: the experiment.
        model: its model.
        rows: some rows of its data.

    Raises:
        ExperimentError: with a problem for every metric that Keras cannot compute.
    """
    problems = []
    for output, tensor, targets in zip(experiment.outputs, model.outputs, rows.targets, strict=True):
        shape = tuple(tensor.shape[1:])
        compared = f'the output "{output.layer}" of the shape {shown_shape(shape)} with its target'
        predictions = np.zeros((len(targets), *(size or 1 for size in shape)), np.float32)
        for metric in output.metrics:
            if not _is_computable(metric, targets, predictions):
                target = f"({', '.join(output.targets)}) {shown_shape(targets.shape[1:])}"
                message = f"{metric.name} cannot compare {compared} {target}."
                problems.append(Problem(message, metric.place, _hint(targets)))
    if problems:
        raise ExperimentError(*problems)


def _is_computable(metric: Component, targets: Array, predictions: Array) -> bool:
    try:
        probe = keras.Model()
        probe.compile(metrics=[build_component(metric)])  # which makes `accuracy` the one that fits the targets
        probe.compute_metrics(None, targets, predictions)
    except Exception:
        return False
    return True


def _hint(targets: Array) -> str | None:
    labels = targets.dtype == np.int32
    return "For labels take accuracy, or data: {one_hot: true}." if labels else None
