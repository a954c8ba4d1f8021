"""The first epoch at which a condition holds, of all epochs at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise, repeat
from typing import TYPE_CHECKING, Any, cast

from nnrun.experiment.expect.terms import MetricTerm, terms_of
from nnrun.experiment.expressions import Call, Comparison, Node, Number
from nnrun.experiment.same_number import as_written, each_as_written
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
    if isinstance(condition, Comparison) and _is_plain(condition.operands):
        return _first_of_comparison(condition, history)
    import numpy as np

    arrays = {name: np.asarray(values, np.float64) for name, values in history.items()}
    with np.errstate(all="ignore"):
        holds = np.atleast_1d(_truth(condition, arrays)[0])
    return int(np.argmax(holds)) + 1 if holds.any() else None


def _is_plain(operands: Sequence[Node]) -> bool:
    """Whether numbers are compared with metrics themselves."""
    has_metric = any(isinstance(operand, MetricTerm) for operand in operands)
    return has_metric and all(isinstance(operand, MetricTerm | Number) for operand in operands)


def _first_of_comparison(condition: Comparison, history: Mapping[str, Sequence[float]]) -> int | None:
    """As `first_epoch`, of plain operands: NumPy takes longer to load than all else that `nnrun judge` does."""
    columns = (
        history[operand.metric] if isinstance(operand, MetricTerm) else repeat(cast(Number, operand).value)
        for operand in condition.operands
    )
    constant = _constant(condition.operands)
    for epoch, values in enumerate(zip(*columns, strict=False), 1):  # as many as the shortest has: a number has no end
        if _compared(condition.operators, [float(value) for value in values], constant, as_written)[0]:
            return epoch
    return None


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
            return _compared(operators, values, _constant(operands), each_as_written)
    raise TypeError(f"not a condition: {node}")


def _all(parts: Sequence[Truth]) -> Truth:
    """Where all conditions hold, and where one does not."""
    holds, fails = parts[0]
    for also, not_also in parts[1:]:
        holds, fails = holds & also, fails | not_also
    return holds, fails


def _constant(operands: Sequence[Node]) -> list[bool]:
    return [not any(terms_of(operand)) for operand in operands]


def _compared(
    operators: Sequence[str], values: Sequence[Any], constant: Sequence[bool], written: Callable[[Any, float], Any]
) -> Truth:
    """A chain of comparisons, of which nothing is known where one of the values is NaN.

    Args:
        operators: the operators.
        values: what they stand between: numbers, or arrays with one per epoch.
        constant: whether each value is a number as written.
        written: `as_written` of numbers, `each_as_written` of arrays.
    """
    known, holds = values[0] == values[0], True  # NaN differs from itself
    pairs = zip(operators, pairwise(zip(values, constant, strict=True)), strict=True)
    for symbol, ((left, is_left_constant), (right, is_right_constant)) in pairs:
        one = written(left, float(right)) if is_right_constant and not is_left_constant else left
        other = written(right, float(left)) if is_left_constant and not is_right_constant else right
        known, holds = known & (right == right), holds & OPERATORS[symbol](one, other)
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
