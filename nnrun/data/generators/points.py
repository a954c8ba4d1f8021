"""What the classic toy sets have in common: points in a few dimensions, one class per shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnrun.data.dataset import Array, Part, Source, as_column
from nnrun.data.generators.generator import GeneratorArguments, JsonSchema, integer, number
from nnrun.experiment.columns import Column, Columns

if TYPE_CHECKING:
    import numpy as np


def samples(description: str, minimum: int = 1) -> JsonSchema:
    """The schema of the number of rows."""
    return integer(description, 500, minimum=minimum, maximum=10_000_000)


def noise(default: float) -> JsonSchema:
    """The schema of the noise on the coordinates."""
    return number("The standard deviation of the normal noise on both coordinates.", default)


def point_columns(given: GeneratorArguments, features: int, classes: int) -> Columns:
    """The columns x1, x2, … and class.

    Raises:
        ExperimentError: there are fewer samples than classes.
    """
    count: int = given["samples"]
    if count < classes:
        given.add("samples", f"Each of the {classes} classes needs a sample. Received: {count} samples")
    given.finish()
    inputs = tuple(Column(f"x{position}") for position in range(1, features + 1))
    return Columns(inputs, (Column("class", is_label=True),), count, classes)


def point_source(points: Array, labels: Array) -> Source:
    """Points (rows, features) and their labels (rows,) as columns."""
    inputs = {f"x{position}": as_column(values) for position, values in enumerate(points.T, start=1)}
    return Source(Part(inputs, {"class": as_column(labels, "int32")}))


def random_state(rng: np.random.Generator) -> int:
    """A seed for scikit-learn, which takes no NumPy generator."""
    return int(rng.integers(2**32))
