"""Trials one after another in this process."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from nnrun.sweep.execute.trial_context import TrialContext
from nnrun.sweep.plan.group import Batch
from nnrun.sweep.results.outcome import TrialOutcome

if TYPE_CHECKING:
    from nnrun.sweep.execute.trial_runner import TrialRunner


def train_here(job: TrialContext, batches: Iterable[Batch]) -> Iterator[TrialOutcome]:
    """Trains every trial of the batches; their outcomes as they come.

    Args:
        job: what the trials have in common.
        batches: each is asked for when the one before it is done.

    Raises:
        ExperimentError, StorageError, Interrupted: as for `Worker.train`.
    """
    worker = None
    for share in itertools.chain.from_iterable(batches):
        worker = worker or _worker(job)
        for trial in share:
            yield worker.train(trial)


def _worker(job: TrialContext) -> TrialRunner:
    from nnrun.model.runtime import import_quietly

    import_quietly()  # TensorFlow waits until the sweep has its folder, and something to train
    from nnrun.sweep.execute.trial_runner import TrialRunner

    return TrialRunner(job)
