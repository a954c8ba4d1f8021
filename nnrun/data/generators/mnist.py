"""The `mnist` generator: the file that `keras.datasets.mnist` downloads."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.download import ORIGIN, fetch_file, reading
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.image_sets import image_arguments, image_columns, image_part, training_part
from nnrun.experiment.columns import Columns

_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"  # as in `keras.datasets`


def _columns(given: GeneratorArguments) -> Columns:
    return image_columns(given, 28, "digit", own_test=True)


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The training rows and the test set of `datasets/mnist.npz` in Keras's folder, downloaded if it is not there.

    Raises:
        ExperimentError: the file is not there and cannot be downloaded.
        StorageError: the file cannot be read.
    """
    import numpy as np

    path = resources.keras_home / "datasets" / "mnist.npz"
    fetch_file(path, f"{ORIGIN}mnist.npz", _SHA256, given.component.place)
    with reading(path), path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return Source(
            training_part(given, arrays["x_train"], arrays["y_train"], "digit"),
            image_part(given, arrays["x_test"], arrays["y_test"], "digit", 255),
        )


GENERATOR = Generator(
    "mnist",
    "60,000 handwritten digits of 28 by 28 pixels and a test set of 10,000, in Keras's file.",
    image_arguments(60_000, 28, 255),
    _columns,
    _make,
    link="https://keras.io/api/datasets/mnist/",
    group="public data sets",
)
