"""The `friedman3` generator: scikit-learn's `make_friedman3`."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.points import noise, random_state, regression_columns, regression_source, samples
from nnrun.experiment.columns import Columns


def _columns(given: GeneratorArguments) -> Columns:
    return regression_columns(given, features=4)


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows: y = arctan((x2 x3 - 1 / (x2 x4)) / x1) + noise.

    x1 is uniform between 0 and 100, x2 between 40π and 560π, x3 between 0 and 1, x4 between 1 and 11.
    """
    from sklearn.datasets import make_friedman3

    state = random_state(resources.rng)
    return regression_source(*make_friedman3(given["samples"], noise=given["noise"], random_state=state))


GENERATOR = Generator(
    "friedman3",
    "Friedman's third regression problem, the phase of a circuit: y = arctan((x2 x3 - 1 / (x2 x4)) / x1).",
    {"samples": samples("The number of rows."), "noise": noise(0.0, "the target")},
    _columns,
    _make,
    group="regression",
    pictured=("x2", "x3"),
)
