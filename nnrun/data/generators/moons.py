"""The `moons` generator: scikit-learn's `make_moons`."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.points import noise, point_columns, point_source, random_state, samples
from nnrun.experiment.columns import Columns


def _columns(given: GeneratorArguments) -> Columns:
    return point_columns(given, features=2, classes=2)


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    from sklearn.datasets import make_moons

    state = random_state(resources.rng)
    return point_source(*make_moons(given["samples"], noise=given["noise"], random_state=state))


GENERATOR = Generator(
    "moons",
    "Two interleaving half circles in the plane, one class each.",
    {"samples": samples("The number of rows, half of them in each class.", minimum=2), "noise": noise(0.1)},
    _columns,
    _make,
    group="classification",
)
