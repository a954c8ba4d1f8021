"""Which pictures show a run best, chosen from its data, its loss and what was kept of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from nnrun.data.arrange import stack_inputs, stack_targets
from nnrun.data.dataset import Array, Dataset, Part
from nnrun.data.rows import Rows, flat_rows, part_from_points, unscaled
from nnrun.experiment.experiment import Experiment
from nnrun.model.replay import activities, predict_with
from nnrun.model.summary import summarize
from nnrun.model.weights import name_trace, named_weights
from nnrun.plots.confusion import confusion_matrix
from nnrun.plots.frames import chosen_epochs
from nnrun.plots.picture import Picture
from nnrun.plots.thinning import thin_rows
from nnrun.predict.predict import Predictions, number_names, say
from nnrun.predict.prediction_rows import MOST_INPUTS
from nnrun.predict.task import class_names, classes_from, task_of, without_logits
from nnrun.report.scene import METRICS, WEIGHTS, history_picture, weights_picture

# Points of the curve of a 1-D prediction, and of each side of the grid of a 2-D surface, and of each of its frames.
_CURVE = 400
_GRID = 120
_FRAME_GRID = 64
# The most classes that an animation tells apart, and the most images of mistakes.
_MOST_CLASSES = 20
_MOST_MISTAKES = 24
# The most numbers of a network whose diagram shows each of them.
_MOST_SHOWN = 2000


@dataclass(frozen=True, eq=False)
class PictureSource:
    """A finished run, of which pictures are wanted.

    Args:
        experiment: what was asked.
        dataset: the data.
        network: what was trained, on scaled data.
        rows: what it was trained on.
        model: takes and gives the data's own units.
        history: the metrics by name, a number per epoch.
        trace: the weights at every epoch, in the network's order, for small models.
        judged: the answers for the rows that judge the model.
    """

    experiment: Experiment
    dataset: Dataset
    network: keras.Model
    rows: Rows
    model: keras.Model
    history: Mapping[str, Sequence[float]]
    trace: Sequence[Array] | None
    judged: Predictions


def choose_pictures(subject: PictureSource, *, animated: bool = True) -> Iterator[Picture]:
    """The pictures of a finished run.

    Args:
        subject: the run.
        animated: whether the animation of the training is among them, for one or two inputs and a small model.
    """
    name, outputs = subject.experiment.name, subject.experiment.outputs
    yield history_picture(name, subject.history)
    if subject.trace:
        yield weights_picture(name, name_trace(subject.network, subject.trace))
    for number in range(len(outputs)):
        yield from _Scene(subject, number).pictures()
    yield from _activations(subject)
    yield _network(subject)
    if animated and subject.trace:
        yield from _Scene(subject, 0).learning(subject.trace)


def _activations(subject: PictureSource) -> Iterator[Picture]:
    """How the layers answer to the training rows."""
    rows, found = activities(subject.network, subject.rows.inputs)
    if found:
        part = f"{rows:,} of {subject.rows.count:,}" if rows < subject.rows.count else f"{rows:,}"
        arguments = {
            "layers": [{"name": one.name, "units": one.units, "dead": one.dead} for one in found],
            "counts": np.stack([one.counts for one in found]),
            "edges": np.stack([one.edges for one in found]),
            "title": f"{subject.experiment.name}: activations on {part} training row{'s' * (subject.rows.count != 1)}",
        }
        yield Picture("activations", arguments)


def _network(subject: PictureSource) -> Picture:
    """The diagram of the network."""
    experiment = subject.experiment
    columns = {column.name: column for column in experiment.columns.inputs}
    layers: list[dict[str, Any]] = []
    for entry, array in zip(experiment.inputs, subject.rows.inputs, strict=True):
        names = number_names(tuple(columns[column] for column in entry.columns))
        shape = f"({', '.join(map(str, array.shape[1:]))})"
        known = names if len(names) <= MOST_INPUTS else []
        layers.append(_layer(entry.name, "Input", shape, ()) | {"columns": known})
    inputs = {layer.name: layer.inputs for layer in experiment.layers}
    summaries = {summary.name: summary for summary in summarize(subject.network)}
    for name in inputs:
        one, layer = summaries[name], subject.network.get_layer(name)
        function = getattr(getattr(layer, "activation", None), "__name__", "")
        activation = "" if function == "linear" else function
        layers.append(_layer(name, one.kind, one.shape, inputs[name], one.parameters, activation))
    shown = sum(one.parameters for one in summaries.values()) <= _MOST_SHOWN
    count = subject.network.count_params()
    arguments = {
        "layers": layers,
        "outputs": {output.layer: _meaning(subject, i) for i, output in enumerate(experiment.outputs)},
        "weights": named_weights(subject.network) if shown else {},
        "title": f"{experiment.name}: {count:,} parameter{'s' * (count != 1)}",
    }
    return Picture("network", arguments, {"weights": WEIGHTS} if shown else {})


def _layer(
    name: str, kind: str, shape: str, inputs: Sequence[str], parameters: int = 0, activation: str = ""
) -> dict[str, Any]:
    own = {"name": name, "kind": kind, "shape": shape, "inputs": list(inputs)}
    return own | {"parameters": parameters, "activation": activation}


def _meaning(subject: PictureSource, number: int) -> dict[str, Any]:
    """What an output means: its target, and a name for each of its units."""
    scene = _Scene(subject, number)
    return {"target": scene.target, "names": scene.unit_names}


class _Scene:
    """One output's data in their own units, the model's answers, and the pictures of both."""

    def __init__(self, subject: PictureSource, number: int) -> None:
        experiment, dataset, judged = subject.experiment, subject.dataset, subject.judged
        self.subject = subject
        self.number = number
        self.experiment = experiment
        self.output = experiment.outputs[number]
        self.of = self.output.layer if len(experiment.outputs) > 1 else ""
        self.target = " ".join(self.output.targets)
        self.title = f"{experiment.name}: {self.target}" if self.of else experiment.name
        self.units = int(np.prod(judged.answers[number].shape[1:]))
        self.task = task_of(experiment, self.output, self.units)
        self.classes = class_names(experiment, self.output, max(self.units, 2)) if self.task != "values" else []
        self.columns = experiment.columns.inputs
        self.names = number_names(self.columns)
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
        """What there is to see of this output."""
        numbers = self.subject.judged.points.shape[1]
        if numbers == 1:
            yield self._picture("prediction", self._data() | self._curve())
        if numbers == 2:
            yield self._picture("surface", self._plane() | self._surface())
        if self.task == "values":
            truth, answers = self._judged()
            yield self._picture("residuals", {"true": truth, "predicted": answers, "target": self.target}, part=True)
            return
        yield from self._of_classes()

    def learning(self, trace: Sequence[Array]) -> Iterator[Picture]:
        """The animation of the training, for one or two inputs."""
        numbers = self.subject.judged.points.shape[1]
        if numbers > 2 or self.units > _MOST_CLASSES or len(self.subject.history["loss"]) == 0:
            return
        epochs = chosen_epochs(len(trace[0]) - 1)
        grid = self._grid(_CURVE if numbers == 1 else _FRAME_GRID)
        points = grid.T if numbers == 1 else _crossed(grid)
        frames = self._predict_with([values[epochs] for values in trace], points)  # (frames, points, units)
        if numbers == 2:
            frames = self._on_the_plane(frames.reshape(len(frames), _FRAME_GRID, _FRAME_GRID, -1))
            if self.task != "values":
                frames = np.rint(255 * np.clip(np.nan_to_num(frames), 0, 1)).astype(np.uint8)
        x, y = (self._points(part) for part in (self.training, self.validation))
        told = self._targets if numbers == 1 else self._labels
        arguments = {
            "inputs": x,
            "targets": told(self.training),
            "validation_inputs": y,
            "validation_targets": told(self.validation),
            "grid": grid,
            "frames": frames,
            "epochs": np.array(epochs),
            "history": self.subject.history,
            "names": [self.names[0], self.target] if numbers == 1 else self.names,
            "title": f"{self.title}: learning",
            "classes": self._curve_names() if numbers == 1 else self.classes,
        }
        yield Picture("learning", arguments, {"history": METRICS})

    def _picture(self, kind: str, arguments: Mapping[str, Any], *, part: bool = False) -> Picture:
        title = f"{self.title}: {self.subject.judged.part} rows" if part else self.title
        return Picture(kind, {**arguments, "title": title}, of=self.of)

    def _data(self) -> dict[str, Any]:
        return {
            "x": self._points(self.training)[:, 0],
            "y": self._targets(self.training),
            "validation_x": self._points(self.validation)[:, 0],
            "validation_y": self._targets(self.validation),
        }

    def _curve(self) -> dict[str, Any]:
        """The prediction over the one input."""
        line = self._grid(_CURVE)[0]
        names = self._curve_names()
        return {
            "curve_x": line,
            "curve_y": self._predict(line[:, None]),
            "labels": [self.names[0], self.target],
            "classes": names,
        }

    def _curve_names(self) -> list[str]:
        return self.unit_names if self.units > 1 else []

    def _plane(self) -> dict[str, Any]:
        return {
            "points": self._points(self.training),
            "labels": self._labels(self.training),
            "validation_points": self._points(self.validation),
            "validation_labels": self._labels(self.validation),
        }

    def _surface(self) -> dict[str, Any]:
        """The prediction over the plane of the two inputs."""
        grid = self._grid(_GRID)
        answers = self._predict(_crossed(grid)).reshape(_GRID, _GRID, -1)  # (grid, grid, units)
        return {
            "grid_x": grid[0],
            "grid_y": grid[1],
            "surface": self._on_the_plane(answers),
            "names": self.names,
            "classes": self.classes,
        }

    def _on_the_plane(self, answers: Array) -> Array:
        """Of answers (…, units) the probabilities of the classes, (…, classes), or the first value, (…)."""
        if self.task == "binary":
            return np.concatenate([1 - answers, answers], axis=-1)
        return answers if self.task == "classes" else answers[..., 0]

    def _grid(self, points: int) -> Array:
        """Evenly spread numbers over each input's range, for two inputs with a margin; (inputs, points)."""
        rows = self._points(self.training)  # (rows, inputs)
        low, high = rows.min(axis=0), rows.max(axis=0)
        margin = 0.08 * (high - low) if rows.shape[1] == 2 else 0.0
        return np.ascontiguousarray(np.linspace(low - margin, high + margin, points, dtype=np.float32).T)

    def _of_classes(self) -> Iterator[Picture]:
        """The true class against the predicted one, how well each is found, and images of what went wrong."""
        truth, answers = self._judged()
        true, predicted = classes_from(self.task, truth), classes_from(self.task, answers)
        matrix = confusion_matrix(true, predicted, max(self.units, 2))
        counted = {"matrix": matrix, "labels": self.classes}
        yield self._picture("confusion", counted, part=True)
        yield self._picture("classes", counted, part=True)
        shape = self._image_shape()
        wrong = np.flatnonzero(true != predicted)
        if shape is None or not wrong.size:
            return
        sure = flat_rows(answers).max(axis=1) if self.units > 1 else np.abs(flat_rows(answers)[:, 0] - 0.5) + 0.5
        shown = wrong[np.argsort(-sure[wrong], kind="stable")][:_MOST_MISTAKES]
        arguments = {
            "images": self.subject.judged.points[shown].reshape(-1, *shape),
            "true": [self.classes[number] for number in true[shown]],
            "predicted": [self.classes[number] for number in predicted[shown]],
            "probabilities": sure[shown],
            "wrong": len(wrong),
        }
        yield self._picture("mistakes", arguments, part=True)

    def _image_shape(self) -> tuple[int, ...] | None:
        """The shape of an image, (height, width) or with three colours, where the rows are images."""
        if len(self.columns) != 1:
            return None
        column = self.columns[0]
        shape = column.dimensions or column.image
        if len(shape) == 3 and shape[2] == 1:
            shape = shape[:2]
        grey = len(shape) == 2 and column.image
        return shape if grey or (len(shape) == 3 and shape[2] == 3) else None

    def _judged(self) -> tuple[Array, Array]:
        assert self.subject.judged.truth is not None
        return self.subject.judged.truth[self.number], self.subject.judged.answers[self.number]

    def _points(self, part: Part) -> Array:
        return np.concatenate([flat_rows(values) for values in part.inputs.values()], axis=1)  # (rows, numbers)

    def _targets(self, part: Part) -> Array:
        targets = stack_targets(part, [self.output.targets])[0]
        return classes_from(self.task, targets) if self.task == "classes" else targets

    def _labels(self, part: Part) -> Array:
        targets = stack_targets(part, [self.output.targets])[0]
        return classes_from(self.task, targets) if self.task != "values" else flat_rows(targets)[:, 0]

    def _inputs(self, points: Array) -> list[Array]:
        part = part_from_points(self.columns, points)
        return stack_inputs(part, [entry.columns for entry in self.experiment.inputs])

    def _predict(self, points: Array) -> Array:
        answers = say(self.subject.model, self.experiment, self._inputs(points))
        return flat_rows(answers[self.number])  # (points, units)

    def _predict_with(self, weights: Sequence[Array], points: Array) -> Array:
        variables = self.subject.network.weights
        said = predict_with(self.subject.model, variables, weights, self._inputs(points))
        answers = without_logits(self.experiment.outputs[0], said)
        return answers.reshape(len(answers), len(points), -1)  # (times, points, units)


def _crossed(grid: Array) -> Array:
    """The points of a grid, row after row; (2, side) to (side · side, 2)."""
    return np.stack(np.meshgrid(grid[0], grid[1]), axis=-1).reshape(-1, 2)
