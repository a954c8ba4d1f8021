"""The supported activation functions with their derivatives, at the kinks as TensorFlow defines them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nnrun.data.dataset import Array

ActivationKind = Literal["linear", "relu", "leaky_relu", "elu", "sigmoid", "tanh", "softmax"]


@dataclass(frozen=True)
class Activation:
    """An activation function.

    Args:
        kind: Keras's name of it.
        alpha: the slope of `leaky_relu` below 0, and the negative limit of `elu`.
    """

    kind: ActivationKind
    alpha: float = 1.0

    def forward(self, z: Array) -> Array:
        """The values at `z`, of its shape (samples, units); softmax is taken over the units."""
        return _FORWARD[self.kind](z, self.alpha)

    def backward(self, gradient: Array, z: Array) -> Array:
        """The derivative of the loss by `z` from that by the values at `z`, each (samples, units).

        For softmax every value depends on every z of its sample: ∂p_j/∂z_i = p_j ([i = j] − p_i).
        """
        if self.kind == "softmax":
            p = softmax(z)
            return np.asarray(p * (gradient - (gradient * p).sum(axis=-1, keepdims=True)))
        return np.asarray(gradient * self.derivative(z))

    def derivative(self, z: Array) -> Array:
        """The derivative at `z`, of its shape; at a kink the left one, as in TensorFlow.

        Raises:
            ValueError: for softmax, whose derivative is a matrix per sample.
        """
        if self.kind == "softmax":
            raise ValueError("the derivative of softmax is a matrix per sample; use backward")
        return _DERIVATIVE[self.kind](z, self.alpha)


def sigmoid(z: Array) -> Array:
    """1 / (1 + e^(−z)) without overflow, of the shape of `z`."""
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + small), small / (1 + small))


def softmax(z: Array) -> Array:
    """e^z over the sum of e^z of each sample, without overflow; of the shape of `z` (samples, units)."""
    powers = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


# Each function of z and α, and its derivative.
_FORWARD: dict[ActivationKind, Callable[[Array, float], Array]] = {
    "linear": lambda z, _: z,
    "relu": lambda z, _: np.maximum(z, 0),
    "leaky_relu": lambda z, alpha: np.where(z > 0, z, alpha * z),
    "elu": lambda z, alpha: np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0))),
    "sigmoid": lambda z, _: sigmoid(z),
    "tanh": lambda z, _: np.tanh(z),
    "softmax": lambda z, _: softmax(z),
}
_DERIVATIVE: dict[ActivationKind, Callable[[Array, float], Array]] = {
    "linear": lambda z, _: np.ones_like(z),
    "relu": lambda z, _: (z > 0).astype(z.dtype),
    "leaky_relu": lambda z, alpha: np.where(z > 0, 1.0, alpha),
    "elu": lambda z, alpha: np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0))),
    "sigmoid": lambda z, _: np.asarray(sigmoid(z) * sigmoid(-z)),
    "tanh": lambda z, _: np.asarray(1 - np.tanh(z) ** 2),
}
