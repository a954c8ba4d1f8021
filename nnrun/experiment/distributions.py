"""The distributions from which a column of data is drawn."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass

from nnrun.experiment.expressions import DISTRIBUTIONS, Expression, ExpressionReader, parse_expression

_LARGEST = 3.4028234e38


@dataclass(frozen=True)
class Distribution:
    """A distribution of `DISTRIBUTIONS` and its arguments in the order of its signature."""

    name: str
    arguments: tuple[float, ...]


def parse_distribution(text: str, names: Collection[str]) -> Distribution | None:
    """Reads a call of a distribution, whose arguments are constant arithmetic.

    Args:
        text: the definition of a column.
        names: the columns, which the arguments must not use.

    Returns:
        The distribution, or None when the text is a well-formed expression of another kind.

    Raises:
        ExpressionError: the text is not well-formed, or the distribution's arguments are wrong.
    """
    reader = ExpressionReader(text, names)
    call = reader.root
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in DISTRIBUTIONS):
        return None
    name = call.func.id
    bound = _bind(reader, call, name)
    values = tuple(reader.constant(argument, name) for argument in bound)
    fault = _fault(name, values)
    if fault:
        raise reader.error(call, f"{fault}. Received: {reader.source_of(call)}")
    return Distribution(name, values)


def parse_definition(text: str, names: Collection[str]) -> Distribution | Expression:
    """Reads a column's definition: a distribution, or an expression over other columns.

    Raises:
        ExpressionError: the text is neither.
    """
    return parse_distribution(text, names) or parse_expression(text, names)


def _bind(reader: ExpressionReader, call: ast.Call, name: str) -> list[ast.expr]:
    """The distribution's arguments in the order of its signature, keywords put in their places."""
    parameters = DISTRIBUTIONS[name]
    if name == "choice":
        if call.keywords or not call.args:
            raise reader.error(call, "The distribution choice(a, b, …) takes one or more values.")
        return call.args
    bound: dict[str | None, ast.expr] = dict(zip(parameters, call.args, strict=False))
    for keyword in call.keywords:
        if keyword.arg not in parameters or keyword.arg in bound:
            received = keyword.arg or "**"
            raise reader.error(keyword, f"{_signature(name)} takes each argument once. Received: {received}")
        bound[keyword.arg] = keyword.value
    count = len(call.args) + len(call.keywords)
    if count != len(parameters):
        raise reader.error(call, f"{_signature(name)} takes {len(parameters)} arguments. Received: {count}")
    return [bound[parameter] for parameter in parameters]


def _fault(name: str, values: tuple[float, ...]) -> str | None:
    if any(abs(value) > _LARGEST for value in values):
        return f"The arguments of {name} must be between -3.4e38 and 3.4e38, the numbers of float32"
    if name == "uniform" and values[0] >= values[1]:
        return "The low of uniform must be below its high"
    if name == "normal" and values[1] < 0:
        return "The stddev of normal must be 0 or more"
    if name == "student" and not (values[0] > 0 and values[1] >= 0):
        return "The df of student must be above 0, and its scale 0 or more"
    if name == "grid" and not (values[2] >= 1 and values[2].is_integer()):
        return "The steps of grid must be a whole number from 1"
    return None


def _signature(name: str) -> str:
    return f"The distribution {name}({', '.join(DISTRIBUTIONS[name])})"
