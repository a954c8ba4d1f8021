"""What a worker is training: a chunk of trials, and which of them it has not finished."""

from __future__ import annotations

from collections.abc import Iterable

from nnrun.sweep.execute.train_alone import TrainAlone
from nnrun.sweep.plan.group import Chunk
from nnrun.sweep.plan.population_chunk import PopulationChunk, PopulationPiece
from nnrun.sweep.plan.trial import Trial
from nnrun.sweep.results.outcome import TrialOutcome
from nnrun.sweep.table.trial_block import TrialBlock


class AssignedChunk:
    """A chunk that a worker has got; false when all of its trials are finished.

    Args:
        chunk: the trials.
    """

    def __init__(self, chunk: Chunk = ()) -> None:
        self.chunk: Chunk
        if isinstance(chunk, PopulationPiece):
            self.chunk, indices = chunk, chunk.indices
        else:
            self.chunk = tuple(chunk)
            indices = [trial.index for trial in self.chunk]
        self.unfinished = {index: position for position, index in enumerate(indices)}  # the position in the chunk

    def __bool__(self) -> bool:
        return bool(self.unfinished)

    def as_sent(self) -> tuple[Trial, ...] | PopulationChunk:
        """The trials as plain values for another process."""
        return self.chunk.chunk() if isinstance(self.chunk, PopulationPiece) else tuple(self.chunk)

    def trials(self, indices: Iterable[int]) -> tuple[Trial, ...]:
        """Unfinished trials by their numbers."""
        return tuple(self.chunk[self.unfinished[index]] for index in indices)

    def finish(self, message: TrialOutcome | TrialBlock | TrainAlone) -> None:
        """Notes which trials are finished, or are no longer the worker's."""
        if isinstance(message, TrialOutcome):
            del self.unfinished[message.index]
            return
        for index in message.index.tolist() if isinstance(message, TrialBlock) else message.indices:
            del self.unfinished[index]

    def take_rest(self) -> Chunk:
        """What is not finished; it is no longer the worker's."""
        positions = list(self.unfinished.values())
        self.unfinished = {}
        if isinstance(self.chunk, PopulationPiece):
            return self.chunk.part(positions)
        return tuple(self.chunk[position] for position in positions)
