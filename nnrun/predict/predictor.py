"""The one place that says what a trained model predicts, in the units of the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike

from nnrun.data.dataset import Array, Dataset, Part
from nnrun.data.preparation.scaling import apply_scales
from nnrun.data.rows import flat_rows, input_arrays, part_from_points, target_arrays, unscaled
from nnrun.experiment.experiment import Experiment
from nnrun.model.deploy import predict, with_scaling
from nnrun.predict.order_cells import order_cells
from nnrun.predict.prediction_rows import PredictionTable, prediction_table
from nnrun.predict.task import without_logits


@dataclass(frozen=True, eq=False)
class Predictions:
    """Samples in the data's own units and the model's predictions for them.

    Args:
        part: the part of the data: `points`, `training`, `validation` or `test`.
        numbers: the number of each sample's row in the data, or of the point, from 1, (samples,).
        inputs: the input numbers, (samples, numbers).
        outputs: per output, (samples, …); probabilities where its loss takes logits.
        targets: per output, (samples, …); None where they are unknown.
        texts: the input columns of free texts, objects, each (samples, 1).
        order: of windows, the cells of the columns of series and order, of the first row that each predicts.
    """

    part: str
    numbers: Array
    inputs: Array
    outputs: list[Array]
    targets: list[Array] | None
    texts: Mapping[str, Array] = field(default_factory=dict)
    order: Mapping[str, Sequence[Any]] = field(default_factory=dict)


class Predictor:
    """A trained model that predicts in the units of the data.

    Args:
        model: takes inputs and gives outputs in the data's own units.
        experiment: the experiment that it was trained for.
    """

    def __init__(self, model: keras.Model, experiment: Experiment) -> None:
        self.model = model
        self.experiment = experiment

    def predict(self, inputs: Sequence[Array]) -> list[Array]:
        """The predictions for inputs as the network takes them.

        Args:
            inputs: per input, (samples, …).

        Returns:
            Per output, (samples, …); probabilities where its loss takes logits.
        """
        outputs = predict(self.model, inputs)
        return [without_logits(*pair) for pair in zip(self.experiment.outputs, outputs, strict=True)]

    def predict_points(self, points: ArrayLike, dataset: Dataset) -> Predictions:
        """The predictions for points; their targets are known where the data have each of these points.

        Args:
            points: (points, numbers), each with the numbers of all input columns side by side.
            dataset: the data.
        """
        part = part_from_points(self.experiment.columns.inputs, points)
        return self.predict_part("points", replace(part, targets=_targets_of_points(part, dataset)))

    def predict_held_out(self, dataset: Dataset) -> Predictions:
        """The predictions for the test set, else for the validation set, else for the training set."""
        name, part = dataset.evaluated
        return self.predict_part(name, part.original or part)

    def predict_part(self, name: str, part: Part) -> Predictions:
        """The predictions for a part of the data, which is not scaled."""
        inputs = input_arrays(self.experiment, part)
        targets = target_arrays(self.experiment, part) if part.targets else None
        flat = np.concatenate([flat_rows(values) for values in part.inputs.values()], axis=1)  # (samples, numbers)
        numbers = 1 + np.arange(part.rows) if part.numbers is None else part.numbers
        order = order_cells(self.experiment, part)
        return Predictions(name, numbers, flat, self.predict(inputs), targets, part.texts, order)

    def tabulate(self, predictions: Predictions) -> PredictionTable:
        """The predictions as a table."""
        found = predictions
        shown = (found.inputs, found.outputs, found.targets, found.texts, found.order)
        return prediction_table(self.experiment, found.numbers, *shown)


def _targets_of_points(points: Part, dataset: Dataset) -> dict[str, Array]:
    """The targets of points that are rows of the data; none where a point is no row, or rows that differ."""
    parts = [part for part in (dataset.training, dataset.validation, dataset.test) if part]
    scaled = apply_scales(points.inputs, dataset.input_scaling)
    matching = [np.ones((points.rows, part.rows), bool) for part in parts]  # each (points, rows)
    for name, values in scaled.items():
        for found, part in zip(matching, parts, strict=True):
            for i, point in enumerate(flat_rows(values)):
                found[i] &= (flat_rows(part.inputs[name]) == point).all(axis=1)
    known = [part.original or unscaled(part, {}, dataset.target_scaling) for part in parts]
    targets: dict[str, Array] = {}
    for name in dataset.training.targets:
        rows = []
        for i in range(points.rows):
            same = np.concatenate([part.targets[name][found[i]] for part, found in zip(known, matching, strict=True)])
            if not len(same) or (same != same[0]).any():
                return {}
            rows.append(same[0])
        targets[name] = np.stack(rows)
    return targets


def make_predictor(network: keras.Model, experiment: Experiment, dataset: Dataset) -> Predictor:
    """The predictor of a network that is trained on scaled data; it shares the network's weights."""
    return Predictor(with_scaling(network, experiment, dataset.input_scaling, dataset.target_scaling), experiment)
