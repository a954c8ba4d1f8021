"""`nnrun check-resume`: the proof, for one's own experiment, that resuming changes nothing."""

from __future__ import annotations

import random
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnrun.cli import training_options
from nnrun.cli.options import FILE, debug_option, set_option
from nnrun.errors import ResumeError

if TYPE_CHECKING:
    from nnrun.run import RunOptions


@click.command("check-resume")
@click.argument("file", type=FILE)
@set_option
@click.option("--at", type=click.IntRange(min=1), metavar="EPOCH", help="Where to cut; by default at random.")
@debug_option
def check_resume(file: Path, overrides: tuple[str, ...], at: int | None) -> int:
    """Prove that the experiment of FILE gives the same when it is interrupted and resumed.

    Trains it once whole and once cut in two, and compares weights, optimizer, random generators and metrics bit by bit.

    \b
    Exit status: 0 the same, 5 not the same; otherwise as for train.
    """
    from nnrun.load import load_experiment
    from nnrun.runs.checkpoint_writer import Interval

    epochs = load_experiment(file, overrides).epochs
    if epochs < 2:
        raise click.UsageError("Between the epochs of an experiment of one epoch there is nowhere to cut.")
    cut = min(at or random.randint(1, epochs - 1), epochs - 1)
    with tempfile.TemporaryDirectory() as folder:
        means = replace(
            training_options.means(None, None, Interval(), False), command=("nnrun", "check-resume", str(file))
        )
        differences = _differences(file, overrides, cut, Path(folder), means)
    for difference in differences:
        click.echo(difference, err=True)
    same = "not the same" if differences else "the same, bit for bit"
    click.echo(f"{file}: whole, and cut after epoch {cut} of {epochs}: {same}")
    return ResumeError.exit_status if differences else 0


def _differences(file: Path, overrides: tuple[str, ...], cut: int, runs: Path, means: RunOptions) -> list[str]:
    """What the two trainings do not have in common."""
    from nnrun.errors import Interrupted
    from nnrun.run import resume_run, train_file
    from nnrun.run_listener import RunListener
    from nnrun.runs.bitwise import different_arrays, training_result

    whole = train_file(file, means, RunListener(), overrides=overrides, runs_dir=runs / "whole").folder
    try:
        parts = train_file(file, means, RunListener(), overrides=overrides, runs_dir=runs / "cut", until=cut).folder
    except Interrupted:
        (parts,) = (runs / "cut").iterdir()
        resume_run(parts, means, RunListener())
    return different_arrays(training_result(whole), training_result(parts))
