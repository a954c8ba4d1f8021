"""Shards: even parts of a sweep for machines without any connection."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from nnrun.errors import ExperimentError, Problem
from nnrun.sweep.plan.compile_cache_key import compile_cache_key
from nnrun.sweep.plan.trial import Trial

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

    def trials(self, trials: Sequence[Trial]) -> tuple[Trial, ...]:
        """The trials of this part, in their order.

        The trials are sorted by program, within these by number of epochs, within these by data, and dealt out to the
        parts one by one. So any two parts have the same number of trials of each kind, or one more, whatever the order
        of the grid, and every machine computes the same parts.

        Args:
            trials: all trials of the sweep.

        Raises:
            ExperimentError: there are fewer trials than parts.
        """
        if len(trials) < self.of:
            raise ExperimentError(f"The sweep has {len(trials)} trials, too few for {self.of} shards.")
        ranks = [_ranks(values) for values in zip(*map(_kind, trials), strict=True)]
        order = [trial for *_, trial in sorted(zip(*ranks, range(len(trials)), trials, strict=True))]
        return tuple(sorted(order[self.number - 1 :: self.of], key=lambda trial: trial.index))


def _kind(trial: Trial) -> tuple[str, int, str]:
    experiment = trial.experiment
    data = json.dumps(experiment.resolved["data"], sort_keys=True)
    return compile_cache_key(experiment.resolved), experiment.epochs, data


def _ranks(values: Sequence[object]) -> list[int]:
    """The number of each value, counted in the order of first appearance."""
    known = {value: rank for rank, value in enumerate(dict.fromkeys(values))}
    return [known[value] for value in values]


def parse_shard(text: str) -> Shard:
    """The shard of a text such as `2/4`.

    Raises:
        ExperimentError: the text is not of this form.
    """
    found = _FORM.fullmatch(text.strip())
    if found and 1 <= int(found[1]) <= int(found[2]):
        return Shard(int(found[1]), int(found[2]))
    hint = "For example: 2/4, the second of four shards."
    raise ExperimentError(Problem(f'A shard is I/N with I from 1 to N. Received: "{text}"', hint=hint))
