"""Trials spread over worker processes that may die.

The workers are forked from a server that has TensorFlow loaded, so each begins in half a second.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from types import ModuleType
from typing import Any

from nnrun.errors import Bug
from nnrun.sweep.execute.backlog import Backlog
from nnrun.sweep.execute.forkserver import start_server
from nnrun.sweep.execute.trial_context import TrialContext
from nnrun.sweep.execute.worker_main import READY, ending, worker_main
from nnrun.sweep.plan.group import Batch, Chunk, share_out
from nnrun.sweep.plan.trial import Trial
from nnrun.sweep.results.outcome import TrialOutcome
from nnrun.sweep.sweep_folder import remove_parts


def train_in_processes(job: TrialContext, batches: Iterable[Batch], count: int) -> Iterator[TrialOutcome]:
    """Trains every trial of the batches in worker processes; their outcomes as they come.

    Args:
        job: what the trials have in common.
        batches: each is asked for when the one before it is done.
        count: how many workers.

    Raises:
        ExperimentError, StorageError, Interrupted: as for `Worker.train`; the workers are ended.
        Bug: a worker could not begin, or ended with an error that is none of the family.
    """
    workforce = _Workforce(job, batches, count)
    try:
        while workforce.employ():
            for connection in wait([worker.connection for worker in workforce.busy]):
                outcome = workforce.hear(connection)
                if outcome is not None:
                    yield outcome
        workforce.dismiss()
    finally:
        workforce.kill()
        remove_parts(job.folder)


class _Workforce:
    """The workers and what is still to be trained.

    Those with nothing to do stay for the next batch, with what they have compiled.
    """

    def __init__(self, job: TrialContext, batches: Iterable[Batch], count: int) -> None:
        self.job = job
        self.batches = iter(batches)
        self.count = count
        self.backlog = Backlog(job)
        self.busy: list[_Hired] = []
        self.idle: list[_Hired] = []
        start_server()
        self.context = multiprocessing.get_context("forkserver")

    def employ(self) -> bool:
        """Gives shares to as many workers as there may be; whether there is anything left to wait for."""
        if not self.busy and not self.backlog:
            self.backlog.refill(share_out(next(self.batches, []), self.count))
        while self.backlog and len(self.busy) < self.count:
            worker = self.idle.pop() if self.idle else _Hired(self.context, self.job)
            self.busy.append(worker)
            worker.give(self.backlog.take(worker.share))
        return bool(self.busy)

    def hear(self, connection: Any) -> TrialOutcome | None:
        """What a worker tells, or that it died; the outcome that follows from it.

        Raises:
            NnrunError: the worker met an error that ends the sweep.
        """
        (worker,) = (worker for worker in self.busy if worker.connection is connection)
        try:
            told = worker.connection.recv()
        except (EOFError, OSError):
            return self._after_death(worker)
        if told == READY:
            worker.ready = True
            return None
        if isinstance(told, BaseException):
            raise told
        worker.left.popleft()
        if not worker.left:
            self.busy.remove(worker)
            self.idle.append(worker)
        outcome: TrialOutcome = told
        return outcome

    def _after_death(self, worker: _Hired) -> TrialOutcome | None:
        """Lets others train what a dead worker left; the outcome of a trial that is given up.

        Raises:
            Bug: it died before it could train anything.
        """
        self.busy.remove(worker)
        how = worker.death()
        worker.connection.close()
        if not worker.ready:  # it is no trial's fault, and the next one would end likewise
            raise Bug(f"A process that was to train {how} before its first trial.")
        return self.backlog.bury(worker.left, how)

    def dismiss(self) -> None:
        """Lets the workers end by themselves."""
        while self.idle:
            self.idle.pop().dismiss()

    def kill(self) -> None:
        """Ends those that are still there."""
        for worker in (*self.busy, *self.idle):
            worker.kill()


class _Hired:
    """A worker process as its employer sees it."""

    def __init__(self, context: Any, job: TrialContext) -> None:
        self.connection: Connection
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=worker_main, args=(theirs, job), daemon=True)
        with _no_main_program():
            self.process.start()
        theirs.close()
        self.share: Chunk = ()
        self.left: deque[Trial] = deque()
        self.ready = False

    def give(self, share: Chunk) -> None:
        """Gives it a share; one that is dead already is noticed when it is listened to."""
        self.share, self.left = share, deque(share)
        with suppress(OSError):
            self.connection.send(share)

    def dismiss(self) -> None:
        """Lets it end by itself."""
        with suppress(OSError):
            self.connection.send(None)
        self.connection.close()
        self.process.join()

    def kill(self) -> None:
        """Ends it at once."""
        self.process.kill()
        self.process.join()
        self.connection.close()

    def death(self) -> str:
        """How it died, in words."""
        self.process.join()
        return ending(self.process.exitcode or 0)


@contextmanager
def _no_main_program() -> Iterator[None]:
    """Keeps a process from importing the program that starts it: a worker needs nnrun's own modules alone.

    It begins sooner, and a script that sweeps as it is imported is not run again by every worker.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
