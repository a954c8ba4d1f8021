"""The `friedman2` generator: scikit-learn's `make_friedman2`."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.points import noise, random_state, regression_columns, regression_source, samples
from nnrun.experiment.columns import Columns


def _columns(given: GeneratorArguments) -> Columns:
    return regression_columns(given, features=4)


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows: y = √(x1² + (x2 x3 - 1 / (x2 x4))²) + noise.

    x1 is uniform between 0 and 100, x2 between 40π and 560π, x3 between 0 and 1, x4 between 1 and 11.
    """
    from sklearn.datasets import make_friedman2

    state = random_state(resources.rng)
    return regression_source(*make_friedman2(given["samples"], noise=given["noise"], random_state=state))


GENERATOR = Generator(
    "friedman2",
    "Friedman's second regression problem, the impedance of a circuit: y = √(x1² + (x2 x3 - 1 / (x2 x4))²).",
    {"samples": samples("The number of rows."), "noise": noise(0.0, "the target")},
    _columns,
    _make,
    group="regression",
    pictured=("x2", "x3"),
)
