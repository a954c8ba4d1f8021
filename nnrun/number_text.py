"""Numbers as people write them: the one rule for those on screen, in pictures and in reports."""

from __future__ import annotations

import math
from collections.abc import Iterable

# More whole digits are grouped by three: a year stays 2026.
_UNGROUPED = 4
# From here on a number has more digits than anyone reads.
_SCIENTIFIC = 1e9
# Sums of float64 numbers of size 1 are off by a few 2^-52, or 2.2e-16: less than this.
_NOISE = 1e-14


def short(value: float, digits: int = 4, beside: float = 0.0) -> str:
    """A number with at most so many significant digits, but with all its whole digits below a billion.

    Examples are 0.000786, 2026, 99,712, 7.9e9 and 4.2e-7.

    Args:
        value: the number; one that is not finite is written as Python does.
        digits: the most significant digits, 1 to 8.
        beside: the ordinary size of the numbers beside it; a number that is 10^14 times smaller is 0 but for the
            rounding of float64. With 0 every number is written.
    """
    size = abs(value)
    if is_noise(value, beside):
        return "0"
    whole = 10 ** (digits - 1) <= size < _SCIENTIFIC
    mantissa, _, exponent = (f"{value:.0f}" if whole else f"{value:.{digits}g}").partition("e")
    if exponent:
        return f"{mantissa}e{int(exponent)}"
    units, point, decimals = mantissa.partition(".")
    return f"{int(units):,}{point}{decimals}" if len(units.lstrip("-")) > _UNGROUPED else mantissa


def is_noise(value: float, beside: float) -> bool:
    """Whether a number is 0 but for the rounding of float64, beside numbers of an ordinary size."""
    return abs(value) <= _NOISE * beside


def ordinary_size(values: Iterable[float]) -> float:
    """The upper median of the sizes of the finite numbers that are not 0; 0 where there are none.

    Half of the numbers are at least as large, so a column that spans many decades has an ordinary size among them, and
    its small numbers are no noise.
    """
    sizes = sorted(abs(value) for value in values if value and math.isfinite(value))
    return sizes[len(sizes) // 2] if sizes else 0.0
