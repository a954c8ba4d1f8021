"""The `circles` generator: scikit-learn's `make_circles`."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources, number
from nnrun.data.generators.points import noise, point_columns, point_source, random_state, samples
from nnrun.experiment.columns import Columns


def _columns(given: GeneratorArguments) -> Columns:
    return point_columns(given, features=2, classes=2)


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows; the inner circle is class 1."""
    from sklearn.datasets import make_circles

    state = random_state(resources.rng)
    arrays = make_circles(given["samples"], noise=given["noise"], factor=given["factor"], random_state=state)
    return point_source(*arrays)


GENERATOR = Generator(
    "circles",
    "A circle inside a circle in the plane, one class each.",
    {
        "samples": samples("The number of rows, half of them in each class.", minimum=2),
        "noise": noise(0.05),
        "factor": number("The radius of the inner circle; the outer one has radius 1.", 0.5, exclusiveMaximum=1),
    },
    _columns,
    _make,
    group="classification",
)
