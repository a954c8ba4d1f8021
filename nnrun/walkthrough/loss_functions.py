"""The losses whose gradient is known here, as Keras computes them on TensorFlow.

Where the network ends in a sigmoid or a softmax, Keras takes a crossentropy not from its answers but from the numbers
before that activation, the logits, which keeps the logarithm exact (`keras.src.backend.tensorflow.nn`). Elsewhere it
clips the answers to [ε, 1 − ε] with ε = 10⁻⁷, and a clipped answer has no gradient.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from nnrun.data.dataset import Array
from nnrun.walkthrough.activation_functions import sigmoid, softmax
from nnrun.walkthrough.rounding import Rounding, exactly

LossKind = Literal["squared", "absolute", "binary", "categorical", "sparse"]

EPSILON = 1e-7


@dataclass(frozen=True)
class Loss:
    """A loss, averaged over the rows of the batch.

    Args:
        kind: squared and absolute error, binary, categorical or sparse categorical crossentropy.
        logits: whether a crossentropy is taken from logits and not from probabilities.
        before_activation: whether it is taken from what goes into the network's last activation.
    """

    kind: LossKind
    logits: bool = False
    before_activation: bool = False

    def targets(self, y: Array, units: int) -> Array:
        """The targets as numbers, float64 (rows, units); a label becomes a vector with one 1."""
        if self.kind == "sparse":
            return np.eye(units)[y.reshape(-1).astype(np.int64)]  # (rows, units)
        return y.reshape(len(y), -1).astype(np.float64)  # (rows, units)

    def rows(self, a: Array, t: Array, rounded: Rounding = exactly) -> Array:
        """The loss of each row, (rows,).

        Args:
            a: what the network answers, or the logits, (rows, units).
            t: the targets as numbers, (rows, units).
            rounded: what becomes of a number on the way.
        """
        match self.kind:
            case "squared":
                return np.asarray(((a - t) ** 2).mean(axis=1))
            case "absolute":
                return np.asarray(np.abs(a - t).mean(axis=1))
            case "binary" if self.logits:
                return np.asarray((np.maximum(a, 0) - a * t + np.log1p(np.exp(-np.abs(a)))).mean(axis=1))
            case "binary":
                q = _clipped(rounded(a))
                return np.asarray(-(t * np.log(q) + (1 - t) * np.log(1 - q)).mean(axis=1))
            case "categorical" | "sparse" if self.logits:
                highest = a.max(axis=1, keepdims=True)
                spread = highest + np.log(
                    rounded(np.exp(a - highest).sum(axis=1, keepdims=True))
                )  # log Σ e^a, (rows, 1)
                return np.asarray((t * (spread - a)).sum(axis=1))
            case "categorical":
                return np.asarray(-(t * np.log(_clipped(_shares(a)))).sum(axis=1))
            case "sparse":
                return np.asarray(-(t * np.log(_shares(_clipped(a)))).sum(axis=1))

    def slopes(self, a: Array, t: Array, rounded: Rounding = exactly) -> Array:
        """The derivative of the mean loss by each of `a`, (rows, units); arguments as for `rows`."""
        return self._slopes(a, t, rounded) / len(a)

    def _slopes(self, a: Array, t: Array, rounded: Rounding) -> Array:
        """The derivative of each row's own loss, (rows, units)."""
        units = a.shape[1]
        match self.kind:
            case "squared":
                return np.asarray(2 * (a - t) / units)
            case "absolute":
                return np.asarray(np.sign(a - t) / units)
            case "binary" if self.logits:
                return np.asarray((rounded(sigmoid(a)) - t) / units)
            case "binary":
                q = _clipped(rounded(a))
                return np.asarray(_within(a) * ((1 - t) / (1 - q) - t / q) / units)
            case "categorical" | "sparse" if self.logits:
                return np.asarray(t.sum(axis=1, keepdims=True) * rounded(softmax(a)) - t)
            case "categorical":
                q = rounded(_shares(a))
                by_q = np.where(_within(q), -t / _clipped(q), 0.0)
                return np.asarray((by_q - (by_q * q).sum(axis=1, keepdims=True)) / a.sum(axis=1, keepdims=True))
            case "sparse":
                q = _clipped(rounded(a))
                return np.asarray(_within(a) * (1 / q.sum(axis=1, keepdims=True) - t / q))


def _clipped(a: Array) -> Array:
    return np.clip(a, EPSILON, 1 - EPSILON)


def _within(a: Array) -> Array:
    return (a >= EPSILON) & (a <= 1 - EPSILON)


def _shares(a: Array) -> Array:
    """Each row divided by its sum."""
    return np.asarray(a / a.sum(axis=1, keepdims=True))
