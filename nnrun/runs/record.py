"""The record of a run, `run.json`: what was run, where and with which versions, and its results."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import msgspec

from nnrun.experiment.columns import DataFile
from nnrun.experiment.flat_settings import flat_settings
from nnrun.runs import layout
from nnrun.runs.atomic import write_text
from nnrun.runs.finding import Finding
from nnrun.runs.identity import Identity, settings_digest
from nnrun.runs.layer_summary import LayerSummary
from nnrun.runs.record_file import decode_record, encode_record, read_record_file
from nnrun.runs.relative_path import relative_path
from nnrun.runs.verdict import Verdict

if TYPE_CHECKING:
    from nnrun.experiment.experiment import Experiment

FORMAT = 1

Status = Literal["running", "completed", "failed", "interrupted", "pruned"]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Metrics = Mapping[str, float | None]


class GitState(msgspec.Struct, frozen=True, omit_defaults=True):
    """The commit that was checked out.

    Args:
        commit: its name.
        dirty: whether tracked files differed from it.
        patch: whether their difference is in `git.patch`, is too large, or was not to be saved; None where there is
            none or git did not say it.
    """

    commit: str
    dirty: bool
    patch: Literal["saved", "too large", "off"] | None = None


class SourceRun(msgspec.Struct, frozen=True, omit_defaults=True):
    """The run whose experiment was trained again.

    Args:
        run: its folder, seen from that of the new run where it can be.
        reproduced: whether nothing was changed, to compare the results.
    """

    run: str
    reproduced: bool = False

    def seen_from(self, folder: Path) -> SourceRun:
        """The same with a path relative to `folder`, where it can be."""
        return msgspec.structs.replace(self, run=relative_path(os.path.abspath(self.run), folder))


class SettingChange(msgspec.Struct, frozen=True):
    """A setting that a resumed run has changed, and the first epoch, from 1, that was trained with it."""

    setting: str
    value: float
    epoch: int


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about a run but its arrays, in the order in which `run.json` has it.

    Records of older versions lack what has a default here.

    Args:
        name: the experiment's name.
        experiment_sha256: the SHA-256 of the experiment file's bytes, in hexadecimal digits.
        resolved_sha256: the SHA-256 of its `resolved.yaml`.
        data_files: the files that the data were read from, each with its absolute path and its SHA-256.
        data_sha256: the SHA-256 of the training and validation rows as they were trained on.
        settings: the resolved settings by path, without rows of data.
        settings_sha256: the SHA-256 of all settings that decide what the folder has, data files by their content.
        source_run: the run whose experiment was trained again; None for an experiment file.
        status: how far the run got; `pruned` where a search stopped it early.
        reason: why the run failed or stopped early.
        started: when it started, with its offset from UTC.
        finished: when it ended, with its offset from UTC.
        seconds: how long it took, without the pauses before it was resumed.
        seed: the seed of every random number.
        device: where it was trained, such as `cpu`.
        processor: the processor, or GPUs, that computed it, with the vector instructions of a CPU.
        operating_system: system, architecture and C library, such as `Linux x86_64, glibc 2.36`.
        threads: number of threads within one operation.
        engine: the engine that trained it: graph, xla or keras.
        versions: version by package name.
        environment: the environment variables that change how TensorFlow computes, by name; None in the record of an
            older version.
        git: the state of the repository that the run started in; None outside of one.
        command: the command line, one item per argument.
        parameters: number of parameters of the model.
        training_rows: number of rows that it is trained on.
        layers: its layers after the inputs, with their parameters.
        target_units: what 1 in the loss and the metrics is in the unit of the data, by scaled target column; None for
            a column of several numbers with different scales.
        resumed: when it was resumed after an interruption, each with its offset from UTC.
        forced: what differed when it was resumed, in sentences: what was forced, and another processor or system.
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
    resolved_sha256: str | None = None
    data_files: tuple[DataFile, ...] = ()
    data_sha256: str | None = None
    settings: Mapping[str, Any] = {}
    settings_sha256: str | None = None
    source_run: SourceRun | None = None
    status: Status
    reason: str | None = None
    started: Moment
    finished: Moment | None = None
    seconds: float | None = None
    seed: int
    device: str | None = None
    processor: str | None = None
    operating_system: str | None = None
    threads: int | None = None
    engine: str | None = None
    versions: Mapping[str, str] = {}
    environment: Mapping[str, str] | None = None
    git: GitState | None = None
    command: tuple[str, ...] = ()
    parameters: int | None = None
    training_rows: int | None = None
    layers: tuple[LayerSummary, ...] = ()  # those of trials have none
    target_units: Metrics = {}
    resumed: tuple[Moment, ...] = ()
    forced: tuple[str, ...] = ()
    changes: tuple[SettingChange, ...] = ()
    epochs: int | None = None
    kept_epoch: int | None = None
    final_metrics: Metrics = {}
    best_metrics: Metrics = {}
    expectations: tuple[Verdict, ...] = ()
    diagnosis: tuple[Finding, ...] = ()


def begun(
    experiment: Experiment,
    moment: datetime,
    command: tuple[str, ...],
    versions: Mapping[str, str],
    git: GitState | None = None,
) -> RunRecord:
    """The record of a run of the experiment that starts at this moment."""
    return RunRecord(
        experiment_sha256=hashlib.sha256(experiment.source).hexdigest(),
        **experiment_facts(experiment),
        status="running",
        started=moment,
        command=command,
        versions=versions,
        git=git,
    )


def experiment_facts(experiment: Experiment) -> dict[str, Any]:
    """The fields of a record that say what the experiment is trained with."""
    files = experiment.columns.files
    return {
        "name": experiment.name,
        "seed": experiment.seed,
        "data_files": files,
        "settings": flat_settings(experiment.resolved),
        "settings_sha256": settings_digest(experiment.resolved, {file.path: file.sha256 for file in files}),
    }


def identity_of_record(record: RunRecord) -> Identity:
    """What decided the result of a run, as far as its record says it; its settings are in its resolved file."""
    return Identity(
        versions=record.versions,
        engine=cast(Any, record.engine),
        device=record.device,
        threads=record.threads,
        data=record.data_sha256,
        environment=record.environment,
        files={file.path: file.sha256 for file in record.data_files},
        processor=record.processor,
        system=record.operating_system,
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


def experiment_of(path: Path) -> tuple[Path, SourceRun | None]:
    """The experiment file that a path means, and the run that it belongs to.

    Args:
        path: an experiment file, or the folder of a run, whose `resolved.yaml` is meant.
    """
    file = path / layout.RESOLVED if path.is_dir() else path
    is_of_run = file.name == layout.RESOLVED and (file.parent / layout.RECORD).is_file()
    return file, SourceRun(str(file.parent)) if is_of_run else None


def now() -> datetime:
    """The current time, with its offset from UTC."""
    return datetime.now().astimezone()
