"""The trials that are still to be trained by workers that may die.

A worker takes one chunk of trials at a time. When it dies, others get what it has not finished: the trial that it was
training alone, so that another death is surely that trial's, and the rest of its chunk. A trial whose worker dies twice
has failed.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence

from nnrun.experiment.compile_cache_key import compile_cache_key
from nnrun.runs import layout
from nnrun.runs.record import begun, now
from nnrun.runs.staging import remove_staged, staged_folder
from nnrun.runs.writer import RunWriter
from nnrun.sweep.execute.trial_context import TrialContext
from nnrun.sweep.plan.group import Chunk
from nnrun.sweep.plan.population_chunk import PopulationPiece
from nnrun.sweep.plan.trial import Trial
from nnrun.sweep.results.outcome import TrialOutcome, outcome_of
from nnrun.sweep.table.outcome_block import block_of_one
from nnrun.sweep.table.trial_block import TrialBlock

# A trial whose worker died so often has failed.
_MOST_DEATHS = 2


class Backlog:
    """Chunks that wait for a worker, and how many workers have died in each trial.

    Args:
        context: what the trials have in common.
    """

    def __init__(self, context: TrialContext) -> None:
        self.context = context
        self.waiting: deque[tuple[str, Chunk]] = deque()
        self.deaths: Counter[int] = Counter()

    def __bool__(self) -> bool:
        return bool(self.waiting)

    def refill(self, chunks: Iterable[Chunk]) -> None:
        """Adds chunks."""
        self.waiting.extend((_program(chunk), chunk) for chunk in chunks)

    def take(self, before: Chunk | None = None) -> Chunk:
        """The next chunk; where there is one, a chunk of the same program as the worker's chunk before."""
        program = _program(before) if before else None
        found = next((waiting for waiting in self.waiting if waiting[0] == program), self.waiting[0])
        self.waiting.remove(found)
        return found[1]

    def requeue_or_fail(self, unfinished: Sequence[Trial], how: str) -> TrialOutcome | TrialBlock | None:
        """Takes back what a dead worker has not finished; the outcome of the trial that has failed with it.

        The trials of a population are trained one by one from now on: any of them may have ended the worker.

        Args:
            unfinished: its trials, the one that it was training first.
            how: how it ended, in words that follow "The process that trained it".

        Raises:
            StorageError: the failed trial could not be written.
        """
        if not unfinished:
            return None
        trial, *rest = unfinished
        remove_staged(self.context.folder / layout.TRIALS, trial.name)
        self.deaths[trial.index] += 1
        self.requeue(rest)
        if self.deaths[trial.index] >= _MOST_DEATHS:
            return _write_failed(self.context, trial, f"The process that trained it {how}, twice.")
        self.requeue([trial])
        return None

    def requeue(self, chunk: Chunk) -> None:
        """Takes back what a worker has not begun."""
        if chunk:
            self.waiting.appendleft((_program(chunk), chunk))


def _program(chunk: Chunk) -> str:
    if isinstance(chunk, PopulationPiece):
        return f"population {chunk.group.program}"
    return compile_cache_key(chunk[0].experiment.resolved)


def _write_failed(context: TrialContext, trial: Trial, reason: str) -> TrialOutcome | TrialBlock:
    """Writes the folder of a trial that failed with its process, or the row that it has in the table."""
    if context.in_table:
        return block_of_one(trial, TrialOutcome(trial.index, "failed", "", reason), {}, context.most_epochs)
    record = begun(trial.experiment, now(), context.command, context.versions)
    folder = context.folder / layout.TRIALS / trial.name
    with staged_folder(folder) as hidden:
        writer = RunWriter(hidden, record, durable=False)
        writer.write_experiment(trial.experiment.source, trial.experiment.code)
        writer.write_resolved(context.resolved_text(trial))
        # It is no fault of the trial, so a resumed sweep trains it again. Nobody knows how long it was trained.
        writer.note(status="interrupted", reason=reason, finished=now())
        writer.write_record()
    return outcome_of(trial.index, folder, writer.record, {}, context.reach)
