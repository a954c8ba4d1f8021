"""The outcomes of the finished trials of a sweep, whether each has a folder or all are rows of a table."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence

from nnrun.experiment.objective import Objective
from nnrun.sweep.results.outcome import TrialOutcome, trial_rank


class Outcomes(Mapping[int, TrialOutcome]):
    """The outcomes of finished trials, by index; of a table of a million trials none is made but those asked for."""

    @abstractmethod
    def counts(self) -> Mapping[str, int]:
        """How many trials have each status."""

    @abstractmethod
    def leading(self, objective: Objective | None, *, reaching: bool) -> TrialOutcome | None:
        """The best completed trial by `trial_rank`; None where none was completed.

        Args:
            objective: the objective of the sweep, if any.
            reaching: whether the sweep has a target.
        """

    @abstractmethod
    def troubled(self) -> Sequence[TrialOutcome]:
        """The trials that failed, and those that did not meet what their experiments expect."""


class FolderOutcomes(dict[int, TrialOutcome], Outcomes):
    """The outcomes of trials with folders."""

    def counts(self) -> Mapping[str, int]:
        return Counter(outcome.status for outcome in self.values())

    def leading(self, objective: Objective | None, *, reaching: bool) -> TrialOutcome | None:
        completed = [outcome for outcome in self.values() if outcome.status == "completed"]
        return min(completed, key=trial_rank(objective, reaching=reaching), default=None)

    def troubled(self) -> Sequence[TrialOutcome]:
        return [outcome for outcome in self.values() if outcome.exit_status]
