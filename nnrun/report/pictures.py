"""Which pictures show a run best, chosen from its data, its loss and what was kept of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import keras
import numpy as np

from nnrun.data.arrange import stack_inputs, stack_targets
from nnrun.data.dataset import Array, Dataset, Part
from nnrun.data.rows import flat_rows, part_from_points, unscaled
from nnrun.model.deploy import predict
from nnrun.plots.artist import Picture
from nnrun.plots.confusion import confusion_matrix
from nnrun.report.answers import Answers, number_names
from nnrun.report.task import class_names, classes_from, task_of
from nnrun.spec.columns import describe_columns
from nnrun.spec.experiment import Experiment

# Points of the curve of a 1-D prediction, and of each side of the grid of a 2-D surface.
_CURVE = 400
_GRID = 120


def choose_pictures(
    experiment: Experiment,
    dataset: Dataset,
    model: keras.Model,
    history: Mapping[str, Sequence[float]],
    trace: Mapping[str, Array] | None,
    judged: Answers,
) -> Iterator[Picture]:
    """The pictures of a finished run.

    Args:
        experiment: what was asked.
        dataset: the data.
        model: takes and gives the data's own units.
        history: the metrics by name, a number per epoch.
        trace: the weights at every epoch, for small models.
        judged: the answers for the rows that judge the model.
    """
    yield Picture("history.png", "curves.draw_history", (history, experiment.name))
    if trace:
        yield Picture("weights.png", "trajectories.draw_trajectories", (trace, f"{experiment.name}: weights"))
    if len(experiment.outputs) != 1:
        return
    scene = _Scene(experiment, dataset, model, judged)
    numbers = judged.points.shape[1]
    if numbers == 1:
        yield scene.curve()
    if numbers == 2:
        yield scene.surface()
    if scene.task != "values":
        yield scene.confusion()
    elif numbers > 1:
        yield scene.true_against_predicted()


class _Scene:
    """The data in their own units, the model's answers, and the pictures of both."""

    def __init__(self, experiment: Experiment, dataset: Dataset, model: keras.Model, judged: Answers) -> None:
        self.experiment = experiment
        self.model = model
        self.judged = judged
        self.output = experiment.outputs[0]
        self.units = int(np.prod(judged.answers[0].shape[1:]))
        self.task = task_of(experiment, self.output, self.units)
        self.columns = describe_columns(experiment.data.generator).inputs
        self.names = number_names(self.columns)
        scales = (dataset.input_scaling, dataset.target_scaling)
        self.training = unscaled(dataset.training, *scales)
        self.validation = unscaled(dataset.validation or dataset.training.take(slice(0, 0)), *scales)

    def curve(self) -> Picture:
        """The prediction over the one input."""
        x = self._points(self.training)[:, 0]
        line = np.linspace(x.min(), x.max(), _CURVE, dtype=np.float32)
        arguments = (
            x,
            self._targets(self.training),
            self._points(self.validation)[:, 0],
            self._targets(self.validation),
            line,
            self._predict(line[:, None]),
            (self.names[0], " ".join(self.output.targets)),
            self.experiment.name,
        )
        return Picture("prediction.png", "prediction.draw_prediction_1d", arguments)

    def surface(self) -> Picture:
        """The prediction over the plane of the two inputs."""
        points = self._points(self.training)  # (rows, 2)
        low, high = points.min(axis=0), points.max(axis=0)
        margin = 0.08 * (high - low)
        x, y = np.linspace(low - margin, high + margin, _GRID, dtype=np.float32).T  # (grid,) each
        grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)  # (grid · grid, 2)
        surface = self._predict(grid).reshape(_GRID, _GRID, -1)  # (grid, grid, units)
        if self.task == "binary":
            surface = np.concatenate([1 - surface, surface], axis=-1)
        arguments = (
            points,
            self._labels(self.training),
            self._points(self.validation),
            self._labels(self.validation),
            x,
            y,
            surface if self.task != "values" else surface[..., 0],
            (self.names[0], self.names[1]),
            self.experiment.name,
        )
        return Picture("surface.png", "surface.draw_surface", arguments)

    def confusion(self) -> Picture:
        """The true class against the predicted one."""
        truth, answers = self._judged()
        true, predicted = classes_from(self.task, truth), classes_from(self.task, answers)
        classes = max(self.units, 2)
        title = f"{self.experiment.name}: {self.judged.part} rows"
        names = class_names(self.experiment, self.output, classes)
        arguments = (confusion_matrix(true, predicted, classes), names, title)
        return Picture("confusion.png", "confusion.draw_confusion", arguments)

    def true_against_predicted(self) -> Picture:
        """The true value against the predicted one."""
        truth, answers = self._judged()
        title = f"{self.experiment.name}: {self.judged.part} rows"
        nothing = np.zeros((0, 1), np.float32)
        arguments = (truth, answers, nothing, nothing, title)
        return Picture("predicted.png", "prediction.draw_true_against_predicted", arguments)

    def _judged(self) -> tuple[Array, Array]:
        assert self.judged.truth is not None
        return self.judged.truth[0], self.judged.answers[0]

    def _points(self, part: Part) -> Array:
        return np.concatenate([flat_rows(values) for values in part.inputs.values()], axis=1)  # (rows, numbers)

    def _targets(self, part: Part) -> Array:
        targets = stack_targets(part, [self.output.targets])[0]
        return classes_from(self.task, targets) if self.task == "classes" else targets

    def _labels(self, part: Part) -> Array:
        targets = stack_targets(part, [self.output.targets])[0]
        return classes_from(self.task, targets) if self.task != "values" else flat_rows(targets)[:, 0]

    def _predict(self, points: Array) -> Array:
        part = part_from_points(self.columns, points)
        inputs = stack_inputs(part, [entry.columns for entry in self.experiment.inputs])
        return flat_rows(predict(self.model, inputs)[0])  # (points, units)
