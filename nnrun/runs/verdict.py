"""The verdicts on a finished run: which of its expectations are met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from nnrun.experiment.expectations import Expectation, parse_expectation


class Verdict(msgspec.Struct, frozen=True):
    """An expectation and whether it is met.

    Args:
        expectation: the expectation, such as `val_accuracy >= 0.98`.
        value: the final value of its metric; None where it was not measured or is not finite.
        met: whether the expectation is met.

    Raises:
        ValueError: the expectation has another form.
    """

    expectation: str
    value: float | None
    met: bool

    def __post_init__(self) -> None:
        parse_expectation(self.expectation)


def judge(expectations: Sequence[Expectation], metrics: Mapping[str, float]) -> tuple[Verdict, ...]:
    """Compares the final metrics with the expectations; one whose metric was not measured is not met."""
    verdicts = []
    for expectation in expectations:
        value = metrics.get(expectation.metric)
        verdicts.append(Verdict(str(expectation), value, value is not None and expectation.holds(value)))
    return tuple(verdicts)
