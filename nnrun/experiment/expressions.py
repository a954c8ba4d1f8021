"""The safe expression language: a small whitelist over Python's grammar."""

from __future__ import annotations

import ast
import math
import operator
import re
import warnings
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar

from nnrun.errors import did_you_mean

MAX_LENGTH = 500
MAX_DEPTH = 50
CONSTANTS: Mapping[str, float] = {"pi": math.pi, "e": math.e}

# The fewest and the most arguments of each function.
FUNCTIONS: Mapping[str, tuple[int, int]] = {
    **dict.fromkeys(("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"), (1, 1)),
    **dict.fromkeys(("exp", "log", "log2", "log10", "sqrt"), (1, 1)),
    **dict.fromkeys(("abs", "sign", "floor", "ceil", "round"), (1, 1)),
    **dict.fromkeys(("atan2", "hypot", "mod", "minimum", "maximum"), (2, 2)),
    **dict.fromkeys(("min", "max"), (2, MAX_LENGTH)),
    **dict.fromkeys(("clip", "where"), (3, 3)),
}

DISTRIBUTIONS: Mapping[str, tuple[str, ...]] = {
    "uniform": ("low", "high"),
    "normal": ("mean", "stddev"),
    "student": ("df", "scale"),
    "linspace": ("start", "stop"),
    "choice": (),  # any number of values
    "grid": ("start", "stop", "steps"),
}

