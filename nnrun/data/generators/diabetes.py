"""The `diabetes` generator: scikit-learn's `load_diabetes`."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.shipped_tables import number_columns, table_source
from nnrun.experiment.columns import Columns

_INPUTS = (
    "age",
    "sex",
    "bmi",
    "bp",
    "s1",
    "s2",
    "s3",
    "s4",
    "s5",
    "s6",
)


def _columns(given: GeneratorArguments) -> Columns:
    return number_columns(_INPUTS, ("progression",), 442)


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    from sklearn.datasets import load_diabetes

    return table_source(_columns(given), load_diabetes(scaled=given["scaled"]))


GENERATOR = Generator(
    "diabetes",
    "442 diabetes patients with 10 measurements; the target is how far the disease progressed within a year.",
    {
        "scaled": {
            "description": "Whether each input is centered and scaled, so that its squares add up to 1.",
            "type": "boolean",
            "default": True,
        },
    },
    _columns,
    _make,
    group="public data sets",
    pictured=("bmi", "progression"),
)
