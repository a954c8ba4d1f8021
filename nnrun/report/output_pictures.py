"""The pictures of one output of a trained model: its predictions beside the data, and how good they are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from nnrun.data.dataset import Array, Dataset, Part
from nnrun.data.rows import Rows, flat_rows, point_arrays, stack_columns, unscaled
from nnrun.experiment.columns import feature_names
from nnrun.experiment.experiment import Experiment
from nnrun.model.index_check import embedded_inputs
from nnrun.model.replay import predict_with
from nnrun.plots.confusion import confusion_matrix
from nnrun.plots.picture import Picture
from nnrun.plots.thinning import chosen_epochs, thin_rows
from nnrun.predict.mistakes import chosen_mistakes
from nnrun.predict.predictor import Predictions, Predictor
from nnrun.predict.task import class_names, classes_from, count_steps, task_of, without_logits
from nnrun.report.forecast_picture import forecast_arguments
from nnrun.runs import layout

# Points of the curve of a 1-D prediction, and of each side of the grid of a 2-D surface, and of each of its frames.
_CURVE = 400
_GRID = 120
_FRAME_GRID = 64
# The most classes of an animation, and the most images of mistakes.
_MOST_CLASSES = 20
_MOST_IN_MATRIX = 1_000  # classes, whose pairs a confusion matrix counts
_MOST_MISTAKES = 24
_MOST_EXAMPLES = 24


@dataclass(frozen=True, eq=False)
class PictureSource:
    """A finished run to draw pictures of.

    Args:
        experiment: the experiment.
        dataset: the data.
        network: the trained network, on scaled data.
        rows: the training set, as the network takes it.
        model: the network in the data's own units.
        history: the metrics by name, a number per epoch.
        trace: the weights at every epoch, in the network's order, for small models.
        judged: predictions for the test set, else the validation set, else the training set.
    """

    experiment: Experiment
    dataset: Dataset
    network: keras.Model
    rows: Rows
    model: keras.Model
    history: Mapping[str, Sequence[float]]
    trace: Sequence[Array] | None
    judged: Predictions


class OutputPictures:
    """The data of one output in their own units, the model's predictions, and the pictures of both."""

    def __init__(self, source: PictureSource, number: int) -> None:
        experiment, dataset, judged = source.experiment, source.dataset, source.judged
        self.source = source
        self.number = number
        self.output = experiment.outputs[number]
        self.of = self.output.layer if len(experiment.outputs) > 1 else ""
        self.target = " ".join(self.output.targets)
        self.title = f"{experiment.name}: {self.target}" if self.of else experiment.name
        shape = judged.outputs[number].shape[1:]
        self.task = task_of(experiment, self.output, shape)
        self.steps = count_steps(self.task, shape)
        self.units = int(np.prod(shape)) // self.steps
        self.classes = class_names(experiment, self.output, max(self.units, 2)) if self.task != "values" else []
        self.columns = experiment.columns.inputs
        self.names = feature_names(self.columns)
        self.inputs = judged.inputs.shape[1]
        # Between the indices that an Embedding takes, and beyond them, there is nothing to predict.
        self.axes = 0 if any(embedded_inputs(experiment)) else self.inputs
        scales = (dataset.input_scaling, dataset.target_scaling)
        nothing = dataset.training.take(slice(0, 0))
        parts = (dataset.training, dataset.validation or nothing)
        self.training, self.validation = (unscaled(part.take(thin_rows(part.rows)), *scales) for part in parts)

    @property
    def unit_names(self) -> list[str]:
        """A name for each unit of the output."""
        if self.task == "classes":
            return self.classes
        targets = list(self.output.targets)
        return targets if len(targets) == self.units else [f"{self.target}[{i}]" for i in range(self.units)]

    def pictures(self) -> Iterator[Picture]:
        """All pictures of this output but the animation."""
        if self.axes == 1 and self.steps == 1:
            yield self._picture("prediction", self._curve())
        if self.axes == 2 and self.steps == 1 and self.units <= _MOST_IN_MATRIX:
            yield self._picture("surface", self._surface())
        judged = self.source.judged
        assert judged.targets is not None
        truth, predicted = judged.targets[self.number], judged.outputs[self.number]
        if self.task == "values":
            if self.source.experiment.data.window is not None:
                yield self._forecast(truth, predicted)
            yield self._judged_picture("residuals", {"true": truth, "predicted": predicted, "target": self.target})
            return
        true_classes, classes = (classes_from(self.task, values, self.steps) for values in (truth, predicted))
        if self.units <= _MOST_IN_MATRIX:
            matrix = confusion_matrix(true_classes, classes, max(self.units, 2))
            for kind in ("confusion", "classes"):
                yield self._judged_picture(kind, {"matrix": matrix, "labels": self.classes})
        if self.steps == 1:
            yield from self._examples(true_classes, classes)
            yield from self._mistakes(true_classes, classes, predicted)

    def learning(self, trace: Sequence[Array]) -> Iterator[Picture]:
        """The animation of the training, for one or two inputs."""
        untrained = len(self.source.history["loss"]) == 0
        if self.axes not in (1, 2) or self.steps > 1 or self.units > _MOST_CLASSES or untrained:
            return
        epochs = chosen_epochs(len(trace[0]) - 1)
        single = self.inputs == 1
        grid = self._grid(_CURVE if single else _FRAME_GRID)
        frames = self._predict_with([values[epochs] for values in trace], grid.T if single else _crossed(grid))
        if not single:
            frames = self._on_the_plane(frames.reshape(len(frames), _FRAME_GRID, _FRAME_GRID, -1))
            if self.task != "values":
                frames = np.rint(255 * np.clip(np.nan_to_num(frames), 0, 1)).astype(np.uint8)
        targets = self._targets if single else self._labels
        arguments = {
            "inputs": _points(self.training),
            "targets": targets(self.training),
            "validation_inputs": _points(self.validation),
            "validation_targets": targets(self.validation),
            "grid": grid,
            "frames": frames,
            "epochs": np.array(epochs),
            "history": self.source.history,
            "names": [self.names[0], self.target] if single else self.names,
            "title": f"{self.title}: learning",
            "classes": self._curve_names() if single else self.classes,
        }
        yield Picture("learning", arguments, {"history": layout.METRICS})

    def _picture(self, kind: str, arguments: Mapping[str, Any]) -> Picture:
        return Picture(kind, {"title": self.title, **arguments}, of=self.of)

    def _judged_picture(self, kind: str, arguments: Mapping[str, Any]) -> Picture:
        return self._picture(kind, {**arguments, "title": f"{self.title}: {self.source.judged.part} set"})

    def _curve(self) -> dict[str, Any]:
        """The prediction over the one input, and the data."""
        line = self._grid(_CURVE)[0]
        return {
            "x": _points(self.training)[:, 0],
            "y": self._targets(self.training),
            "validation_x": _points(self.validation)[:, 0],
            "validation_y": self._targets(self.validation),
            "curve_x": line,
            "curve_y": self._predict(line[:, None]),
            "labels": [self.names[0], self.target],
            "classes": self._curve_names(),
        }

    def _forecast(self, truth: Array, predicted: Array) -> Picture:
        """The predictions of windows against their series."""
        source = self.source
        found = forecast_arguments(source.experiment, source.dataset, self.output, truth, predicted, source.judged)
        total, shown = found.pop("total"), len(found["names"])
        few = f" (the first {shown} of {total:,} forecasts)" if shown < total else ""
        return self._picture("forecast", {**found, "title": f"{self.title}: {source.judged.part} set{few}"})

    def _curve_names(self) -> list[str]:
        return self.unit_names if self.units > 1 else []

    def _surface(self) -> dict[str, Any]:
        """The prediction over the plane of the two inputs, and the data."""
        grid = self._grid(_GRID)
        predicted = self._predict(_crossed(grid)).reshape(_GRID, _GRID, -1)  # (grid, grid, units)
        return {
            "points": _points(self.training),
            "labels": self._labels(self.training),
            "validation_points": _points(self.validation),
            "validation_labels": self._labels(self.validation),
            "grid_x": grid[0],
            "grid_y": grid[1],
            "surface": self._on_the_plane(predicted),
            "names": self.names,
            "classes": self.classes,
        }

    def _examples(self, true: Array, predicted: Array) -> Iterator[Picture]:
        """The first images with their predicted classes, where the samples are images."""
        shape = self._image_shape()
        if shape is None:
            return
        pairs = zip(true[:_MOST_EXAMPLES], predicted[:_MOST_EXAMPLES], strict=True)
        names = [(self.classes[one], self.classes[other]) for one, other in pairs]
        arguments = {
            "images": self.source.judged.inputs[:_MOST_EXAMPLES].reshape(-1, *shape),
            "labels": [one if one == other else f"{one} → {other}" for one, other in names],
            "total": len(true),
        }
        yield self._judged_picture("examples", arguments)

    def _mistakes(self, true: Array, predicted: Array, outputs: Array) -> Iterator[Picture]:
        """The most confident errors of each cell of the confusion matrix, where the samples are images."""
        shape = self._image_shape()
        wrong = np.flatnonzero(true != predicted)
        if shape is None or not wrong.size:
            return
        flat = flat_rows(outputs)  # (rows, units)
        confidence = flat.max(axis=1) if self.units > 1 else np.abs(flat[:, 0] - 0.5) + 0.5  # (rows,)
        cells = true * max(self.units, 2) + predicted  # (rows,)
        shown = chosen_mistakes(cells[wrong], confidence[wrong], _MOST_MISTAKES)
        shown = wrong[shown]
        arguments = {
            "images": self.source.judged.inputs[shown].reshape(-1, *shape),
            "true": [self.classes[number] for number in true[shown]],
            "predicted": [self.classes[number] for number in predicted[shown]],
            "probabilities": confidence[shown],
            "wrong": len(wrong),
        }
        yield self._judged_picture("mistakes", arguments)

    def _on_the_plane(self, predicted: Array) -> Array:
        """Of predictions (…, units) the probabilities of the classes, (…, classes), or the first value, (…)."""
        if self.task == "binary":
            return np.concatenate([1 - predicted, predicted], axis=-1)
        return predicted if self.task == "classes" else predicted[..., 0]

    def _grid(self, points: int) -> Array:
        """Evenly spread numbers over each input's range, for two inputs with a margin; (inputs, points)."""
        rows = _points(self.training)  # (rows, inputs)
        low, high = rows.min(axis=0), rows.max(axis=0)
        margin = 0.08 * (high - low) if rows.shape[1] == 2 else 0.0
        return np.ascontiguousarray(np.linspace(low - margin, high + margin, points, dtype=np.float32).T)

    def _image_shape(self) -> tuple[int, ...] | None:
        """The shape of an image, (height, width) or with three colours, where the samples are images."""
        if len(self.columns) != 1:
            return None
        column = self.columns[0]
        shape = column.dimensions or column.image
        if len(shape) == 3 and shape[2] == 1:
            shape = shape[:2]
        grey = len(shape) == 2 and column.image
        return shape if grey or (len(shape) == 3 and shape[2] == 3) else None

    def _targets(self, part: Part) -> Array:
        targets = stack_columns(part.targets, self.output.targets)
        return classes_from(self.task, targets) if self.task == "classes" else targets

    def _labels(self, part: Part) -> Array:
        targets = stack_columns(part.targets, self.output.targets)
        return classes_from(self.task, targets) if self.task != "values" else flat_rows(targets)[:, 0]

    def _predict(self, points: Array) -> Array:
        inputs = point_arrays(self.source.experiment, points)
        predicted = Predictor(self.source.model, self.source.experiment).predict(inputs)
        return flat_rows(predicted[self.number])  # (points, units)

    def _predict_with(self, weights: Sequence[Array], points: Array) -> Array:
        inputs = point_arrays(self.source.experiment, points)
        outputs = predict_with(self.source.model, self.source.network.weights, weights, inputs)
        predicted = without_logits(self.source.experiment.outputs[0], outputs)
        return predicted.reshape(len(predicted), len(points), -1)  # (times, points, units)


def _points(part: Part) -> Array:
    return np.concatenate([flat_rows(values) for values in part.inputs.values()], axis=1)  # (rows, numbers)


def _crossed(grid: Array) -> Array:
    """The points of a grid, row after row; (2, side) to (side · side, 2)."""
    return np.stack(np.meshgrid(grid[0], grid[1]), axis=-1).reshape(-1, 2)
