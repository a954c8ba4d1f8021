"""The `iris` generator: scikit-learn's `load_iris`."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.shipped_tables import class_columns, table_source
from nnrun.experiment.columns import Columns

_INPUTS = (
    "sepal length (cm)",
    "sepal width (cm)",
    "petal length (cm)",
    "petal width (cm)",
)
_SPECIES = (
    "setosa",
    "versicolor",
    "virginica",
)


def _columns(given: GeneratorArguments) -> Columns:
    return class_columns(_INPUTS, "species", _SPECIES, 150)


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    from sklearn.datasets import load_iris

    return table_source(_columns(given), load_iris())


GENERATOR = Generator(
    "iris",
    "Fisher's 150 irises of 3 species, with the length and width of their sepals and petals.",
    {},
    _columns,
    _make,
    group="public data sets",
    pictured=("petal length (cm)", "petal width (cm)"),
)
