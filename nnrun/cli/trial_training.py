"""The training of a trial of a sweep as a run, and what is said of its comparison with the sweep."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnrun.cli import train_options
from nnrun.errors import ResumeError, TrainingError

if TYPE_CHECKING:
    from nnrun.run_options import RunOptions
    from nnrun.sweep.trained_trial import TrainedTrial


def train_one_trial(
    sweep: Path, index: int, options: RunOptions, *, runs_dir: Path, quiet: bool, watch: bool, as_json: bool
) -> int:
    """Trains a trial of a sweep in a run folder of its own; the exit status.

    Args:
        sweep: the sweep's folder.
        index: the number of the trial.
        options: how the run is computed and stored.
        runs_dir: the folder of all runs.
        quiet: whether nothing but the folder and what differs is printed.
        watch: whether the loss is plotted.
        as_json: whether to print the record.

    Raises:
        TrainingError: the training diverged, as in the sweep.
    """
    done: TrainedTrial | None = None
    try:
        with train_options.make_listener(quiet, watch) as listener:
            listener.on_stage(f"reading {sweep}")
            from nnrun.sweep.trained_trial import train_trial

            done = train_trial(sweep, index, options, listener, runs_dir=runs_dir)
            if done.error is not None:  # the log of the run has it
                raise done.error
    except TrainingError:
        if done is None:
            raise
    name = f"trial {index} of {sweep}"
    if not quiet or done.differences:
        for line in _comparison(done, name):
            click.echo(line, err=True)
    from nnrun.runs.completed_run import CompletedRun

    status = train_options.conclude(CompletedRun(done.folder, done.record), as_json)
    if done.differences:
        return ResumeError.exit_status
    if done.error is not None:
        raise done.error
    return status


def _comparison(done: TrainedTrial, name: str) -> list[str]:
    if not done.differences:
        *first, last = done.compared
        return [f"{', '.join(first)} and {last} are those of {name}, bit for bit."]
    return [f"The run differs from {name}:", *(f"  {line}" for line in (*done.differences, *done.reasons))]
