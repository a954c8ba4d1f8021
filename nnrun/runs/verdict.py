"""The verdict on an expectation, as it is recorded and shown."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import msgspec

from nnrun.experiment.expect.expectation import parse_expectation


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """An expectation and whether it is met.

    Args:
        expectation: the expectation, such as `val_accuracy >= 0.98`.
        value: what was compared, such as the final value of its metric; None where it was not measured or is not
            finite.
        met: whether the expectation is met.
        since: the first epoch, from 1, at which it was met; None where it never was, or where it is no condition on
            the metrics of an epoch.
        reason: why the value says nothing about the model, such as a metric that is not a number.
        bound: what the value was compared with; of several comparisons both are those of the one that decides.
        margin: how far the value is past the bound, negative where it is not; None where that is no number.

    Raises:
        ValueError: the expectation has another form.
    """

    expectation: str
    value: float | str | None
    met: bool
    since: int | None = None  # records of older versions have none of these
    reason: str | None = None
    bound: float | str | None = None
    margin: float | None = None

    def __post_init__(self) -> None:
        parse_expectation(self.expectation)

    @property
    def is_plain(self) -> bool:
        """Whether the expectation is METRIC OP NUMBER."""
        return parse_expectation(self.expectation).threshold is not None

    @property
    def shown_bound(self) -> float | str | None:
        """The bound, where it is not the number that the expectation ends with."""
        return None if self.is_plain else self.bound

    def describe(self, number: Callable[[float], str]) -> str:
        """The value, the bound where the expectation does not say it, the margin, the first epoch, and the reason.

        Args:
            number: writes a number.
        """
        measured = written(self.value, number)
        first = f"met first at epoch {self.since}" if self.since else None
        if first and not self.met:
            first += ", not by the saved weights"
        bound = written(self.shown_bound, number)
        parts = (
            measured or (None if self.reason else "not measured"),
            bound and f"bound {bound}",
            None if self.margin is None else f"margin {number(self.margin)}",
            first,
            self.reason,
        )
        return ", ".join(part for part in parts if part)


def written(value: float | str | None, number: Callable[[float], str]) -> str | None:
    """A value or bound in words; None where there is none or it is not finite."""
    if value is None or isinstance(value, str):
        return value
    return number(value) if math.isfinite(value) else None


def failed_expectations(verdicts: Sequence[Verdict], number: Callable[[float], str]) -> str:
    """The expectations that are not met, in a line; empty where all are met.

    Args:
        verdicts: the verdicts of a run.
        number: writes a number.
    """
    listed = "; ".join(f"{one.expectation} ({one.describe(number)})" for one in verdicts if not one.met)
    return f"Failed expectations: {listed}" if listed else ""
