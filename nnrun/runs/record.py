"""The record of a run, `run.json`: what was run, where and with which versions, and its results."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from nnrun.data.files.data_files import DataFiles
from nnrun.errors import StorageError
from nnrun.experiment.columns import DataFile
from nnrun.experiment.flat_settings import flat_settings
from nnrun.runs import layout
from nnrun.runs.atomic import write_text
from nnrun.runs.finding import Finding
from nnrun.runs.record_file import decode_record, encode_record, read_record_file
from nnrun.runs.verdict import Verdict

if TYPE_CHECKING:
    from nnrun.experiment.experiment import Experiment

FORMAT = 1

Status = Literal["running", "completed", "failed", "interrupted", "pruned"]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Metrics = Mapping[str, float | None]


class GitState(msgspec.Struct, frozen=True):
    """The commit that was checked out, and whether tracked files differed from it."""

    commit: str
    dirty: bool


class SettingChange(msgspec.Struct, frozen=True):
    """A setting that a resumed run has changed, and the first epoch, from 1, that was trained with it."""

    setting: str
    value: float
    epoch: int


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about a run but its arrays, in the order in which `run.json` has it.

    Args:
        name: the experiment's name.
        experiment_sha256: the SHA-256 of the experiment file's bytes, in hexadecimal digits.
        resolved_sha256: the SHA-256 of its `resolved.yaml`.
        data_files: the files that the data were read from, each with its absolute path and its SHA-256.
        settings: the resolved settings by path, without rows of data.
        status: how far the run got; `pruned` where a search stopped it early.
        reason: why the run failed or stopped early.
        started: when it started, with its offset from UTC.
        finished: when it ended, with its offset from UTC.
        seconds: how long it took, without the pauses before it was resumed.
        seed: the seed of every random number.
        device: where it was trained, such as `cpu`.
        threads: number of threads within one operation.
        engine: the engine that trained it: graph, xla or keras.
        versions: version by package name.
        environment: the environment variables that change how TensorFlow computes, by name; None in the record of an
            older version.
        git: the state of the repository that the run started in; None outside of one.
        command: the command line, one item per argument.
        parameters: number of parameters of the model.
        target_units: what 1 in the loss and the metrics is in the unit of the data, by scaled target column; None for
            a column of several numbers with different scales.
        resumed: when it was resumed after an interruption, each with its offset from UTC.
        forced: what differed when it was resumed by force, in sentences.
        changes: the settings that were changed when it was resumed, in the order of their epochs.
        epochs: number of trained epochs.
        kept_epoch: the epoch, from 1, whose weights the model has.
        final_metrics: metric by name at the kept epoch; None for a number that is not finite.
        best_metrics: metric by name at the best epoch, and `epoch`; None for a number that is not finite.
        expectations: the expectations with their verdicts.
        diagnosis: the findings of the training diagnostics.
    """

    name: str
    experiment_sha256: str
    resolved_sha256: str | None = None  # records of older versions have none
    data_files: tuple[DataFile, ...] = ()  # records of older versions have none
    settings: Mapping[str, Any] = {}  # records of older versions have none
    status: Status
    reason: str | None = None
    started: Moment
    finished: Moment | None = None
    seconds: float | None = None
    seed: int
    device: str | None = None
    threads: int | None = None
    engine: str | None = None
    versions: Mapping[str, str] = {}
    environment: Mapping[str, str] | None = None
    git: GitState | None = None
    command: tuple[str, ...] = ()
    parameters: int | None = None
    target_units: Metrics = {}  # records of older versions have none
    resumed: tuple[Moment, ...] = ()
    forced: tuple[str, ...] = ()  # records of older versions have none
    changes: tuple[SettingChange, ...] = ()  # records of older versions have none
    epochs: int | None = None
    kept_epoch: int | None = None
    final_metrics: Metrics = {}
    best_metrics: Metrics = {}
    expectations: tuple[Verdict, ...] = ()
    diagnosis: tuple[Finding, ...] = ()  # records of older versions have none


def begun(
    experiment: Experiment,
    moment: datetime,
    command: tuple[str, ...],
    versions: Mapping[str, str],
    git: GitState | None = None,
) -> RunRecord:
    """The record of a run of the experiment that starts at this moment."""
    return RunRecord(
        name=experiment.name,
        experiment_sha256=hashlib.sha256(experiment.source).hexdigest(),
        data_files=experiment.columns.files,
        settings=flat_settings(experiment.resolved),
        status="running",
        started=moment,
        seed=experiment.seed,
        command=command,
        versions=versions,
        git=git,
    )


def to_json(record: RunRecord) -> str:
    """The record as JSON; a number that is not finite becomes null.

    Raises:
        ValueError: a time has no offset from UTC.
    """
    return encode_record(record, FORMAT)


def from_json(text: str) -> RunRecord:
    """The record that `to_json` wrote.

    Raises:
        ValueError: the text is no JSON, or no record that this version can read.
    """
    return decode_record(text, RunRecord, FORMAT)


def write_record(folder: Path, record: RunRecord) -> None:
    """Makes `record` the record of the run in `folder`, atomically.

    Raises:
        StorageError: the file could not be written.
    """
    write_text(folder / layout.RECORD, to_json(record))


def read_record(folder: Path) -> RunRecord:
    """The record of the run in `folder`.

    Raises:
        StorageError: there is none, or it cannot be read.
    """
    return read_record_file(folder / layout.RECORD, RunRecord, FORMAT, "a run record")


def recorded_digests(folder: Path) -> tuple[str, ...]:
    """The SHA-256 of the data files of the run in `folder`; none where it is not the folder of a run."""
    try:
        return tuple(file.sha256 for file in read_record(folder).data_files)
    except StorageError:
        return ()


def data_files_of(file: Path, folders: Iterable[Path]) -> DataFiles:
    """The data files that an experiment file may name: those near it, and those that a run in its folder recorded.

    Args:
        file: the experiment file.
        folders: folders whose data files may be read, wherever the experiment lies.
    """
    return DataFiles(folders, recorded_digests(file.parent))


def now() -> datetime:
    """The current time, with its offset from UTC."""
    return datetime.now().astimezone()
