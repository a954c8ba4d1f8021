"""Sets of small pictures: scikit-learn's digits, MNIST and Fashion-MNIST."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from nnrun.data.dataset import Array, Part, Source, as_column
from nnrun.data.download import fetch_file
from nnrun.errors import ExperimentError, Problem, StorageError
from nnrun.experiment.component import with_defaults
from nnrun.experiment.experiment import Component

# Where `keras.datasets` has its files from; the SHA-256 is its own as well, and it knows none for Fashion-MNIST.
ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
MNIST_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"


def make_digits(generator: Component) -> Source:
    """scikit-learn's digits of 8 by 8 pixels: `pixels`, 0 to 16, divided by 16, and `digit`."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    count = with_defaults(generator)["samples"]
    return Source(_part(generator, digits.data[:count], digits.target[:count], "digit", 16))


def make_mnist(generator: Component, keras_home: Path) -> Source:
    """MNIST from the file that Keras keeps: `pixels`, 0 to 255, divided by 255, and `digit`.

    Args:
        generator: its `samples` cut the training rows only.
        keras_home: the folder whose `datasets/mnist.npz` is read, or downloaded first.

    Returns:
        The 60,000 training rows and the test part of 10,000.

    Raises:
        ExperimentError: the file is not there and cannot be downloaded.
        StorageError: the file cannot be read.
    """
    path = fetch_file(keras_home / "datasets" / "mnist.npz", f"{ORIGIN}mnist.npz", MNIST_SHA256, generator.place)
    with _readable(path), path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return Source(
            _training(generator, arrays["x_train"], arrays["y_train"], "digit"),
            _part(generator, arrays["x_test"], arrays["y_test"], "digit", 255),
        )


def make_fashion_mnist(generator: Component, keras_home: Path) -> Source:
    """Fashion-MNIST from the files that Keras keeps: `pixels`, 0 to 255, divided by 255, and `class`.

    Args:
        generator: its `samples` cut the training rows only.
        keras_home: the folder in whose `datasets/fashion-mnist` the four files are read, or downloaded first.

    Returns:
        The 60,000 training rows and the test part of 10,000.

    Raises:
        ExperimentError: a file is not there and cannot be downloaded.
        StorageError: a file cannot be read.
    """
    folder = keras_home / "datasets" / "fashion-mnist"
    kinds = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    names = [f"{kind}-ubyte.gz" for kind in kinds]
    paths = [fetch_file(folder / name, ORIGIN + name, None, generator.place) for name in names]
    images, labels, test_images, test_labels = (_read_idx(path) for path in paths)
    with _readable(folder):
        return Source(
            _training(generator, images, labels, "class"), _part(generator, test_images, test_labels, "class", 255)
        )


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    import zipfile
    import zlib

    try:
        yield
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        hint = "If it is damaged, delete it: it will be downloaded again."
        raise StorageError(Problem(f"The data file {path} cannot be read: {error}.", hint=hint)) from error


def _read_idx(path: Path) -> Array:
    """An array of bytes in the IDX format: 0, 0, 8, the number of axes, each axis as a big-endian int32, the bytes."""
    with _readable(path):
        content = gzip.decompress(path.read_bytes())
        if content[:3] != b"\x00\x00\x08":
            raise ValueError("it does not begin as an IDX file of bytes does")
        axes = int.from_bytes(content[3:4], "big")
        shape = np.frombuffer(content, ">i4", axes, 4)
        return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def _training(generator: Component, images: Array, labels: Array, target: str) -> Part:
    count = with_defaults(generator)["samples"]
    if "samples" in generator.arguments and count > len(images):
        message = f"The data generator {generator.name} has {len(images)} training rows here. Received: {count} samples"
        raise ExperimentError(Problem(message, generator.places.get("samples", generator.place)))
    return _part(generator, images[:count], labels[:count], target, 255)


def _part(generator: Component, images: Array, labels: Array, target: str, largest: int) -> Part:
    """Pictures (rows, ...) of values 0 to `largest` and their labels (rows,) as columns."""
    given = with_defaults(generator)
    if len(images) != len(labels):
        raise ValueError(f"{len(images)} pictures do not fit {len(labels)} labels")
    pixels = images.reshape(-1, *given["shape"]).astype(np.float32)  # (rows, *shape)
    if given["scale"]:
        pixels /= np.float32(largest)
    return Part({"pixels": pixels}, {target: as_column(labels, np.int32)})
