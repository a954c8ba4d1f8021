"""The `regression` generator: scikit-learn's `make_regression`."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources, integer, number
from nnrun.data.generators.points import noise, random_state, regression_columns, regression_source, samples
from nnrun.experiment.columns import Columns


def _columns(given: GeneratorArguments) -> Columns:
    if given["informative"] > given["features"]:
        message = f"At most all {given['features']} input columns are informative. Received: {given['informative']}"
        given.add("informative", message)
    given.finish()
    return regression_columns(given, given["features"], given["targets"])


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows: y = X w + bias + noise; X is standard normal, w uniform from 0 to 100 in the informative columns."""
    from sklearn.datasets import make_regression

    arrays = make_regression(
        given["samples"],
        given["features"],
        n_informative=given["informative"],
        n_targets=given["targets"],
        bias=given["bias"],
        effective_rank=given.values.get("effective_rank"),
        noise=given["noise"],
        shuffle=False,
        random_state=random_state(resources.rng),
    )
    return regression_source(*arrays)


GENERATOR = Generator(
    "regression",
    "A random linear function of normal inputs; the first columns are informative, the others do nothing.",
    {
        "samples": samples("The number of rows."),
        "features": integer("The number of input columns.", 10, maximum=1000),
        "informative": integer("The number of input columns that the targets depend on.", 5, maximum=1000),
        "targets": integer("The number of target columns.", 1, maximum=100),
        "bias": number("What is added to every target.", 0.0, minimum=-1e6, maximum=1e6),
        "noise": noise(0.0, "the targets"),
        "effective_rank": integer(
            "About how many directions explain most of the inputs; by default the inputs are independent.", maximum=1000
        ),
    },
    _columns,
    _make,
    group="regression",
    pictured=("x1", "x2"),
)
