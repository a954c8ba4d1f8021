"""Trials spread over worker processes that may die.

The workers are forked from a server that has TensorFlow loaded, so each begins in half a second.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any

from nnrun.errors import Bug
from nnrun.sweep.backlog import Backlog
from nnrun.sweep.employee import READY, ending, work
from nnrun.sweep.group import Share
from nnrun.sweep.job import Job
from nnrun.sweep.outcome import Outcome
from nnrun.sweep.trial import Trial


def train_in_processes(job: Job, shares: Sequence[Share], count: int) -> Iterator[Outcome]:
    """Trains every trial of the shares in worker processes; their outcomes as they come.

    Args:
        job: what the trials have in common.
        shares: pieces of work; a worker takes one at a time.
        count: how many workers.

    Raises:
        ExperimentError, StorageError, Interrupted: as for `Worker.train`; the workers are ended.
        Bug: a worker could not begin, or ended with an error that is none of the family.
    """
    workforce = _Workforce(job, shares)
    try:
        for _ in range(min(count, len(shares))):
            workforce.hire()
        while workforce.workers:
            for connection in wait([worker.connection for worker in workforce.workers]):
                outcome = workforce.hear(connection)
                if outcome is not None:
                    yield outcome
    finally:
        for worker in workforce.workers:
            worker.kill()


class _Workforce:
    """The workers and what is still to be trained."""

    def __init__(self, job: Job, shares: Sequence[Share]) -> None:
        self.job = job
        self.backlog = Backlog(job, shares)
        self.workers: list[_Hired] = []
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(["nnrun.sweep.preload"])

    def hire(self) -> None:
        """Starts a worker on the next share."""
        worker = _Hired(self.context, self.job)
        self.workers.append(worker)
        worker.give(self.backlog.take())

    def hear(self, connection: Any) -> Outcome | None:
        """What a worker tells, or that it died; the outcome that follows from it.

        Raises:
            NnrunError: the worker met an error that ends the sweep.
        """
        (worker,) = (worker for worker in self.workers if worker.connection is connection)
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
            self._busy_again(worker)
        outcome: Outcome = told
        return outcome

    def _busy_again(self, worker: _Hired) -> None:
        if self.backlog:
            worker.give(self.backlog.take(worker.share))
        else:
            self.workers.remove(worker)
            worker.dismiss()

    def _after_death(self, worker: _Hired) -> Outcome | None:
        """Lets others train what a dead worker left; the outcome of a trial that is given up.

        Raises:
            Bug: it died before it could train anything.
        """
        self.workers.remove(worker)
        how = worker.death()
        worker.connection.close()
        if not worker.ready:  # it is no trial's fault, and the next one would end likewise
            raise Bug(f"A process that was to train {how} before its first trial.")
        outcome = self.backlog.bury(worker.left, how)
        if self.backlog:
            self.hire()
        return outcome


class _Hired:
    """A worker process as its employer sees it."""

    def __init__(self, context: Any, job: Job) -> None:
        self.connection: Connection
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=work, args=(theirs, job), daemon=True)
        self.process.start()
        theirs.close()
        self.share: Share = ()
        self.left: deque[Trial] = deque()
        self.ready = False

    def give(self, share: Share) -> None:
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
