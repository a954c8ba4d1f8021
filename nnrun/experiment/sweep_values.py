"""The values that a setting takes in a sweep: lists, ranges and series for a grid, distributions for random trials.

A small grammar of its own, read without evaluating anything:

    [16, 32]                     these values, of any kind
    0..99                        whole numbers, both ends included
    0..100 step 10               the same in steps
    linear(a, b, n)              n numbers from a to b at equal distances
    log(1e-4, 1e-1, 5)           n numbers from a to b at equal ratios
    uniform(a, b)                one number between a and b per trial
    log_uniform(1e-5, 1e-1)      the same, every order of magnitude equally often
    integers(1, 64)              one whole number from a to b per trial
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, overload

from nnrun.errors import ExperimentError, did_you_mean, shown
from nnrun.experiment.text.yaml_text import parse_value, read_plain

MOST_VALUES = 10_000_000

GRID_EXAMPLE = "For example: [16, 32], 0..99, 0..100 step 10, linear(0, 1, 5), log(1e-4, 1e-1, 5)"
RANDOM_EXAMPLE = "For example: uniform(0, 1), log_uniform(1e-4, 1e-1), integers(1, 64), [relu, tanh]"

_NUMBER = r"[-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_RANGE = re.compile(rf"\s*({_NUMBER})\s*\.\.\s*({_NUMBER})(?:\s+step\s+({_NUMBER}))?\s*")
_TWO_ENDS = re.compile(rf"({_NUMBER})\s*[-–:]\s*({_NUMBER})")
_CALL = re.compile(r"\s*([A-Za-z_]\w*)\s*\((.*)\)\s*", re.DOTALL)
_SERIES = ("linear", "log")
_MOST_DIGITS = 40


class ValuesError(ValueError):
    """A text does not say which values.

    Args:
        message: what was received and what is allowed.
        column: where in the text, from 0.
        hint: what to do about it.
    """

    def __init__(self, message: str, column: int = 0, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.column = column
        self.hint = hint


@dataclass(frozen=True, eq=False)
class ComputedValues(Sequence[Any]):
    """Values that follow from their positions; none is kept.

    Args:
        positions: their positions.
        at: the value at a position.
    """

    positions: range
    at: Callable[[int], Any]

    def __len__(self) -> int:
        return len(self.positions)

    @overload
    def __getitem__(self, position: int) -> Any: ...
    @overload
    def __getitem__(self, position: slice) -> ComputedValues: ...
    def __getitem__(self, position: int | slice) -> Any:
        if isinstance(position, slice):
            return ComputedValues(self.positions[position], self.at)
        return self.at(self.positions[position])


@dataclass(frozen=True)
class ValueDistribution:
    """What a setting is drawn from.

    Args:
        name: `uniform`, `log_uniform`, `integers` or `choice`.
        arguments: the ends, both included, or the values to choose among.
    """

    name: str
    arguments: tuple[Any, ...]

    def draw(self, rng: random.Random) -> Any:
        """One value."""
        return _DRAWS[self.name](rng, *self.arguments)


def read_values(written: Any) -> Sequence[Any]:
    """The values that a grid goes through, in order; those of a range or a series are made as they are needed.

    Args:
        written: a list, or a text as the module describes it.

    Raises:
        ValuesError: it is anything else, holds nothing, or holds more than 10,000,000 values.
    """
    if isinstance(written, str):
        return _from_text(written)
    if not isinstance(written, list):
        raise ValuesError(f"A grid takes a list or a range. Received: {shown(written)}", hint=GRID_EXAMPLE)
    if not written:
        raise ValuesError("A grid needs at least one value. Received: []")
    return tuple(written)


def read_distribution(written: Any) -> ValueDistribution:
    """What random trials draw a setting from; a list is a choice among its values.

    Raises:
        ValuesError: it is no distribution.
    """
    if isinstance(written, list) and written:
        return ValueDistribution("choice", tuple(written))
    found = _CALL.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        raise ValuesError(f"This is no distribution. Received: {shown(written)}", hint=RANDOM_EXAMPLE)
    name = found[1]
    if name not in _DRAWS or name == "choice":
        known = [known for known in _DRAWS if known != "choice"]
        hint = did_you_mean(name, known) or RANDOM_EXAMPLE
        raise ValuesError(f'There is no distribution "{name}".', found.start(1), hint)
    low, high = _numbers(found, 2)
    if not low < high:
        raise ValuesError(f"The first number of {name} must be below its second.", found.start(2))
    if name == "uniform" and math.isinf(float(high) - float(low)):
        raise ValuesError("The numbers of uniform are too far apart: 1.8e308 or more.", found.start(2))
    if name == "log_uniform" and low <= 0:
        raise ValuesError("The numbers of log_uniform must be positive.", found.start(2))
    if name == "integers" and not (isinstance(low, int) and isinstance(high, int)):
        raise ValuesError("The ends of integers must be whole numbers.", found.start(2))
    return ValueDistribution(name, (low, high))


def _from_text(text: str) -> Sequence[Any]:
    found = _RANGE.fullmatch(text)
    if found:
        return _range(found)
    call = _CALL.fullmatch(text)
    if call:
        return _series(call)
    try:
        value = parse_value(text, "")
    except ExperimentError as error:
        place = error.problems[0].place
        raise ValuesError(error.problems[0].message, place.column - 1 if place else 0, GRID_EXAMPLE) from error
    if isinstance(value, list):
        return read_values(value)
    message = f"A grid takes a list or a range. Received: {text.strip() or 'nothing'}"
    raise ValuesError(message, hint=_meant(text.strip(), value))


def _meant(text: str, value: Any) -> str:
    """How to write what was probably meant by a text that is one plain value."""
    ends = _TWO_ENDS.fullmatch(text)
    if ends:
        return f"Write {ends[1]}..{ends[2]}."
    if isinstance(value, str) and "," in text:
        return f"Write [{', '.join(part.strip() for part in text.split(','))}]."
    return f"One value alone is [{text}]. {GRID_EXAMPLE}" if text else GRID_EXAMPLE


def _range(found: re.Match[str]) -> Sequence[Any]:
    """Exact in decimal numbers, so that 0..1 step 0.1 has eleven values and ends at 1."""
    whole = all(isinstance(_number(found, i), int) for i in (1, 2, 3) if found[i] is not None)
    first, last = _fraction(found, 1), _fraction(found, 2)
    step = _fraction(found, 3) if found[3] else Fraction(1 if first <= last else -1)
    if not found[3] and (last - first) % 1:
        message = f"A range without a step counts in ones, and misses its end. Received: {found[0].strip()}"
        raise ValuesError(message, found.start(1), f"For example: linear({found[1]}, {found[2]}, 5)")
    if step == 0 or (last - first) / step < 0:
        towards = "up" if last > first else "down"
        raise ValuesError(f"The step must lead {towards}, to the range's end. Received: {found[3]}", found.start(3))
    count = (last - first) // step + 1
    _check_count(count, found.start(0))
    if whole:
        start, stride = int(first), int(step)
        return range(start, start + count * stride, stride)
    return ComputedValues(range(count), lambda i: float(first + i * step))


def _series(found: re.Match[str]) -> Sequence[Any]:
    name = found[1]
    if name not in _SERIES:
        hint = did_you_mean(name, _SERIES) or GRID_EXAMPLE
        raise ValuesError(f'There is no series "{name}" of values.', found.start(1), hint)
    first, last, count = _numbers(found, 3)
    if not isinstance(count, int) or count < 1:
        raise ValuesError(f"The third number of {name} says how many values, from 1.", found.start(2))
    _check_count(count, found.start(2))
    low, high = float(first), float(last)
    if name == "linear":
        return ComputedValues(range(count), lambda i: _between(i, count, low, high))
    if first <= 0 or last <= 0:
        raise ValuesError("The ends of log must be positive.", found.start(2))
    ends = {count - 1: high, 0: low}
    low, high = math.log10(first), math.log10(last)
    return ComputedValues(range(count), lambda i: ends.get(i) or _short(10.0 ** _between(i, count, low, high)))


def _between(i: int, count: int, first: float, last: float) -> float:
    """The i-th of `count` numbers at equal distances; the ends are exact."""
    return last if count > 1 and i == count - 1 else _short(first + i * ((last - first) / max(1, count - 1)))


def _short(value: float) -> float:
    """The number to 12 digits, so that log(1e-4, 1e-1, 4) holds 0.001 itself."""
    return float(f"{value:.12g}")


def _check_count(count: int, column: int) -> None:
    if count > MOST_VALUES:
        raise ValuesError(f"A setting takes at most {MOST_VALUES:,} values; these are more.", column)


def _numbers(call: re.Match[str], count: int) -> list[int | float]:
    """The arguments of a call, each a finite number."""
    numbers: list[int | float] = []
    column = call.start(2)
    for part in call[2].split(","):
        value = read_plain(part.strip())
        lead = len(part) - len(part.lstrip())
        if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
            raise ValuesError(f"{call[1]} takes numbers. Received: {part.strip() or 'nothing'}", column + lead)
        numbers.append(value)
        column += len(part) + 1
    if len(numbers) != count:
        raise ValuesError(f"{call[1]} takes {count} numbers. Received: {len(numbers)}", call.start(2))
    return numbers


def _number(found: re.Match[str], group: int) -> Any:
    return read_plain(found[group])


def _fraction(found: re.Match[str], group: int) -> Fraction:
    text = found[group]
    value = read_plain(text)
    if len(text) > _MOST_DIGITS or not isinstance(value, int | float) or not _is_finite(value):
        raise ValuesError(f"The number is too long or too large. Received: {shown(text)}", found.start(group))
    return Fraction(value) if isinstance(value, int) else Fraction(repr(value))  # as written: 1/10, not its float


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond every float
        return False


def _uniform(rng: random.Random, low: float, high: float) -> float:
    return low + (high - low) * rng.random()


def _log_uniform(rng: random.Random, low: float, high: float) -> float:
    return math.exp(_uniform(rng, math.log(low), math.log(high)))


def _integers(rng: random.Random, low: int, high: int) -> int:
    return low + min(high - low, int(rng.random() * (high - low + 1)))


def _choice(rng: random.Random, *values: Any) -> Any:
    return values[_integers(rng, 0, len(values) - 1)]


_DRAWS: dict[str, Callable[..., Any]] = {
    "uniform": _uniform,
    "log_uniform": _log_uniform,
    "integers": _integers,
    "choice": _choice,
}
