"""Numbers that are the same but for the bits that they are kept in: Keras computes metrics with 32 bits."""

from __future__ import annotations

import math
import struct
from typing import Any

_FLOAT = struct.Struct("f")


def in_32_bits(number: float) -> float:
    """The nearest number of 32 bits; itself where it is a whole number, or has none as it is too large or too small."""
    if not math.isfinite(number) or number.is_integer():
        return number
    try:
        found: float = _FLOAT.unpack(_FLOAT.pack(number))[0]
    except OverflowError:
        return number
    return found or number


def as_written(value: float, number: float) -> float:
    """A value that is to be compared with a number; the number itself where the value is that in 32 bits.

    So 95 of 100 correct, 0.949999988 in 32 bits, is neither less nor more than 0.95.
    """
    return number if value == in_32_bits(number) else value


def each_as_written(values: Any, number: float) -> Any:
    """As `as_written`, for each value of an array.

    Args:
        values: an array of NumPy's, of 64 bits.
        number: the number.
    """
    is_same = values == in_32_bits(number)
    if is_same.any():
        values = values.copy()
        values[is_same] = number
    return values
