"""The `blobs` generator: scikit-learn's `make_blobs`."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources, integer, number
from nnrun.data.generators.points import point_columns, point_source, random_state, samples
from nnrun.experiment.columns import Columns


def _columns(given: GeneratorArguments) -> Columns:
    return point_columns(given, given["features"], given["centers"])


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    from sklearn.datasets import make_blobs

    points, labels = make_blobs(
        given["samples"],
        given["features"],
        centers=given["centers"],
        cluster_std=given["spread"],
        random_state=random_state(resources.rng),
    )
    return point_source(points, labels)


GENERATOR = Generator(
    "blobs",
    "Gaussian clusters with random centers in a box from -10 to 10, one class each.",
    {
        "samples": samples("The number of rows, shared equally among the classes."),
        "centers": integer("The number of clusters.", 3, maximum=1000),
        "features": integer("The number of input columns.", 2, maximum=1000),
        "spread": number("The standard deviation of each cluster.", 1.0),
    },
    _columns,
    _make,
    group="classification",
)
