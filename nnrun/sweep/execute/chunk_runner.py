"""The training of chunks of trials in a worker process: into folders, into rows of a table, or as populations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnrun.sweep.execute.population_runner import PopulationRunner
from nnrun.sweep.execute.train_alone import TrainAlone
from nnrun.sweep.execute.trial_context import TrialContext
from nnrun.sweep.execute.trial_runner import TrialRunner
from nnrun.sweep.plan.population_chunk import PopulationChunk
from nnrun.sweep.plan.trial import Trial
from nnrun.sweep.results.outcome import TrialOutcome
from nnrun.sweep.table.trial_block import TrialBlock


class ChunkRunner:
    """Trains chunks one after another in this process.

    Args:
        context: what the trials have in common.

    Raises:
        ResumeError: the finished trials of a resumed sweep were trained on another kind of device.
    """

    def __init__(self, context: TrialContext) -> None:
        self.runner = TrialRunner(context)
        self.populations = PopulationRunner(self.runner)
        self.in_table = context.in_table
        self.may_stop = True  # whether nothing is lost if the process ends now

    @property
    def programs(self) -> int:
        """How many programs were compiled."""
        return self.runner.models.programs

    def train(self, chunk: Sequence[Trial] | PopulationChunk) -> Iterator[TrialOutcome | TrialBlock | TrainAlone]:
        """Trains the trials of a chunk; their outcomes as they come. The errors are those of `TrialRunner.train`."""
        if isinstance(chunk, PopulationChunk):
            left = len(chunk)
            for message in self.populations.train(chunk):
                left -= len(message)
                self.may_stop = left == 0
                yield message
            return
        for trial in chunk:
            yield self.runner.train_row(trial) if self.in_table else self.runner.train(trial)
