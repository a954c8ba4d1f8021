"""From the data settings of an experiment to its data sets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from nnrun.data.dataset import Dataset, Part, Source
from nnrun.data.files.data_files import DataFiles
from nnrun.data.finite import check_finite
from nnrun.data.generators.generator import Resources
from nnrun.data.generators.registry import describe_columns, make_source
from nnrun.data.matching_columns import matched
from nnrun.data.preparation.prepare import prepare
from nnrun.data.splits.split import split_rows
from nnrun.data.stream.other_rows import OtherRows
from nnrun.data.stream.row_sets import TEST, VALIDATION
from nnrun.data.stream.row_source import RowSource
from nnrun.data.stream.stream_dataset import Split, StreamSources, generate_streamed, raw_samples
from nnrun.data.windows.choose import choose_rows_of_series
from nnrun.data.windows.columns import chosen_columns
from nnrun.data.windows.cut import cut_windows
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.allowed_cells import AllowedCells
from nnrun.experiment.columns import Columns
from nnrun.experiment.experiment import Component, Experiment


def generate(experiment: Experiment, keras_home: Path, files: DataFiles | None = None) -> Dataset:
    """Makes the data of an experiment: rows, splits, preparation, in this order.

    The rows come from `default_rng([seed, 0])` with the seed of the data, those of a generator of
    the validation or test set from `[seed, 0, 1]` or `[seed, 0, 2]`, the order in which rows are split from
    `default_rng([seed, 1])` with the seed of the split, the rows that balance the classes from `[seed, 3]` with the
    same. The preparation is fitted on the training rows alone.

    Args:
        experiment: the same seed and settings give the same data.
        keras_home: the folder of Keras's downloaded sets, `~/.keras` for Keras.
        files: the files that were read when the experiment was checked; others are read here.

    Returns:
        The parts with float32 inputs, and targets float32 or int32 for labels.

    Raises:
        ExperimentError: the generator or the settings are impossible, the data are not finite, or a downloadable set
            is not on this machine and cannot be downloaded.
        StorageError: a downloadable set cannot be read or written, or a file has changed since the experiment was
            checked.
    """
    if experiment.data.stream:
        return generate_streamed(experiment, _sources(experiment, keras_home, files), _split(experiment), keras_home)
    return prepare_raw(experiment, generate_raw(experiment, keras_home, files))


def prepare_raw(experiment: Experiment, raw: Dataset) -> Dataset:
    """Prepares raw data as the experiment says; errors are those of `prepare`."""
    balance = np.random.default_rng([experiment.seeds.split, 3])
    generated, settings = experiment.columns.generated, experiment.data
    if settings.window is None:
        return prepare(raw, generated, settings, balance)
    chosen = chosen_columns(generated, settings.window, settings.split.column)
    rows = choose_rows_of_series(raw, generated, chosen, settings)
    prepared = prepare(rows, chosen, settings, balance)
    assert prepared.columns is not None
    return cut_windows(prepared, replace(prepared.columns, raw=generated), settings.window, settings.generator.place)


def generate_raw(experiment: Experiment, keras_home: Path, files: DataFiles | None = None) -> Dataset:
    """The rows of an experiment in its data sets, as the generator makes them; the rest is as for `generate`.

    Returns:
        The parts: numbers float32; texts int32 codes, (rows, 1), the positions among the texts of their column; targets
        float32, or int32 for labels.
    """
    files = files or DataFiles()
    if experiment.data.stream:
        return raw_samples(experiment, _sources(experiment, keras_home, files), _split(experiment), keras_home)
    source = _source(experiment, keras_home, files)
    for part in (source.rows, source.test):
        if part:
            check_finite(experiment.data.generator, part, allowed=AllowedCells(experiment.data.preparation))
    training, validation, test = _split(experiment)(source.rows)
    settings = experiment.data
    if settings.validation is not None:
        validation = _set_of_its_own(experiment, settings.validation, 1, source.rows, keras_home, files)
    if settings.test is not None:
        test = _set_of_its_own(experiment, settings.test, 2, source.rows, keras_home, files)
    files.verify(experiment.columns.files)
    return Dataset(training, validation, source.test or test, {}, {}, experiment.columns.classes)


def _source(experiment: Experiment, keras_home: Path, files: DataFiles | None) -> Source:
    files = files or DataFiles()
    rng = np.random.default_rng([experiment.seeds.data, 0])
    resources = Resources(rng, keras_home, stream=bool(experiment.data.stream))
    settings = experiment.data
    allowed = AllowedCells(settings.preparation)
    source = make_source(settings.generator, resources, files, allowed, split=settings.split)
    files.verify(experiment.columns.files)
    return source


def _sources(experiment: Experiment, keras_home: Path, files: DataFiles | None) -> StreamSources:
    """The rows of streamed data, those of a validation or test set of its own among them."""
    files = files or DataFiles()
    source, settings, columns = _source(experiment, keras_home, files), experiment.data, experiment.columns.generated
    others: dict[str, tuple[RowSource, Component]] = {}
    if source.test is not None:
        others[TEST] = source.test, settings.generator
    for name, generator, stream in ((VALIDATION, settings.validation, 1), (TEST, settings.test, 2)):
        if generator is not None and name not in others:
            rows = _rows_of_its_own(experiment, generator, stream, source.rows, keras_home, files)
            others[name] = OtherRows(rows, columns, _described(experiment, generator, files)), generator
    files.verify(experiment.columns.files)
    return StreamSources(source.rows, others)


def _set_of_its_own(
    experiment: Experiment, generator: Component, stream: int, training: Part, keras_home: Path, files: DataFiles
) -> Part:
    """The rows of the generator of a validation or test set, with the columns of the training rows."""
    part = _rows_of_its_own(experiment, generator, stream, training, keras_home, files)
    check_finite(generator, part, allowed=AllowedCells(experiment.data.preparation))
    return matched(part, experiment.columns.generated, _described(experiment, generator, files))


def _rows_of_its_own(
    experiment: Experiment, generator: Component, stream: int, training: Part, keras_home: Path, files: DataFiles
) -> Part:
    """The rows of the generator of a validation or test set as it makes them."""
    rng = np.random.default_rng([experiment.seeds.data, 0, stream])
    resources = Resources(rng, keras_home, stream=bool(experiment.data.stream))
    allowed = AllowedCells(experiment.data.preparation)
    part = make_source(generator, resources, files, allowed, split=experiment.data.split).rows
    if (part.weights is None) != (training.weights is None):
        lacking = "no sample weights" if part.weights is None else "sample weights"
        raise ExperimentError(Problem(f"These rows have {lacking}, unlike the training rows.", generator.place))
    return part


def _described(experiment: Experiment, generator: Component, files: DataFiles) -> Columns:
    """What the generator of a validation or test set makes."""
    allowed, seed = AllowedCells(experiment.data.preparation), experiment.seeds.data
    return describe_columns(generator, files, allowed, split=experiment.data.split, seed=seed)


def _split(experiment: Experiment) -> Split:
    """Splits rows as the experiment says."""
    columns = experiment.columns.generated
    return lambda rows: split_rows(rows, columns, experiment.data, experiment.seeds.split)
