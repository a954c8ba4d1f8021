"""The `xor` generator: four Gaussian clouds whose classes are the exclusive or of their signs."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources, number
from nnrun.data.generators.points import point_columns, point_source, samples
from nnrun.experiment.columns import Columns


def _columns(given: GeneratorArguments) -> Columns:
    return point_columns(given, features=2, classes=2)


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows: cloud k of 0 … 3 has its center at (±1, ±1), and the class is 1 where the two signs differ."""
    import numpy as np

    clouds = np.arange(given["samples"]) % 4  # (samples,)
    signs = np.stack([(clouds + 1) // 2 % 2, clouds // 2], axis=1)  # (samples, 2); the classes alternate
    spread = resources.rng.normal(0.0, given["spread"], size=signs.shape)
    return point_source(2 * signs - 1 + spread, signs[:, 0] ^ signs[:, 1])


GENERATOR = Generator(
    "xor",
    "Four Gaussian clouds around (±1, ±1); the class is 1 where exactly one coordinate of the center is positive.",
    {
        "samples": samples("The number of rows, shared equally among the clouds.", minimum=2),
        "spread": number("The standard deviation of each cloud.", 0.3),
    },
    _columns,
    _make,
    group="classification",
)
