"""One of several even parts of a sweep, for machines that know nothing of one another."""

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
        of: how many parts there are.
    """

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def trials(self, trials: Sequence[Trial]) -> tuple[Trial, ...]:
        """The trials of this part, in their order.

        The trials are dealt out one by one like cards, first all of one program, of these first all of as many epochs,
        of these first all of the same data. So of each such kind any two parts have the same number of trials or one
        more, however the axes of the grid run, and every machine deals them out alike.

        Args:
            trials: all trials of the sweep.

        Raises:
            ExperimentError: there are fewer trials than parts.
        """
        if len(trials) < self.of:
            raise ExperimentError(f"The sweep has {len(trials)} trials, too few for {self.of} shards.")
        aspects = [_ranks([aspect(trial) for trial in trials]) for aspect in (_program, _epochs, _data)]
        order = [trial for *_, trial in sorted(zip(*aspects, range(len(trials)), trials, strict=True))]
        return tuple(sorted(order[self.number - 1 :: self.of], key=lambda trial: trial.index))


def _ranks(values: Sequence[str]) -> list[int]:
    """The number of each value, counted as they first appear."""
    known = {value: rank for rank, value in enumerate(dict.fromkeys(values))}
    return [known[value] for value in values]


def _program(trial: Trial) -> str:
    return compile_cache_key(trial.experiment.resolved)


def _epochs(trial: Trial) -> str:
    return str(trial.experiment.epochs)


def _data(trial: Trial) -> str:
    return json.dumps(trial.experiment.resolved["data"], sort_keys=True)


def parse_shard(text: str) -> Shard:
    """The shard that a text such as `2/4` names.

    Raises:
        ExperimentError: it is none.
    """
    found = _FORM.fullmatch(text.strip())
    if found and 1 <= int(found[1]) <= int(found[2]):
        return Shard(int(found[1]), int(found[2]))
    hint = "For example: 2/4, the second of four shards."
    raise ExperimentError(Problem(f'A shard is I/N with I from 1 to N. Received: "{text}"', hint=hint))
