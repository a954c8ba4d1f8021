"""What a model computes with given weights: predictions with the weights of past epochs, and layer activations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from nnrun.data.dataset import Array
from nnrun.data.rows import single

# A unit of one of these activations whose output is 0 for every sample gets no gradient.
CAN_DIE = ("relu", "relu6")
_UNCHANGING = (
    keras.layers.InputLayer,
    keras.layers.Flatten,
    keras.layers.Reshape,
    keras.layers.Permute,
    keras.layers.RepeatVector,
    keras.layers.Dropout,
    keras.layers.GaussianNoise,
    keras.layers.GaussianDropout,
    keras.layers.ZeroPadding2D,
)
# The most activations of one layer in a histogram.
_MOST_ACTIVATIONS = 2_000_000
_BINS = 40


def predict_with(model: keras.Model, weights: Sequence[Any], values: Sequence[Array], inputs: Sequence[Array]) -> Array:
    """The model's first output with other weights.

    Args:
        model: the model; its own weights do not change.
        weights: the variables that are replaced.
        values: the values of each of them, shape (times, …).
        inputs: one array per input, each (rows, …).

    Returns:
        The outputs, shape (times, rows, …).
    """
    positions = {id(weight): i for i, weight in enumerate(weights)}

    def chosen(variables: Sequence[Any], given: Sequence[Any]) -> list[Any]:
        return [given[positions[id(v)]] if id(v) in positions else v.value for v in variables]

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def outputs(stacks: list[Any], tensors: list[Any]) -> Any:
        def once(given: list[Any]) -> Any:
            trainable = chosen(model.trainable_variables, given)
            others = chosen(model.non_trainable_variables, given)
            result, _ = model.stateless_call(trainable, others, single(tensors), training=False)
            return tf.cast(keras.tree.flatten(result)[0], tf.float32)

        return tf.map_fn(once, stacks, fn_output_signature=tf.float32)

    found: Array = outputs([tf.constant(v) for v in values], [tf.constant(a) for a in inputs]).numpy()
    return found


@dataclass(frozen=True)
class LayerActivations:
    """The activations of a layer on some samples, as a histogram.

    Args:
        name: the layer's name.
        units: the number of its units; of an image, of its channels.
        dead: how many units output 0 for every sample; None for a layer whose units cannot die.
        counts: the number of activations in each bin, (bins,).
        edges: the edges of the bins, (bins + 1,).
    """

    name: str
    units: int
    dead: int | None
    counts: Array
    edges: Array


def layer_activations(model: keras.Model, inputs: Sequence[Array]) -> tuple[int, list[LayerActivations]]:
    """The activations of every layer that transforms its input.

    Args:
        model: the model.
        inputs: one array per input, each (rows, …); if the activations would be too many, evenly spaced rows are used.

    Returns:
        The number of rows that were used, and the activations of each layer.
    """
    layers = [layer for layer in model.layers if _has_activations(layer)]
    widest = max((int(np.prod(layer.output.shape[1:])) for layer in layers), default=1)
    count = len(inputs[0])
    rows = max(1, min(count, _MOST_ACTIVATIONS // max(widest, 1)))
    if not layers:
        return rows, []
    chosen = np.linspace(0, count - 1, rows).astype(int)
    probe = keras.Model(model.inputs, [layer.output for layer in layers])
    outputs = keras.tree.flatten(probe(single([tf.constant(a[chosen]) for a in inputs]), training=False))
    return rows, [_histogram(layer, np.asarray(output)) for layer, output in zip(layers, outputs, strict=True)]


def _has_activations(layer: Any) -> bool:
    if isinstance(layer, (*_UNCHANGING, keras.Model)):
        return False
    output = layer.output
    return (
        not isinstance(output, list | tuple | dict)
        and None not in output.shape[1:]
        and "float" in str(output.dtype)
        and len(output.shape) > 1
    )


def _histogram(layer: Any, outputs: Array) -> LayerActivations:
    units = outputs.shape[-1]
    flat = outputs.astype(np.float32).reshape(-1, units)  # (samples · positions, units)
    dead = int(inactive_units(flat).sum()) if can_die(layer) else None
    finite = flat[np.isfinite(flat)].astype(np.float64)
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    margin = 0.0 if high > low else max(abs(low), 1.0) / 2
    counts, edges = np.histogram(finite, _BINS, (low - margin, high + margin))
    return LayerActivations(layer.name, units, dead, counts, edges)


def inactive_units(outputs: Array) -> Array:
    """Which units output 0, or less, for every sample; (samples, …, units) to bool, (units,)."""
    return np.asarray(outputs.reshape(-1, outputs.shape[-1]).max(axis=0) <= 0)


def can_die(layer: Any) -> bool:
    """Whether the units of a layer output exactly 0, with gradient 0, for half of all inputs."""
    if isinstance(layer, keras.layers.ReLU):
        return not layer.negative_slope and not layer.threshold
    if isinstance(layer, keras.layers.RNN):  # their gates come after the activation
        return False
    return getattr(getattr(layer, "activation", None), "__name__", "") in CAN_DIE
