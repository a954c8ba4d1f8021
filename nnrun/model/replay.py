"""What a model said, and how its layers answer: predictions with weights of the past, and activations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from nnrun.data.dataset import Array
from nnrun.data.rows import single

# Layers whose units are 0 on one side: a unit that is 0 on every row learns no more.
_SILENCING = ("relu", "relu6")
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
# The most answers of one layer that are counted.
_MOST_ANSWERS = 2_000_000
_BARS = 40


def predict_with(model: keras.Model, weights: Sequence[Any], values: Sequence[Array], inputs: Sequence[Array]) -> Array:
    """What the model's first output would be with other weights.

    Args:
        model: the model; its own weights stay as they are.
        weights: the variables that are replaced.
        values: for each of them its values, shape (times, …).
        inputs: one array per input, each (rows, …).

    Returns:
        The answers, shape (times, rows, …).
    """
    positions = {id(weight): i for i, weight in enumerate(weights)}

    def chosen(variables: Sequence[Any], given: Sequence[Any]) -> list[Any]:
        return [given[positions[id(v)]] if id(v) in positions else v.value for v in variables]

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def answers(stacks: list[Any], tensors: list[Any]) -> Any:
        def once(given: list[Any]) -> Any:
            trainable = chosen(model.trainable_variables, given)
            others = chosen(model.non_trainable_variables, given)
            said, _ = model.stateless_call(trainable, others, single(tensors), training=False)
            return tf.cast(said[0] if isinstance(said, list | tuple) else said, tf.float32)

        return tf.map_fn(once, stacks, fn_output_signature=tf.float32)

    found: Array = answers([tf.constant(v) for v in values], [tf.constant(a) for a in inputs]).numpy()
    return found


@dataclass(frozen=True)
class Activity:
    """How the units of a layer answered to some rows.

    Args:
        name: the layer's name.
        units: how many it has; of pictures its channels.
        dead: how many answered 0 to every row, where they are of a kind that can be silent.
        counts: how many answers lie between the edges, (bars,).
        edges: (bars + 1,).
    """

    name: str
    units: int
    dead: int | None
    counts: Array
    edges: Array


def activities(model: keras.Model, inputs: Sequence[Array]) -> tuple[int, list[Activity]]:
    """The answers of every layer that changes what comes in.

    Args:
        model: the model.
        inputs: one array per input, each (rows, …); where the answers would be too many, rows spread over all of them
            count.

    Returns:
        How many rows counted, and the activity of each layer.
    """
    layers = [layer for layer in model.layers if _answers_numbers(layer)]
    widest = max((int(np.prod(layer.output.shape[1:])) for layer in layers), default=1)
    count = len(inputs[0])
    rows = max(1, min(count, _MOST_ANSWERS // max(widest, 1)))
    if not layers:
        return rows, []
    chosen = np.linspace(0, count - 1, rows).astype(int)
    looker = keras.Model(model.inputs, [layer.output for layer in layers])
    found = looker(single([tf.constant(a[chosen]) for a in inputs]), training=False)
    listed = found if isinstance(found, list | tuple) else [found]
    return rows, [_activity(layer, np.asarray(tensor)) for layer, tensor in zip(layers, listed, strict=True)]


def _answers_numbers(layer: Any) -> bool:
    if isinstance(layer, (*_UNCHANGING, keras.Model)):
        return False
    output = layer.output
    return (
        not isinstance(output, list | tuple | dict)
        and None not in output.shape[1:]
        and "float" in str(output.dtype)
        and len(output.shape) > 1
    )


def _activity(layer: Any, answers: Array) -> Activity:
    units = answers.shape[-1]
    flat = answers.astype(np.float32).reshape(-1, units)  # (answers, units)
    dead = int((flat == 0).all(axis=0).sum()) if can_be_silent(layer) else None
    finite = flat[np.isfinite(flat)].astype(np.float64)
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    room = 0.0 if high > low else max(abs(low), 1.0) / 2
    counts, edges = np.histogram(finite, _BARS, (low - room, high + room))
    return Activity(layer.name, units, dead, counts, edges)


def can_be_silent(layer: Any) -> bool:
    """Whether a layer's units answer exactly 0 to a half of all that may come in."""
    if isinstance(layer, keras.layers.ReLU):
        return not layer.negative_slope and not layer.threshold
    return getattr(getattr(layer, "activation", None), "__name__", "") in _SILENCING
