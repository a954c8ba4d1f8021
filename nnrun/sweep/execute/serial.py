"""Trials one after another in this process."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from nnrun.sweep.execute.trial_context import TrialContext
from nnrun.sweep.plan.group import Batch
from nnrun.sweep.results.outcome import TrialOutcome


def train_serially(context: TrialContext, batches: Iterable[Batch]) -> Iterator[TrialOutcome]:
    """Trains every trial of the batches; their outcomes as they come.

    Args:
        context: what the trials have in common.
        batches: each is requested when the one before it is done.

    Raises:
        ExperimentError, StorageError, Interrupted: as for `TrialRunner.train`.
    """
    runner = None
    for trial in itertools.chain.from_iterable(itertools.chain.from_iterable(batches)):
        if runner is None:  # TensorFlow is loaded once the sweep has its folder, and something to train
            from nnrun.model.runtime import import_quietly

            import_quietly()
            from nnrun.sweep.execute.trial_runner import TrialRunner

            runner = TrialRunner(context)
        yield runner.train(trial)
