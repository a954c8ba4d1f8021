"""The columns of an experiment's data: plain records, known before any row is generated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nnrun.experiment.missing_policy import MissingPolicy
from nnrun.experiment.text_encoding import TextEncoding
from nnrun.experiment.word_encoding import WordEncoding

if TYPE_CHECKING:
    from nnrun.experiment.function_sample import FunctionSample


@dataclass(frozen=True)
class Column:
    """A named column.

    Args:
        name: its name.
        width: how many numbers a row has in it; a text column has 1 until its texts are encoded, their number.
        dimensions: the shape of a row where it is more than a vector, such as (28, 28, 1).
        categories: of a text column the different texts, one per one-hot number or class label, in that order.
        is_label: whether its values are class labels by their type, not merely numbers that may be labels.
        image: height and width of the grey image whose pixels a row holds, whatever its shape.
        extent: the smallest and the largest number, where they are known before any row is generated.
        encoding: of a text column that is prepared, how its texts become numbers; None for one number per text.
        missing: what becomes of missing cells.
        fill: the numbers that stand for a missing row of numbers, once they are known.
        gaps: in how many training rows a number was missing that is filled in, once that is known.
        text: of a column of free texts, how they become numbers.
    """

    name: str
    width: int = 1
    dimensions: tuple[int, ...] = ()
    categories: tuple[str, ...] = ()
    is_label: bool = False
    image: tuple[int, ...] = ()
    extent: tuple[float, float] | None = field(default=None, compare=False)  # of the rows, not of the kind of column
    encoding: WordEncoding | None = None
    missing: MissingPolicy = "refuse"
    fill: tuple[float, ...] = field(default=(), compare=False)
    gaps: int | None = field(default=None, compare=False)
    text: TextEncoding | None = None

    @property
    def word_encoding(self) -> WordEncoding:
        """How the texts of a text column become numbers."""
        return self.encoding or WordEncoding("onehot", len(self.categories), self.categories)

    @property
    def has_indicator(self) -> bool:
        """Whether a number beside the own one says whether that was missing."""
        return self.missing == "indicator" and not self.categories and self.width == 2

    @property
    def is_one_cell(self) -> bool:
        """Whether a row of the data has one cell for it, however many numbers the network takes."""
        return bool(self.categories) or self.text is not None or self.has_indicator or self.width == 1

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
    """What a generator makes, or what the network takes of it once it is prepared.

    Args:
        inputs: the input columns.
        targets: the target columns, before one-hot encoding.
        samples: the number of rows that can be split, without a test set of the generator's own.
        classes: the number of classes where there is one target and it is a class label; labels start at 0.
        own_test: whether the data come with a test set of their own.
        files: the files that the rows are read from.
        sample: of a function, what some of its rows are drawn from.
        raw: of prepared columns, those that the generator makes.
        keys: the columns that only split the rows.
        rows: of windows, the prepared columns of the rows that they are cut from.
        totals: the smallest and the largest sum of a row's targets, where there are several numbers and it is known.
        looked_at: how many rows of a large file were read to know the columns, where they are not all.
        extents: of a file of rows the smallest and the largest number of each column of numbers, by its name.
        text_bytes: the bytes of the files of free texts, which are in memory beside their numbers.
    """

    inputs: tuple[Column, ...]
    targets: tuple[Column, ...] = ()
    samples: int | None = None
    classes: int | None = None
    own_test: bool = False
    files: tuple[DataFile, ...] = ()
    sample: FunctionSample | None = field(default=None, compare=False)
    raw: Columns | None = field(default=None, compare=False)
    keys: tuple[Column, ...] = field(default=(), compare=False)
    rows: Columns | None = field(default=None, compare=False)
    totals: tuple[float, float] | None = field(default=None, compare=False)
    looked_at: int | None = field(default=None, compare=False)
    extents: Mapping[str, tuple[float, float]] = field(default_factory=dict, compare=False)
    text_bytes: int = field(default=0, compare=False)

    @property
    def generated(self) -> Columns:
        """The columns that the generator makes."""
        return self.raw or self

    @property
    def of_rows(self) -> Columns:
        """The prepared columns of a row, where the network takes windows of several rows, too."""
        return self.rows or self


def feature_names(columns: Sequence[Column]) -> list[str]:
    """A name per input number: the column's, with the category or the position where the column has several numbers."""
    return [name for column in columns for name in _names_within(column)]


def _names_within(column: Column) -> list[str]:
    if column.has_indicator:
        return [column.name, f"{column.name} is missing"]
    if column.text:
        return column.text.feature_names(column.name)
    if column.categories:
        return column.word_encoding.feature_names(column.name)
    return [column.name] if column.width == 1 else [f"{column.name}[{i}]" for i in range(column.width)]
