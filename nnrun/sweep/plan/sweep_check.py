"""The check of a section `sweep:` without listing all of its trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from nnrun.data.files.data_files import DataFiles
from nnrun.errors import ExperimentError, Problem, listed, shown
from nnrun.experiment.grid_section import SECTION
from nnrun.experiment.seeds import SEED
from nnrun.experiment.text.overrides import Setting
from nnrun.sweep.plan.plan import SweepRequest
from nnrun.sweep.plan.selected_combinations import selected_combinations
from nnrun.sweep.plan.trial_experiments import TrialExperiments, refuse_too_many
from nnrun.sweep.search.search import plan_search

# So many configurations are checked: with each value of every setting at least once, as far as these reach.
_MOST_CHECKED = 100


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


def check_sweep(request: SweepRequest, known: Sequence[Problem], files: DataFiles | None = None) -> SweepCheck:
    """Checks the section `sweep:` of a file, if it has one.

    Args:
        request: the file and its options.
        known: the problems of the experiment itself; of its trials only those at values of the section count then.
        files: the data files that were read when the experiment was checked; others are read here.
    """
    try:
        base = TrialExperiments(request, files)
        if base.settings.search is not None and not known:
            plan_search(base.settings.search, base.document.at((SEED,)) or 0, base.experiment)
        if base.settings.search is not None or not base.settings.varied:
            return SweepCheck()
        refuse_too_many(base)
    except ExperimentError as error:
        return SweepCheck(error.problems)
    return _check_trials(base, known)


def _check_trials(base: TrialExperiments, known: Sequence[Problem]) -> SweepCheck:
    places = [*base.document.places.items(), *base.document.keys.items()]
    own = {place for path, place in places if path[:1] == (SECTION,)}
    before = {*known, *(base.experiment(()).warnings if not known else ())}
    problems: dict[Problem, Problem] = {}
    warnings: dict[Problem, Problem] = {}
    checked = 0
    for positions in islice(selected_combinations(base.space.kinds(), _MOST_CHECKED), _MOST_CHECKED):
        settings = base.space.at(positions)
        checked += 1
        try:
            found, kind = base.experiment(settings).warnings, warnings
        except ExperimentError as error:
            found, kind = error.problems, problems
        for problem in found:
            if problem not in before and (problem.place in own or not known):
                kind.setdefault(problem, problem if problem.place in own else _in_trial(problem, settings))
    return SweepCheck(tuple(problems.values()), tuple(warnings.values()), checked, base.space.configuration_count)


def _in_trial(problem: Problem, settings: Sequence[Setting]) -> Problem:
    """The same problem, with the trial that has it."""
    values = listed([f"{setting.path}: {shown(setting.value)}" for setting in settings], 5)
    return replace(problem, message=f"In the trial with {values}: {problem.message}")
