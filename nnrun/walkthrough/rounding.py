"""What becomes of a number on its way through a computation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nnrun.data.dataset import Array

Rounding = Callable[[Array], Array]

# Two numbers of 32 bits that lie next to each other are at most this share of themselves apart.
SPACING = 2.0**-23
# The smallest 32-bit number that is known to all its digits.
SMALLEST = 2.0**-126


def exactly(values: Array) -> Array:
    """Nothing: the number stays as it is."""
    return values


def by_chance(rng: np.random.Generator) -> Rounding:
    """Each number moves by up to the distance of two neighbouring 32-bit numbers, up or down."""

    def rounded(values: Array) -> Array:
        return np.asarray(values * (1 + SPACING * rng.uniform(-1, 1, np.shape(values))))

    return rounded
