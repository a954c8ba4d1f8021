"""The `breast_cancer` generator: scikit-learn's `load_breast_cancer`."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.shipped_tables import class_columns, table_source
from nnrun.experiment.columns import Columns

_INPUTS = (
    "mean radius",
    "mean texture",
    "mean perimeter",
    "mean area",
    "mean smoothness",
    "mean compactness",
    "mean concavity",
    "mean concave points",
    "mean symmetry",
    "mean fractal dimension",
    "radius error",
    "texture error",
    "perimeter error",
    "area error",
    "smoothness error",
    "compactness error",
    "concavity error",
    "concave points error",
    "symmetry error",
    "fractal dimension error",
    "worst radius",
    "worst texture",
    "worst perimeter",
    "worst area",
    "worst smoothness",
    "worst compactness",
    "worst concavity",
    "worst concave points",
    "worst symmetry",
    "worst fractal dimension",
)
_DIAGNOSES = (
    "malignant",
    "benign",
)


def _columns(given: GeneratorArguments) -> Columns:
    return class_columns(_INPUTS, "diagnosis", _DIAGNOSES, 569)


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    from sklearn.datasets import load_breast_cancer

    return table_source(_columns(given), load_breast_cancer())


GENERATOR = Generator(
    "breast_cancer",
    "569 breast tumors, malignant or benign, with 30 measurements of their cell nuclei.",
    {},
    _columns,
    _make,
    group="public data sets",
    pictured=("mean radius", "mean texture"),
)
