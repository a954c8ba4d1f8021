"""Experiment files trained in worker processes, each of which loads TensorFlow once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from nnrun.errors import Bug, Problem, TrainingError
from nnrun.sweep.execute.forkserver import start_server
from nnrun.sweep.execute.started_worker import StartedWorker
from nnrun.sweep.execute.worker_main import FULL, READY
from nnrun.testing.case_listener import CaseListener
from nnrun.testing.case_options import CaseOptions
from nnrun.testing.case_result import CaseResult
from nnrun.testing.experiment_case import ExperimentCase

# How often a command that waits for its workers can be interrupted.
_CHECK_SECONDS = 0.2


@dataclass(frozen=True)
class CaseContext:
    """What the trainings in worker processes have in common.

    Args:
        options: how they are trained.
        scratch: the folder in which runs are made.
    """

    options: CaseOptions
    scratch: Path

    def make_runner(self) -> CaseRunner:
        """What trains files in a worker process."""
        return CaseRunner(self)


class CaseRunner:
    """Trains files one after another in this process, on one model and one program where they fit.

    Args:
        context: what they have in common.
    """

    may_stop = True

    def __init__(self, context: CaseContext) -> None:
        from nnrun.training.shared_models import SharedModels

        self.models = SharedModels()
        self.options = context.options.on_models(self.models)
        self.scratch = context.scratch

    @property
    def programs(self) -> int:
        """How many programs were compiled."""
        return self.models.programs

    def train(self, case: ExperimentCase) -> Iterator[CaseResult]:
        """Trains a file; its result."""
        from nnrun.testing.case_training import train_case

        yield train_case(case, self.options, self.scratch)


def train_cases(
    cases: Sequence[ExperimentCase], options: CaseOptions, scratch: Path, listener: CaseListener
) -> Iterator[CaseResult]:
    """Trains files in worker processes, those with the most steps first; the results as they come.

    Args:
        cases: the files.
        options: how.
        scratch: the folder in which runs are made.
        listener: is notified of what begins and of safe points.

    Raises:
        Bug: a worker could not start, or ended with an unexpected error.
        Interrupted: a signal came; the workers are ended.
    """
    pool = _CasePool(cases, CaseContext(options, scratch), options.jobs, listener)

    def end() -> None:
        pool.kill()
        shutil.rmtree(scratch, ignore_errors=True)

    listener.on_emergency_save(end)
    try:
        while pool.assign():
            ready = wait(pool.busy, _CHECK_SECONDS)
            listener.on_safe_point()  # a signal to all processes may have ended workers too
            for connection in ready:
                result = pool.receive(connection)
                if result is not None:
                    yield result
        pool.stop()
    finally:
        pool.kill()


class _CasePool:
    """The workers, and the files that are still to be trained."""

    def __init__(
        self, cases: Sequence[ExperimentCase], context: CaseContext, count: int, listener: CaseListener
    ) -> None:
        self.waiting = sorted(cases, key=lambda case: -case.work)
        self.context = context
        self.count = count
        self.listener = listener
        self.busy: dict[Any, tuple[StartedWorker, ExperimentCase]] = {}  # by connection
        self.idle: list[tuple[StartedWorker, ExperimentCase]] = []  # with what they have trained last
        self.multiprocessing = start_server()

    def assign(self) -> bool:
        """Assigns files to as many workers as there may be; whether any worker is busy then."""
        while self.waiting and len(self.busy) < self.count:
            worker, case = self._next()
            self.waiting.remove(case)
            self.busy[worker.connection] = worker, case
            worker.send(case)
            self.listener.on_case_begin(case)
        return bool(self.busy)

    def _next(self) -> tuple[StartedWorker, ExperimentCase]:
        """A worker, and the longest training, or the longest of those that fit the program it has compiled last."""
        if not self.idle:
            return StartedWorker(self.multiprocessing, self.context), self.waiting[0]
        worker, before = self.idle.pop()
        return worker, next((case for case in self.waiting if case.program == before.program), self.waiting[0])

    def receive(self, connection: Any) -> CaseResult | None:
        """Receives a worker's message, or notices its death; the result that follows from it.

        Raises:
            NnrunError: the worker met an error that ends all tests.
        """
        worker, case = self.busy[connection]
        try:
            message = connection.recv()
        except (EOFError, OSError):
            return self._after_death(worker, case)
        if message == READY:
            worker.ready = True
            return None
        if isinstance(message, BaseException):
            raise message
        del self.busy[connection]
        if message == FULL:  # sent after its last result
            self.waiting.insert(0, case)
            worker.stop()
            return None
        self.idle.append((worker, case))
        result: CaseResult = message
        return result

    def _after_death(self, worker: StartedWorker, case: ExperimentCase) -> CaseResult:
        """The result of a training whose process is dead.

        Raises:
            Bug: it died before it could train anything.
        """
        del self.busy[worker.connection]
        how = worker.how_it_ended()
        worker.connection.close()
        if not worker.ready:  # no training's fault, and the next worker would end likewise
            raise Bug(f"A worker process {how} before its first training.")
        problem = Problem(f"The process that trained it {how}.")
        return CaseResult(
            case.index, case.file, case.name, "error", TrainingError.exit_status, problems=(problem,), seed=case.seed
        )

    def stop(self) -> None:
        """Lets the idle workers end by themselves."""
        while self.idle:
            self.idle.pop()[0].stop()

    def kill(self) -> None:
        """Ends all workers at once."""
        for worker, _ in (*self.busy.values(), *self.idle):
            worker.kill()
