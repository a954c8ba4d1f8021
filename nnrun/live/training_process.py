"""The process that trains for the page: another one after many programs, or once it has died."""

from __future__ import annotations

import multiprocessing
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Self

from nnrun.errors import Bug, Interrupted, NnrunError, Problem, TrainingError
from nnrun.live.live_runner import LiveContext, LiveEnd, LiveJob
from nnrun.live.live_training import Publish
from nnrun.run_options import RunOptions
from nnrun.runs.provenance import tensorflow
from nnrun.runs.storage_errors import temporary_file_errors
from nnrun.sweep.execute.forkserver import server_folder, start_server
from nnrun.sweep.execute.started_worker import StartedWorker
from nnrun.sweep.execute.worker_main import FULL, READY

# Nothing frees what TensorFlow and XLA keep of a program, some ten megabytes, but the end of the process.
_MOST_PROGRAMS = 12
_LOOK_SECONDS = 0.02
# How long a training may take to end in order before its process is ended with it.
_GRACE_SECONDS = 3.0


class TrainingProcess:
    """Trains one job after another in a process of its own; it starts with the first one.

    Args:
        options: how trainings are computed, and how runs are kept.
        runs_dir: where runs are kept.
        most_programs: after how many compiled programs the process is replaced.
    """

    def __init__(self, options: RunOptions, runs_dir: Path, most_programs: int = _MOST_PROGRAMS) -> None:
        self.options = options
        self.runs_dir = runs_dir
        self.most_programs = most_programs
        self._worker: StartedWorker | None = None
        self._channel: Connection
        self._scratch: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._worker is not None:
            self._worker.kill()
        self._forget()
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)

    @property
    def pid(self) -> int | None:
        """The number of the process; None where there is none."""
        return self._worker.process.pid if self._worker else None

    def run(self, job: LiveJob, publish: Publish, between: Callable[[], None]) -> LiveEnd:
        """Trains a file; how it ended, which is with an error where the process died.

        Args:
            job: the file.
            publish: takes the kind and the content of every message.
            between: called often; ends the training by raising, and what it raises is raised here.

        Raises:
            StorageError: there is no temporary folder.
        """
        if self._worker is None or not self._worker.ready:
            publish("stage", {"text": f"loading {tensorflow()}"})
        worker = self._worker or self._start()
        worker.send(job)
        try:
            end = None
            while end is None:
                end = self._next(worker, publish)
                between()
        except BaseException as error:
            stopped = self._stop(worker, job)
            if isinstance(error, Interrupted) and stopped and isinstance(stopped.error, Interrupted):
                raise type(error)(*stopped.error.problems) from error  # which say how to resume a run
            raise
        if self._worker is not None and end.programs >= self.most_programs:
            worker.stop()
            self._forget()
            self._start()
        return end

    def _start(self) -> StartedWorker:
        processes = start_server()
        if self._scratch is None:
            with temporary_file_errors():
                self._scratch = Path(tempfile.mkdtemp(prefix="live-", dir=server_folder()))
        self._channel, theirs = multiprocessing.Pipe()
        context = LiveContext(self.options, self.runs_dir, self._scratch, theirs)
        self._worker = StartedWorker(processes, context)
        theirs.close()
        return self._worker

    def _forget(self) -> None:
        if self._worker is not None:
            self._channel.close()
        self._worker = None

    def _next(self, worker: StartedWorker, publish: Publish) -> LiveEnd | None:
        """Takes what the process has sent; the end of its job, if that has come."""
        ready = wait([worker.connection, self._channel], _LOOK_SECONDS)
        with suppress(EOFError, OSError):  # it is dead, which the other connection tells
            while self._channel.poll():  # before the end, which is sent after them
                publish(*self._channel.recv())
        return self._received(worker) if worker.connection in ready else None

    def _received(self, worker: StartedWorker) -> LiveEnd | None:
        try:
            message = worker.connection.recv()
        except (EOFError, OSError):
            return self._after_death(worker)
        if isinstance(message, LiveEnd):
            return message
        if message == READY:
            worker.ready = True
        elif message != FULL:  # an error in place of everything
            self._forget()
            return LiveEnd(0, message)
        return None

    def _after_death(self, worker: StartedWorker) -> LiveEnd:
        how = worker.how_it_ended()
        worker.connection.close()
        self._forget()
        error: NnrunError = Bug(f"The process that trains {how} before its first training.")
        if worker.ready:
            error = TrainingError(Problem(f"The process that trained it {how}.", hint="Save the file to try it again."))
        return LiveEnd(0, error)

    def _stop(self, worker: StartedWorker, job: LiveJob) -> LiveEnd | None:
        """Ends a job: in order, or with its process where that takes long."""
        if self._worker is None:
            return None
        with suppress(OSError):
            self._channel.send(job.number)
        deadline = time.monotonic() + _GRACE_SECONDS
        while time.monotonic() < deadline:
            end = self._next(worker, _drop)
            if end is not None:
                return end
        worker.kill()
        self._forget()
        return None


def _drop(kind: str, content: Mapping[str, Any]) -> None:
    """Takes a message that nobody wants any more."""
