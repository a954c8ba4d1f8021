"""The `swiss_roll` generator: scikit-learn's `make_swiss_roll`."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.points import noise, random_state, regression_columns, regression_source, samples
from nnrun.experiment.columns import Columns


def _columns(given: GeneratorArguments) -> Columns:
    return regression_columns(given, features=3)


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows: (t cos t, x2, t sin t) with t from 1.5π to 4.5π and x2 from 0 to 21; t is the target."""
    from sklearn.datasets import make_swiss_roll

    state = random_state(resources.rng)
    arrays = make_swiss_roll(given["samples"], noise=given["noise"], random_state=state, hole=given["hole"])
    return regression_source(*arrays)


GENERATOR = Generator(
    "swiss_roll",
    "A rolled-up sheet in space; the target is the angle, that is, where along the sheet a point lies.",
    {
        "samples": samples("The number of rows."),
        "noise": noise(0.0, "the three coordinates"),
        "hole": {
            "description": "Whether the sheet has a rectangular hole.",
            "type": "boolean",
            "default": False,
        },
    },
    _columns,
    _make,
    group="regression",
    pictured=("x1", "x3"),
)
