"""`nnrun merge`: the finished shards of a sweep become one sweep."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from nnrun.cli import sweep_output
from nnrun.cli.options import output_options
from nnrun.cli.run_argument import RUN_OR_SWEEP, runs_dir_of, takes_runs
from nnrun.cli.signals import raise_if_interrupted


@click.command()
@click.argument("shards", nargs=-1, required=True, type=RUN_OR_SWEEP, metavar="SHARD...")
@takes_runs
@output_options("sweep")
def merge(shards: tuple[Path, ...], quiet: bool, as_json: bool) -> int:
    """Join the finished shards of a sweep into one sweep.

    SHARD is a shard by its folder or name, as nnrun sweep --shard I/N writes it; all N are needed. The new sweep has
    the tables, plots and report that the undivided sweep would have. Shards of different sweeps, and missing or
    unfinished ones, are refused. The shards' folders are not changed. The new folder is the last line of standard
    output.

    \b
    nnrun merge runs/20261123-142233-xor-sweep-1of2 runs/20261123-142240-xor-sweep-2of2

    \b
    Exit status: that of the undivided sweep, see sweep; 5 a shard is being trained.
    """
    from nnrun.sweep.plan.plan import sweep_settings
    from nnrun.sweep.results.merging import merge_shards
    from nnrun.sweep.results.sweep_report import report_or_warn
    from nnrun.sweep.sweep_folder import read_request

    runs_dir = runs_dir_of(click.get_current_context())
    done = merge_shards(shards, runs_dir=runs_dir, command=("nnrun", *sys.argv[1:]))
    if sweep_settings(read_request(done.folder, done.record)).report:
        report_or_warn(done.folder, lambda warning: click.echo(warning, err=True), raise_if_interrupted)
    return sweep_output.conclude(done, quiet, as_json)
