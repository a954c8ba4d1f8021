"""`nnrun train`: an experiment file becomes a trained model and a run folder."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnrun.cli import train_options
from nnrun.cli.file_training import FileTraining
from nnrun.cli.fresh_process import LeftToTrain, left_by_process_before
from nnrun.cli.options import refuse_options, set_option
from nnrun.cli.run_argument import FILE_OR_RUN, RUN, TRIAL, runs_dir_of, takes_runs
from nnrun.cli.trial_training import train_one_trial
from nnrun.experiment.trackers import TRACKERS

if TYPE_CHECKING:
    from nnrun.run_options import RunOptions

_NOT_OF_TRIALS = ("overrides", "if_needed", "name", "start", "track")


@click.command()
@click.argument("files", type=FILE_OR_RUN, nargs=-1, metavar="FILE|RUN...")
@set_option
@takes_runs
@click.option("--if-needed", is_flag=True, help="Train only what no completed run has trained; print its folder.")
@click.option("--name", help="The run's name in place of the experiment's own.")
@click.option(
    "--start-from",
    "start",
    type=RUN,
    help="Start from the weights of this run instead of random ones.",
)
@click.option(
    "--trial",
    type=TRIAL,
    metavar="SWEEP/INDEX",
    hidden=True,  # the text above names it: more than twelve options are hard to read
    help="Make the run folder of this trial of a sweep, and check that it has the results of the sweep.",
)
@click.option(
    "--track",
    multiple=True,
    type=click.Choice(TRACKERS),
    hidden=True,  # as --trial
    help="Log the run to this tracker, tensorboard or mlflow, in place of the experiment's own; may be repeated.",
)
@click.option("--watch", is_flag=True, help="Plot the loss, and for one input the prediction, in the terminal.")
@train_options.run_options
def train(
    files: tuple[Path, ...],
    overrides: tuple[str, ...],
    if_needed: bool,
    name: str | None,
    start: Path | None,
    trial: tuple[Path, int] | None,
    track: tuple[str, ...],
    watch: bool,
    options: RunOptions,
    quiet: bool,
    as_json: bool,
) -> int:
    """Train the experiment of each FILE, or that of a RUN again.

    Saves metrics, weights, predictions and plots into a new folder in the runs folder. The path of the new folder is
    the last line of standard output, for several files a line each; everything else goes to standard error. A RUN,
    named by its folder, the beginning of its name, latest, latest:NAME, best:METRIC or SWEEP/INDEX, is trained again
    with its own settings, and those of --set.

    Several files are trained one after another in one process, which loads TensorFlow once, and compiles once what
    differs only in seed, learning rate, epochs or data; after 40 compiled programs in a fresh one. The error of one
    does not keep the others from being trained.

    With --if-needed, an experiment is not trained whose completed run is in the runs folder: with the same settings,
    data files, versions, threads and device. Its present expectations are judged. While another process trains it with
    --if-needed, this one waits.

    With --track tensorboard or mlflow, the run is logged to that tracker, as with the setting tracking.

    With --baseline, which takes a RUN or a file such as its run.json, the expectations may compare with that run.

    With --trial, a trial of a sweep is trained in a run folder of its own, with the settings, threads and device of the
    sweep: also one that is a row of a table. Status, epochs, final metrics, and weights where the sweep has kept them,
    must be those of the sweep, bit for bit; the exit status is 5 where they are not.

    \b
    nnrun train xor.yaml --set optimizer.learning_rate=0.1
    nnrun train experiments/*.yaml --no-plots
    nnrun train latest:xor --set epochs=1000
    nnrun train more-moons.yaml --start-from best:val_loss:moons
    nnrun train --trial latest:xor-sweep/4711

    \b
    Exit status: 0 done, 1 an expectation failed, 2 bad experiment, 3 training diverged,
    4 a file could not be written, 64 wrong usage, 130 interrupted (resume with: nnrun resume RUN);
    of several the highest.
    """
    runs_dir = runs_dir_of(click.get_current_context())
    if trial is not None:
        if files:
            raise click.UsageError(f"{files[0]} does not apply: --trial names what is trained.")
        refuse_options(_NOT_OF_TRIALS, "the trial has the settings of its sweep.")
        return train_one_trial(*trial, options, runs_dir=runs_dir, quiet=quiet, watch=watch, as_json=as_json)
    if not files:
        raise click.UsageError("Missing argument 'FILE|RUN...'.")
    if name is not None and len(files) > 1:
        raise click.UsageError("--name names one run; several files need names of their own.")
    left = left_by_process_before() or LeftToTrain(files, start, options.baseline)
    training = FileTraining(
        replace(options, baseline=left.baseline),
        {"overrides": (*overrides, *_start(left.start), *_tracking(track)), "name": name, "runs_dir": runs_dir},
        if_needed=if_needed,
        quiet=quiet,
        watch=watch,
        as_json=as_json,
    )
    return training.train_all(left, len(files))


def _tracking(names: tuple[str, ...]) -> tuple[str, ...]:
    """The override that logs to these trackers."""
    return (f"tracking={json.dumps(names)}",) if names else ()


def _start(run: Path | None) -> tuple[str, ...]:
    """The overrides by which the weights of a run are the initial ones."""
    if run is None:
        return ()
    from nnrun.experiment.start_section import start_overrides

    return start_overrides(run)
