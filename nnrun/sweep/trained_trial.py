"""A trial of a sweep as a run of its own, checked against what the sweep has of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from nnrun.data.dataset import Array
from nnrun.errors import TrainingError
from nnrun.run import train_experiment
from nnrun.run_listener import FolderListener, ListenerGroup, RunListener
from nnrun.run_options import RunOptions
from nnrun.runs import layout
from nnrun.runs.arrays import read_arrays
from nnrun.runs.metrics_file import read_metrics
from nnrun.runs.record import RunRecord, SourceRun, read_record
from nnrun.runs.stored_weights import BEST
from nnrun.sweep.plan.plan import plan_sweep
from nnrun.sweep.plan.shard import parse_shard
from nnrun.sweep.stored_trial import StoredTrial, planned_trial, read_trial
from nnrun.sweep.sweep_folder import read_request
from nnrun.sweep.sweep_identity import check_same_sweep
from nnrun.sweep.sweep_record import read_sweep_record


@dataclass(frozen=True)
class TrainedTrial:
    """A trial that was trained once more.

    Args:
        folder: the folder of its run.
        record: the record of its run.
        error: what ended the training, where it diverged.
        compared: what was compared, in words.
        differences: what is not the same, in sentences.
        reasons: what decides a result and has changed since the sweep began, in sentences.
    """

    folder: Path
    record: RunRecord
    error: TrainingError | None
    compared: tuple[str, ...]
    differences: tuple[str, ...]
    reasons: tuple[str, ...]


def train_trial(
    sweep: Path, index: int, options: RunOptions, listener: RunListener, *, runs_dir: Path = Path("runs")
) -> TrainedTrial:
    """Trains a trial of a sweep in a run folder of its own, and compares the result with that of the sweep.

    It is made from the sweep's own experiment file and options, and has the threads and the device of the sweep.

    Args:
        sweep: the sweep's folder.
        index: the number of the trial.
        options: how the run is computed and stored; by default with the threads and on the device of the sweep.
        listener: is notified of every step.
        runs_dir: the folder of all runs.

    Raises:
        RunError: the sweep has no such trial, or it is not finished.
        ResumeError: the file of the sweep gives other trials now.
        ExperimentError: the settings of the trial make no valid experiment.
        Interrupted, StorageError: as for `train_file`.
    """
    record = read_sweep_record(sweep)
    stored = read_trial(sweep, record, index)
    _, code, room = options.files
    whole = plan_sweep(read_request(sweep, record, code, room))
    how = replace(
        options,
        device=options.device or record.device,
        threads=options.threads or record.threads,
        free_memory=None,  # as in the sweep, whose trials are not streamed for lack of memory
        source_run=SourceRun(str(sweep / str(index)), reproduced=True),
    )
    part = whole.part(parse_shard(record.shard) if record.shard else None)
    reasons = check_same_sweep(record, part, how.threads or 1, how.device or "auto", force=True)
    trial = planned_trial(part, index, stored.settings)
    claimed, error = FolderListener(), None
    try:
        folder, told = whole.request.folder, ListenerGroup(listener, claimed)
        train_experiment(trial.experiment, whole.files, how, told, folder, runs_dir)
    except TrainingError as diverged:
        if claimed.folder is None or not claimed.folder.is_dir():
            raise
        error = diverged
    assert claimed.folder is not None
    weighed = bool(stored.weights) and stored.status == "completed"
    return TrainedTrial(
        folder=claimed.folder,
        record=read_record(claimed.folder),
        error=error,
        compared=("status", "epochs", "final metrics", *(["weights"] if weighed else [])),
        differences=tuple(_differences(stored, claimed.folder)),
        reasons=tuple(reasons),
    )


def _differences(stored: StoredTrial, folder: Path) -> Iterator[str]:
    """What a run has otherwise than the trial, in sentences; of a pruned trial up to its last epoch."""
    record = read_record(folder)
    status, epochs = record.status, record.epochs or 0
    final = {name: value for name, value in record.final_metrics.items() if value is not None}
    if stored.status == "pruned" and stored.epochs <= epochs:
        history = read_metrics(folder / layout.METRICS)
        status, epochs = "pruned", stored.epochs
        final = {name: history[name][epochs - 1] for name in stored.final if name in history}
    if status != stored.status:
        yield f"The run is {status}, the trial {stored.status}."
    if epochs != stored.epochs:
        yield f"The run trained {epochs} epochs, the trial {stored.epochs}."
    for name in dict.fromkeys([*stored.final, *final]):
        if final.get(name) != stored.final.get(name):
            yield f"The final {name} is {final.get(name)!r} in the run and {stored.final.get(name)!r} in the trial."
    if record.status == stored.status == "completed":
        yield from _different_weights(stored.weights, read_arrays(folder / layout.WEIGHTS))


def _different_weights(stored: Mapping[str, Array], own: Mapping[str, Array]) -> Iterator[str]:
    for name, array in own.items() if stored else ():
        if name.startswith(BEST):
            continue
        known = stored.get(name)
        if known is None or not np.array_equal(_cut(known, array), array, equal_nan=array.dtype.kind == "f"):
            yield f"The weights {name} differ."


def _cut(stored: Array, own: Array) -> Array:
    """The part of an array of the table that a network of this size has."""
    lacking = stored.ndim - own.ndim
    if lacking < 0:
        return stored
    return stored[tuple(map(slice, own.shape)) + (0,) * lacking]
