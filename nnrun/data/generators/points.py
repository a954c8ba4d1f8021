"""What the classic toy sets have in common: points in a few dimensions with a class or numbers each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnrun.data.dataset import Array, Part, Source, as_column
from nnrun.data.generators.generator import GeneratorArguments, JsonSchema, integer, number
from nnrun.experiment.columns import Column, Columns

if TYPE_CHECKING:
    import numpy as np


def samples(description: str, minimum: int = 1) -> JsonSchema:
    """The schema of the number of rows."""
    return integer(description, 500, minimum=minimum, maximum=10_000_000)


def noise(default: float, of: str = "both coordinates") -> JsonSchema:
    """The schema of the normal noise on something, by default on both coordinates."""
    return number(f"The standard deviation of the normal noise on {of}.", default)


def point_columns(given: GeneratorArguments, features: int, classes: int) -> Columns:
    """The columns x1, x2, … and class.

    Raises:
        ExperimentError: there are fewer samples than classes.
    """
    count: int = given["samples"]
    if count < classes:
        given.add("samples", f"Each of the {classes} classes needs a sample. Received: {count} samples")
    given.finish()
    return Columns(numbered("x", features), (Column("class", is_label=True),), count, classes)


def point_source(points: Array, labels: Array) -> Source:
    """Points (rows, features) and their labels (rows,) as columns."""
    return Source(Part(_by_name("x", points), {"class": as_column(labels, "int32")}))


def regression_columns(given: GeneratorArguments, features: int, targets: int = 1) -> Columns:
    """The columns x1, x2, … and y, or y1, y2, … for several targets."""
    return Columns(
        numbered("x", features), (Column("y"),) if targets == 1 else numbered("y", targets), given["samples"]
    )


def regression_source(points: Array, targets: Array) -> Source:
    """Points (rows, features) and their targets (rows,) or (rows, targets) as columns."""
    values = targets.reshape(len(points), -1)  # (rows, targets); scikit-learn leaves out axes of one
    return Source(
        Part(_by_name("x", points), {"y": as_column(values)} if values.shape[1] == 1 else _by_name("y", values))
    )


def numbered(letter: str, count: int) -> tuple[Column, ...]:
    """Columns of one number each, named by a letter and their position from 1."""
    return tuple(Column(f"{letter}{position}") for position in range(1, count + 1))


def equal_labels(count: int, classes: int) -> Array:
    """Labels 0, 1, … in turn, (count,), so that the classes differ by one row at the most."""
    import numpy as np

    return np.arange(count) % classes


def _by_name(letter: str, values: Array) -> dict[str, Array]:
    """Values (rows, columns) as columns that are named as `numbered` does."""
    return {f"{letter}{position}": as_column(column) for position, column in enumerate(values.T, start=1)}


def random_state(rng: np.random.Generator) -> int:
    """A seed for scikit-learn, which takes no NumPy generator."""
    return int(rng.integers(2**32))
