"""The activation functions whose derivative is known here, with the conventions of TensorFlow at the kinks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from nnrun.data.dataset import Array

ActivationKind = Literal["linear", "relu", "leaky_relu", "elu", "sigmoid", "tanh", "softmax"]


@dataclass(frozen=True)
class Activation:
    """An activation function.

    Args:
        kind: which one.
        slope: for `leaky_relu` the slope below 0, for `elu` the value that it approaches below 0, without its sign.
    """

    kind: ActivationKind
    slope: float = 1.0

    def forward(self, z: Array) -> Array:
        """The values at `z`, of its shape (rows, units); softmax takes each row as a whole."""
        match self.kind:
            case "linear":
                return z
            case "relu":
                return np.maximum(z, 0)
            case "leaky_relu":
                return np.where(z > 0, z, self.slope * z)
            case "elu":
                return np.where(z > 0, z, self.slope * np.expm1(np.minimum(z, 0)))
            case "sigmoid":
                return sigmoid(z)
            case "tanh":
                return np.tanh(z)
            case "softmax":
                return softmax(z)

    def backward(self, slopes: Array, z: Array) -> Array:
        """The derivative of the loss by `z` from that by the values at `z`, each (rows, units).

        For softmax every value depends on every z of its row: ∂p_j/∂z_i = p_j ([i = j] − p_i).
        """
        if self.kind == "softmax":
            p = softmax(z)
            return np.asarray(p * (slopes - (slopes * p).sum(axis=-1, keepdims=True)))
        return np.asarray(slopes * self.derivative(z))

    def derivative(self, z: Array) -> Array:
        """The derivative at `z`, of its shape; at the kink of a function that of its left side, as in TensorFlow.

        Raises:
            ValueError: for softmax, whose derivative is a matrix per row.
        """
        match self.kind:
            case "linear":
                return np.ones_like(z)
            case "relu":
                return (z > 0).astype(z.dtype)
            case "leaky_relu":
                return np.where(z > 0, 1.0, self.slope)
            case "elu":
                return np.where(z > 0, 1.0, self.slope * np.exp(np.minimum(z, 0)))
            case "sigmoid":
                return np.asarray(sigmoid(z) * sigmoid(-z))
            case "tanh":
                return np.asarray(1 - np.tanh(z) ** 2)
            case "softmax":
                raise ValueError("the derivative of softmax is a matrix per row; use backward")


def sigmoid(z: Array) -> Array:
    """1 / (1 + e^(−z)), without overflow; of the shape of `z`."""
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + small), small / (1 + small))


def softmax(z: Array) -> Array:
    """e^z over the sum of each row's e^z, without overflow; of the shape of `z` (rows, units)."""
    powers = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
