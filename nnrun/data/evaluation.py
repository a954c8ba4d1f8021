"""The values of an expression over column arrays."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from nnrun.experiment.expressions import Call, Comparison, Expression, Name, Node, Number

Values = NDArray[np.float64]


def _where(condition: Values, first: Values, second: Values) -> Values:
    return np.where(condition != 0, first, second)


_FUNCTIONS: Mapping[str, Callable[..., Values]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "//": np.floor_divide,
    "%": np.mod,
    "**": np.power,
    "negative": np.negative,
    "not": np.logical_not,
    "and": lambda *values: functools.reduce(np.logical_and, values),
    "or": lambda *values: functools.reduce(np.logical_or, values),
    "min": lambda *values: functools.reduce(np.minimum, values),
    "max": lambda *values: functools.reduce(np.maximum, values),
    "where": _where,
    "mod": np.mod,
    "minimum": np.minimum,
    "maximum": np.maximum,
    "clip": lambda value, low, high: np.minimum(np.maximum(value, low), high),
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "hypot": np.hypot,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "exp": np.exp,
    "log": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "sign": np.sign,
    "floor": np.floor,
    "ceil": np.ceil,
    "round": np.round,
}
_COMPARISONS: Mapping[str, Callable[..., NDArray[np.bool_]]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


def evaluate(expression: Expression, columns: Mapping[str, Values], rows: int) -> Values:
    """Computes an expression row by row in float64.

    A truth is 1 or 0. A division by zero or a logarithm of a negative number gives inf or nan, without a warning.

    Args:
        expression: uses names of `columns` alone.
        columns: the values by name, each (rows,).
        rows: how many rows an expression without columns gives.

    Returns:
        The values, shape (rows,).
    """
    with np.errstate(all="ignore"):
        values = _evaluate(expression.tree, columns)
    return np.broadcast_to(values, (rows,))  # (rows,)


def _evaluate(node: Node, columns: Mapping[str, Values]) -> Values:
    match node:
        case Number(value):
            return np.asarray(value, dtype=np.float64)
        case Name(name):
            return columns[name]
        case Call(function, arguments):
            values = [_evaluate(argument, columns) for argument in arguments]
            return np.asarray(_FUNCTIONS[function](*values), dtype=np.float64)
        case Comparison(operators, operands):
            values = [_evaluate(operand, columns) for operand in operands]
            pairs = zip(operators, itertools.pairwise(values), strict=True)
            links = [_COMPARISONS[name](*pair) for name, pair in pairs]
            return np.asarray(np.logical_and.reduce(np.broadcast_arrays(*links)), dtype=np.float64)
