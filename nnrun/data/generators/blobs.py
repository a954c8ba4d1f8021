"""The `blobs` generator: scikit-learn's `make_blobs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnrun.data.files.data_files import DataFiles
from nnrun.data.generators.generator import Generator, Resources, integer, number
from nnrun.data.generators.points import point_columns, point_source, random_state, samples
from nnrun.experiment.columns import Columns
from nnrun.experiment.component import with_defaults
from nnrun.experiment.experiment import Component

if TYPE_CHECKING:
    from nnrun.data.dataset import Source


def _columns(generator: Component, files: DataFiles) -> Columns:
    given = with_defaults(generator)
    return point_columns(generator, given["features"], given["centers"])


def _make(generator: Component, resources: Resources) -> Source:
    from sklearn.datasets import make_blobs

    given = with_defaults(generator)
    points, labels = make_blobs(
        given["samples"],
        given["features"],
        centers=given["centers"],
        cluster_std=given["spread"],
        random_state=random_state(resources.rng),
    )
    return point_source(points, labels)


BLOBS = Generator(
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
)
