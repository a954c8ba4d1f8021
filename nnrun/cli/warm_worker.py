"""The process of a warm worker: it holds TensorFlow and runs one command after another for others."""

from __future__ import annotations

import gc
import json
import os
import queue
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from nnrun.cli.held_resources import HeldResources
from nnrun.cli.main import ignore_strict_warnings
from nnrun.cli.signals import CommandSignals, begin_command, take_signals
from nnrun.cli.warm_command import perform
from nnrun.sweep.execute.forkserver import has_started_server
from nnrun.warm.hand_over import WorkerState
from nnrun.warm.idle_memory import release_code, release_freed
from nnrun.warm.process_key import process_key
from nnrun.warm.worker_server import WorkerServer, claim
from nnrun.warm.worker_start import WorkerOptions

_POLL_SECONDS = 2.0
_POLLS_UNTIL_IDLE = 5
_OTHER_KEY = 3
_BY_SIGNAL = 128  # statuses from here on are those of signals and closed pipes


class WarmWorker:
    """A worker that listens, loads TensorFlow and runs commands.

    Args:
        options: how it was started.
    """

    def __init__(self, options: WorkerOptions) -> None:
        self.options = options
        self.held = HeldResources()
        self.server = WorkerServer(Path(options.socket), self.state)
        self.commands = 0
        self.device: str | None = None
        self.load = options.load

    def state(self) -> WorkerState:
        """What it says of itself."""
        options = self.options
        memory = resident_bytes()
        idle = options.idle
        return WorkerState("", os.getpid(), options.device, self.device, options.threads, self.commands, memory, idle)

    def serve(self) -> None:
        """Runs commands until none comes for long, it is asked to stop, or its files or its socket have changed."""
        with self.server:
            if self.load:
                self._start_tensorflow()
            ends, waited = time.monotonic() + self.options.idle, 0
            while not (self._is_over(ends) and self.server.refuse_commands()):
                try:
                    command = self.server.commands.get(timeout=_POLL_SECONDS)
                except queue.Empty:
                    waited += 1
                    if waited == _POLLS_UNTIL_IDLE:
                        release_code()
                    continue
                waited = 0
                if command is None:  # it is asked to stop
                    continue
                self.commands += 1  # before its client has the status, and asks for the number
                status = perform(command, self.server, self.held)
                begin_command(_idle())
                self._settle(status)
                ends = time.monotonic() + self.options.idle
        self.held.close()

    def _start_tensorflow(self) -> None:
        self.held.artist()
        from nnrun.model.runtime import start_tensorflow

        self.device = start_tensorflow(self.options.device, self.options.threads).device

    def _settle(self, status: int) -> None:
        """Tidies up after a command, while its client goes on."""
        if status >= _BY_SIGNAL:
            self.held.close()  # it may still draw what nobody waits for
        if self.device is None and "tensorflow" in sys.modules:
            self._start_tensorflow()
        gc.collect()
        release_freed()
        # What TensorFlow and XLA have allocated does not all come back; the server of folds keeps their environment.
        worn = self.held.models.programs > self.options.most_programs or resident_bytes() > self.options.most_bytes
        if has_started_server() or (worn and self.server.refuse_commands()):
            self.held.close()
            os.execv(sys.executable, replace(self.options, load=True).command())

    def _is_over(self, ends: float) -> bool:
        """Whether it shall end, has waited for long, cannot be found, or other files would be than it has loaded."""
        if self.server.stopping or time.monotonic() >= ends or not self.server.is_reachable():
            return True
        return process_key(self.options.threads) != self.options.key


def _idle() -> CommandSignals:
    """The signals of a process that runs no command: each ends it."""
    signals = CommandSignals()
    signals.pass_on(lambda number: os._exit(0))
    return signals


def resident_bytes() -> int:
    """The memory of this process and of those that it has started, as far as the system tells."""
    page = os.sysconf("SC_PAGE_SIZE")
    total = 0
    for pid in ("self", *_children("self")):
        with suppress(OSError, ValueError, IndexError):
            total += page * int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return total


def _children(pid: str) -> list[str]:
    with suppress(OSError):
        return Path(f"/proc/{pid}/task/{os.getpid()}/children").read_text(encoding="ascii").split()
    return []


def main() -> NoReturn:
    """Runs in the process of the worker: serves until it is no longer needed."""
    options = WorkerOptions(**json.loads(sys.argv[1]))
    if process_key(options.threads) != options.key:
        print("This process differs from the command that has started it.", file=sys.stderr)
        os._exit(_OTHER_KEY)
    if claim(Path(options.socket)) is None:
        os._exit(0)
    take_signals()
    begin_command(_idle())
    ignore_strict_warnings()
    WarmWorker(options).serve()
    os._exit(0)
