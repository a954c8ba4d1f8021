"""The `s_curve` generator: scikit-learn's `make_s_curve`."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.points import noise, random_state, regression_columns, regression_source, samples
from nnrun.experiment.columns import Columns


def _columns(given: GeneratorArguments) -> Columns:
    return regression_columns(given, features=3)


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows: (sin t, x2, sign(t) (cos t - 1)) with t from -1.5π to 1.5π and x2 from 0 to 2; t is the target."""
    from sklearn.datasets import make_s_curve

    state = random_state(resources.rng)
    return regression_source(*make_s_curve(given["samples"], noise=given["noise"], random_state=state))


GENERATOR = Generator(
    "s_curve",
    "A sheet in space that is bent like the letter S; the target is where along the sheet a point lies.",
    {"samples": samples("The number of rows."), "noise": noise(0.0, "the three coordinates")},
    _columns,
    _make,
    group="regression",
    pictured=("x1", "x3"),
)
