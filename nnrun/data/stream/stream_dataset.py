"""From raw rows in any amount to streamed sets: statistics in one pass, the prepared rows on disk in a second."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from nnrun.data.dataset import Array, Dataset, Part
from nnrun.data.files.data_files import STREAMED
from nnrun.data.finite import check_finite
from nnrun.data.preparation.balance import balanced_rows
from nnrun.data.rows import Rows, network_rows, training_rows
from nnrun.data.stream.aligned_memory import AlignedMemory
from nnrun.data.stream.row_sets import TEST, TRAINING, VALIDATION, numbered, row_sets, taken
from nnrun.data.stream.row_sizes import chunks
from nnrun.data.stream.row_source import CHUNK_BYTES, RowSource
from nnrun.data.stream.set_writer import SetWriter
from nnrun.data.stream.statistics import RowStream, StreamStatistics, gather_statistics
from nnrun.data.stream.statistics_cache import cached_statistics
from nnrun.data.stream.stream_preparation import (
    StreamPreparation,
    balancing_weights,
    fit_preparation,
    raw_sets,
    with_class_weights,
)
from nnrun.data.stream.streamed_rows import BUFFER_BYTES, StreamedSets
from nnrun.experiment.allowed_cells import AllowedCells
from nnrun.experiment.column_steps import balance_of
from nnrun.experiment.experiment import ClassWeight, Component, Experiment


@dataclass(frozen=True, eq=False)
class StreamSources:
    """The raw rows of an experiment.

    Args:
        rows: those that are split.
        others: by the name of a set that is not split from them, its rows and the generator that makes them.
    """

    rows: RowSource
    others: Mapping[str, tuple[RowSource, Component]] = field(default_factory=dict)


# The training, the validation and the test set of rows.
Split = Callable[[Part], tuple[Part, Part | None, Part | None]]


def generate_streamed(
    experiment: Experiment,
    sources: StreamSources,
    split: Split,
    keras_home: Path,
    *,
    buffer: int = BUFFER_BYTES,
    chunk: int = CHUNK_BYTES,
) -> Dataset:
    """The data of an experiment as rows on disk, and a sample of each set in memory.

    Args:
        experiment: the experiment.
        sources: its raw rows.
        split: splits them.
        keras_home: the folder of Keras's downloaded sets; the rows are kept below it.
        buffer: the bytes of a buffer.
        chunk: the bytes of the rows that are prepared at a time.

    Raises:
        ExperimentError: rows or settings that cannot be used.
        StorageError: the disk is full.
    """
    streams = _streams(experiment, sources, split)
    found = _statistics(experiment, streams, keras_home, chunk)
    chosen = _balanced(experiment, found)
    raw = raw_sets(found, experiment.data, chosen, experiment.columns.classes)
    preparation, dataset = fit_preparation(found, raw, experiment.columns.generated, experiment.data)
    streams = _left(streams, found, chosen)
    sets = write_sets(experiment, streams, found, preparation, keras_home / STREAMED, (buffer, chunk))
    return replace(dataset, streamed=sets)


def raw_samples(experiment: Experiment, sources: StreamSources, split: Split, keras_home: Path) -> Dataset:
    """A sample of each set as the generator makes it, without rows that are left out, the training rows balanced."""
    found = _statistics(experiment, _streams(experiment, sources, split), keras_home, CHUNK_BYTES)
    return raw_sets(found, experiment.data, _balanced(experiment, found), experiment.columns.classes)


def _streams(experiment: Experiment, sources: StreamSources, split: Split) -> list[RowStream]:
    training, validation, test = split(numbered(sources.rows.rows))
    others = sources.others
    parts = {TRAINING: training, VALIDATION: validation, TEST: test}
    kept = {name: part for name, part in parts.items() if name not in others}
    allowed = AllowedCells(experiment.data.preparation)

    def check(generator: Component) -> Callable[[Part, int], None]:
        return lambda part, first: check_finite(generator, part, first, allowed)

    streams = [RowStream(sources.rows, row_sets(sources.rows.rows, kept), check(experiment.data.generator))]
    for name, (source, generator) in others.items():
        streams.append(RowStream(source, row_sets(source.rows, {name: numbered(source.rows)}), check(generator)))
    return streams


def _statistics(experiment: Experiment, streams: Sequence[RowStream], keras_home: Path, chunk: int) -> StreamStatistics:
    generated, settings = experiment.columns.generated, experiment.data
    return cached_statistics(
        experiment,
        keras_home / STREAMED / "statistics",
        chunk,
        lambda: gather_statistics(streams, generated, settings, keras_home / STREAMED, chunk),
    )


def _balanced(experiment: Experiment, found: StreamStatistics) -> Array | None:
    """The positions of the training rows that balance the classes, among all of them; None where all are taken once."""
    if found.classes is None:
        return None
    rng = np.random.default_rng([experiment.seeds.split, 3])
    return balanced_rows(found.classes, balance_of(experiment.data.preparation), rng)


def _left(streams: Sequence[RowStream], found: StreamStatistics, chosen: Array | None) -> list[RowStream]:
    """The streams without the rows that are left out, with the training rows that are chosen."""
    sets = [each.sets.without(dropped) for each, dropped in zip(streams, found.dropped, strict=True)]
    if chosen is not None:
        sets[0] = sets[0].with_training(chosen)
    return [replace(each, sets=own) for each, own in zip(streams, sets, strict=True)]


def write_sets(
    experiment: Experiment,
    streams: Sequence[RowStream],
    found: StreamStatistics,
    preparation: StreamPreparation,
    folder: Path,
    sizes: tuple[int, int],
) -> StreamedSets:
    """Writes all rows as the network takes them.

    Args:
        experiment: the experiment.
        streams: the raw rows, and the sets that they belong to.
        found: their statistics.
        preparation: scales and encodes rows.
        folder: where the rows are kept.
        sizes: the bytes of a buffer, and of the rows that are prepared at a time.

    Raises:
        StorageError: the disk is full.
    """
    weighted = replace(experiment, class_weight=_fixed_weights(experiment.class_weight, found))
    balancing = balancing_weights(found, experiment.data)
    writers: dict[str, SetWriter] = {}
    memory = AlignedMemory()  # the sets are read one after another
    for stream in streams:
        for name in stream.sets.names:
            writers[name] = SetWriter(folder, stream.sets.counts[name], experiment.batch_size, memory, sizes[0])
        for start, chunk in chunks(stream.source, sizes[1], preparation.row_bytes):
            for name, rows, positions in stream.sets.of_chunk(start, chunk.rows):
                part = taken(chunk, rows)
                part = with_class_weights(part, balancing) if name == TRAINING else part
                writers[name].write(_network_rows(weighted, name, preparation.apply(part)), positions)
    written = {name: writer.finish() for name, writer in writers.items()}
    return StreamedSets(written[TRAINING], written.get(VALIDATION), written.get(TEST))


def _network_rows(experiment: Experiment, name: str, part: Part) -> Rows:
    return training_rows(experiment, part) if name == TRAINING else network_rows(experiment, part)


def _fixed_weights(weights: ClassWeight | None, found: StreamStatistics) -> ClassWeight | None:
    """Balanced weights as numbers, which no chunk of rows can know: rows / (classes · rows of the class)."""
    if weights != "balanced" or not found.labels:
        return weights
    rows = sum(found.labels.values())
    return {label: rows / (len(found.labels) * count) for label, count in found.labels.items()}
