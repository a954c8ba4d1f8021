"""The supported losses with their gradients, as Keras computes them on TensorFlow.

Where the network ends in a sigmoid or a softmax, Keras takes a crossentropy not from its outputs but from the logits,
the inputs of that activation, which is numerically stable (`keras.src.backend.tensorflow.nn`). Elsewhere it clips the
outputs to [ε, 1 − ε] with ε = 10⁻⁷, and a clipped output has no gradient.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nnrun.data.dataset import Array
from nnrun.walkthrough.activation_functions import sigmoid, softmax

LossKind = Literal[
    "mean_squared_error",
    "mean_absolute_error",
    "binary_crossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
]

EPSILON = 1e-7

# Rounds the intermediate results of a computation; NumPy's `asarray` leaves them as they are.
Rounding = Callable[[Array], Array]


@dataclass(frozen=True)
class Loss:
    """A loss, averaged over the samples of the batch.

    Args:
        kind: Keras's name of it.
        logits: whether a crossentropy is taken from logits and not from probabilities.
        before_activation: whether it is taken from the input of the network's last activation.
    """

    kind: LossKind
    logits: bool = False
    before_activation: bool = False

    @property
    def name(self) -> str:
        """Its name in words."""
        return self.kind.replace("_", " ")

    @property
    def is_crossentropy(self) -> bool:
        """Whether it compares probabilities."""
        return self.kind.endswith("crossentropy")

    @property
    def activation(self) -> Literal["sigmoid", "softmax"]:
        """The activation that turns the logits of a crossentropy into probabilities."""
        return "sigmoid" if self.kind == "binary_crossentropy" else "softmax"

    @property
    def is_categorical(self) -> bool:
        """Whether it is a crossentropy of classes, which is summed and not averaged over the units."""
        return self.kind.endswith("categorical_crossentropy")

    def targets(self, y: Array, units: int) -> Array:
        """The targets as numbers, float64 (samples, units); labels are one-hot encoded."""
        if self.kind == "sparse_categorical_crossentropy":
            return np.equal(y.reshape(-1, 1), np.arange(units)).astype(np.float64)  # (samples, units)
        return y.reshape(len(y), -1).astype(np.float64)  # (samples, units)

    def per_sample(self, a: Array, t: Array, rounded: Rounding = np.asarray) -> Array:
        """The loss of each sample, (samples,).

        Args:
            a: the outputs, or the logits, (samples, units).
            t: the targets as numbers, (samples, units).
            rounded: the rounding of intermediate results.
        """
        match self.kind:
            case "mean_squared_error":
                return np.asarray(((a - t) ** 2).mean(axis=1))
            case "mean_absolute_error":
                return np.asarray(np.abs(a - t).mean(axis=1))
            case "binary_crossentropy" if self.logits:
                return np.asarray((np.maximum(a, 0) - a * t + np.log1p(np.exp(-np.abs(a)))).mean(axis=1))
            case "binary_crossentropy":
                q = _clipped(rounded(a))
                return np.asarray(-(t * np.log(q) + (1 - t) * np.log(1 - q)).mean(axis=1))
            case _ if self.logits:
                highest = a.max(axis=1, keepdims=True)
                total = rounded(np.exp(a - highest).sum(axis=1, keepdims=True))
                return np.asarray((t * (highest + np.log(total) - a)).sum(axis=1))  # log Σ e^a − a
            case "categorical_crossentropy":
                return np.asarray(-(t * np.log(_clipped(_normalized(a)))).sum(axis=1))
            case "sparse_categorical_crossentropy":
                return np.asarray(-(t * np.log(_normalized(_clipped(a)))).sum(axis=1))

    def gradient(self, a: Array, t: Array, rounded: Rounding = np.asarray) -> Array:
        """The derivative of the mean loss by each of `a`, (samples, units); arguments as for `per_sample`."""
        return self._gradients(a, t, rounded) / len(a)

    def _gradients(self, a: Array, t: Array, rounded: Rounding) -> Array:
        """The derivative of each sample's own loss, (samples, units)."""
        units = a.shape[1]
        match self.kind:
            case "mean_squared_error":
                return np.asarray(2 * (a - t) / units)
            case "mean_absolute_error":
                return np.asarray(np.sign(a - t) / units)
            case "binary_crossentropy" if self.logits:
                return np.asarray((rounded(sigmoid(a)) - t) / units)
            case "binary_crossentropy":
                q = _clipped(rounded(a))
                return np.asarray(_within(a) * ((1 - t) / (1 - q) - t / q) / units)
            case _ if self.logits:
                return np.asarray(t.sum(axis=1, keepdims=True) * rounded(softmax(a)) - t)
            case "categorical_crossentropy":
                q = rounded(_normalized(a))
                by_q = np.where(_within(q), -t / _clipped(q), 0.0)
                return np.asarray((by_q - (by_q * q).sum(axis=1, keepdims=True)) / a.sum(axis=1, keepdims=True))
            case "sparse_categorical_crossentropy":
                q = _clipped(rounded(a))
                return np.asarray(_within(a) * (1 / q.sum(axis=1, keepdims=True) - t / q))


def _clipped(a: Array) -> Array:
    return np.clip(a, EPSILON, 1 - EPSILON)


def _within(a: Array) -> Array:
    return (a >= EPSILON) & (a <= 1 - EPSILON)


def _normalized(a: Array) -> Array:
    """Each sample divided by its sum."""
    return np.asarray(a / a.sum(axis=1, keepdims=True))
