"""The check of a section `sweep:` without listing all of its trials."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from nnrun.errors import ExperimentError, Problem, listed, shown
from nnrun.experiment.sweep_section import SECTION
from nnrun.experiment.text.overrides import Setting
from nnrun.sweep.plan.plan import SweepRequest
from nnrun.sweep.plan.selected_combinations import selected_combinations
from nnrun.sweep.plan.trial import SEED
from nnrun.sweep.plan.trial_experiments import TrialExperiments, draw_settings, is_seed, refuse_too_many
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


def check_sweep(request: SweepRequest, known: Sequence[Problem]) -> SweepCheck:
    """Checks the section `sweep:` of a file, if it has one.

    Args:
        request: the file and its options.
        known: the problems of the experiment itself; of its trials only those at values of the section count then.
    """
    try:
        base = TrialExperiments(request)
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
    choices, count = _choices(base)
    checked = 0
    for parts in islice(selected_combinations(choices, _MOST_CHECKED), _MOST_CHECKED):
        settings = list(chain.from_iterable(parts))
        checked += 1
        try:
            found, kind = base.experiment(settings).warnings, warnings
        except ExperimentError as error:
            found, kind = error.problems, problems
        for problem in found:
            if problem not in before and (problem.place in own or not known):
                kind.setdefault(problem, problem if problem.place in own else _in_trial(problem, settings))
    return SweepCheck(tuple(problems.values()), tuple(warnings.values()), checked, count)


def _choices(base: TrialExperiments) -> tuple[list[list[tuple[Setting, ...]]], int]:
    """The variants, the first random trials and the values of each axis; and how many configurations they make."""
    settings = base.settings
    drawn = draw_settings(base, min(settings.trials, _MOST_CHECKED))
    choices = [list(settings.variants.values()) or [()], drawn]
    for axis in settings.axes:
        # Valid seeds are all alike.
        choices.append(
            [(s,) for i, s in enumerate(axis.settings) if i == 0 or axis.path != SEED or not is_seed(s.value)]
        )
    return choices, math.prod(map(len, choices)) // len(drawn) * max(1, settings.trials)


def _in_trial(problem: Problem, settings: Sequence[Setting]) -> Problem:
    """The same problem, with the trial that has it."""
    values = listed([f"{setting.path}: {shown(setting.value)}" for setting in settings], 5)
    return replace(problem, message=f"In the trial with {values}: {problem.message}")
