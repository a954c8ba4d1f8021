"""Thresholds: conditions `METRIC OP NUMBER` on one metric."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from nnrun.experiment.same_number import as_written, each_as_written

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
        """Whether `value` is past the threshold, in the bits of either of them; NaN never is."""
        return not math.isnan(value) and _OPERATORS[self.operator](as_written(value, self.number), self.number)

    def holds_each(self, values: Any) -> Any:
        """Whether each number of an array is past the threshold, as `holds` has it.

        Args:
            values: an array of NumPy's, of 64 bits.
        """
        known = values == values  # NaN differs from itself
        return known & _OPERATORS[self.operator](each_as_written(values, self.number), self.number)

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
    if match is None or re.fullmatch(_NUMBER, match[1]):
        raise ValueError(f"a threshold is METRIC OP NUMBER with OP one of {', '.join(_OPERATORS)}")
    metric, symbol, number = match.groups()
    if not math.isfinite(float(number)):
        raise ValueError(f"a threshold holds a metric against a finite number, not {number}")
    return Threshold(metric, symbol, float(number))
