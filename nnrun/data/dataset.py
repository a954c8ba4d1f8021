"""Data ready for a network: parts of named column arrays, and the scales of the columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nnrun.experiment.columns import Columns

if TYPE_CHECKING:  # checks of experiments use these records without NumPy
    from numpy.typing import DTypeLike, NDArray

    from nnrun.data.stream.streamed_rows import StreamedSets

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
        keys: the columns that only split the rows: numbers float64, texts int32 codes, or of new rows objects, each
            (rows, 1).
        texts: of the input columns that were made of free texts these texts, and of new image files their names,
            objects, each (rows, 1).
    """

    inputs: dict[str, Array]
    targets: dict[str, Array]
    weights: Array | None = None
    original: Part | None = None
    numbers: Array | None = None
    keys: dict[str, Array] = field(default_factory=dict)
    texts: dict[str, Array] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(next(iter((self.inputs or self.targets).values())))

    @property
    def arrays(self) -> tuple[Array, ...]:
        """The input and target columns."""
        return (*self.inputs.values(), *self.targets.values())

    def take(self, rows: Array | slice) -> Part:
        """The part that consists of the given rows, in the given order."""

        def chosen(columns: dict[str, Array]) -> dict[str, Array]:
            return {name: values[rows] for name, values in columns.items()}

        weights = None if self.weights is None else self.weights[rows]
        original = None if self.original is None else self.original.take(rows)
        numbers = None if self.numbers is None else self.numbers[rows]
        columns = chosen(self.inputs), chosen(self.targets)
        return Part(*columns, weights, original, numbers, chosen(self.keys), chosen(self.texts))


@dataclass(frozen=True, eq=False)
class Source:
    """What a generator makes: rows that can be split, and the test set that comes with them, if any."""

    rows: Part
    test: Part | None = None


@dataclass(frozen=True, eq=False)
class ColumnScale:
    """What is done to the numbers of a column, one by one: scaled = (log(clip(x)) - offset) * factor.

    Args:
        offset: what is subtracted, of the shape of a row.
        factor: what is multiplied with, of the shape of a row; never 0.
        low: the smallest numbers, what is below becomes them; None without a limit.
        high: the largest numbers, likewise.
        log: of which numbers the natural logarithm is taken; None for none.
        fill: what stands for missing numbers, NaN; None where there are none.
    """

    offset: Array
    factor: Array
    low: Array | None = None
    high: Array | None = None
    log: Array | None = None
    fill: Array | None = None

    @property
    def is_linear(self) -> bool:
        """Whether it only scales."""
        return self.low is None and self.high is None and self.log is None

    def before_scaling(self, values: Array) -> Array:
        """The values filled in, clipped and as logarithms, of the same shape (rows, ...)."""
        import numpy as np

        if self.fill is not None:
            values = np.where(np.isnan(values), self.fill, values)
        if self.low is not None:
            values = np.maximum(values, self.low)
        if self.high is not None:
            values = np.minimum(values, self.high)
        if self.log is not None:
            with np.errstate(divide="ignore", invalid="ignore"):  # whoever calls finds what is not finite
                values = np.where(self.log, np.log(np.where(self.log, values, 1)), values)
        return values

    def apply(self, values: Array) -> Array:
        """The scaled values, float32 of the shape of `values` (rows, ...)."""
        return ((self.before_scaling(values) - self.offset) * self.factor).astype("float32")

    def invert(self, values: Array) -> Array:
        """The values whose scaled form is `values`, float32 of the same shape (rows, ...), or clipped ones."""
        found: Array = self.after_scaling(values / self.factor + self.offset).astype("float32")
        return found

    def after_scaling(self, values: Array) -> Array:
        """The values whose logarithms these are, where logarithms are taken."""
        import numpy as np

        return values if self.log is None else np.where(self.log, np.exp(np.where(self.log, values, 0)), values)


@dataclass(frozen=True, eq=False)
class Dataset:
    """All the data of an experiment, ready for the network; of streamed data a sample of each set.

    Args:
        training: the training set.
        validation: the validation set, if any.
        test: the test set, if any.
        input_scaling: the scale of each input column that was scaled.
        target_scaling: the scale of each target column that was scaled.
        classes: the number of classes where there is one target and it is a class label.
        columns: the columns as the network takes them, with all that was fitted.
        streamed: all the rows, where the sets are samples; they lie on disk, as the network takes them.
        row_scaling: of windows, the scales of the input and target columns of the rows that they are cut from.
    """

    training: Part
    validation: Part | None
    test: Part | None
    input_scaling: dict[str, ColumnScale]
    target_scaling: dict[str, ColumnScale]
    classes: int | None
    columns: Columns | None = None
    streamed: StreamedSets | None = None
    row_scaling: tuple[dict[str, ColumnScale], dict[str, ColumnScale]] | None = None

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
