"""Numbers of one kind on a line from 0 to 1: linear, or logarithmic where they are of very different sizes."""

import math
from dataclasses import dataclass

import numpy as np

from nnrun.plots.log_rule import ROUNDING, spans_decades
from nnrun.plots.style import Array

_NEAR = 0.25
_STEPS = (1, 2, 2.5, 5, 10)
# The least trials whose middle half is drawn as a box.
LEAST_FOR_A_BOX = 5
# The most trials that are dots; more are drawn as their density.
MOST_DOTS = 500


@dataclass(frozen=True)
class Scale:
    """A line from 0 to 1.

    Args:
        low: the number at 0.
        high: the number at 1, not below `low`.
        logarithmic: whether equal factors are equally long; then `low` is positive.
    """

    low: float
    high: float
    logarithmic: bool = False

    def share(self, values: Array) -> Array:
        """Where numbers lie, in [0, 1]; of their shape, not a number where they are not finite."""
        known = np.where(np.isfinite(values), np.clip(values, self.low, self.high), np.nan)
        low, high = self.low, self.high
        if self.logarithmic:
            known, low, high = np.log10(known), np.log10(low), np.log10(high)
        return np.asarray((known - low) / (high - low) if high > low else np.where(np.isnan(known), np.nan, 0.5))

    def ticks(self, most: int = 6) -> list[float]:
        """Round numbers on the line, about so many."""
        if self.low == self.high:
            return [self.low]
        found = self._powers(most) if self.logarithmic else self._multiples(most)
        return [number for number in found if self.low <= number <= self.high]

    def _multiples(self, most: int) -> list[float]:
        rough = (self.high - self.low) / (most - 1)
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(factor * power for factor in _STEPS if factor * power >= rough * 0.999)
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        return [float(f"{i * step:.10g}") for i in range(first, last + 1)]

    def _powers(self, most: int) -> list[float]:
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        every = max(1, round((last - first) / (most + 1)))
        factors = log_factors(self.low, self.high)
        return [float(f"{f * 10.0**power:.3g}") for power in range(first, last + 1, every) for f in factors]


def scale_of(values: Array, *, chosen: bool = False) -> Scale:
    """The scale from the least to the greatest of some numbers.

    Args:
        values: the numbers; those that are not finite play no part.
        chosen: whether somebody chose them, as settings are, rather than measured them.
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return Scale(0.0, 1.0)
    logarithmic = chosen_by_decades(finite) if chosen else is_logarithmic(finite)
    return Scale(float(finite.min()), float(finite.max()), logarithmic)


def roomy_scale(values: Array, *, decades: bool = True, zeros: bool = False) -> Scale:
    """A scale on which all numbers have room, and on which those that differ by rounding alone do not seem to move.

    Args:
        values: the numbers; those that are not finite play no part.
        decades: whether it may be logarithmic.
        zeros: as for `is_logarithmic`.
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return Scale(0.0, 1.0)
    low, high = float(finite.min()), float(finite.max())
    if decades and is_logarithmic(finite, zeros=zeros):
        return Scale(float(finite[finite > 0].min()) / 1.1, high * 1.1, logarithmic=True)
    size = max(abs(low), abs(high))
    margin = size / 2 or 1.0 if is_steady(finite) else 0.05 * (high - low)
    return Scale(low - margin, high + margin)


def is_logarithmic(values: Array, *, zeros: bool = False) -> bool:
    """Whether the axis of these finite numbers is logarithmic, by the rule of `spans_decades`.

    Args:
        values: finite numbers.
        zeros: whether zeros may lie below the end of the axis, as those of a line do; a dot there would be lost.
    """
    counted = values[values != 0] if zeros else values
    return bool(counted.size) and spans_decades(float(counted.min()), float(counted.max()))


def chosen_by_decades(values: Array) -> bool:
    """Whether settings span decades and most lie near the least: those drawn evenly span them by chance alone."""
    return is_logarithmic(values) and bool(np.median(values) - values.min() < _NEAR * np.ptp(values))


def is_steady(values: Array) -> bool:
    """Whether finite numbers, at least one, differ by no more than rounding does."""
    half = values / 2  # the difference of whole ones may be infinite
    return bool(half.max() - half.min() <= ROUNDING * np.abs(half).max())


def log_factors(low: float, high: float) -> tuple[int, ...]:
    """The marks within a decade of a logarithmic axis: two of them where the decades are few."""
    return (1, 3) if high < 1000 * low else (1,)


def quantiles(values: Array, shares: tuple[float, ...]) -> Array:
    """Quantiles over the first axis, between two numbers by linear interpolation; infinite beside an infinite one.

    Args:
        values: (numbers, …), none of them NaN, at least one.
        shares: each in [0, 1].

    Returns:
        (shares, …).
    """
    ordered = np.sort(values, axis=0)
    places = np.asarray(shares) * (len(ordered) - 1)
    below = np.floor(places).astype(int)
    weights = (places - below).reshape(-1, *[1] * (ordered.ndim - 1))  # (shares, 1, …)
    lower, upper = ordered[below], ordered[np.minimum(below + 1, len(ordered) - 1)]  # (shares, …) each
    with np.errstate(invalid="ignore"):
        between = lower + weights * (upper - lower)
    return np.asarray(np.where((weights == 0) | (lower == upper), lower, between))
