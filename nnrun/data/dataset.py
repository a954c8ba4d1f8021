"""Data ready for a network: parts of named column arrays, and the scales of the columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # checks of experiments use these records without NumPy
    from numpy.typing import DTypeLike, NDArray

    Array = NDArray[Any]
else:
    Array = Any


@dataclass(frozen=True, eq=False)
class Part:
    """Rows of named columns.

    Args:
        inputs: the input columns by name, float32, each (rows, width) or (rows, height, width, channels) and the like.
        targets: the target columns by name: float32 (rows, width), or int32 (rows, 1) for class labels.
        weights: the sample weights, float32 (rows,); None where all are 1.
        original: the same rows before they were scaled, which inverting the scale restores only up to rounding; None
            where nothing is scaled, and for parts that are never shown.
        numbers: the number of each row in the data, from 1, (rows,); None where the rows are all of them in order.
    """

    inputs: dict[str, Array]
    targets: dict[str, Array]
    weights: Array | None = None
    original: Part | None = None
    numbers: Array | None = None

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(next(iter(self.inputs.values())))

    def take(self, rows: Array | slice) -> Part:
        """The part that consists of the given rows, in the given order."""

        def chosen(columns: dict[str, Array]) -> dict[str, Array]:
            return {name: values[rows] for name, values in columns.items()}

        weights = None if self.weights is None else self.weights[rows]
        original = None if self.original is None else self.original.take(rows)
        numbers = None if self.numbers is None else self.numbers[rows]
        return Part(chosen(self.inputs), chosen(self.targets), weights, original, numbers)


@dataclass(frozen=True, eq=False)
class Source:
    """What a generator makes: rows that can be split, and the test set that comes with them, if any."""

    rows: Part
    test: Part | None = None


@dataclass(frozen=True, eq=False)
class ColumnScale:
    """A linear scaling of a column, feature by feature: scaled = (x - offset) * factor.

    Args:
        offset: what is subtracted, of the shape of a row.
        factor: what is multiplied with, of the shape of a row; never 0.
    """

    offset: Array
    factor: Array

    def apply(self, values: Array) -> Array:
        """The scaled values, float32 of the shape of `values` (rows, ...)."""
        return ((values - self.offset) * self.factor).astype("float32")

    def invert(self, values: Array) -> Array:
        """The values whose scaled form is `values`, float32 of the same shape (rows, ...)."""
        return (values / self.factor + self.offset).astype("float32")


@dataclass(frozen=True, eq=False)
class Dataset:
    """All the data of an experiment, ready for the network.

    Args:
        training: the training set.
        validation: the validation set, if any.
        test: the test set, if any.
        input_scaling: the scale of each input column that was scaled.
        target_scaling: the scale of each target column that was scaled.
        classes: the number of classes where there is one target and it is a class label.
    """

    training: Part
    validation: Part | None
    test: Part | None
    input_scaling: dict[str, ColumnScale]
    target_scaling: dict[str, ColumnScale]
    classes: int | None

    @property
    def evaluated(self) -> tuple[str, Part]:
        """The part that the model is evaluated on, and its name: the test set, else validation, else training."""
        if self.test is not None:
            return "test", self.test
        return ("validation", self.validation) if self.validation is not None else ("training", self.training)


def as_column(values: Any, dtype: DTypeLike = "float32") -> Array:
    """One number per row as a column array; what is too large for float32 becomes infinite.

    Args:
        values: shape (rows,).
        dtype: the type of the column.

    Returns:
        The column, shape (rows, 1).
    """
    import numpy as np

    with np.errstate(all="ignore"):
        return np.asarray(values).astype(dtype).reshape(-1, 1)  # (rows, 1)
