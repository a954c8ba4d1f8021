"""What is measured of the trials of a search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.search_section import Objective
from nnrun.network.metric_names import measured_instead
from nnrun.sweep.plan.trial import Bound


class Unmeasured(ExperimentError):
    """What the trials are to reach, or what is searched for, is not measured, which is no trial's own fault.

    It stands in a light room: who receives it from another process should not load TensorFlow to read it.
    """


@dataclass(frozen=True)
class ObjectiveTracker:
    """What is measured of the trials of a search.

    Args:
        objective: what is made small or large.
        rungs: the epochs, from 1, at which a pruner looks.
    """

    objective: Objective
    rungs: tuple[int, ...] = ()

    def best(self, history: Mapping[str, Sequence[float]]) -> float | None:
        """What the objective has come to over all epochs; None where no number is finite."""
        return self.objective.best(history.get(self.objective.metric, ()))

    def at_rungs(self, history: Mapping[str, Sequence[float]], *, whole: bool) -> tuple[float | None, ...]:
        """What the objective had come to at each rung that was reached.

        Args:
            history: each metric with a number per epoch.
            whole: whether the trial was trained to its end; what it has then come to stands at later rungs too.
        """
        values = history.get(self.objective.metric, ())
        return tuple(self.objective.best(values[:rung]) for rung in self.rungs if whole or rung <= len(values))

    def falls_behind(self, history: Mapping[str, Sequence[float]], bound: Bound) -> bool:
        """Whether a trial that has come to the bound's epoch is worse than it must be."""
        rank = self.objective.rank
        return len(history["loss"]) == bound.epoch and rank(self.best(history)) > rank(bound.value)

    def refuse_unmeasured(self, names: Sequence[str]) -> None:
        """Refuses an objective that is none of what every epoch measures.

        Raises:
            Unmeasured: with the place of the objective.
        """
        metric = self.objective.metric
        if metric not in names:
            hint = measured_instead(metric, names)
            raise Unmeasured(Problem(f'Nothing measures "{metric}".', self.objective.place, hint))
