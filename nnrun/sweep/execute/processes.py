"""Trials spread over worker processes, some of which may die."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from multiprocessing.connection import wait
from typing import Any

from nnrun.errors import Bug
from nnrun.runs import layout
from nnrun.runs.staging import remove_staged
from nnrun.sweep.execute.assigned_chunk import AssignedChunk
from nnrun.sweep.execute.backlog import Backlog
from nnrun.sweep.execute.forkserver import start_server
from nnrun.sweep.execute.started_worker import StartedWorker
from nnrun.sweep.execute.train_alone import TrainAlone, one_by_one
from nnrun.sweep.execute.trial_context import TrialContext
from nnrun.sweep.execute.worker_main import FULL, READY
from nnrun.sweep.listener import SweepListener
from nnrun.sweep.plan.group import Batch, Chunk, chunks_for_processes
from nnrun.sweep.results.outcome import TrialOutcome
from nnrun.sweep.table.trial_block import TrialBlock

# How often a sweep that waits for its workers can be interrupted.
_CHECK_SECONDS = 0.2


def train_in_processes(
    context: TrialContext, batches: Iterable[Batch], count: int, listener: SweepListener
) -> Generator[TrialOutcome | TrialBlock, None, None]:
    """Trains every trial of the batches in worker processes; their outcomes, or rows of the table, as they come.

    Args:
        context: what the trials have in common.
        batches: each is requested when the one before it is done.
        count: the number of workers.
        listener: is notified of every safe point.

    Raises:
        ExperimentError, StorageError, Interrupted: as for `TrialRunner.train`; the workers are ended.
        Bug: a worker could not start, or ended with an unexpected error.
    """
    pool = _WorkerPool(context, batches, count, listener)
    listener.on_emergency_save(pool.kill)
    try:
        while pool.assign():
            ready = wait([worker.connection for worker in pool.busy], _CHECK_SECONDS)
            listener.on_safe_point()  # a signal to all processes may have ended workers too
            for connection in ready:
                outcome = pool.receive(connection)
                if outcome is not None:
                    yield outcome
        pool.stop()
    except Exception:
        listener.on_safe_point()
        raise
    finally:
        pool.kill()


class _WorkerPool:
    """The workers and the trials that are still to be trained.

    Idle workers wait for the next batch, with the programs that they have compiled.
    """

    def __init__(self, context: TrialContext, batches: Iterable[Batch], count: int, listener: SweepListener) -> None:
        self.context = context
        self.listener = listener
        self.alone: set[str] = set()  # the reasons that were told
        self.batches = iter(batches)
        self.count = count
        self.backlog = Backlog(context)
        self.busy: list[_Worker] = []
        self.idle: list[_Worker] = []
        self.multiprocessing = start_server()

    def assign(self) -> bool:
        """Assigns chunks to as many workers as there may be; whether any worker is busy then."""
        if not self.busy and not self.backlog:
            self.backlog.refill(chunks_for_processes(next(self.batches, []), self.count))
        while self.backlog and len(self.busy) < self.count:
            worker = self._idle_worker() or _Worker(self.multiprocessing, self.context)
            self.busy.append(worker)
            worker.assign(self.backlog.take(worker.assigned.chunk))
        return bool(self.busy)

    def _idle_worker(self) -> _Worker | None:
        """A worker that waits; one that died as it waited is no trial's fault, and is left out."""
        while self.idle:
            worker = self.idle.pop()
            if worker.process.is_alive():
                return worker
            worker.connection.close()
        return None

    def receive(self, connection: Any) -> TrialOutcome | TrialBlock | None:
        """Receives a worker's message, or notices its death; the outcome that follows from it.

        Raises:
            NnrunError: the worker met an error that ends the sweep.
        """
        (worker,) = (worker for worker in self.busy if worker.connection is connection)
        try:
            message = worker.connection.recv()
        except (EOFError, OSError):
            return self._after_death(worker)
        if message == READY:
            worker.ready = True
            return None
        if message == FULL:
            self.busy.remove(worker)
            self.backlog.requeue(worker.assigned.take_rest())
            worker.stop()
            return None
        if isinstance(message, BaseException):
            raise message
        if isinstance(message, TrainAlone):
            self._train_alone(worker, message)
        worker.assigned.finish(message)
        if not worker.assigned:
            self.busy.remove(worker)
            self.idle.append(worker)
        outcome: TrialOutcome | TrialBlock = message
        return None if isinstance(message, TrainAlone) else outcome

    def _train_alone(self, worker: _Worker, message: TrainAlone) -> None:
        """Takes back trials that cannot be trained together, and says why, once."""
        self.backlog.requeue(worker.assigned.trials(message.indices))
        if message.reason not in self.alone:
            self.alone.add(message.reason)
            self.listener.on_waiting(one_by_one(message.reason))

    def _after_death(self, worker: _Worker) -> TrialOutcome | TrialBlock | None:
        """Requeues what a dead worker has not finished; the outcome of a trial that has failed with it.

        Raises:
            Bug: it died before it could train anything.
        """
        self.busy.remove(worker)
        how = worker.how_it_ended()
        worker.connection.close()
        if not worker.ready:  # no trial's fault, and the next worker would end likewise
            raise Bug(f"A worker process {how} before its first trial.")
        return self.backlog.requeue_or_fail(list(worker.assigned.take_rest()), how)

    def stop(self) -> None:
        """Lets the idle workers end by themselves."""
        while self.idle:
            self.idle.pop().stop()

    def kill(self) -> None:
        """Ends all workers at once, and removes what they have not finished."""
        for worker in (*self.busy, *self.idle):
            worker.kill()
        remove_staged(self.context.folder / layout.TRIALS)


class _Worker(StartedWorker):
    """A worker process and the trials that it is training."""

    def __init__(self, multiprocessing: Any, context: TrialContext) -> None:
        super().__init__(multiprocessing, context)
        self.assigned = AssignedChunk()

    def assign(self, chunk: Chunk) -> None:
        """Sends it a chunk."""
        self.assigned = AssignedChunk(chunk)
        self.send(self.assigned.as_sent())
