"""What the trained model says: of the points to predict, and of the rows that judge it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np

from nnrun.data.dataset import Array, Dataset, Part
from nnrun.data.rows import flat_rows, input_arrays, part_from_points, target_arrays
from nnrun.experiment.columns import Column
from nnrun.experiment.experiment import Experiment
from nnrun.model.deploy import predict
from nnrun.predict.prediction_rows import PredictionTable, prediction_table
from nnrun.predict.task import without_logits


@dataclass(frozen=True, eq=False)
class Predictions:
    """Rows in the data's own units with the model's answers.

    Args:
        part: what the rows are: `points`, `training`, `validation` or `test`.
        points: the input numbers, (rows, numbers).
        answers: per output, (rows, …); probabilities where the model gives the logits of its loss.
        truth: the targets per output, (rows, …); None for points.
    """

    part: str
    points: Array
    answers: list[Array]
    truth: list[Array] | None


def answer_points(model: keras.Model, experiment: Experiment) -> Predictions | None:
    """The answers at the points of `predict`, or None where there are none.

    Args:
        model: takes and gives the data's own units.
        experiment: the experiment.
    """
    if not experiment.predict:
        return None
    columns = experiment.columns.inputs
    return _answer(model, experiment, "points", part_from_points(columns, experiment.predict))


def answer_part(model: keras.Model, experiment: Experiment, dataset: Dataset) -> Predictions:
    """The answers for the rows that judge the model best: the test part, else validation, else training."""
    name, part = dataset.evaluated
    return _answer(model, experiment, name, part.original or part)


def _answer(model: keras.Model, experiment: Experiment, name: str, part: Part) -> Predictions:
    inputs = input_arrays(experiment, part)
    truth = target_arrays(experiment, part) if part.targets else None
    points = np.concatenate([flat_rows(values) for values in part.inputs.values()], axis=1)
    return Predictions(name, points, say(model, experiment, inputs), truth)


def say(model: keras.Model, experiment: Experiment, inputs: Sequence[Array]) -> list[Array]:
    """What the model says to inputs as the network takes them; per output, (rows, …), as in `Answers`."""
    return [without_logits(*pair) for pair in zip(experiment.outputs, predict(model, inputs), strict=True)]


def table_of(experiment: Experiment, answers: Predictions) -> PredictionTable:
    """The answers as a table."""
    columns = experiment.columns.inputs
    return prediction_table(experiment, number_names(columns), answers.points, answers.answers, answers.truth)


def number_names(columns: tuple[Column, ...]) -> list[str]:
    """A name per input number: the column's, with its word or position where it has several."""
    return [name for column in columns for name in _names_within(column)]


def _names_within(column: Column) -> list[str]:
    if column.categories:
        return [f"{column.name}={word}" for word in column.categories]
    return [column.name] if column.width == 1 else [f"{column.name}[{i}]" for i in range(column.width)]
