"""The check of the trials of a plan: of all configurations, or of as many as tell whether the others are right."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, product

from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.schema.validation import in_file_order
from nnrun.experiment.text.overrides import Setting
from nnrun.sweep.plan.selected_combinations import selected_combinations
from nnrun.sweep.plan.trial_experiments import TrialExperiments, refuse_too_many

# Up to so many configurations all are checked.
MOST_CHECKED = 2000

# Else so many draws are, and so many combinations of the ends of all dimensions, or of the ends of the distributions.
_MOST_DRAWS = 100
_MOST_CORNERS = 64

# Of a range or series of more values so many are.
_MOST_VALUES = 1000

# After so many different problems, or trials that have one, further trials would hardly add one.
MOST_PROBLEMS = 20
MOST_FAILED = 200


@dataclass(frozen=True)
class CheckedExperiment:
    """An experiment that was checked.

    Args:
        number: the number of the first trial that has it, seeds apart; None of one at the ends of distributions.
        experiment: the experiment.
    """

    number: int | None
    experiment: Experiment


def check_trials(base: TrialExperiments) -> list[CheckedExperiment]:
    """Checks the trials of a sweep; those that differ in seeds alone are checked once.

    Up to 2,000 configurations all are checked. Of more these are: every value of every axis and every variant, with the
    first values of the others; the first and last values of all in every combination; the first 100 random trials; and
    the ends of what they are drawn from.

    Raises:
        ExperimentError: with the problems of all that were checked, each at the setting that causes it.
    """
    refuse_too_many(base)
    checked = _check(base)
    if any(one.experiment.data.generator.code for one in checked):  # whose columns may depend on the seed
        checked = _check(base, seeds_alike=False)
    return checked


def _check(base: TrialExperiments, *, seeds_alike: bool = True) -> list[CheckedExperiment]:
    problems: dict[Problem, None] = {}
    checked: list[CheckedExperiment] = []
    failed = 0
    for number, settings in chosen_trials(base, _MOST_VALUES, seeds_alike=seeds_alike):
        try:
            checked.append(CheckedExperiment(number, base.experiment(settings)))
        except ExperimentError as error:
            problems.update(dict.fromkeys(error.problems))
            failed += 1
            if len(problems) >= MOST_PROBLEMS or failed >= MOST_FAILED:
                break
    if problems:
        raise ExperimentError(*in_file_order(problems))
    return checked


def chosen_trials(
    base: TrialExperiments, values: int, *, seeds_alike: bool = True, most: int = MOST_CHECKED
) -> Iterator[tuple[int | None, list[Setting]]]:
    """The trials that are checked, as `check_trials` says: number and settings; no number at the ends of distributions.

    Args:
        base: what the trials are made from.
        values: where not all are checked, so many values of a range or series that has more.
        seeds_alike: whether of valid seeds the first stands for all.
        most: up to so many all are checked.
    """
    space = base.space
    kinds = space.kinds(MOST_CHECKED, seeds_alike=seeds_alike)
    if math.prod(map(len, kinds)) <= most:
        for positions in product(*kinds):
            yield space.number(positions), space.at(positions)
        return
    kinds = space.kinds(values, seeds_alike=seeds_alike)
    for positions in dict.fromkeys(_some(kinds)):
        yield space.number(positions), space.at(positions)
    ends = [part.ends for part in base.settings.drawn]
    first = [kind[0] for kind in kinds]
    for drawn in selected_combinations(ends, _MOST_CORNERS) if ends else ():
        yield None, space.at(first, drawn)


def _some(kinds: Sequence[Sequence[int]]) -> Iterator[tuple[int, ...]]:
    variants, draws, *axes = kinds
    each = [variants, draws[:_MOST_DRAWS], *axes]
    corners = [tuple(dict.fromkeys((kind[0], kind[-1]))) for kind in each]
    yield from chain(selected_combinations(each, 0), selected_combinations(corners, _MOST_CORNERS))
