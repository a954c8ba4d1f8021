"""The verdicts on a finished run: which of its expectations are met, and since when."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import msgspec

from nnrun.experiment.expectations import Expectation, parse_expectation


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """An expectation and whether it is met.

    Args:
        expectation: the expectation, such as `val_accuracy >= 0.98`.
        value: the final value of its metric; None where it was not measured or is not finite.
        met: whether the expectation is met.
        since: the first epoch, from 1, at which it was met; None where it never was or is not measured at every epoch.
        reason: why the value says nothing about the model, such as a metric that is not a number.

    Raises:
        ValueError: the expectation has another form.
    """

    expectation: str
    value: float | None
    met: bool
    since: int | None = None  # records of older versions have neither
    reason: str | None = None

    def __post_init__(self) -> None:
        parse_expectation(self.expectation)

    def describe(self, number: Callable[[float], str]) -> str:
        """The final value, the first epoch at which it was met, and the reason.

        Args:
            number: writes a number.
        """
        measured = None if self.value is None or not math.isfinite(self.value) else number(self.value)
        first = f"met first at epoch {self.since}" if self.since else None
        if first and not self.met:
            first += ", not by the saved weights"
        parts = (measured or (None if self.reason else "not measured"), first, self.reason)
        return ", ".join(part for part in parts if part)


def judge(
    expectations: Sequence[Expectation],
    metrics: Mapping[str, float],
    history: Mapping[str, Sequence[float]],
    equal_targets: Mapping[str, str],
) -> tuple[Verdict, ...]:
    """Compares the final metrics with the expectations; one whose metric was not measured is not met.

    Args:
        expectations: the expectations.
        metrics: the final value of each metric by name.
        history: each metric by name, a number per epoch; some metrics are measured at the end only.
        equal_targets: by metric, the part of the data in which all of its targets are equal.
    """
    return tuple(_judge(one, metrics, history.get(one.metric, ()), equal_targets) for one in expectations)


def failed_expectations(verdicts: Sequence[Verdict], number: Callable[[float], str]) -> str:
    """The expectations that are not met, in a line; empty where all are met.

    Args:
        verdicts: the verdicts of a run.
        number: writes a number.
    """
    listed = "; ".join(f"{one.expectation} ({one.describe(number)})" for one in verdicts if not one.met)
    return f"Failed expectations: {listed}" if listed else ""


def _judge(
    expectation: Expectation, metrics: Mapping[str, float], history: Sequence[float], equal_targets: Mapping[str, str]
) -> Verdict:
    name, value = expectation.metric, metrics.get(expectation.metric)
    met = value is not None and expectation.holds(value)
    reason = None if met or value is None else _reason(name, value, equal_targets.get(name))
    return Verdict(str(expectation), value, met, expectation.first_epoch(history), reason)


def _reason(name: str, value: float, part: str | None) -> str | None:
    """Why a value says nothing; R² divides by the variance of the targets, which rounding keeps from being 0."""
    cause = f": all targets of the {part} set are equal" if part else ""
    if math.isnan(value):
        return f"{name} is not a number{cause}"
    if math.isinf(value):
        return f"{name} is infinite{cause}"
    return f"{name} is undefined{cause}" if cause and "r2_score" in name else None
