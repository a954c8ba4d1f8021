"""A model's weights by layer and variable name."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
from numpy.typing import NDArray


def weight_names(model: keras.Model) -> list[str]:
    """A name for every weight, in the order of `model.weights`, such as `dense/kernel`."""
    return [weight.path for weight in model.weights]


def named_weights(model: keras.Model) -> dict[str, NDArray[np.generic]]:
    """The current weights by name."""
    return dict(zip(weight_names(model), (w.numpy() for w in model.weights), strict=True))


def name_trace(model: keras.Model, trace: Sequence[NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
    """The weights of all epochs by name, each (epochs + 1, …)."""
    return dict(zip(weight_names(model), trace, strict=True))
