"""Trials spread over the workers of a Dask scheduler, which come and go.

A task gives a chunk of trials to a process of its worker, or returns the messages of that process. Each task is bound
to its worker, and each worker has one task at a time, so it is known here what a worker that is gone has not finished.
Dask itself never repeats a task.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import Any

from nnrun.data.files.data_files import DataFiles
from nnrun.errors import Bug, ExperimentError, NnrunError, Problem, StorageError
from nnrun.model.environment import deciding_variables
from nnrun.runs import layout
from nnrun.runs.identity import Identity, differences
from nnrun.runs.provenance import versions
from nnrun.runs.staging import remove_staged
from nnrun.runs.storage_errors import storage_errors
from nnrun.sweep.execute.artifacts import unpack
from nnrun.sweep.execute.assigned_chunk import AssignedChunk
from nnrun.sweep.execute.backlog import Backlog
from nnrun.sweep.execute.dask_connection import CLOSING_SECONDS, connected, unreachable
from nnrun.sweep.execute.dask_tasks import LOST, DaskTask, end_sweep, marker, register, train_chunk
from nnrun.sweep.execute.train_alone import TrainAlone, one_by_one
from nnrun.sweep.execute.trial_context import TrialContext
from nnrun.sweep.execute.worker_main import FULL, READY
from nnrun.sweep.execute.worker_process import Messages, ProcessDied, SentChunk, TrialDone
from nnrun.sweep.listener import SweepListener
from nnrun.sweep.plan.group import Batch, chunks_for_dask
from nnrun.sweep.results.outcome import TrialOutcome
from nnrun.sweep.table.trial_block import TrialBlock

# How often to check which workers are there.
_CHECK_SECONDS = 0.5


def train_on_dask(
    context: TrialContext,
    batches: Iterable[Batch],
    address: str,
    count: int,
    listener: SweepListener,
) -> Generator[TrialOutcome | TrialBlock, None, None]:
    """Trains every trial on Dask workers; their outcomes, or rows of the table, as they come.

    Args:
        context: what the trials have in common.
        batches: each is requested when the one before it is done.
        address: the scheduler's, or `local` for workers on this machine alone.
        count: the number of workers of a local cluster.
        listener: is notified of why the sweep has to wait, and of every safe point.

    Raises:
        ExperimentError: Dask is not installed, the address is not valid, or a worker has other versions.
        StorageError: the scheduler cannot be reached any more, or a file could not be written.
        Interrupted: a signal came; the worker processes are ended.
        Bug: a worker process could not start, or met an unexpected error.
    """
    remaining = iter(batches)
    for first in remaining:  # without a batch there is no need to connect
        with connected(address, count) as client:
            absolute = replace(context, folder=context.folder.absolute())
            dispatcher = _Dispatcher(client, absolute, itertools.chain([first], remaining), address, listener)
            yield from dispatcher.outcomes()


class _RemoteWorker:
    """A Dask worker, its task, and the trials that it is training.

    Args:
        address: where Dask finds it.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.assigned = AssignedChunk()
        self.task: Any = None
        self.ready = False


