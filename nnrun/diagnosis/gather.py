"""Gathers the evidence of a training from its Keras model, its experiment and its data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.rows import Rows, flat_rows
from nnrun.diagnosis.duplicates import count_duplicates, duplicate_probability
from nnrun.diagnosis.evidence import Evidence, LayerEvidence, OptimizerEvidence, OutputEvidence, PredictionEvidence
from nnrun.diagnosis.layer_findings import MOST_DEAD
from nnrun.diagnosis.probe import Probe, activation_of, inner_layers, layer_evidence, tensors
from nnrun.experiment.column_steps import column_steps, scaled_targets
from nnrun.experiment.component import with_defaults
from nnrun.experiment.experiment import Component, Experiment
from nnrun.model.replay import CAN_DIE, inactive_units, layer_activations
from nnrun.network.output_ranges import last_activation
from nnrun.network.targets import compared_by
from nnrun.predict.task import Task, classes_from, count_steps, without_logits

if TYPE_CHECKING:
    from nnrun.training.train import Trained

# How many training samples the network is run on, and how many numbers its layers may output for them in all.
SAMPLES = 512
MOST_NUMBERS = 4_000_000

# The share of its inputs that a layer may drop and not be named.
MOST_DROPPED = 0.5
# Layers after which the size of the inputs does not matter.
_SCALING = ("Normalization", "Rescaling", "BatchNormalization", "LayerNormalization", "Embedding", "CategoryEncoding")


def gather(
    model: keras.Model,
    experiment: Experiment,
    training: Rows,
    validation: Rows | None,
    trained: Trained,
    task: Task,
    rng: np.random.Generator,
    last: Array | None = None,
) -> Evidence:
    """Runs a trained network on some of its training samples; the network itself is not changed.

    Args:
        model: trained and compiled.
        experiment: of the training.
        training: the training set.
        validation: the validation set, if any.
        trained: the result of the training.
        task: what the first output predicts.
        rng: selects the samples.
        last: what a last-value baseline predicts for the training set, (samples, units), if it is known.
    """
    chosen = _sample(training.count, _sample_size(model), rng)
    rows = training.take(chosen)
    probe = Probe(model, rows)
    only = experiment.outputs[0] if len(experiment.outputs) == 1 else None
    predictions = _predictions(experiment, task, probe.predictions[0], rows) if only else None
    if predictions and last is not None and last.shape[1:] == predictions.targets.shape[1:]:
        predictions = replace(predictions, last=last[chosen])
    layers = layer_evidence(experiment, probe, trained.trace)
    if rows.count < training.count and any(_may_be_dead(layer) for layer in layers):
        dead = {layer.name: layer.dead for layer in layer_activations(model, training.inputs)[1]}
        layers = tuple(replace(layer, dead=dead.get(layer.name)) for layer in layers)
    duplicates, compared = count_duplicates(training, validation) if validation else (0, 0)
    return Evidence(
        history=trained.history,
        epochs=experiment.epochs,
        seed=experiment.seeds.weights,
        seed_path="seeds.weights" if "weights" in experiment.named_seeds else "seed",
        kept=trained.kept,
        stopped=trained.stopped,
        diverged=trained.diverged,
        loss=only.loss.class_name if only else "",
        optimizer=_optimizer(model.optimizer, experiment),
        layers=layers,
        inputs=np.concatenate([flat_rows(a).astype(np.float64) for a in rows.inputs], axis=1),
        input_names=experiment.input_names,
        inputs_scaled=_scales_inputs(experiment),
        targets_scaled=scaled_targets(experiment.data.preparation, only.targets if only else ()) != "none",
        predictions=predictions,
        class_counts=_class_counts(training, task, probe.predictions[0]) if predictions else {},
        class_weighted=experiment.class_weight is not None,
        validation_rows=compared,
        duplicate_rows=duplicates,
        expected_duplicates=compared * duplicate_probability(training) if duplicates else 0.0,
        is_linear=_is_linear(model),
        has_bias=len(model.weights) > 1,
        outputs=_outputs(experiment, layers, rows),
        regularized=tuple(_regularized(experiment)),
    )


def _may_be_dead(layer: LayerEvidence) -> bool:
    return layer.activation in CAN_DIE and bool(inactive_units(layer.outputs).mean() >= MOST_DEAD)


def _outputs(experiment: Experiment, layers: tuple[LayerEvidence, ...], rows: Rows) -> tuple[OutputEvidence, ...]:
    by_name, several = {layer.name: layer for layer in layers}, len(experiment.outputs) > 1
    written = {layer.name: layer for layer in experiment.layers}
    return tuple(
        OutputEvidence(
            by_name[output.layer],
            compared_by(output.loss, by_name[output.layer].outputs.shape[1:], targets.shape[1:]) or "",
            f"outputs.{output.layer}.loss" if several else "loss",
            bool(output.loss.arguments.get("from_logits")),
            np.asarray(targets, np.float64),
            last_activation(written, output.layer),
        )
        for output, targets in zip(experiment.outputs, rows.targets, strict=True)
        if output.layer in by_name
    )


def _sample_size(model: keras.Model) -> int:
    """How many samples to run: fewer where layers output very many numbers for each."""
    numbers = sum(int(np.prod([n or 1 for n in t.shape[1:]])) for layer in model.layers for t in tensors(layer))
    return max(1, min(SAMPLES, MOST_NUMBERS // max(1, numbers)))


def _sample(count: int, limit: int, rng: np.random.Generator) -> Array:
    return np.arange(count) if count <= limit else np.sort(rng.choice(count, limit, replace=False))


def _predictions(experiment: Experiment, task: Task, outputs: Array, rows: Rows) -> PredictionEvidence | None:
    """Predictions and targets side by side; None where they differ in shape."""
    units, steps = outputs.shape[-1], count_steps(task, outputs.shape[1:])
    weights = np.ones(len(outputs)) if rows.weights is None else rows.weights.astype(np.float64)
    weights = np.repeat(weights, steps)  # (samples · steps,)
    if (outputs.ndim != 2 and steps == 1) or not weights.sum():
        return None
    targets = flat_rows(rows.targets[0]).reshape(len(weights), -1)  # (samples · steps, units or 1)
    outputs = outputs.reshape(len(weights), units)
    if task == "classes" and targets.shape[1] == 1:
        labels = targets[:, 0].astype(int)
        if labels.min() < 0 or labels.max() >= units:  # the loss ignores a class
            return None
        targets = (labels[:, None] == np.arange(units)).astype(np.float64)  # (samples, units)
    if targets.shape != outputs.shape:
        return None
    predictions = without_logits(experiment.outputs[0], outputs)
    return PredictionEvidence(task, predictions, targets.astype(np.float64), weights)


def _class_counts(training: Rows, task: Task, outputs: Array) -> dict[str, int]:
    if task == "values" or (training.targets[0] % 1).any():  # a loss for values may have a metric for classes
        return {}
    labels = classes_from(task, training.targets[0], count_steps(task, outputs.shape[1:]))
    names, counts = np.unique(labels, return_counts=True)
    return {str(name): int(count) for name, count in zip(names, counts, strict=True)}


def _scales_inputs(experiment: Experiment) -> bool:
    """Whether the inputs are scaled, or all go through layers that scale or look them up."""
    entries = {entry.name for entry in experiment.inputs}
    first = [layer.component for layer in experiment.layers if entries & set(layer.inputs)]
    steps = (column_steps(experiment.data.preparation, column.name) for column in experiment.columns.of_rows.inputs)
    return any(each.scale != "none" for each in steps) or all(component.class_name in _SCALING for component in first)


def _optimizer(optimizer: Any, experiment: Experiment) -> OptimizerEvidence:
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    clips = any((inner.clipnorm, inner.clipvalue, inner.global_clipnorm))
    more = (clips, inner.weight_decay, inner.use_ema)
    plain = type(inner) is keras.optimizers.SGD and not inner.momentum and not any(more)
    rate = float(str(np.float32(inner.learning_rate)))  # 0.06, not 0.05999999865889549
    usual = with_defaults(Component("optimizers", experiment.optimizer.name)).get("learning_rate")
    scheduled = any(callback.name == "LearningRateScheduler" for callback in experiment.callbacks)
    return OptimizerEvidence(rate, plain, clips, usual, scheduled)


def _regularized(experiment: Experiment) -> Iterator[str]:
    """The regularizers of the layers, and those that drop more than half of what they are given."""
    for layer in experiment.layers:
        arguments = layer.component.arguments
        given = [key for key, value in arguments.items() if value and key.endswith("_regularizer")]
        yield from (f"the {key} of {layer.name}" for key in given)
        if "Dropout" in layer.component.class_name and arguments.get("rate", 0) > MOST_DROPPED:
            yield f"the rate of {layer.name}"


def _is_linear(model: keras.Model) -> bool:
    layers = inner_layers(model)
    if len(layers) != 1 or len(model.inputs) != 1 or not isinstance(layers[0], keras.layers.Dense):
        return False
    regularized = layers[0].kernel_regularizer or layers[0].bias_regularizer
    return len(model.inputs[0].shape) == 2 and not regularized and activation_of(layers[0]) == "linear"
