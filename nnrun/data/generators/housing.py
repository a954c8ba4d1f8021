"""What the sets of house prices have in common: columns of numbers, and the test set that Keras takes from them."""

from __future__ import annotations

from nnrun.data.dataset import Array, Part, Source, as_column
from nnrun.data.generators.download import KerasFile, reading
from nnrun.data.generators.generator import GeneratorArguments, Resources
from nnrun.data.generators.roles import plain_columns
from nnrun.experiment.columns import Columns

_SEED, _TRAINING_SHARE = 113, 0.8  # as in `keras.datasets`


def housing_columns(inputs: tuple[str, ...], target: str, rows: int) -> Columns:
    """The columns of a set with so many rows in all."""
    return Columns(plain_columns(inputs), plain_columns((target,)), int(rows * _TRAINING_SHARE), own_test=True)


def housing_source(
    given: GeneratorArguments, resources: Resources, file: KerasFile, columns: Columns, rows: int
) -> Source:
    """The training rows and the test set of the first rows of a file, in the order of `keras.datasets`.

    Raises:
        ExperimentError: the file does not exist and cannot be downloaded.
        StorageError: the file cannot be read.
    """
    import numpy as np

    path = file.fetch(resources.keras_home, given.component.place)
    with reading(path), path.open("rb") as content, np.load(content, allow_pickle=False) as arrays:
        x, y = arrays["x"][:rows], arrays["y"][:rows]  # (rows, inputs), (rows,)
    order = np.arange(len(x))
    np.random.RandomState(_SEED).shuffle(order)
    end = int(len(x) * _TRAINING_SHARE)
    return Source(*(_part(columns, x[part], y[part]) for part in (order[:end], order[end:])))


def _part(columns: Columns, x: Array, y: Array) -> Part:
    inputs = {column.name: as_column(values) for column, values in zip(columns.inputs, x.T, strict=True)}
    return Part(inputs, {columns.targets[0].name: as_column(y)})
