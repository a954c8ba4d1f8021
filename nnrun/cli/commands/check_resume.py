"""`nnrun check-resume`: a check that resuming changes no result of an experiment."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path

import click

from nnrun.cli.options import FILE, set_option
from nnrun.cli.settings import code_access, data_folders
from nnrun.cli.temporary_folder import temporary_folder
from nnrun.cli.train_options import make_options
from nnrun.errors import ExperimentError, Place, Problem, ResumeError


@click.command("check-resume")
@click.argument("file", type=FILE)
@set_option
@click.option(
    "--at", type=click.IntRange(min=1), metavar="EPOCH", help="Interrupt after this epoch; by default a random one."
)
def check_resume(file: Path, overrides: tuple[str, ...], at: int | None) -> int:
    """Check that an interruption does not change the results.

    Trains the experiment of FILE twice, once without interruption and once interrupted and resumed, and compares
    weights, optimizer state, random generators and metrics bit by bit.

    \b
    Exit status: 0 identical, 5 different; otherwise as for train.
    """
    from nnrun.cli.stage_line import StageListener, shown_stages

    with shown_stages(f"reading {file}"):
        from nnrun.load import load_experiment
        from nnrun.resume_check import find_resume_differences
        from nnrun.runs.interval import Interval
        from nnrun.runs.recorded_files import data_files_of

        files = data_files_of(file, data_folders(), code_access(), in_part=True)  # the trainings read the rest
        epochs = load_experiment(file, overrides, files=files).epochs
    if epochs < 2:
        raise ExperimentError("The experiment has one epoch; there is no epoch after which it could be interrupted.")
    if at is not None and at >= epochs:
        message = f"The interruption must be after an epoch between 1 and {epochs - 1}. Received: {at}"
        raise ExperimentError(Problem(message, Place("--at", 0, 1, str(at))))
    cut = at or random.randint(1, epochs - 1)
    with temporary_folder() as folder, shown_stages("preparing") as line:
        options = make_options(None, None, Interval(), left_out=["animation", "plots", "report"])
        differences = find_resume_differences(file, options, cut, folder, overrides, partial(StageListener, line))
    for difference in differences:
        click.echo(difference, err=True)
    result = "different" if differences else "identical, bit for bit"
    click.echo(f"{file}: uninterrupted and resumed after epoch {cut} of {epochs}: {result}")
    return ResumeError.exit_status if differences else 0
