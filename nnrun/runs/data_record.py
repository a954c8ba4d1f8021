"""The columns of a run's data and their preparation, `data.json`: what rows are prepared with for its model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from nnrun.data.windows.columns import key_columns, windowed_columns
from nnrun.errors import Problem, StorageError, shown
from nnrun.experiment.column_steps import column_steps
from nnrun.experiment.columns import Column, Columns, DataFile
from nnrun.experiment.experiment import Scaling
from nnrun.experiment.missing_policy import MissingPolicy
from nnrun.experiment.text_encoding import TextEncoding
from nnrun.experiment.window_section import Window
from nnrun.runs import layout
from nnrun.runs.fitted_records import Count, ScaleRecord, TextRecord, WordRecord, scale_record, text_record, word_record
from nnrun.runs.record_file import encode_record, read_record_file
from nnrun.runs.vocabulary_file import Vocabulary, read_vocabulary

if TYPE_CHECKING:
    from nnrun.data.dataset import Array, ColumnScale, Dataset
    from nnrun.experiment.experiment import Experiment

FORMAT = 1


class ColumnRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A column as `Column` has it, and how it was prepared for the network.

    Args:
        classes: of a target that was one-hot encoded the number of its classes.
        scale: what was done to its numbers, if anything was.
        words: how its texts became numbers, unless each has a number of its own.
        missing: what became of missing cells.
        gaps: in how many training rows a number was missing that was filled in.
        text: how its free texts became numbers.
        vocabulary: the tokens of these texts, which are not part of `data.json`.
    """

    name: str
    width: Count = 1
    dimensions: tuple[Count, ...] = ()
    categories: tuple[str, ...] = ()
    is_label: bool = False
    image: tuple[Count, ...] = ()
    extent: tuple[float, float] | None = None
    classes: Count | None = None
    scale: ScaleRecord | None = None
    words: WordRecord | None = None
    missing: MissingPolicy = "refuse"
    gaps: Annotated[int, msgspec.Meta(ge=0)] | None = None
    text: TextRecord | None = None
    vocabulary: Vocabulary | None = None

    @property
    def generated(self) -> Column:
        """The column that the generator made."""
        width = 1 if self.categories or self.text or self.column.has_indicator else self.width
        return replace(self.column, width=width, encoding=None, missing="refuse", fill=(), gaps=None)

    @property
    def column(self) -> Column:
        """The column as the network takes it, before its scale."""
        return Column(
            self.name,
            self.width,
            self.dimensions,
            self.categories,
            self.is_label,
            self.image,
            extent=self.extent,
            encoding=self.words.encoding if self.words else None,
            missing=self.missing,
            fill=self._fill,
            gaps=self.gaps,
            text=self.text.encoding(self.vocabulary or Vocabulary()) if self.text else None,
        )

    @property
    def _fill(self) -> tuple[float, ...]:
        """What stands for a missing number; not for the number beside it that says whether it was missing."""
        fill = self.scale.fill if self.scale else ()
        return fill[:1] if self.missing == "indicator" and not self.categories and self.width == 2 else fill


class DataRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of a run's data, in the order in which its data have them.

    Args:
        inputs: the input columns.
        targets: the target columns.
        samples: the number of rows that could be split.
        classes: the number of classes where there is one target and it is a class label.
        own_test: whether the data came with a test set of their own.
        window: how samples were cut from rows, where each was several rows; the columns are those of a row.
        keys: the columns that put the rows of windows in order and into series.
    """

    inputs: tuple[ColumnRecord, ...]
    targets: tuple[ColumnRecord, ...]
    samples: int | None = None
    classes: int | None = None
    own_test: bool = False
    window: Window | None = None
    keys: tuple[ColumnRecord, ...] = ()

    def columns(self, files: Sequence[DataFile] = ()) -> Columns:
        """The columns as the generator described them.

        Args:
            files: the files that the data were read from.
        """
        inputs, targets = (tuple(each.generated for each in group) for group in (self.inputs, self.targets))
        keys = tuple(each.generated for each in self.keys)
        return Columns(inputs, targets, self.samples, self.classes, self.own_test, tuple(files), keys=keys)

    def prepared(self, columns: Columns) -> Columns:
        """Columns as the network takes them, with what was fitted to the training rows."""
        rows = replace(columns.of_rows, inputs=tuple(each.column for each in self.inputs))
        return rows if self.window is None else replace(windowed_columns(rows, self.window), raw=columns.raw)

    @property
    def texts(self) -> tuple[TextEncoding, ...]:
        """How free texts become numbers; at most one of the columns has such."""
        return tuple(column.text for column in (each.column for each in self.inputs) if column.text)

    @property
    def input_scaling(self) -> dict[str, ColumnScale]:
        """The scale of each input column that was scaled."""
        scales = {each.name: _scale(each, each.scale) for each in self.inputs if each.scale}
        if self.window is None:
            return scales
        from nnrun.data.windows.scaling import window_scaling

        return window_scaling(scales, [each.column for each in self.inputs])

    @property
    def target_scaling(self) -> dict[str, ColumnScale]:
        """The scale of each target column that was scaled."""
        scales = {each.name: _scale(each, each.scale) for each in self.targets if each.scale}
        if self.window is None:
            return scales
        from nnrun.data.windows.scaling import repeated_scaling

        return repeated_scaling(scales, self.window)

    @property
    def encoded(self) -> dict[str, int]:
        """The number of classes of each target column that was one-hot encoded."""
        return {each.name: each.classes for each in self.targets if each.classes is not None}


def data_record(experiment: Experiment, dataset: Dataset) -> DataRecord:
    """The record of the data that a network is trained on.

    Args:
        experiment: the experiment.
        dataset: its data, scaled and encoded.
    """
    columns = (dataset.columns or experiment.columns).of_rows
    inputs, targets = dataset.row_scaling or (dataset.input_scaling, dataset.target_scaling)
    labels = [column.name for column in columns.targets if column.is_label]
    encoded = set(labels or (column.name for column in columns.targets)) if experiment.data.one_hot else set()

    def classes(column: Column) -> int | None:
        return int(dataset.training.targets[column.name].shape[-1]) if column.name in encoded else None

    def scaling(column: Column, *, target: bool = False) -> Scaling:
        return column_steps(experiment.data.preparation, column.name, target=target).scale

    return DataRecord(
        inputs=tuple(_record(each, inputs.get(each.name), scaling(each)) for each in columns.inputs),
        targets=tuple(
            _record(each, targets.get(each.name), scaling(each, target=True), classes(each)) for each in columns.targets
        ),
        samples=columns.samples,
        classes=columns.classes,
        own_test=columns.own_test,
        window=experiment.data.window,
        keys=tuple(_record(each, None, "none") for each in _keys(experiment)),
    )


def _keys(experiment: Experiment) -> Iterator[Column]:
    """The columns that put the rows of windows in order and into series."""
    keys = key_columns(experiment.columns.generated, experiment.data)
    yield from dict.fromkeys(column for column in (keys.order, keys.series) if column is not None)


def data_json(record: DataRecord) -> str:
    """The record as JSON, without the vocabulary of texts."""
    return encode_record(_with_vocabulary(record, None), FORMAT)


def read_data_record(folder: Path) -> DataRecord | None:
    """The record of the data of the run in `folder`; None for a run of an older version, which has none.

    Raises:
        StorageError: it cannot be read, or contradicts itself.
    """
    path = folder / layout.DATA
    if not path.is_symlink() and not path.exists():
        return None
    record = read_record_file(path, DataRecord, FORMAT, "a record of data")
    if any(each.text for each in record.inputs):
        record = _with_vocabulary(record, read_vocabulary(folder))
    fault = next(_faults(record), None)
    if fault:
        raise StorageError(Problem(f"{path} is damaged: {fault}."))
    return record


def _with_vocabulary(record: DataRecord, vocabulary: Vocabulary | None) -> DataRecord:
    changed = (msgspec.structs.replace(each, vocabulary=vocabulary) if each.text else each for each in record.inputs)
    return msgspec.structs.replace(record, inputs=tuple(changed))


def _record(column: Column, scale: ColumnScale | None, scaling: Scaling, classes: int | None = None) -> ColumnRecord:
    """The record of a column; an extent that JSON cannot hold is left out."""
    known = column.extent is not None and all(map(math.isfinite, column.extent))
    return ColumnRecord(
        name=column.name,
        width=column.width,
        dimensions=column.dimensions,
        categories=column.categories,
        is_label=column.is_label,
        image=column.image,
        extent=column.extent if known else None,
        classes=classes,
        scale=None if scale is None else scale_record(scale, scaling),
        words=word_record(column.encoding) if column.encoding else None,
        missing=column.missing,
        gaps=column.gaps,
        text=text_record(column.text) if column.text else None,
        vocabulary=Vocabulary(column.text.vocabulary, column.text.weights) if column.text else None,
    )


def _scale(column: ColumnRecord, scale: ScaleRecord) -> ColumnScale:
    import numpy as np

    from nnrun.data.dataset import ColumnScale

    def shaped(values: Sequence[Any]) -> Array | None:
        return np.array(values).reshape(column.column.shape) if values else None

    low = shaped([-np.inf if end is None else end for end in scale.low])
    high = shaped([np.inf if end is None else end for end in scale.high])
    offset, factor = (np.array(values).reshape(column.column.shape) for values in (scale.offset, scale.factor))
    return ColumnScale(offset, factor, low, high, shaped(scale.log), shaped(scale.fill))


def _faults(record: DataRecord) -> Iterator[str]:
    """What no training writes."""
    if not record.inputs or not record.targets:
        yield "it has no inputs or no targets"
    window = record.window
    if window and min(window.length, window.horizon, window.steps, window.stride) < 1:
        yield "it has a window of no rows"
    for group in (record.inputs, record.targets):
        names = [column.name for column in group]
        if len({*names}) < len(names):
            yield "it has two columns of one name"
    for column in (*record.inputs, *record.targets):
        yield from (f"the column {shown(column.name)} {fault}" for fault in _faults_of(column))


def _faults_of(column: ColumnRecord) -> Iterator[str]:
    numbers = math.prod(column.column.shape)
    if column.width != numbers:
        yield f"has {column.width} numbers and the shape {list(column.column.shape)}"
    if len({*column.categories}) < len(column.categories):
        yield "names a category twice"
    tokens = len(column.vocabulary.tokens) if column.vocabulary else 0
    if column.text and column.text.tokens != tokens:
        yield f"has {column.text.tokens} tokens, and {layout.VOCABULARY} {tokens}"
    if column.words and column.words.encoding.width != column.width:
        yield f"has {column.width} numbers, and words for {column.words.encoding.width}"
    if column.words and column.words.kind != "hash" and len(column.words.words) != column.words.size:
        yield f"has {len(column.words.words)} words of {column.words.size}"
    if column.scale is None:
        return
    offset, factor = column.scale.offset, column.scale.factor
    more = (column.scale.low, column.scale.high, column.scale.log, column.scale.fill)
    if any(len(values) not in (0, numbers) for values in more):
        yield f"has {numbers} numbers, and other limits"
    if len(offset) != numbers or len(factor) != numbers:
        yield f"has {numbers} numbers, and scales for {len(offset)} and {len(factor)}"
    elif not all(map(math.isfinite, (*offset, *factor))) or 0 in factor:
        yield "has a scale that is 0 or not finite"
