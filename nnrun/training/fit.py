"""The `keras` engine: plain `fit` on the same batches, an epoch at a time."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.rows import Rows, as_batch
from nnrun.training.program import LEARNING_RATE, Chunk, log_names, scalars


class PlainFit:
    """Keras's `fit`, called for every epoch with the rows in that epoch's order.

    Args:
        model: compiled, and built by `build_model`.
        batch_size: rows per step.
        training: the rows to learn from.
        validation: the rows to validate with after every epoch, if any.
        trace: whether the weights are returned at every epoch.
    """

    capacity = 1024

    def __init__(
        self, model: keras.Model, batch_size: int, training: Rows, validation: Rows | None, *, trace: bool
    ) -> None:
        self.model = model
        self.batch_size = batch_size
        self.training = training
        self.validation = as_batch(validation.flat(), len(validation.inputs)) if validation else None
        self.names = log_names(model, validated=validation is not None)
        self.trace = trace

    def run(self, orders: Array) -> Chunk:
        """Trains for some epochs; `orders` as for `Program.run`."""
        logs: list[dict[str, float]] = []
        weights: list[list[Array]] = []
        finite = True
        for order in orders:
            logs.append(self._epoch(order))
            weights.append([w.numpy() for w in self.model.weights] if self.trace else [])
            finite = all(np.isfinite(logs[-1][name]) for name in ("loss", "val_loss") if name in logs[-1])
            if not finite:
                break
        table = {name: np.array([row[name] for row in logs], np.float32) for name in self.names}
        return Chunk(len(logs), table, [np.stack(w) for w in zip(*weights, strict=True)], finite)

    def _epoch(self, order: Array) -> dict[str, float]:
        x, y = as_batch(self.training.take(order).flat(), len(self.training.inputs))
        history: Any = self.model.fit(
            x, y, batch_size=self.batch_size, shuffle=False, verbose=0, validation_data=self.validation
        )
        row = scalars({name: np.asarray(values[-1]) for name, values in history.history.items()})
        return {
            **{name: float(value) for name, value in row.items()},
            LEARNING_RATE: float(self.model.optimizer.learning_rate),
        }
