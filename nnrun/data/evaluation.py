"""The values of the columns of a function: drawn from a distribution, or computed by an expression."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from nnrun.experiment.distributions import Distribution
from nnrun.experiment.expressions import Call, Comparison, Expression, Name, Node, Number

Values = NDArray[np.float64]


def _where(condition: Values, first: Values, second: Values) -> Values:
    return np.where(condition != 0, first, second)


# The other functions of the expression language have the names of NumPy's.
_OPERATIONS: Mapping[str, Callable[..., Values]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "//": np.floor_divide,
    "%": np.mod,
    "**": np.power,
    "not": np.logical_not,
    "and": lambda *values: functools.reduce(np.logical_and, values),
    "or": lambda *values: functools.reduce(np.logical_or, values),
    "min": lambda *values: functools.reduce(np.minimum, values),
    "max": lambda *values: functools.reduce(np.maximum, values),
    "where": _where,
    "clip": lambda value, low, high: np.minimum(np.maximum(value, low), high),
}
_COMPARISONS: Mapping[str, Callable[..., NDArray[np.bool_]]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


def evaluate_columns(
    definitions: Mapping[str, Distribution | Expression], rows: int, rng: np.random.Generator
) -> dict[str, Values]:
    """Computes columns in float64, one after the other; the last grid column varies fastest.

    Args:
        definitions: what each column is, in order; an expression uses only columns above it.
        rows: the number of rows.
        rng: draws the distributions.

    Returns:
        The values by name, each (rows,).
    """
    positions = _grid_positions(definitions, rows)
    columns: dict[str, Values] = {}
    for name, definition in definitions.items():
        if not isinstance(definition, Distribution):
            columns[name] = evaluate(definition, columns, rows)
        elif name in positions:
            start, stop, steps = definition.arguments
            columns[name] = np.linspace(start, stop, int(steps))[positions[name]]
        else:
            columns[name] = draw(definition, rows, rng)
    return columns


def _grid_positions(definitions: Mapping[str, Distribution | Expression], rows: int) -> Mapping[str, NDArray[np.intp]]:
    """The step of each grid column in every row of their cartesian product."""
    steps = {
        name: int(definition.arguments[2])
        for name, definition in definitions.items()
        if isinstance(definition, Distribution) and definition.name == "grid"
    }
    if not steps:
        return {}
    return dict(zip(steps, np.unravel_index(np.arange(rows), tuple(steps.values())), strict=True))


def draw(distribution: Distribution, rows: int, rng: np.random.Generator) -> Values:
    """Draws from `uniform`, `normal`, `student`, `linspace` or `choice`; float64, (rows,)."""
    match distribution:
        case Distribution("uniform", (low, high)):
            return rng.uniform(low, high, rows)
        case Distribution("normal", (mean, stddev)):
            return rng.normal(mean, stddev, rows)
        case Distribution("student", (df, scale)):
            return scale * rng.standard_t(df, rows)
        case Distribution("linspace", (start, stop)):
            return np.linspace(start, stop, rows)
    return rng.choice(distribution.arguments, rows)


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
            operation = _OPERATIONS.get(function) or getattr(np, function)
            return np.asarray(operation(*values), dtype=np.float64)
        case Comparison(operators, operands):
            values = [_evaluate(operand, columns) for operand in operands]
            pairs = zip(operators, itertools.pairwise(values), strict=True)
            links = [_COMPARISONS[name](*pair) for name, pair in pairs]
            return np.asarray(np.logical_and.reduce(np.broadcast_arrays(*links)), dtype=np.float64)
