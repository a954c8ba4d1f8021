"""The rows that a trained run is evaluated on: its own held-out rows, or others, prepared as its training rows were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from nnrun.data.class_labels import one_hot
from nnrun.data.dataset import Array, Dataset, Part
from nnrun.data.files.data_files import DataFiles, cell_room
from nnrun.data.generate import generate, generate_raw
from nnrun.data.generators.registry import weight_column
from nnrun.data.preparation.encode import encode_inputs
from nnrun.data.preparation.missing import without_missing
from nnrun.data.preparation.scaling import apply_scales
from nnrun.data.windows.choose import rows_of_series
from nnrun.data.windows.cut import SERIES
from nnrun.errors import ExperimentError, Place, Problem, StorageError
from nnrun.experiment.code.code_file import CodeAccess
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.experiment import Experiment
from nnrun.load import load_data
from nnrun.predict.new_rows.array_rows import array_rows
from nnrun.predict.new_rows.new_rows import Fault, NewRows
from nnrun.predict.new_rows.read_rows import refuse_unknown_indices, wanted_columns
from nnrun.predict.new_rows.windowed_rows import windowed_rows
from nnrun.runs import layout
from nnrun.runs.trained_files import TrainedFiles, dataset_digest, recorded_digest

_DATA = "data."
_GENERATED = "the changed data set"


@dataclass(frozen=True, eq=False)
class EvaluationRows:
    """Rows for an evaluation.

    Args:
        name: what they are, such as `test set`.
        part: scaled and encoded as the training rows were.
        ignored: the columns that were not used.
    """

    name: str
    part: Part
    ignored: tuple[str, ...] = ()


def own_rows(
    files: TrainedFiles,
    keras_home: Path,
    data_folders: Iterable[Path],
    overrides: Sequence[str] = (),
    code: CodeAccess | None = None,
) -> EvaluationRows:
    """The test set of a run; the validation set, or the training set, where it has none.

    Args:
        files: the run.
        keras_home: the folder of Keras's downloaded sets.
        data_folders: folders whose data files may be read, wherever the run lies.
        overrides: settings of `data` to change, each `PATH=VALUE`: the rows are other ones then.
        code: the permission to run the Python code that makes the rows.

    Raises:
        ExperimentError: the settings are not valid, or their rows are none for the model.
        StorageError: a data file cannot be read, or the data are no longer those of the training.
    """
    _refuse_other_settings(overrides)
    if not overrides:
        name, part = own_dataset(files, keras_home, data_folders, code).evaluated
        return EvaluationRows(f"{_sample(files.experiment)}{name} set", part)
    sources = _sources(files, keras_home, data_folders, code)
    experiment = _with_data(files, overrides, sources)
    name, part = generate_raw(experiment, keras_home, sources).evaluated
    weight = weight_column(experiment.data.generator)
    part = without_missing(part, [column.name for column in _columns(files) if column.missing == "drop"])
    rows = _as_new(files.experiment, experiment, part, weight)
    return prepared(rows, files, f"{_sample(experiment)}{name} set of the changed data")


def own_dataset(
    files: TrainedFiles, keras_home: Path, data_folders: Iterable[Path], code: CodeAccess | None = None
) -> Dataset:
    """The data that a run was trained with, generated again; arguments and errors are those of `own_rows`."""
    sources = _sources(files, keras_home, data_folders, code)
    experiment = _with_data(files, (), sources)
    _refuse_changed_files(files, experiment.columns)
    dataset = _generated_again(files, experiment, keras_home, sources)
    if recorded_digest(files.folder, files.record) not in (None, dataset_digest(files.experiment, dataset)):
        message = "The data that are generated now are not those that the run was trained with."
        raise StorageError(Problem(message, hint="Use the versions of NumPy and scikit-learn that run.json names."))
    return dataset


def _sources(files: TrainedFiles, keras_home: Path, data_folders: Iterable[Path], code: CodeAccess | None) -> DataFiles:
    known = [file.sha256 for file in files.record.data_files]
    return DataFiles(data_folders, known, code, cell_room(keras_home))


def _with_data(files: TrainedFiles, overrides: Sequence[str], sources: DataFiles) -> Experiment:
    """The run's experiment with its data, perhaps changed, as they are before anything is fitted to them."""
    settings, columns = load_data(files.folder / layout.RESOLVED, overrides, sources)
    return replace(files.experiment, data=settings, columns=columns)


