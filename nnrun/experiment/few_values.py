"""The columns of a function that have few different values, such as class labels."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Mapping

from nnrun.experiment.distributions import Distribution
from nnrun.experiment.expressions import Call, Comparison, Expression, Name, Node, Number

_MOST = 1_000
_TRUTH = frozenset((0.0, 1.0))
_UNKNOWN: frozenset[float] = frozenset()
_COMBINED: Mapping[str, Callable[[float, float], float]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def class_counts(definitions: Mapping[str, Distribution | Expression]) -> dict[str, int]:
    """The number of classes of each column that has whole numbers from 0 without a gap, by what it is made of.

    These are comparisons, choices and numbers, and what `where`, sums, differences and products make of them.

    Args:
        definitions: what each column is, in order; an expression uses only columns above it.
    """
    values: dict[str, frozenset[float]] = {}
    for name, definition in definitions.items():
        if isinstance(definition, Expression):
            values[name] = _values(definition.tree, values)
        else:
            values[name] = frozenset(definition.arguments) if definition.name == "choice" else _UNKNOWN
    return {name: len(found) for name, found in values.items() if len(found) > 1 and found == {*range(len(found))}}


def _values(node: Node, columns: Mapping[str, frozenset[float]]) -> frozenset[float]:
    """All values that a node may have; none where they may be many."""
    match node:
        case Number(value):
            return frozenset((value,))
        case Name(name):
            return columns[name]
        case Comparison() | Call("and" | "or" | "not", _):
            return _TRUTH
        case Call("where", (_, first, second)):
            either = (_values(first, columns), _values(second, columns))
            return either[0] | either[1] if all(either) else _UNKNOWN
        case Call("+" | "-" | "*" as name, (first, second)):
            left, right = _values(first, columns), _values(second, columns)
            few = len(left) * len(right) <= _MOST
            return frozenset(itertools.starmap(_COMBINED[name], itertools.product(left, right))) if few else _UNKNOWN
    return _UNKNOWN
