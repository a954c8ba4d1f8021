"""The `classification` generator: scikit-learn's `make_classification`."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources, integer, number
from nnrun.data.generators.points import point_columns, point_source, random_state, samples
from nnrun.experiment.columns import Columns


def _columns(given: GeneratorArguments) -> Columns:
    """The columns x1, x2, … and class.

    Raises:
        ExperimentError: more columns carry the class than there are, more clusters than the informative columns have
            corners, or weights that do not fit the classes.
    """
    features, informative, redundant = given["features"], given["informative"], given["redundant"]
    if informative + redundant > features:
        message = f"Informative and redundant columns are at most the {features} features. Received: "
        given.add("redundant", f"{message}{informative} + {redundant}")
    classes, clusters = given["classes"], given["clusters_per_class"]
    if classes * clusters > 2 ** min(informative, 32):
        message = (
            f"{informative} informative columns have room for {2**informative} clusters, classes × clusters_per_class"
        )
        given.add("informative", f"{message}. Received: {classes} × {clusters}")
    weights = given.values.get("weights")
    if weights is not None and (len(weights) != classes or not sum(weights) > 0):
        message = f"There is a weight for each of the {classes} classes, and one at least is positive. Received: "
        given.add("weights", f"{message}{weights}")
    return point_columns(given, features, classes)


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows in random order: a hypercube's corners are the clusters' centers in the informative columns.

    The redundant columns are random linear combinations of these; the remaining ones are standard normal.
    """
    from sklearn.datasets import make_classification

    weights = given.values.get("weights")
    points, labels = make_classification(
        given["samples"],
        given["features"],
        n_informative=given["informative"],
        n_redundant=given["redundant"],
        n_classes=given["classes"],
        n_clusters_per_class=given["clusters_per_class"],
        weights=weights and [weight / sum(weights) for weight in weights],
        flip_y=given["flip_y"],
        class_sep=given["class_sep"],
        shuffle=False,  # of the columns, too
        random_state=random_state(resources.rng),
    )
    order = resources.rng.permutation(len(points))  # (samples,)
    return point_source(points[order], labels[order])


GENERATOR = Generator(
    "classification",
    "Gaussian clusters on the corners of a hypercube; first come informative columns, then redundant and useless ones.",
    {
        "samples": samples("The number of rows, about equally many in each class unless weights are given."),
        "features": integer("The number of input columns.", 10, maximum=1000),
        "informative": integer("The number of columns that the classes depend on.", 3, maximum=1000),
        "redundant": integer(
            "The number of linear combinations of the informative columns.", 2, minimum=0, maximum=1000
        ),
        "classes": integer("The number of classes.", 2, minimum=2, maximum=1000),
        "clusters_per_class": integer("The number of clusters of each class.", 2, maximum=1000),
        "class_sep": number("Half the side of the hypercube; more is easier.", 1.0, minimum=0.01, maximum=1e6),
        "flip_y": number("The share of the rows that get a random class.", 0.01, maximum=1),
        "weights": {
            "description": "The share of each class; by default all are equal.",
            "type": "array",
            "items": {"type": "number", "minimum": 0},
            "minItems": 1,
        },
    },
    _columns,
    _make,
    group="classification",
    pictured=("x1", "x2"),
)