_BINARY: Mapping[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
}
_UNARY: Mapping[type[ast.unaryop], str] = {ast.USub: "negative", ast.Not: "not"}
_COMPARISONS: Mapping[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_OTHER_WAYS: Mapping[type[object], str] = {
    ast.BitXor: "Write ** for a power.",
    ast.BitAnd: "Write and.",
    ast.BitOr: "Write or.",
    ast.Invert: "Write not.",
}
_ARITHMETIC: Mapping[str, Callable[..., float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "negative": operator.neg,
}


class ExpressionError(ValueError):
    """A text is neither an expression nor a distribution.

    Args:
        message: what was received and what is allowed.
        column: the column in the text, from 0.
        hint: the remedy, if there is one.
    """

    def __init__(self, message: str, column: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.column = column
        self.hint = hint


@dataclass(frozen=True)
class Number:
    """A number as written; True is 1 and False is 0."""

    value: float


@dataclass(frozen=True)
class Name:
    """The value of a column."""

    name: str


@dataclass(frozen=True)
class Call:
    """A function of `FUNCTIONS` or an operator (`+ - * / // % ** negative and or not`) with its operands."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Comparison:
    """A chain of comparisons, `a < b <= c`; its value is 1 where all of them hold and 0 elsewhere."""

    operators: tuple[str, ...]
    operands: tuple[Node, ...]


Node = Number | Name | Call | Comparison


@dataclass(frozen=True)
class Expression:
    """A checked expression: its text, its tree, and the column names that it uses."""

    text: str
    tree: Node
    names: frozenset[str]

    @property
    def is_truth(self) -> bool:
        """Whether every value is true or false, so that it can be a class label."""
        return _is_truth(self.tree)


def parse_expression(text: str, names: Collection[str]) -> Expression:
    """Reads an expression: arithmetic, comparisons, `and or not`, `a if c else b` and the calls of `FUNCTIONS`.

    The grammar and the precedences are Python's. All numbers are floats, so `9**9**9` is infinite and never slow.
    `and` and `or` give 1 or 0, never an operand.

    Args:
        text: at most 500 characters, nested at most 50 deep.
        names: the columns that the expression may use; a column hides a constant of the same name.

    Returns:
        The checked expression.

    Raises:
        ExpressionError: the text is anything else.
    """
    reader = ExpressionReader(text, names)
    tree = reader.read(reader.root)
    return Expression(text, tree, frozenset(reader.used))


class ExpressionReader:
    """Turns Python's syntax tree into checked nodes.

    Args:
        text: the expression.
        names: the columns that it may use.

    Raises:
        ExpressionError: the text is empty, too long, or not an expression of Python.
    """

    functions: ClassVar[Mapping[str, tuple[int, int]]] = FUNCTIONS
    examples: ClassVar[Mapping[str, str]] = {}  # of calls

    def __init__(self, text: str, names: Collection[str]) -> None:
        self.names = names
        self.used: set[str] = set()
        if len(text) > MAX_LENGTH:
            message = f"An expression has at most {MAX_LENGTH} characters. Received: {len(text)}"
            raise ExpressionError(message, MAX_LENGTH)
        if "#" in text:
            raise ExpressionError("An expression has no comments. Received: #", text.index("#"))
        self.text = re.sub(r"[\n\r\t\f]", " ", text)
        self.indent = len(self.text) - len(self.text.lstrip())
        self.root = self._parse()

    def _parse(self) -> ast.expr:
        source = self.text.lstrip()
        if not source:
            raise ExpressionError("The expression is empty.", 0)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(source, mode="eval").body
        except SyntaxError as error:
            # An unexpected end has no offset.
            column = min(self.indent + error.offset - 1, len(self.text)) if error.offset else len(self.text)
            hint = self._comparison_meant(column)
            raise ExpressionError(f"This is not an expression: {error.msg}.", column, hint) from None
        except (ValueError, RecursionError, MemoryError):
            raise ExpressionError("This is not an expression.", self.indent) from None

    def _comparison_meant(self, column: int) -> str | None:
        """How to write a comparison with a wrong operator."""
        for wrong, right in (("=>", ">="), ("=<", "<=")):
            if wrong in self.text[max(0, column - 1) : column + 2]:
                return f"Write {right} to compare."
        return "Write == to compare." if self.text[column : column + 1] == "=" else None

    def read(self, tree: ast.expr, depth: int = 1) -> Node:
        """Checks one node of the syntax tree and all below it."""
        if depth > MAX_DEPTH:
            raise self.error(tree, f"The expression is nested more than {MAX_DEPTH} deep.")
        match tree:
            case ast.Constant(value=bool() | int() | float() as value):
                return self._number(tree, value)
            case ast.Name():
                return self.read_name(tree)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.read(operand, depth + 1)
            case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
                return Call(_UNARY[type(op)], self.read_all([operand], depth))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                return Call(_BINARY[type(op)], self.read_all([left, right], depth))
            case ast.BoolOp(op=op, values=values):
                return Call("and" if isinstance(op, ast.And) else "or", self.read_all(values, depth))
            case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in _COMPARISONS for op in ops):
                return Comparison(tuple(_COMPARISONS[type(op)] for op in ops), self.read_all([left, *others], depth))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return Call("where", self.read_all([test, body, orelse], depth))
            case ast.Call(func=ast.Name(id=name)):
                return self._call(tree, name, depth)
        raise self.forbidden(tree)

    def constant(self, tree: ast.expr, distribution: str) -> float:
        """The value of an argument of a distribution."""
        node = self.read(tree)
        try:
            value = None if self.used else _constant(node)
        except (ArithmeticError, KeyError, TypeError):
            value = None
        if not isinstance(value, float) or not math.isfinite(value):
            allowed = "finite numbers and arithmetic with them"
            raise self.error(tree, f"The arguments of {distribution} are {allowed}. Received: {self.source_of(tree)}")
        return value

    def error(self, tree: ast.expr | ast.keyword, message: str, hint: str | None = None) -> ExpressionError:
        """The error at the place where `tree` begins."""
        # Python's parser counts bytes of UTF-8, errors count characters.
        before = self.text.lstrip().encode()[: tree.col_offset].decode(errors="ignore")
        return ExpressionError(message, self.indent + len(before), hint)

    def source_of(self, tree: ast.expr) -> str:
        """The piece of text that `tree` was read from."""
        return ast.get_source_segment(self.text.lstrip(), tree) or self.text

    def read_all(self, trees: list[ast.expr], depth: int) -> tuple[Node, ...]:
        """Checks the operands of a node of this depth."""
        return tuple(self.read(tree, depth + 1) for tree in trees)

    def _number(self, tree: ast.Constant, value: float) -> Number:
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isinf(number):
            raise self.error(tree, "The number is too large. Numbers end at about 1.8e308.")
        return Number(number)

    def read_name(self, tree: ast.Name) -> Node:
        """The column or constant of a name."""
        if tree.id in self.names:
            self.used.add(tree.id)
            return Name(tree.id)
        if tree.id in CONSTANTS:
            return Number(CONSTANTS[tree.id])
        self.refuse_function(tree)
        known = [*self.names, *CONSTANTS]
        unknown = self.unknown_names(known)
        alone = did_you_mean(tree.id, known) if len(unknown) == 1 else None
        listed = " and ".join(f'"{name}"' for name in unknown)
        raise self.error(
            tree, f"Unknown name{'s' * (len(unknown) > 1)} {listed}.", alone or f"Known names: {', '.join(known)}."
        )

    def refuse_function(self, tree: ast.Name) -> None:
        """Refuses the name of a function without its arguments."""
        if tree.id in self.functions:
            raise self.error(tree, f'"{tree.id}" is a function.', f"Write {tree.id}(…).")

    def unknown_names(self, known: Collection[str]) -> list[str]:
        """All unknown names, in the order of the text."""
        names = (node for node in ast.walk(self.root) if isinstance(node, ast.Name))
        placed = sorted(names, key=lambda name: (name.lineno, name.col_offset))
        return list(dict.fromkeys(n.id for n in placed if n.id not in {*known, *FUNCTIONS, *DISTRIBUTIONS}))

    def _call(self, tree: ast.Call, name: str, depth: int) -> Node:
        if name in DISTRIBUTIONS:
            raise self.error(
                tree,
                f"The distribution {name} cannot be part of an expression.",
                "Give it its own column and use that column.",
            )
        if name not in self.functions:
            is_drawn = tree is self.root and self.functions is FUNCTIONS
            known = (*DISTRIBUTIONS, *FUNCTIONS) if is_drawn else self.functions
            hint = did_you_mean(name, known) or f"The functions are: {', '.join(known)}."
            unknown = dict.fromkeys((name, *self.unknown_names([*self.names, *CONSTANTS])))
            raise self.error(tree, 'Unknown function "' + '" and "'.join(unknown) + '".', hint)
        if tree.keywords or any(isinstance(argument, ast.Starred) for argument in tree.args):
            raise self.error(
                tree, f"The function {name} takes positional arguments only. Received: {self.source_of(tree)}"
            )
        fewest, most = self.functions[name]
        if not fewest <= len(tree.args) <= most:
            number = f"{fewest}" if fewest == most else f"at least {fewest}"
            plural = "s" if fewest > 1 else ""
            message = f"The function {name} takes {number} argument{plural}. Received: {len(tree.args)}"
            raise self.error(tree, message, self.examples.get(name))
        return self.read_call(tree, name, depth)

    def read_call(self, tree: ast.Call, name: str, depth: int) -> Node:
        """The call of a function with as many arguments as it takes."""
        return Call(name, self.read_all(tree.args, depth))

    def forbidden(self, tree: ast.expr) -> ExpressionError:
        """The error for what the language does not have."""
        allowed = "numbers, names, arithmetic, comparisons, and/or/not, if/else and function calls"
        message = f"An expression has only {allowed}. Received: {self.source_of(tree)}"
        within = tree.func if isinstance(tree, ast.Call) else tree  # np.sin(x), math.pi
        plain = f"Write {within.attr} alone." if isinstance(within, ast.Attribute) else None
        return self.error(tree, message, plain or _OTHER_WAYS.get(type(getattr(tree, "op", tree))))


def _constant(node: Node) -> float:
    match node:
        case Number(value):
            return value
        case Call(function, arguments):
            return _ARITHMETIC[function](*(_constant(argument) for argument in arguments))
    raise KeyError(node)


def _is_truth(node: Node) -> bool:
    match node:
        case Comparison():
            return True
        case Call("where", (_, first, second)):
            return _is_truth(first) and _is_truth(second)
        case Call(function, _):
            return function in ("and", "or", "not")
    return False
