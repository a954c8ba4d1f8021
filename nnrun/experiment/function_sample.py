"""Some rows of a function, in plain Python: enough to know what its targets are, without making its data."""

from __future__ import annotations

import itertools
import math
import operator
import random
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from nnrun.experiment.distributions import Distribution
from nnrun.experiment.expressions import Call, Comparison, Expression, Name, Node, Number

Noise = Distribution | Expression

_ROWS = 300
_ORDERED = frozenset({"grid", "linspace"})  # the number of a row decides its value

# As NumPy computes them (nnrun/data/evaluation.py); what is no finite number there is none here, or an error.
_OPERATIONS: Mapping[str, Callable[..., float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "mod": operator.mod,
    "**": math.pow,
    "negative": operator.neg,
    "not": operator.not_,
    "and": lambda *values: all(values),
    "or": lambda *values: any(values),
    "abs": abs,
    "sign": lambda value: (value > 0) - (value < 0),
    "round": round,
    "minimum": min,
    "maximum": max,
    "min": min,
    "max": max,
    "clip": lambda value, low, high: min(max(value, low), high),
    "where": lambda condition, first, second: first if condition else second,
}
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


@dataclass(frozen=True)
class SampledRow:
    """A row: the inputs and the targets, by name, as the 32-bit numbers that the network takes."""

    inputs: Mapping[str, float]
    targets: Mapping[str, float]


@dataclass(frozen=True)
class FunctionSample:
    """What some rows of a function are drawn from.

    Args:
        definitions: what each column is, in order; an expression uses only columns above it.
        inputs: the input columns.
        targets: the target columns.
        noise: what is added to the targets, by name: an expression is the standard deviation of normal noise.
        count: how many rows the data have.
        flips: the share of the class labels that are changed to another class.
        classes: the number of classes of each target whose labels are changed.
        whole: the share of the rows that no input is missing in.
    """

    definitions: Mapping[str, Distribution | Expression]
    inputs: Sequence[str]
    targets: Sequence[str]
    noise: Mapping[str, Noise]
    count: int
    flips: float = 0.0
    classes: Mapping[str, int] = field(default_factory=dict)
    whole: float = 1.0

    @property
    def is_exact(self) -> bool:
        """Whether nothing is drawn by chance, so that each row of the sample is one of the data."""
        drawn = [each for each in self.definitions.values() if isinstance(each, Distribution)]
        return not self.noise and not self.classes and all(distribution.name in _ORDERED for distribution in drawn)

    def rows(self) -> list[SampledRow | None]:
        """300 rows, the same ones at every call; None for one in which a number is not finite on the way.

        The rows of grid and linspace columns are spread over the data evenly; where they are all, they are at most the
        rows of the data. The rest is drawn from the same distributions as the data, but with other random numbers.
        """
        count = min(_ROWS, self.count) if self.is_exact else _ROWS
        rng = random.Random(0)
        return [self._row(i * self.count // count, rng) for i in range(count)]

    def _row(self, number: int, rng: random.Random) -> SampledRow | None:
        values: dict[str, float] = {}
        rest = number  # the last grid column varies fastest
        positions: dict[str, int] = {}
        for name, definition in reversed(list(self.definitions.items())):
            if isinstance(definition, Distribution) and definition.name == "grid":
                rest, positions[name] = divmod(rest, int(definition.arguments[2]))
        try:
            for name, definition in self.definitions.items():
                if isinstance(definition, Distribution):
                    values[name] = self._draw(definition, positions.get(name, number), rng)
                else:
                    values[name] = _evaluate(definition.tree, values)
            for name, noise in self.noise.items():
                values[name] += self._noise(noise, values, number, rng)
            for name, classes in self.classes.items():
                if rng.random() < self.flips:
                    values[name] = (values[name] + rng.randrange(1, classes)) % classes
        except (ArithmeticError, ValueError):
            return None
        inputs, targets = (_rounded({name: values[name] for name in names}) for names in (self.inputs, self.targets))
        return SampledRow(inputs, targets) if all(map(math.isfinite, targets.values())) else None

    def of(self, expression: Expression) -> list[SampledRow | None]:
        """The rows with an expression over the columns as their only target, under its text."""
        definitions = {**self.definitions, expression.text: expression}
        return FunctionSample(definitions, self.inputs, (expression.text,), {}, self.count).rows()

    def _noise(self, noise: Noise, values: Mapping[str, float], number: int, rng: random.Random) -> float:
        if isinstance(noise, Distribution):
            return self._draw(noise, number, rng)
        return _evaluate(noise.tree, values) * rng.gauss(0.0, 1.0)

    def _draw(self, distribution: Distribution, position: int, rng: random.Random) -> float:
        match distribution:
            case Distribution("uniform", (low, high)):
                return rng.uniform(low, high)
            case Distribution("normal", (mean, stddev)):
                return rng.gauss(mean, stddev)
            case Distribution("student", (df, scale)):
                return scale * rng.gauss(0.0, 1.0) / math.sqrt(rng.gammavariate(df / 2, 2.0) / df)
            case Distribution("linspace", (start, stop)):
                return _between(start, stop, position, self.count)
            case Distribution("grid", (start, stop, steps)):
                return _between(start, stop, position, int(steps))
        return rng.choice(distribution.arguments)


def _between(start: float, stop: float, position: int, steps: int) -> float:
    """As NumPy's linspace computes it: a label must not be rounded to another one."""
    if 0 < position == steps - 1:
        return stop
    parts = max(1, steps - 1)
    step = (stop - start) / parts
    # A step may be too small for a number where its multiples are not.
    return start + (position * step if step else position / parts * (stop - start))


def _evaluate(node: Node, values: Mapping[str, float]) -> float:
    match node:
        case Number(value):
            return value
        case Name(name):
            return values[name]
        case Call(function, arguments):
            operation = _OPERATIONS.get(function) or getattr(math, function)
            result = float(operation(*(_evaluate(argument, values) for argument in arguments)))
            if not math.isfinite(result):  # NumPy goes on with it in ways of its own
                raise ValueError(result)
            return result
        case Comparison(operators, operands):
            pairs = itertools.pairwise([_evaluate(operand, values) for operand in operands])
            return float(all(_COMPARISONS[name](*pair) for name, pair in zip(operators, pairs, strict=True)))


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return dict(zip(values, array("f", values.values()), strict=True))
