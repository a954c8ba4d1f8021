"""What the image sets have in common: the pixels of an image as one column, and its class."""

from __future__ import annotations

import math
from collections.abc import Mapping

from nnrun.data.dataset import Array, Part, as_column
from nnrun.data.generators.download import training_rows
from nnrun.data.generators.generator import GeneratorArguments, JsonSchema, integer
from nnrun.experiment.columns import Column, Columns

_CLASSES = 10
_SOME_FOR_TRAINING = "Take this many rows for training and validation, from the first on; the test set stays whole."


def image_arguments(
    rows: int, side: int, largest: int, samples: str = _SOME_FOR_TRAINING, channels: int = 1
) -> Mapping[str, JsonSchema]:
    """The schemas of the arguments of an image set.

    Args:
        rows: how many rows there are.
        side: the height and width of each image.
        largest: the largest value of a pixel.
        samples: the description of `samples`.
        channels: 1 for grey images, which are vectors by default, or 3 for images in color.
    """
    vector, image = [side * side * channels], [side, side, channels]
    default, other = (vector, image) if channels == 1 else (image, vector)
    return {
        "samples": integer(samples, rows, maximum=rows),
        "shape": {
            "description": f"The shape of each image, such as {other}.",
            "type": "array",
            "items": {"type": "integer", "minimum": 1},
            "minItems": 1,
            "default": default,
        },
        "scale": {
            "description": f"Whether the pixels are divided by {largest}, so that they lie between 0 and 1.",
            "type": "boolean",
            "default": True,
        },
    }


def image_columns(given: GeneratorArguments, side: int, target: str, *, own_test: bool) -> Columns:
    """The columns `pixels` and `target` of grey images of 10 classes.

    Raises:
        ExperimentError: the shape does not hold the pixels.
    """
    shape, pixels = tuple(given["shape"]), side * side
    _check_shape(given, pixels, f"pixels of an image. Received: {list(shape)}", [pixels], [side, side], [side, side, 1])
    image = Column("pixels", pixels, shape if len(shape) > 1 else (), image=(side, side))
    return Columns((image,), (Column(target, is_label=True),), given["samples"], _CLASSES, own_test)


def color_columns(given: GeneratorArguments, side: int, target: str, names: tuple[str, ...]) -> Columns:
    """The columns `pixels` and `target` of images in color with named classes, which come with a test set.

    Raises:
        ExperimentError: the shape does not hold the numbers of an image.
    """
    shape, numbers = tuple(given["shape"]), 3 * side * side
    _check_shape(given, numbers, f"numbers of an image. Received: {list(shape)}", [numbers], [side, side, 3])
    image = Column("pixels", numbers, shape if len(shape) > 1 else ())
    label = Column(target, categories=names, is_label=True)
    return Columns((image,), (label,), given["samples"], len(names), own_test=True)


def _check_shape(given: GeneratorArguments, numbers: int, rest: str, *examples: list[int]) -> None:
    if math.prod(given["shape"]) != numbers:
        *some, last = map(str, examples)
        given.add("shape", f"The shape must hold the {numbers} {rest}", f"For example: {', '.join(some)} or {last}")
    given.finish()


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
    count = training_rows(given, len(images))
    return image_part(given, images[:count], labels[:count], target, 255)
