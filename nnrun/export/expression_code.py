"""Columns of a function as NumPy expressions that give the same numbers."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Mapping

from nnrun.experiment.distributions import Distribution
from nnrun.experiment.expressions import Call, Comparison, Expression, Name, Node, Number
from nnrun.export.python_text import number

# Of Python's operators, how tightly each binds its operands.
_BINDS = {"+": 5, "-": 5, "*": 6, "/": 6, "//": 6, "%": 6, "negative": 7, "**": 8}
_COMPARED, _ATOM = 4, 9
_FUNCTIONS = {"and": "logical_and", "or": "logical_or", "min": "minimum", "max": "maximum"}
_CONSTANTS = {math.pi: "np.pi", math.e: "np.e"}
_SHOW_SIGNS = ("/", "//", "%", "**", "mod", "atan2")
_TRUTHS = ("and", "or", "not")


def distribution_code(distribution: Distribution, rows: str) -> str:
    """A draw of a column, or an even grid of numbers.

    Args:
        distribution: any but `grid`.
        rows: the expression of the number of rows.
    """
    arguments = [number(argument) for argument in distribution.arguments]
    match distribution.name:
        case "linspace":
            return f"np.linspace({', '.join(arguments)}, {rows})"
        case "choice":  # of floats: the column may be divided or raised to a power
            return f"rng.choice([{', '.join(repr(a) for a in distribution.arguments)}], {rows})"
        case "student":
            return f"{arguments[1]} * rng.standard_t({arguments[0]}, {rows})"
    return f"rng.{distribution.name}({', '.join(arguments)}, {rows})"


def expression_code(expression: Expression, names: Mapping[str, str], rows: str) -> str:
    """An expression; that of a truth is an array of booleans.

    Args:
        expression: the column's definition.
        names: the variable of each column that it may use.
        rows: the expression of the number of rows, for one that uses no column.
    """
    written = _Writer(names, _float if _tells_zeros_apart(expression.tree) else number).write(expression.tree)[0]
    return written if expression.names else f"np.full({rows}, float({written}))"


class _Writer:
    """Writes nodes, each with how tightly it binds.

    Args:
        names: the variable of each column.
        write_number: a number as Python reads it back.
    """

    def __init__(self, names: Mapping[str, str], write_number: Callable[[float], str]) -> None:
        self.names = names
        self.write_number = write_number

    def write(self, node: Node) -> tuple[str, int]:
        match node:
            case Number(value):
                return _CONSTANTS.get(value) or self.write_number(value), _ATOM if value >= 0 else _BINDS["negative"]
            case Name(name):
                return self.names[name], _ATOM
            case Comparison(operators, operands):
                return self._comparison(operators, operands)
            case Call("where", (condition, first, second)):
                return f"np.where({self._truth(condition)}, {self._plain(first)}, {self._plain(second)})", _ATOM
            case Call("negative", (operand,)):
                return f"-{self._operand(operand, _BINDS['negative'])}", _BINDS["negative"]
            case Call("not", (operand,)):
                return f"np.logical_not({self._truth(operand)})", _ATOM
            case Call("and" | "or" as name, operands):
                truths = [self._truth(operand) for operand in operands]
                return functools.reduce(lambda a, b: f"np.{_FUNCTIONS[name]}({a}, {b})", truths), _ATOM
            case Call("min" | "max" as name, operands):
                values = [self._plain(operand) for operand in operands]
                return functools.reduce(lambda a, b: f"np.{_FUNCTIONS[name]}({a}, {b})", values), _ATOM
            case Call(name, operands) if name in _BINDS:
                return self._operator(name, operands)
            case Call(name, operands):
                return f"np.{name}({', '.join(self._plain(operand) for operand in operands)})", _ATOM
        raise AssertionError(node)

    def _operator(self, name: str, operands: tuple[Node, ...]) -> tuple[str, int]:
        binds = _BINDS[name]
        left, right = operands
        if not _has_name(left) and not _has_name(right) and name not in "+-*":
            # Python's own numbers raise errors where NumPy's give infinity.
            function = {"/": "divide", "//": "floor_divide", "%": "mod", "**": "power"}[name]
            return f"np.{function}(float({self._plain(left)}), {self._plain(right)})", _ATOM
        # A power binds from the right, all others from the left.
        tight = (binds + 1, binds) if name == "**" else (binds, binds + 1)
        return f"{self._operand(left, tight[0])} {name} {self._operand(right, tight[1])}", binds

    def _comparison(self, operators: tuple[str, ...], operands: tuple[Node, ...]) -> tuple[str, int]:
        sides = [self._operand(operand, _COMPARED + 1) for operand in operands]
        links = [f"{a} {name} {b}" for name, a, b in zip(operators, sides, sides[1:], strict=False)]
        return (links[0], _COMPARED) if len(links) == 1 else (" & ".join(f"({link})" for link in links), _COMPARED)

    def _operand(self, node: Node, at_least: int) -> str:
        """An operand, in parentheses where it binds less tightly."""
        if _is_truth(node):
            return self._plain(node)
        written, binds = self.write(node)
        return written if binds >= at_least else f"({written})"

    def _plain(self, node: Node) -> str:
        """A number: 1 or 0 for a truth."""
        written = self.write(node)[0]
        return f"np.where({written}, 1.0, 0.0)" if _is_truth(node) else written

    def _truth(self, node: Node) -> str:
        """A boolean."""
        return self.write(node)[0] if _is_truth(node) else f"{self._operand(node, _COMPARED + 1)} != 0"


def _is_truth(node: Node) -> bool:
    return isinstance(node, Comparison) or (isinstance(node, Call) and node.function in _TRUTHS)


def _tells_zeros_apart(tree: Node) -> bool:
    """Whether the expression may show that whole numbers have no negative zero, as floats do."""
    calls = [part for part in _parts(tree) if isinstance(part, Call)]
    constant = any(part.function in "+-" and not _has_name(part) for part in calls)
    has_zero = constant or Number(0) in _parts(tree) or any(part.function == "where" for part in calls)
    return has_zero and any(part.function in _SHOW_SIGNS for part in calls)


def _parts(node: Node) -> Iterator[Node]:
    yield node
    match node:
        case Call(_, operands) | Comparison(_, operands):
            for operand in operands:
                yield from _parts(operand)


def _float(value: float) -> str:
    return number(value) if value != value or abs(value) == math.inf else repr(float(value))


def _has_name(node: Node) -> bool:
    match node:
        case Name():
            return True
        case Call(_, operands) | Comparison(_, operands):
            return any(map(_has_name, operands))
    return False
