"""The trials of a plan in their order, each made when it is asked for."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar, overload

from nnrun.experiment.experiment import Experiment
from nnrun.sweep.plan.trial import Trial, trial_name

T = TypeVar("T")


class TrialSource(Protocol):
    """What trials are made from, each by its number."""

    def trial(self, number: int) -> Trial:
        """The trial.

        Raises:
            ExperimentError: its settings make no valid experiment.
        """

    def values(self, number: int) -> dict[str, Any]:
        """Its settings by path."""

    def configuration(self, number: int) -> int:
        """The number of the first trial with the same experiment but for seeds."""


class DrawnTrials:
    """The trials that a search has drawn so far.

    Args:
        trials: the trials, numbered from 0.
    """

    def __init__(self, trials: Sequence[Trial]) -> None:
        self.trials = trials

    def trial(self, number: int) -> Trial:
        """The trial with a number."""
        return self.trials[number]

    def values(self, number: int) -> dict[str, Any]:
        """Its settings by path."""
        return dict(self.trials[number].settings)

    def configuration(self, number: int) -> int:
        """The same number: every trial has settings of its own."""
        return number


class PlannedTrials(Sequence[Trial]):
    """Some trials in an order: their settings are at hand, their experiments are made as they are asked for.

    A part of them, such as a slice, is lazy too. Pickled they are a tuple of trials, which needs no plan.

    Args:
        source: what they are made from.
        numbers: their numbers.
    """

    def __init__(self, source: TrialSource, numbers: Sequence[int]) -> None:
        self.source = source
        self.numbers = numbers

    @classmethod
    def drawn(cls, trials: Sequence[Trial] = ()) -> PlannedTrials:
        """The trials that a search has drawn, numbered from 0."""
        return cls(DrawnTrials(trials), range(len(trials)))

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, position: int) -> Trial: ...
    @overload
    def __getitem__(self, position: slice) -> PlannedTrials: ...
    def __getitem__(self, position: int | slice) -> Trial | PlannedTrials:
        if isinstance(position, slice):
            return PlannedTrials(self.source, self.numbers[position])
        return self.source.trial(self.numbers[position])

    def __iter__(self) -> Iterator[Trial]:
        return map(self.source.trial, self.numbers)

    def __reduce__(self) -> tuple[Callable[[list[Trial]], tuple[Trial, ...]], tuple[list[Trial]]]:
        return tuple, (list(self),)

    def settings(self, position: int) -> dict[str, Any]:
        """The settings in which a trial differs from others, by path, without its experiment."""
        return self.source.values(self.numbers[position])

    def index(self, position: int) -> int:  # type: ignore[override]
        """The number of the trial at a position: a shard has some of the trials."""
        return self.numbers[position]

    def name(self, position: int) -> str:
        """The name of its folder."""
        return trial_name(self.index(position), self.settings(position))

    def position(self, index: int) -> int | None:
        """The position of the trial with a number; None where it is not among these.

        Args:
            index: the number; those of the trials must ascend.
        """
        found = bisect_left(self.numbers, index)
        return found if found < len(self.numbers) and self.numbers[found] == index else None

    def select(self, positions: Iterable[int]) -> PlannedTrials:
        """The trials at some positions, in the order of these."""
        return PlannedTrials(self.source, array("q", (self.numbers[position] for position in positions)))

    @property
    def configurations(self) -> Iterator[int]:
        """The number of the configuration of each trial: that of the first trial that is the same but for seeds."""
        return map(self.source.configuration, self.numbers)

    def of_experiments(self, what: Callable[[Experiment], T]) -> list[T]:
        """Something of every trial's experiment that seeds do not change; it is computed once for each configuration.

        Raises:
            ExperimentError: the settings of a trial make no valid experiment.
        """
        known: dict[int, T] = {}
        found = []
        for number, configuration in zip(self.numbers, self.configurations, strict=True):
            if configuration not in known:
                known[configuration] = what(self.source.trial(number).experiment)
            found.append(known[configuration])
        return found