class _Dispatcher:
    """The workers and the trials that are still to be trained."""

    def __init__(
        self, client: Any, context: TrialContext, batches: Iterator[Batch], address: str, listener: SweepListener
    ) -> None:
        self.client = client
        self.context = context
        self.batches = batches
        self.address = address
        self.listener = listener
        self.sweep = os.urandom(6).hex()
        self.backlog = Backlog(context)
        self.workers: dict[str, _RemoteWorker] = {}
        self.refused: set[str] = set()
        self.alone: set[str] = set()  # the reasons that were told
        self.received: SimpleQueue[tuple[Any, Messages]] = SimpleQueue()
        self.next_check = 0.0
        self.is_waiting = False

    def outcomes(self) -> Iterator[TrialOutcome | TrialBlock]:
        """Trains everything."""
        mark = marker(self.context.folder, self.sweep)
        with storage_errors("create", mark):
            mark.mkdir()
        try:
            self._add_first_workers()
            while self._has_work():
                self.listener.on_safe_point()
                yield from self._check_workers()
                self._assign()
                yield from self._receive()
        finally:
            self._close()
            remove_staged(self.context.folder / layout.TRIALS)

    def _has_work(self) -> bool:
        """Whether any trial is unfinished, in this batch or in another."""
        if self.backlog or any(worker.assigned for worker in self.workers.values()):
            return True
        self.backlog.refill(chunks_for_dask(next(self.batches, []), max(1, len(self.workers))))
        return bool(self.backlog)

    def _add_first_workers(self) -> None:
        """Waits for workers.

        Raises:
            ExperimentError: some have other versions.
        """
        while not (present := self._present()):
            self.listener.on_safe_point()
            self._say_waiting()
            time.sleep(_CHECK_SECONDS)
        problems = self._add_workers(present)
        if problems:
            raise ExperimentError(*problems)

    def _say_waiting(self) -> None:
        """Says once that there are no workers."""
        if not self.is_waiting:
            self.listener.on_waiting(f"The Dask scheduler {self.address} has no worker; waiting for one.")
        self.is_waiting = True

    def _present(self) -> set[str]:
        """The addresses of the workers that are there.

        Raises:
            StorageError: the scheduler does not respond.
        """
        try:
            return set(self.client.nthreads())
        except Exception as error:
            raise unreachable(self.address) from error

    def _add_workers(self, addresses: set[str]) -> list[Problem]:
        """Adds the workers that compute the same results as this machine; the problems of the others."""
        replies = self.client.run(register, self.context.folder, workers=list(addresses), on_error="return")
        problems = []
        for address, reply in replies.items():
            if isinstance(reply, OSError):
                continue  # it is gone again
            problem = _mismatch(address, reply)
            if problem:
                self.refused.add(address)
                problems.append(problem)
            else:
                self.workers[address] = _RemoteWorker(address)
                self.is_waiting = False
        return problems

    def _check_workers(self) -> Iterator[TrialOutcome | TrialBlock]:
        """Now and then: requeues the trials of workers that are gone, and adds new workers."""
        if time.monotonic() < self.next_check:
            return
        present = self._present()
        for address in self.workers.keys() - present:
            yield from self._after_death(self.workers.pop(address), LOST)
        new = present - self.workers.keys() - self.refused
        for problem in self._add_workers(new) if new else ():
            self.listener.on_waiting(problem.message)
        if not self.workers:
            self._say_waiting()
        self.next_check = time.monotonic() + _CHECK_SECONDS

    def _assign(self) -> None:
        """Assigns a chunk to every idle worker."""
        for worker in self.workers.values():
            if worker.task is None and self.backlog:
                worker.assigned = AssignedChunk(self.backlog.take(worker.assigned.chunk))
                self._submit(worker, worker.assigned.as_sent())

    def _submit(self, worker: _RemoteWorker, chunk: SentChunk | None) -> None:
        context = (
            self.context if chunk is not None else replace(self.context, files=DataFiles())
        )  # its process has them already
        task = DaskTask(self.sweep, context, chunk)
        key = f"nnrun-{self.sweep}-{os.urandom(6).hex()}"
        worker.task = self.client.submit(train_chunk, task, key=key, pure=False, workers=[worker.address])
        asyncio.run_coroutine_threadsafe(self._gather(worker.task), self.client.loop.asyncio_loop)

    async def _gather(self, task: Any) -> None:
        """Gathers the messages of a task; on the thread of the client, so that a worker's death blocks nothing."""
        try:
            messages = await self.client.gather(task, asynchronous=True)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            messages = [error]
        self.received.put((task, messages))

    def _receive(self) -> Iterator[TrialOutcome | TrialBlock]:
        """Waits a little for the messages of a worker; the outcomes that follow from them."""
        try:
            task, messages = self.received.get(timeout=_CHECK_SECONDS)
        except Empty:
            return
        worker = next((worker for worker in self.workers.values() if worker.task is task), None)
        if worker is None:
            return  # it is gone
        worker.task = None
        for message in messages:
            yield from self._handle(worker, message)
        if worker.assigned and worker.task is None:
            self._submit(worker, None)

    def _handle(self, worker: _RemoteWorker, message: Any) -> Iterator[TrialOutcome | TrialBlock]:
        if isinstance(message, TrialDone):
            (trial,) = worker.assigned.trials([message.outcome.index])
            worker.assigned.finish(message.outcome)
            if message.artifacts is not None:
                unpack(message.artifacts, self.context.folder, trial)
            yield message.outcome
        elif isinstance(message, TrialBlock):
            worker.assigned.finish(message)
            yield message
        elif isinstance(message, TrainAlone):
            self._train_alone(worker, message)
        elif message == READY:
            worker.ready = True
        elif message == FULL:
            worker.ready = False
            self.backlog.requeue(worker.assigned.take_rest())
        elif isinstance(message, ProcessDied):
            if not worker.ready and message.how != LOST:  # no trial's fault, and the next process would end likewise
                raise Bug(f"A worker process on {worker.address} {message.how} before its first trial.")
            worker.ready = False
            yield from self._after_death(worker, message.how)
        else:
            raise self._error_of(worker, message)

    def _train_alone(self, worker: _RemoteWorker, message: TrainAlone) -> None:
        """Takes back trials that cannot be trained together, and says why, once."""
        self.backlog.requeue(worker.assigned.trials(message.indices))
        worker.assigned.finish(message)
        if message.reason not in self.alone:
            self.alone.add(message.reason)
            self.listener.on_waiting(one_by_one(message.reason))

    def _error_of(self, worker: _RemoteWorker, error: BaseException) -> BaseException:
        """The error that a task's error is reported as."""
        if isinstance(error, NnrunError):
            return error
        self._present()  # tasks are lost with their scheduler
        if isinstance(error, OSError):
            return StorageError(f"The Dask worker at {worker.address} could not start its process: {error}")
        return Bug(f"A task on the Dask worker at {worker.address} ended with {type(error).__name__}: {error}")

    def _after_death(self, worker: _RemoteWorker, how: str) -> Iterator[TrialOutcome | TrialBlock]:
        """Requeues what a dead process has not finished; the outcome of a trial that has failed with it."""
        if worker.task is not None:
            self.client.cancel([worker.task], force=True)
            worker.task = None
        outcome = self.backlog.requeue_or_fail(list(worker.assigned.take_rest()), how)
        if outcome is not None:
            yield outcome

    def _close(self) -> None:
        """Cancels all tasks and ends the worker processes."""
        tasks = [worker.task for worker in self.workers.values() if worker.task is not None]
        with suppress(Exception):  # a worker that is not reached ends its process when its lease is over
            self.client.sync(self._end_processes, tasks, callback_timeout=CLOSING_SECONDS)

    async def _end_processes(self, tasks: list[Any]) -> None:
        await self.client.run(end_sweep, self.sweep, workers=list(self.workers), on_error="ignore")
        await self.client.cancel(tasks, force=True)


def _mismatch(address: str, reply: Any) -> Problem | None:
    """Why a worker would compute other results than this machine; None where it computes the same."""
    if isinstance(reply, ImportError):
        hint = "Install the same packages on every worker as here."
        return Problem(f"The Dask worker at {address} cannot import nnrun: {reply}", hint=hint)
    if isinstance(reply, Exception):
        return Problem(f"The Dask worker at {address} does not respond: {reply}")
    different = differences(Identity(versions=versions(), environment=deciding_variables()), reply)
    if different:
        what = "; ".join(difference.compared() for difference in different)
        hint = "Other versions and variables give other weights; install and set the same everywhere."
        return Problem(f"On the Dask worker at {address} {what} as here.", hint=hint)
    return None
