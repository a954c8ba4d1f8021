"""Thresholds: conditions `METRIC OP NUMBER` on one metric."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
_NUMBER = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_PATTERN = re.compile(rf"\s*(\w[\w.-]*)\s*(>=|<=|==|!=|>|<)\s*({_NUMBER})\s*")


@dataclass(frozen=True)
class Threshold:
    """A comparison of a metric with a number, such as `val_accuracy >= 0.98`."""

    metric: str
    operator: str
    number: float

    def __str__(self) -> str:
        return f"{self.metric} {self.operator} {float(self.number)!r}"

    def holds(self, value: float) -> bool:
        """Whether `value` is past the threshold; NaN never does."""
        return not math.isnan(value) and _OPERATORS[self.operator](value, self.number)

    def holds_each(self, values: Any) -> Any:
        """Whether each number of an array is past the threshold, as `holds` has it.

        Args:
            values: an array of NumPy's.
        """
        return (values == values) & _OPERATORS[self.operator](values, self.number)  # NaN differs from itself

    def first_epoch(self, values: Iterable[float]) -> int | None:
        """The epoch, from 1, at which it first holds; None where it never does.

        Args:
            values: its metric at every epoch.
        """
        return next((epoch for epoch, value in enumerate(values, 1) if self.holds(value)), None)


def parse_threshold(text: str) -> Threshold:
    """Reads `METRIC OP NUMBER`.

    Raises:
        ValueError: the text has another form.
    """
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise ValueError(f"a threshold is METRIC OP NUMBER with OP one of {', '.join(_OPERATORS)}")
    metric, symbol, number = match.groups()
    if not math.isfinite(float(number)):
        raise ValueError(f"a threshold holds a metric against a finite number, not {number}")
    return Threshold(metric, symbol, float(number))
