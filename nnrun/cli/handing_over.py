"""Whether a warm worker runs a command in place of its own process."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nnrun.cli.settings import code_is_allowed, warm_mode
from nnrun.cli.terminal import is_ci
from nnrun.errors import NnrunError
from nnrun.training.shared_models import MOST_PROGRAMS

if TYPE_CHECKING:
    from nnrun.warm.worker_start import WorkerOptions


@dataclass(frozen=True)
class WholeCommandLine:
    """The command line of a process that may leave its command to a warm worker.

    Args:
        arguments: the words after `nnrun`.
        environment: the environment that the process was started with.
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str]


def goes_warm(command: click.Command) -> click.Command:
    """Lets a command run in the warm worker that fits, if there is one; otherwise it runs here."""
    here = command.callback
    assert here is not None

    @functools.wraps(here)
    def there_or_here(**parameters: Any) -> Any:
        line = click.get_current_context().find_object(WholeCommandLine)
        status = _run_warm(line, parameters) if line else None
        return here(**parameters) if status is None else status

    command.callback = there_or_here
    return command


def refusal() -> str | None:
    """Why no warm worker is used on this machine, as a sentence; None if one may be."""
    if is_ci():
        return "Warm workers are not used in CI: the variable CI is set."
    import socket

    if not (hasattr(socket, "AF_UNIX") and hasattr(socket, "send_fds") and hasattr(os, "fork")):
        return "Warm workers are not used on this system."
    return "Warm workers are not used: the setting warm is never." if warm_mode() == "never" else None


def worker_options(device: str | None, threads: int | None, *, create: bool, **changes: Any) -> WorkerOptions:
    """The options of the worker for such commands.

    Raises:
        StorageError: the folder of its socket is another user's.
    """
    from nnrun.model.processors import available_threads
    from nnrun.warm.process_key import process_key
    from nnrun.warm.socket_place import socket_of
    from nnrun.warm.worker_start import WorkerOptions

    count = threads or available_threads()
    key = process_key(count)
    return WorkerOptions(key, str(socket_of(key, create=create)), device or "auto", count, **changes)


def _run_warm(line: WholeCommandLine, parameters: dict[str, Any]) -> int | None:
    """The exit status of a command that a worker has run; None where it is to be run here."""
    if refusal() or code_is_allowed() or parameters.get("trial") or _outgrows_worker(parameters):
        return None
    from nnrun.warm.hand_over import KILLED, run_there
    from nnrun.warm.socket_place import has_sockets

    starts = warm_mode() == "auto"
    if not (starts or has_sockets()):
        return None
    try:
        device, threads = _computed_on(parameters)
        options = worker_options(device, threads, create=starts, load=False)
        if starts and not _is_there(options):
            from nnrun.warm.worker_start import start_worker

            start_worker(options)
    except (NnrunError, OSError):  # of a run that cannot be read, too: the command says so itself
        return None
    from nnrun.cli.signals import present_command

    command = present_command()
    if not command.writes:  # a signal ends it at once, and with it what the worker does
        status = run_there(Path(options.socket), line.arguments, device, lambda send: None)
    else:
        status = run_there(Path(options.socket), line.arguments, device, command.pass_on)
    if status == KILLED:
        if command.status is not None:
            return command.status
        click.echo("The warm worker has died. Resume the run, if one has begun: nnrun resume latest", err=True)
    return status


def _is_there(options: WorkerOptions) -> bool:
    from nnrun.warm.hand_over import ask_worker

    try:
        ask_worker(Path(options.socket), "state")
    except (OSError, EOFError, ValueError):
        return False
    return True


def _outgrows_worker(parameters: dict[str, Any]) -> bool:
    """Whether a command trains in processes of its own: so many files, or a test of several at once, or of seeds."""
    if len(parameters.get("files", parameters.get("paths", ()))) > MOST_PROGRAMS:
        return True
    if "paths" not in parameters:
        return False
    paths: tuple[Path, ...] = parameters["paths"]
    one_by_one = len(paths) == 1 or (paths and parameters["jobs"] == 1)
    alone = not (parameters["seeds"] or parameters["update"])
    return not (one_by_one and alone and all(path.is_file() for path in paths))


def _computed_on(parameters: dict[str, Any]) -> tuple[str | None, int | None]:
    """The device and the threads of a command: those of its options, else those of its run."""
    device, threads = parameters.get("device"), parameters.get("threads")
    if "files" in parameters:  # of train, which takes from a run its settings alone
        return device, threads
    if "paths" in parameters:  # of test, which takes the threads of golden files
        return device, threads or _golden_threads(parameters["paths"])
    place: Path = parameters.get("run") or parameters["file"]
    if "run" not in parameters:
        device = "cpu"  # where explain computes
    if place.is_dir():
        from nnrun.runs.record import read_record

        record = read_record(place)
        return device or record.device, threads or record.threads
    return device, threads


def _golden_threads(files: tuple[Path, ...]) -> int | None:
    from nnrun.golden.golden_file import golden_path

    if not any(golden_path(file).exists() for file in files):
        return None
    from nnrun.testing.golden_checks import golden_files, threads_of

    return threads_of(golden_files(files).values())
