"""Trials spread over worker processes that may die.

The workers are forked from a server that has TensorFlow loaded, so each begins in half a second. A worker takes a share
of trials and tells when each begins and ends. When it dies (out of memory, killed), the trial it was in is given to
another worker once more, and the rest of its share as well; a trial whose worker dies twice has failed.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from typing import Any

from nnrun.errors import Bug, NnrunError
from nnrun.spec.dump import dump
from nnrun.store.record import RECORD_NAME, begun, to_json
from nnrun.store.run import now
from nnrun.sweep.folder import SOURCE, begin_trial, end_trial, remove_parts_of, write_part
from nnrun.sweep.group import Share
from nnrun.sweep.job import Job
from nnrun.sweep.outcome import Outcome, outcome_of
from nnrun.sweep.trial import Trial

# A trial whose process died so often has failed.
_MOST_DEATHS = 2

_READY = "ready"


def train_in_processes(job: Job, batches: Iterable[Sequence[Share]], count: int) -> Iterator[Outcome]:
    """Trains every trial of the batches in worker processes; their outcomes as they come.

    Args:
        job: what the trials have in common.
        batches: pieces of work, of which a worker takes one at a time; each batch is asked for when the one before it
            is done, and the workers stay with what they have compiled.
        count: how many workers.

    Raises:
        ExperimentError, StorageError, Interrupted: as for `Worker.train`; the workers are ended.
        Bug: a worker could not begin, or ended with an error that is none of the family.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["nnrun.sweep.preload"])
    waiting: deque[Share] = deque()
    deaths: Counter[int] = Counter()
    workers: list[_Hired] = []
    idle: list[_Hired] = []
    remaining = iter(batches)
    try:
        while workers or _take_batch(remaining, waiting):
            while waiting and len(workers) < count:
                workers.append(idle.pop() if idle else _Hired(context, job))
                workers[-1].give(waiting.popleft())
            for connection in wait([worker.connection for worker in workers]):
                (worker,) = (worker for worker in workers if worker.connection is connection)
                try:
                    told = worker.connection.recv()
                except (EOFError, OSError):
                    workers.remove(worker)
                    outcome = _after_death(job, worker, waiting, deaths)
                    if outcome is not None:
                        yield outcome
                    if waiting:
                        workers.append(_Hired(context, job))
                        workers[-1].give(waiting.popleft())
                    continue
                if told == _READY:
                    worker.ready = True
                    continue
                if isinstance(told, Outcome):
                    worker.left.popleft()
                    yield told
                elif isinstance(told, BaseException):
                    raise told
                if not worker.left:
                    if waiting:
                        worker.give(waiting.popleft())
                    else:
                        workers.remove(worker)
                        idle.append(worker)
        while idle:
            idle.pop().dismiss()
    finally:
        for worker in (*workers, *idle):
            worker.kill()


def _take_batch(remaining: Iterator[Sequence[Share]], waiting: deque[Share]) -> bool:
    """Lets the next batch that holds anything wait; whether there was one."""
    for shares in remaining:
        waiting.extend(shares)
        if waiting:
            return True
    return False


class _Hired:
    """A worker process as its employer sees it."""

    def __init__(self, context: Any, job: Job) -> None:
        self.connection: Connection
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=work, args=(theirs, job), daemon=True)
        self.process.start()
        theirs.close()
        self.left: deque[Trial] = deque()
        self.ready = False

    def give(self, share: Share) -> None:
        """Gives it a share; one that is dead already is noticed when it is listened to."""
        self.left = deque(share)
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
        code = self.process.exitcode or 0
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"


def _after_death(job: Job, worker: _Hired, waiting: deque[Share], deaths: Counter[int]) -> Outcome | None:
    """Sees to it that the trials of a dead worker are trained by another; the outcome of one that is given up.

    Raises:
        Bug: it died before it could train anything.
    """
    how = worker.death()
    worker.connection.close()
    if not worker.ready:  # it is no trial's fault, and the next one would end likewise
        raise Bug(f"A process that was to train {how} before its first trial.")
    if not worker.left:
        return None
    trial, *rest = worker.left
    remove_parts_of(job.folder, trial)
    deaths[trial.index] += 1
    outcome = None
    if deaths[trial.index] >= _MOST_DEATHS:
        outcome = _given_up(job, trial, f"The process that trained it {how}, twice.")
    else:
        rest.insert(0, trial)
    if rest:
        waiting.appendleft(tuple(rest))
    return outcome


def _given_up(job: Job, trial: Trial, reason: str) -> Outcome:
    """Writes down that a trial failed with its process."""
    moment = now()
    record = replace(
        begun(trial.experiment, moment, job.command, job.versions), status="failed", finished=moment, reason=reason
    )
    hidden = begin_trial(job.folder, trial)
    write_part(hidden / SOURCE, trial.experiment.source)
    write_part(hidden / "resolved.yaml", dump(trial.experiment.resolved))
    write_part(hidden / RECORD_NAME, to_json(record))
    return outcome_of(trial.index, end_trial(job.folder, trial, hidden), record, {}, job.reach)


def work(connection: Connection, job: Job) -> None:
    """What a worker process does: it trains the trials of one share after another until there are no more.

    An error that ends the sweep is sent instead of an outcome. The worker ends with the process that hired it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of the terminal; the employer decides
    threading.Thread(target=_end_with_employer, daemon=True).start()
    try:
        from nnrun.sweep.work import Worker

        worker = Worker(job)
        connection.send(_READY)
        while (share := connection.recv()) is not None:
            for trial in share:
                connection.send(worker.train(trial))
    except (EOFError, BrokenPipeError):
        pass
    except NnrunError as error:
        connection.send(error)
    except Exception as error:
        connection.send(Bug(f"{type(error).__name__}: {error}"))
    connection.close()
    os._exit(0)  # without tearing TensorFlow down


def _end_with_employer() -> None:
    employer = multiprocessing.parent_process()
    if employer is not None:
        wait([employer.sentinel])
        os._exit(1)
