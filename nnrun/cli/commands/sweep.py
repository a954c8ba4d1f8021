"""`nnrun sweep`: one experiment file becomes many runs, and the tables that compare them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nnrun.cli import sweep_options, sweep_output
from nnrun.cli.options import FILE, moved_option, output_options, runs_dir_option, set_option
from nnrun.cli.plan_output import render_plan
from nnrun.cli.settings import code_access, data_folders
from nnrun.machine import keras_home, machine_memory

if TYPE_CHECKING:
    from nnrun.sweep.plan.plan import SweepPlan


def _quoted(context: click.Context, option: click.Parameter, grids: tuple[str, ...]) -> tuple[str, ...]:
    """Refuses a list that the shell has split at its blanks."""
    if any(grid.count("[") > grid.count("]") for grid in grids):
        raise click.UsageError('A list with blanks needs quotes: --grid "layers.0.units=[16, 32]".', context)
    return grids


@click.command()
@click.argument("file", type=FILE)
@click.option(
    "--grid",
    "grids",
    multiple=True,
    callback=_quoted,
    metavar="PATH=VALUES",
    help="Train with each of these values of a setting, as seed=0..99 or layers.0.units=[16, 32].",
)
@set_option
@sweep_options.worker_options
@click.option("--shard", metavar="I/N", help="Train only the Ith of N equal parts, as one of N machines does.")
@click.option(
    "--keep",
    type=click.Choice(["auto", "all", "best", "none", "table"]),
    default="auto",
    show_default=True,
    help="Whose weights are saved. The best trial has the best objective, else is the first to reach "
    "the target of the sweep, else has the lowest final loss. table: one table in place of the folders of the trials, "
    "of which many are trained at once. auto: as the file says, else all, from 2,000 trials on table.",
)
@click.option("--dry-run", is_flag=True, help="Check the trials and list them, or what is searched; train none.")
@runs_dir_option
@sweep_options.device_options
@output_options("sweep")
@moved_option("--merge", "nnrun merge SHARD… joins finished shards.")
@moved_option("--resume", "nnrun resume SWEEP resumes a sweep.", takes_value=True)
@moved_option("--fail-fast", "write --set sweep.fail_fast=true, or fail_fast: true under sweep: in the file.")
@moved_option("--no-report", "write --set sweep.report=false, or report: false under sweep: in the file.")
def sweep(
    file: Path,
    grids: tuple[str, ...],
    overrides: tuple[str, ...],
    jobs: int,
    dask: str | None,
    shard: str | None,
    keep: Any,
    dry_run: bool,
    runs_dir: Path,
    device: str,
    threads: int,
    quiet: bool,
    as_json: bool,
) -> int:
    """Train an experiment many times: grid, seeds, search.

    The section sweep: of the file, or --grid, defines the trials: a grid, random trials, variants, or a search with
    Optuna. VALUES are a list as [16, 32], a range as
    0..99 or 0..100 step 10, or a series as linear(0, 1, 5) or log(1e-4, 1e-1, 5). The trials are checked before the
    first is trained. The sweep's folder is the last line of standard output; it contains trials.csv, summary.csv,
    plots, report.html and a run folder per trial.

    \b
    nnrun sweep experiments/xor.yaml --grid seed=0..99
    nnrun sweep experiments/xor.yaml --grid seed=0..9 --grid "optimizer.learning_rate=[0.001, 0.01, 0.1]"
    nnrun sweep experiments/xor.yaml --grid seed=0..99 --shard 2/4

    An interrupted sweep is resumed with nnrun resume SWEEP; finished shards are joined with nnrun merge.

    \b
    Exit status: the worst that one of the trials alone would have, see train; 130 interrupted.
    """
    if not dry_run:
        sweep_options.start_workers(dask)
    plan = _plan(file, overrides, grids, shard, runs_dir, quiet=quiet or dry_run)
    plan.refuse_too_large(machine_memory())
    if dry_run:
        for part in render_plan(plan, as_json):
            click.echo(part, nl=False)
        return 0
    from nnrun.cli.sweep_progress import make_listener
    from nnrun.sweep.sweep import run_sweep

    options = sweep_options.make_options(
        jobs, dask, keep=None if keep == "auto" else keep, device=device, threads=threads
    )
    with make_listener(quiet) as listener:
        done = run_sweep(plan, options, listener, runs_dir=runs_dir)
    return sweep_output.conclude(done, quiet, as_json)


def _plan(
    file: Path, overrides: tuple[str, ...], grids: tuple[str, ...], shard: str | None, runs_dir: Path, *, quiet: bool
) -> SweepPlan:
    from nnrun.data.files.data_files import cell_room
    from nnrun.sweep.plan.plan import plan_sweep, request_sweep
    from nnrun.sweep.plan.shard import parse_shard

    part = parse_shard(shard) if shard is not None else None
    request = request_sweep(file, overrides, grids, data_folders(), runs_dir, code_access(), cell_room(keras_home()))
    if quiet:
        return plan_sweep(request).part(part)
    from nnrun.cli.stage_line import shown_stages

    with shown_stages(f"checking the trials of {file}"):
        return plan_sweep(request).part(part)
