"""The events of a sweep."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from nnrun.sweep.plan.plan import SweepPlan
    from nnrun.sweep.plan.trial import Trial
    from nnrun.sweep.results.outcome import TrialOutcome


class SweepListener:
    """Is notified of every step of a sweep; this one does nothing."""

    def on_safe_point(self) -> None:
        """No finished trial is lost if the sweep ends here; may raise `Interrupted`."""

    def on_emergency_save(self, save: Callable[[], str | None]) -> None:
        """From now on `save` saves the sweep, from any thread, should the process have to end; it returns a remedy."""

    def on_sweep_begin(self, plan: SweepPlan, folder: Path, finished: int) -> None:
        """The sweep has its folder; so many trials are finished already."""

    def on_waiting(self, reason: str) -> None:
        """The sweep has to wait, or trains more slowly than it could."""

    def on_trial_end(self, trial: Trial, outcome: TrialOutcome) -> None:
        """A trial is finished."""

    def on_trials_end(self, count: int, failed: int) -> None:
        """Some trials that are rows of a table are finished, and so many of them failed."""

    def on_warning(self, message: str) -> None:
        """An optional step failed."""

    def on_sweep_end(self, folder: Path) -> None:
        """Every table is written."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """The sweep has ended, with or without an error."""
