"""The `cifar10` generator: the file that `keras.datasets.cifar10` downloads."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.cifar import SIDE, cifar_source
from nnrun.data.generators.download import KerasFile
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.image_sets import color_columns, image_arguments
from nnrun.experiment.columns import Columns

FILE = KerasFile(
    "cifar-10-batches-py-target_archive",
    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
)
_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_BATCHES = [
    f"cifar-10-batches-py/{name}" for name in (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch")
]


def _columns(given: GeneratorArguments) -> Columns:
    return color_columns(given, SIDE, "class", _CLASSES)


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    return cifar_source(given, resources, FILE, _BATCHES, b"labels")


GENERATOR = Generator(
    "cifar10",
    "50,000 color images of 32 by 32 pixels in 10 classes and a test set of 10,000, in Keras's file.",
    image_arguments(50_000, SIDE, 255, channels=3),
    _columns,
    _make,
    link="https://keras.io/api/datasets/cifar10/",
    group="public data sets",
)