def _sample(experiment: Experiment) -> str:
    return "sample of the " if experiment.data.stream else ""


def _generated_again(files: TrainedFiles, experiment: Experiment, keras_home: Path, sources: DataFiles) -> Dataset:
    """The data as the training had them; of streamed ones a sample, prepared by what was fitted to all rows."""
    if not experiment.data.stream:
        return generate(experiment, keras_home, sources)
    raw = generate_raw(experiment, keras_home, sources)
    columns = replace(files.experiment.columns, raw=experiment.columns.generated)

    def trained(part: Part) -> Part:
        return prepared(NewRows(encode_inputs(part, columns), _GENERATED), files, "").part

    validation, test = (trained(part) if part else None for part in (raw.validation, raw.test))
    return replace(raw, training=trained(raw.training), validation=validation, test=test)


def _columns(files: TrainedFiles) -> tuple[Column, ...]:
    return (*files.experiment.columns.inputs, *files.experiment.columns.targets)


def prepared(rows: NewRows, files: TrainedFiles, name: str) -> EvaluationRows:
    """New rows with targets, scaled and encoded as the training rows of a run were.

    Args:
        rows: the rows.
        files: the run.
        name: what the rows are.

    Raises:
        ExperimentError: a class or an index is not one of the training; with its row.
    """
    data, part = files.data, rows.part
    rows.refuse(_unknown_classes(part, data.encoded))
    refuse_unknown_indices(rows, files.experiment, data.input_scaling)
    targets = apply_scales(part.targets, data.target_scaling)
    targets |= {column: one_hot(part.targets[column], classes) for column, classes in data.encoded.items()}
    inputs = apply_scales(part.inputs, data.input_scaling)
    return EvaluationRows(name, replace(part, inputs=inputs, targets=targets), rows.ignored)


def _unknown_classes(part: Part, encoded: Mapping[str, int]) -> Iterator[Fault]:
    for column, classes in encoded.items():
        values = part.targets[column][:, 0]  # (rows,)
        for row in np.flatnonzero((values < 0) | (values >= classes) | (values != np.floor(values))):
            message = f'The column "{column}" takes a class from 0 to {classes - 1}. Received: {values[row]:g}'
            yield Fault(int(row), column, message)


def _refuse_other_settings(overrides: Sequence[str]) -> None:
    for override in overrides:
        if not override.strip().startswith(_DATA):
            place = Place("--set", 0, 1, override)
            hint = "For example: --set data.generator.moons.noise=0.3"
            raise ExperimentError(Problem("Only settings of data can be changed for an evaluation.", place, hint))


def _refuse_changed_files(files: TrainedFiles, columns: Columns) -> None:
    """Refuses data files that are no longer those of the training."""
    hint = "To evaluate on them, name the file: nnrun evaluate RUN FILE"
    for before, now in zip(files.record.data_files, columns.files, strict=False):
        if before.sha256 != now.sha256:
            raise StorageError(Problem(f"{now.path} is not the file that the run was trained with.", hint=hint))


def _as_new(trained: Experiment, changed: Experiment, part: Part, weight: str | None) -> NewRows:
    """Rows of changed data as new rows, so that their columns are held against those of the training."""
    columns = changed.columns.generated
    if trained.data.window is not None:
        part = rows_of_series(part, columns, changed.data)
    arrays: dict[str, Array] = {column.name: _cells(column, part.inputs[column.name]) for column in columns.inputs}
    arrays |= {column.name: _cells(column, part.targets[column.name]) for column in columns.targets}
    if weight is not None and part.weights is not None:
        arrays[weight] = part.weights
    wanted = [each for each in wanted_columns(trained, targets=True) if not each.is_key]
    rows = array_rows(arrays, _GENERATED, trained, wanted, weight)
    series = {SERIES: part.keys[SERIES]} if SERIES in part.keys else {}
    return windowed_rows(replace(rows, part=replace(rows.part, keys=series)), trained, targets=True)


def _cells(column: Column, values: Array) -> Array:
    """The cells as the data have them; an empty text where one is missing."""
    return np.array([*column.categories, ""])[values[:, 0]] if column.categories else values
