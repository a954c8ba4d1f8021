"""The `moons` generator: scikit-learn's `make_moons`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnrun.data.files.data_files import DataFiles
from nnrun.data.generators.generator import Generator, Resources
from nnrun.data.generators.points import noise, point_columns, point_source, random_state, samples
from nnrun.experiment.columns import Columns
from nnrun.experiment.component import with_defaults
from nnrun.experiment.experiment import Component

if TYPE_CHECKING:
    from nnrun.data.dataset import Source


def _columns(generator: Component, files: DataFiles) -> Columns:
    return point_columns(generator, features=2, classes=2)


def _make(generator: Component, resources: Resources) -> Source:
    from sklearn.datasets import make_moons

    given, state = with_defaults(generator), random_state(resources.rng)
    return point_source(*make_moons(given["samples"], noise=given["noise"], random_state=state))


MOONS = Generator(
    "moons",
    "Two interleaving half circles in the plane, one class each.",
    {"samples": samples("The number of rows, half of them in each class.", minimum=2), "noise": noise(0.1)},
    _columns,
    _make,
)
