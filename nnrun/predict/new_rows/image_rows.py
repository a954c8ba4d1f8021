"""New rows from image files, decoded as those of the training were."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from nnrun.data.dataset import Part
from nnrun.data.files.file_group import folder_group
from nnrun.data.files.image_file import decode_image
from nnrun.data.files.read_file import read_file
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.component import with_defaults
from nnrun.experiment.experiment import Experiment
from nnrun.predict.new_rows.new_rows import NewRows


def takes_images(experiment: Experiment) -> bool:
    """Whether a model was trained on image files."""
    return experiment.data.generator.name == "images"


def image_rows(files: Iterable[tuple[Path, bytes]], source: str, experiment: Experiment) -> NewRows:
    """A row for each image file, converted to the channels of the training.

    Args:
        files: the path and the bytes of each.
        source: the file or the folder as the user named it.
        experiment: the experiment of a model that was trained on images.

    Raises:
        ExperimentError: a file is no image, or a broken one.
    """
    (column,) = experiment.columns.inputs
    height, width, channels = column.shape
    found = list(files)
    pixels = np.stack([decode_image(each, path, (height, width), channels, convert=True) for path, each in found])
    if with_defaults(experiment.data.generator)["scale"]:
        pixels /= np.float32(255)
    names = np.array([path.name for path, _ in found], object).reshape(-1, 1)  # (rows, 1)
    return NewRows(Part({column.name: pixels}, {}, texts={column.name: names}), source)


def folder_of_images(folder: Path, experiment: Experiment) -> NewRows:
    """A row for each image file in and below a folder, sorted by name; errors are those of `image_rows`."""
    paths = folder_group(folder).paths
    if not paths:
        raise ExperimentError(Problem(f"The folder {folder} is empty.", hint="Put image files into it."))
    return image_rows(((path, read_file(path)) for path in paths), str(folder), experiment)
