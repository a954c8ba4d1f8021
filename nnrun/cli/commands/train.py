"""`nnrun train`: an experiment file becomes a trained model and a run folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnrun.cli import training_options
from nnrun.cli.options import FILE, FOLDER, set_option

if TYPE_CHECKING:
    from nnrun.runs.checkpoint_writer import Interval


@click.command()
@click.argument("file", type=FILE)
@set_option
@click.option("--runs-dir", type=FOLDER, default=Path("runs"), show_default=True, help="The folder of all runs.")
@click.option("--name", help="The run's name in place of the experiment's own.")
@click.option("--watch", is_flag=True, help="Show the loss, and for one input the prediction, as curves of text.")
@training_options.means_options
def train(
    file: Path,
    overrides: tuple[str, ...],
    runs_dir: Path,
    name: str | None,
    watch: bool,
    device: str | None,
    threads: int | None,
    every: Interval,
    animated: bool,
    quiet: bool,
    as_json: bool,
) -> int:
    """Train the experiment of FILE.

    Writes metrics, weights, predictions and pictures into a new folder below the runs folder; its path is the last
    line of standard output, all else goes to standard error.

    \b
    Exit status: 0 done, 1 an expectation was not met, 2 bad experiment or usage, 3 training diverged,
    4 a file could not be written, 130 interrupted (nnrun resume goes on).
    """
    from nnrun.run import train_file

    with training_options.watcher(quiet, watch) as watcher:
        run = train_file(
            file,
            training_options.means(device, threads, every, animated),
            watcher,
            overrides=overrides,
            name=name,
            runs_dir=runs_dir,
        )
    return training_options.conclude(run, as_json)
