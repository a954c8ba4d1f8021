"""What the commands that train one run share: their options, their listener, their result."""

from __future__ import annotations

import functools
import json
import re
import sys
from typing import TYPE_CHECKING, Any

import click

from nnrun.cli.memory import machine_memory
from nnrun.cli.options import Command, data_folders, keras_home, output_options
from nnrun.cli.terminal import is_plain

if TYPE_CHECKING:
    from nnrun.run import Run
    from nnrun.run_listener import RunListener
    from nnrun.run_options import RunOptions
    from nnrun.runs.checkpoint_writer import Interval

_NOT_MET = 1
_EVERY = re.compile(r"(?P<seconds>\d+(?:\.\d+)?)s|(?P<epochs>[1-9]\d*)|never")


def run_options(command: Command) -> Command:
    """The options of every command that trains a run; the command takes them as one argument, `options`."""

    @functools.wraps(command)
    def with_options(*, device: str | None, threads: int | None, every: Interval, animated: bool, **others: Any) -> Any:
        return command(**others, options=make_options(device, threads, every, animated))

    options = (
        click.option(
            "--device",
            metavar="auto|cpu|gpu|gpu:N|all",
            help="The device to train on; by default the first GPU, else the CPU.",
        ),
        click.option(
            "--threads",
            type=click.IntRange(min=1),
            metavar="N",
            help="Threads within one operation; by default one per processor.",
        ),
        click.option(
            "--checkpoint-every",
            "every",
            callback=_interval,
            default="10s",
            show_default=True,
            metavar="SECONDSs|EPOCHS|never",
            help="How often a checkpoint is saved; one is always saved at the end and at an interruption.",
        ),
        click.option("--no-animation", "animated", flag_value=False, default=True, help="Skip the animation."),
        output_options("run"),
    )
    return functools.reduce(lambda decorated, option: option(decorated), reversed(options), with_options)  # type: ignore[return-value]


def make_options(device: str | None, threads: int | None, every: Interval, animated: bool) -> RunOptions:
    """The options of a run, with the command line and the environment."""
    from nnrun.run_options import RunOptions

    command = ("nnrun", *sys.argv[1:])
    return RunOptions(
        keras_home(), device, threads, every, command, animated, memory=machine_memory(), data_folders=data_folders()
    )


def make_listener(quiet: bool, curves: bool = False) -> RunListener:
    """What shows a run: nothing, plain lines, or on a terminal that supports it a live line or curves."""
    if quiet:
        from nnrun.cli.interruptible import InterruptibleListener

        return InterruptibleListener()
    from nnrun.cli.progress import LogListener, ProgressListener

    plain = is_plain(sys.stderr)
    if curves and not plain:
        from nnrun.cli.curve_listener import CurveListener

        return CurveListener()
    return LogListener() if plain else ProgressListener()


def conclude(run: Run, as_json: bool) -> int:
    """Prints the run's folder or record; the exit status."""
    click.echo(_json(run) if as_json else str(run.folder))
    from nnrun.number_text import short

    unmet = [verdict for verdict in run.record.expectations if not verdict.met]
    if unmet:
        listed = "; ".join(f"{verdict.expectation} ({verdict.describe(short)})" for verdict in unmet)
        click.echo(f"Failed expectations: {listed}", err=True)
    return _NOT_MET if unmet else 0


def _interval(context: click.Context, option: click.Parameter, value: str) -> Interval:
    """How far apart checkpoints are: `10s`, `50` epochs, `never`."""
    from nnrun.runs.checkpoint_writer import Interval

    found = _EVERY.fullmatch(value)
    if found is None:
        message = f"write seconds as 10s, epochs as 50, or never. Received: {value}"
        raise click.BadParameter(message, context, option)
    seconds, epochs = found["seconds"], found["epochs"]
    return Interval(float(seconds) if seconds else None, int(epochs) if epochs else None)


def _json(run: Run) -> str:
    from nnrun.runs.record import to_json

    return json.dumps({"folder": str(run.folder), **json.loads(to_json(run.record))})
