"""The `boston_housing` generator: the file that `keras.datasets.boston_housing` downloads."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.download import ORIGIN, KerasFile
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.housing import housing_columns, housing_source
from nnrun.experiment.columns import Columns

FILE = KerasFile(
    "boston_housing.npz",
    f"{ORIGIN}boston_housing.npz",
    "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5",
)
_ROWS = 506
_INPUTS = ("CRIM", "ZN", "INDUS", "CHAS", "NOX", "RM", "AGE", "DIS", "RAD", "TAX", "PTRATIO", "B", "LSTAT")


def _columns(given: GeneratorArguments) -> Columns:
    return housing_columns(_INPUTS, "MEDV", _ROWS)


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    return housing_source(given, resources, FILE, _columns(given), _ROWS)


GENERATOR = Generator(
    "boston_housing",
    "House prices in 404 districts of Boston in 1978 and a test set of 102, in Keras's file; its column B rests on a "
    "racist assumption, so Keras advises to use california_housing.",
    {},
    _columns,
    _make,
    link="https://keras.io/api/datasets/boston_housing/",
    group="public data sets",
    pictured=("LSTAT", "MEDV"),
)
