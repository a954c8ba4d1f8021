"""`nnrun train`: an experiment file becomes a trained model and a run folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnrun.cli import train_options
from nnrun.cli.options import FILE, runs_dir_option, set_option

if TYPE_CHECKING:
    from nnrun.run_options import RunOptions


@click.command()
@click.argument("file", type=FILE)
@set_option
@runs_dir_option
@click.option("--name", help="The run's name in place of the experiment's own.")
@click.option("--watch", is_flag=True, help="Plot the loss, and for one input the prediction, in the terminal.")
@train_options.run_options
def train(
    file: Path,
    overrides: tuple[str, ...],
    runs_dir: Path,
    name: str | None,
    watch: bool,
    options: RunOptions,
    quiet: bool,
    as_json: bool,
) -> int:
    """Train the experiment of FILE.

    Saves metrics, weights, predictions and plots into a new folder in the runs folder. The path of the new folder is
    the last line of standard output; everything else goes to standard error.

    \b
    Exit status: 0 done, 1 an expectation failed, 2 bad experiment or usage, 3 training diverged,
    4 a file could not be written, 130 interrupted (resume with: nnrun resume RUN).
    """
    with train_options.make_listener(quiet, watch) as listener:
        listener.on_stage(f"reading {file}")
        from nnrun.run import train_file

        run = train_file(file, options, listener, overrides=overrides, name=name, runs_dir=runs_dir)
    return train_options.conclude(run, as_json)
