"""`nnrun warm`: a process that holds TensorFlow for the commands that follow."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnrun.errors import StorageError

if TYPE_CHECKING:
    from nnrun.warm.hand_over import WorkerState

_DURATION = re.compile(r"(\d{1,6})([smh])")
_UNITS = {"s": 1, "m": 60, "h": 3600}
_NONE = 1
_LOAD_SECONDS = 120.0
_POLL_SECONDS = 0.1


def _seconds(context: click.Context, option: click.Parameter, value: str) -> float:
    """A time written as 30m, 90s or 2h."""
    found = _DURATION.fullmatch(value)
    if found is None or int(found[1]) == 0:
        raise click.BadParameter(f"write a time as 30m, 90s or 2h. Received: {value}", context, option)
    return float(int(found[1]) * _UNITS[found[2]])


@click.command()
@click.option(
    "--idle",
    callback=_seconds,
    default="30m",
    show_default=True,
    metavar="TIME",
    help="End the worker after this time without a command.",
)
@click.option("--device", metavar="auto|cpu|gpu|gpu:N|all", help="The device of the commands that it runs.")
@click.option("--threads", type=click.IntRange(min=1), metavar="N", help="Their threads within one operation.")
@click.option("--status", is_flag=True, help="List the workers.")
@click.option("--stop", is_flag=True, help="End the workers; a command that runs is finished first.")
def warm(idle: float, device: str | None, threads: int | None, status: bool, stop: bool) -> int:
    """Start a worker that holds TensorFlow for the next commands.

    A warm worker is a process in the background with TensorFlow, the process that draws and the compiled programs of
    the last experiments. train, test, reproduce, evaluate, predict and explain are run by it when it is free, with the
    same files, output and exit status; everything else, and --allow-code, runs as without it. It serves commands of the
    same user, versions, environment, device and number of threads, and ends after some time without one.

    With NNRUN_WARM=auto, or warm = "auto" in [tool.nnrun], the first command starts it; with never, no command uses it.

    \b
    nnrun warm
    nnrun warm --idle 2h
    nnrun warm --stop

    \b
    Exit status: 0 done, 1 no worker for --status or --stop, 2 wrong usage, 4 it could not be started.
    """
    if status and stop:
        raise click.UsageError("--status and --stop exclude each other.")
    if status or stop:
        return _ask_all("stop" if stop else "state")
    from nnrun.cli.handing_over import refusal, worker_options
    from nnrun.warm.hand_over import ask_worker
    from nnrun.warm.worker_start import start_worker

    if reason := refusal():
        raise click.UsageError(reason)
    options = worker_options(device, threads, create=True, idle=idle)
    path = Path(options.socket)
    try:
        ask_worker(path, "state")
    except (OSError, EOFError, ValueError):
        start_worker(options)
    click.echo(state_in_words(_loaded(path)))
    return 0


def _ask_all(what: str) -> int:
    """Asks all workers and prints what they say."""
    found = list(states(what))
    for state in found:
        click.echo(f"Stopped: process {state.pid}." if what == "stop" else state_in_words(state))
    if not found:
        click.echo("There is no warm worker.")
    return 0 if found else _NONE


def states(what: str) -> Iterator[WorkerState]:
    """What the workers of this user say that are asked for it; see `ask_worker`."""
    from nnrun.warm.hand_over import ask_worker
    from nnrun.warm.socket_place import sockets

    for path in sockets():
        with suppress(OSError, EOFError, ValueError):
            yield ask_worker(path, what)


def _loaded(path: Path) -> WorkerState:
    """What a worker says once it has loaded TensorFlow.

    Raises:
        StorageError: it has ended.
    """
    from nnrun.cli.signals import raise_if_interrupted
    from nnrun.warm.hand_over import ask_worker

    deadline = time.monotonic() + _LOAD_SECONDS
    while True:
        raise_if_interrupted()
        try:
            state = ask_worker(path, "state")
            if state.device is not None or time.monotonic() > deadline:
                return state
        except TimeoutError:  # it is so busy with loading
            continue
        except (EOFError, ValueError, OSError) as error:
            raise StorageError("The warm worker has ended.") from error
        time.sleep(_POLL_SECONDS)


def state_in_words(state: WorkerState) -> str:
    """A worker in a sentence or two."""
    device = state.device or state.requested
    did = f"{state.commands:,} command{'s' * (state.commands != 1)}"
    what = f"Process {state.pid}, {state.state}: {device}, {state.threads} threads, {did}, {state.memory >> 20} MB."
    return f"{what} It ends after {_time(state.idle)} without a command."


def _time(seconds: float) -> str:
    unit = next(unit for unit in "hms" if seconds % _UNITS[unit] == 0)
    return f"{seconds / _UNITS[unit]:g} {unit}"
