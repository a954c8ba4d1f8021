"""`nnrun check-resume`: a check that resuming changes no result of an experiment."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnrun.cli.options import FILE, set_option
from nnrun.cli.run_options import make_options
from nnrun.errors import ResumeError

if TYPE_CHECKING:
    from nnrun.training_options import RunOptions


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
    from nnrun.load import load_experiment
    from nnrun.runs.checkpoint_writer import Interval

    epochs = load_experiment(file, overrides).epochs
    if epochs < 2:
        raise click.UsageError("The experiment has one epoch; there is no epoch after which it could be interrupted.")
    cut = min(at or random.randint(1, epochs - 1), epochs - 1)
    with tempfile.TemporaryDirectory() as folder:
        options = make_options(None, None, Interval(), animated=False)
        differences = _differences(file, overrides, cut, Path(folder), options)
    for difference in differences:
        click.echo(difference, err=True)
    result = "different" if differences else "identical, bit for bit"
    click.echo(f"{file}: uninterrupted and resumed after epoch {cut} of {epochs}: {result}")
    return ResumeError.exit_status if differences else 0


def _differences(file: Path, overrides: tuple[str, ...], cut: int, runs: Path, options: RunOptions) -> list[str]:
    """What differs between the uninterrupted and the resumed run."""
    from nnrun.errors import Interrupted
    from nnrun.run import resume_run, train_file
    from nnrun.run_listener import RunListener
    from nnrun.runs.bitwise import different_arrays, training_result

    whole = train_file(file, options, RunListener(), overrides=overrides, runs_dir=runs / "whole").folder
    try:
        parts = train_file(file, options, RunListener(), overrides=overrides, runs_dir=runs / "cut", until=cut).folder
    except Interrupted:
        (parts,) = (runs / "cut").iterdir()
        resume_run(parts, options, RunListener())
    return different_arrays(training_result(whole), training_result(parts))
