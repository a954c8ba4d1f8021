"""What a sweep tells those who watch it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from nnrun.sweep.plan.plan import SweepPlan
    from nnrun.sweep.plan.trial import Trial
    from nnrun.sweep.results.outcome import TrialOutcome


class SweepListener:
    """Hears of every step of a sweep; this one stays silent."""

    def begun(self, plan: SweepPlan, folder: Path, finished: int) -> None:
        """The sweep has its folder; so many trials are finished already."""

    def waiting(self, why: str) -> None:
        """Something keeps the sweep from going on, or from going on faster."""

    def trained(self, trial: Trial, outcome: TrialOutcome) -> None:
        """A trial is finished."""

    def warned(self, message: str) -> None:
        """Something failed that the sweep can do without."""

    def ended(self, folder: Path) -> None:
        """Every table is written."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """The sweep is over, well or not."""
