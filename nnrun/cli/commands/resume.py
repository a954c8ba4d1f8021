"""`nnrun resume`: an interrupted run or sweep, resumed as if it had never stopped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnrun.cli import sweep_options, train_options
from nnrun.cli.options import refuse_options, set_option
from nnrun.cli.run_argument import RUN_OR_SWEEP, takes_runs

if TYPE_CHECKING:
    from nnrun.run_options import RunOptions
    from nnrun.sweep.sweep import SweepOptions

_OF_RUNS = ("overrides", "device", "threads", "every", "left_out")
_OF_SWEEPS = ("jobs", "dask", "retry_failed")


@click.command()
@click.argument("folder", type=RUN_OR_SWEEP, metavar="RUN|SWEEP")
@set_option
@click.option("--force", is_flag=True, help="Resume even if the result will differ from that of an uninterrupted run.")
@click.option("--retry-failed", is_flag=True, help="Train the failed trials of a sweep again.")
@takes_runs
@train_options.run_options
@sweep_options.worker_options
def resume(
    folder: Path,
    overrides: tuple[str, ...],
    force: bool,
    retry_failed: bool,
    options: RunOptions,
    jobs: int,
    dask: str | None,
    quiet: bool,
    as_json: bool,
) -> int:
    """Resume an interrupted run or sweep, as if never interrupted.

    RUN is a run, by its folder or name (latest, latest:NAME, …): weights, metrics and all other results become, bit for
    bit, those of a run without interruption. --set epochs=… makes a run longer, --set optimizer.learning_rate=… changes
    the learning rate of the epochs to come. Other settings cannot be changed; other data, another Keras, device or
    number of threads are refused without --force.

    SWEEP is a sweep, named likewise: finished trials stay, the others are trained with the settings that the sweep
    began with; trials whose process died are trained again, failed ones with --retry-failed. Only this option, --jobs,
    --dask, --force, -q and --json apply to it.

    \b
    nnrun resume runs/20261123-142233-xor --set epochs=2000
    nnrun resume runs/20261123-142233-xor-sweep --jobs 4

    \b
    Exit status: as for train and sweep, and 5 if the run or sweep cannot be resumed.
    """
    from nnrun.sweep.sweep_record import is_sweep

    if is_sweep(folder):
        refuse_options(_OF_RUNS, "a sweep keeps the settings that it began with.")
        swept = sweep_options.make_options(jobs, dask)
        return _resume_sweep(folder, swept, quiet, as_json, force=force, retry_failed=retry_failed)
    refuse_options(_OF_SWEEPS, f"{folder} is not the folder of a sweep.")
    with train_options.make_listener(quiet) as listener:
        listener.on_stage(f"reading {folder}")
        from nnrun.run import resume_run

        run = resume_run(folder, options, listener, overrides=overrides, force=force)
    return train_options.conclude(run, as_json)


def _resume_sweep(folder: Path, options: SweepOptions, quiet: bool, as_json: bool, **how: bool) -> int:
    from nnrun.cli import sweep_output
    from nnrun.cli.sweep_progress import make_listener
    from nnrun.sweep.sweep import resume_sweep

    sweep_options.start_workers(options.dask)
    with make_listener(quiet) as listener:
        done = resume_sweep(folder, options, listener, **how)
    return sweep_output.conclude(done, quiet, as_json)
