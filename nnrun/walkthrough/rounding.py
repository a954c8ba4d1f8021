"""How intermediate results of a computation are rounded."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nnrun.data.dataset import Array

Rounding = Callable[[Array], Array]

# The largest relative distance of two neighbouring float32 numbers, and the smallest normal one.
SPACING = 2.0**-23
SMALLEST = 2.0**-126


def exact(values: Array) -> Array:
    """No rounding: the numbers keep their 64 bits."""
    return values


def random_rounding(rng: np.random.Generator) -> Rounding:
    """Each number is moved up or down at random, by at most the distance of two neighbouring float32 numbers."""

    def rounded(values: Array) -> Array:
        return np.asarray(values * (1 + SPACING * rng.uniform(-1, 1, np.shape(values))))

    return rounded
