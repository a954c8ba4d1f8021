"""The `gaussians` generator: a normal distribution per class, given or drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nnrun.data.dataset import Array, Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, JsonSchema, Resources, integer
from nnrun.data.generators.points import equal_labels, point_columns, point_source, samples
from nnrun.experiment.columns import Columns

Matrix = Sequence[Sequence[float]]

_VECTOR: JsonSchema = {"type": "array", "items": {"type": "number"}, "minItems": 1}
_MATRIX: JsonSchema = {"type": "array", "items": _VECTOR, "minItems": 1}


def _columns(given: GeneratorArguments) -> Columns:
    """The columns, of the size of the means or covariances where these are given.

    Raises:
        ExperimentError: means and covariances do not fit each other, or a covariance matrix is none.
    """
    classes, features = _sizes(given)
    for argument, wanted in (("means", (classes, features)), ("covariances", (classes, features, features))):
        if argument in given.values:
            _check_shape(given, argument, wanted)
    given.finish()
    for position, matrix in enumerate(given.values.get("covariances", ())):
        if not _is_covariance(matrix):
            message = "A covariance matrix is symmetric and has no negative eigenvalue. Received: "
            given.add("covariances", f"{message}{matrix}", at=(position,))
    return point_columns(given, features, classes)


def _sizes(given: GeneratorArguments) -> tuple[int, int]:
    """The number of classes and of features."""
    described = given.values.get("means") or given.values.get("covariances")
    classes, features = (len(described), len(described[0])) if described else (given["classes"], given["features"])
    for argument, size in (("classes", classes), ("features", features)):
        written = given.component.arguments.get(argument, size)
        if written != size:
            given.add(argument, f"The means and covariances are those of {size} {argument}. Received: {written}")
    return classes, features


def _check_shape(given: GeneratorArguments, argument: str, wanted: tuple[int, ...]) -> None:
    received = _shape(given[argument])
    if received != wanted:
        message = f"The {argument} must have the shape {list(wanted)}: classes, then features. Received: "
        given.add(argument, message + (str(list(received)) if received else "lists of different lengths"))


def _shape(nested: object) -> tuple[int, ...] | None:
    """The shape of nested lists; None where they are ragged."""
    if not isinstance(nested, list):
        return ()
    inner = {_shape(item) for item in nested}
    only = inner.pop()
    return None if inner or only is None else (len(nested), *only)


def _is_covariance(matrix: Matrix) -> bool:
    """Whether a square matrix is symmetric and positive semidefinite, by Cholesky's decomposition."""
    size = len(matrix)
    if any(matrix[i][j] != matrix[j][i] for i in range(size) for j in range(i)):
        return False
    tolerance = 1e-9 * max(abs(matrix[i][i]) for i in range(size))
    factor = [[0.0] * size for _ in range(size)]
    for j in range(size):
        rest = [matrix[i][j] - sum(factor[i][k] * factor[j][k] for k in range(j)) for i in range(size)]
        if not rest[j] >= -tolerance:
            return False
        if rest[j] <= tolerance and any(abs(value) > math.sqrt(tolerance) for value in rest[j + 1 :]):
            return False
        for i in range(j, size):
            factor[i][j] = rest[i] / math.sqrt(rest[j]) if rest[j] > tolerance else 0.0
    return True


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows: x = mean + A z with z standard normal and A Aᵀ = covariance, the classes in turn.

    Means that are not given are uniform between -5 and 5; covariances that are not given are W Wᵀ / features with W
    standard normal (features, features), so that their mean is the unit matrix.
    """
    import numpy as np

    rng = resources.rng
    classes, features = _sizes(given)
    means = _given(given, "means")
    if means is None:
        means = rng.uniform(-5.0, 5.0, (classes, features))
    covariances = _given(given, "covariances")
    if covariances is None:
        drawn = rng.standard_normal((classes, features, features))
        covariances = drawn @ drawn.transpose(0, 2, 1) / features
    values, vectors = np.linalg.eigh(covariances)
    roots = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]  # (classes, features, features)
    labels = equal_labels(given["samples"], classes)  # (samples,)
    points = _mixed(rng.standard_normal((len(labels), features)), roots, labels) + means[labels]
    return point_source(points, labels)


def _given(given: GeneratorArguments, argument: str) -> Array | None:
    import numpy as np

    return np.array(given[argument], dtype=np.float64) if argument in given.values else None


def _mixed(normal: Array, roots: Array, labels: Array) -> Array:
    """Each row (features,) times the matrix of its class."""
    import numpy as np

    points = np.empty_like(normal)  # (samples, features)
    for label, root in enumerate(roots):
        rows = labels == label
        points[rows] = normal[rows] @ root.T
    return points


GENERATOR = Generator(
    "gaussians",
    "A normal distribution for each class, of given means and covariances or of random ones.",
    {
        "samples": samples("The number of rows, shared equally among the classes."),
        "classes": integer("The number of classes, where no means or covariances are given.", 2, maximum=100),
        "features": integer("The number of input columns, where no means or covariances are given.", 2, maximum=100),
        "means": {"description": "The mean of each class, a list of numbers; by default random.", **_MATRIX},
        "covariances": {
            "description": "The covariance matrix of each class, a list of rows; by default random.",
            "type": "array",
            "items": _MATRIX,
            "minItems": 1,
        },
    },
    _columns,
    _make,
    group="classification",
    example={"means": [[0, 0], [2, 2]], "covariances": [[[1, 0], [0, 1]], [[1, 0.8], [0.8, 1]]]},
)
