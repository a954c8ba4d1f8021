"""The columns of an experiment's data: plain records, known before any row is generated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Column:
    """A named column.

    Args:
        name: its name.
        width: how many numbers a row has in it.
        dimensions: the shape of a row where it is more than a vector, such as (28, 28, 1).
        categories: of a text column the different texts in sorted order, one per one-hot number or class label.
        is_label: whether its values are class labels by their type, not merely numbers that may be labels.
        image: height and width of the grey image whose pixels a row holds, whatever its shape.
        extent: the smallest and the largest number, where they are known before any row is generated.
    """

    name: str
    width: int = 1
    dimensions: tuple[int, ...] = ()
    categories: tuple[str, ...] = ()
    is_label: bool = False
    image: tuple[int, ...] = ()
    extent: tuple[float, float] | None = field(default=None, compare=False)  # of the rows, not of the kind of column

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one row: the dimensions, or (width,)."""
        return self.dimensions or (self.width,)


@dataclass(frozen=True)
class DataFile:
    """A file that data are read from.

    Args:
        path: its absolute path.
        sha256: the SHA-256 of its bytes in hexadecimal.
    """

    path: str
    sha256: str


@dataclass(frozen=True)
class Columns:
    """What a generator makes.

    Args:
        inputs: the input columns.
        targets: the target columns, before one-hot encoding.
        samples: the number of rows that can be split, without a test set of the generator's own.
        classes: the number of classes where there is one target and it is a class label; labels start at 0.
        own_test: whether the data come with a test set of their own.
        files: the files that the rows are read from.
    """

    inputs: tuple[Column, ...]
    targets: tuple[Column, ...] = ()
    samples: int | None = None
    classes: int | None = None
    own_test: bool = False
    files: tuple[DataFile, ...] = ()


def feature_names(columns: Sequence[Column]) -> list[str]:
    """A name per input number: the column's, with the category or the position where the column has several numbers."""
    return [name for column in columns for name in _names_within(column)]


def _names_within(column: Column) -> list[str]:
    if column.categories:
        return [f"{column.name}={category}" for category in column.categories]
    return [column.name] if column.width == 1 else [f"{column.name}[{i}]" for i in range(column.width)]
