"""What the image sets have in common: the pixels of an image as one column, and its class."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from nnrun.data.dataset import Array, Part, as_column
from nnrun.data.generators.generator import GeneratorArguments, JsonSchema, integer
from nnrun.errors import ExperimentError, Problem, StorageError
from nnrun.experiment.columns import Column, Columns

# Where `keras.datasets` has its files from.
ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"

_CLASSES = 10
_SOME_FOR_TRAINING = "Take this many rows for training and validation, from the first on; the test set stays whole."


def image_arguments(rows: int, side: int, largest: int, samples: str = _SOME_FOR_TRAINING) -> Mapping[str, JsonSchema]:
    """The schemas of the arguments of an image set.

    Args:
        rows: how many rows there are.
        side: the height and width of each image.
        largest: the largest value of a pixel.
        samples: the description of `samples`.
    """
    return {
        "samples": integer(samples, rows, maximum=rows),
        "shape": {
            "description": f"The shape of each image, such as [{side}, {side}, 1].",
            "type": "array",
            "items": {"type": "integer", "minimum": 1},
            "minItems": 1,
            "default": [side * side],
        },
        "scale": {
            "description": f"Whether the pixels are divided by {largest}, so that they lie between 0 and 1.",
            "type": "boolean",
            "default": True,
        },
    }


def image_columns(given: GeneratorArguments, side: int, target: str, *, own_test: bool) -> Columns:
    """The columns `pixels` and `target`.

    Raises:
        ExperimentError: the shape does not hold the pixels.
    """
    shape, pixels = tuple(given["shape"]), side * side
    if math.prod(shape) != pixels:
        hint = f"For example: [{pixels}], [{side}, {side}] or [{side}, {side}, 1]"
        given.add("shape", f"The shape must hold the {pixels} pixels of an image. Received: {list(shape)}", hint)
    given.finish()
    image = Column("pixels", pixels, shape if len(shape) > 1 else (), image=(side, side))
    return Columns((image,), (Column(target, is_label=True),), given["samples"], _CLASSES, own_test)


def image_part(given: GeneratorArguments, images: Array, labels: Array, target: str, largest: int) -> Part:
    """Images (rows, …) of pixels from 0 to `largest` and their labels (rows,) as columns."""
    import numpy as np

    if len(images) != len(labels):
        raise ValueError(f"{len(images)} images do not fit {len(labels)} labels")
    pixels = images.reshape(-1, *given["shape"]).astype(np.float32)  # (rows, *shape)
    if given["scale"]:
        pixels /= np.float32(largest)
    return Part({"pixels": pixels}, {target: as_column(labels, np.int32)})


def training_part(given: GeneratorArguments, images: Array, labels: Array, target: str) -> Part:
    """The first `samples` of the training images, pixels from 0 to 255, as columns.

    Raises:
        ExperimentError: the file has fewer rows.
    """
    count = given["samples"]
    if "samples" in given.component.arguments and count > len(images):
        name = given.component.name
        message = f"The data generator {name} has {len(images)} training rows here. Received: {count} samples"
        raise ExperimentError(Problem(message, given.component.place_of("samples")))
    return image_part(given, images[:count], labels[:count], target, 255)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Reports what goes wrong within it as a StorageError about a downloaded file or folder."""
    import zipfile
    import zlib

    try:
        yield
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        hint = "If it is damaged, delete it: it will be downloaded again."
        raise StorageError(Problem(f"The data file {path} cannot be read: {error}.", hint=hint)) from error
