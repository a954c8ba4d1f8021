"""The `wine` generator: scikit-learn's `load_wine`."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.shipped_tables import class_columns, table_source
from nnrun.experiment.columns import Columns

_INPUTS = (
    "alcohol",
    "malic_acid",
    "ash",
    "alcalinity_of_ash",
    "magnesium",
    "total_phenols",
    "flavanoids",
    "nonflavanoid_phenols",
    "proanthocyanins",
    "color_intensity",
    "hue",
    "od280/od315_of_diluted_wines",
    "proline",
)
_CLASSES = (
    "class_0",
    "class_1",
    "class_2",
)


def _columns(given: GeneratorArguments) -> Columns:
    return class_columns(_INPUTS, "class", _CLASSES, 178)


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    from sklearn.datasets import load_wine

    return table_source(_columns(given), load_wine())


GENERATOR = Generator(
    "wine",
    "178 wines of 3 growers, with 13 results of their chemical analysis.",
    {},
    _columns,
    _make,
    group="public data sets",
    pictured=("flavanoids", "proline"),
)
