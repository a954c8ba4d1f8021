"""Many XOR trainings at once in JAX, as one would write them by hand: a scan over epochs, under `vmap` or `lax.map`.

    python -m contenders.jax_population STARTS.npz vmap     # or map

It needs JAX and NumPy alone. `nnrun_population.py` writes the weights, orders and data; the seconds of the fastest of
some calls, and the mean of the last losses, are printed as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from contenders.jax_formulas import adam, square_and_threshold

CALLS = 3


def main() -> None:
    """Times the calls."""
    jax.config.update("jax_platforms", "cpu")
    with np.load(sys.argv[1]) as arrays:
        weights = [jnp.asarray(arrays[f"weights{i}"]) for i in range(4)]  # (trainings, …)
        orders = jnp.asarray(arrays["orders"])  # (trainings, epochs, rows)
        data = jnp.asarray(arrays["x"]), jnp.asarray(arrays["y"])
    one = _training(data)
    many = jax.vmap(one) if sys.argv[2] == "vmap" else lambda *starts: jax.lax.map(lambda each: one(*each), starts)
    compiled = jax.jit(many)
    seconds = []
    for _ in range(CALLS + 1):  # the first one compiles
        began = time.perf_counter()
        _, logs = jax.block_until_ready(compiled(weights, orders))
        seconds.append(time.perf_counter() - began)
    print(json.dumps({"seconds": min(seconds[1:]), "loss": float(logs[0][:, -1].mean())}))


def _training(data: tuple[Any, Any]) -> Any:
    """From initial weights and orders, (epochs, rows), to the final weights, and loss and accuracy of each epoch."""
    x, y = data

    def epoch(state: Any, order: Any) -> Any:
        weights, slots, count = state

        def mean_loss(weights: Any) -> Any:
            hidden = jax.nn.relu(x[order] @ weights[0] + weights[1])  # (rows, units)
            losses, right = square_and_threshold(hidden @ weights[2] + weights[3], y[order])
            return losses.mean(), right.mean()

        (loss, accuracy), gradients = jax.value_and_grad(mean_loss, has_aux=True)(weights)
        count = count + 1
        updated = [adam(w, g, s, count) for w, g, s in zip(weights, gradients, slots, strict=True)]
        return ([w for w, _ in updated], [s for _, s in updated], count), (loss, accuracy)

    def train(weights: Any, orders: Any) -> Any:
        slots = [(jnp.zeros_like(w), jnp.zeros_like(w)) for w in weights]
        (weights, *_), logs = jax.lax.scan(epoch, (weights, slots, jnp.asarray(0.0)), orders)
        return weights, logs

    return train


if __name__ == "__main__":
    main()
