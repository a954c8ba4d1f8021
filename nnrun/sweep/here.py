"""Trials one after another in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnrun.sweep.group import Share
from nnrun.sweep.job import Job
from nnrun.sweep.outcome import Outcome


def train_here(job: Job, shares: Sequence[Share]) -> Iterator[Outcome]:
    """Trains every trial of the shares; their outcomes as they come.

    Raises:
        ExperimentError, StorageError, Interrupted: as for `Worker.train`.
    """
    from nnrun.model.runtime import import_quietly

    import_quietly()  # TensorFlow waits until the sweep has its folder
    from nnrun.sweep.work import Worker

    worker = Worker(job)
    for share in shares:
        for trial in share:
            yield worker.train(trial)
