"""What the commands that train have in common: their options, what they print, how they end."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from nnrun.cli.layout import is_plain
from nnrun.cli.options import debug_option, keras_home

if TYPE_CHECKING:
    from nnrun.run import RunOptions
    from nnrun.run_listener import RunListener
    from nnrun.runs.checkpoint_writer import Interval
    from nnrun.runs.open_run import Run

_NOT_MET = 1
_EVERY = re.compile(r"(?P<seconds>\d+(?:\.\d+)?)s|(?P<epochs>[1-9]\d*)|never")

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _interval(context: click.Context, option: click.Parameter, value: str) -> Interval:
    """How far apart checkpoints are: `10s`, `50` epochs, `never`."""
    from nnrun.runs.checkpoint_writer import Interval

    found = _EVERY.fullmatch(value)
    if found is None:
        message = f"write seconds as 10s, epochs as 50, or never. Received: {value}"
        raise click.BadParameter(message, context, option)
    seconds, epochs = found["seconds"], found["epochs"]
    return Interval(float(seconds) if seconds else None, int(epochs) if epochs else None)


def means_options(command: _Command) -> _Command:
    """The options of every command that trains: where, with how many threads, and how often the state is kept."""
    device = click.option(
        "--device", metavar="auto|cpu|gpu|gpu:N|all", help="Where to train; by default the first GPU, else the CPU."
    )
    threads = click.option(
        "--threads",
        type=click.IntRange(min=1),
        metavar="N",
        help="Threads within one operation; by default all processors.",
    )
    every = click.option(
        "--checkpoint-every",
        "every",
        callback=_interval,
        default="10s",
        show_default=True,
        metavar="SECONDSs|EPOCHS|never",
        help="How often the state is kept for resuming; always at the end and at an interruption.",
    )
    quiet = click.option("-q", "--quiet", is_flag=True, help="Print the run folder alone.")
    as_json = click.option("--json", "as_json", is_flag=True, help="Print the run's record as one line of JSON.")
    animation = click.option(
        "--no-animation", "animated", flag_value=False, default=True, help="Leave the animation of the training away."
    )
    for option in (debug_option, as_json, quiet, animation, every, threads, device):
        command = option(command)
    return command


def means(device: str | None, threads: int | None, every: Interval, animated: bool) -> RunOptions:
    """With what a command trains."""
    from nnrun.run import RunOptions

    return RunOptions(keras_home(), device, threads, every, ("nnrun", *sys.argv[1:]), animated)


def watcher(quiet: bool, curves: bool = False) -> RunListener:
    """Who shows the run: nobody, plain lines, or where a terminal can show them a live line or curves."""
    if quiet:
        from nnrun.cli.signals import InterruptibleWatcher

        return InterruptibleWatcher()
    from nnrun.cli.progress import LogWatcher, ProgressWatcher

    plain = is_plain(sys.stderr)
    if curves and not plain:
        from nnrun.cli.curve_watcher import CurveWatcher

        return CurveWatcher()
    return LogWatcher() if plain else ProgressWatcher()


def conclude(run: Run, as_json: bool) -> int:
    """Prints the run's folder or record; the exit status."""
    click.echo(_json(run) if as_json else str(run.folder))
    unmet = [verdict for verdict in run.record.expectations if not verdict.met]
    if unmet:
        listed = "; ".join(f"{v.expectation} (measured {v.value:g})" for v in unmet if v.value is not None)
        click.echo(f"Not met: {listed}", err=True)
    return _NOT_MET if unmet else 0


def _json(run: Run) -> str:
    from nnrun.runs.record import to_json

    return json.dumps({"folder": str(run.folder), **json.loads(to_json(run.record))})
