"""Starts a warm worker that outlives the command that starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from nnrun.errors import Problem, StorageError
from nnrun.runs.storage_errors import storage_errors
from nnrun.warm.hand_over import WorkerState, ask_worker

IDLE_SECONDS = 1800.0
# How long Python and nnrun may take to start, on a busy machine, and the worker before it to end.
_START_SECONDS = 60.0
_POLL_SECONDS = 0.02
_PROGRAM = "from nnrun.cli.warm_worker import main; main()"
_LAST_LINES = 5


@dataclass(frozen=True)
class WorkerOptions:
    """How a worker is started.

    Args:
        key: that of `process_key`, which the worker must have as well.
        socket: where it listens.
        device: the device that its commands ask for.
        threads: threads within one operation.
        idle: after how many seconds without a command it ends.
        load: whether it loads TensorFlow before the first command comes.
        most_programs: after how many compiled programs it is replaced by a new process.
        most_bytes: after how many bytes of memory it is replaced by a new process.
    """

    key: str
    socket: str
    device: str
    threads: int
    idle: float = IDLE_SECONDS
    load: bool = True
    most_programs: int = 40
    most_bytes: int = 1200 << 20

    def command(self) -> list[str]:
        """The command line of its process. `-P`: what lies in the present folder is not imported."""
        return [sys.executable, "-P", "-c", _PROGRAM, json.dumps(asdict(self))]


def start_worker(options: WorkerOptions) -> WorkerState:
    """Starts a worker and waits until it answers.

    Raises:
        StorageError: it has ended, or does not answer in time.
    """
    log = Path(options.socket).with_suffix(".log")
    with storage_errors("write", log):
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        process = _start_process(options, output)
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            try:
                return ask_worker(Path(options.socket), "state")
            except (OSError, EOFError, ValueError):
                ended = process.poll()
            if ended == 0:  # another one had the place: it has been started at the same time, or is just ending
                process = _start_process(options, output)
            elif ended is not None:
                break
            time.sleep(_POLL_SECONDS)
    finally:
        os.close(output)
    lines = (
        log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-_LAST_LINES:] if log.exists() else []
    )
    raise StorageError(Problem("\n".join(["The warm worker did not start.", *lines])))


def _start_process(options: WorkerOptions, output: int) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            options.command(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # neither signals of the terminal nor its end reach it
        )
    except OSError as error:
        raise StorageError(Problem(f"The warm worker could not be started: {error.strerror}.")) from error
