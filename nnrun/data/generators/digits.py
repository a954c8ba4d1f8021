"""The `digits` generator: scikit-learn's `load_digits`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnrun.data.files.data_files import DataFiles
from nnrun.data.generators.generator import Generator, Resources
from nnrun.data.generators.images import image_arguments, image_columns, image_part
from nnrun.experiment.columns import Columns
from nnrun.experiment.component import with_defaults
from nnrun.experiment.experiment import Component

if TYPE_CHECKING:
    from nnrun.data.dataset import Source


def _columns(generator: Component, files: DataFiles) -> Columns:
    return image_columns(generator, 8, "digit", own_test=False)


def _make(generator: Component, resources: Resources) -> Source:
    from sklearn.datasets import load_digits

    from nnrun.data.dataset import Source

    digits, count = load_digits(), with_defaults(generator)["samples"]
    return Source(image_part(generator, digits.data[:count], digits.target[:count], "digit", 16))


DIGITS = Generator(
    "digits",
    "scikit-learn's 1,797 handwritten digits of 8 by 8 pixels.",
    image_arguments(1797, 8, 16, "Take this many rows, from the first on."),
    _columns,
    _make,
)
