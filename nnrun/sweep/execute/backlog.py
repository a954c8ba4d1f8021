"""What is still to be trained by workers that may die.

A worker takes a share of trials, one share at a time. When it dies, what it left goes to others: the trial that it was
in alone, so that another death is surely that trial's, and the rest of its share. A trial whose worker dies twice has
failed.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence

import msgspec

from nnrun.experiment.text.dump import dump
from nnrun.runs import layout
from nnrun.runs.open_run import now
from nnrun.runs.record import begun, to_json
from nnrun.sweep.execute.trial_context import TrialContext
from nnrun.sweep.plan.compile_cache_key import compile_cache_key
from nnrun.sweep.plan.group import Chunk
from nnrun.sweep.plan.trial import Trial
from nnrun.sweep.results.outcome import TrialOutcome, outcome_of
from nnrun.sweep.sweep_folder import SOURCE, begin_trial, end_trial, remove_parts_of, write_part

# A trial whose worker died so often has failed.
_MOST_DEATHS = 2


class Backlog:
    """Shares that wait for a worker, and how many workers each trial has cost.

    Args:
        job: what the trials have in common.
    """

    def __init__(self, job: TrialContext) -> None:
        self.job = job
        self.waiting: deque[tuple[str, Chunk]] = deque()
        self.deaths: Counter[int] = Counter()

    def __bool__(self) -> bool:
        return bool(self.waiting)

    def refill(self, shares: Iterable[Chunk]) -> None:
        """Lets more pieces of work wait."""
        self.waiting.extend((_program(share), share) for share in shares)

    def take(self, before: Chunk | None = None) -> Chunk:
        """The next share; one of the program of the share that the worker had before, where there is one."""
        program = _program(before) if before else None
        found = next((waiting for waiting in self.waiting if waiting[0] == program), self.waiting[0])
        self.waiting.remove(found)
        return found[1]

    def bury(self, left: Sequence[Trial], how: str) -> TrialOutcome | None:
        """Takes back what a dead worker left; the outcome of the trial that is given up with it.

        Args:
            left: what it had not finished, the trial that it was in first.
            how: how it died, in words that follow "The process that trained it".

        Raises:
            StorageError: that a trial is given up could not be written down.
        """
        if not left:
            return None
        trial, *rest = left
        remove_parts_of(self.job.folder, trial)
        self.deaths[trial.index] += 1
        if rest:
            self.waiting.appendleft((_program(rest), tuple(rest)))
        if self.deaths[trial.index] >= _MOST_DEATHS:
            return _given_up(self.job, trial, f"The process that trained it {how}, twice.")
        self.waiting.appendleft((_program([trial]), (trial,)))
        return None


def _program(share: Sequence[Trial]) -> str:
    return compile_cache_key(share[0].experiment.resolved)


def _given_up(job: TrialContext, trial: Trial, reason: str) -> TrialOutcome:
    """Writes down that a trial failed with its process."""
    moment = now()
    record = msgspec.structs.replace(
        begun(trial.experiment, moment, job.command, job.versions), status="failed", finished=moment, reason=reason
    )
    hidden = begin_trial(job.folder, trial)
    write_part(hidden / SOURCE, trial.experiment.source)
    write_part(hidden / "resolved.yaml", dump(trial.experiment.resolved))
    write_part(hidden / layout.RECORD, to_json(record))
    return outcome_of(trial.index, end_trial(job.folder, trial, hidden), record, {}, job.reach)
