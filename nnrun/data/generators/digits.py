"""The `digits` generator: scikit-learn's `load_digits`."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.image_sets import image_arguments, image_columns, image_part
from nnrun.experiment.columns import Columns


def _columns(given: GeneratorArguments) -> Columns:
    return image_columns(given, 8, "digit", own_test=False)


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    from sklearn.datasets import load_digits

    digits, count = load_digits(), given["samples"]
    return Source(image_part(given, digits.data[:count], digits.target[:count], "digit", 16))


GENERATOR = Generator(
    "digits",
    "scikit-learn's 1,797 handwritten digits of 8 by 8 pixels.",
    image_arguments(1797, 8, 16, "Take this many rows, from the first on."),
    _columns,
    _make,
    group="public data sets",
)
