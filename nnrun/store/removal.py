"""Which runs are removed, and removing them: nothing outside the folder of runs, nothing that is not a run."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.metric_direction import larger_is_better
from nnrun.runs import layout
from nnrun.runs.lock import is_occupied, occupied
from nnrun.runs.storage_errors import storage_errors
from nnrun.store.collection import read_runs
from nnrun.store.stored_run import StoredRun

# Everything of a run that is large and can be trained again.
WEIGHTS = (layout.MODEL, layout.WEIGHTS, layout.TRACE, layout.CHECKPOINT, layout.PREVIOUS_CHECKPOINT)


def older_runs(runs_dir: Path, age: timedelta, now: datetime) -> list[Path]:
    """The folders of the runs that started longer ago than `age`, the newest first; those that run are left out.

    Raises:
        StorageError: the folder cannot be read.
    """
    known = (run for run in read_runs(runs_dir) if run.summary)
    return [run.folder for run in known if now - run.started > age and run.status != "running"]


def without_best(folders: Sequence[Path], runs_dir: Path, metric: str) -> tuple[list[Path], list[str]]:
    """The folders without that of the best completed run of each experiment, and the experiments without a best run.

    The completed runs of an experiment of which none has the metric are all left out: any of them may be the best.

    Args:
        folders: folders of runs.
        runs_dir: the folder of all runs.
        metric: the final metric that decides.

    Raises:
        ExperimentError: no run has this metric.
    """
    completed: dict[str, list[StoredRun]] = {}
    for run in read_runs(runs_dir):
        if run.summary is not None and run.status == "completed":
            completed.setdefault(run.summary.name, []).append(run)
    sign = -1 if larger_is_better(metric) else 1
    kept: set[Path] = set()
    unmeasured: dict[str, set[Path]] = {}
    for name, runs in completed.items():
        measured = [run for run in runs if not math.isnan(run.metric(metric))]
        best = [min(measured, key=lambda run: sign * run.metric(metric))] if measured else runs
        unmeasured |= {} if measured else {name: {run.folder.resolve() for run in runs}}
        kept |= {run.folder.resolve() for run in best}
    if len(unmeasured) == len(completed):
        hint = "nnrun list --format json shows the metrics of every run."
        raise ExperimentError(Problem(f'No completed run in {runs_dir} has the metric "{metric}".', hint=hint))
    named = {folder.resolve() for folder in folders}
    return [folder for folder in folders if folder.resolve() not in kept], [
        name for name, runs in unmeasured.items() if runs & named
    ]


def check_removable(folders: Iterable[Path], runs_dir: Path) -> None:
    """Refuses folders that must not be removed.

    Raises:
        ExperimentError: a folder is a link, lies outside `runs_dir`, is no run or sweep, or a process trains in it.
    """
    problems = [problem for folder in folders if (problem := _reason_to_keep(folder, runs_dir))]
    if problems:
        raise ExperimentError(*problems)


def _reason_to_keep(folder: Path, runs_dir: Path) -> Problem | None:
    if folder.is_symlink():
        return Problem(f"{folder} is a link and was not removed.", hint="Remove the link itself: rm")
    root = runs_dir.resolve()
    if root not in folder.resolve().parents:
        return Problem(f"{folder} is not in {runs_dir}, the folder of runs.", hint="Name its folder: --runs-dir")
    if not any((folder / record).is_file() for record in (layout.RECORD, layout.SWEEP_RECORD)):
        return Problem(f"{folder} is not the folder of a run or sweep.", hint="nnrun list shows all runs.")
    # In the folder of a sweep, one process trains all trials.
    own = [folder, *(parent for parent in folder.resolve().parents if root in parent.parents)]
    if any(map(is_occupied, own)):
        return Problem(f"A process is training in {folder}.", hint="Wait for it, or end it first.")
    return None


def remove_run(folder: Path, *, weights_only: bool = False) -> None:
    """Removes a run, or only its weights, checkpoints and trace; links in it are removed, not followed.

    Args:
        folder: the folder of a run or sweep that `check_removable` accepts.
        weights_only: whether record, metrics, pictures and report stay.

    Raises:
        ResumeError: a process has begun to train in it.
        StorageError: a file could not be removed.
    """
    with occupied(folder), storage_errors("remove", folder):
        if not weights_only:
            shutil.rmtree(folder)
            return
        for path, _, names in os.walk(folder):
            for name in set(names) & set(WEIGHTS):
                os.unlink(os.path.join(path, name))
