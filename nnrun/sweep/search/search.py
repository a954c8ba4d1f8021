"""A search: the settings it can draw, the trials they make, and the bounds that trials must keep."""

from __future__ import annotations

import importlib.util
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.schema.validation import in_file_order
from nnrun.experiment.search_section import SearchSettings
from nnrun.experiment.text.overrides import Setting
from nnrun.sweep.plan.selected_combinations import selected_combinations
from nnrun.sweep.plan.trial import Bound, Trial
from nnrun.sweep.results.outcome import TrialOutcome
from nnrun.sweep.search.objective_tracker import ObjectiveTracker

# So many configurations are drawn at once; the next batch depends on their outcomes, whoever trains them.
BATCH = 8

# No trial is pruned before so many are completed.
_FEWEST_COMPLETED = 5
# A pruner decides at an eighth, a quarter and a half of the epochs.
_DIVISORS = (8, 4, 2)
# With more combinations than these, each value is tried with the first of the others instead.
_MOST_COMBINATIONS = 64

Make = Callable[[Sequence[Setting]], Experiment]


@dataclass(frozen=True, eq=False)
class Search:
    """A search whose every bound and choice has been checked.

    Args:
        settings: the settings of the file.
        tracker: measures the objective.
        seed: the experiment's seed, which the draws depend on.
        make: makes the checked experiment with some settings.
    """

    settings: SearchSettings
    tracker: ObjectiveTracker
    seed: int
    make: Make

    def trial(self, index: int, settings: Sequence[Setting], bounds: tuple[Bound, ...]) -> Trial:
        """The trial with these settings.

        Raises:
            ExperimentError: they make no valid experiment; with the places of what they are drawn from.
        """
        values = {setting.path: setting.value for setting in settings}
        return Trial(index, values, self.make(settings), bounds)

    def repeated(self, draw: int, settings: Sequence[Setting], bounds: tuple[Bound, ...]) -> list[Trial]:
        """The trials of a draw: one, or one for each seed.

        Args:
            draw: its number, from 0.
            settings: what was drawn.
            bounds: where a trial may be pruned.

        Raises:
            ExperimentError: the settings make no valid experiment.
        """
        seeds = self.settings.repetitions
        if seeds is None:
            return [self.trial(draw, settings, bounds)]
        return [self.trial(draw * len(seeds) + i, [*settings, seed], bounds) for i, seed in enumerate(seeds)]

    def by_draw(self, outcomes: Sequence[TrialOutcome]) -> list[TrialOutcome]:
        """One outcome for each draw: with several seeds it has the center of their objectives.

        A draw fails where so many of its trials failed that the center is not finite.

        Args:
            outcomes: those of the trials, in their order.
        """
        seeds = self.settings.repetitions
        if seeds is None:
            return list(outcomes)
        return [self._joined(outcomes[i : i + len(seeds)]) for i in range(0, len(outcomes), len(seeds))]

    def _joined(self, outcomes: Sequence[TrialOutcome]) -> TrialOutcome:
        center = self.tracker.objective.over([outcome.objective for outcome in outcomes])
        reasons = [outcome.reason for outcome in outcomes if outcome.reason]
        if center is not None:
            return replace(outcomes[0], status="completed", objective=center, reason=None)
        return replace(outcomes[0], status="failed", objective=None, reason=reasons[0] if reasons else None)

    def bounds(self, outcomes: Sequence[TrialOutcome]) -> tuple[Bound, ...]:
        """The bounds that a trial must keep not to be pruned, computed from the trials of earlier batches.

        `median`: at each rung at least as good as the median of the completed trials, as in Optuna's MedianPruner.
        `halving`: among the better half of all trials that reached the rung, as in asynchronous successive halving
        (Li et al. 2020, https://arxiv.org/abs/1810.05934) with a reduction factor of 2. A value is the best value of
        the objective so far.
        """
        completed = [outcome for outcome in outcomes if outcome.status == "completed"]
        if self.settings.pruner == "none" or len(completed) < _FEWEST_COMPLETED:
            return ()
        halving = self.settings.pruner == "halving"
        bounds = []
        for place, epoch in enumerate(self.tracker.rungs):
            reached = [o.rungs[place] for o in (outcomes if halving else completed) if len(o.rungs) > place]
            values = [value for value in reached if value is not None]
            if values:
                bounds.append(Bound(epoch, self._better_half(values) if halving else statistics.median(values)))
        return tuple(bounds)

    def _better_half(self, values: list[float]) -> float:
        """The worst value that is among the better half of these and itself."""
        ranked = sorted(values, key=self.tracker.objective.rank)
        return ranked[max(0, (len(ranked) + 1) // 2 - 1)]


def plan_search(settings: SearchSettings, seed: int, make: Make) -> Search:
    """The search of a file's settings.

    Raises:
        ExperimentError: an end of a range or a choice makes no valid experiment; with the place of each.
    """
    epochs, problems = 1, {}
    for combination in selected_combinations([part.ends for part in settings.drawn], _MOST_COMBINATIONS):
        try:
            epochs = max(epochs, make(combination).epochs)
        except ExperimentError as error:
            problems.update(dict.fromkeys(error.problems))
    if problems:
        raise ExperimentError(*in_file_order(problems))
    rungs = sorted({epochs // divisor for divisor in _DIVISORS} - {0}) if settings.pruner != "none" else []
    return Search(settings, ObjectiveTracker(settings.objective, tuple(rungs)), seed, make)


def refuse_without_optuna(search: Search | None) -> None:
    """Refuses a search where Optuna is not installed.

    Raises:
        ExperimentError: with the place of the search.
    """
    if search is not None and importlib.util.find_spec("optuna") is None:
        message = "A search needs Optuna, which is not installed."
        raise ExperimentError(Problem(message, search.settings.drawn[0].key, "pip install 'nnrun[optuna]'"))


def optuna_version(search: Search | None) -> dict[str, str]:
    """The version of Optuna where it draws the trials; nothing elsewhere."""
    if search is None:
        return {}

    from importlib.metadata import version  # which takes longer to import than a sweep to plan

    return {"optuna": version("optuna")}
