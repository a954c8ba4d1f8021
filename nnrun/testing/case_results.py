"""The story of a test of experiment files: check them, train them, judge them."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from nnrun.errors import ExperimentError, Interrupted
from nnrun.runs.staging import scratch_folder
from nnrun.runs.storage_errors import storage_errors
from nnrun.testing.case_listener import CaseListener
from nnrun.testing.case_options import CaseOptions
from nnrun.testing.case_result import CaseResult, invalid
from nnrun.testing.case_workers import train_cases
from nnrun.testing.cases_here import train_here
from nnrun.testing.experiment_case import load_case
from nnrun.testing.swept_case import train_swept


@dataclass(frozen=True)
class CaseResults:
    """The results of a test of experiment files.

    Args:
        results: a result for every file, in their order; those that did not come to their end are skipped.
        seconds: how long all took.
        interrupted: the signal that ended the tests early, if one did.
    """

    results: tuple[CaseResult, ...]
    seconds: float
    interrupted: Interrupted | None = None

    @property
    def exit_status(self) -> int:
        """The worst exit status of the files, or that of the signal."""
        if self.interrupted is not None:
            return self.interrupted.exit_status
        return max((result.exit_status for result in self.results), default=0)

    def with_status(self, *statuses: str) -> list[CaseResult]:
        """The results with one of some statuses."""
        return [result for result in self.results if result.status in statuses]


NOTHING_TESTED = CaseResults((), 0.0)


def run_cases(files: Sequence[Path], options: CaseOptions, listener: CaseListener) -> CaseResults:
    """Tests experiment files: each is trained as `nnrun train` trains it, and passes if it meets what it expects.

    A file that expects nothing passes if it is trained to its end with finite weights. Where `options.run` has models
    of this process, files are trained in it, otherwise in worker processes, as folds and seeds always are.

    Args:
        files: the files.
        options: how.
        listener: is notified of every result.

    Raises:
        StorageError: the folder of all runs cannot be made.
        Bug: a worker process could not start.
    """
    began = time.monotonic()
    found: dict[int, CaseResult] = {}
    interrupted = None
    try:
        with closing(_run_each(files, options, listener)) as results:
            for result in results:
                found[result.index] = result
                listener.on_result(result)
                listener.on_safe_point()
    except Interrupted as error:
        interrupted = error
    skipped = (CaseResult(i, file, file.stem, "skipped") for i, file in enumerate(files))
    every = tuple(found.get(result.index, result) for result in skipped)
    return CaseResults(every, time.monotonic() - began, interrupted)


def _run_each(files: Sequence[Path], options: CaseOptions, listener: CaseListener) -> Generator[CaseResult, None, None]:
    cases = []
    for index, file in enumerate(files):
        listener.on_safe_point()
        try:
            cases.append(load_case(index, file, options.run))
        except ExperimentError as error:
            yield invalid(index, file, error)
    swept = [case for case in cases if case.folds or options.seeds]
    single = [case for case in cases if case not in swept]
    if single:
        with _scratch_folder(options.runs_dir) as scratch:
            train = train_cases if options.run.models is None else train_here
            yield from train(single, options, scratch, listener)
    for case in swept:
        listener.on_case_begin(case)
        yield train_swept(case, options, listener)


@contextmanager
def _scratch_folder(runs_dir: Path) -> Iterator[Path]:
    """A folder for the runs that are not kept, on the disk of those that are; nothing is left of it."""
    new = not runs_dir.exists()
    with storage_errors("create", runs_dir):
        runs_dir.mkdir(parents=True, exist_ok=True)
    try:
        with scratch_folder(runs_dir) as scratch:
            yield scratch
    finally:
        if new:
            with suppress(OSError):  # it holds runs that were kept
                runs_dir.rmdir()
