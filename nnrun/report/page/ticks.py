"""An axis: from numbers to places, and the numbers that stand beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from nnrun.data.dataset import Array

# Numbers that differ by less than this share of their size differ by rounding alone.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class ChartAxis:
    """An axis from `low` to `high`, drawn from `start` to `end`.

    Args:
        low: the number at its start.
        high: the number at its end, larger than `low`.
        start: the coordinate of its start.
        end: the coordinate of its end.
        logarithmic: whether equal factors are equally long; then `low` is positive.
    """

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def place(self, values: Array) -> Array:
        """The coordinates of some numbers, of their shape; numbers beyond the axis lie at its ends."""
        bounded = np.clip(values, self.low, self.high)
        if self.logarithmic:
            share = (np.log(bounded) - math.log(self.low)) / (math.log(self.high) - math.log(self.low))
        else:
            share = (bounded - self.low) / (self.high - self.low)
        return np.asarray(self.start + (self.end - self.start) * share)

    def ticks(self) -> list[float]:
        """Two to eight round numbers on the axis."""
        return _decades(self.low, self.high) if self.logarithmic else _steps(self.low, self.high)


def fitting(values: Array, start: float, end: float, *, decades: bool = False) -> ChartAxis:
    """An axis on which all the numbers have room.

    Args:
        values: finite numbers, at least one.
        start: the coordinate of its start.
        end: the coordinate of its end.
        decades: whether it becomes logarithmic where all are positive and the largest is over 50 times the least.
    """
    low, high = float(values.min()), float(values.max())
    if decades and low > 0 and high > 50 * low:
        return ChartAxis(low / 1.1, high * 1.1, start, end, logarithmic=True)
    size = max(abs(low), abs(high))
    margin = 0.05 * (high - low) if high - low > _ROUNDING * size else size / 2 or 1.0
    return ChartAxis(low - margin, high + margin, start, end)


def _steps(low: float, high: float) -> list[float]:
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [float(f"{i * step:.10g}") for i in range(first, last + 1)]


def _decades(low: float, high: float) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    factors = (1, 3) if math.log10(high) - math.log10(low) <= 3 else (1,)
    every = max(1, (last - first) // 7)
    numbers = [factor * 10.0**power for power in range(first, last + 1, every) for factor in factors]
    return [float(f"{number:.3g}") for number in numbers if low <= number <= high]
