"""Trials spread over the workers of a Dask scheduler, which come and go.

A task hands a share of trials to a process that its worker keeps, or comes back with what that process has told. Each
task is bound to its worker, and each worker has one task at a time, so it is known here what a worker that is gone has
left undone. Dask itself never repeats a task.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import Any

from nnrun.data.files.data_files import DataFiles
from nnrun.errors import Bug, ExperimentError, NnrunError, Problem, StorageError
from nnrun.runs.provenance import versions
from nnrun.runs.storage_errors import storage_errors
from nnrun.sweep.execute.artifacts import unpack
from nnrun.sweep.execute.backlog import Backlog
from nnrun.sweep.execute.dask_tasks import LOST, Order, introduce, leave, serve, sign
from nnrun.sweep.execute.trial_context import TrialContext
from nnrun.sweep.execute.version_check import other_versions
from nnrun.sweep.execute.worker_main import READY
from nnrun.sweep.execute.worker_process import Death, Told, TrialDone
from nnrun.sweep.plan.group import Batch, Chunk, cut
from nnrun.sweep.plan.trial import Trial
from nnrun.sweep.results.outcome import TrialOutcome
from nnrun.sweep.sweep_folder import remove_parts

LOCAL = "local"

# How long a scheduler may take to answer.
_PATIENCE = 5.0
# How often to look which workers are there.
_LOOK_SECONDS = 0.5
# How long to wait for workers to be told that the sweep is over; their processes end without it, but later.
_FAREWELL_SECONDS = 3.0


def train_on_dask(
    job: TrialContext, batches: Iterable[Batch], address: str, count: int, notify: Callable[[str], None]
) -> Iterator[TrialOutcome]:
    """Trains every trial on Dask workers; their outcomes as they come.

    Args:
        job: what the trials have in common.
        batches: each is asked for when the one before it is done.
        address: the scheduler's, or `local` for workers on this machine alone.
        count: how many workers a local cluster has.
        notify: is told in a sentence what keeps the sweep waiting.

    Raises:
        ExperimentError: Dask is not installed, the address is none, or a worker computes with other versions.
        StorageError: the scheduler cannot be reached any more, or a file could not be written.
        Interrupted: a signal came; the processes that train are ended.
        Bug: a process that was to train could not begin, or met an error that is none of the family.
    """
    remaining = iter(batches)
    for first in remaining:  # without one there is nothing to connect for
        with _connected(address, count) as client:
            here = replace(job, folder=job.folder.absolute())
            yield from _Employer(client, here, itertools.chain([first], remaining), address, notify).outcomes()


@contextmanager
def _connected(address: str, count: int) -> Iterator[Any]:
    try:
        import distributed
    except ImportError as error:
        hint = "Install it: pip install 'nnrun[dask]'"
        raise ExperimentError(Problem("--dask needs the package distributed.", hint=hint)) from error
    for name in ("distributed", "distributed.client"):  # what matters of it is said in one line
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if address != LOCAL:
        with _client(distributed, address) as client:
            yield client
        return
    # Workers in threads are enough, since each trains in a process of its own; no port is opened.
    options = {"processes": False, "threads_per_worker": 1, "memory_limit": 0, "dashboard_address": None}
    with (
        distributed.LocalCluster(n_workers=count, silence_logs=logging.CRITICAL, **options) as cluster,
        _client(distributed, cluster) as client,
    ):
        yield client


@contextmanager
def _client(distributed: Any, address: Any) -> Iterator[Any]:
    client = _connect(distributed, address)
    try:
        yield client
    finally:
        with _indifferent():
            client.close(timeout=_FAREWELL_SECONDS)


def _connect(distributed: Any, address: Any) -> Any:
    """A client; made on another thread, since one whose counterpart is no scheduler may wait for ever.

    Raises:
        ExperimentError: the address is none.
        StorageError: no scheduler answers.
    """
    answers: SimpleQueue[Any] = SimpleQueue()

    def connect() -> None:
        try:
            answers.put(distributed.Client(address, timeout=_PATIENCE, set_as_default=False))
        except Exception as error:
            answers.put(error)

    threading.Thread(target=connect, daemon=True).start()
    try:
        answer = answers.get(timeout=2 * _PATIENCE)
    except Empty:
        raise _unreachable(address) from None
    if isinstance(answer, ValueError):
        hint = "For example: --dask tcp://192.168.0.7:8786, or --dask local"
        raise ExperimentError(Problem(f'"{address}" is no address of a Dask scheduler: {answer}', hint=hint))
    if isinstance(answer, Exception):
        raise _unreachable(address) from answer
    return answer


@contextmanager
def _indifferent() -> Iterator[None]:
    """Lets pass what goes wrong on the way out, but for a signal."""
    try:
        yield
    except NnrunError:
        raise
    except Exception:
        return


def _unreachable(address: Any) -> StorageError:
    hint = "Is it running, and does no firewall stand between? Start one: dask scheduler"
    return StorageError(Problem(f"No Dask scheduler answers at {address}.", hint=hint))


class _Distant:
    """A Dask worker as its employer sees it.

    Args:
        address: where Dask finds it.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.share: Chunk = ()
        self.left: deque[Trial] = deque()
        self.task: Any = None
        self.ready = False


