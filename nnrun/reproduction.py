"""A finished run trained again from its own resolved file, and whether the results are the same."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from nnrun.data.files.data_files import DataFiles
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.experiment import Experiment
from nnrun.load import load_experiment
from nnrun.run import train_experiment
from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions
from nnrun.runs import layout
from nnrun.runs.arrays import read_arrays
from nnrun.runs.bitwise import different_arrays
from nnrun.runs.completed_run import CompletedRun
from nnrun.runs.identity import Difference, differences, machine_differences
from nnrun.runs.metrics_file import EPOCH, read_metrics
from nnrun.runs.record import (
    RunRecord,
    SourceRun,
    experiment_facts,
    identity_of_record,
    read_record,
)
from nnrun.runs.recorded_files import data_files_of
from nnrun.runs.resume_state import changed_file
from nnrun.runs.stored_weights import BEST

TOLERANCE = 1e-3
FLOOR = 1e-6

_SECONDS = "seconds"


@dataclass(frozen=True)
class MetricPair:
    """A final metric of a run and of its reproduction; NaN where it was not measured or is not finite."""

    name: str
    first: float
    second: float

    @property
    def difference(self) -> float:
        """|a − b| / max(|a|, |b|); 0 where both are equal or not finite, infinite where one alone is not."""
        if self.first == self.second or (math.isnan(self.first) and math.isnan(self.second)):
            return 0.0
        distance = abs(self.first - self.second) / max(abs(self.first), abs(self.second))
        return distance if math.isfinite(distance) else math.inf

    def is_within(self, tolerance: float) -> bool:
        """Whether the values differ by at most `tolerance` of the larger one, or by at most 1e-6."""
        return self.difference <= tolerance or abs(self.first - self.second) <= FLOOR


@dataclass(frozen=True)
class Reproduction:
    """A run, its reproduction, and what differs.

    Args:
        source: the folder of the run.
        folder: the folder of its reproduction.
        identical: whether weights and the metrics at every epoch are the same, bit for bit.
        weights: whether the weights alone are; None where the run no longer has them.
        deciding: what decides a result and differs.
        machine: processor and operating system, which may change the last bits, where they differ.
        remarks: what makes the run another training than its resolved file describes, in sentences.
        epochs: the numbers of trained epochs.
        metrics: the final metrics.
        tolerance: by how much a metric may differ, as a part of its value.
    """

    source: Path
    folder: Path
    identical: bool
    weights: bool | None
    deciding: Sequence[Difference]
    machine: Sequence[Difference]
    remarks: Sequence[str]
    epochs: tuple[int | None, int | None]
    metrics: Sequence[MetricPair]
    tolerance: float

    @property
    def result(self) -> Literal["identical", "equal", "different"]:
        """Identical bit for bit, equal within the tolerance, or different."""
        if self.identical:
            return "identical"
        return "different" if self.epochs[0] != self.epochs[1] or self.beyond else "equal"

    @property
    def beyond(self) -> list[MetricPair]:
        """The metrics that differ by more than the tolerance."""
        return [pair for pair in self.metrics if not pair.is_within(self.tolerance)]

    @property
    def largest(self) -> MetricPair | None:
        """The metric that differs most, as a part of its value; None where there are none."""
        return max(self.metrics, key=lambda pair: pair.difference, default=None)


def reproduce_run(
    source: Path,
    options: RunOptions,
    listener: RunListener,
    *,
    overrides: tuple[str, ...] = (),
    runs_dir: Path = Path("runs"),
    tolerance: float = TOLERANCE,
) -> Reproduction:
    """Trains the experiment of a completed run again in a folder of its own, and compares the results.

    Rounding in single precision changes a number by 6e-8 of its size, and a training multiplies that: the order of
    additions depends on threads and processor. The default tolerance lets the metrics differ in the fourth digit.

    Args:
        source: the folder of the run.
        options: how the new run is computed and stored; by default on the device and with the threads of the run.
        listener: is notified of every step.
        overrides: the place of the data file where it has moved, as `data.generator.csv.path=PATH`.
        runs_dir: the folder of all runs.
        tolerance: by how much a final metric may differ, as a part of its value.

    Raises:
        ExperimentError: the run is not complete, its settings or its data file have changed or are gone.
        TrainingError, Interrupted, StorageError: as for `train_file`.
    """
    record = read_record(source)
    if record.status != "completed":
        hint = f"Resume it: nnrun resume {source}" if record.status in ("interrupted", "running") else None
        raise ExperimentError(
            Problem(f"{source} has no result to reproduce: its status is {record.status}.", hint=hint)
        )
    experiment, files = _load(source, record, overrides, options)
    how = replace(
        options,
        device=options.device or record.device,
        threads=options.threads or record.threads,
        source_run=SourceRun(str(source), reproduced=True),
    )
    run = train_experiment(experiment, files, how, listener, source, runs_dir)
    return _compared(source, record, run, tolerance)


def _load(
    source: Path, record: RunRecord, overrides: tuple[str, ...], options: RunOptions
) -> tuple[Experiment, DataFiles]:
    """The experiment of the run as it was trained, and the data files that it was read with.

    Raises:
        ExperimentError: it is not the same.
    """
    file = source / layout.RESOLVED
    files = data_files_of(file, *options.files)
    try:
        experiment = load_experiment(file, overrides, record.name, files)
    except ExperimentError as error:
        if files.changed:
            raise ExperimentError(*map(changed_file, files.changed)) from error
        raise
    for before, now in zip(record.data_files, experiment.columns.files, strict=False):
        if before.sha256 != now.sha256:
            raise ExperimentError(changed_file(now.path))
    if record.settings_sha256 not in (None, experiment_facts(experiment)["settings_sha256"]):
        hint = f"To train with other settings: nnrun train {source} --set PATH=VALUE"
        raise ExperimentError(Problem(f"The settings are not those that {source} was trained with.", hint=hint))
    return experiment, files


def _compared(source: Path, record: RunRecord, run: CompletedRun, tolerance: float) -> Reproduction:
    weights = _same_weights(source, run.folder)
    then, now = identity_of_record(record), identity_of_record(run.record)
    return Reproduction(
        source,
        run.folder,
        identical=weights is not False and _same_metrics(source, record, run),
        weights=weights,
        deciding=differences(then, now),
        machine=machine_differences(then, now),
        remarks=[*record.forced, *_changes(record)],
        epochs=(record.epochs, run.record.epochs),
        metrics=list(_pairs(record.final_metrics, run.record.final_metrics)),
        tolerance=tolerance,
    )


def _same_weights(source: Path, folder: Path) -> bool | None:
    """Whether the weights are the same, bit for bit; those of the best epoch count where both have them."""
    if not (source / layout.WEIGHTS).is_file():
        return None
    first, second = read_arrays(source / layout.WEIGHTS), read_arrays(folder / layout.WEIGHTS)
    return all(
        name.startswith(BEST) and (name not in first or name not in second) for name in different_arrays(first, second)
    )


def _same_metrics(source: Path, record: RunRecord, run: CompletedRun) -> bool:
    """Whether all metrics are the same at every epoch and at the end."""
    first, second = (read_metrics(folder / layout.METRICS) for folder in (source, run.folder))
    names = {*first, *second} - {_SECONDS, EPOCH}
    same = all(_texts(first.get(name)) == _texts(second.get(name)) for name in names)
    kept = (record.kept_epoch, record.epochs) == (run.record.kept_epoch, run.record.epochs)
    return same and kept and record.final_metrics == run.record.final_metrics


def _texts(values: Iterable[float] | None) -> list[str] | None:
    return None if values is None else list(map(repr, values))  # unlike numbers, two NaN are equal


def _pairs(first: Mapping[str, float | None], second: Mapping[str, float | None]) -> Iterator[MetricPair]:
    for name in dict.fromkeys([*first, *second]):
        values = (math.nan if value is None else value for value in (first.get(name), second.get(name)))
        yield MetricPair(name, *values)


def _changes(record: RunRecord) -> list[str]:
    return [
        f"The setting {change.setting} was changed to {change.value} in epoch {change.epoch} of the run."
        for change in record.changes
    ]
