"""The `friedman1` generator: scikit-learn's `make_friedman1`."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources, integer
from nnrun.data.generators.points import noise, random_state, regression_columns, regression_source, samples
from nnrun.experiment.columns import Columns


def _columns(given: GeneratorArguments) -> Columns:
    return regression_columns(given, given["features"])


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows: y = 10 sin(π x1 x2) + 20 (x3 - 0.5)² + 10 x4 + 5 x5 + noise, every x uniform between 0 and 1."""
    from sklearn.datasets import make_friedman1

    state = random_state(resources.rng)
    arrays = make_friedman1(given["samples"], given["features"], noise=given["noise"], random_state=state)
    return regression_source(*arrays)


GENERATOR = Generator(
    "friedman1",
    "Friedman's first regression problem: y = 10 sin(π x1 x2) + 20 (x3 - 0.5)² + 10 x4 + 5 x5.",
    {
        "samples": samples("The number of rows."),
        "features": integer(
            "The number of input columns; the target depends on the first five.", 10, minimum=5, maximum=1000
        ),
        "noise": noise(0.0, "the target"),
    },
    _columns,
    _make,
    group="regression",
    pictured=("x1", "x2"),
)
