"""One command in a warm worker: as in a process of its own, with the streams, folder and environment of the client."""

from __future__ import annotations

import io
import os
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn, TextIO

from nnrun.cli.held_resources import HeldResources
from nnrun.cli.main import flushed, run
from nnrun.cli.signals import CommandSignals, begin_command
from nnrun.cli.stage_line import close_own_stream
from nnrun.model.environment import set_xla_flags
from nnrun.sweep.execute.forkserver import has_started_server
from nnrun.warm.worker_server import TakenCommand, WorkerServer

_HANGUP = 1  # the number of SIGHUP, which a terminal sends that is gone


def perform(command: TakenCommand, server: WorkerServer, held: HeldResources) -> int:
    """Runs a command for its client; returns the exit status, which the client gets.

    Args:
        command: the command with its open files.
        server: takes the next one from then on.
        held: what the process holds for all its commands.
    """

    def end(status: int) -> NoReturn:
        with suppress(OSError):
            command.connection.send({"status": status})
        held.close()
        os._exit(status)

    signals = CommandSignals(end, writes=True)
    with _as_client(command, signals):
        begin_command(signals)
        threading.Thread(target=_listen, args=(command, signals), daemon=True).start()
        status = flushed(run(list(command.request.arguments), held=held))
        signals.finish(status)
    server.ended(command, status, last=has_started_server())
    return status


def _listen(command: TakenCommand, signals: CommandSignals) -> None:
    """Takes the signals that the client passes on; one that is gone counts as a terminal that is gone."""
    try:
        while True:
            message, _ = command.connection.receive()
            signals.receive(int(message["signal"]))
    except (OSError, EOFError, ValueError, LookupError):
        if not signals.over:
            _silence(signals.screen)
            signals.receive(_HANGUP)


def _silence(*more: int) -> None:
    """Lets the standard streams lead nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2, *more):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


@contextmanager
def _as_client(command: TakenCommand, signals: CommandSignals) -> Iterator[None]:
    """Makes this process look like that of the client, and what it was again."""
    request = command.request
    environment, arguments, streams = dict(os.environ), sys.argv, (sys.stdin, sys.stdout, sys.stderr)
    log = os.dup(2)
    umask = os.umask(request.umask)
    *standard, folder = command.files
    try:
        for number, descriptor in enumerate(standard):
            os.dup2(descriptor, number)
        os.fchdir(folder)
        for descriptor in command.files:
            os.close(descriptor)
        signals.screen = os.dup(2)
        _set_environment(request.environment)
        sys.argv = ["nnrun", *request.arguments]
        sys.stdin, sys.stdout, sys.stderr = map(_stream, range(3), request.encodings)
        with warnings.catch_warnings():
            pass  # from here on, what was shown once is shown again
        yield
    finally:
        close_own_stream()
        _silence()
        os.dup2(log, 2)
        os.close(log)
        os.close(signals.screen)
        os.chdir("/")
        os.umask(umask)
        sys.stdin, sys.stdout, sys.stderr = streams
        sys.argv = arguments
        _set_environment(environment)


def _set_environment(values: Any) -> None:
    """Replaces all environment variables, and what was read from them."""
    os.environ.clear()
    os.environ.update(values)
    set_xla_flags()  # TensorFlow may be loaded already, and XLA not have compiled yet
    tempfile.tempdir = None
    time.tzset()


def _stream(number: int, encoding: tuple[str, str]) -> TextIO:
    """A standard stream as Python opens it."""
    name, errors = encoding
    raw = io.FileIO(number, "w" if number else "r", closefd=False)
    buffered: Any = io.BufferedWriter(raw) if number else io.BufferedReader(raw)
    unbuffered = bool(os.environ.get("PYTHONUNBUFFERED")) and number > 0
    lines = number == 2 or raw.isatty()
    return io.TextIOWrapper(buffered, name, errors, line_buffering=lines, write_through=unbuffered)
