"""Whether a condition holds, with what was compared: numbers and texts that are looked up, arithmetic, and logic.

What is not known, or not a number, makes a comparison neither true nor false; `and`, `or` and `not` keep to that as
Kleene's logic does, so that `not` does not make a failure a success.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from nnrun.experiment.expect.terms import FiniteTerm, Term, terms_of
from nnrun.experiment.expressions import Call, Comparison, Node, Number
from nnrun.experiment.same_number import as_written

Scalar = float | str
Lookup = Callable[[Term], Scalar]

OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
_FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": math.pow,
    "negative": operator.neg,
    "min": min,
    "max": max,
    "abs": abs,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "log2": math.log2,
    "log10": math.log10,
}


class UnknownValue(Exception):
    """A term that a run does not have.

    Args:
        reason: why, without a full stop; None where it was not measured.
    """

    def __init__(self, reason: str | None) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Judged:
    """Whether a condition holds; None where that is not known.

    Args:
        holds: whether it holds.
        value: what was compared.
        bound: with what.
        margin: how far the value is past the bound; negative where it is not.
        reason: why it is not known.
    """

    holds: bool | None
    value: Scalar | None = None
    bound: Scalar | None = None
    margin: float | None = None
    reason: str | None = None


def judge_condition(node: Node, lookup: Lookup) -> Judged:
    """Whether a condition holds.

    Args:
        node: the condition.
        lookup: gives the value of a term, or raises an `UnknownValue`.
    """
    match node:
        case Call("and" | "or" as function, parts):
            return _joined([judge_condition(part, lookup) for part in parts], ends_with=function == "or")
        case Call("not", (part,)):
            judged = judge_condition(part, lookup)
            return replace(judged, holds=None if judged.holds is None else not judged.holds, margin=None)
    try:
        return _compared(node, lookup)
    except UnknownValue as error:
        return Judged(None, reason=error.reason)


def value_of(node: Node, lookup: Lookup) -> Scalar:
    """The number or text that a node stands for.

    Raises:
        UnknownValue: a term has none, or the arithmetic has no result.
    """
    match node:
        case Number(value):
            return value
        case Term():
            return lookup(node)
        case Call(function, arguments):
            values = [value_of(argument, lookup) for argument in arguments]
            return _computed(function, values)
    raise TypeError(f"not a value: {node}")


def _computed(function: str, values: Sequence[Scalar]) -> float:
    """The result of a function; it takes and gives finite numbers alone."""
    try:
        result = float(_FUNCTIONS[function](*values))
        if all(math.isfinite(value) for value in (*values, result) if not isinstance(value, str)):
            return result
    except (ArithmeticError, ValueError, TypeError):
        pass
    raise UnknownValue("the arithmetic has no result")


def _compared(node: Node, lookup: Lookup) -> Judged:
    match node:
        case FiniteTerm():
            finite = lookup(node) == 1
            return Judged(finite, "finite" if finite else None)
        case Call("approx", (first, second, tolerance)):
            value, bound, most = (value_of(part, lookup) for part in (first, second, tolerance))
            return _within(value, bound, most)
        case Comparison(operators, operands):
            values = [value_of(operand, lookup) for operand in operands]
            constant = [not any(terms_of(operand)) for operand in operands]
            pairs = zip(operators, pairwise(zip(values, constant, strict=True)), strict=True)
            judged = _joined([_pair(symbol, *one, *two) for symbol, (one, two) in pairs], ends_with=False)
            return replace(judged, holds=None) if any(map(_is_nan, values)) else judged
    raise TypeError(f"not a condition: {node}")


def _within(value: Scalar, bound: Scalar, most: Scalar) -> Judged:
    if isinstance(value, str) or isinstance(bound, str) or isinstance(most, str):
        raise UnknownValue("a text is near no number")
    margin = most - abs(value - bound)
    return Judged(None if math.isnan(margin) else margin >= 0, value, bound, margin)


def _pair(symbol: str, left: Scalar, is_left_constant: bool, right: Scalar, is_right_constant: bool) -> Judged:
    """One comparison; of a number as written and anything else the number is the bound."""
    value, bound = (right, left) if is_left_constant and not is_right_constant else (left, right)
    if isinstance(left, str) != isinstance(right, str):
        raise UnknownValue(f"{left} and {right} are a text and a number")
    if isinstance(left, float) and isinstance(right, float):
        left = as_written(left, right) if is_right_constant and not is_left_constant else left
        right = as_written(right, left) if is_left_constant and not is_right_constant else right
    return Judged(OPERATORS[symbol](left, right), value, bound, _margin(symbol, left, right))


def _is_nan(value: Scalar) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _margin(symbol: str, left: Scalar, right: Scalar) -> float | None:
    if isinstance(left, str) or isinstance(right, str):
        return None
    distance = 0.0 if left == right else left - right  # also of two that are infinite
    return {"<": -distance, "=": -abs(distance), ">": distance, "!": abs(distance)}[symbol[0]] + 0.0


def _joined(parts: Sequence[Judged], *, ends_with: bool) -> Judged:
    """Conditions that hold together: all of them, or with `ends_with` at least one.

    What was compared is that of the part which decides it most narrowly: where all are to hold the one of the smallest
    margin, where one is enough that of the largest.
    """
    states = [part.holds for part in parts]
    holds = ends_with if ends_with in states else None if None in states else not ends_with
    deciding = [part for part in parts if part.holds is holds]
    measured = [part for part in deciding if part.margin is not None and not math.isnan(part.margin)]
    choose = max if ends_with else min
    return choose(measured, key=lambda part: part.margin or 0.0) if measured else deciding[0]