class _Employer:
    """The workers and what is still to be trained."""

    def __init__(
        self, client: Any, job: TrialContext, batches: Iterator[Batch], address: str, notify: Callable[[str], None]
    ) -> None:
        self.client = client
        self.job = job
        self.batches = batches
        self.address = address
        self.notify = notify
        self.sweep = os.urandom(6).hex()
        self.backlog = Backlog(job)
        self.workers: dict[str, _Distant] = {}
        self.refused: set[str] = set()
        self.heard: SimpleQueue[tuple[Any, Told]] = SimpleQueue()
        self.next_look = 0.0
        self.is_waiting = False

    def outcomes(self) -> Iterator[TrialOutcome]:
        """Trains everything."""
        mark = sign(self.job.folder, self.sweep)
        with storage_errors("create", mark):
            mark.mkdir()
        try:
            self._hire_first()
            while self._has_work():
                yield from self._look()
                self._employ()
                yield from self._hear()
        finally:
            self._leave()
            remove_parts(self.job.folder)

    def _has_work(self) -> bool:
        """Whether anything is left to do, in this batch or in another."""
        if self.backlog or any(worker.left for worker in self.workers.values()):
            return True
        self.backlog.refill(cut(next(self.batches, []), max(1, len(self.workers))))
        return bool(self.backlog)

    def _hire_first(self) -> None:
        """Waits for workers.

        Raises:
            ExperimentError: some compute with other versions.
        """
        while not (present := self._present()):
            self._wait_for_workers()
            time.sleep(_LOOK_SECONDS)
        problems = self._hire(present)
        if problems:
            raise ExperimentError(*problems)

    def _wait_for_workers(self) -> None:
        """Says once that there are no workers."""
        if not self.is_waiting:
            self.notify(f"There is no worker at the Dask scheduler {self.address}; waiting for one.")
        self.is_waiting = True

    def _present(self) -> set[str]:
        """The addresses of the workers that are there.

        Raises:
            StorageError: the scheduler does not answer.
        """
        try:
            return set(self.client.nthreads())
        except NnrunError:  # a signal
            raise
        except Exception as error:
            raise _unreachable(self.address) from error

    def _hire(self, addresses: set[str]) -> list[Problem]:
        """Hires those workers that compute as this machine does; what is wrong with the others."""
        answers = self.client.run(introduce, self.job.folder, workers=list(addresses), on_error="return")
        problems = []
        for address, told in answers.items():
            if isinstance(told, OSError):
                continue  # it is gone again
            problem = _misfit(address, told)
            if problem:
                self.refused.add(address)
                problems.append(problem)
            else:
                self.workers[address] = _Distant(address)
                self.is_waiting = False
        return problems

    def _look(self) -> Iterator[TrialOutcome]:
        """Now and then: lets others train what workers that are gone have left, and hires new ones."""
        if time.monotonic() < self.next_look:
            return
        present = self._present()
        for address in self.workers.keys() - present:
            yield from self._bury(self.workers.pop(address), LOST)
        new = present - self.workers.keys() - self.refused
        for problem in self._hire(new) if new else ():
            self.notify(problem.message)
        if not self.workers:
            self._wait_for_workers()
        self.next_look = time.monotonic() + _LOOK_SECONDS

    def _employ(self) -> None:
        """Gives every idle worker a share."""
        for worker in self.workers.values():
            if worker.task is None and self.backlog:
                worker.share = self.backlog.take(worker.share)
                worker.left = deque(worker.share)
                self._ask(worker, worker.share)

    def _ask(self, worker: _Distant, share: Chunk | None) -> None:
        job = self.job if share else replace(self.job, files=DataFiles())  # its process has them already
        order = Order(self.sweep, job, share)
        key = f"nnrun-{self.sweep}-{os.urandom(6).hex()}"
        worker.task = self.client.submit(serve, order, key=key, pure=False, workers=[worker.address])
        asyncio.run_coroutine_threadsafe(self._fetch(worker.task), self.client.loop.asyncio_loop)

    async def _fetch(self, task: Any) -> None:
        """Brings what a task comes back with; on the thread of the client, so that a worker's death blocks nobody."""
        try:
            told = await self.client.gather(task, asynchronous=True)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            told = [error]
        self.heard.put((task, told))

    def _hear(self) -> Iterator[TrialOutcome]:
        """Waits a little for what a worker has to tell; the outcomes that follow from it."""
        try:
            task, told = self.heard.get(timeout=_LOOK_SECONDS)
        except Empty:
            return
        worker = next((worker for worker in self.workers.values() if worker.task is task), None)
        if worker is None:
            return  # it was given up meanwhile
        worker.task = None
        for message in told:
            yield from self._understand(worker, message)
        if worker.left and worker.task is None:
            self._ask(worker, None)

    def _understand(self, worker: _Distant, message: Any) -> Iterator[TrialOutcome]:
        if isinstance(message, TrialDone):
            trial = worker.left.popleft()
            if message.parcel is not None:
                unpack(message.parcel, self.job.folder, trial)
            yield message.outcome
        elif message == READY:
            worker.ready = True
        elif isinstance(message, Death):
            if not worker.ready and message.how != LOST:  # it is no trial's fault, and the next one would end likewise
                raise Bug(f"A process that was to train on {worker.address} {message.how} before its first trial.")
            worker.ready = False
            yield from self._bury(worker, message.how)
        else:
            raise self._meant(worker, message)

    def _meant(self, worker: _Distant, error: BaseException) -> BaseException:
        """The error of the family that an error of a task means."""
        if isinstance(error, NnrunError):
            return error
        self._present()  # tasks are lost with their scheduler
        if isinstance(error, OSError):
            return StorageError(f"The Dask worker at {worker.address} could not begin to train: {error}")
        return Bug(f"A task on the Dask worker at {worker.address} ended with {type(error).__name__}: {error}")

    def _bury(self, worker: _Distant, how: str) -> Iterator[TrialOutcome]:
        """Lets others train what a dead process has left; the outcome of a trial that is given up."""
        if worker.task is not None:
            self.client.cancel([worker.task], force=True)
            worker.task = None
        left, worker.left = worker.left, deque()
        outcome = self.backlog.bury(left, how)
        if outcome is not None:
            yield outcome

    def _leave(self) -> None:
        """Cancels what is still asked for and ends the processes that train."""
        tasks = [worker.task for worker in self.workers.values() if worker.task is not None]
        with _indifferent():  # whoever cannot be told ends its process when it has not been asked for a while
            self.client.sync(self._farewell, tasks, callback_timeout=_FAREWELL_SECONDS)

    async def _farewell(self, tasks: list[Any]) -> None:
        await self.client.run(leave, self.sweep, workers=list(self.workers), on_error="ignore")
        await self.client.cancel(tasks, force=True)


def _misfit(address: str, told: Any) -> Problem | None:
    """Why results of a worker would not be those of this machine, or None."""
    if isinstance(told, ImportError):
        hint = "Install on every worker what is installed here."
        return Problem(f"The Dask worker at {address} cannot import nnrun: {told}", hint=hint)
    if isinstance(told, Exception):
        return Problem(f"The Dask worker at {address} does not answer: {told}")
    different = other_versions(versions(), told)
    if different:
        hint = "The same file gives other weights with other versions; install the same everywhere."
        return Problem(f"The Dask worker at {address} has {'; '.join(different)} as here.", hint=hint)
    return None
