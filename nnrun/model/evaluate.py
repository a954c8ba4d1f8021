"""The loss and the metrics of a compiled model on given rows, as Keras's `evaluate` computes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from nnrun.data.rows import Rows


def evaluate(model: keras.Model, rows: Rows, batch_size: int) -> dict[str, float]:
    """The loss and the metrics by name, the loss first.

    Args:
        model: compiled.
        rows: as the network takes them, scaled and encoded.
        batch_size: number of rows in a batch.
    """
    x, y, *weights = rows.batch()
    weight = weights[0] if weights else None
    results = model.evaluate(x, y, sample_weight=weight, batch_size=batch_size, verbose=0, return_dict=True)
    numbers = scalars({name: np.asarray(value) for name, value in results.items()})
    return {name: float(numbers[name]) for name in sorted(numbers, key=lambda name: name != "loss")}


def scalars(results: Mapping[str, Any]) -> dict[str, Any]:
    """Metrics as scalars: one with a number per class, such as F1Score, becomes `f1_score_0`, …"""
    numbers = {}
    for name, value in results.items():
        if len(value.shape) == 0:
            numbers[name] = value
        else:
            flat = tf.reshape(value, [-1])
            numbers.update({f"{name}_{i}": flat[i] for i in range(flat.shape[0])})
    return numbers
