"""What is known of all streamed rows after a pass over them, and what is fitted to the training rows among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from nnrun.data.class_labels import MAX_CLASSES
from nnrun.data.dataset import Array, ColumnScale, Part
from nnrun.data.preparation.balance import class_labels_of
from nnrun.data.preparation.columns import prepared_columns
from nnrun.data.preparation.missing import gaps_in, no_row_left
from nnrun.data.preparation.prepare import dropped_by, number_targets, refuse_logarithms, steps_of
from nnrun.data.preparation.token_counts import TokenCounts
from nnrun.data.stream.column_statistics import (
    ColumnStatistics,
    FittedColumn,
    NumberStatistics,
    TextStatistics,
    WordStatistics,
)
from nnrun.data.stream.row_sets import TRAINING, RowSets, taken
from nnrun.data.stream.row_sizes import RowSizes, chunks, prepared_bytes
from nnrun.data.stream.row_source import RowSource
from nnrun.data.stream.set_writer import SampleTaker, sample_rows
from nnrun.experiment.column_steps import balance_of
from nnrun.experiment.columns import Columns
from nnrun.experiment.experiment import DataSettings


@dataclass(frozen=True, eq=False)
class RowStream:
    """The rows of one source.

    Args:
        source: raw rows.
        sets: the sets that they belong to.
        check: refuses rows that cannot be used; its second argument is the number of the first one, from 0.
    """

    source: RowSource
    sets: RowSets
    check: Callable[[Part, int], None] = lambda part, first: None


@dataclass(frozen=True, eq=False)
class StreamStatistics:
    """What is known of streamed rows.

    Args:
        inputs: each input column, with what was fitted to the training rows.
        targets: the scale of each target column that is scaled.
        largest: the largest number of each target column over all rows.
        labels: how many training rows have each class, where there is one target of one whole number.
        samples: the first rows of each set, as they are.
        sampled: the most rows of that of the training set.
        dropped: of each source the numbers of the rows that are left out, from 0.
        classes: the class of every training row in its order, where they are balanced by choosing rows.
    """

    inputs: Mapping[str, FittedColumn]
    targets: Mapping[str, ColumnScale]
    largest: Mapping[str, float]
    labels: Mapping[int, int]
    samples: Mapping[str, Part]
    sampled: int
    dropped: tuple[Array, ...]
    classes: Array | None = None


@dataclass(eq=False)
class _Gathered:
    """What the first pass has found so far."""

    columns: dict[str, ColumnStatistics] = field(default_factory=dict)
    largest: dict[str, float] = field(default_factory=dict)
    labels: Counter[int] = field(default_factory=Counter)
    takers: dict[str, SampleTaker] = field(default_factory=dict)
    classes: Array | None = None


def gather_statistics(
    streams: Sequence[RowStream], generated: Columns, settings: DataSettings, folder: Path, chunk_bytes: int
) -> StreamStatistics:
    """One pass over all rows, and where medians or quartiles are fitted others over the training rows.

    Args:
        streams: the rows.
        generated: the columns that the generator makes.
        settings: says what is fitted.
        folder: where the tokens of texts are counted that are too many for the memory.
        chunk_bytes: the bytes of the rows that are read at a time.

    Raises:
        ExperimentError: a row or a setting cannot be used.
        StorageError: the disk is full.
    """
    return _Gathering(streams, generated, settings, folder, chunk_bytes).run()


class _Gathering:
    def __init__(
        self, streams: Sequence[RowStream], generated: Columns, settings: DataSettings, folder: Path, chunk_bytes: int
    ) -> None:
        self.streams = streams
        self.settings = settings
        self.folder = folder
        self.chunk_bytes = chunk_bytes
        self.columns = prepared_columns(generated, settings.preparation)
        self.steps = steps_of(self.columns, settings)
        self.dropped = dropped_by(self.columns)
        self.found = _Gathered()
        least = prepared_bytes(self.columns)
        sizes = {name: RowSizes(stream.source, least) for stream in streams for name in stream.sets.names}
        self.most = {name: sample_rows(each.mean) for name, each in sizes.items()}
        if balance_of(settings.preparation) in ("oversample", "undersample"):
            self.found.classes = np.full(streams[0].sets.counts[TRAINING], -1, np.int32)

    def run(self) -> StreamStatistics:
        none = np.zeros(0, np.int64)
        dropped = tuple(np.concatenate([none, *self._first_pass(stream)]) for stream in self.streams)
        self._refuse_empty()
        self._fit()
        found, targets = self.found, {column.name for column in self.columns.targets}
        fitted = {name: each.fitted for name, each in found.columns.items()}
        return StreamStatistics(
            {name: each for name, each in fitted.items() if name not in targets},
            {name: each.scale for name, each in fitted.items() if name in targets and each.scale is not None},
            found.largest,
            found.labels,
            {name: taker.sample() for name, taker in found.takers.items()},
            self.most[TRAINING],
            dropped,
            None if found.classes is None else found.classes[found.classes >= 0],
        )

    def _first_pass(self, stream: RowStream) -> Iterator[Array]:
        """The numbers of the rows that are left out, from 0."""
        for name, part, positions in self._parts(stream, check=True):
            gaps = gaps_in(part, self.dropped)
            if gaps.any():
                assert part.numbers is not None
                yield part.numbers[gaps] - 1
                part, positions = part.take(~gaps), positions[~gaps]
            if part.rows:
                self._take(name, part, positions)

    def _take(self, name: str, part: Part, positions: Array) -> None:
        refuse_logarithms(part, self.steps, self.settings)
        self.found.takers.setdefault(name, SampleTaker(self.most[name])).take(part, positions)
        for column, values in part.targets.items():
            self.found.largest[column] = max(self.found.largest.get(column, -np.inf), float(values.max()))
        if name != TRAINING:
            return
        if not self.found.columns:
            self.found.columns = self._statistics(part)
        for column, known in self.found.columns.items():
            known.take((part.inputs | part.targets)[column])
        self.found.labels.update(_labels(part))
        if self.found.classes is not None:
            self.found.classes[positions] = class_labels_of(part)

    def _statistics(self, part: Part) -> dict[str, ColumnStatistics]:
        """What is gathered of each column that is fitted."""
        numbers = number_targets(part, self.settings)
        found: dict[str, ColumnStatistics] = {}
        for column, before in zip(self.columns.inputs, self.columns.generated.inputs, strict=True):
            steps = self.steps[column.name]
            if column.text:
                found[column.name] = TextStatistics(column, TokenCounts(column.text, self.folder))
            elif column.categories:
                found[column.name] = WordStatistics(column, before, steps)
            else:
                found[column.name] = NumberStatistics(column, part.inputs[column.name].shape[1:], steps)
        for column in self.columns.targets:
            if column.name in numbers:
                found[column.name] = NumberStatistics(column, numbers[column.name].shape[1:], self.steps[column.name])
        return found

    def _fit(self) -> None:
        fits = {name: each.fit() for name, each in self.found.columns.items()}
        while waiting := [name for name, fit in fits.items() if next(fit, _DONE) is not _DONE]:
            fits = {name: fits[name] for name in waiting}
            for stream in self.streams:
                for _, part, _ in self._parts(stream, only=TRAINING):
                    gaps = gaps_in(part, self.dropped)
                    part = part.take(~gaps) if gaps.any() else part
                    for column in waiting if part.rows else ():
                        self.found.columns[column].refine((part.inputs | part.targets)[column])

    def _parts(
        self, stream: RowStream, *, check: bool = False, only: str | None = None
    ) -> Iterator[tuple[str, Part, Array]]:
        """The rows of each set in every chunk, with their positions in the set."""
        if only is not None and only not in stream.sets.names:
            return
        for start, chunk in chunks(stream.source, self.chunk_bytes):
            if check:
                stream.check(chunk, start)
            chunk = replace(chunk, numbers=start + 1 + np.arange(chunk.rows))
            for name, rows, positions in stream.sets.of_chunk(start, chunk.rows):
                if only in (None, name):
                    yield name, taken(chunk, rows), positions

    def _refuse_empty(self) -> None:
        """Refuses a set whose rows are all left out."""
        if any(name not in self.found.takers for stream in self.streams for name in stream.sets.names):
            raise no_row_left()


_DONE = object()


def _labels(part: Part) -> dict[int, int]:
    """The rows of each class; none where there is no one target of one whole number."""
    values = next(iter(part.targets.values()))
    if len(part.targets) > 1 or values.shape[1:] != (1,):
        return {}
    found, counts = np.unique(np.round(values), return_counts=True)
    few = len(found) <= MAX_CLASSES
    return {int(label): int(count) for label, count in zip(found, counts, strict=True)} if few else {}
