"""The objective of a sweep: what its trials minimize or maximize, and what stands for the trials of a configuration."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from nnrun.errors import Place, Problem

EXAMPLE = "For example: objective: min(val_loss), or median(min(val_loss)) over the seeds of a configuration"

_BEST = re.compile(r"\s*(min|max)\s*\(\s*(\w[\w.-]*)\s*\)\s*")
_CENTERS: Final[dict[str, Callable[[Sequence[float]], float]]] = {
    "median": statistics.median,
    "mean": lambda values: sum(values) / len(values),
    "min": min,
    "max": max,
}
_CENTER = re.compile(rf"\s*({'|'.join(_CENTERS)})\s*\((.*)\)\s*")


@dataclass(frozen=True)
class Objective:
    """What a sweep minimizes or maximizes: the best value of a metric over the epochs of a trial.

    Args:
        metric: the metric.
        largest: whether it is maximized; otherwise it is minimized.
        place: its place.
        center: which center of the best values of its trials stands for a configuration: `median`, `mean`, `min` or
            `max`; None where that is not written.
    """

    metric: str
    largest: bool
    place: Place | None = None
    center: str | None = None

    def __str__(self) -> str:
        return f"{self.center}({self.of_trial})" if self.center else self.of_trial

    @property
    def of_trial(self) -> str:
        """The objective of one trial, such as `min(val_loss)`."""
        return self.of(self.metric)

    def of(self, metric: str) -> str:
        """That of another metric, as it is written."""
        return f"{'max' if self.largest else 'min'}({metric})"

    def best(self, values: Sequence[float]) -> float | None:
        """The best finite value; None where there is none."""
        finite = [value for value in values if math.isfinite(value)]
        return (max(finite) if self.largest else min(finite)) if finite else None

    def rank(self, value: float | None) -> float:
        """A number that is smaller for a better value; infinite for None."""
        return math.inf if value is None else -value if self.largest else value

    def over(self, values: Sequence[float | None]) -> float | None:
        """What stands for the trials of a configuration; a trial without a value is worse than all others.

        Args:
            values: the best value of each trial; None of one that failed.

        Returns:
            Their center, by default the median; None where it is not finite.
        """
        worst = -math.inf if self.largest else math.inf
        center = _CENTERS[self.center or "median"]([worst if value is None else value for value in values])
        return center if math.isfinite(center) else None


def parse_objective(text: str, place: Place | None = None) -> Objective | None:
    """The objective of a text such as `min(val_loss)` or `median(min(val_loss))`; None where it is none."""
    if found := _BEST.fullmatch(text):
        return Objective(found[2], found[1] == "max", place)
    outer = _CENTER.fullmatch(text)
    inner = _BEST.fullmatch(outer[2]) if outer else None
    return Objective(inner[2], inner[1] == "max", place, outer[1]) if outer and inner else None


def objective_problem(text: str, place: Place | None) -> Problem:
    """What is wrong with a text that is no objective."""
    hint = f"Write min({text}) or max({text})." if re.fullmatch(r"\w+", text) else EXAMPLE
    return Problem(f"An objective is min(METRIC) or max(METRIC). Received: {text}", place, hint)
