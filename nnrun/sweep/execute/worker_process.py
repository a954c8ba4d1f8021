"""The process in which a Dask worker trains the trials of one sweep.

A Dask worker does not train by itself: its tasks run in threads, which receive no signals and cannot set TensorFlow up
anew for another sweep. The process has the threads, the seeds and the compiled programs that a process of `--jobs` has.
It ends with the worker, with the sweep, or after a minute without a task.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from nnrun.errors import NnrunError
from nnrun.runs import layout
from nnrun.runs.storage_errors import temporary_file_errors
from nnrun.sweep.execute.artifacts import Artifacts, pack
from nnrun.sweep.execute.trial_context import TrialContext
from nnrun.sweep.execute.worker_main import FULL, ending
from nnrun.sweep.plan.population_chunk import PopulationChunk
from nnrun.sweep.plan.trial import Trial
from nnrun.sweep.results.outcome import TrialOutcome
from nnrun.sweep.table.trial_block import TrialBlock, to_arrays

# Messages that are returned together have at most so many bytes, but for one trial's files that have more.
_MOST_BYTES = 50_000_000
# A task without messages returns after so long, so that a client that is gone is noticed.
_LONGEST_SILENCE = 5.0
# A process ends after so long without a task.
_LEASE = 60.0


@dataclass(frozen=True)
class TrialDone:
    """A trial is finished.

    Args:
        outcome: its outcome.
        artifacts: its files; None where they are in the sweep's folder already.
    """

    outcome: TrialOutcome
    artifacts: Artifacts | None = None

    @property
    def size(self) -> int:
        """The length of its files in bytes."""
        return sum(map(len, (self.artifacts or {}).values()))


@dataclass(frozen=True)
class ProcessDied:
    """The worker process has ended.

    Args:
        how: how it ended, in words that follow "The process that trained it".
    """

    how: str


# What a worker process gets.
SentChunk = tuple[Trial, ...] | PopulationChunk

# The messages of a worker process: `READY`, `TrialDone`, `TrialBlock`, `TrainAlone`, `FULL`, `ProcessDied`, or the
# error that ends the sweep.
Messages = list[Any]


class WorkerProcess:
    """The process, and a folder for its trials where the worker does not see that of the sweep.

    Args:
        context: what the trials have in common.
        shared: whether the trials can be written into the sweep's folder.
    """

    def __init__(self, context: TrialContext, *, shared: bool) -> None:
        self.context = context
        self.own_folder: Path | None = None
        if not shared:
            with temporary_file_errors():
                self.own_folder = Path(tempfile.mkdtemp(prefix="nnrun-"))
                (self.own_folder / layout.TRIALS).mkdir()
            keras_home = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))
            context = replace(context, kept_in=context.folder, folder=self.own_folder, keras_home=keras_home)
        self.is_closed = False
        self.training = threading.Lock()
        self.lease: threading.Timer | None = None
        self.connection, theirs = Pipe()
        self.process = _start(theirs)
        self.connection.send(context)

    def train(self, chunk: SentChunk | None) -> Messages:
        """Sends a chunk, if there is one, and waits a little for messages of the process."""
        with self.training:
            if self.lease is not None:
                self.lease.cancel()
            if chunk is not None:
                with suppress(OSError):  # if the process is dead, that is noticed when its messages are received
                    self.connection.send(chunk)
            messages = self._receive()
            if not self.is_closed:
                self.lease = threading.Timer(_LEASE, self.close)
                self.lease.daemon = True
                self.lease.start()
            return messages

    def _receive(self) -> Messages:
        messages: Messages = []
        length, patience = 0, _LONGEST_SILENCE
        try:
            while length < _MOST_BYTES and self.connection.poll(patience):
                messages.append(self._packed(self.connection.recv()))
                length += _size(messages[-1])
                patience = 0
                if messages[-1] == FULL:
                    self.close()
                    break
        except (EOFError, OSError):
            messages.append(ProcessDied(ending(self.process.wait())))
            self.close()
        return messages

    def _packed(self, message: Any) -> Any:
        if not isinstance(message, TrialOutcome):
            return message
        try:
            return TrialDone(message, pack(self.own_folder / message.folder) if self.own_folder else None)
        except NnrunError as error:
            return error

    def close(self) -> None:
        """Ends the process at once; a task that waits for its messages is notified of its death."""
        self.is_closed = True
        if self.lease is not None:
            self.lease.cancel()
        self.process.kill()
        self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()
        if self.own_folder:
            shutil.rmtree(self.own_folder, ignore_errors=True)


def _size(message: Any) -> int:
    """About how many bytes a message has, where these may be many."""
    if isinstance(message, TrialBlock):
        return sum(array.nbytes for array in to_arrays(message).values())
    return message.size if isinstance(message, TrialDone) else 0


def _start(connection: Connection) -> subprocess.Popen[bytes]:
    """Starts a process with the Python, the packages and the environment of this one, and gives it the connection."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "nnrun.sweep.execute.worker_main", str(connection.fileno())],
        stdin=subprocess.PIPE,  # ends when this process does, however
        stdout=subprocess.DEVNULL,
        pass_fds=[connection.fileno()],
        start_new_session=True,  # signals of the terminal do not reach it
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(os.path.isabs, sys.path))},
    )
    connection.close()
    return process
