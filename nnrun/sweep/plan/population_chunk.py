"""Trials that are trained together: a group of a plan, a piece of it, and what a process gets of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from nnrun.data.dataset import Array
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.seeds import SEED, SEEDS, SOURCES
from nnrun.network.initializer_argument import InitializerArgument
from nnrun.sweep.plan.planned_trials import PlannedTrials
from nnrun.sweep.plan.trial import Trial

# The learning rate, beside the numbers of initializers.
RATE = InitializerArgument("", "", "learning_rate")


@dataclass(frozen=True, eq=False)
class PopulationChunk:
    """Trials that are trained as one call, as plain values for another process.

    Args:
        program: the program's `program_key`; chunks of the same one share it.
        variants: experiments, each that of the first trial of its variant.
        firsts: the numbers of these trials, int64, (variants,).
        of: the variant of each trial, int64, (trials,).
        indices: the numbers of the trials, int64, (trials,).
        seeds: the seeds of each source, in the order of `SOURCES`, int64, (trials, 4).
        rates: the learning rate of each trial, float64, (trials,); None where it is that of the variant.
        arguments: the numbers of initializers that the trials differ in.
        numbers: these numbers, float64, (trials, arguments).
        settings: the values of each setting, by its path, a list of as many as there are trials.
        last: the last trial, with an experiment of its own.
    """

    program: str
    variants: tuple[Experiment, ...]
    firsts: Array
    of: Array
    indices: Array
    seeds: Array
    rates: Array | None
    arguments: tuple[InitializerArgument, ...]
    numbers: Array
    settings: Mapping[str, list[Any]]
    last: Trial

    def __len__(self) -> int:
        return len(self.indices)


@dataclass(frozen=True, eq=False)
class PopulationGroup:
    """All trials of a sweep that share a program.

    Args:
        program: its `program_key`.
        trials: some trials of the plan.
        positions: those of the group's trials, int64, (trials,).
        of: the variant of each, int64, (trials,).
        variants: the experiments, each that of the first trial of its variant.
        firsts: the numbers of these trials, int64, (variants,).
        paths: the path of the setting that each number comes from.
    """

    program: str
    trials: PlannedTrials
    positions: Array
    of: Array
    variants: tuple[Experiment, ...]
    firsts: Array
    paths: Mapping[InitializerArgument, str]

    def __len__(self) -> int:
        return len(self.positions)

    def whole(self) -> PopulationPiece:
        """All of its trials."""
        return PopulationPiece(self, np.arange(len(self)))


@dataclass(frozen=True, eq=False)
class PopulationPiece(Sequence[Trial]):
    """Some trials of a group, which a worker gets as a `PopulationChunk`.

    Args:
        group: the group.
        members: which of its trials, int64, (trials,).
    """

    group: PopulationGroup
    members: Array

    def __len__(self) -> int:
        return len(self.members)

    @overload
    def __getitem__(self, i: int) -> Trial: ...

    @overload
    def __getitem__(self, i: slice) -> PopulationPiece: ...

    def __getitem__(self, i: int | slice) -> Trial | PopulationPiece:
        if isinstance(i, slice):
            return PopulationPiece(self.group, self.members[i])
        return self.group.trials[int(self.group.positions[self.members[i]])]

    def part(self, numbers: Sequence[int]) -> PopulationPiece:
        """Those of the trials with these positions in the piece."""
        return PopulationPiece(self.group, self.members[list(numbers)])

    @property
    def indices(self) -> list[int]:
        """The numbers of the trials."""
        return [self.group.trials.index(int(position)) for position in self.group.positions[self.members]]

    def chunk(self) -> PopulationChunk:
        """The trials as plain values."""
        group = self.group
        positions = [int(position) for position in group.positions[self.members]]
        settings = [group.trials.settings(position) for position in positions]
        used, of = np.unique(group.of[self.members], return_inverse=True)
        variants = tuple(group.variants[variant] for variant in used)
        arguments = tuple(sorted(number for number in group.paths if number != RATE))
        numbers = [[float(values[group.paths[argument]]) for argument in arguments] for values in settings]
        rate = group.paths.get(RATE)
        return PopulationChunk(
            program=group.program,
            variants=variants,
            firsts=group.firsts[used],
            of=of,
            indices=np.array(self.indices, np.int64),
            seeds=np.array([_seeds(variants[v], s) for v, s in zip(of, settings, strict=True)], np.int64),
            rates=None if rate is None else np.array([float(values[rate]) for values in settings]),
            arguments=arguments,
            numbers=np.array(numbers, np.float64).reshape(len(positions), len(arguments)),
            settings={path: [values[path] for values in settings] for path in settings[0]},
            last=self[len(self) - 1],
        )


def _seeds(variant: Experiment, settings: Mapping[str, Any]) -> list[int]:
    """The seed of each source of a trial."""
    seed = settings.get(SEED, variant.seed)
    named = variant.named_seeds
    return [settings.get(f"{SEEDS}.{source}", named.get(source, seed)) for source in SOURCES]
