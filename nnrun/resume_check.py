"""Checks that a run which is interrupted and resumed gives the result of an uninterrupted one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from nnrun.errors import Paused
from nnrun.experiment.trackers import NO_TRACKERS
from nnrun.run import resume_run, train_file
from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions
from nnrun.runs.bitwise import different_arrays, training_result


def find_resume_differences(
    file: Path,
    options: RunOptions,
    cut: int,
    runs_dir: Path,
    overrides: tuple[str, ...] = (),
    listener: Callable[[str], RunListener] = lambda part: RunListener(),
) -> list[str]:
    """Trains an experiment without interruption, and once more interrupted and resumed, and compares the results.

    Args:
        file: the experiment file.
        options: how both runs are computed and stored.
        cut: the epoch, from 1, after which the second run is interrupted.
        runs_dir: an empty folder for both runs.
        overrides: settings to change, each `PATH=VALUE`.
        listener: what is notified of the steps of each training, by its description; by default nobody is.

    Returns:
        The names of the arrays that are not the same, bit for bit.

    Raises:
        ExperimentError, TrainingError, StorageError, ResumeError, Interrupted: as for `train_file` and `resume_run`.
    """
    overrides = (*overrides, NO_TRACKERS)
    uninterrupted = listener("without interruption")
    whole = train_file(file, options, uninterrupted, overrides=overrides, runs_dir=runs_dir / "whole").folder
    try:
        cut_runs = runs_dir / "cut"
        first = listener(f"up to epoch {cut}")
        resumed = train_file(file, replace(options, until=cut), first, overrides=overrides, runs_dir=cut_runs).folder
    except Paused:
        (resumed,) = cut_runs.iterdir()
        resume_run(resumed, options, listener(f"resumed from epoch {cut}"))
    return different_arrays(training_result(whole), training_result(resumed))
