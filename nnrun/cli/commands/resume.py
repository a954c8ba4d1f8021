"""`nnrun resume`: an interrupted run goes on as if it had never stopped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnrun.cli import training_options
from nnrun.cli.options import FOLDER, set_option
from nnrun.errors import ExperimentError, Problem

if TYPE_CHECKING:
    from nnrun.runs.checkpoint_writer import Interval


@click.command()
@click.argument("run", type=FOLDER)
@set_option
@click.option("--force", is_flag=True, help="Go on even where the result will not be that of an uninterrupted run.")
@training_options.means_options
def resume(
    run: Path,
    overrides: tuple[str, ...],
    force: bool,
    device: str | None,
    threads: int | None,
    every: Interval,
    animated: bool,
    quiet: bool,
    as_json: bool,
) -> int:
    """Go on with the run in the folder RUN, interrupted or killed, as if it had never stopped.

    Weights, metrics and all else become, bit for bit, those of a run without interruption. --set epochs=… makes a
    run longer. Another experiment, other data, another Keras, device or number of threads are refused.

    \b
    Exit status: as for train, and 5 where the run cannot go on.
    """
    from nnrun.sweep.sweep_record import is_sweep

    if is_sweep(run):
        hint = f"nnrun sweep --resume {run} goes on with it."
        raise ExperimentError(Problem(f"{run} is the folder of a sweep.", hint=hint))

    from nnrun.run import resume_run

    with training_options.watcher(quiet) as watcher:
        done = resume_run(
            run, training_options.means(device, threads, every, animated), watcher, overrides=overrides, force=force
        )
    return training_options.conclude(done, as_json)
