"""A search: which settings it can draw, the trials that they make, and the bounds that trials must keep to go on."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from nnrun.errors import ExperimentError
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.schema.validation import in_file_order
from nnrun.experiment.search_section import SearchSettings
from nnrun.experiment.sweep_section import DrawnSetting, Setting
from nnrun.sweep.plan.trial import Bound, Trial
from nnrun.sweep.results.outcome import TrialOutcome
from nnrun.sweep.search.objective_tracker import ObjectiveTracker

# So many trials are drawn at once; what they come to is known to those of the next batch, whoever trains them.
BATCH = 8

# No trial ends early before so many have been trained to their end.
_FEWEST_COMPLETED = 5
# At an eighth, a quarter and a half of the epochs a pruner looks.
_SHARES = (8, 4, 2)
# With more combinations than these, each value is tried with the first of the others instead.
_MOST_COMBINATIONS = 64

Make = Callable[[Sequence[Setting]], Experiment]


@dataclass(frozen=True, eq=False)
class Search:
    """A search whose every end and choice has been checked.

    Args:
        settings: as the file asks for it.
        sought: what is measured.
        seed: the experiment's seed, which the draws follow from.
        make: the checked experiment with these settings.
    """

    settings: SearchSettings
    sought: ObjectiveTracker
    seed: int
    make: Make

    def trial(self, index: int, settings: Sequence[Setting], bounds: tuple[Bound, ...]) -> Trial:
        """The trial of these settings.

        Raises:
            ExperimentError: they make no experiment; with the places of what they are drawn from.
        """
        told = {setting.path: setting.value for setting in settings}
        return Trial(index, told, self.make(_outer_first(settings)), bounds)

    def bounds(self, outcomes: Sequence[TrialOutcome]) -> tuple[Bound, ...]:
        """What a trial must keep to go on, by the trials of earlier batches.

        `median`: at each rung at least as good as the median of the trials that were trained to their end, as in
        Optuna's MedianPruner. `halving`: among the better half of all that came to the rung, as in asynchronous
        successive halving (Li et al. 2020, https://arxiv.org/abs/1810.05934) with a reduction factor of 2. A value is
        the best that the objective has come to so far.
        """
        completed = [outcome for outcome in outcomes if outcome.status == "completed"]
        if self.settings.pruner == "none" or len(completed) < _FEWEST_COMPLETED:
            return ()
        halving = self.settings.pruner == "halving"
        bounds = []
        for place, epoch in enumerate(self.sought.rungs):
            came = [outcome.rungs for outcome in (outcomes if halving else completed) if len(outcome.rungs) > place]
            values = [value for rungs in came if (value := rungs[place]) is not None]
            if values:
                bounds.append(Bound(epoch, self._better_half(values) if halving else statistics.median(values)))
        return tuple(bounds)

    def _better_half(self, values: list[float]) -> float:
        """The worst value that is among the better half of these and itself."""
        ranked = sorted(values, key=self.sought.objective.rank)
        return ranked[max(0, (len(ranked) + 1) // 2 - 1)]


def plan_search(settings: SearchSettings, seed: int, make: Make) -> Search:
    """The search that the settings ask for.

    Raises:
        ExperimentError: an end or a choice of what is drawn makes no experiment; with the place of each.
    """
    epochs, problems = 1, {}
    for combination in _combinations(settings.drawn):
        try:
            epochs = max(epochs, make(_outer_first(combination)).epochs)
        except ExperimentError as error:
            problems.update(dict.fromkeys(error.problems))
    if problems:
        raise ExperimentError(*in_file_order(problems))
    rungs = sorted({epochs // share for share in _SHARES} - {0}) if settings.pruner != "none" else []
    return Search(settings, ObjectiveTracker(settings.objective, tuple(rungs)), seed, make)


def _combinations(drawn: Sequence[DrawnSetting]) -> Iterator[tuple[Setting, ...]]:
    """The ends and choices of all settings in every combination, or each of them once where those would be many."""
    ends = [part.ends for part in drawn]
    if math.prod(map(len, ends)) <= _MOST_COMBINATIONS:
        yield from itertools.product(*ends)
        return
    first = tuple(settings[0] for settings in ends)
    yield first
    for place, settings in enumerate(ends):
        for setting in settings[1:]:
            yield (*first[:place], setting, *first[place + 1 :])


def _outer_first(settings: Sequence[Setting]) -> list[Setting]:
    """The settings so that one within another, as optimizer.learning_rate within optimizer, comes after it."""
    return sorted(settings, key=lambda setting: setting.path.count("."))
