"""The check of a section `sweep:` with all its problems and warnings, for `nnrun check`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from nnrun.data.files.data_files import DataFiles
from nnrun.errors import ExperimentError, Problem, listed, shown
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.grid_section import SECTION
from nnrun.experiment.seeds import SEED
from nnrun.experiment.sweep_measure import find_measure_warnings
from nnrun.experiment.text.overrides import Setting
from nnrun.sweep.plan.plan import SweepRequest
from nnrun.sweep.plan.trial_check import MOST_CHECKED, MOST_FAILED, MOST_PROBLEMS, chosen_trials
from nnrun.sweep.plan.trial_experiments import TrialExperiments, refuse_too_many
from nnrun.sweep.search.search import plan_search

# Of a longer range or series as many values are checked, fewer than before a training: a check is to take a second.
_MOST_VALUES = 100

# So many trials are checked where each has the problems of the experiment, to find those of values of the section.
_MOST_KNOWN = 100

# What is said of the memory that an experiment needs: that no machine has as much, or that this one does not.
Sizes = Callable[[Experiment], tuple[Problem | None, Problem | None]]


@dataclass(frozen=True)
class SweepCheck:
    """What is wrong with a sweep.

    Args:
        problems: the problems.
        warnings: what is probably not meant.
        checked: the number of configurations that were checked.
        count: the number of configurations, seeds apart.
    """

    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    checked: int = 0
    count: int = 0


def check_sweep(
    request: SweepRequest, known: Sequence[Problem], sizes: Sizes, files: DataFiles | None = None
) -> SweepCheck:
    """Checks the section `sweep:` of a file, if it has one: the trials that `nnrun sweep` checks before it trains.

    Of ranges and series in a sweep of more than 2,000 configurations fewer values are, and at most 2,000 trials in all.

    Args:
        request: the file and its options.
        known: the problems of the experiment itself; of its trials only those at values of the section count then.
        sizes: judges the memory that a trial needs.
        files: the data files that were read when the experiment was checked; others are read here.
    """
    try:
        base = TrialExperiments(request, files)
        settings = base.settings
        if settings.search is None and not settings.varied:
            return SweepCheck()
        refuse_too_many(base)
        trials = _CheckedTrials(base, known, sizes)
        if settings.search is not None:
            if not known:
                plan_search(settings.search, base.document.at((SEED,)) or 0, trials.experiment)
            return trials.result(0, 0)
    except ExperimentError as error:
        return SweepCheck(error.problems)
    checked = _check_trials(trials)
    return trials.result(checked, base.space.configuration_count)


def _check_trials(trials: _CheckedTrials) -> int:
    """Checks the trials until further ones would hardly add a problem; the number of those that a sweep trains."""
    checked = _check_each(trials)
    return _check_each(trials, seeds_alike=False) if trials.base.seeds_matter else checked


def _check_each(trials: _CheckedTrials, *, seeds_alike: bool = True) -> int:
    most = _MOST_KNOWN if trials.known else MOST_CHECKED
    chosen = chosen_trials(trials.base, min(most, _MOST_VALUES), seeds_alike=seeds_alike, most=most)
    checked = 0
    for number, settings in islice(chosen, most):
        trials.check(settings)
        checked += number is not None
        if len(trials.problems) >= MOST_PROBLEMS or trials.failed >= MOST_FAILED:
            break
    return checked


class _CheckedTrials:
    """The problems and warnings of the trials that were checked, each once, with the first trial that has it.

    Args:
        base: what the trials are made from.
        known, sizes: as for `check_sweep`.
    """

    def __init__(self, base: TrialExperiments, known: Sequence[Problem], sizes: Sizes) -> None:
        self.base, self.known, self.sizes = base, known, sizes
        places = [*base.document.places.items(), *base.document.keys.items()]
        self.own = {place for path, place in places if path[:1] == (SECTION,)}
        unchanged = None if known else base.experiment(())
        self.before = {*known, *(unchanged.warnings if unchanged else ())}
        self.is_too_large, self.is_large = map(bool, sizes(unchanged)) if unchanged else (False, False)
        self.problems: dict[Problem, Problem] = {}
        self.warnings: dict[Problem, Problem] = {}
        self.failed = 0

    def check(self, settings: Sequence[Setting]) -> None:
        """Checks the trial with these settings."""
        try:
            self.experiment(settings)
        except ExperimentError as error:
            self._keep(self.problems, error.problems, settings)
            self.failed += 1

    def experiment(self, settings: Sequence[Setting]) -> Experiment:
        """The experiment with these settings, whose warnings are kept.

        Raises:
            ExperimentError: it is not valid.
        """
        experiment = self.base.experiment(settings)
        self._keep(self.warnings, experiment.warnings, settings)
        problem, warning = self.sizes(experiment)
        if problem and not self.is_too_large:
            self._keep(self.problems, [problem], settings)
            self.is_too_large = True
        if warning and not self.is_large:
            self._keep(self.warnings, [warning], settings)
            self.is_large = True
        return experiment

    def result(self, checked: int, count: int) -> SweepCheck:
        """What was found; the numbers are those of `SweepCheck`."""
        warnings = (*find_measure_warnings(self.base.settings), *self.warnings.values())
        return SweepCheck(tuple(self.problems.values()), warnings, checked, count)

    def _keep(self, kept: dict[Problem, Problem], found: Iterable[Problem], settings: Sequence[Setting]) -> None:
        for problem in found:
            is_own = problem.place in self.own
            if problem not in self.before and (is_own or not self.known):
                kept.setdefault(problem, problem if is_own else _in_trial(problem, settings))


def _in_trial(problem: Problem, settings: Sequence[Setting]) -> Problem:
    """The same problem, with the trial that has it."""
    values = listed([f"{setting.path}: {shown(setting.value)}" for setting in settings], 5)
    return replace(problem, message=f"In the trial with {values}: {problem.message}")
