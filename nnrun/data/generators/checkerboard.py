"""The `checkerboard` generator: points on the squares of a board, whose color is the class."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources, integer
from nnrun.data.generators.points import equal_labels, noise, point_columns, point_source, samples
from nnrun.experiment.columns import Columns


def _columns(given: GeneratorArguments) -> Columns:
    return point_columns(given, features=2, classes=2)


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows: a random square of the class's color, and a random point in it; the lower left square is class 0."""
    import numpy as np

    count, squares, rng = given["samples"], given["squares"], resources.rng
    labels = equal_labels(count, 2)  # (samples,)
    number = rng.integers((squares * squares + 1 - labels) // 2) * 2 + labels  # along rows of an odd length
    row = number // squares
    column = number % squares
    if squares % 2 == 0:  # every other row begins with the other color
        column = np.where((row + column) % 2 == labels, column, column ^ 1)
    points = 2 * (np.stack([column, row], axis=1) + rng.random((count, 2))) / squares - 1  # (samples, 2)
    return point_source(points + rng.normal(0.0, given["noise"], size=points.shape), labels)


GENERATOR = Generator(
    "checkerboard",
    "Points on a checkerboard from -1 to 1 in both directions; the class is the color of the square.",
    {
        "samples": samples("The number of rows, half of them in each class.", minimum=2),
        "squares": integer("The number of squares in a row of the board.", 4, minimum=2, maximum=1000),
        "noise": noise(0.0),
    },
    _columns,
    _make,
    group="classification",
)
