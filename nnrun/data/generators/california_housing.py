"""The `california_housing` generator: the file that `keras.datasets.california_housing` downloads."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.download import ORIGIN, KerasFile
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.housing import housing_columns, housing_source
from nnrun.experiment.columns import Columns

FILE = KerasFile(
    "california_housing.npz",
    f"{ORIGIN}california_housing.npz",
    "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f",
)
_ROWS = {"small": 600, "large": 20_640}
_INPUTS = ("MedInc", "HouseAge", "AveRooms", "AveBedrms", "Population", "AveOccup", "Latitude", "Longitude")


def _columns(given: GeneratorArguments) -> Columns:
    return housing_columns(_INPUTS, "MedHouseVal", _ROWS[given["version"]])


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    return housing_source(given, resources, FILE, _columns(given), _ROWS[given["version"]])


GENERATOR = Generator(
    "california_housing",
    "House values in 16,512 districts of California in 1990 and a test set of 4,128, in Keras's file.",
    {
        "version": {
            "description": "large, or small: 480 rows and a test set of 120.",
            "enum": ["small", "large"],
            "default": "large",
        },
    },
    _columns,
    _make,
    link="https://keras.io/api/datasets/california_housing/",
    group="public data sets",
    pictured=("Longitude", "Latitude"),
)
