"""What CIFAR-10 and CIFAR-100 have in common: batches of images within an archive."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from nnrun.data.dataset import Array, Source
from nnrun.data.generators.download import KerasFile, reading
from nnrun.data.generators.generator import GeneratorArguments, Resources
from nnrun.data.generators.image_sets import image_part, training_part
from nnrun.data.generators.keras_pickle import read_batch

SIDE = 32


def cifar_source(
    given: GeneratorArguments,
    resources: Resources,
    file: KerasFile,
    members: Sequence[str],
    labels: bytes,
) -> Source:
    """The training rows and the test set of an archive.

    Args:
        given: the arguments of the generator.
        resources: the folder of Keras.
        file: the archive, whose content is checked before it is opened.
        members: the names of the batches in it, the test set last.
        labels: the name of the labels in a batch.

    Raises:
        ExperimentError: the archive does not exist and cannot be downloaded.
        StorageError: the archive cannot be read.
    """
    import numpy as np

    path = file.fetch(resources.keras_home, given.component.place)
    with reading(path):
        *training, (test_images, test_labels) = _batches(path, members, labels)
        images, numbers = (np.concatenate(arrays) for arrays in zip(*training, strict=True))
        rows = training_part(given, images, numbers, "class")
        return Source(rows, image_part(given, test_images, test_labels, "class", 255))


def _batches(path: Path, members: Sequence[str], labels: bytes) -> Iterator[tuple[Array, Array]]:
    """The images (rows, height, width, channels) and labels (rows,) of each batch."""
    import numpy as np

    with tarfile.open(path) as archive:
        for member in members:
            file = archive.extractfile(member)
            if file is None:
                raise ValueError(f"{member} is no file")
            batch = read_batch(file)
            images = batch[b"data"].reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1)
            yield images, np.array(batch[labels])
