"""The `fashion_mnist` generator: the files that `keras.datasets.fashion_mnist` downloads."""

from __future__ import annotations

import gzip
from pathlib import Path

from nnrun.data.dataset import Array, Source
from nnrun.data.generators.download import ORIGIN, fetch_file, reading
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.image_sets import image_arguments, image_columns, image_part, training_part
from nnrun.experiment.columns import Columns

_KINDS = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")


def _columns(given: GeneratorArguments) -> Columns:
    return image_columns(given, 28, "class", own_test=True)


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The training rows and the test set of `datasets/fashion-mnist` in Keras's folder, downloaded if not there.

    Raises:
        ExperimentError: a file is not there and cannot be downloaded.
        StorageError: a file cannot be read.
    """
    folder = resources.keras_home / "datasets" / "fashion-mnist"
    names = [f"{kind}-ubyte.gz" for kind in _KINDS]
    paths = [fetch_file(folder / name, ORIGIN + name, None, given.component.place) for name in names]
    images, labels, test_images, test_labels = (_read_idx(path) for path in paths)
    with reading(folder):
        test = image_part(given, test_images, test_labels, "class", 255)
        return Source(training_part(given, images, labels, "class"), test)


def _read_idx(path: Path) -> Array:
    """An array of bytes in the IDX format: 0, 0, 8, the number of axes, each axis as a big-endian int32, the bytes."""
    import numpy as np

    with reading(path):
        content = gzip.decompress(path.read_bytes())
        if content[:3] != b"\x00\x00\x08":
            raise ValueError("it does not begin as an IDX file of bytes does")
        axes = int.from_bytes(content[3:4], "big")
        shape = np.frombuffer(content, ">i4", axes, 4)
        return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


GENERATOR = Generator(
    "fashion_mnist",
    "60,000 images of clothing of 28 by 28 pixels in 10 classes and a test set of 10,000, in Keras's files.",
    image_arguments(60_000, 28, 255),
    _columns,
    _make,
    link="https://keras.io/api/datasets/fashion_mnist/",
    group="public data sets",
)
