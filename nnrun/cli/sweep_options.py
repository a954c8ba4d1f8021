"""What the commands that train a sweep share: where its trials are trained, and with what."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from nnrun.cli.options import Command
from nnrun.cli.settings import code_access
from nnrun.cli.signals import before_exit
from nnrun.machine import keras_home

if TYPE_CHECKING:
    from nnrun.sweep.sweep import SweepOptions

LOCAL = "local"


def worker_options(command: Command) -> Command:
    """The options that say which processes train."""
    jobs = click.option(
        "--jobs",
        type=click.IntRange(min=1),
        default=1,
        show_default=True,
        metavar="N",
        callback=_jobs,
        help="How many processes train; the results are the same for any number.",
    )
    dask = click.option(
        "--dask",
        metavar="ADDRESS",
        is_eager=True,
        help=f"Train on the workers of this Dask scheduler; {LOCAL} starts workers on this machine.",
    )
    return jobs(dask(command))


def device_options(command: Command) -> Command:
    """The options that say where trials are trained, and with how many threads."""
    device = click.option(
        "--device", metavar="auto|cpu|gpu|gpu:N", default="auto", show_default=True, help="The device to train on."
    )
    threads = click.option(
        "--threads",
        type=click.IntRange(min=1),
        default=1,
        show_default=True,
        metavar="N",
        help="Threads within one operation, the same for every trial and any --jobs.",
    )
    return device(threads(command))


def _jobs(context: click.Context, option: click.Parameter, value: int) -> int:
    """Refuses `--jobs` beside a scheduler elsewhere, whose workers train."""
    if value != 1 and context.params.get("dask") not in (None, LOCAL):
        raise click.UsageError("--jobs has no effect with --dask ADDRESS: the scheduler's workers train.", context)
    return value


def start_workers(dask: str | None) -> None:
    """Lets TensorFlow load in the background while the trials are planned and checked, if processes here train."""
    if dask is None:
        from nnrun.sweep.execute.forkserver import remove_server_folder, start_server

        start_server()
        before_exit(remove_server_folder)


def make_options(jobs: int, dask: str | None, **settings: Any) -> SweepOptions:
    """The options of a sweep, with the command line and the environment.

    Args:
        jobs: how many processes train.
        dask: the address of a scheduler whose workers train, or `local`, or None.
        settings: what a new sweep begins with: `keep`, `device`, `threads`, `report`, `ending`.
    """
    from nnrun.sweep.sweep import SweepOptions

    command = ("nnrun", *sys.argv[1:])
    settings = {"report": True, **settings}
    return SweepOptions(keras_home(), jobs, dask=dask, command=command, code=code_access(), **settings)
