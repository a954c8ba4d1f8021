"""The first epoch at which a condition holds, of all epochs at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from nnrun.experiment.expect.terms import MetricTerm
from nnrun.experiment.expressions import Call, Comparison, Node, Number
from nnrun.runs.judge.conditions import OPERATORS

if TYPE_CHECKING:
    from nnrun.runs.arrays import Array

Truth = tuple[Any, Any]  # where a condition holds, and where it does not; neither where something is not known


def first_epoch(condition: Node, history: Mapping[str, Sequence[float]]) -> int | None:
    """The epoch, from 1, at which a condition on the metrics of an epoch first holds; None where it never does.

    Args:
        condition: a condition whose terms are final metrics; what it says of an epoch is what `judge_condition` says.
        history: each metric by name, a number per epoch; it has all metrics of the condition.
    """
    import numpy as np

    arrays = {name: np.asarray(values, np.float64) for name, values in history.items()}
    with np.errstate(all="ignore"):
        holds = np.atleast_1d(_truth(condition, arrays)[0])
    return int(np.argmax(holds)) + 1 if holds.any() else None


def _truth(node: Node, metrics: Mapping[str, Array]) -> Truth:
    """Where a condition holds and where it does not."""
    match node:
        case Call("and", parts):
            return _all([_truth(part, metrics) for part in parts])
        case Call("or", parts):
            fails, holds = _all([_truth(part, metrics)[::-1] for part in parts])
            return holds, fails
        case Call("not", (part,)):
            holds, fails = _truth(part, metrics)
            return fails, holds
        case Call("approx", (first, second, most)):
            margin = _value(most, metrics) - abs(_value(first, metrics) - _value(second, metrics))
            return margin >= 0, margin < 0
        case Comparison(operators, operands):
            values = [_value(operand, metrics) for operand in operands]
            return _compared(operators, values)
    raise TypeError(f"not a condition: {node}")


def _all(parts: Sequence[Truth]) -> Truth:
    """Where all conditions hold, and where one does not."""
    holds, fails = parts[0]
    for also, not_also in parts[1:]:
        holds, fails = holds & also, fails | not_also
    return holds, fails


def _compared(operators: Sequence[str], values: Sequence[Any]) -> Truth:
    """A chain of comparisons, of which nothing is known where one of the values is NaN."""
    known, holds = values[0] == values[0], True  # NaN differs from itself
    for symbol, (left, right) in zip(operators, pairwise(values), strict=True):
        known, holds = known & (right == right), holds & OPERATORS[symbol](left, right)
    return known & holds, known & (holds ^ True)


def _value(node: Node, metrics: Mapping[str, Array]) -> Any:
    """A number, or one per epoch; NaN where the arithmetic has no result."""
    import numpy as np

    match node:
        case Number(value):
            return np.float64(value)
        case MetricTerm(metric=metric):
            return metrics[metric]
        case Call(function, arguments):
            values = [_value(argument, metrics) for argument in arguments]
            result = _functions()[function](*values)
            finite = [np.isfinite(value) for value in (*values, result)]
            return np.where(np.logical_and.reduce(np.broadcast_arrays(*finite)), result, np.nan)
    raise TypeError(f"not a value: {node}")


def _functions() -> Mapping[str, Callable[..., Any]]:
    import numpy as np

    return {
        "+": np.add,
        "-": np.subtract,
        "*": np.multiply,
        "/": np.divide,
        "//": np.floor_divide,
        "%": np.mod,
        "**": np.power,
        "negative": np.negative,
        "min": lambda *values: np.minimum.reduce(np.broadcast_arrays(*values)),
        "max": lambda *values: np.maximum.reduce(np.broadcast_arrays(*values)),
        "abs": np.abs,
        **{name: getattr(np, name) for name in ("sqrt", "exp", "log", "log2", "log10")},
    }
