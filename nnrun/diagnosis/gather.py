"""Gathers the evidence with Keras: what the network does with some training rows, and with which gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from nnrun.data.dataset import Array
from nnrun.data.labels import probabilities
from nnrun.data.rows import Rows, flat_rows, single
from nnrun.diagnosis.evidence import Descent, Evidence, LayerEvidence, PredictionEvidence, Task
from nnrun.diagnosis.layer_findings import MOST_SILENT, silent_units
from nnrun.diagnosis.repeated import chance_of_repetition, count_repeated
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.schema.catalog import load_catalog

# How many training rows the network is looked at with, and how many numbers its layers may give for them in all.
ROWS = 512
MOST_NUMBERS = 4_000_000

# Layers after which the size of the inputs no longer matters.
_PREPARING = ("Normalization", "Rescaling", "BatchNormalization", "LayerNormalization", "Embedding", "CategoryEncoding")


@dataclass(frozen=True, eq=False)
class TrainingCourse:
    """How the training went.

    Args:
        history: the metrics by name, a number per epoch.
        trace: each weight from its initial value on, (epochs + 1, …), in the order of `model.weights`; None for models
            too large.
        kept: the epoch whose weights the model has.
        stopped: whether a callback ended it.
        diverged: why it could not go on; None when it could.
    """

    history: Mapping[str, Sequence[float]]
    trace: Sequence[Array] | None
    kept: int
    stopped: bool
    diverged: str | None


def gather(
    model: keras.Model,
    experiment: Experiment,
    training: Rows,
    validation: Rows | None,
    course: TrainingCourse,
    task: Task,
    rng: np.random.Generator,
) -> Evidence:
    """Looks at a trained network with some hundred of its training rows; the network stays as it is.

    Args:
        model: trained and compiled.
        experiment: what was asked.
        training: the rows that it learned from.
        validation: the rows that it was validated with, if any.
        course: how the training went.
        task: what kind of answer the first output gives.
        rng: decides which rows are looked at.
    """
    rows = training.take(_some(training.count, _rows_for(model), rng))
    probe = _Probe(model, rows)
    lone = experiment.outputs[0] if len(experiment.outputs) == 1 else None
    outcome = _outcome(experiment, task, probe.answers[0], rows) if lone else None
    repeated, looked_up = count_repeated(training, validation) if validation else (0, 0)
    return Evidence(
        history=course.history,
        epochs=experiment.epochs,
        kept=course.kept,
        stopped=course.stopped,
        diverged=course.diverged,
        loss=_class_name("losses", lone.loss.name) if lone else "",
        descent=_descent(model.optimizer),
        layers=_layers(experiment, model, probe, course.trace),
        inputs=np.concatenate([flat_rows(a).astype(np.float64) for a in rows.inputs], axis=1),
        input_names=_input_names(experiment),
        prepared=_prepared(experiment),
        targets_scaled=experiment.data.scale_targets != "none",
        outcome=outcome,
        class_rows=_class_rows(training) if outcome and task != "values" else {},
        balanced=experiment.class_weight is not None,
        validation_rows=looked_up,
        repeated_rows=repeated,
        repeated_by_chance=looked_up * chance_of_repetition(training) if repeated else 0.0,
        linear=_is_linear(model),
        bias=len(model.weights) > 1,
    )


def _rows_for(model: keras.Model) -> int:
    """How many rows to look at: fewer where layers give very many numbers for each."""
    numbers = sum(int(np.prod([n or 1 for n in t.shape[1:]])) for layer in model.layers for t in _tensors(layer))
    return max(1, min(ROWS, MOST_NUMBERS // max(1, numbers)))


def _some(count: int, limit: int, rng: np.random.Generator) -> Array:
    return np.arange(count) if count <= limit else np.sort(rng.choice(count, limit, replace=False))


def _tensors(layer: Any) -> list[Any]:
    return list(layer.output) if isinstance(layer.output, list | tuple) else [layer.output]


class _Probe:
    """The network with the output of every layer that gives one array."""

    def __init__(self, model: keras.Model, rows: Rows) -> None:
        layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
        self.layers = [layer for layer in layers if len(_tensors(layer)) == 1 and _is_float(layer.output)]
        self.model = model
        self.probe = keras.Model(single(model.inputs), [*(layer.output for layer in self.layers), *model.outputs])
        self.batch = rows.batch()
        with tf.GradientTape() as tape:
            values = self.probe(self.batch[0], training=False)
            loss = self._loss(values[len(self.layers) :])
        gradients = tape.gradient(loss, model.trainable_weights)
        by_weight = zip(model.trainable_weights, gradients, strict=True)
        self.gradients = {weight.path: _array(gradient) for weight, gradient in by_weight if gradient is not None}
        self.outputs = [_array(value) for value in values[: len(self.layers)]]
        self.answers = [_array(value) for value in values[len(self.layers) :]]

    def _loss(self, answers: list[Any]) -> Any:
        _, targets, *weights = self.batch
        weight = weights[0] if weights else None
        return self.model.compute_loss(
            x=self.batch[0], y=targets, y_pred=single(answers), sample_weight=weight, training=False
        )

    def outputs_with(self, weights: Mapping[str, Array], layer: int) -> Array:
        """What a layer would give with other weights, each by its path."""
        trainable = [weights[weight.path] for weight in self.probe.trainable_variables]
        others = [weights.get(weight.path, weight) for weight in self.probe.non_trainable_variables]
        values, _ = self.probe.stateless_call(trainable, others, self.batch[0], training=False)
        return _array(values[layer])


def _is_float(tensor: Any) -> bool:
    return "float" in str(tensor.dtype) and len(tensor.shape) > 1


def _array(value: Any) -> Array:
    return np.asarray(tf.convert_to_tensor(value).numpy(), np.float64)


def _layers(
    experiment: Experiment, model: keras.Model, probe: _Probe, trace: Sequence[Array] | None
) -> tuple[LayerEvidence, ...]:
    numbers = {layer.name: i for i, layer in enumerate(experiment.layers)}
    last = {output.layer for output in experiment.outputs}
    found = []
    for i, layer in enumerate(probe.layers):
        activation = _activation(layer)
        gradients = [probe.gradients[w.path] for w in layer.trainable_weights if w.path in probe.gradients]
        paths = [weight.path for weight in model.weights]
        by_epoch = dict(zip(paths, trace, strict=True)) if trace else None
        found.append(
            LayerEvidence(
                name=layer.name,
                kind=type(layer).__name__,
                path=f"layers.{numbers.get(layer.name, i)}",
                activation=activation,
                last=layer.name in last,
                outputs=probe.outputs[i],
                gradient=_mean_square(gradients),
                weight=_mean_square([_array(w) for w in layer.trainable_weights]) if gradients else None,
                silent_since=_silent_since(probe, i, by_epoch) if activation == "relu" else None,
            )
        )
    return tuple(found)


def _activation(layer: Any) -> str:
    """The activation that a layer ends in; none for recurrent layers, whose gates come after theirs."""
    if isinstance(layer, keras.layers.ReLU):
        plain = not layer.negative_slope and not layer.threshold
        return "relu" if plain else ""
    if isinstance(layer, keras.layers.RNN):
        return ""
    return str(getattr(getattr(layer, "activation", None), "__name__", ""))


def _mean_square(arrays: Sequence[Array]) -> float | None:
    """The root of the mean of all squares."""
    if not arrays:
        return None
    # Divided by the largest first, so that numbers beyond 1e154 have squares too.
    numbers = np.concatenate([a.ravel() for a in arrays])
    largest = float(np.abs(numbers).max())
    return largest * float(np.sqrt(np.mean((numbers / largest) ** 2))) if 0 < largest < np.inf else largest


def _silent_since(probe: _Probe, i: int, trace: Mapping[str, Array] | None) -> int | None:
    """The epoch after which all units of a layer that are silent now have been so, where most are; found by halving."""

    def silent_after(epoch: int) -> bool:
        assert trace is not None
        outputs = probe.outputs_with({path: values[epoch] for path, values in trace.items()}, i)
        return bool(silent_units(outputs)[silent].all())

    silent = silent_units(probe.outputs[i])
    if trace is None or silent.mean() < MOST_SILENT:
        return None
    low, high = -1, len(next(iter(trace.values()))) - 1
    if not silent_after(high):  # the model has the weights of another epoch
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if silent_after(middle) else (middle, high)
    return high


def _outcome(experiment: Experiment, task: Task, answers: Array, rows: Rows) -> PredictionEvidence | None:
    """Answers and targets side by side; None where the targets are of another form than the answers."""
    loss, units = experiment.outputs[0].loss, answers.shape[-1]
    targets = rows.targets[0]
    weights = np.ones(len(targets)) if rows.weights is None else rows.weights.astype(np.float64)
    if answers.ndim != 2 or not weights.sum():
        return None
    if task == "classes" and flat_rows(targets).shape[1] == 1:
        labels = flat_rows(targets)[:, 0].astype(int)
        if labels.min() < 0 or labels.max() >= units:  # the loss ignores a class
            return None
        targets = np.eye(units)[labels]  # (rows, units)
    if flat_rows(targets).shape != answers.shape:
        return None
    if loss.arguments.get("from_logits"):
        exclusive = "Categorical" in _class_name("losses", loss.name)
        answers = probabilities(answers, exclusive=exclusive)
    return PredictionEvidence(task, answers, flat_rows(targets).astype(np.float64), weights)


def _class_rows(training: Rows) -> dict[str, int]:
    targets = flat_rows(training.targets[0])  # (rows, 1) or (rows, classes)
    labels = targets.argmax(axis=1) if targets.shape[1] > 1 else np.round(targets[:, 0]).astype(np.int64)
    names, counts = np.unique(labels, return_counts=True)
    return {str(name): int(count) for name, count in zip(names, counts, strict=True)}


def _input_names(experiment: Experiment) -> tuple[str, ...]:
    known = {column.name: column for column in experiment.columns.inputs}
    taken = [known[name] for entry in experiment.inputs for name in entry.columns]
    return tuple(column.name for column in taken) if all(column.shape == (1,) for column in taken) else ()


def _prepared(experiment: Experiment) -> bool:
    """Whether the inputs are scaled, or all go through layers that scale or look them up."""
    entries = {entry.name for entry in experiment.inputs}
    first = [layer.component for layer in experiment.layers if entries & set(layer.inputs)]
    return experiment.data.scale != "none" or all(_class_name("layers", c.name) in _PREPARING for c in first)


def _class_name(kind: str, name: str) -> str:
    entry = load_catalog().entry(kind, name)
    return entry.name if entry else name


def _descent(optimizer: Any) -> Descent:
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    clips = any((inner.clipnorm, inner.clipvalue, inner.global_clipnorm))
    more = (clips, inner.weight_decay, inner.use_ema)
    plain = type(inner) is keras.optimizers.SGD and not inner.momentum and not any(more)
    rate = float(str(np.float32(inner.learning_rate)))  # 0.06, not 0.05999999865889549
    return Descent(type(inner).__name__, rate, plain, clips)


def _is_linear(model: keras.Model) -> bool:
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    if len(layers) != 1 or len(model.inputs) != 1 or not isinstance(layers[0], keras.layers.Dense):
        return False
    regularized = layers[0].kernel_regularizer or layers[0].bias_regularizer
    return len(model.inputs[0].shape) == 2 and not regularized and _activation(layers[0]) == "linear"
