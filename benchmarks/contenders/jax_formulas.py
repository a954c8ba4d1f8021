"""Losses, metrics and optimizers in JAX, written out with Keras's formulas and default settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

# Of the last layer's sums and the targets: the loss of each row, then each metric of each row, (rows,).
Measure = Callable[[Any, Any], tuple[Any, ...]]
# Of a weight, its gradient, its two slots and the number of steps so far: the new weight and slots.
Update = Callable[[Any, Any, tuple[Any, Any], Any], tuple[Any, tuple[Any, Any]]]


def square_and_threshold(z: Any, y: Any) -> tuple[Any, ...]:
    """A sigmoid's squared error, and whether it is on the target's side of 0.5."""
    p = jax.nn.sigmoid(z)  # (rows, 1)
    return jnp.mean((p - y) ** 2, axis=-1), jnp.mean((p > 0.5) == y, axis=-1)


def square_of_relu(z: Any, y: Any) -> tuple[Any, ...]:
    """A ReLU's squared error."""
    return (jnp.mean((jax.nn.relu(z) - y) ** 2, axis=-1),)


def square(z: Any, y: Any) -> tuple[Any, ...]:
    """A linear neuron's squared error."""
    return (jnp.mean((z - y) ** 2, axis=-1),)


def crossentropy_of_label(z: Any, y: Any) -> tuple[Any, ...]:
    """A softmax's cross-entropy with a label, and whether the label is the most probable."""
    label = y[:, 0]  # (rows,)
    log_p = jax.nn.log_softmax(z)  # (rows, classes)
    return -jnp.take_along_axis(log_p, y, axis=-1)[:, 0], jnp.argmax(z, axis=-1) == label


def square_of_softmax(z: Any, y: Any) -> tuple[Any, ...]:
    """A softmax's squared error from a one-hot target, and whether its class is the most probable."""
    p = jax.nn.softmax(z)  # (rows, classes)
    return jnp.mean((p - y) ** 2, axis=-1), jnp.argmax(p, axis=-1) == jnp.argmax(y, axis=-1)


def sgd(w: Any, g: Any, slots: tuple[Any, Any], step: Any) -> tuple[Any, tuple[Any, Any]]:
    """w - 0.01 g."""
    return w - 0.01 * g, slots


def adam(w: Any, g: Any, slots: tuple[Any, Any], step: Any) -> tuple[Any, tuple[Any, Any]]:
    """Adam, with the rate 0.001 and the moments' decay 0.9 and 0.999."""
    m = slots[0] + 0.1 * (g - slots[0])
    v = slots[1] + 0.001 * (g * g - slots[1])
    rate = 0.001 * jnp.sqrt(1 - 0.999**step) / (1 - 0.9**step)
    return w - rate * m / (jnp.sqrt(v) + 1e-7), (m, v)


def rmsprop(w: Any, g: Any, slots: tuple[Any, Any], step: Any) -> tuple[Any, tuple[Any, Any]]:
    """RMSprop, with the rate 0.001 and the decay 0.9."""
    v = 0.9 * slots[0] + 0.1 * g * g
    return w - 0.001 * g * jax.lax.rsqrt(v + 1e-7), (v, slots[1])
