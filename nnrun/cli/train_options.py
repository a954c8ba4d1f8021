"""What the commands that train one run share: their options, their listener, their result."""

from __future__ import annotations

import functools
import json
import re
import sys
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import click

from nnrun.cli.held_resources import held_resources
from nnrun.cli.options import Command, LeavingOut, output_options
from nnrun.cli.run_argument import FILE_OR_RUN
from nnrun.cli.settings import code_access, data_folders, saves_git_patch
from nnrun.cli.terminal import is_ci, is_plain
from nnrun.machine import free_memory, keras_home, machine_memory

if TYPE_CHECKING:
    from pathlib import Path

    from nnrun.needed_run import NeededRun
    from nnrun.run_listener import RunListener
    from nnrun.run_options import RunOptions
    from nnrun.runs.completed_run import CompletedRun
    from nnrun.runs.interval import Interval

_NOT_MET = 1
_EVERY = re.compile(r"(?P<seconds>\d+(?:\.\d+)?)s|(?P<epochs>[1-9]\d*)|never")


def run_options(command: Command) -> Command:
    """The options of every command that trains a run; the command takes those of `computing_options` as `options`."""
    return computing_options(output_options("run")(command))


def computing_options(command: Command) -> Command:
    """How a run is computed and what is left out; the command takes it as one argument, `options`."""

    @functools.wraps(command)
    def with_options(
        *,
        device: str | None,
        threads: int | None,
        every: Interval,
        left_out: tuple[str, ...],
        baseline: Path | None,
        **others: Any,
    ) -> Any:
        return command(**others, options=make_options(device, threads, every, left_out, baseline))

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
        click.option(
            "--no-animation",
            "--no-plots",
            "--no-report",
            "left_out",
            cls=LeavingOut,
            help="Skip the animation, all plots, or the report.",
        ),
        click.option(
            "--baseline",
            type=FILE_OR_RUN,
            metavar="RUN|FILE",
            hidden=True,  # few experiments compare, and those that do name it
            help="The run that baseline(…) means in an expectation, or a file such as its run.json.",
        ),
    )
    return functools.reduce(lambda decorated, option: option(decorated), reversed(options), with_options)  # type: ignore[return-value]


def make_options(
    device: str | None,
    threads: int | None,
    every: Interval,
    left_out: Collection[str] = (),
    baseline: Path | None = None,
) -> RunOptions:
    """The options of a run, with the command line and the environment."""
    from nnrun.run_options import RunOptions

    held = held_resources()
    command = ("nnrun", *sys.argv[1:])
    return RunOptions(
        keras_home(),
        device,
        threads,
        every,
        command,
        animated="animation" not in left_out,
        plotted="plots" not in left_out,
        artist=held.artist() if held and "plots" not in left_out else None,
        models=held.models if held else None,
        reported="report" not in left_out,
        memory=machine_memory(),
        free_memory=free_memory(),
        git_patch=saves_git_patch(),
        data_folders=data_folders(),
        code=code_access(),
        baseline=baseline,
    )


def make_listener(quiet: bool, curves: bool = False) -> RunListener:
    """What shows a run and writes its log."""
    from nnrun.cli.run_log import LoggedListener

    return LoggedListener(make_display(quiet, curves))


def make_display(quiet: bool, curves: bool = False) -> RunListener:
    """What shows a run: nothing, a line for a build server, plain lines, or on a terminal a live line or curves."""
    if quiet:
        from nnrun.cli.interruptible import InterruptibleListener

        return InterruptibleListener()
    if is_ci():
        from nnrun.cli.ci_listener import CiListener

        return CiListener()
    from nnrun.cli.progress import LogListener, ProgressListener

    plain = is_plain(sys.stderr)
    if curves and not plain:
        from nnrun.cli.curve_listener import CurveListener

        return CurveListener()
    return LogListener() if plain else ProgressListener()


def needed_run(
    file: Path, options: RunOptions, *, overrides: tuple[str, ...], name: str | None, runs_dir: Path
) -> NeededRun:
    """What `--if-needed` trains where it was not trained before."""
    from nnrun import needed_run as needed
    from nnrun.load import load_experiment
    from nnrun.runs.recorded_files import data_files_of

    experiment = load_experiment(file, overrides, name, data_files_of(file, *options.files))
    return needed.needed_run(
        experiment,
        file.parent,
        runs_dir,
        device=options.device,
        threads=options.threads,
        baseline=options.baseline,
    )


def conclude(run: CompletedRun, as_json: bool, *, file: Path | None = None) -> int:
    """Prints the run's folder or record, and the expectations that it failed; the exit status.

    Args:
        run: a completed run.
        as_json: whether to print the record.
        file: its experiment, where it is one of several.
    """
    click.echo(_json(run) if as_json else str(run.folder))
    from nnrun.number_text import short
    from nnrun.runs.verdict import failed_expectations

    failed = failed_expectations(run.record.expectations, short)
    if failed:
        click.echo(f"{file}: {failed}" if file else failed, err=True)
    return _NOT_MET if failed else 0


def _interval(context: click.Context, option: click.Parameter, value: str) -> Interval:
    """How far apart checkpoints are: `10s`, `50` epochs, `never`."""
    from nnrun.runs.interval import Interval

    found = _EVERY.fullmatch(value)
    if found is None:
        message = f"write seconds as 10s, epochs as 50, or never. Received: {value}"
        raise click.BadParameter(message, context, option)
    seconds, epochs = found["seconds"], found["epochs"]
    return Interval(float(seconds) if seconds else None, int(epochs) if epochs else None)


def _json(run: CompletedRun) -> str:
    from nnrun.runs.record import to_json

    return json.dumps({"folder": str(run.folder), **json.loads(to_json(run.record))})
