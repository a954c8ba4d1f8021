"""What a run folder holds of a trained model: its experiment, the columns of its data, their scaling, its weights.

None of it needs TensorFlow or the data files. `model.keras` is never read: it may hold code.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from nnrun.data.dataset import Dataset
from nnrun.data.files.data_files import DataFiles, cell_room
from nnrun.data.predict_settings import fitted_samples
from nnrun.errors import Problem, ResumeError, StorageError
from nnrun.experiment.code.code_file import CodeAccess
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.text.yaml_text import read_source
from nnrun.load import load_experiment
from nnrun.network.sizes import about_weights
from nnrun.runs import layout
from nnrun.runs.checkpoint import find_checkpoint
from nnrun.runs.data_record import DataRecord, data_record, read_data_record
from nnrun.runs.record import RunRecord, read_record
from nnrun.runs.stored_weights import StoredWeights, WhichWeights, read_weights

_SLACK = 1_000_000  # weights


@dataclass(frozen=True, eq=False)
class TrainedFiles:
    """A trained run as its folder describes it.

    Args:
        folder: the run's folder.
        record: its record.
        experiment: its experiment; the columns are those that it was trained with.
        data: the columns of its data and their scaling.
        weights: the chosen weights.
        notes: what a user should know, in sentences.
    """

    folder: Path
    record: RunRecord
    experiment: Experiment
    data: DataRecord
    weights: StoredWeights
    notes: tuple[str, ...] = ()


def read_trained(
    folder: Path,
    weights: WhichWeights = "kept",
    *,
    keras_home: Path | None = None,
    data_folders: Iterable[Path] = (),
    code: CodeAccess | None = None,
) -> TrainedFiles:
    """Reads the folder of a trained run.

    Args:
        folder: the run's folder.
        weights: which weights; `read_weights` says what the names mean.
        keras_home: the folder of Keras's downloaded sets; only for runs of older versions, whose data are generated
            again to fit their scaling. Without it they are refused.
        data_folders: folders whose data files may be read then, wherever the run lies.
        code: the permission to run the Python code that its network is made of.

    Raises:
        StorageError: a file is missing, damaged or was edited; or the data of a run of an older version have changed.
        ExperimentError: the run has not stored these weights, or its experiment is not valid in this version.
    """
    record = read_record(folder)
    stored = read_weights(folder, record, weights)
    _refuse_edited(folder, record)
    data = read_data_record(folder)
    if data is not None:
        files = DataFiles(code=code)
        experiment = load_experiment(folder / layout.RESOLVED, files=files, columns=data.columns(record.data_files))
        experiment = fitted_samples(replace(experiment, columns=data.prepared(experiment.columns)))
        _refuse_larger(experiment, stored)
        return TrainedFiles(folder, record, experiment, data, stored)
    if keras_home is None:
        raise StorageError(f"{folder} has no {layout.DATA}: it was trained by an older version of nnrun.")
    known = [file.sha256 for file in record.data_files]
    sources = DataFiles(data_folders, known, code, cell_room(keras_home))
    experiment, data = _regenerated(folder, record, keras_home, sources)
    note = f"{folder} has no {layout.DATA}: its data were generated again to fit their scaling."
    return TrainedFiles(folder, record, experiment, data, stored, (note,))


def _refuse_edited(folder: Path, record: RunRecord) -> None:
    path = folder / layout.RESOLVED
    if record.resolved_sha256 not in (None, sha256(read_source(path)).hexdigest()):
        hint = f"Undo the changes, or train a new run: nnrun train {path}"
        raise StorageError(Problem(f"{path} was edited after the run began.", hint=hint))


def _refuse_larger(experiment: Experiment, stored: StoredWeights) -> None:
    """Refuses a network far larger than the stored weights, before memory is taken for it."""
    numbers, needed = sum(array.size for array in stored.arrays.values()), about_weights(experiment)
    if needed > 2 * numbers + _SLACK:
        message = f"{stored.path} has {numbers:,} weights, and the network of this run has about {needed:,}."
        raise StorageError(message)


def _regenerated(folder: Path, record: RunRecord, keras_home: Path, files: DataFiles) -> tuple[Experiment, DataRecord]:
    """The experiment of a run of an older version, and the record that this version would have written."""
    from nnrun.data.generate import generate

    experiment = load_experiment(folder / layout.RESOLVED, files=files)
    for before, now in zip(record.data_files, experiment.columns.files, strict=False):
        if before.sha256 != now.sha256:
            raise _changed(folder, f"{now.path} is not the file that the run was trained with")
    dataset = generate(experiment, keras_home, files)
    if recorded_digest(folder, record) not in (None, dataset_digest(experiment, dataset)):
        raise _changed(folder, "they are not those that the run was trained with")
    return experiment, data_record(experiment, dataset)


def recorded_digest(folder: Path, record: RunRecord) -> str | None:
    """The SHA-256 of the training and validation rows of a run; None for a run that has not recorded it."""
    if record.data_sha256 is not None:
        return record.data_sha256
    with suppress(ResumeError):
        found = find_checkpoint(folder)
        return found.checkpoint.identity.data if found else None
    return None


def dataset_digest(experiment: Experiment, dataset: Dataset) -> str:
    """The SHA-256 of the training and validation rows, scaled and encoded, as a run records it."""
    from nnrun.data.rows import network_rows, rows_digest, training_rows

    validation = network_rows(experiment, dataset.validation) if dataset.validation else None
    return rows_digest(training_rows(experiment, dataset.training), validation)


def _changed(folder: Path, reason: str) -> StorageError:
    message = f"{folder} has no {layout.DATA}, and its data cannot be generated again: {reason}."
    hint = f"Restore the data, or train it again: nnrun train {folder / layout.RESOLVED}"
    return StorageError(Problem(message, hint=hint))
