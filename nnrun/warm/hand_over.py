"""The end of a connection at which a command waits for a warm worker to run it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnrun.warm.command_request import CommandRequest
from nnrun.warm.connection import Connection, connect

# A worker answers at once; one that does not is busy with something that keeps its threads from running.
ANSWER_SECONDS = 10.0
_STATE_SECONDS = 15.0  # for who has nothing else to do
# The status of a process that kill -9 has ended.
KILLED = 137


@dataclass(frozen=True)
class WorkerState:
    """What a worker says of itself.

    Args:
        state: `ready`, or `busy` with a command.
        pid: its process.
        requested: the device that it was started for, as `auto`.
        device: the device that TensorFlow has selected, as `cpu`; None before TensorFlow is loaded.
        threads: threads within one operation.
        commands: how many it has run, with the one that it runs.
        memory: its resident memory in bytes, with that of the processes that draw.
        idle: after how many seconds without a command it ends.
    """

    state: str
    pid: int
    requested: str
    device: str | None
    threads: int
    commands: int
    memory: int
    idle: float

    def computes_on(self, device: str | None) -> bool:
        """Whether a command for this device, None for `auto`, would be computed on the one of the worker."""
        return (device or "auto") in (self.requested, self.device)


def ask_worker(path: Path, what: str, seconds: float = _STATE_SECONDS) -> WorkerState:
    """Asks a worker for its state, or to `stop`; one that is asked to while it has no command has ended then.

    Raises:
        OSError, EOFError, ValueError: there is none, or it does not answer.
    """
    with connect(path) as connection:
        state = _ask(connection, what, seconds)
        if what == "stop" and state.state == "ready":
            with suppress(OSError, EOFError, ValueError):
                connection.receive(seconds)  # which comes to nothing when its process ends
        return state


def run_there(
    path: Path,
    arguments: tuple[str, ...],
    device: str | None,
    pass_signals_on: Callable[[Callable[[int], None]], None],
) -> int | None:
    """Lets the worker that listens there run a command in place of this process.

    Args:
        path: its socket.
        arguments: the command line after `nnrun`.
        device: the device that the command asks for; None for `auto`.
        pass_signals_on: is given a function that sends a signal to the worker.

    Returns:
        The exit status; None where there is no such worker or it is busy, and nothing has happened.
    """
    try:
        connection = connect(path)
    except OSError:
        return None
    with connection:
        try:
            if not _ask(connection, "run", ANSWER_SECONDS).computes_on(device):
                return None
            _send(connection, CommandRequest.of_this_process(arguments))
        except (OSError, EOFError, ValueError, TypeError):
            return None
        sending = threading.Lock()

        def send_signal(number: int) -> None:
            with sending, suppress(OSError):
                connection.send({"signal": int(number)})

        pass_signals_on(send_signal)
        try:
            message, _ = connection.receive()
            return int(message["status"])
        except (OSError, EOFError, ValueError, LookupError):
            return KILLED


def _ask(connection: Connection, what: str, seconds: float) -> WorkerState:
    connection.send({"ask": what})
    message, _ = connection.receive(seconds)
    try:
        found = WorkerState(**message)
    except TypeError as error:
        raise ValueError("it is no state of a worker") from error
    if what == "run" and found.state != "ready":
        raise ValueError("the worker is busy")
    return found


def _send(connection: Connection, request: CommandRequest) -> None:
    """Sends a command with the standard streams and the present folder of this process."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    folder = os.open(os.curdir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        message: dict[str, Any] = request.as_message()
        connection.send(message, [0, 1, 2, folder])
    finally:
        os.close(folder)
