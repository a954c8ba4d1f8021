"""Shards: even parts of a sweep for machines without any connection."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from nnrun.errors import ExperimentError, Problem, UsageError
from nnrun.experiment.compile_cache_key import compile_cache_key
from nnrun.experiment.experiment import Experiment
from nnrun.sweep.plan.planned_trials import PlannedTrials

# Trials of more configurations are not sorted by what they are, which would take longer than planning them.
_MOST_SORTED = 2000

_FORM = re.compile(r"(\d{1,6})/(\d{1,6})")


@dataclass(frozen=True)
class Shard:
    """A part of a sweep.

    Args:
        number: which part, from 1.
        of: the number of parts.
    """

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def trials(self, trials: PlannedTrials) -> PlannedTrials:
        """The trials of this part, in their order.

        The trials are sorted by program, within these by number of epochs, within these by data, and dealt out to the
        parts one by one. So any two parts have the same number of trials of each kind, or one more, whatever the order
        of the grid, and every machine computes the same parts. Trials of more than 2,000 configurations are shuffled
        instead, the same everywhere, so that of each kind any two parts have about as many.

        Args:
            trials: all trials of the sweep.

        Raises:
            ExperimentError: there are fewer trials than parts.
        """
        if len(trials) < self.of:
            raise ExperimentError(f"The sweep has {len(trials)} trials, too few for {self.of} shards.")
        order = range(len(trials))
        if len(set(trials.configurations)) <= _MOST_SORTED:
            ranks = [_ranks(values) for values in zip(*trials.of_experiments(_kind), strict=True)]
            keys = list(zip(*ranks, order, strict=True))
            dealt = sorted(order, key=keys.__getitem__)
        else:
            dealt = sorted(order, key=lambda position: _mixed(trials.index(position)))
        return trials.select(sorted(dealt[self.number - 1 :: self.of]))


def _mixed(number: int) -> int:
    """A key that puts numbers in an arbitrary order: the output function of SplitMix64.

    G. Steele, D. Lea, C. Flood: Fast Splittable Pseudorandom Number Generators (2014).
    """
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        number = (number ^ (number >> shift)) * factor % 2**64
    return number ^ (number >> 31)


def _kind(experiment: Experiment) -> tuple[str, int, str]:
    data = json.dumps(experiment.resolved["data"], sort_keys=True)
    return compile_cache_key(experiment.resolved), experiment.epochs, data


def _ranks(values: Sequence[object]) -> list[int]:
    """The number of each value, counted in the order of first appearance."""
    known = {value: rank for rank, value in enumerate(dict.fromkeys(values))}
    return [known[value] for value in values]


def parse_shard(text: str) -> Shard:
    """The shard of a text such as `2/4`.

    Raises:
        UsageError: the text is not of this form.
    """
    found = _FORM.fullmatch(text.strip())
    if found and 1 <= int(found[1]) <= int(found[2]):
        return Shard(int(found[1]), int(found[2]))
    hint = "For example: 2/4, the second of four shards."
    raise UsageError(Problem(f'A shard is I/N with I from 1 to N. Received: "{text}"', hint=hint))
