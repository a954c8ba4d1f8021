"""What a tracker is told of a run, and the moments of its epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Protocol

from nnrun.experiment.experiment import Experiment
from nnrun.runs.record import RunRecord

SECONDS = "seconds"
_DIGITS = 4  # of the number of the last epoch before epochs are left out
Curves = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class TrackedRun:
    """A run that is about to train.

    Args:
        experiment: the experiment.
        folder: the run's folder; `run.json` is there.
        epochs: how many epochs were trained before it was interrupted; 0 for a new run.
    """

    experiment: Experiment
    folder: Path
    epochs: int


@dataclass(frozen=True)
class TrainedEpochs:
    """Some epochs of a training.

    Args:
        numbers: their numbers, from 1, ascending.
        curves: each metric and `learning_rate`, a number per epoch.
        moments: when each epoch ended, in seconds since 1970.
    """

    numbers: Sequence[int]
    curves: Curves
    moments: Sequence[float]

    def part(self, indices: Sequence[int]) -> TrainedEpochs:
        """Those at some positions, from 0."""
        curves = {name: [values[i] for i in indices] for name, values in self.curves.items()}
        return TrainedEpochs([self.numbers[i] for i in indices], curves, [self.moments[i] for i in indices])


class Tracker(Protocol):
    """A tracker of one run. Any error that a method raises ends the tracking, never the run."""

    title: str

    def begin(self, run: TrackedRun) -> None:
        """The model is built, training begins."""

    def log_epochs(self, epochs: TrainedEpochs) -> None:
        """Further epochs are trained."""

    def log_results(self, record: RunRecord) -> None:
        """The training has ended, and all results but the pictures are in the run's folder."""

    def end(self, error: BaseException | None) -> None:
        """The run is over, with pictures and report, or by an error."""


def is_logged(epoch: int) -> bool:
    """Whether the metrics of an epoch are logged: each up to 10,000, each tenth up to 100,000, and so on.

    Args:
        epoch: its number, from 1.
    """
    spacing: int = 10 ** max(0, len(str(epoch - 1)) - _DIGITS)
    return epoch % spacing == 0


def moments_before(end: float, seconds: Sequence[float]) -> list[float]:
    """When each of several epochs ended, in seconds since 1970.

    Args:
        end: when the last one ended.
        seconds: how long each took.
    """
    return [end - rest for rest in accumulate(seconds[:0:-1], initial=0.0)][::-1]
