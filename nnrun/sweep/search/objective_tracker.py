"""The objective of a search, measured over the epochs of its trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.objective import Objective
from nnrun.network.metric_names import measured_instead
from nnrun.sweep.plan.trial import Bound


class Unmeasured(ExperimentError):
    """The target of the trials or the objective of the search is an unknown metric, which is no trial's own fault.

    It is defined in a light module: a process that receives it from another one should not load TensorFlow to read it.
    """


@dataclass(frozen=True)
class ObjectiveTracker:
    """Measures the objective of a search.

    Args:
        objective: the metric to minimize or maximize.
        rungs: the epochs, from 1, at which a pruner decides.
    """

    objective: Objective
    rungs: tuple[int, ...] = ()

    def best(self, history: Mapping[str, Sequence[float]]) -> float | None:
        """The best value of the objective over all epochs; None where no value is finite."""
        return self.objective.best(history.get(self.objective.metric, ()))

    def at_rungs(self, history: Mapping[str, Sequence[float]], *, whole: bool) -> tuple[float | None, ...]:
        """The best value up to each rung that was reached.

        Args:
            history: each metric with a number per epoch.
            whole: whether the trial was trained to the end; its last value then counts for later rungs too.
        """
        values = history.get(self.objective.metric, ())
        return tuple(self.objective.best(values[:rung]) for rung in self.rungs if whole or rung <= len(values))

    def falls_behind(self, history: Mapping[str, Sequence[float]], bound: Bound) -> bool:
        """Whether a trial that has reached the bound's epoch is worse than the bound."""
        rank = self.objective.rank
        return len(history["loss"]) == bound.epoch and rank(self.best(history)) > rank(bound.value)

    def refuse_unmeasured(self, names: Sequence[str]) -> None:
        """Refuses an objective that is not among the metrics of an epoch.

        Raises:
            Unmeasured: with the place of the objective.
        """
        metric = self.objective.metric
        if metric not in names:
            hint = measured_instead(metric, names)
            raise Unmeasured(Problem(f'Unknown metric "{metric}".', self.objective.place, hint))
