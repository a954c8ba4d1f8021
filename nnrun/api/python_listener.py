"""What a training or a sweep in Python shows: warnings, and lines of progress where they are wanted."""

from __future__ import annotations

import inspect
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.errors import Problem, printable
from nnrun.experiment.experiment import Experiment
from nnrun.number_text import short
from nnrun.run_listener import RunListener
from nnrun.sweep.listener import SweepListener

if TYPE_CHECKING:
    from nnrun.sweep.plan.plan import SweepPlan
    from nnrun.sweep.plan.trial import Trial
    from nnrun.sweep.results.outcome import TrialOutcome

_LINE_SECONDS = 1.0  # between two lines, at least
_NOT_SHOWN = ("learning_rate", "seconds")


class _Shown:
    """What both listeners have: lines a second apart, and a way to end at Ctrl-C.

    Args:
        verbose: whether to print.
    """

    def __init__(self, *, verbose: bool) -> None:
        self.verbose = verbose
        self.check: Callable[[], None] = lambda: None
        self.folder: Path | None = None
        self.done = 0
        self.total = 0
        self.next_line = 0.0

    def on_safe_point(self) -> None:
        self.check()

    def on_warning(self, message: str) -> None:
        warn(message.replace("warning: ", "", 1))  # which Python says itself

    def show_warnings(self, problems: Iterable[Problem]) -> None:
        """Warns of what is probably not meant."""
        for problem in problems:
            warn(str(problem))

    def advance(self, count: int, describe: Callable[[], str]) -> None:
        """Counts what is done, and prints a line at the end and where the last one is old enough."""
        self.done += count
        if self.done >= self.total or time.monotonic() >= self.next_line:
            self.next_line = time.monotonic() + _LINE_SECONDS
            self.print_line(describe())

    def print_line(self, line: str) -> None:
        """Prints a line if anything is to be printed."""
        if self.verbose:
            print(printable(line), flush=True)


class PythonListener(_Shown, RunListener):
    """The listener of a run."""

    def on_stage(self, stage: str) -> None:
        self.check()

    def on_claimed(self, experiment: Experiment, folder: Path) -> None:
        self.folder, self.total = folder, experiment.epochs
        self.show_warnings(experiment.warnings)
        self.print_line(f"{experiment.name}: {experiment.epochs} epochs, seed {experiment.seed}, in {folder}")

    def on_resumed(self, experiment: Experiment, folder: Path, epochs: int) -> None:
        self.folder, self.done, self.total = folder, epochs, experiment.epochs
        self.print_line(f"{experiment.name}: resuming from epoch {epochs} of {experiment.epochs}, in {folder}")

    def on_epochs(self, history: Mapping[str, Sequence[float]]) -> None:
        numbers = (f"{name} {short(values[-1])}" for name, values in history.items() if name not in _NOT_SHOWN)
        self.advance(len(history["seconds"]), lambda: "  ".join([f"epoch {self.done}/{self.total}", *numbers]))

    def describe_interrupt(self) -> str:
        """What Ctrl-C has interrupted, and how to resume it."""
        return f'Interrupted. Resume with: nnrun.resume("{self.folder}")' if self.folder else "Interrupted."


class PythonSweepListener(_Shown, SweepListener):
    """The listener of a sweep."""

    def on_sweep_begin(self, plan: SweepPlan, folder: Path, finished: int) -> None:
        self.folder, self.done, self.total = folder, finished, plan.count
        self.print_line(f"{plan.name}: {plan.count} trials over {', '.join(plan.columns)}, in {folder}")

    def on_trial_end(self, trial: Trial, outcome: TrialOutcome) -> None:
        self.advance(1, lambda: f"trial {self.done}/{self.total}  {trial.name}: {outcome.status}")

    def describe_interrupt(self) -> str:
        """What Ctrl-C has interrupted, and how to resume it."""
        return f"Interrupted. Resume with: nnrun resume {self.folder}" if self.folder else "Interrupted."


def warn(message: str) -> None:
    """Warns at the line of the user's program that has called nnrun."""
    level, frame = 1, inspect.currentframe()
    while frame is not None and frame.f_globals["__name__"].partition(".")[0] in ("nnrun", "contextlib"):
        level, frame = level + 1, frame.f_back
    warnings.warn(printable(message), stacklevel=level)
