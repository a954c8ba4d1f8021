"""Runs a trained Keras model once on some samples: the outputs of its layers and the gradients of its weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from nnrun.data.dataset import Array
from nnrun.data.rows import Rows, single
from nnrun.diagnosis.evidence import LayerEvidence
from nnrun.diagnosis.layer_findings import MOST_DEAD
from nnrun.experiment.experiment import Component, Experiment
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.model.replay import CAN_DIE, inactive_units


class Probe:
    """A model with the output of every layer that has one array; the model itself is not changed.

    Args:
        model: trained and compiled.
        rows: the samples.
    """

    def __init__(self, model: keras.Model, rows: Rows) -> None:
        self.model = model
        self.layers = [layer for layer in inner_layers(model) if len(tensors(layer)) == 1 and _is_float(layer.output)]
        self.probe = keras.Model(single(model.inputs), [*(layer.output for layer in self.layers), *model.outputs])
        self.inputs, targets, *weights = rows.batch()
        with tf.GradientTape() as tape:
            values = self.probe(self.inputs, training=False)
            loss = model.compute_loss(
                x=self.inputs,
                y=targets,
                y_pred=single(values[len(self.layers) :]),
                sample_weight=weights[0] if weights else None,
                training=False,
            )
        gradients = tape.gradient(loss, model.trainable_weights)
        by_weight = zip(model.trainable_weights, gradients, strict=True)
        self.gradients = {weight.path: _array(gradient) for weight, gradient in by_weight if gradient is not None}
        self.outputs = [_array(value) for value in values[: len(self.layers)]]
        self.predictions = [_array(value) for value in values[len(self.layers) :]]

    def outputs_with(self, weights: Mapping[str, Array], layer: int) -> Array:
        """The outputs of a layer with other weights, each by its path."""
        trainable = [weights[weight.path] for weight in self.probe.trainable_variables]
        others = [weights.get(weight.path, weight) for weight in self.probe.non_trainable_variables]
        values, _ = self.probe.stateless_call(trainable, others, self.inputs, training=False)
        return _array(values[layer])


def inner_layers(model: keras.Model) -> list[Any]:
    """The layers of a model without its inputs."""
    return [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]


def tensors(layer: Any) -> list[Any]:
    """The outputs of a layer, symbolic."""
    return list(layer.output) if isinstance(layer.output, list | tuple) else [layer.output]


def _is_float(tensor: Any) -> bool:
    return "float" in str(tensor.dtype) and len(tensor.shape) > 1


def _array(value: Any) -> Array:
    return np.asarray(tf.convert_to_tensor(value).numpy(), np.float64)


def layer_evidence(experiment: Experiment, probe: Probe, trace: Sequence[Array] | None) -> tuple[LayerEvidence, ...]:
    """The evidence of every layer of a probe.

    Args:
        experiment: of the model.
        probe: of the model.
        trace: each weight from its initial value on, (epochs + 1, …), in the order of `model.weights`, if kept.
    """
    numbers = {layer.name: i for i, layer in enumerate(experiment.layers)}
    outputs = {output.layer for output in experiment.outputs}
    fixed = _fixed_settings(experiment)
    paths = [weight.path for weight in probe.model.weights]
    by_path = dict(zip(paths, trace, strict=True)) if trace else None
    found = []
    for i, layer in enumerate(probe.layers):
        activation = activation_of(layer)
        gradients = [probe.gradients[w.path] for w in layer.trainable_weights if w.path in probe.gradients]
        found.append(
            LayerEvidence(
                name=layer.name,
                kind=type(layer).__name__,
                path=f"layers.{numbers.get(layer.name, i)}",
                activation=activation,
                is_output=layer.name in outputs,
                outputs=probe.outputs[i],
                gradient=_root_mean_square(gradients),
                weight=_root_mean_square([_array(w) for w in layer.trainable_weights]) if gradients else None,
                has_activation=hasattr(layer, "activation"),
                fixed=fixed.get(layer.name, ""),
                dead_since=_dead_since(probe, i, by_path) if activation in CAN_DIE and by_path else None,
            )
        )
    return tuple(found)


def _fixed_settings(experiment: Experiment) -> dict[str, str]:
    """By layer the setting that gives its weights, or those of the one before it, the same numbers with every seed."""
    found: dict[str, str] = {}
    for i, layer in enumerate(experiment.layers):
        entry = load_catalog().entry("layers", layer.component.name)
        known = entry.arguments if entry else {}
        if "kernel_initializer" in known:
            given = (name for name in ("kernel_initializer", "bias_initializer") if _is_fixed(layer.component, name))
            found[layer.name] = next((f"layers.{i}.{name}={known[name].default}" for name in given), "")
        elif len(layer.inputs) == 1:
            found[layer.name] = found.get(layer.inputs[0], "")
    return found


def _is_fixed(component: Component, argument: str) -> bool:
    """Whether an initializer is written that draws no numbers; a bias of 0 is the usual one."""
    written = component.arguments.get(argument)
    name = written.name if isinstance(written, Component) else written
    entry = load_catalog().entry("initializers", name) if isinstance(name, str) else None
    is_usual = argument == "bias_initializer" and entry is not None and entry.name == "Zeros"
    return entry is not None and "seed" not in entry.arguments and not is_usual


def activation_of(layer: Any) -> str:
    """The activation that a layer ends in; none for recurrent layers, whose gates come after theirs."""
    if isinstance(layer, keras.layers.ReLU):
        return "" if layer.negative_slope or layer.threshold else "relu"
    if isinstance(layer, keras.layers.RNN):
        return ""
    return str(getattr(getattr(layer, "activation", None), "__name__", ""))


def _root_mean_square(arrays: Sequence[Array]) -> float | None:
    if not arrays:
        return None
    # Divided by the largest first, so that numbers beyond 1e154 have squares too.
    numbers = np.concatenate([a.ravel() for a in arrays])
    largest = float(np.abs(numbers).max())
    return largest * float(np.sqrt(np.mean((numbers / largest) ** 2))) if 0 < largest < np.inf else largest


def _dead_since(probe: Probe, i: int, trace: Mapping[str, Array]) -> int | None:
    """The epoch since which all dead units of a layer have been dead, where most are; found by bisection."""

    def are_dead_after(epoch: int) -> bool:
        outputs = probe.outputs_with({path: values[epoch] for path, values in trace.items()}, i)
        return bool(inactive_units(outputs)[dead].all())

    dead = inactive_units(probe.outputs[i])
    low, high = -1, len(next(iter(trace.values()))) - 1
    if dead.mean() < MOST_DEAD or not are_dead_after(high):  # or the model has the weights of another epoch
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if are_dead_after(middle) else (middle, high)
    return high
