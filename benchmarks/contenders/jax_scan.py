"""Trainings as one would write them by hand in JAX: a scan over epochs, in it a scan over steps.

The formulas are in `jax_formulas.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from rows import Row

from contenders.contender import Calls, Contender
from contenders.jax_formulas import (
    Measure,
    Update,
    adam,
    crossentropy_of_label,
    rmsprop,
    sgd,
    square,
    square_and_threshold,
    square_of_relu,
    square_of_softmax,
)
from nnrun.data.epoch_order import epoch_orders

# The most epochs of a call, and the most numbers in the orders of its rows.
_EPOCHS, _NUMBERS = 2**17, 2**22

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
