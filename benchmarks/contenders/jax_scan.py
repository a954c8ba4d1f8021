"""Trainings as one would write them by hand in JAX: a scan over epochs, in it a scan over steps.

Forward pass, losses, metrics and the three optimizers are written out, with Keras's formulas and default settings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from rows import Row

from contenders.contender import Calls, Contender
from nnrun.data.epoch_order import epoch_orders

# The most epochs of a call, and the most numbers in the orders of its rows.
_EPOCHS, _NUMBERS = 2**17, 2**22

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


RECIPES: dict[str, tuple[Measure, Update]] = {
    "xor": (square_and_threshold, adam),
    "bilinear": (square_of_relu, sgd),
    "house-prices": (square, sgd),
    "rounding": (crossentropy_of_label, adam),
    "784-32-10": (square_of_softmax, rmsprop),
}


def start(row: Row) -> None:
    """Keeps JAX from looking for a GPU."""
    jax.config.update("jax_platforms", "cpu")


def contenders(row: Row, weights: list[np.ndarray]) -> Iterator[tuple[str, Contender]]:
    """The scan, from the weights that the engines begin with."""
    experiment, rows = row.load()
    scan = Scan(row.recipe, weights, rows.inputs[0], rows.targets[0], experiment.batch_size)
    orders = epoch_orders(experiment.seed, rows.count, 0, min(_EPOCHS, _NUMBERS // rows.count))  # (epochs, rows)
    yield "JAX", Contender(float(scan.run(orders[:1])[0]), Calls(scan.run, orders).train)


class Scan:
    """A training of dense layers, ReLUs between them, as one compiled program.

    Args:
        name: one of `RECIPES`.
        weights: the kernel and bias of each layer.
        x: (rows, features).
        y: (rows, …).
        batch_size: rows per step; the last step of an epoch takes what is left.
    """

    def __init__(self, name: str, weights: Sequence[np.ndarray], x: np.ndarray, y: np.ndarray, batch_size: int) -> None:
        self.measure, self.update = RECIPES[name]
        self.data = (jnp.asarray(x), jnp.asarray(y))
        self.batch_size = batch_size
        kept = [jnp.asarray(w) for w in weights]
        self.state: Any = (kept, [(jnp.zeros_like(w), jnp.zeros_like(w)) for w in kept], jnp.asarray(0.0))
        self.epochs = jax.jit(self._epochs)

    def run(self, orders: np.ndarray) -> np.ndarray:
        """Trains for some epochs; `orders` is int32, (epochs, rows). Returns the loss of each, (epochs,)."""
        self.state, logs = self.epochs(self.state, self.data, orders)
        return np.asarray(logs[0])

    def _epochs(self, state: Any, data: Any, orders: Any) -> Any:
        return jax.lax.scan(lambda state, order: self._epoch(state, data, order), state, orders)

    def _epoch(self, state: Any, data: Any, order: Any) -> Any:
        x, y = data

        def one(state: Any, rows: Any) -> Any:
            return self._step(state, x[rows], y[rows])

        full = len(x) // self.batch_size * self.batch_size
        sums = []
        if full:
            state, each = jax.lax.scan(one, state, order[:full].reshape(-1, self.batch_size))
            sums.append([values.sum() for values in each])
        if full < len(x):
            state, rest = one(state, order[full:])
            sums.append(rest)
        return state, [sum(parts) / len(x) for parts in zip(*sums, strict=True)]

    def _step(self, state: Any, x: Any, y: Any) -> Any:
        """The new weights, and the sums of loss and metrics over the batch."""
        weights, slots, count = state

        def mean_loss(weights: Any) -> Any:
            measured = self.measure(_forward(weights, x), y)
            return measured[0].mean(), tuple(values.sum() for values in measured)

        gradients, sums = jax.grad(mean_loss, has_aux=True)(weights)
        count = count + 1
        updated = [self.update(w, g, s, count) for w, g, s in zip(weights, gradients, slots, strict=True)]
        return ([w for w, _ in updated], [s for _, s in updated], count), sums


def _forward(weights: Any, x: Any) -> Any:
    """The sums of the last layer, before its activation."""
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        x = jax.nn.relu(x @ kernel + bias)
    return x @ weights[-2] + weights[-1]  # (rows, units)
