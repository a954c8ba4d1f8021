"""A process that trains, as a Dask worker keeps it for one sweep.

A Dask worker does not train by itself: its tasks run in threads, which hear no signals and cannot set TensorFlow up
anew for another sweep. The process has the threads, the seeds and the compiled programs that a process of `--jobs` has.
It ends with the worker, with the sweep, or when nobody has asked for it for a minute.
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
from nnrun.sweep.execute.artifacts import Parcel, pack
from nnrun.sweep.execute.trial_context import TrialContext
from nnrun.sweep.execute.worker_main import ending
from nnrun.sweep.plan.group import Chunk
from nnrun.sweep.results.outcome import TrialOutcome
from nnrun.sweep.sweep_folder import TRIALS

# What is told together is at most so long, but for one trial's files that are longer.
_MOST_BYTES = 50_000_000
# A task that has nothing to tell comes back after so long, that a client which is gone be noticed.
_LONGEST_SILENCE = 5.0
# A process that nobody has asked for so long ends.
_LEASE = 60.0


@dataclass(frozen=True)
class TrialDone:
    """A trial that is finished.

    Args:
        outcome: what came of it.
        parcel: its files; None where they lie in the sweep's folder already.
    """

    outcome: TrialOutcome
    parcel: Parcel | None = None

    @property
    def size(self) -> int:
        """The length of its files in bytes."""
        return sum(map(len, (self.parcel or {}).values()))


@dataclass(frozen=True)
class Death:
    """The process that trained is no more.

    Args:
        how: how it ended, in words that follow "The process that trained it".
    """

    how: str


# What a desk has to tell, in its order: `READY`, `Trained`, `Death`, or the error that ends the sweep.
Told = list[Any]


class WorkerProcess:
    """The process, and a folder for its trials where the worker does not see that of the sweep.

    Args:
        job: what the trials have in common.
        shared: whether the trials can be written into the sweep's folder.
    """

    def __init__(self, job: TrialContext, *, shared: bool) -> None:
        self.job = job
        self.away: Path | None = None
        if not shared:
            self.away = Path(tempfile.mkdtemp(prefix="nnrun-"))
            (self.away / TRIALS).mkdir()
            keras_home = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))
            job = replace(job, folder=self.away, keras_home=keras_home)
        self.is_closed = False
        self.serving = threading.Lock()
        self.lease: threading.Timer | None = None
        self.connection, theirs = Pipe()
        self.process = _start(theirs)
        self.connection.send(job)

    def serve(self, share: Chunk | None) -> Told:
        """Hands over a share, if there is one, and waits a little for what the process has to tell."""
        with self.serving:
            if self.lease is not None:
                self.lease.cancel()
            if share is not None:
                with suppress(OSError):  # a process that is dead is noticed when it is listened to
                    self.connection.send(share)
            told = self._hear()
            if not self.is_closed:
                self.lease = threading.Timer(_LEASE, self.close)
                self.lease.daemon = True
                self.lease.start()
            return told

    def _hear(self) -> Told:
        told: Told = []
        length, patience = 0, _LONGEST_SILENCE
        try:
            while length < _MOST_BYTES and self.connection.poll(patience):
                told.append(self._packed(self.connection.recv()))
                length += told[-1].size if isinstance(told[-1], TrialDone) else 0
                patience = 0
        except (EOFError, OSError):
            told.append(Death(ending(self.process.wait())))
            self.close()
        return told

    def _packed(self, told: Any) -> Any:
        if not isinstance(told, TrialOutcome):
            return told
        try:
            return TrialDone(told, pack(self.away / told.folder) if self.away else None)
        except NnrunError as error:
            return error

    def close(self) -> None:
        """Ends the process at once; whoever waits for it hears of its death."""
        self.is_closed = True
        if self.lease is not None:
            self.lease.cancel()
        self.process.kill()
        self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()
        if self.away:
            shutil.rmtree(self.away, ignore_errors=True)


def _start(connection: Connection) -> subprocess.Popen[bytes]:
    """Starts a process with the Python, the packages and the environment of this one, and gives it the connection."""
    process = subprocess.Popen(
        [sys.executable, "-m", "nnrun.sweep.execute.worker_main", str(connection.fileno())],
        stdin=subprocess.PIPE,  # ends when this process does, however
        stdout=subprocess.DEVNULL,
        pass_fds=[connection.fileno()],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    connection.close()
    return process
