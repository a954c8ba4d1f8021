"""Divides trials into groups that share a compiled program and can be trained as one call of it.

Seeds, the learning rate and the numbers of initializers reach the program as data; so do the rows. Trials that differ
in these alone need no experiment of their own: what they differ in is written in arrays. Trials that differ in anything
else are of different `variants`, each with its experiment; variants with the same program are in the same group.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnrun.data.dataset import Array
from nnrun.errors import ExperimentError
from nnrun.experiment.compile_cache_key import learning_rate
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.experiment.seeds import SEED, SEEDS, is_seed_path
from nnrun.network.initializer_argument import InitializerArgument, initializer_numbers
from nnrun.sweep.plan.planned_trials import PlannedTrials
from nnrun.sweep.plan.population_chunk import RATE, PopulationGroup
from nnrun.sweep.plan.program_key import SCHEDULER, initializers_key, program_key
from nnrun.sweep.plan.trial import written

_RATE_NAME = "learning_rate"
_NAMES = frozenset((_RATE_NAME, "mean", "stddev", "minval", "maxval", "value", "gain"))
# Callbacks that act within the program; it ends a training that diverges without the second.
_WITHIN = (SCHEDULER, "TerminateOnNaN")
_PRUNED = "A pruner may end them early"
# Optimizers with variables that begin as the weights do, in each training as others.
BEGIN_WITH_WEIGHTS = frozenset({"ScheduleFreeAdamW"})


@dataclass(frozen=True, eq=False)
class DividedTrials:
    """Trials by how they can be trained.

    Args:
        groups: those that are trained together, in the order of their first ones.
        alone: the positions of those that are trained one by one, by the reason, as a sentence without its full stop.
        refused: why trials have no valid experiment, by their positions.
    """

    groups: tuple[PopulationGroup, ...]
    alone: Mapping[str, list[int]]
    refused: Mapping[int, str]


def divide(trials: PlannedTrials) -> DividedTrials:
    """Divides trials by how they can be trained.

    Args:
        trials: those that are to be trained.
    """
    variants: dict[str, list[int]] = {}
    for position in range(len(trials)):
        variants.setdefault(_variant_key(trials.settings(position)), []).append(position)
    alone: dict[str, list[int]] = {}
    refused: dict[int, str] = {}
    groups: dict[tuple[str, tuple[tuple[InitializerArgument, str], ...]], list[tuple[Experiment, list[int]]]] = {}
    for members in variants.values():
        paths = _number_paths(trials, members)
        for part in [members] if paths is not None else _apart(trials, members):
            try:
                first = trials[part[0]]
            except ExperimentError as error:
                refused |= dict.fromkeys(part, error.problems[0].message)
                continue
            experiment = first.experiment
            if reason := why_alone(experiment) or (_PRUNED if first.bounds else None):
                alone.setdefault(reason, []).extend(part)
                continue
            key = program_key(experiment), tuple(sorted((paths or {}).items(), key=str))
            groups.setdefault(key, []).append((experiment, part))
    found = (_group(program, trials, dict(paths), parts) for (program, paths), parts in groups.items())
    return DividedTrials(tuple(found), alone, refused)


def _group(
    program: str,
    trials: PlannedTrials,
    paths: Mapping[InitializerArgument, str],
    parts: Sequence[tuple[Experiment, list[int]]],
) -> PopulationGroup:
    return PopulationGroup(
        program=program,
        trials=trials,
        positions=np.array([position for _, part in parts for position in part], np.int64),
        of=np.repeat(np.arange(len(parts)), [len(part) for _, part in parts]),
        variants=tuple(experiment for experiment, _ in parts),
        firsts=np.array([trials.index(part[0]) for _, part in parts], np.int64),
        paths=paths,
    )


def why_alone(experiment: Experiment) -> str | None:
    """Why the trials of an experiment are trained one by one, as a sentence without its full stop; None where not.

    Args:
        experiment: the experiment.
    """
    callbacks = [c.name for c in experiment.callbacks if c.code or c.name not in _WITHIN]
    if callbacks:
        return f"The callback {callbacks[0]} acts between the epochs"
    if experiment.data.stream:
        return "Their data are streamed"
    if experiment.start is not None:
        return "They start from the weights of a run"
    if experiment.data.generator.code:
        return "A function of your own makes their data"
    if experiment.keep == "best":
        return "They keep the weights of the best epoch"
    if experiment.optimizer.arguments.get("use_ema"):
        return "The optimizer averages their weights"
    if load_catalog().own_name("optimizers", experiment.optimizer.name) in BEGIN_WITH_WEIGHTS:
        return "Variables of the optimizer begin as their weights do"
    if any(expectation.needs_network for expectation in experiment.expect):
        return "Their expectations look up predictions or weights"
    return None


def _variant_key(settings: Mapping[str, Any]) -> str:
    """The settings in which a trial is another variant, as text; numbers that may be data are left out."""
    return json.dumps([(p, written(v)) for p, v in settings.items() if not is_seed_path(p) and not _is_number(p, v)])


def _is_number(path: str, value: Any) -> bool:
    name = path.rpartition(".")[2]
    return name in _NAMES and isinstance(value, int | float) and not isinstance(value, bool)


def _apart(trials: PlannedTrials, members: Sequence[int]) -> list[list[int]]:
    """Trials whose numbers are not data, in variants by all of their settings."""
    apart: dict[str, list[int]] = {}
    for position in members:
        own = [(p, written(v)) for p, v in trials.settings(position).items() if not is_seed_path(p)]
        apart.setdefault(json.dumps(own), []).append(position)
    return list(apart.values())


def _number_paths(trials: PlannedTrials, members: Sequence[int]) -> dict[InitializerArgument, str] | None:
    """The setting that each number of the trials comes from; None where one of them is no such number.

    Whether a setting is one is seen from two experiments that differ in it.
    """
    first = trials.settings(members[0])
    paths = [path for path, value in first.items() if _is_number(path, value)]
    columns = {path: np.array([float(trials.settings(m)[path]) for m in members]) for path in paths}
    varied = {path: values for path, values in columns.items() if (values != values[0]).any()}
    with suppress(ExperimentError):
        begin = trials[members[0]].experiment
        return _paths_of(trials, members, begin, varied)
    return None


def _paths_of(
    trials: PlannedTrials, members: Sequence[int], begin: Experiment, varied: Mapping[str, Array]
) -> dict[InitializerArgument, str] | None:
    """The setting that each number comes from, of settings that vary."""
    found: dict[InitializerArgument, str] = {}
    for path, values in varied.items():
        other = int(np.argmax(values != values[0]))
        differing = _differing_numbers(begin, trials[members[other]].experiment)
        if differing is None:
            return None
        own = [number for number, pair in differing.items() if pair == (values[0], values[other])]
        rivals = [p for p in varied if p != path and (varied[p][0], varied[p][other]) == (values[0], values[other])]
        if not own or any((varied[rival] != values).any() for rival in rivals):
            return None
        found |= dict.fromkeys(own, path)
    return found


def _differing_numbers(one: Experiment, two: Experiment) -> dict[InitializerArgument, tuple[float, float]] | None:
    """The numbers in which two experiments differ; None where they differ in more than numbers and seeds."""
    if program_key(one) != program_key(two) or _rest(one) != _rest(two):
        return None
    firsts, seconds = _numbers(one), _numbers(two)
    if firsts.keys() != seconds.keys():
        return None
    return {number: (a, b) for number, a in firsts.items() if (b := seconds[number]) != a}


def _numbers(experiment: Experiment) -> dict[InitializerArgument, float]:
    rate = learning_rate(experiment.resolved["optimizer"])
    return {**initializer_numbers(experiment), **({} if rate is None else {RATE: rate})}


def _rest(experiment: Experiment) -> str:
    """What else decides a training: all but seeds, learning rate, and the numbers of initializers."""
    initializers = initializers_key(experiment, tuple(initializer_numbers(experiment)))
    resolved = {k: v for k, v in experiment.resolved.items() if k not in (SEED, SEEDS, "layers", "optimizer")}
    return json.dumps([initializers, resolved], default=repr)
